/**
 * `msal-ts` and MSAL Python, driven through the same calls against one recording server: what they send must be
 * the same, or be in `differences.ts`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPythonMissing, type PythonProcess, startProcess } from "../python-process.js";
import { CLIENT, OID, type Outcome, TENANT, type WireCase } from "./case.js";
import { CASES } from "./cases.js";
import { compare, compareOutcomes, covers, type Difference, report } from "./compare.js";
import { DIFFERENCES } from "./differences.js";
import { normalise } from "./normalise.js";
import { inPython } from "./python-names.js";
import { type RecordingServer, startRecordingServer } from "./recording-server.js";
import { runOurs } from "./run-ours.js";

describe.skipIf(isPythonMissing)("on the wire with MSAL Python", () => {
  let python: PythonProcess;
  let server: RecordingServer;
  const found = new Map<string, Difference[]>();

  beforeAll(async () => {
    [python, server] = [startProcess("wire_driver.py"), await startRecordingServer()];
    for (const wire of CASES) found.set(wire.name, await differencesIn(wire));
  });
  afterAll(async () => {
    await Promise.all([python.close(), server.close()]);
  });

  async function differencesIn(wire: WireCase): Promise<Difference[]> {
    const { name, replies = {} } = wire;
    const theirRun = server.begin(`${name}, theirs`, replies);
    const ourRun = server.begin(`${name}, ours`, replies);
    const [theirs, ours] = await Promise.all([
      python.ask<Outcome[]>(inPython(wire, theirRun.id, server.url)),
      runOurs(wire, ourRun),
    ]);
    const given = JSON.stringify([wire, CLIENT, OID, TENANT]);
    return [
      ...compareOutcomes(name, theirs, ours),
      ...compare(
        name,
        normalise(given, theirs, theirRun.requests),
        normalise(given, ours, ourRun.requests),
      ),
    ];
  }

  test("cases have names of their own", () => {
    const names = CASES.map(({ name }) => name);

    expect(names).toEqual([...new Set(names)]);
  });

  test.for(CASES.map(({ name }) => name))("%s", (name) => {
    const unknown = (found.get(name) ?? []).filter(
      (difference) => !DIFFERENCES.some((known) => covers(known, difference)),
    );

    expect(report(unknown)).toBe("");
  });

  test("decisions of the project that are named exist", () => {
    const rows = readFileSync(new URL("../../docs/decisions.md", import.meta.url), "utf8");
    const named = DIFFERENCES.flatMap(({ decision }) => [...decision.matchAll(/docs (\d+)/g)]);

    expect(named.filter(([, row]) => !rows.includes(`\n| ${row} |`))).toEqual([]);
  });

  test.for(DIFFERENCES)("still differs: $why ($decision)", (known) => {
    const all = [...found.values()].flat();

    expect(all.filter((difference) => covers(known, difference))).not.toEqual([]);
  });
});
