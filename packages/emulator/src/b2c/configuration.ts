/**
 * How a user flow of B2C describes itself (§19.2).
 *
 * Spec: OpenID Connect Discovery 1.0 §4
 *
 * @module
 */
import type { Call } from "../call.js";
import type { Authority } from "../directory.js";
import { issuerOf } from "../token/issuer.js";

/** `GET /{tenant}/{policy}/v2.0/.well-known/openid-configuration`. URLs name the tenant as it was typed. */
export function b2cConfiguration(call: Call, { segment, tenant }: Authority): object {
  const at = `${call.base}/${segment}`;
  return {
    issuer: issuerOf(call, tenant?.id),
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    token_endpoint: `${at}/oauth2/v2.0/token`,
    end_session_endpoint: `${at}/oauth2/v2.0/logout`,
    jwks_uri: `${at}/discovery/v2.0/keys`,
    response_modes_supported: ["query", "fragment", "form_post"],
    response_types_supported: ["code", "code id_token", "id_token", "id_token token", "token"],
    scopes_supported: ["openid"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    claims_supported: [
      ...["name", "oid", "sub", "emails", "tfp", "iss", "iat", "exp", "aud", "acr", "nonce"],
      "auth_time",
    ],
  };
}
