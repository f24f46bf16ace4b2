/**
 * A user's token without the user: from the cache, or for a refresh token in it.
 *
 * Spec: RFC 6749 §6. Aliases of clouds and the order of attempts are Microsoft's.
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
import { CLOUD_SHELL, readAccount } from "../cache/accounts.js";
import { type CacheIndex, homeRows } from "../cache/cache-index.js";
import type { Owner } from "../cache/owner.js";
import { readAccessToken } from "../cache/read-access-token.js";
import { openRows } from "../cache/token-cache.js";
import { type Call, now } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { share } from "../http/share.js";
import { REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import { bindingOf, checkExtraTokenParameters } from "../oauth/extra-parameters.js";
import { checkSome, checkUserScopes, sortScopes } from "../oauth/scopes.js";
import { type Account, isTokenError, type TokenResponse, type TokenResult } from "../result.js";
import { checkAccount } from "./check-account.js";
import { withClassification } from "./classification.js";
import { redeemRefreshTokens, type Wanted } from "./redeem-refresh-tokens.js";
import { renewInBackground } from "./renew-in-background.js";

/** Options of {@link acquireTokenSilent}. */
export interface SilentOptions {
  /** Skips the cached access token and redeems the refresh token. @defaultValue `false` */
  forceRefresh?: boolean | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. Skips the cached access token. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  /** Stops waiting. Others who wait for the same token go on. */
  signal?: AbortSignal | undefined;
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
  checkUserScopes(scopes);
  checkSome(scopes);
  if (account === null || account === undefined) return null;
  checkAccount(account);
  checkForceRefresh(options.forceRefresh);
  const { client } = call;
  // Copies: the caller may do with its own what it likes while we wait.
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const wanted: Wanted = {
    scopes: [...scopes],
    homeAccountId: account.homeAccountId,
    localAccountId: typeof account.localAccountId === "string" ? account.localAccountId : "",
    ofCloudShell: account.authorityType === CLOUD_SHELL,
    realm: typeof account.realm === "string" ? account.realm : undefined,
    claims: mergeClaims(client.clientCapabilities, options.claimsChallenge),
    forced: Boolean(
      options.forceRefresh || options.claimsChallenge || bindingOf(extra)?.key === "",
    ),
    extra,
  };
  const home = knownAuthority(client) ?? (await resolveAuthority(call));
  const opened = openRows(call, ownerOf(wanted), "warm");
  const index = opened instanceof Promise ? await opened : opened;
  const served = serve(call, index, home, home.environment, wanted);
  if (typeof served !== "number") return served;
  // A forced refresh does not join one that may have been sent before its caller's reason to force.
  // Whoever signs out from here on stays signed out.
  const signedInAt = whereSignedIn(index, home, wanted);
  return share(call, flightKey(home, home.environment, wanted), (shared) =>
    obtain(shared, home, wanted, signedInAt),
  );
}

/** What makes two silent requests the same. */
function flightKey(home: Authority, environment: string, wanted: Wanted): string {
  const { homeAccountId, ofCloudShell, scopes, claims, forced, extra } = wanted;
  return JSON.stringify([
    ...["silent", home.tokenEndpoint, environment, realmsOf(home, wanted)],
    ...[homeAccountId, ofCloudShell, sortScopes(scopes), claims, forced],
    Object.entries(extra).sort(),
  ]);
}

/** A token that is there, renewed in the background when it is aging; or why one has to be obtained. */
function serve(
  call: Call,
  index: CacheIndex,
  home: Authority,
  environment: string,
  wanted: Wanted,
): TokenResponse | RefreshReason {
  if (wanted.forced) return REFRESH_REASON.forced;
  const { client } = call;
  const query = {
    environments: [environment],
    homeAccountId: wanted.homeAccountId,
    clientId: client.clientId,
    realms: realmsOf(home, wanted),
    scopes: wanted.scopes,
    binding: bindingOf(wanted.extra),
  };
  const cached = readAccessToken(index, query, now(call));
  if (cached.token === undefined) return cached.reason;
  if (cached.aging) {
    const signedInAt = whereSignedIn(index, home, wanted);
    renewInBackground(call, flightKey(home, environment, wanted), async (shared) =>
      environment === home.environment
        ? renew(shared, home, wanted, REFRESH_REASON.aging, signedInAt)
        : redeemRefreshTokens(
            shared,
            await aliasAuthority(shared, home, environment),
            wanted,
            REFRESH_REASON.aging,
          ),
    );
  } else {
    client.telemetry.hits++;
  }
  return cached.token;
}

/** Environment that the cache knows the account in: the authority's, or another name of it. */
function whereSignedIn(
  index: CacheIndex,
  { environment }: Authority,
  { homeAccountId }: Wanted,
): string | undefined {
  return hostsOf(environment).find((name) => readAccount(index, name, homeAccountId));
}

/** Under `common` and the like other libraries write the account's own tenant. */
function realmsOf({ realm }: Authority, wanted: Wanted): readonly string[] {
  const shared = ["common", "organizations", "consumers"].includes(realm.toLowerCase());
  return shared && wanted.realm !== undefined && wanted.realm !== realm
    ? [realm, wanted.realm]
    : [realm];
}

/**
 * A token that another process obtained meanwhile, or one under another name of the host (msal-node keeps
 * all of its own there): neither needs a request.
 */
async function obtain(
  call: Call,
  home: Authority,
  wanted: Wanted,
  signedInAt: string | undefined,
): Promise<TokenResult | null> {
  const index = await openRows(call, ownerOf(wanted), "fresh");
  const served = serve(call, index, home, home.environment, wanted);
  if (typeof served !== "number") return served;
  for (const alias of hostsOf(home.environment).slice(1)) {
    const other = serve(call, index, home, alias, wanted);
    if (typeof other !== "number") return other;
  }
  return renew(call, home, wanted, served, signedInAt);
}

/** A new token, of whoever signed the account in: Cloud Shell, the broker, or the provider for a refresh token. */
async function renew(
  call: Call,
  home: Authority,
  wanted: Wanted,
  reason: RefreshReason,
  signedInAt: string | undefined,
): Promise<TokenResult | null> {
  const { scopes, claims, extra, homeAccountId } = wanted;
  if (wanted.ofCloudShell) {
    const { requestCloudShellToken } = await import("../cloud-shell/request-token.js");
    const account = { homeAccountId, signedInAt };
    return requestCloudShellToken(call, { authority: home, scopes, extra, account });
  }
  if (call.client.allowBroker) {
    const { acquireTokenSilentByBroker } = await import("../broker/known-account.js");
    const whose = { homeAccountId, localAccountId: wanted.localAccountId, signedInAt };
    const asked = { authority: home, scopes, claims, extra };
    const result = await acquireTokenSilentByBroker(call, asked, whose, wanted.forced);
    if (result !== null) return result;
  }
  return redeemAnywhere(call, home, wanted, reason);
}

function ownerOf({ homeAccountId }: Wanted): Owner {
  return { user: homeAccountId };
}

/** Redeems what the cache has for this account, under the authority's own host or another name of it. */
async function redeemAnywhere(
  call: Call,
  home: Authority,
  wanted: Wanted,
  reason: RefreshReason,
): Promise<TokenResult | null> {
  let last = await redeemRefreshTokens(call, home, wanted, reason);
  if (last !== null && !isTokenError(last)) return last;
  for (const alias of await aliasesOf(call, home.environment)) {
    // Nothing of this account: its endpoints need not be known.
    const index = await openRows(call, ownerOf(wanted), "any");
    if (homeRows(index, alias, wanted.homeAccountId) === undefined) continue;
    const served = serve(call, index, home, alias, wanted);
    if (typeof served !== "number") return served;
    const authority = await aliasAuthority(call, home, alias);
    const result = await redeemRefreshTokens(call, authority, wanted, served);
    if (result !== null && !isTokenError(result)) return result;
    last = result ?? last;
  }
  return isTokenError(last) ? withClassification(last) : null;
}

function checkForceRefresh(forceRefresh: unknown): void {
  if (forceRefresh === undefined || typeof forceRefresh === "boolean") return;
  throw new MsalError(
    "invalid_argument",
    `forceRefresh must be true or false; it is ${describe(forceRefresh)}.`,
  );
}
