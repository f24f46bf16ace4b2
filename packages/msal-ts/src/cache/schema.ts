/**
 * The unified cache schema that all MSALs share: sections of rows, wire names, times as decimal strings.
 *
 * @module
 */

/** What a section holds. */
export type CredentialType = "AccessToken" | "RefreshToken" | "IdToken" | "Account" | "AppMetadata";

/** The sections, in the order in which an event writes them. */
export const SECTIONS: readonly CredentialType[] = [
  "AccessToken",
  "Account",
  "IdToken",
  "RefreshToken",
  "AppMetadata",
];

/** One row of the unified schema: wire names, unknown members kept. */
export type CacheEntry = Readonly<Record<string, unknown>>;

/** What a flow tells the cache. Every member is optional; wire names, as in the reference's event. */
export interface TokenEvent {
  client_id?: string | undefined;
  /** What was granted, or what was asked for when the answer does not say. */
  scope?: readonly string[] | undefined;
  /** URL; its first path segment is the realm. */
  token_endpoint?: string | undefined;
  /** Host of the authority, without port. Absent: the token endpoint's. */
  environment?: string | undefined;
  grant_type?: string | undefined;
  /** The token response. */
  response: Record<string, unknown>;
  /** Parameters of the request that the caller chose: `key_id`, `token_type`, `username`. */
  data?: Record<string, unknown> | undefined;
  params?: Record<string, unknown> | undefined;
  /** For an account whose ID token names nobody. */
  username?: string | undefined;
  /** A silent refresh writes no account: it would undo a sign-out that happened meanwhile. */
  skip_account_creation?: boolean | undefined;
  /** SHA-256 of the assertion that was exchanged for these tokens (on-behalf-of), base64url. */
  user_assertion_hash?: string | undefined;
  /** Whose tokens these are, when the response does not say (a refresh of a known account). */
  home_account_id?: string | undefined;
  /** What a broker calls the account; kept as its `local_account_id`. */
  _account_id?: string | undefined;
  /** Kind of the account, where the authority does not say it: `CLOUDSHELL`. */
  authority_type?: string | undefined;
}

/** How deep unknown members may be nested; ours are not at all. Deeper text could not be written again. */
export const MAX_DEPTH = 100;

/** Whether a parsed text is nested deeper than so many levels. */
export function isTooDeep(value: unknown, levels: number = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (typeof member === "object" && isTooDeep(member, levels - 1)) return true;
  }
  return false;
}

/** A member that should be text; `""` for whatever else it is. Lower case: ids and hosts have none. */
export function folded(value: unknown): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** A member that should be text; undefined for whatever else it is, and for `""`. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whole seconds from a number or the text of a whole one; undefined for anything else, never `NaN`. */
export function wholeSeconds(value: unknown): number | undefined {
  const number =
    typeof value === "number" || (typeof value === "string" && /^-?\d+$/.test(value.trim()))
      ? Math.trunc(Number(value))
      : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
