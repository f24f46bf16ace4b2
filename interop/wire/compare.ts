/**
 * Where two libraries differ in what they did, and which of it is known.
 *
 * @module
 */
import type { Outcome } from "./case.js";
import type { Message } from "./normalise.js";

/** One difference. */
export interface Difference {
  case: string;
  /** Label of the request; or which call. */
  where: string;
  /** Field of the request; `sent` if only one side sends it; `outcome` of a call. */
  field: string;
  /** Absent: not there. */
  python: string | undefined;
  ours: string | undefined;
}

/** A difference that somebody decided on. */
export interface KnownDifference {
  cases: RegExp;
  where: RegExp;
  field: RegExp;
  /** What MSAL Python has; `null`: nothing. */
  python: RegExp | null;
  /** The same of ours; `refused`: an error that is thrown before anything is sent. */
  ours: RegExp | null | "refused";
  why: string;
  /** Where it is written down. */
  decision: string;
}

/** All differences of a case. */
export function compare(
  name: string,
  python: readonly Message[],
  ours: readonly Message[],
): Difference[] {
  return align(python, ours).flatMap(([theirs, own]) => {
    const where = (theirs ?? own)?.label ?? "";
    if (theirs === undefined || own === undefined) {
      const [a, b] = [theirs, own].map((message) => message && summary(message));
      return [{ case: name, where, field: "sent", python: a, ours: b }];
    }
    const fields = new Set([...theirs.fields.keys(), ...own.fields.keys()]);
    return [...fields]
      .map((field) => ({
        ...{ case: name, where, field },
        python: theirs.fields.get(field),
        ours: own.fields.get(field),
      }))
      .filter((difference) => difference.python !== difference.ours);
  });
}

/** Calls that end in another way. */
export function compareOutcomes(
  name: string,
  python: readonly Outcome[],
  ours: readonly Outcome[],
): Difference[] {
  return python.flatMap((theirs, i) => {
    const own = ours[i];
    if (theirs.kind === own?.kind) return [];
    const said = (outcome: Outcome | undefined) =>
      outcome && [outcome.kind, outcome.error].filter(Boolean).join(": ");
    const where = `call ${i + 1}`;
    return [{ case: name, where, field: "outcome", python: said(theirs), ours: said(own) }];
  });
}

/** Whether an entry speaks of a difference. */
export function covers(known: KnownDifference, difference: Difference): boolean {
  const fits = (pattern: KnownDifference["ours"], value: string | undefined) => {
    if (pattern === "refused")
      return value === undefined || value.startsWith("thrown: MsalError: ");
    return pattern === null ? value === undefined : value !== undefined && pattern.test(value);
  };
  return (
    known.cases.test(difference.case) &&
    known.where.test(difference.where) &&
    known.field.test(difference.field) &&
    fits(known.python, difference.python) &&
    fits(known.ours, difference.ours)
  );
}

/** Differences as a person reads them. */
export function report(differences: readonly Difference[]): string {
  return differences
    .map(
      ({ where, field, python, ours }) =>
        `${where}\n  ${field}\n    MSAL Python  ${python ?? "(absent)"}\n    msal-ts      ${ours ?? "(absent)"}`,
    )
    .join("\n");
}

function summary({ fields }: Message): string {
  const shown = [...fields].filter(([field]) => !field.startsWith("header x-client"));
  return `yes, with ${shown.map(([field, value]) => `${field}=${value.slice(0, 80)}`).join(" ") || "nothing"}`;
}

type Pair = [python: Message | undefined, ours: Message | undefined];

/** Pairs up requests of the same label, in their order: a longest common subsequence. */
function align(python: readonly Message[], ours: readonly Message[]): Pair[] {
  const lengths = Array.from({ length: python.length + 1 }, () =>
    new Array<number>(ours.length + 1).fill(0),
  );
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  const same = (i: number, j: number) => python[i]?.label === ours[j]?.label;
  for (let i = python.length - 1; i >= 0; i--) {
    for (let j = ours.length - 1; j >= 0; j--) {
      const row = lengths[i] as number[];
      row[j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < python.length || j < ours.length) {
    const both = i < python.length && j < ours.length;
    if (both && same(i, j)) pairs.push([python[i++], ours[j++]]);
    else if (j >= ours.length || (i < python.length && at(i + 1, j) >= at(i, j + 1))) {
      pairs.push([python[i++], undefined]);
    } else pairs.push([undefined, ours[j++]]);
  }
  return pairs;
}
