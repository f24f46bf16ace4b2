/**
 * Refresh token grant for a token that comes from elsewhere: an older library, another cache.
 *
 * Spec: RFC 6749 §6.
 *
 * @module
 */
import { knownAuthority, resolveAuthority } from "../authority/resolve-authority.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { API, REFRESH_REASON } from "../http/telemetry.js";
import { checkExtraTokenParameters } from "../oauth/extra-parameters.js";
import { checkUserScopes, decorateScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";

const GRANT_TYPE = "refresh_token";

/** Options of {@link acquireTokenByRefreshToken}. */
export interface AcquireTokenByRefreshTokenOptions {
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Redeems a refresh token that is not in the cache, and keeps what comes: tokens, the new refresh token and
 * the account. The old refresh token itself is not kept.
 */
export async function acquireTokenByRefreshToken(
  call: Call,
  refreshToken: string,
  scopes: readonly string[],
  options: AcquireTokenByRefreshTokenOptions,
): Promise<TokenResult> {
  if (typeof refreshToken !== "string" || refreshToken === "") {
    throw new MsalError(
      "invalid_argument",
      `refreshToken must be the text of a refresh token; it is ${describe(refreshToken)}. For an account in the cache, acquireTokenSilent finds its refresh token by itself.`,
    );
  }
  checkUserScopes(scopes);
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const scope = decorateScopes(call, scopes);
  const authority = knownAuthority(call.client) ?? (await resolveAuthority(call));
  const reply = await requestToken(call, authority, {
    api: API.refreshToken,
    reason: REFRESH_REASON.forced,
    parameters: { grant_type: GRANT_TYPE, refresh_token: refreshToken },
    scope,
    extra,
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, { grantType: GRANT_TYPE, authority, scope, data: extra });
}
