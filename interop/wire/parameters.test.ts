/**
 * Every parameter of either library is in a case, or in `differences.ts` with the reason why not.
 *
 * @module
 */
import * as msal from "msal-ts";
import { beforeAll, describe, expect, test } from "vitest";
import { isPythonMissing, startProcess } from "../python-process.js";
import { AUTHORITY, type Call, CLIENT } from "./case.js";
import { CASES } from "./cases.js";
import { NOT_COMPARED } from "./differences.js";
import { pythonName } from "./python-names.js";

/** Names of parameters by method. */
type Parameters = Readonly<Record<string, readonly string[]>>;

const CALLS = CASES.flatMap(({ steps }) => steps).filter((step): step is Call => "call" in step);

describe.skipIf(isPythonMissing)("parameters", () => {
  let theirs: string[];
  let ours: string[];

  beforeAll(async () => {
    [theirs, ours] = await Promise.all([uncomparedOfPython(), uncomparedOfOurs()]);
  });

  test("of MSAL Python are compared, or it says why not", () => {
    expect(theirs.filter((parameter) => !isExcused(parameter))).toEqual([]);
  });

  test("of ours are compared, or it says why not", () => {
    expect(ours.filter((parameter) => !isExcused(parameter))).toEqual([]);
  });

  test.for(Object.keys(NOT_COMPARED))("of the name %s are in no case", (excuse) => {
    const excused = [...theirs, ...ours].filter((parameter) =>
      ` ${parameter}`.endsWith(` ${excuse}`),
    );

    expect(excused).not.toEqual([]);
  });
});

function isExcused(parameter: string): boolean {
  const [, name = ""] = parameter.split(" ");
  return Object.hasOwn(NOT_COMPARED, parameter) || Object.hasOwn(NOT_COMPARED, name);
}

async function uncomparedOfPython(): Promise<string[]> {
  const python = startProcess("wire_driver.py");
  const signatures = await python.ask<Parameters>({ signatures: true });
  await python.close();
  const given = new Set(["constructor client_id"]);
  for (const name of constructorOptions()) given.add(`constructor ${pythonName(name)}`);
  for (const { call, args, options = {}, python: alone = {} } of CALLS) {
    const method = pythonName(call);
    const byName = [...Object.keys(options).map(pythonName), ...Object.keys(alone)];
    const byPosition = signatures[method]?.slice(0, args.length) ?? [];
    for (const name of [...byPosition, ...byName]) given.add(`${method} ${name}`);
  }
  return without(given, signatures);
}

async function uncomparedOfOurs(): Promise<string[]> {
  const wrong = { none: true };
  const options: Record<string, readonly string[]> = {
    constructor: await optionsOf(async () => new msal.ClientApplication(CLIENT, wrong as object)),
  };
  const apps = [
    new msal.PublicClientApplication(CLIENT, { authority: AUTHORITY }),
    new msal.ConfidentialClientApplication(CLIENT, { clientCredential: "secret" }),
  ] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>[];
  const given = new Set(constructorOptions().map((name) => `constructor ${name}`));
  for (const { call, args, options: all = {} } of CALLS) {
    const app = apps.find((one) => call in one);
    options[call] ??= await optionsOf(async () => app?.[call]?.(...args, wrong));
    for (const name of Object.keys(all)) given.add(`${call} ${name}`);
  }
  return without(given, options);
}

function constructorOptions(): string[] {
  return CASES.flatMap(({ options }) => Object.keys(options));
}

function without(given: ReadonlySet<string>, all: Parameters): string[] {
  return Object.entries(all)
    .flatMap(([method, names]) => names.map((name) => `${method} ${name}`))
    .filter((parameter) => !given.has(parameter));
}

/** Whoever gives an option that does not exist is told which do. */
async function optionsOf(call: () => Promise<unknown>): Promise<string[]> {
  const error: unknown = await call().catch((reason: unknown) => reason);
  const [, names] = /The options are (.+)\.$/.exec(`${error}`) ?? [];
  if (names === undefined) throw new Error(`Expected to be told the options; got ${error}.`);
  return names.split(", ");
}
