/**
 * Scopes: checked, completed with what OpenID Connect reserves, and joined for the wire.
 *
 * Spec: RFC 6749 §3.3; OpenID Connect Core §5.4, §11.
 *
 * @module
 */
import type { Call } from "../call.js";
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Asked for by the library itself: an ID token, the user's name, a refresh token. */
const RESERVED: readonly string[] = ["openid", "profile", "offline_access"];

/**
 * Checks a list of scopes.
 *
 * @param name - Of the argument.
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkScopes(scopes: unknown, name = "scopes"): asserts scopes is readonly string[] {
  if (!Array.isArray(scopes)) {
    throw new MsalError(
      "invalid_argument",
      `${name} must be an array of strings, for example ["User.Read"]; it is ${describe(scopes)}.`,
    );
  }
  for (let i = 0; i < scopes.length; i++) {
    const scope: unknown = scopes[i];
    if (typeof scope !== "string" || scope === "") {
      throw new MsalError(
        "invalid_argument",
        `${name}[${i}] must be a string, for example "User.Read"; it is ${describe(scope)}.`,
      );
    }
    if (/\s/.test(scope)) {
      throw new MsalError(
        "invalid_argument",
        `${name}[${i}] is ${quote(scope)}: a scope holds no space. Give each one as an element of its own, for example ["User.Read", "Mail.Read"].`,
      );
    }
  }
}

/**
 * Checks that there is a scope at all, for calls that make no sense without.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkSome(scopes: readonly string[]): void {
  if (scopes.length === 0) {
    throw new MsalError(
      "invalid_argument",
      'scopes must name at least one scope, for example ["https://graph.microsoft.com/.default"]; it is an empty array.',
    );
  }
}

/**
 * As {@link checkScopes}, for calls on behalf of a user: the reserved scopes are the library's to add.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkUserScopes(scopes: unknown): asserts scopes is readonly string[] {
  checkScopes(scopes);
  for (const scope of scopes) {
    if (!RESERVED.includes(scope)) continue;
    throw new MsalError(
      "invalid_argument",
      `scopes must not contain ${quote(scope)}: ${RESERVED.join(", ")} are added by the library itself. Leave them out; to do without one, name it in the option excludeScopes.`,
    );
  }
}

/**
 * What is asked for on behalf of a user: the caller's scopes and the reserved ones, without those the
 * application opted out of.
 */
export function decorateScopes({ client }: Call, scopes: readonly string[]): string[] {
  const wanted = new Set([...scopes, ...RESERVED]);
  for (const scope of client.excludeScopes) wanted.delete(scope);
  const left = scopes.filter((scope) => !wanted.has(scope));
  if (left.length > 0) {
    client.logger.warn(
      `The scopes ${left.join(", ")} were asked for, and are not: the option excludeScopes names them.`,
    );
  }
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
