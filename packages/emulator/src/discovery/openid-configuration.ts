/**
 * OpenID configuration, v2 and v1: where everything is and who issues.
 *
 * Spec: OpenID Connect Discovery 1.0 §4; RFC 8414
 *
 * @module
 */
import type { Call } from "../call.js";
import { type Cloud, cloudOf, isRegional } from "../clouds.js";
import type { Authority } from "../directory.js";
import { issuerOf } from "../token/issuer.js";

const CLAIMS = [
  "sub",
  "iss",
  "cloud_instance_name",
  "cloud_instance_host_name",
  "cloud_graph_host_name",
  "msgraph_host",
  "aud",
  "exp",
  "iat",
  "auth_time",
  "acr",
  "nonce",
  "preferred_username",
  "name",
  "tid",
  "ver",
  "at_hash",
  "c_hash",
  "email",
];

const AUTH_METHODS = ["client_secret_post", "private_key_jwt", "client_secret_basic"];

/** The v2 document, its members in the platform's order. */
export function openidConfiguration(call: Call, authority: Authority): object {
  const at = `${call.base}/${authority.segment}`;
  const cloud = cloudOf(call.url.hostname);
  // A region has a token endpoint, and all else in common with its cloud (§22).
  const tokens = isRegional(call.url.hostname) ? call.origin : call.base;
  return {
    token_endpoint: `${tokens}/${authority.segment}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    jwks_uri: `${at}/discovery/v2.0/keys${appKeys(call)}`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
    scopes_supported: ["openid", "profile", "email", "offline_access"],
    issuer: issuerOf(call, authority.tenant?.id, 2),
    request_uri_parameter_supported: false,
    userinfo_endpoint: `https://${cloud.msgraphHost}/oidc/userinfo`,
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${at}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${at}/oauth2/v2.0/logout`,
    claims_supported: CLAIMS,
    kerberos_endpoint: `${at}/kerberos`,
    ...neighbours(authority, cloud),
  };
}

/** The v1 document. */
export function openidConfigurationV1(call: Call, authority: Authority): object {
  const at = `${call.base}/${authority.segment}`;
  return {
    token_endpoint: `${at}/oauth2/token`,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    jwks_uri: `${at}/discovery/keys${appKeys(call)}`,
    response_modes_supported: ["query", "fragment", "form_post"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    response_types_supported: ["code", "id_token", "code id_token", "token id_token", "token"],
    scopes_supported: ["openid"],
    issuer: issuerOf(call, authority.tenant?.id, 1),
    microsoft_multi_refresh_token: true,
    authorization_endpoint: `${at}/oauth2/authorize`,
    device_authorization_endpoint: `${at}/oauth2/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${at}/oauth2/logout`,
    claims_supported: CLAIMS,
    check_session_iframe: `${at}/oauth2/checksession`,
    userinfo_endpoint: `${at}/openid/userinfo`,
    kerberos_endpoint: `${at}/kerberos`,
    ...neighbours(authority, cloudOf(call.url.hostname)),
  };
}

/** The query that asks for the keys of one app, as it came. */
function appKeys({ query: { appid } }: Call): string {
  return appid ? `?${new URLSearchParams({ appid })}` : "";
}

function neighbours({ alias, tenant }: Authority, cloud: Cloud): object {
  return {
    tenant_region_scope: alias ? null : (tenant?.region ?? null),
    cloud_instance_name: cloud.instanceName,
    cloud_graph_host_name: cloud.graphHost,
    msgraph_host: cloud.msgraphHost,
    rbac_url: cloud.rbacUrl,
  };
}
