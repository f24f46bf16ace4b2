/**
 * The older pair of the authorization code grant: state, nonce and PKCE are the caller's own business.
 * New code uses `auth-code.ts`, which does them all.
 *
 * Spec: RFC 6749 §4.1; OpenID Connect Core §3.1.
 *
 * @module
 */
import { knownAuthority, resolveAuthority } from "../authority/resolve-authority.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { API, REFRESH_REASON } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import { checkExtraParameters, checkExtraTokenParameters } from "../oauth/extra-parameters.js";
import { checkUserScopes, decorateScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";
import { withQuery } from "./auth-code.js";
import { checkRedirectUri, checkTexts } from "./auth-code-arguments.js";

const GRANT_TYPE = "authorization_code";

/** What this pair leaves to its caller, who may add it. */
const BY_HAND_IN_URL: readonly string[] = [
  "code_challenge",
  "code_challenge_method",
  "response_mode",
  "max_age",
];
const BY_HAND_IN_BODY: readonly string[] = ["code_verifier"];

/** Options of {@link getAuthorizationRequestUrl}. */
export interface AuthorizationRequestUrlOptions {
  /** Username to sign in with, filled in for the user. */
  loginHint?: string | undefined;
  /** Comes back with the answer; compare it yourself. Absent: none is sent. */
  state?: string | undefined;
  /** Where the answer is to arrive; registered for the application. */
  redirectUri?: string | undefined;
  /** What is to come back. @defaultValue `"code"` */
  responseType?: string | undefined;
  /** `login`, `none`, `consent`, `select_account`, `create`; absent: the provider decides. */
  prompt?: string | undefined;
  /** Comes back in the ID token; hand it on to {@link acquireTokenByAuthorizationCode}. Sent as it is. */
  nonce?: string | undefined;
  /** `organizations`, `consumers` or a tenant's domain: skips the question which kind of account. */
  domainHint?: string | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /** Parameters to add to the URL. */
  extraQueryParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of {@link acquireTokenByAuthorizationCode}. */
export interface AcquireTokenByAuthorizationCodeOptions {
  /** The one the URL was made with. */
  redirectUri?: string | undefined;
  /** The one the URL was made with; the ID token must carry it then. */
  nonce?: string | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** The URL to send the user to (RFC 6749 §4.1.1). */
export async function getAuthorizationRequestUrl(
  call: Call,
  scopes: readonly string[],
  options: AuthorizationRequestUrlOptions,
): Promise<string> {
  checkUserScopes(scopes);
  const { loginHint, state, redirectUri, responseType, prompt, nonce, domainHint } = options;
  checkTexts({ loginHint, state, redirectUri, responseType, prompt, nonce, domainHint });
  checkRedirectUri(redirectUri);
  const extra = checkExtraParameters(
    "extraQueryParameters",
    options.extraQueryParameters,
    BY_HAND_IN_URL,
  );
  const { client } = call;
  const scope = decorateScopes(call, scopes);
  const claims = mergeClaims(client.clientCapabilities, options.claimsChallenge);
  client.logger.warn(
    "getAuthorizationRequestUrl leaves state, nonce and PKCE to its caller; initiateAuthCodeFlow does them all.",
  );
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  return withQuery(authority.authorizationEndpoint, {
    client_id: client.clientId,
    response_type: responseType ?? "code",
    redirect_uri: redirectUri,
    scope: scope.join(" "),
    state,
    nonce,
    login_hint: loginHint,
    prompt,
    domain_hint: domainHint,
    claims,
    ...extra,
  });
}

/**
 * Redeems a code (RFC 6749 §4.1.3).
 *
 * @returns Tokens, already cached; or the provider's refusal.
 */
export async function acquireTokenByAuthorizationCode(
  call: Call,
  code: string,
  scopes: readonly string[],
  options: AcquireTokenByAuthorizationCodeOptions,
): Promise<TokenResult> {
  if (typeof code !== "string" || code === "") {
    throw new MsalError(
      "invalid_argument",
      `code must be the code that reached the redirect URI; it is ${describe(code)}.`,
    );
  }
  checkUserScopes(scopes);
  const { redirectUri, nonce } = options;
  checkTexts({ redirectUri, nonce });
  checkRedirectUri(redirectUri);
  const extra = checkExtraTokenParameters(options.extraTokenParameters, BY_HAND_IN_BODY);
  const { client } = call;
  const scope = decorateScopes(call, scopes);
  const claims = mergeClaims(client.clientCapabilities, options.claimsChallenge);
  client.logger.warn(
    "acquireTokenByAuthorizationCode redeems a code without state and PKCE; acquireTokenByAuthCodeFlow checks both.",
  );
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  const reply = await requestToken(call, authority, {
    api: API.authCode,
    reason: REFRESH_REASON.none,
    parameters: { grant_type: GRANT_TYPE, code, redirect_uri: redirectUri, claims },
    scope,
    extra,
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope,
    nonce,
    data: extra,
  });
}
