/**
 * Access tokens that are there already.
 *
 * @module
 */
import type { Client } from "../call.js";
import { REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import type { TokenResponse } from "../result.js";
import { readAccount } from "./accounts.js";
import { type AccessRow, accessCandidates, type CacheIndex } from "./cache-index.js";
import { text } from "./schema.js";
import { indexOf } from "./token-cache.js";

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
}

/** A token that serves, perhaps one to renew; or why there is none. */
export type CachedToken =
  | { token: TokenResponse; aging: boolean }
  | { token: undefined; reason: RefreshReason };

/** Looks for a token that covers all scopes: one that is not to be renewed yet, then the one that lasts longest. */
export function readAccessToken(client: Client, query: AccessTokenQuery): CachedToken {
  const index = indexOf(client.cache);
  const now = client.clock.now();
  let best: AccessRow | undefined;
  let expired = false;
  for (const environment of query.environments) {
    for (const realm of query.realms) {
      for (const row of accessCandidates(index, query, environment, realm, query.scopes)) {
        if (row.keyId !== undefined || !covers(row, query.scopes)) continue;
        if (text(row.entry, "secret") === undefined) continue;
        if (!(row.expiresOn - now >= EXPIRY_MARGIN)) expired = true;
        else if (best === undefined || better(row, best, now)) best = row;
      }
      // What the authority itself keeps comes before what is kept under its other names.
      if (best !== undefined) {
        return {
          token: responseOf(index, best, environment, query, now),
          aging: isAging(best, now),
        };
      }
    }
  }
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

function responseOf(
  index: CacheIndex,
  row: AccessRow,
  environment: string,
  query: AccessTokenQuery,
  now: number,
): TokenResponse {
  const response: TokenResponse = {
    access_token: text(row.entry, "secret") ?? "",
    token_type: text(row.entry, "token_type") ?? "Bearer",
    expires_in: Math.trunc(row.expiresOn - now),
    token_source: "cache",
  };
  if (query.homeAccountId !== "") {
    const account = readAccount(index, environment, query.homeAccountId);
    if (account !== undefined) response.account = account;
  }
  return response;
}
