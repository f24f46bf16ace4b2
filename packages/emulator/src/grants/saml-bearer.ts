/**
 * SAML assertion grants: a federation server vouches for the user.
 *
 * Spec: RFC 7522 §2.1 for SAML 2.0; `saml1_1-bearer` is Microsoft's
 *
 * @module
 */
import { entraError } from "../entra-error.js";
import { type SamlVersion, verifyAssertion } from "../federation/assertion.js";
import { checkDirectSignIn, directSignInTokens, homeTenant } from "../token/direct-sign-in.js";
import type { GrantHandler, TokenRequest } from "../token/token-request.js";

const parameters: readonly string[] = ["assertion", "scope"];

export const saml11: GrantHandler = {
  grantType: "urn:ietf:params:oauth:grant-type:saml1_1-bearer",
  parameters,
  handle: (request) => redeem(request, "1.1"),
};

export const saml20: GrantHandler = {
  grantType: "urn:ietf:params:oauth:grant-type:saml2-bearer",
  parameters,
  handle: (request) => redeem(request, "2.0"),
};

async function redeem(request: TokenRequest, version: SamlVersion): Promise<object> {
  checkDirectSignIn(request);
  const { call } = request;
  const assertion = Buffer.from(call.form.assertion as string, "base64").toString();
  const username = verifyAssertion(call, assertion, version);
  const { user, tenant } = homeTenant(request, call.emulation.directory.user(username));
  if (user.disabled) throw entraError(50057);
  return directSignInTokens(request, user, tenant);
}
