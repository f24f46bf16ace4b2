/**
 * Refresh tokens of the cache, redeemed for an access token.
 *
 * Spec: RFC 6749 §6. Families of client ids are Microsoft's.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import { readAccount } from "../cache/accounts.js";
import { homeRows, metadataRow, rowsIn } from "../cache/cache-index.js";
import { routingHeader } from "../cache/client-info.js";
import type { Row } from "../cache/row.js";
import { saveRefreshedTokens } from "../cache/save-tokens.js";
import { folded, text, wholeSeconds } from "../cache/schema.js";
import { openRows } from "../cache/token-cache.js";
import { type Call, person } from "../call.js";
import { quote } from "../describe.js";
import { API, type RefreshReason } from "../http/telemetry.js";
import type { ExtraParameters } from "../oauth/extra-parameters.js";
import { decorateScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenErrorResponse, type TokenResult } from "../result.js";

const GRANT_TYPE = "refresh_token";

/** The one family of Microsoft's applications whose members redeem each other's refresh tokens. */
const FAMILY = "1";

/** How often another process may have been faster before the refusal stands. */
const LOOKS = 5;

/** What is wanted, and for whom. */
export interface Wanted {
  scopes: readonly string[];
  homeAccountId: string;
  /** As the account says it; a broker may know the account by it. */
  localAccountId: string;
  /** Cloud Shell signed the account in. */
  ofCloudShell: boolean;
  /** The account's own tenant; absent when the caller did not say. */
  realm: string | undefined;
  claims: string | undefined;
  /** No cached access token will do. */
  forced: boolean;
  /** What the caller adds to the request. */
  extra: ExtraParameters;
}

/**
 * Tries the refresh tokens of one environment: the family's, if this client is or may be of a family,
 * then its own. Where a provider takes each of them once, another process may have been faster: what it
 * got in their place is tried as well.
 *
 * @returns `null` when there is nothing to try.
 */
export async function redeemRefreshTokens(
  call: Call,
  authority: Authority,
  wanted: Wanted,
  reason: RefreshReason,
): Promise<TokenResult | null> {
  const scope = decorateScopes(call, wanted.scopes);
  const attempt: Attempt = {
    ...{ call, authority, wanted, reason, scope, tried: new Set(), isStranger: false },
  };
  let result = await redeemKnown(attempt);
  for (let looks = 0; looks < LOOKS; looks++) {
    if (!isTokenError(result) || result.error !== "invalid_grant") return result;
    await openRows(call, { user: wanted.homeAccountId }, "latest");
    const next = await redeemKnown(attempt);
    if (next === null) return result;
    result = next;
  }
  return result;
}

/** Tries what the cache has, but for what was refused before. */
async function redeemKnown(attempt: Attempt): Promise<TokenResult | null> {
  const { call, authority, wanted } = attempt;
  const { client } = call;
  const index = await openRows(call, { user: wanted.homeAccountId }, "any");
  const rows = homeRows(index, authority.environment, wanted.homeAccountId)?.RefreshToken;
  if (rows === undefined || rows.size === 0) return null;
  client.logger.debug(
    `The cache holds ${rows.size} refresh token(s) of ${person(call, wanted.homeAccountId)} under ${authority.environment}.`,
  );
  const metadata = metadataRow(index, authority.environment, client.clientId);
  const family = metadata === undefined ? FAMILY : text(metadata.entry.family_id);
  let last: TokenResult | null = null;
  if (family !== undefined && !attempt.isStranger) {
    const members = [...rows].filter((row) => row.entry.family_id === family);
    // Of a client that never signed in it is not known yet whether it is of the family.
    last = await tryNewestFirst(attempt, members, metadata === undefined);
    if (last !== null && !isTokenError(last)) return last;
  }
  const own = [...rows].filter(
    (row) => folded(row.entry.client_id) === client.clientId.toLowerCase(),
  );
  const result = await tryNewestFirst(attempt, own, false);
  if (result !== null) return result;
  // Not of the family, and nothing of its own: there was nothing to try.
  return metadata === undefined && isTokenError(last) && isClientMismatch(last) ? null : last;
}

/** What stays the same while refresh tokens are tried. */
interface Attempt {
  call: Call;
  authority: Authority;
  wanted: Wanted;
  reason: RefreshReason;
  scope: readonly string[];
  /** Refresh tokens that were refused. */
  tried: Set<string>;
  /** The provider said that this client is not of the family. */
  isStranger: boolean;
}

async function tryNewestFirst(
  attempt: Attempt,
  rows: Row[],
  stopAtMismatch: boolean,
): Promise<TokenResult | null> {
  const { call, tried, wanted } = attempt;
  const age = (row: Row) => wholeSeconds(row.entry.last_modification_time) ?? 0;
  let last: TokenResult | null = null;
  for (const row of rows.sort((a, b) => age(b) - age(a))) {
    const secret = text(row.entry.secret);
    const index = await openRows(call, { user: wanted.homeAccountId }, "any");
    const gone = !rowsIn(index, "RefreshToken").has(row.key);
    if (secret === undefined || tried.has(secret) || gone) continue;
    tried.add(secret);
    last = await redeemOne(attempt, row);
    if (!isTokenError(last)) return last;
    call.client.logger.debug(`A refresh token was refused: ${quote(last.error)}.`);
    if (stopAtMismatch && isClientMismatch(last)) {
      attempt.isStranger = true;
      return last;
    }
  }
  return last;
}

async function redeemOne(
  { call, authority, wanted, reason, scope }: Attempt,
  row: Row,
): Promise<TokenResult> {
  const { homeAccountId, claims, extra } = wanted;
  const { environment } = authority;
  const index = await openRows(call, { user: homeAccountId }, "any");
  const account = readAccount(index, environment, homeAccountId);
  const reply = await requestToken(call, authority, {
    api: API.silent,
    reason,
    parameters: {
      grant_type: GRANT_TYPE,
      refresh_token: text(row.entry.secret),
      claims,
    },
    scope,
    extra,
    headers: routingHeader(homeAccountId.replaceAll(".", "@")),
  });
  // Kept even when it was refused: for other scopes or another tenant it may still do.
  if (isTokenError(reply)) return reply;
  const grant = { grantType: GRANT_TYPE, authority, scope, data: extra };
  const signedIn = account !== undefined;
  return saveRefreshedTokens(call, reply, grant, { row, homeAccountId, signedIn });
}

/** The provider says that this client is not of the family after all. */
function isClientMismatch(error: TokenErrorResponse): boolean {
  const details: unknown = (error as { error_additional_info?: unknown }).error_additional_info;
  return (
    error.suberror === "client_mismatch" ||
    (Array.isArray(details) && details.includes("client_mismatch"))
  );
}
