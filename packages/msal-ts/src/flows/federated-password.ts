/**
 * The password of a federated user: it goes to the federation server, whose assertion is redeemed. Few have
 * such users, so this comes with the first of them.
 *
 * Spec: WS-Trust 1.3; RFC 7522 (SAML 2.0) and Microsoft's `saml1_1-bearer`.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import type { Federation } from "../authority/user-realm.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { withoutQuery } from "../http/http-request.js";
import { API, REFRESH_REASON, recordOutcome } from "../http/telemetry.js";
import { base64url } from "../oauth/base64.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";
import { discoverEndpoint, type FederationEndpoint } from "../ws-trust/mex.js";
import { requestAssertion } from "../ws-trust/request-assertion.js";
import { isSecure } from "../ws-trust/secure-url.js";
import { loadXmlReader } from "../ws-trust/xml.js";
import type { PasswordGrant } from "./username-password.js";

const SAML_1 = "urn:ietf:params:oauth:grant-type:saml1_1-bearer";
const SAML_2 = "urn:ietf:params:oauth:grant-type:saml2-bearer";

/** Grants that redeem an assertion, by the URI that the federation server gives its kind. */
const GRANT_TYPES: ReadonlyMap<string, string> = new Map([
  ["urn:oasis:names:tc:SAML:1.0:assertion", SAML_1],
  ["http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1", SAML_1],
  ["urn:oasis:names:tc:SAML:2.0:assertion", SAML_2],
  ["http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0", SAML_2],
]);

/** Redeems the assertion that the federation server issues for the password (RFC 7522 §2.1). */
export async function redeemAssertion(
  call: Call,
  authority: Authority,
  federation: Federation,
  { username, password, scope, claims, extra }: PasswordGrant,
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
