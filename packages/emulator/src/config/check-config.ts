/**
 * The shape of a configuration, as checks.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import {
  type Check,
  flag,
  guid,
  list,
  object,
  oneOf,
  optional,
  seconds,
  secret,
  text,
} from "./check.js";
import type {
  AppConfig,
  ConditionalAccessConfig,
  EmulatorConfig,
  FederationConfig,
  PermissionConfig,
  RedirectUrisConfig,
  TenantConfig,
  UserConfig,
} from "./config.js";

const words = text("a text that is not empty");
const secretWords = secret("a text that is not empty");
const scope = text('a name without spaces, for example "Tasks.Read"', (value) =>
  /^[^\s/]+$/.test(value),
);
const domain = text('a domain, for example "contoso.onmicrosoft.com"', (value) =>
  /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(value),
);
const policy = text('the name of a user flow, for example "B2C_1_signin"', (value) =>
  /^b2c_[a-z0-9._-]+$/i.test(value),
);
const azureRegion = text('the name of a region, for example "westeurope"', (value) =>
  /^[a-z][a-z0-9-]*$/.test(value),
);
const tenant = text('a tenant: its GUID or a domain, for example "contoso.onmicrosoft.com"');
const username = text('a user principal name, for example "ada@contoso.onmicrosoft.com"', (value) =>
  /^[^@\s]+@[^@\s]+$/.test(value),
);
const redirectUri = text(
  'an absolute URI of at most 256 characters: https, a scheme of your own, or http on localhost or 127.0.0.1; for example "http://localhost/callback"',
  isRedirectUri,
);
// Somebody's private key, perhaps.
const certificate = secret("an X.509 certificate with an RSA key, as PEM text", isRsaCertificate);

/** Schemes that browsers answer themselves: an answer would run there, or stay. */
const NOT_LEFT_TO = ["javascript:", "vbscript:", "data:", "blob:", "about:", "file:"];

function isRedirectUri(value: string): boolean {
  if (!URL.canParse(value) || value.length > 256 || value.includes("#")) return false;
  const { protocol, hostname } = new URL(value);
  if (NOT_LEFT_TO.includes(protocol)) return false;
  return protocol !== "http:" || hostname === "localhost" || hostname === "127.0.0.1";
}

function isRsaCertificate(value: string): boolean {
  try {
    return new X509Certificate(value).publicKey.asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

const tenantConfig: Check<TenantConfig> = object<TenantConfig>({
  id: guid,
  domains: list(domain),
  name: optional(words),
  region: optional(words),
  policies: optional(list(policy)),
});

const federationConfig: Check<FederationConfig> = object<FederationConfig>({
  domains: list(domain),
  wsTrust: optional(list(oneOf("1.3", "2005"))),
  saml: optional(oneOf("1.1", "2.0")),
});

const conditionalAccess: Check<ConditionalAccessConfig> = object<ConditionalAccessConfig>({
  id: guid,
  resource: words,
});

const userConfig: Check<UserConfig> = object<UserConfig>({
  username,
  password: optional(secretWords),
  name: optional(words),
  email: optional(text("a text", () => true)),
  tenant: optional(tenant),
  oid: optional(guid),
  guestOf: optional(list(tenant)),
  disabled: optional(flag),
});

const redirectUris: Check<RedirectUrisConfig> = object<RedirectUrisConfig>({
  web: optional(list(redirectUri)),
  spa: optional(list(redirectUri)),
  publicClient: optional(list(redirectUri)),
});

const permission: Check<PermissionConfig> = object<PermissionConfig>({
  resource: words,
  scopes: optional(list(scope)),
  roles: optional(list(scope)),
});

const appConfig: Check<AppConfig> = object<AppConfig>({
  clientId: guid,
  name: optional(words),
  tenant: optional(tenant),
  signInAudience: optional(
    oneOf(
      "AzureADMyOrg",
      "AzureADMultipleOrgs",
      "AzureADandPersonalMicrosoftAccount",
      "PersonalMicrosoftAccount",
    ),
  ),
  redirectUris: optional(redirectUris),
  secrets: optional(list(secretWords)),
  expiredSecrets: optional(list(secretWords)),
  certificates: optional(list(certificate)),
  isFallbackPublicClient: optional(flag),
  enableIdTokenIssuance: optional(flag),
  enableAccessTokenIssuance: optional(flag),
  family: optional(oneOf("1")),
  requireConsent: optional(flag),
  disabled: optional(flag),
  permissions: optional(list(permission)),
  identifierUris: optional(list(words)),
  scopes: optional(list(scope)),
  appRoles: optional(list(scope)),
  requestedAccessTokenVersion: optional(oneOf(1, 2)),
  optionalClaims: optional(
    list(oneOf("acct", "auth_time", "email", "idtyp", "login_hint", "sid", "upn", "xms_cc")),
  ),
  nonceHeader: optional(flag),
});

const emulatorConfig: Check<EmulatorConfig> = object<EmulatorConfig>({
  defaults: optional(flag),
  tenants: optional(list(tenantConfig)),
  users: optional(list(userConfig)),
  apps: optional(list(appConfig)),
  federation: optional(federationConfig),
  conditionalAccess: optional(list(conditionalAccess)),
  ciamDomains: optional(list(domain)),
  azureRegion: optional(azureRegion),
  accessTokenLifetime: optional(seconds),
});

/**
 * The configuration, copied, with nothing in it that we do not know.
 *
 * @throws TypeError that names the member, what was expected and what came.
 */
export function checkConfig(value: unknown): EmulatorConfig {
  return emulatorConfig(value, "config");
}
