/**
 * A case in MSAL Python's names: those of ours in snake_case, with the few exceptions below.
 *
 * @module
 */
import { CLIENT, START, type Step, type WireCase } from "./case.js";

const OTHERWISE: ReadonlyMap<string, string> = new Map([
  // Undocumented in MSAL Python: what every method passes on to the body.
  ["extraTokenParameters", "data"],
]);

/** A name of ours as MSAL Python has it. */
export function pythonName(name: string): string {
  return OTHERWISE.get(name) ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A case as `wire_driver.py` takes it. */
export function inPython(wire: WireCase, run: string, server: string): object {
  return {
    run,
    server,
    start: START,
    class: wire.class,
    client_id: CLIENT,
    cache: wire.cache,
    options: options(wire.options),
    steps: wire.steps.map(step),
  };
}

function step(given: Step): object {
  if ("advance" in given) return given;
  const { call, args, browser } = given;
  return {
    call: pythonName(call),
    args: args.map((arg) => (isAccount(arg) ? members(arg) : arg)),
    kwargs: { ...options(given.options ?? {}), ...given.python },
    ...(browser && { browser }),
  };
}

function isAccount(value: unknown): value is object {
  return typeof value === "object" && value !== null && "homeAccountId" in value;
}

/** Names of options change, and what they hold does not; but for a credential, whose members are ours. */
function options(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      pythonName(name),
      name === "clientCredential" && typeof value === "object" && value !== null
        ? members(value)
        : value,
    ]),
  );
}

function members(value: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [pythonName(name), member]),
  );
}
