/**
 * How AD FS describes itself (§18), and whom it trusts.
 *
 * Spec: OpenID Connect Discovery 1.0 §4; RFC 7033
 *
 * @module
 */
import type { Call } from "../call.js";
import { issuerOf } from "../token/issuer.js";
import { accessTokenIssuer } from "./claims.js";

/** `GET /adfs/.well-known/openid-configuration`, of a server that has device codes (2019). */
export function adfsConfiguration(call: Call): object {
  const at = `${call.base}/adfs`;
  return {
    issuer: issuerOf(call),
    authorization_endpoint: `${at}/oauth2/authorize/`,
    token_endpoint: `${at}/oauth2/token/`,
    jwks_uri: `${at}/discovery/keys`,
    token_endpoint_auth_methods_supported: [
      "client_secret_post",
      "client_secret_basic",
      "private_key_jwt",
    ],
    response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
    response_modes_supported: ["query", "fragment", "form_post"],
    grant_types_supported: [
      "authorization_code",
      "refresh_token",
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "implicit",
      "password",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    subject_types_supported: ["pairwise"],
    scopes_supported: ["openid", "profile", "email", "offline_access", "allatclaims"],
    id_token_signing_alg_values_supported: ["RS256"],
    access_token_issuer: accessTokenIssuer(call),
    claims_supported: [
      ...["aud", "iss", "iat", "exp", "auth_time", "nonce", "at_hash", "c_hash", "sub"],
      ...["upn", "unique_name", "sid"],
    ],
    microsoft_multi_refresh_token: true,
    device_authorization_endpoint: `${at}/oauth2/devicecode`,
    end_session_endpoint: `${at}/oauth2/logout`,
    capabilities: [],
  };
}

const TRUSTED_REALM = "http://schemas.microsoft.com/rel/trusted-realm";

/** `GET /.well-known/webfinger`: that this server may be trusted with its own realm. */
export function webfinger(call: Call): object {
  return {
    subject: call.query.resource ?? `${call.base}/adfs`,
    links: [{ rel: TRUSTED_REALM, href: call.base }],
  };
}
