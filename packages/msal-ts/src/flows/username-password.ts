/**
 * Resource owner password credentials grant: the application itself asks for the password. A federated
 * user's goes to the federation server, whose assertion is redeemed instead.
 *
 * Spec: RFC 6749 §4.3; WS-Trust 1.3; RFC 7522 (SAML 2.0) and Microsoft's `saml1_1-bearer`.
 *
 * @module
 */
import {
  type Authority,
  knownAuthority,
  resolveAuthority,
} from "../authority/resolve-authority.js";
import { discoverFederation, type Federation } from "../authority/user-realm.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { withoutQuery } from "../http/http-request.js";
import { API, REFRESH_REASON, recordOutcome } from "../http/telemetry.js";
import { base64url } from "../oauth/base64.js";
import { mergeClaims } from "../oauth/claims.js";
import { checkExtraTokenParameters, type ExtraParameters } from "../oauth/extra-parameters.js";
import { checkUserScopes, decorateScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";
import { discoverEndpoint, type FederationEndpoint } from "../ws-trust/mex.js";
import { requestAssertion } from "../ws-trust/request-assertion.js";
import { isSecure } from "../ws-trust/secure-url.js";
import { loadXmlReader } from "../ws-trust/xml.js";

const GRANT_TYPE = "password";

const SAML_1 = "urn:ietf:params:oauth:grant-type:saml1_1-bearer";
const SAML_2 = "urn:ietf:params:oauth:grant-type:saml2-bearer";

/** Grants that redeem an assertion, by the URI that the federation server gives its kind. */
const GRANT_TYPES: ReadonlyMap<string, string> = new Map([
  ["urn:oasis:names:tc:SAML:1.0:assertion", SAML_1],
  ["http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1", SAML_1],
  ["urn:oasis:names:tc:SAML:2.0:assertion", SAML_2],
  ["http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0", SAML_2],
]);

/** Options of {@link acquireTokenByUsernamePassword}. */
export interface UsernamePasswordOptions {
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** What is to be redeemed, and for what. */
interface Wanted {
  username: string;
  password: string;
  scope: readonly string[];
  claims: string | undefined;
  extra: ExtraParameters;
}

/**
 * Signs a user in with a password.
 *
 * @returns Tokens, already cached; or the refusal, a wrong password among them.
 */
export async function acquireTokenByUsernamePassword(
  call: Call,
  username: string,
  password: string,
  scopes: readonly string[],
  options: UsernamePasswordOptions,
): Promise<TokenResult> {
  checkUsername(username);
  checkPassword(password);
  checkUserScopes(scopes);
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const { client } = call;
  const wanted: Wanted = {
    username,
    password,
    scope: decorateScopes(call, scopes),
    claims: mergeClaims(client.clientCapabilities, options.claimsChallenge),
    extra,
  };
  const local = client.allowBroker ? await redeemByBroker(call, wanted, [...scopes]) : null;
  if (local !== null) return local;
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  // ADFS knows its own users.
  const federation =
    authority.kind === "adfs" ? undefined : await discoverFederation(call, username);
  return federation === undefined
    ? redeemPassword(call, authority, wanted)
    : redeemAssertion(call, authority, federation, wanted);
}

/** The broker's answer; `null` if there is none that takes passwords. */
async function redeemByBroker(
  call: Call,
  { username, password, claims, extra }: Wanted,
  scopes: readonly string[],
): Promise<TokenResult | null> {
  const { acquireTokenByPasswordOfBroker } = await import("../broker/known-account.js");
  const wanted = async () => ({ authority: await resolveAuthority(call), scopes, claims, extra });
  return acquireTokenByPasswordOfBroker(call, wanted, username, password);
}

/** RFC 6749 §4.3.2. */
async function redeemPassword(
  call: Call,
  authority: Authority,
  { username, password, scope, claims, extra }: Wanted,
): Promise<TokenResult> {
  const reply = await requestToken(call, authority, {
    api: API.usernamePassword,
    reason: REFRESH_REASON.none,
    parameters: { grant_type: GRANT_TYPE, username, password, claims },
    scope,
    extra,
    headers: routing(username),
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope,
    username,
    data: extra,
  });
}

/** RFC 7522 §2.1, with an assertion that the federation server issues for the password. */
async function redeemAssertion(
  call: Call,
  authority: Authority,
  federation: Federation,
  { username, password, scope, claims, extra }: Wanted,
): Promise<TokenResult> {
  const readXml = await loadXmlReader();
  const { metadataUrl, audience } = federation;
  const endpoint =
    metadataUrl === undefined
      ? describedEndpoint(call, federation)
      : await discoverEndpoint(call, checkSecure(call, "metadata", metadataUrl), readXml);
  const issued = await requestAssertion(call, endpoint, { username, password, audience }, readXml);
  if (isTokenError(issued)) {
    const { telemetry } = call.client;
    recordOutcome(telemetry, API.usernamePassword, call.correlationId, issued.error);
    return issued;
  }
  const grantType = GRANT_TYPES.get(issued.tokenType);
  if (grantType === undefined) {
    throw new MsalError(
      "invalid_response",
      `The federation server ${withoutQuery(endpoint.address)} must issue a SAML 1.1 or 2.0 assertion; the type of its token is ${quote(issued.tokenType)}. Ask the server's administrator what it issues for ${quote(audience)}.`,
    );
  }
  const reply = await requestToken(call, authority, {
    api: API.usernamePassword,
    reason: REFRESH_REASON.none,
    parameters: {
      grant_type: grantType,
      assertion: base64url(new TextEncoder().encode(issued.assertion)),
      claims,
    },
    scope,
    extra,
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, { grantType, authority, scope, username, data: extra });
}

/** The endpoint that the identity provider itself names, where the federation server does not describe itself. */
function describedEndpoint(call: Call, { activeAuthUrl }: Federation): FederationEndpoint {
  if (activeAuthUrl === undefined) {
    throw new MsalError(
      "invalid_response",
      "The user is federated, so the user realm must say where the federation server is (federation_metadata_url or federation_active_auth_url); it says neither. Sign the user in with a browser.",
    );
  }
  return { address: checkSecure(call, "endpoint", activeAuthUrl), action: undefined };
}

/** Whoever could change what comes over plain http would be handed the password. */
function checkSecure(call: Call, what: string, url: string): string {
  if (isSecure(call, url)) return url;
  throw new MsalError(
    "invalid_response",
    `The federation server's ${what} must have an https URL, for a password is to be sent; the user realm names ${quote(withoutQuery(url))}. Nothing was sent there. Sign the user in with a browser.`,
  );
}

/** Routes the request to where the user's mailbox is; none for a name with characters that no header takes. */
function routing(username: string): Record<string, string> {
  return /^[\x21-\x7e]+$/.test(username) ? { "X-AnchorMailbox": `upn:${username}` } : {};
}

function checkUsername(username: unknown): asserts username is string {
  const isName =
    typeof username === "string" &&
    username.trim() !== "" &&
    // What would be another path where a name belongs.
    !/^\.{1,2}$/.test(username);
  if (isName && !/[\p{Cc}\p{Cs}]/u.test(username)) return;
  throw new MsalError(
    "invalid_argument",
    `username must be what the user signs in with, for example "ada@contoso.com"; it is ${isName ? "a string with control characters" : describe(username)}.`,
  );
}

function checkPassword(password: unknown): asserts password is string {
  if (typeof password === "string" && password !== "") return;
  throw new MsalError(
    "invalid_argument",
    `password must be the user's password, a string; it is ${describe(password)}. Is the environment variable it comes from set?`,
  );
}
