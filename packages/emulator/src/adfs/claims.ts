/**
 * The claims of tokens of AD FS (§18): of a directory of its own, without tenants and object ids.
 *
 * @module
 */
import type { Call } from "../call.js";
import { GRAPH } from "../config/default-config.js";
import { opaque, sha256 } from "../identifiers.js";
import type { SignIn, TokenSubject } from "../token/claims.js";
import type { Grant } from "../token/scopes.js";

/** Seconds an ID token lives. */
const ID_TOKEN_LIFETIME = 3600;

/** Issuer of access tokens, which is not that of ID tokens. */
export function accessTokenIssuer(call: Call): string {
  return `http://${new URL(call.base).host}/adfs/services/trust`;
}

/** Claims of an access token. One for no resource is for the UserInfo endpoint. */
export function adfsAccessTokenClaims(
  call: Call,
  { client, signIn, authentication }: TokenSubject,
  { resource, audience, scopes }: Grant,
  lifetime: number,
): Record<string, unknown> {
  return {
    aud:
      resource.clientId === GRAPH
        ? "urn:microsoft:userinfo"
        : `microsoft:identityserver:${audience}`,
    iss: accessTokenIssuer(call),
    iat: call.now,
    nbf: call.now,
    exp: call.now + lifetime,
    apptype: authentication === "none" ? "Public" : "Confidential",
    appid: client.clientId,
    ...(signIn
      ? { ...userClaims(signIn), auth_time: signIn.authTime, scp: scopes.join(" ") }
      : { sub: client.clientId }),
    jti: opaque(16),
    ver: "1.0",
  };
}

/** Claims of an ID token. */
export function adfsIdTokenClaims(
  call: Call,
  { client, signIn }: TokenSubject & { readonly signIn: SignIn },
  nonce: string | undefined,
): Record<string, unknown> {
  return {
    aud: client.clientId,
    iss: `${call.base}/adfs`,
    iat: call.now,
    nbf: call.now,
    exp: call.now + ID_TOKEN_LIFETIME,
    auth_time: signIn.authTime,
    ...(nonce !== undefined && { nonce }),
    ...userClaims(signIn),
    sid: signIn.sid,
  };
}

/** `sub` is the same for all clients: it is all that a client knows a user by. */
function userClaims({ user }: SignIn): object {
  const [name, domain = ""] = user.username.split("@");
  const [realm = ""] = domain.split(".");
  return {
    sub: sha256(`adfs|${user.oid}`).toString("base64"),
    upn: user.username,
    unique_name: `${realm.toUpperCase()}\\${name}`,
  };
}
