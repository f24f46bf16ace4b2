/**
 * Scopes: checked, completed with what OpenID Connect reserves, and joined for the wire.
 *
 * Spec: RFC 6749 §3.3; OpenID Connect Core §5.4, §11.
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Asked for by the library itself: an ID token, the user's name, a refresh token. */
const RESERVED: readonly string[] = ["openid", "profile", "offline_access"];

/**
 * Checks a list of scopes.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkScopes(scopes: unknown): asserts scopes is readonly string[] {
  if (!Array.isArray(scopes)) {
    throw new MsalError(
      "invalid_argument",
      `scopes must be an array of strings, for example ["User.Read"]; it is ${describe(scopes)}.`,
    );
  }
  for (let i = 0; i < scopes.length; i++) {
    const scope: unknown = scopes[i];
    if (typeof scope !== "string" || scope === "") {
      throw new MsalError(
        "invalid_argument",
        `scopes[${i}] must be a string, for example "User.Read"; it is ${describe(scope)}.`,
      );
    }
    if (/\s/.test(scope)) {
      throw new MsalError(
        "invalid_argument",
        `scopes[${i}] is ${quote(scope)}: a scope holds no space. Give each one as an element of its own, for example ["User.Read", "Mail.Read"].`,
      );
    }
  }
}

/** As {@link checkScopes}, for calls that make no sense without a scope. */
export function checkSomeScopes(scopes: unknown): asserts scopes is readonly string[] {
  checkScopes(scopes);
  if (scopes.length === 0) {
    throw new MsalError(
      "invalid_argument",
      'scopes must name at least one scope, for example ["https://graph.microsoft.com/.default"]; it is an empty array.',
    );
  }
}

/**
 * What is asked for on behalf of a user: the caller's scopes and the reserved ones, without those the
 * application opted out of.
 *
 * @throws {@link MsalError} `invalid_argument` if the caller names a reserved scope.
 */
export function decorateScopes(scopes: readonly string[], excluded: readonly string[]): string[] {
  const reserved = scopes.find((scope) => RESERVED.includes(scope));
  if (reserved !== undefined) {
    throw new MsalError(
      "invalid_argument",
      `scopes must not contain ${quote(reserved)}: ${RESERVED.join(", ")} are added by the library itself. Leave them out; to do without one, name it in the option excludeScopes.`,
    );
  }
  const wanted = new Set([...scopes, ...RESERVED]);
  for (const scope of excluded) wanted.delete(scope);
  return sortScopes(wanted);
}

/** Sorted, without doubles: the same request reads the same, and caches of all MSALs agree on keys. */
export function sortScopes(scopes: Iterable<string>): string[] {
  return [...new Set(scopes)].sort();
}

/** Single scopes of a `scope` value. */
export function splitScopes(scope: string): string[] {
  return scope.split(/\s+/).filter((s) => s !== "");
}
