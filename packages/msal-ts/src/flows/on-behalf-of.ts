/**
 * On-behalf-of: an API that was called with a user's access token exchanges it for one to the next API.
 *
 * Spec: RFC 7523 §2.1; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 *
 * @module
 */
import { hostsOf } from "../authority/clouds.js";
import {
  type Authority,
  knownAuthority,
  resolveAuthority,
} from "../authority/resolve-authority.js";
import { assertionHash, rememberAssertion } from "../cache/assertion-hash.js";
import type { CacheIndex } from "../cache/cache-index.js";
import { type CachedToken, readOnBehalfOfToken } from "../cache/read-access-token.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import { openRows } from "../cache/token-cache.js";
import { type Call, now } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { share } from "../http/share.js";
import { API, REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import {
  bindingOf,
  checkExtraTokenParameters,
  type ExtraParameters,
} from "../oauth/extra-parameters.js";
import { checkSome, checkUserScopes, decorateScopes, sortScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";
import { renewInBackground } from "./renew-in-background.js";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Options of {@link acquireTokenOnBehalfOf}. */
export interface OnBehalfOfOptions {
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. Skips the cache. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  /** Stops waiting. Others who wait for the same token go on. */
  signal?: AbortSignal | undefined;
}

/** One exchange. */
interface Exchange {
  authority: Authority;
  assertion: string;
  /** SHA-256 of the assertion. */
  hash: string;
  scopes: readonly string[];
  claims: string | undefined;
  extra: ExtraParameters;
  /** No cached token will do. */
  forced: boolean;
}

/**
 * A token for the assertion's user: the one this assertion was exchanged for before, or a new one. Nobody
 * is given a token that another assertion was exchanged for, and no refresh token is redeemed here: an
 * assertion that is no longer valid gets nothing new.
 */
export async function acquireTokenOnBehalfOf(
  call: Call,
  userAssertion: string,
  asked: readonly string[],
  options: OnBehalfOfOptions,
): Promise<TokenResult> {
  checkAssertion(userAssertion);
  checkUserScopes(asked);
  checkSome(asked);
  const { client } = call;
  // Ours from here on: the caller may do with its own what it likes while we wait.
  const scopes = [...asked];
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const { claimsChallenge } = options;
  const claims = mergeClaims(client.clientCapabilities, claimsChallenge);
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  const known = assertionHash(client.assertionHashes, userAssertion);
  const hash = typeof known === "string" ? known : await known;
  const forced = Boolean(claimsChallenge) || bindingOf(extra)?.key === "";
  const exchange: Exchange = {
    ...{ authority, assertion: userAssertion, hash, scopes, claims, extra, forced },
  };
  const opened = openRows(call, { assertion: hash }, "warm");
  const cached = serve(opened instanceof Promise ? await opened : opened, exchange, call);
  if (cached.token !== undefined) {
    rememberAssertion(client.assertionHashes, userAssertion, hash);
  }
  if (cached.token !== undefined && !cached.aging) {
    client.telemetry.hits++;
    return cached.token;
  }
  const key = JSON.stringify([
    ...[GRANT_TYPE, authority.tokenEndpoint, hash, sortScopes(scopes), claims],
    Object.entries(extra).sort(),
  ]);
  if (cached.token !== undefined) {
    renewInBackground(call, key, (shared) => redeem(shared, exchange, REFRESH_REASON.aging));
    return cached.token;
  }
  return share(call, key, async (shared) => {
    // Another process may have obtained it meanwhile.
    const again = serve(await openRows(shared, { assertion: hash }, "fresh"), exchange, shared);
    return again.token ?? redeem(shared, exchange, again.reason);
  });
}

/** A token that is there, or why there is none. */
function serve(index: CacheIndex, exchange: Exchange, call: Call): CachedToken {
  const { authority, hash, scopes, extra, forced } = exchange;
  if (forced) return { token: undefined, reason: REFRESH_REASON.forced };
  const query = {
    environments: hostsOf(authority.environment),
    realm: authority.realm,
    clientId: call.client.clientId,
    assertionHash: hash,
    scopes,
    binding: bindingOf(extra),
  };
  return readOnBehalfOfToken(index, query, now(call));
}

async function redeem(
  call: Call,
  { authority, assertion, hash, scopes, claims, extra }: Exchange,
  reason: RefreshReason,
): Promise<TokenResult> {
  const scope = decorateScopes(call, scopes);
  const reply = await requestToken(call, authority, {
    api: API.onBehalfOf,
    // Telemetry counts every exchange as one that no cache could have answered.
    reason: reason === REFRESH_REASON.aging ? reason : REFRESH_REASON.none,
    parameters: {
      grant_type: GRANT_TYPE,
      assertion,
      requested_token_use: "on_behalf_of",
      claims,
    },
    scope,
    extra,
  });
  if (isTokenError(reply)) return reply;
  rememberAssertion(call.client.assertionHashes, assertion, hash);
  // A renewal that comes after the account was signed out, here or elsewhere, must not sign it in again.
  const signedOut = reason === REFRESH_REASON.aging && !(await isKept(call, hash));
  return saveUserTokens(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope,
    userAssertionHash: hash,
    keep: !signedOut,
    data: extra,
  });
}

async function isKept(call: Call, hash: string): Promise<boolean> {
  const { assertions } = await openRows(call, { assertion: hash }, "fresh");
  return assertions.has(hash);
}

function checkAssertion(assertion: unknown): asserts assertion is string {
  if (typeof assertion === "string" && assertion !== "" && !/\s/.test(assertion)) return;
  const bearer = typeof assertion === "string" && /^bearer\s/i.test(assertion);
  const spaced = typeof assertion === "string" && assertion !== "";
  throw new MsalError(
    "invalid_argument",
    `userAssertion must be the access token that the caller of your API sent, ${
      bearer
        ? 'without the word "Bearer" before it'
        : spaced
          ? "without white space in it or around it"
          : `a string; it is ${describe(assertion)}`
    }.`,
  );
}
