/**
 * The claims of tokens of B2C (§19.3): of version 1.0, with the name of the user flow.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { SignIn, TokenSubject } from "../token/claims.js";
import { issuerOf } from "../token/issuer.js";
import type { Grant } from "../token/scopes.js";

/** Seconds an ID token lives. */
export const ID_TOKEN_LIFETIME = 3600;

/** Claims of an access token. */
export function b2cAccessTokenClaims(
  call: Call,
  subject: TokenSubject,
  { resource, scopes }: Grant,
  lifetime: number,
): Record<string, unknown> {
  const { client, signIn } = subject;
  return {
    ...common(call, subject, lifetime),
    aud: resource.clientId,
    azp: client.clientId,
    ...(signIn
      ? { ...userClaims(call, signIn), ...(scopes.length > 0 && { scp: scopes.join(" ") }) }
      : { sub: client.clientId }),
  };
}

/** Claims of an ID token. There is no tenant in it, and no user name. */
export function b2cIdTokenClaims(
  call: Call,
  subject: TokenSubject & { readonly signIn: SignIn },
  nonce: string | undefined,
): Record<string, unknown> {
  return {
    ...common(call, subject, ID_TOKEN_LIFETIME),
    aud: subject.client.clientId,
    ...(nonce !== undefined && { nonce }),
    ...userClaims(call, subject.signIn),
  };
}

function common(call: Call, { tenant }: TokenSubject, lifetime: number): object {
  return {
    ver: "1.0",
    iss: issuerOf(call, tenant.id),
    iat: call.now,
    nbf: call.now,
    exp: call.now + lifetime,
  };
}

function userClaims({ userFlow }: Call, { user, authTime }: SignIn): object {
  return {
    sub: user.oid,
    oid: user.oid,
    auth_time: authTime,
    name: user.name,
    ...(user.email && { emails: [user.email] }),
    tfp: userFlow?.policy,
  };
}
