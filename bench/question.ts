/**
 * What a question is: who is asked, at what sizes, how one figure is taken, and what we want to see.
 *
 * A file in `questions/` exports one as `question`, and has its line in `questions.ts`.
 *
 * @module
 */
import { compiled, PYTHON, pythonProgram, type Stage } from "./stage.js";
import { median } from "./statistics.js";

/** How thoroughly: `quick` takes figures of a third of a second, at fewer sizes. */
export type Effort = "quick" | "full";

/** A library, or a floor below all of them. */
export interface Contestant {
  name: string;
  /** Sizes to ask it at. A library whose cost grows fast is asked at smaller ones. */
  sizes: readonly number[];
  /** Those of a quick run, where they are others. */
  quick?: readonly number[];
  /** What it is to us. */
  role: "ours" | "incumbent" | "floor";
}

/** Microseconds of a call; milliseconds of a process; calls per second. */
export type Unit = "µs" | "ms" | "per second";

/** One question. */
export interface Question {
  /** For example "silent hit". */
  title: string;
  /** What its sizes count, in the plural; absent: there is one size, 1. */
  of?: string;
  unit: Unit;
  contestants: readonly Contestant[];
  /** Sizes for the table that compares all. */
  shown: readonly number[];
  /** Contestant that stands in the table's column of floors. */
  floor: string;
  /** Contestant whose figure is taken off: a process that does nothing, in the same language. */
  over?: Readonly<Record<string, string>>;
  /** What there is to say where somebody has no figure. */
  instead?: Readonly<Record<string, string>>;
  /** What has to be known to read the figures. */
  remark?: string;
  /** Figures of each contestant in one round, taken in turns. Default: 1. */
  repeat?: number;
  goals: readonly Goal[];
  /** Asked only when it is named, as in `npm run bench -- sign-out`, to keep a full run well within its time. */
  onlyByName?: boolean;
  /** Its line in the README. */
  headline?: { says: string; size: number };
  /** Takes one figure, in a fresh process; undefined if that takes too long. */
  measure(stage: Stage, name: string, size: number, effort: Effort): number | undefined;
}

/** What we want to see in the figures of one run, whatever the machine. */
export interface Goal {
  /** A sentence, for example "a hit costs at most the floor and 3 µs". */
  says: string;
  /** The same for the table, for example "floor + 3 µs". */
  short: string;
  /** Size of ours that it is about: a run that does not ask at this size says nothing of the goal. */
  at: number;
  /** What is compared: the first must not be more than the second. */
  compare(figure: Figure): readonly [ours: number, limit: number];
  /** How many times the limit `--check` lets pass, for noise. */
  room: number;
  /**
   * How many times the limit it takes, of a goal that is known to be missed. `--check` lets that pass, with
   * room, and nothing worse.
   */
  known?: number;
}

/** The figure of a contestant; NaN where there is none. */
export type Figure = (name: string, size?: number) => number;

/** Why there is no figure. */
export type Missing = "too slow" | "failed";

/** What was measured for one question. */
export class Figures {
  readonly #samples = new Map<string, number[]>();
  readonly #missing = new Map<string, Missing>();

  /** Adds a figure, or why there is none. */
  add(name: string, size: number, value: number | Missing): void {
    const key = `${name} ${size}`;
    if (typeof value === "string") this.#missing.set(key, value);
    else this.#samples.set(key, [...this.samples(name, size), value]);
  }

  /** All that was measured, in that order. */
  samples(name: string, size: number): readonly number[] {
    return this.#samples.get(`${name} ${size}`) ?? [];
  }

  /** The median, NaN of none. */
  of(name: string, size = 1): number {
    return median(this.samples(name, size));
  }

  /** Why it has no figure, if it was asked for one. */
  missing(name: string, size: number): Missing | undefined {
    return this.samples(name, size).length > 0 ? undefined : this.#missing.get(`${name} ${size}`);
  }

  /** Was it asked at that size, whatever came of it? */
  wasAsked(name: string, size: number): boolean {
    return this.#missing.has(`${name} ${size}`) || this.samples(name, size).length > 0;
  }
}

/** Milliseconds that one process may take. */
export const LIMIT: Readonly<Record<Effort, number>> = { quick: 15_000, full: 90_000 };

/** Milliseconds of one figure: of a call, and of many under way at a time. */
const BUDGET: Readonly<Record<Effort, number>> = { quick: 300, full: 1000 };
const RATE_BUDGET: Readonly<Record<Effort, number>> = { quick: 2000, full: 4000 };

/** Sizes of a contestant for that effort. */
export function sizesOf({ sizes, quick }: Contestant, effort: Effort): readonly number[] {
  return effort === "quick" ? (quick ?? sizes) : sizes;
}

/** The microseconds that an operation takes, without a socket. */
export function cost(
  stage: Stage,
  library: string,
  operation: string,
  size: number,
  effort: Effort,
): number | undefined {
  return figureFrom(
    stage,
    library,
    ["cost", operation, String(size), String(BUDGET[effort])],
    effort,
  );
}

/** The tokens that a library gets per second from the server, so many requests under way. */
export function rate(
  stage: Stage,
  library: string,
  lanes: number,
  effort: Effort,
): number | undefined {
  const budget = String(RATE_BUDGET[effort]);
  return figureFrom(stage, library, ["rate", stage.url, String(lanes), budget], effort);
}

function figureFrom(
  stage: Stage,
  library: string,
  args: readonly string[],
  effort: Effort,
): number | undefined {
  const command =
    library === "msal-python"
      ? [PYTHON, pythonProgram("msal_python.py"), ...args]
      : [process.execPath, "--max-old-space-size=6144", compiled("child.js"), library, ...args];
  const ran = stage.run(command, LIMIT[effort]);
  if (ran === undefined) return undefined;
  return (JSON.parse(ran.output) as { value: number }).value;
}
