/**
 * Client credentials grant: a token for the application itself.
 *
 * Spec: RFC 6749 §4.4; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 *
 * @module
 */

import { hostsOf } from "../authority/clouds.js";
import {
  type Authority,
  knownAuthority,
  resolveAuthority,
} from "../authority/resolve-authority.js";
import type { CacheIndex } from "../cache/cache-index.js";
import type { Owner } from "../cache/owner.js";
import { type CachedToken, readAccessToken } from "../cache/read-access-token.js";
import { saveAppToken } from "../cache/save-tokens.js";
import { openRows } from "../cache/token-cache.js";
import { type Call, now } from "../call.js";
import { MsalError } from "../errors.js";
import { share } from "../http/share.js";
import { API, REFRESH_REASON, type RefreshReason } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import {
  bindingOf,
  checkExtraTokenParameters,
  type ExtraParameters,
} from "../oauth/extra-parameters.js";
import { checkScopes, checkSome, sortScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";
import { withClassification } from "./classification.js";
import { renewInBackground } from "./renew-in-background.js";

const GRANT_TYPE = "client_credentials";

/** Options of {@link acquireTokenForClient}. */
export interface ClientCredentialsOptions {
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

/**
 * A token from the cache, or a new one. A token that is to be renewed soon is returned at once and
 * renewed in the background.
 */
export async function acquireTokenForClient(
  call: Call,
  asked: readonly string[],
  options: ClientCredentialsOptions,
): Promise<TokenResult> {
  checkScopes(asked);
  checkSome(asked);
  if ((options as { forceRefresh?: unknown }).forceRefresh) {
    throw new MsalError(
      "invalid_argument",
      "acquireTokenForClient has no option forceRefresh: a new token would say the same. If a resource refuses the token, pass on what it asks for as claimsChallenge.",
    );
  }
  const { client } = call;
  // Ours from here on: the caller may do with its own what it likes while we wait.
  const scopes = [...asked];
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const { claimsChallenge } = options;
  const claims = mergeClaims(client.clientCapabilities, claimsChallenge);
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  const forced = Boolean(claimsChallenge) || bindingOf(extra)?.key === "";
  const wanted: Wanted = { authority, scopes, claims, extra, forced };
  const opened = openRows(call, ownerOf(wanted, call), "warm");
  const cached = serve(opened instanceof Promise ? await opened : opened, wanted, call);
  if (cached.token !== undefined && !cached.aging) {
    client.telemetry.hits++;
    return cached.token;
  }
  const flight = JSON.stringify([
    ...[GRANT_TYPE, authority.tokenEndpoint, sortScopes(scopes), claims],
    Object.entries(extra).sort(),
  ]);
  if (cached.token !== undefined) {
    renewInBackground(call, flight, (shared) =>
      requestAppToken(shared, wanted, REFRESH_REASON.aging),
    );
    return cached.token;
  }
  return share(call, flight, async (shared) => {
    // Another process may have obtained it meanwhile.
    const again = serve(await openRows(shared, ownerOf(wanted, shared), "fresh"), wanted, shared);
    return again.token ?? requestAppToken(shared, wanted, again.reason);
  });
}

/** What is wanted, and how it is asked for. */
interface Wanted {
  authority: Authority;
  scopes: readonly string[];
  claims: string | undefined;
  extra: ExtraParameters;
  /** No cached token will do. */
  forced: boolean;
}

function ownerOf({ authority }: Wanted, { client }: Call): Owner {
  return { app: client.clientId, realm: authority.realm };
}

/** A token that is there, or why there is none. */
function serve(index: CacheIndex, wanted: Wanted, call: Call): CachedToken {
  const { authority, scopes, extra, forced } = wanted;
  if (forced) return { token: undefined, reason: REFRESH_REASON.forced };
  const query = {
    environments: hostsOf(authority.environment),
    homeAccountId: "",
    clientId: call.client.clientId,
    realms: [authority.realm],
    scopes,
    binding: bindingOf(extra),
  };
  return readAccessToken(index, query, now(call));
}

async function requestAppToken(
  call: Call,
  { authority, scopes, claims, extra }: Wanted,
  reason: RefreshReason,
): Promise<TokenResult> {
  if (["common", "organizations"].includes(authority.realm.toLowerCase())) {
    call.client.logger.warn(
      `An application's own token belongs to one tenant, and the authority names "${authority.realm}": which tenant answers is not reliable. Name the tenant in the authority.`,
    );
  }
  const reply = await requestToken(call, authority, {
    api: API.clientCredentials,
    reason,
    parameters: { grant_type: GRANT_TYPE, claims },
    // As the caller wrote them: an application's token has no openid, profile or offline_access.
    scope: scopes,
    extra,
    // The assertion stays one for the authority's own endpoint, as the platform expects.
    endpoint: call.client.azureRegion && (await regionalEndpoint(call, authority)),
  });
  if (isTokenError(reply)) return withClassification(reply);
  return saveAppToken(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope: scopes,
    data: extra,
  });
}

async function regionalEndpoint(call: Call, authority: Authority): Promise<string> {
  const { regionalTokenEndpoint } = await import("../authority/region.js");
  return regionalTokenEndpoint(call, authority);
}
