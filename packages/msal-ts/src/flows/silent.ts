/**
 * A user's token without the user: from the cache, or for a refresh token in it.
 *
 * Spec: RFC 6749 §6. Families of client ids, aliases of clouds and the order of attempts are Microsoft's.
 *
 * @module
 */
import { hostsOf } from "../authority/clouds.js";
import {
  type Authority,
  aliasAuthority,
  aliasesOf,
  knownAuthority,
  resolveAuthority,
} from "../authority/resolve-authority.js";
import { homeRows, metadataRow, type Row } from "../cache/cache-index.js";
import { routingHeader } from "../cache/client-info.js";
import { readAccessToken } from "../cache/read-access-token.js";
import { saveRefreshedTokens } from "../cache/save-tokens.js";
import { folded, text, wholeSeconds } from "../cache/schema.js";
import { indexOf } from "../cache/token-cache.js";
import { type Call, person } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { share } from "../http/share.js";
import { API, REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import { checkSomeScopes, decorateScopes, sortScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import {
  type Account,
  isTokenError,
  type TokenErrorResponse,
  type TokenResponse,
  type TokenResult,
} from "../result.js";
import { withClassification } from "./classification.js";
import { renewInBackground } from "./renew-in-background.js";

const GRANT_TYPE = "refresh_token";

/** The one family of Microsoft's applications whose members redeem each other's refresh tokens. */
const FAMILY = "1";

/** Options of {@link acquireTokenSilent}. */
export interface SilentOptions {
  /** Skips the cached access token and redeems the refresh token. @defaultValue `false` */
  forceRefresh?: boolean | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. Skips the cached access token. */
  claimsChallenge?: string | undefined;
  /** Stops waiting. Others who wait for the same token go on. */
  signal?: AbortSignal | undefined;
}

/** What is wanted, and for whom. */
interface Wanted {
  scopes: readonly string[];
  account: { homeAccountId: string; realm?: unknown };
  claims: string | undefined;
  /** No cached access token will do. */
  forced: boolean;
}

/** As {@link acquireTokenSilentWithError}, but `null` also when the provider refused. */
export async function acquireTokenSilent(
  call: Call,
  scopes: readonly string[],
  account: Account | null | undefined,
  options: SilentOptions,
): Promise<TokenResponse | null> {
  const result = await acquireTokenSilentWithError(call, scopes, account, options);
  return isTokenError(result) ? null : result;
}

/**
 * A token from the cache, or for a refresh token in it.
 *
 * @returns The token; why there is none; `null` when there is nothing in the cache to try.
 */
export async function acquireTokenSilentWithError(
  call: Call,
  scopes: readonly string[],
  account: Account | null | undefined,
  options: SilentOptions,
): Promise<TokenResult | null> {
  checkSomeScopes(scopes);
  if (account === null || account === undefined) return null;
  checkAccount(account);
  checkForceRefresh(options.forceRefresh);
  const { client } = call;
  const wanted: Wanted = {
    scopes,
    account,
    claims: mergeClaims(client.clientCapabilities, options.claimsChallenge),
    forced: Boolean(options.forceRefresh || options.claimsChallenge),
  };
  const home = knownAuthority(client) ?? (await resolveAuthority(call));
  const served = serve(call, home, wanted);
  if (typeof served !== "number") return served;
  // A forced refresh does not join one that may have been sent before its caller's reason to force.
  return share(call, flightKey(home, wanted), (shared) =>
    redeemAnywhere(shared, home, wanted, served),
  );
}

/** What makes two silent requests the same. */
function flightKey({ tokenEndpoint, environment }: Authority, wanted: Wanted): string {
  const { account, scopes, claims, forced } = wanted;
  return JSON.stringify([
    ...["silent", tokenEndpoint, environment, account.homeAccountId, sortScopes(scopes)],
    ...[claims, forced],
  ]);
}

/** A token that is there, renewed in the background when it is aging; or why one has to be obtained. */
function serve(call: Call, authority: Authority, wanted: Wanted): TokenResponse | RefreshReason {
  if (wanted.forced) return REFRESH_REASON.forced;
  const { client } = call;
  const cached = readAccessToken(client, {
    environments: [authority.environment],
    homeAccountId: wanted.account.homeAccountId,
    clientId: client.clientId,
    realms: realmsOf(authority, wanted),
    scopes: wanted.scopes,
  });
  if (cached.token === undefined) return cached.reason;
  if (cached.aging) {
    renewInBackground(call, flightKey(authority, wanted), (shared) =>
      redeem(shared, authority, wanted, REFRESH_REASON.aging),
    );
  } else {
    client.telemetry.hits++;
  }
  return cached.token;
}

/** Under `common` and the like other libraries write the account's own tenant. */
function realmsOf({ realm }: Authority, { account }: Wanted): readonly string[] {
  const shared = ["common", "organizations", "consumers"].includes(realm.toLowerCase());
  return shared && typeof account.realm === "string" && account.realm !== realm
    ? [realm, account.realm]
    : [realm];
}

/** Redeems what the cache has for this account, under the authority's own host or another name of it. */
async function redeemAnywhere(
  call: Call,
  home: Authority,
  wanted: Wanted,
  reason: RefreshReason,
): Promise<TokenResult | null> {
  const index = indexOf(call.client.cache);
  // Before a request a token under another name that needs none: msal-node always keeps its own there.
  for (const alias of hostsOf(home.environment).slice(1)) {
    if (homeRows(index, alias, wanted.account.homeAccountId)?.AccessToken === undefined) continue;
    const served = serve(call, await aliasAuthority(call, home, alias), wanted);
    if (typeof served !== "number") return served;
  }
  let last = await redeem(call, home, wanted, reason);
  if (last !== null && !isTokenError(last)) return last;
  for (const alias of await aliasesOf(call, home.environment)) {
    // Nothing of this account: its endpoints need not be known.
    if (homeRows(index, alias, wanted.account.homeAccountId) === undefined) continue;
    const authority = await aliasAuthority(call, home, alias);
    const served = serve(call, authority, wanted);
    if (typeof served !== "number") return served;
    const result = await redeem(call, authority, wanted, served);
    if (result !== null && !isTokenError(result)) return result;
    last = result ?? last;
  }
  return last === null ? null : withClassification(last as TokenErrorResponse);
}

/**
 * Tries the refresh tokens of one environment: the family's, if this client is or may be of a family,
 * then its own.
 */
async function redeem(
  call: Call,
  authority: Authority,
  wanted: Wanted,
  reason: RefreshReason,
): Promise<TokenResult | null> {
  const { client } = call;
  // Before the look-up: a scope that may not be asked for is wrong whatever the cache holds.
  const scope = decorateScopes(wanted.scopes, client.excludeScopes);
  const index = indexOf(client.cache);
  const rows = homeRows(index, authority.environment, wanted.account.homeAccountId)?.RefreshToken;
  if (rows === undefined || rows.size === 0) return null;
  const attempt: Attempt = {
    call,
    authority,
    wanted,
    reason,
    scope,
    tried: new Set(),
  };
  client.logger.debug(
    `The cache holds ${rows.size} refresh token(s) of ${person(call, wanted.account.homeAccountId)} under ${authority.environment}.`,
  );
  const metadata = metadataRow(index, authority.environment, client.clientId);
  const family = metadata === undefined ? FAMILY : text(metadata.entry, "family_id");
  let last: TokenResult | null = null;
  if (family !== undefined) {
    const members = [...rows].filter((row) => row.entry.family_id === family);
    // Of a client that never signed in it is not known yet whether it is of the family.
    last = await tryNewestFirst(attempt, members, metadata === undefined);
    if (last !== null && !isTokenError(last)) return last;
  }
  const own = [...rows].filter(
    (row) => folded(row.entry, "client_id") === client.clientId.toLowerCase(),
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
  tried: Set<unknown>;
}

async function tryNewestFirst(
  attempt: Attempt,
  rows: Row[],
  stopAtMismatch: boolean,
): Promise<TokenResult | null> {
  const { call, tried } = attempt;
  const age = (row: Row) => wholeSeconds(row.entry.last_modification_time) ?? 0;
  let last: TokenResult | null = null;
  for (const row of rows.sort((a, b) => age(b) - age(a))) {
    if (tried.has(row.entry.secret)) continue;
    tried.add(row.entry.secret);
    last = await redeemOne(attempt, row);
    if (!isTokenError(last)) return last;
    call.client.logger.debug(`A refresh token was refused: ${last.error}.`);
    if (stopAtMismatch && isClientMismatch(last)) return last;
  }
  return last;
}

async function redeemOne(
  { call, authority, wanted, reason, scope }: Attempt,
  row: Row,
): Promise<TokenResult> {
  const { account, claims } = wanted;
  const reply = await requestToken(call, authority, {
    api: API.silent,
    reason,
    parameters: {
      grant_type: GRANT_TYPE,
      refresh_token: text(row.entry, "secret"),
      claims,
    },
    scope,
    headers: routingHeader(account.homeAccountId.replaceAll(".", "@")),
  });
  // Kept even when it was refused: for other scopes or another tenant it may still do.
  if (isTokenError(reply)) return reply;
  return saveRefreshedTokens(
    call,
    reply,
    { grantType: GRANT_TYPE, authority, scope },
    row,
    account,
  );
}

/** The provider says that this client is not of the family after all. */
function isClientMismatch(error: TokenErrorResponse): boolean {
  const details: unknown = (error as { error_additional_info?: unknown }).error_additional_info;
  return (
    error.suberror === "client_mismatch" ||
    (Array.isArray(details) && details.includes("client_mismatch"))
  );
}

function checkForceRefresh(forceRefresh: unknown): void {
  if (forceRefresh === undefined || typeof forceRefresh === "boolean") return;
  throw new MsalError(
    "invalid_argument",
    `forceRefresh must be true or false; it is ${describe(forceRefresh)}.`,
  );
}

/**
 * Checks an account that a caller hands in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkAccount(account: unknown): asserts account is { homeAccountId: string } {
  const id: unknown = (account as { homeAccountId?: unknown } | null)?.homeAccountId;
  if (typeof account === "object" && typeof id === "string" && id !== "") return;
  throw new MsalError(
    "invalid_argument",
    typeof account === "object" && account !== null
      ? `account must be one of those that getAccounts() returns, with a homeAccountId; its homeAccountId is ${describe(id)}.`
      : `account must be one of those that getAccounts() returns; it is ${describe(account)}.`,
  );
}
