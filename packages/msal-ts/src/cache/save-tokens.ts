/**
 * From an answer of the token endpoint to a result: checked, then remembered, then handed out.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import { type Call, now, person, withSignal } from "../call.js";
import { MsalError } from "../errors.js";
import { orAbort } from "../http/abort.js";
import { checkIdToken, decodeIdToken } from "../oauth/id-token.js";
import { splitScopes } from "../oauth/scopes.js";
import type { TokenReply } from "../oauth/token-request.js";
import type { Account, IdTokenClaims, TokenResponse, TokenResult } from "../result.js";
import { readAccount } from "./accounts.js";
import { type CacheIndex, putRow, rowsIn } from "./cache-index.js";
import { readClientInfo } from "./client-info.js";
import type { Owner } from "./owner.js";
import type { Row } from "./row.js";
import { homeAccount, lifetimeOf } from "./rows.js";
import { type TokenEvent, wholeSeconds } from "./schema.js";
import { openRows, rowsBehind } from "./token-cache.js";

/** How tokens were obtained. */
export interface Grant {
  /** Absent where there is no grant that OAuth has a name for. */
  grantType?: string | undefined;
  authority: Authority;
  /** What was asked for: the tokens' scopes when the answer names none. */
  scope: readonly string[];
  /** What the caller added to the request. */
  data?: Readonly<Record<string, string>> | undefined;
  /** As it was sent; absent when none was. */
  nonce?: string | undefined;
  maxAge?: number | undefined;
  /** `false`: handed out, but not kept. */
  keep?: boolean | undefined;
  /** SHA-256 of the assertion that was exchanged; absent for any other grant. */
  userAssertionHash?: string | undefined;
  /** What the user typed: the account's name when the ID token has none. */
  username?: string | undefined;
}

/** What an answer says of a user. */
const OF_USERS = ["id_token", "client_info", "refresh_token"] as const;

/**
 * Keeps an app's own token. Whatever else an answer to client credentials holds is nobody's.
 */
export function saveAppToken(call: Call, reply: TokenReply, grant: Grant): Promise<TokenResult> {
  return leavable(call, (staying) => keepAppToken(staying, reply, grant));
}

async function keepAppToken(call: Call, reply: TokenReply, grant: Grant): Promise<TokenResult> {
  for (const name of OF_USERS) if (name in reply) delete reply[name];
  if (!reply.access_token) {
    return {
      error: "invalid_response",
      error_description:
        "The identity provider answered without an error, but with no access token.",
    };
  }
  const owner: Owner = { app: call.client.clientId, realm: grant.authority.realm };
  await remember(call, reply, grant, owner);
  await rowsBehind(call.client.cache).settle(call, owner);
  return resultOf(call, reply);
}

/**
 * Keeps a user's tokens.
 *
 * @throws {@link MsalError} `invalid_id_token` for an ID token that is not for this client, issuer,
 * sign-in or tenant; nothing is kept then.
 */
export function saveUserTokens(
  call: Call,
  reply: TokenReply,
  grant: Grant,
): Promise<TokenResponse> {
  return leavable(call, (staying) => keepUserTokens(staying, reply, grant));
}

async function keepUserTokens(call: Call, reply: TokenReply, grant: Grant): Promise<TokenResponse> {
  const claims = checkedClaims(call, reply, grant);
  const home = homeAccount({ response: reply }, claims);
  if (home === undefined) {
    // Kept without an owner they would pass for the app's own.
    call.client.logger.warn(
      "The identity provider did not say whose tokens these are (neither client_info nor an ID token): they are not cached.",
    );
    return resultOf(call, reply);
  }
  const { userAssertionHash: assertion, username } = grant;
  const owner: Owner = assertion === undefined ? { user: home } : { assertion };
  if (grant.keep !== false) {
    await remember(call, reply, grant, owner, { user_assertion_hash: assertion, username });
    await rowsBehind(call.client.cache).settle(call, owner);
  }
  const index = await openRows(call, owner, "any");
  const account = accountFor(index, grant.authority, home, claims, username);
  call.client.logger.debug(`Signed in: ${person(call, account.username || home)}.`);
  return resultOf(call, reply, claims, account);
}

/** Tokens that something on this computer got: a broker, Cloud Shell. */
export interface LocalSignIn {
  /** What it says about the user, in place of an ID token to be checked. */
  claims: IdTokenClaims;
  /** Whose tokens these are. */
  homeAccountId: string;
  /** What a broker calls the account. */
  accountId?: string | undefined;
  /** Kind of the account, where the authority does not say it. */
  authorityType?: string | undefined;
  /** Environment that the cache knew the account in when it was asked; absent: none. */
  signedInAt?: string | undefined;
}

/**
 * Keeps a user's tokens that something on this computer got and vouches for.
 *
 * @throws {@link MsalError} `invalid_id_token` for tokens of another tenant; nothing is kept then.
 */
export async function saveLocalTokens(
  call: Call,
  reply: TokenReply,
  grant: Grant,
  signIn: LocalSignIn,
): Promise<TokenResponse> {
  const { claims, homeAccountId, accountId, authorityType, signedInAt } = signIn;
  const { authority, username } = grant;
  // Cloud Shell's opaque tokens have a name in place of a tenant.
  if (GUID.test(claims.tid ?? "")) checkTenant(authority, claims, "The token");
  const owner: Owner = { user: homeAccountId };
  const before = await openRows(call, owner, "any");
  // Signed out meanwhile: what comes too late is handed out but not kept.
  if (signedInAt === undefined || readAccount(before, signedInAt, homeAccountId) !== undefined) {
    const response = { ...reply, id_token_claims: claims };
    const how = { _account_id: accountId, authority_type: authorityType };
    await remember(call, response, grant, owner, { ...how, username });
    await rowsBehind(call.client.cache).settle(call, owner);
  }
  const index = await openRows(call, owner, "any");
  const account = accountFor(index, authority, homeAccountId, claims, username);
  if (authorityType !== undefined) account.authorityType = authorityType;
  if (accountId !== undefined) account.localAccountId = accountId;
  call.client.logger.debug(`Signed in: ${person(call, account.username || homeAccountId)}.`);
  return { ...resultOf(call, reply, claims, account), token_source: "broker" };
}

/** A refresh token of the cache that is about to be redeemed. */
export interface Redeemed {
  row: Row;
  homeAccountId: string;
  /** Somebody was signed in when the request went out. */
  signedIn: boolean;
}

/**
 * Keeps what a refresh token of the cache was redeemed for, and the new refresh token in place of the old.
 *
 * @throws {@link MsalError} `invalid_id_token` as above; `invalid_response` for tokens of another user.
 */
export function saveRefreshedTokens(
  call: Call,
  reply: TokenReply,
  grant: Grant,
  redeemed: Redeemed,
): Promise<TokenResponse> {
  return leavable(call, (staying) => keepRefreshedTokens(staying, reply, grant, redeemed));
}

async function keepRefreshedTokens(
  call: Call,
  reply: TokenReply,
  grant: Grant,
  redeemed: Redeemed,
): Promise<TokenResponse> {
  const { row, homeAccountId } = redeemed;
  const claims = checkedClaims(call, reply, grant);
  checkSameUser(grant.authority, reply, claims, homeAccountId);
  const owner: Owner = { user: homeAccountId };
  // Another process may have signed the user out, or renewed the refresh token.
  const index = await openRows(call, owner, "fresh");
  const current = rowsIn(index, "RefreshToken").get(row.key);
  const { environment } = grant.authority;
  const signedOut =
    redeemed.signedIn && readAccount(index, environment, homeAccountId) === undefined;
  // Signed out meanwhile: what comes too late is handed out but not kept.
  if (current !== undefined && !signedOut) {
    const { refresh_token, ...rest } = reply;
    const known = { skip_account_creation: true, home_account_id: homeAccountId };
    // First: a cache whose add() writes itself down then has the new refresh token.
    await remember(call, rest, grant, owner, known, () => {
      const kept = rowsIn(index, "RefreshToken").get(row.key);
      // Another request may have renewed it meanwhile: the newer one stays.
      if (!refresh_token || kept === undefined || kept.entry.secret !== row.entry.secret) return;
      const last_modification_time = String(Math.trunc(now(call)));
      const entry = { ...kept.entry, secret: refresh_token, last_modification_time };
      // In place, whatever key another library gave it: a second row would be a stale one.
      putRow(index, "RefreshToken", entry, row.key);
    });
    await rowsBehind(call.client.cache).settle(call, owner);
  }
  return resultOf(call, reply, claims, accountFor(index, grant.authority, homeAccountId, claims));
}

/** A caller who gives up leaves at once; what came is kept all the same: a refresh token may work only once. */
function leavable<T>(call: Call, keep: (call: Call) => Promise<T>): Promise<T> {
  return orAbort(keep(withSignal(call, undefined)), call.signal);
}

/** The answer names the user by `client_info`, or where the library knows no better (ADFS) by `sub`. */
function checkSameUser(
  { kind }: Authority,
  reply: TokenReply,
  claims: IdTokenClaims | undefined,
  homeAccountId: string,
): void {
  const named = readClientInfo(reply.client_info);
  const isSubject = kind === "adfs" || !homeAccountId.includes(".");
  const bySubject = isSubject && claims !== undefined;
  const came = named
    ? `${named.uid}.${named.utid}`
    : bySubject
      ? String(claims.sub)
      : homeAccountId;
  if (came.toLowerCase() === homeAccountId.toLowerCase()) return;
  throw new MsalError(
    "invalid_response",
    "The identity provider answered a refresh with the tokens of another user. Nothing was cached. Sign the user in again.",
  );
}

async function remember(
  call: Call,
  response: TokenReply,
  grant: Grant,
  owner: Owner,
  more?: Partial<TokenEvent>,
  first?: () => void,
): Promise<void> {
  const { client } = call;
  if (wholeSeconds(response.expires_in) === undefined && response.access_token) {
    client.logger.warn(
      "The identity provider did not say how long the token is valid (expires_in): it is kept for ten minutes.",
    );
  }
  const event: TokenEvent = {
    client_id: client.clientId,
    scope: scopeOf(response, grant),
    token_endpoint: grant.authority.tokenEndpoint,
    environment: grant.authority.environment,
    grant_type: grant.grantType,
    response,
    data: { ...grant.data },
    ...more,
  };
  // What the store has is read first: a new row may stand for one that another library wrote.
  await openRows(call, owner, "any");
  first?.();
  client.cache.add(event, now(call));
}

/** What was granted; a `.default` that was asked for stands for it, echoed or not. */
function scopeOf({ scope }: TokenReply, grant: Grant): readonly string[] {
  if (!scope?.trim()) return grant.scope;
  return [...splitScopes(scope), ...grant.scope.filter((asked) => asked.endsWith("/.default"))];
}

function checkedClaims(
  call: Call,
  reply: TokenReply,
  { authority, nonce, maxAge }: Grant,
): IdTokenClaims | undefined {
  if (!reply.id_token) return undefined;
  const { client } = call;
  const claims = decodeIdToken(reply.id_token);
  const { issuer, issuerHosts } = authority;
  const expected = { clientId: client.clientId, issuer, issuerHosts, nonce, maxAge };
  for (const warning of checkIdToken(claims, expected, now(call))) client.logger.warn(warning);
  checkTenant(authority, claims);
  return claims;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whoever asks a particular tenant gets no token of another. */
function checkTenant(
  { realm }: Authority,
  { tid }: IdTokenClaims,
  what: string = "The ID token",
): void {
  if (!GUID.test(realm) || typeof tid !== "string") return;
  if (tid.toLowerCase() === realm.toLowerCase()) return;
  throw new MsalError(
    "invalid_id_token",
    `${what} was refused: it is of the tenant (tid) ${JSON.stringify(tid.slice(0, 100))}, and the authority is that of ${realm}. Nothing was cached.`,
  );
}

/** As the cache knows the account; what the answer says about it, when the cache does not. */
function accountFor(
  index: CacheIndex,
  { environment, realm, kind }: Authority,
  homeAccountId: string,
  claims: IdTokenClaims | undefined,
  typed?: string,
): Account {
  const known = readAccount(index, environment, homeAccountId);
  if (known !== undefined) return known;
  const texts = [claims?.preferred_username, claims?.upn, typed];
  const account: Account = {
    homeAccountId,
    environment,
    username: texts.find((text): text is string => typeof text === "string") ?? "",
    localAccountId: claims?.oid ?? claims?.sub ?? "",
    realm,
    authorityType: kind === "adfs" ? "ADFS" : "MSSTS",
  };
  if (typeof claims?.name === "string") account.name = claims.name;
  return account;
}

/** Members that are not handed out as they came: `refresh_in` is ours alone to know. */
const WITHHELD: readonly string[] = ["refresh_in", "ext_expires_in"];

/** The answer without what is ours alone to know (`refresh_in`), its numbers read. */
function resultOf(
  call: Call,
  reply: TokenReply,
  claims?: IdTokenClaims,
  account?: Account,
): TokenResponse {
  const result: TokenResponse & Record<string, unknown> = {
    access_token: reply.access_token ?? "",
    token_type: reply.token_type ?? "Bearer",
    expires_in: lifetimeOf(reply, Math.trunc(now(call))),
    token_source: "identity_provider",
  };
  for (const name of Object.keys(reply)) {
    const withheld = name.startsWith("_") || WITHHELD.includes(name);
    if (!withheld && !Object.hasOwn(result, name)) result[name] = reply[name];
  }
  const extended = wholeSeconds(reply.ext_expires_in);
  if (extended !== undefined) result.ext_expires_in = extended;
  if (claims !== undefined) result.id_token_claims = claims;
  if (account !== undefined) result.account = account;
  return result;
}
