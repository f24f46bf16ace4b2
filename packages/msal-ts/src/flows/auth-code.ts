/**
 * Authorization code grant with PKCE: the user signs in at the identity provider, and the code that comes
 * back is redeemed here.
 *
 * Spec: RFC 6749 §4.1; RFC 7636; OpenID Connect Core §3.1; Form Post Response Mode.
 *
 * @module
 */
import { knownAuthority, resolveAuthority } from "../authority/resolve-authority.js";
import { readClientInfo, routingHeader } from "../cache/client-info.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { API, REFRESH_REASON, recordOutcome } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import {
  checkExtraParameters,
  checkExtraTokenParameters,
  type ExtraParameters,
} from "../oauth/extra-parameters.js";
import { codeChallenge, randomToken, sha256Hex } from "../oauth/pkce.js";
import { checkUserScopes, decorateScopes, sortScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenErrorResponse, type TokenResult } from "../result.js";
import { checkFlow, checkInitiate, damaged } from "./auth-code-arguments.js";
import { type AuthResponse, readAuthResponse } from "./auth-response.js";

const GRANT_TYPE = "authorization_code";

/** Options of {@link initiateAuthCodeFlow}. */
export interface InitiateAuthCodeFlowOptions {
  /** Where the answer is to arrive; registered for the application. Absent: the provider picks a registered one. */
  redirectUri?: string | undefined;
  /** Comes back with the answer, and is compared. Absent: 256 random bits. */
  state?: string | undefined;
  /** `login`, `none`, `consent`, `select_account`, `create`; absent: the provider decides. */
  prompt?: string | undefined;
  /** Username to sign in with, filled in for the user. */
  loginHint?: string | undefined;
  /** `organizations`, `consumers` or a tenant's domain: skips the question which kind of account. */
  domainHint?: string | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /** Seconds since the user typed a password that are accepted; 0: now. Checked when the code is redeemed. */
  maxAge?: number | undefined;
  /** How the answer travels. Absent: `query`. */
  responseMode?: "query" | "form_post" | undefined;
  /** Parameters to add to the URL. */
  extraQueryParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of {@link acquireTokenByAuthCodeFlow}. */
export interface AcquireTokenByAuthCodeFlowOptions {
  /** Of the scopes that the user was asked for, those of the one resource that the token is for. Absent: all. */
  scopes?: readonly string[] | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * A sign-in under way. Send the user to `authUri`; keep the whole object where only this user's browser
 * leads to it (a session) until the answer comes. Plain data: JSON-safe. It holds the sign-in's secrets.
 */
export interface AuthCodeFlow {
  /** Where the user signs in. */
  readonly authUri: string;
  /** Comes back with the answer. */
  readonly state: string;
  readonly redirectUri?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly codeVerifier?: string | undefined;
  readonly nonce?: string | undefined;
  readonly maxAge?: number | undefined;
  readonly claimsChallenge?: string | undefined;
}

/** Begins a sign-in that the caller will end with {@link acquireTokenByAuthCodeFlow}. */
export async function initiateAuthCodeFlow(
  call: Call,
  scopes: readonly string[],
  options: InitiateAuthCodeFlowOptions,
): Promise<AuthCodeFlow> {
  checkUserScopes(scopes);
  checkInitiate(options);
  const extra = checkExtraParameters("extraQueryParameters", options.extraQueryParameters);
  return beginSignIn(call, decorateScopes(call, scopes), options, extra);
}

/**
 * Makes state, nonce and PKCE, and the URL that carries them (RFC 6749 §4.1.1).
 *
 * @param scope - What the user is asked for, the reserved scopes included.
 * @param options - Checked.
 * @param extra - Parameters of the caller's, for the URL.
 */
export async function beginSignIn(
  call: Call,
  scope: readonly string[],
  options: InitiateAuthCodeFlowOptions,
  extra: ExtraParameters,
): Promise<AuthCodeFlow> {
  const { client } = call;
  // Read before we wait: the caller may do with its own what it likes meanwhile.
  const { redirectUri, prompt, loginHint, domainHint, claimsChallenge, maxAge, responseMode } =
    options;
  const state = options.state || randomToken();
  const claims = mergeClaims(client.clientCapabilities, claimsChallenge);
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  const nonce = randomToken();
  const codeVerifier = randomToken();
  const authUri = withQuery(authority.authorizationEndpoint, {
    client_id: client.clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: sortScopes(scope).join(" "),
    state,
    code_challenge: await codeChallenge(codeVerifier),
    code_challenge_method: "S256",
    // The browser sees a hash: who only saw the URL cannot make an ID token fit.
    nonce: await sha256Hex(nonce),
    client_info: "1",
    login_hint: loginHint,
    prompt,
    domain_hint: domainHint,
    claims,
    max_age: maxAge === undefined ? undefined : String(maxAge),
    response_mode: responseMode,
    "X-AnchorMailbox": loginHint ? `UPN:${loginHint}` : undefined,
    ...extra,
  });
  return {
    authUri,
    state,
    ...(redirectUri !== undefined && { redirectUri }),
    scope,
    codeVerifier,
    nonce,
    ...(maxAge !== undefined && { maxAge }),
    ...(claimsChallenge && { claimsChallenge }),
  };
}

/**
 * Ends a sign-in: checks that the answer belongs to it, and redeems the code (RFC 6749 §4.1.3).
 *
 * @returns Tokens, already cached; or the provider's refusal, of the sign-in or of the code.
 * @throws MsalError `state_mismatch` if the answer belongs to another sign-in.
 */
export async function acquireTokenByAuthCodeFlow(
  call: Call,
  begun: AuthCodeFlow,
  authResponse: AuthResponse,
  options: AcquireTokenByAuthCodeFlowOptions,
): Promise<TokenResult> {
  checkFlow(begun);
  // Ours from here on: the caller may do with its own what it likes while we wait.
  const flow: AuthCodeFlow = { ...begun, ...(begun.scope && { scope: [...begun.scope] }) };
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const answer = readAuthResponse(authResponse);
  checkState(flow, answer.state);
  const scope = chosenScopes(call, flow, options.scopes);
  return endSignIn(call, flow, answer, { api: API.authCode, scope, extra });
}

/** What a code is redeemed for. */
interface Redemption {
  /** Number of the public call, for telemetry. */
  api: number;
  scope: readonly string[];
  /** Parameters of the caller's, for the body. */
  extra: ExtraParameters;
}

/**
 * Redeems the code of an answer, or passes its refusal on.
 *
 * @param answer - Belongs to the flow: its state has been compared.
 */
export async function endSignIn(
  call: Call,
  flow: AuthCodeFlow,
  answer: Record<string, string | undefined>,
  { api, scope, extra }: Redemption,
): Promise<TokenResult> {
  const { client } = call;
  if (!answer.code) return refusal(call, api, answer);
  if (!flow.codeVerifier) throw damaged("codeVerifier", flow.codeVerifier);
  const claims = mergeClaims(client.clientCapabilities, flow.claimsChallenge);
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  const reply = await requestToken(call, authority, {
    api,
    reason: REFRESH_REASON.none,
    parameters: {
      grant_type: GRANT_TYPE,
      code: answer.code,
      redirect_uri: flow.redirectUri,
      code_verifier: flow.codeVerifier,
      claims,
    },
    scope,
    extra,
    headers: routing(answer.client_info),
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope,
    nonce: await sentNonce(flow, reply.id_token),
    maxAge: flow.maxAge,
    data: extra,
  });
}

function routing(clientInfo: string | undefined): Record<string, string> {
  const info = readClientInfo(clientInfo);
  return info === undefined ? {} : routingHeader(`${info.uid}@${info.utid}`);
}

/** The nonce as it travelled. An ID token that cannot be tied to this sign-in is none of ours. */
async function sentNonce(
  flow: AuthCodeFlow,
  idToken: string | undefined,
): Promise<string | undefined> {
  if (!idToken) return undefined;
  if (!flow.nonce) throw damaged("nonce", flow.nonce);
  return sha256Hex(flow.nonce);
}

/** OpenID Connect Core §3.1.2.1: what the user is asked for may be more than one token is for. */
function chosenScopes(
  call: Call,
  flow: AuthCodeFlow,
  scopes: readonly string[] | undefined,
): readonly string[] {
  const asked = flow.scope ?? [];
  if (scopes === undefined || (Array.isArray(scopes) && scopes.length === 0)) return asked;
  checkUserScopes(scopes);
  const chosen = decorateScopes(call, scopes);
  const extra = chosen.filter((scope) => !asked.includes(scope));
  if (extra.length > 0) {
    throw new MsalError(
      "invalid_argument",
      `scopes must be among those that initiateAuthCodeFlow asked for, which are ${asked.join(" ")}; it also names ${extra.map(quote).join(", ")}.`,
    );
  }
  return chosen;
}

/** RFC 6749 §10.12: an answer that nobody here asked for is not looked at. */
function checkState(flow: AuthCodeFlow, came: string | undefined): void {
  if (!flow.state) {
    throw new MsalError(
      "state_mismatch",
      "state missing: the flow that was passed in has none. It is probably not the object that initiateAuthCodeFlow returned: has the session been lost between the two requests? Begin a new sign-in.",
    );
  }
  if (flow.state === came) return;
  throw new MsalError(
    "state_mismatch",
    `state mismatch: the answer must carry the state that this sign-in was begun with; it carries ${came === undefined ? "none" : "another"}. It belongs to another sign-in, perhaps of another tab, or is forged. Begin a new sign-in.`,
  );
}

/** The provider's refusal (RFC 6749 §4.1.2.1). Whatever else the answer holds is not the provider's word. */
function refusal(
  call: Call,
  api: number,
  answer: Record<string, string | undefined>,
): TokenErrorResponse {
  const { error, error_description, error_uri } = answer;
  if (!error) {
    throw new MsalError(
      "invalid_auth_response",
      `The answer must hold a code or an error; it holds ${Object.keys(answer).join(", ") || "nothing"}. Pass on all parameters that reached the redirect URI: the query, or with form_post the form.`,
    );
  }
  recordOutcome(call.client.telemetry, api, call.correlationId, error);
  return {
    error,
    ...(error_description && { error_description }),
    ...(error_uri && { error_uri }),
  };
}

/** An endpoint's URL with parameters; those that are absent are left out. */
export function withQuery(
  endpoint: string,
  parameters: Record<string, string | undefined>,
): string {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}
