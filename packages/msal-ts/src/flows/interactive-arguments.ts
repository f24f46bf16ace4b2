/**
 * What a caller may get wrong about an interactive sign-in.
 *
 * @module
 */
import { describe, describeNumber } from "../describe.js";
import { MsalError } from "../errors.js";
import { checkScopes } from "../oauth/scopes.js";
import { checkInitiate } from "./auth-code-arguments.js";
import type { InteractiveOptions } from "./interactive.js";

/** Stands for the window of the console that the application runs in. */
export const CONSOLE_WINDOW_HANDLE: unique symbol = Symbol("CONSOLE_WINDOW_HANDLE");

/** The largest delay that a timer takes. */
const MAX_TIMEOUT = 2 ** 31 - 1;

/**
 * Checks the options of an interactive sign-in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkInteractive(options: InteractiveOptions): void {
  checkInitiate(options);
  const { timeout, port, extraScopesToConsent, parentWindowHandle } = options;
  const fits = typeof timeout === "number" && timeout > 0 && timeout <= MAX_TIMEOUT;
  if (timeout !== undefined && !fits) {
    throw new MsalError(
      "invalid_argument",
      `timeout must be a number of milliseconds, more than 0 and at most ${MAX_TIMEOUT}; it is ${describeNumber(timeout)}. Leave it out to wait until the user is done.`,
    );
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new MsalError(
      "invalid_argument",
      `port must be a whole number from 0 (a free one) to 65535; it is ${describeNumber(port)}.`,
    );
  }
  if (extraScopesToConsent !== undefined) checkScopes(extraScopesToConsent, "extraScopesToConsent");
  if (parentWindowHandle !== undefined && !isWindowHandle(parentWindowHandle)) {
    throw new MsalError(
      "invalid_argument",
      `parentWindowHandle must be a whole number, a bigint, a Uint8Array, or PublicClientApplication.CONSOLE_WINDOW_HANDLE; it is ${describe(parentWindowHandle)}.`,
    );
  }
  const members = options as Record<string, unknown>;
  for (const [name, type, what] of [
    ["onBeforeLaunchingUi", "function", "a function"],
    ["openBrowser", "function", "a function that takes a URL"],
    ["successPage", "string", "a page of HTML"],
    ["errorPage", "string", "a page of HTML"],
  ] as const) {
    const value = members[name];
    if (value === undefined || typeof value === type) continue;
    throw new MsalError("invalid_argument", `${name} must be ${what}; it is ${describe(value)}.`);
  }
}

function isWindowHandle(handle: unknown): boolean {
  return (
    handle === CONSOLE_WINDOW_HANDLE ||
    Number.isSafeInteger(handle) ||
    typeof handle === "bigint" ||
    handle instanceof Uint8Array
  );
}
