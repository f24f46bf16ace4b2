/**
 * Access tokens that are there already.
 *
 * @module
 */
import { REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import type { Binding } from "../oauth/extra-parameters.js";
import type { TokenResponse } from "../result.js";
import { readAccount } from "./accounts.js";
import { accessCandidates, type CacheIndex } from "./cache-index.js";
import type { AccessRow } from "./row.js";
import { folded, text } from "./schema.js";

/** A token with less time left counts as expired: it has to survive the way to the resource. Seconds. */
const EXPIRY_MARGIN = 300;

/** Whose token is wanted, from where. */
export interface AccessTokenQuery {
  /** Environment first, then the other names under which other libraries may have kept it. */
  environments: readonly string[];
  /** `""` for an app's own token. */
  homeAccountId: string;
  clientId: string;
  /** The authority's realm first. */
  realms: readonly string[];
  scopes: readonly string[];
  /** What the token is bound to; undefined: a bearer token. */
  binding: Binding | undefined;
}

/** A token that serves, perhaps one to renew; or why there is none. */
export type CachedToken =
  | { token: TokenResponse; aging: boolean }
  | { token: undefined; reason: RefreshReason };

/** Which exchange's token is wanted. */
export interface OnBehalfOfQuery {
  /** The authority's own first. */
  environments: readonly string[];
  realm: string;
  clientId: string;
  /** SHA-256 of the assertion, base64url. */
  assertionHash: string;
  scopes: readonly string[];
  /** What the token is bound to; undefined: a bearer token. */
  binding: Binding | undefined;
}

/**
 * Looks for a token that covers all scopes: one that is not to be renewed yet, then the one that lasts longest.
 *
 * @param now - Seconds since the epoch.
 */
export function readAccessToken(
  index: CacheIndex,
  query: AccessTokenQuery,
  now: number,
): CachedToken {
  let expired = false;
  for (const environment of query.environments) {
    for (const realm of query.realms) {
      const rows = accessCandidates(index, query, environment, realm, query.scopes);
      const found = best(rows, query, now);
      // What the authority itself keeps comes before what is kept under its other names.
      if (found.row !== undefined) {
        return served(index, found.row, environment, query.homeAccountId, now);
      }
      expired ||= found.expired;
    }
  }
  return missing(expired);
}

/** Looks for the token that one assertion was exchanged for; that of another one, of the same user even, is none. */
export function readOnBehalfOfToken(
  index: CacheIndex,
  query: OnBehalfOfQuery,
  now: number,
): CachedToken {
  const rows: AccessRow[] = [];
  for (const row of index.assertions.get(query.assertionHash) ?? []) {
    if (isOf(row, query)) rows.push(row);
  }
  const found = best(rows, query, now);
  if (found.row === undefined) return missing(found.expired);
  const homeAccountId = text(found.row.entry.home_account_id) ?? "";
  return served(index, found.row, folded(found.row.entry.environment), homeAccountId, now);
}

function isOf({ entry }: AccessRow, { environments, realm, clientId }: OnBehalfOfQuery): boolean {
  return (
    environments.includes(folded(entry.environment)) &&
    folded(entry.realm) === realm.toLowerCase() &&
    folded(entry.client_id) === clientId.toLowerCase()
  );
}

function best(
  rows: Iterable<AccessRow>,
  { scopes, binding }: { scopes: readonly string[]; binding: Binding | undefined },
  now: number,
): { row: AccessRow | undefined; expired: boolean } {
  let chosen: AccessRow | undefined;
  let expired = false;
  for (const row of rows) {
    if (!isBoundTo(row, binding) || !covers(row, scopes)) continue;
    if (text(row.entry.secret) === undefined) continue;
    if (!(row.expiresOn - now >= EXPIRY_MARGIN)) expired = true;
    else if (chosen === undefined || better(row, chosen, now)) chosen = row;
  }
  return { row: chosen, expired };
}

function isBoundTo(row: AccessRow, binding: Binding | undefined): boolean {
  if (row.keyId !== binding?.key) return false;
  return binding?.type === undefined || folded(row.entry.token_type) === binding.type;
}

function missing(expired: boolean): CachedToken {
  return {
    token: undefined,
    reason: expired ? REFRESH_REASON.expired : REFRESH_REASON.absent,
  };
}

function covers(row: AccessRow, scopes: readonly string[]): boolean {
  for (const scope of scopes) {
    if (!row.scopes.has(scope) && !row.scopes.has(scope.toLowerCase())) return false;
  }
  return true;
}

function better(a: AccessRow, b: AccessRow, now: number): boolean {
  const aging = isAging(a, now);
  return aging === isAging(b, now) ? a.expiresOn > b.expiresOn : !aging;
}

function isAging(row: AccessRow, now: number): boolean {
  return row.refreshOn !== undefined && row.refreshOn < now;
}

function served(
  index: CacheIndex,
  row: AccessRow,
  environment: string,
  homeAccountId: string,
  now: number,
): CachedToken {
  row.used = true;
  const token: TokenResponse = {
    access_token: text(row.entry.secret) ?? "",
    token_type: text(row.entry.token_type) ?? "Bearer",
    expires_in: Math.trunc(row.expiresOn - now),
    token_source: "cache",
  };
  if (homeAccountId !== "") {
    const account = readAccount(index, environment, homeAccountId);
    if (account !== undefined) token.account = account;
  }
  return { token, aging: isAging(row, now) };
}
