/**
 * What a store answers, and how long it is waited for. It is somebody else's code, as untrusted as the network.
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { isMsalError, MsalError } from "../errors.js";
import { Ending, orAbort } from "../http/abort.js";

/** How long a store is waited for. Milliseconds. */
const PATIENCE = 5000;

/** The store's answer, unless it takes too long; then the store is left behind. */
export async function patiently<T>(work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const ending = new Ending();
  const timer = setTimeout(() => {
    ending.abort(
      new MsalError("store_error", `The token store did not answer within ${PATIENCE} ms.`),
    );
  }, PATIENCE);
  try {
    return await orAbort(Promise.resolve(work(ending.native)), ending);
  } finally {
    clearTimeout(timer);
  }
}

/** What can be compared with the next one; nothing else says that nothing has changed. */
export function markOf(version: unknown): string | undefined {
  return typeof version === "string" ? version : undefined;
}

/** A store that answers something else must not pass for one that is empty. */
export function checkEntries(entries: unknown): ReadonlyMap<string, string> {
  const { get, entries: list } = (entries ?? {}) as Record<string, unknown>;
  if (typeof get === "function" && typeof list === "function") {
    return entries as ReadonlyMap<string, string>;
  }
  throw new MsalError(
    "store_error",
    `The token store's read() must resolve with a Map; it is ${describe(entries)}.`,
  );
}

/** Kind and code alone: a message of somebody else's may quote what was to be written. */
export function reasonOf(error: unknown): string {
  try {
    if (isMsalError(error)) return `${error.code}: ${error.message}`;
    if (!(error instanceof Error)) return describe(error);
    const { name, code } = error as { name: unknown; code?: unknown };
    return quote([name, code].filter((one) => ["string", "number"].includes(typeof one)).join(" "));
  } catch {
    // An error that cannot even be looked at must not cost anybody a token.
    return "an error without a name";
  }
}
