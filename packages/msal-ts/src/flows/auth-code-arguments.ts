/**
 * What a caller may get wrong about an authorization code flow.
 *
 * @module
 */
import { describe, describeNumber, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { withoutQuery } from "../http/http-request.js";
import { checkScopes } from "../oauth/scopes.js";
import type { AuthCodeFlow, InitiateAuthCodeFlowOptions } from "./auth-code.js";

/**
 * Checks a flow that a caller hands in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkFlow(flow: unknown): asserts flow is AuthCodeFlow {
  if (typeof flow !== "object" || flow === null || Array.isArray(flow)) {
    throw new MsalError(
      "invalid_argument",
      `flow must be the object that initiateAuthCodeFlow returned; it is ${describe(flow)}. If it comes from a session: has the session expired?`,
    );
  }
  const members = flow as Record<string, unknown>;
  for (const name of ["state", "redirectUri", "codeVerifier", "nonce", "claimsChallenge"]) {
    if (members[name] !== undefined && typeof members[name] !== "string") {
      throw damaged(name, members[name]);
    }
  }
  if (members.maxAge !== undefined && typeof members.maxAge !== "number") {
    throw damaged("maxAge", members.maxAge);
  }
  if (members.scope !== undefined) {
    if (!Array.isArray(members.scope)) throw damaged("scope", members.scope);
    checkScopes(members.scope);
  }
}

/** The error for a flow that is not whole. */
export function damaged(name: string, value: unknown): MsalError {
  return new MsalError(
    "invalid_argument",
    `flow must be the whole object that initiateAuthCodeFlow returned; its ${name} is ${describe(value)}. Keep all of it in the session, not authUri and state alone.`,
  );
}

/** To the URL parser `localhost:3000` is a URL of the scheme `localhost`. */
function isUrl(text: string): boolean {
  return URL.canParse(text) && !/^[^:/?#]+:\d/.test(text);
}

/**
 * Checks options that must be text where they are given.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkTexts(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && typeof value !== "string") {
      throw new MsalError(
        "invalid_argument",
        `${name} must be a string; it is ${describe(value)}.`,
      );
    }
  }
}

/**
 * Checks a redirect URI where one is given.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkRedirectUri(redirectUri: string | undefined): void {
  if (redirectUri === undefined || isUrl(redirectUri)) return;
  throw new MsalError(
    "invalid_argument",
    `redirectUri must be a URL, for example "http://localhost:3000/redirect"; it is ${redirectUri === "" ? "an empty string" : quote(withoutQuery(redirectUri))}.`,
  );
}

/**
 * Checks the options of a sign-in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkInitiate(options: InitiateAuthCodeFlowOptions): void {
  const { redirectUri, state, prompt, loginHint, domainHint, maxAge, responseMode } = options;
  checkTexts({ redirectUri, state, prompt, loginHint, domainHint });
  checkRedirectUri(redirectUri);
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0)) {
    throw new MsalError(
      "invalid_argument",
      `maxAge must be a whole number of seconds, 0 or more; it is ${describeNumber(maxAge)}.`,
    );
  }
  if (responseMode !== undefined && responseMode !== "query" && responseMode !== "form_post") {
    throw new MsalError(
      "invalid_argument",
      `responseMode must be "query" or "form_post"; it is ${typeof responseMode === "string" ? quote(responseMode) : describe(responseMode)}.`,
    );
  }
}
