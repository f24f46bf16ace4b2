/**
 * A configuration with every default filled in.
 *
 * @module
 */
import { createDirectory } from "../directory.js";
import { isGuid, seededGuid, sha256 } from "../identifiers.js";
import { checkConfig } from "./check-config.js";
import { checkIds, checkReferences } from "./check-references.js";
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
import {
  CONSUMERS,
  DEFAULT_APPS,
  DEFAULT_PASSWORD,
  DEFAULT_TENANTS,
  DEFAULT_USERS,
  GRAPH,
  MICROSOFT_GRAPH,
} from "./default-config.js";

/** Every member present, as documented where it is declared. */
type Resolved<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** A {@link TenantConfig}, complete. */
export type Tenant = Resolved<TenantConfig>;
/** A {@link UserConfig}, complete; `tenant` and `guestOf` are GUIDs. */
export type User = Resolved<UserConfig>;
/** A {@link FederationConfig}, complete; domains in lower case. */
export type Federation = Resolved<FederationConfig>;
/** A {@link PermissionConfig}, complete. */
export type Permission = Resolved<PermissionConfig>;
/** An {@link AppConfig}, complete; `tenant` is a GUID, `family` is `undefined` for most. */
export type App = Resolved<Omit<AppConfig, "family" | "permissions" | "redirectUris">> & {
  readonly family: "1" | undefined;
  readonly permissions: readonly Permission[];
  readonly redirectUris: Resolved<RedirectUrisConfig>;
};

/** What an emulator runs with. */
export interface ResolvedConfig {
  /** The one of personal accounts comes last. */
  readonly tenants: readonly Tenant[];
  readonly users: readonly User[];
  readonly apps: readonly App[];
  readonly federation: Federation;
  readonly conditionalAccess: readonly ConditionalAccessConfig[];
  /** In lower case. */
  readonly ciamDomains: readonly string[];
  /** `undefined`: there is no instance metadata service. */
  readonly azureRegion: string | undefined;
  /** Seconds; `undefined`: as on the platform. */
  readonly accessTokenLifetime: number | undefined;
}

/**
 * Checks a configuration and fills in what it leaves out. The result is frozen, all the way down.
 *
 * @throws TypeError that names the member, what was expected and what came.
 */
export function resolveConfig(config: EmulatorConfig = {}): ResolvedConfig {
  const given = checkConfig(config);
  checkIds(given);
  const builtIn = given.defaults ?? true;
  const merged = <T>(
    ours: readonly T[],
    theirs: readonly T[] | undefined,
    id: (entry: T) => string,
  ) => merge(builtIn ? ours : [], theirs ?? [], id);

  const tenants = [...merged(DEFAULT_TENANTS, given.tenants, (tenant) => tenant.id), CONSUMERS].map(
    resolveTenant,
  );
  const users = merged(DEFAULT_USERS, given.users, (user) => user.username.toLowerCase());
  const apps = merged(DEFAULT_APPS, given.apps, (app) => app.clientId);
  // Without it OpenID Connect's scopes alone would be for nobody.
  if (!apps.some(({ clientId }) => clientId === GRAPH)) apps.push(MICROSOFT_GRAPH);
  const resolved = deepFreeze({
    tenants,
    users: users.map((user) => resolveUser(user, tenants)),
    apps: apps.map((app) => resolveApp(app, tenants)),
    federation: resolveFederation(given.federation, tenants),
    conditionalAccess: given.conditionalAccess ?? [],
    ciamDomains: (given.ciamDomains ?? []).map((domain) => domain.toLowerCase()),
    azureRegion: given.azureRegion,
    accessTokenLifetime: given.accessTokenLifetime,
  });
  checkReferences(given, resolved, createDirectory(resolved));
  return resolved;
}

/** Ours, each replaced by theirs with the same id, then what is theirs alone. */
function merge<T>(ours: readonly T[], theirs: readonly T[], id: (entry: T) => string): T[] {
  return [...new Map([...ours, ...theirs].map((entry) => [id(entry), entry])).values()];
}

function resolveTenant(tenant: TenantConfig): Tenant {
  return {
    ...tenant,
    domains: tenant.domains.map((domain) => domain.toLowerCase()),
    name: tenant.name ?? tenant.domains[0] ?? tenant.id,
    region: tenant.region ?? "EU",
    policies: tenant.policies ?? [],
  };
}

function resolveFederation(
  { domains, wsTrust = ["1.3", "2005"], saml = "1.1" }: FederationConfig = { domains: [] },
  tenants: readonly Tenant[],
): Federation {
  for (const domain of domains) findTenant(domain, tenants, "config.federation: domains");
  return { domains: domains.map((domain) => domain.toLowerCase()), wsTrust, saml };
}

function resolveUser(user: UserConfig, tenants: readonly Tenant[]): User {
  const at = `config.users: ${user.username}`;
  const [local, domain] = user.username.split("@") as [string, string];
  const tenant = findTenant(user.tenant ?? domain, tenants, `${at}: tenant`);
  return {
    username: user.username,
    password: user.password ?? DEFAULT_PASSWORD,
    name: user.name ?? local,
    email: user.email ?? user.username,
    tenant: tenant.id,
    oid: user.oid ?? defaultOid(user.username, tenant),
    guestOf: (user.guestOf ?? []).map((other) => findTenant(other, tenants, `${at}: guestOf`).id),
    disabled: user.disabled ?? false,
  };
}

/** Personal accounts have 16 hexadecimal digits, padded to a GUID. */
function defaultOid(username: string, tenant: Tenant): string {
  if (tenant.id !== CONSUMERS.id) return seededGuid("user", username);
  const cid = sha256(username.toLowerCase()).toString("hex").slice(0, 16);
  return `00000000-0000-0000-${cid.slice(0, 4)}-${cid.slice(4)}`;
}

function resolveApp(app: AppConfig, tenants: readonly Tenant[]): App {
  const at = `config.apps: ${app.clientId}: tenant`;
  const first = tenants[0] as Tenant;
  return {
    clientId: app.clientId,
    name: app.name ?? app.clientId,
    tenant: app.tenant === undefined ? first.id : findTenant(app.tenant, tenants, at).id,
    signInAudience: app.signInAudience ?? "AzureADMyOrg",
    redirectUris: {
      web: app.redirectUris?.web ?? [],
      spa: app.redirectUris?.spa ?? [],
      publicClient: app.redirectUris?.publicClient ?? [],
    },
    secrets: app.secrets ?? [],
    expiredSecrets: app.expiredSecrets ?? [],
    certificates: app.certificates ?? [],
    isFallbackPublicClient: app.isFallbackPublicClient ?? false,
    enableIdTokenIssuance: app.enableIdTokenIssuance ?? false,
    enableAccessTokenIssuance: app.enableAccessTokenIssuance ?? false,
    family: app.family,
    requireConsent: app.requireConsent ?? false,
    disabled: app.disabled ?? false,
    permissions: (app.permissions ?? []).map(({ resource, scopes = [], roles = [] }) => ({
      resource,
      scopes,
      roles,
    })),
    identifierUris: app.identifierUris ?? [],
    scopes: app.scopes ?? [],
    appRoles: app.appRoles ?? [],
    requestedAccessTokenVersion: app.requestedAccessTokenVersion ?? 2,
    optionalClaims: app.optionalClaims ?? [],
    nonceHeader: app.nonceHeader ?? false,
  };
}

function findTenant(name: string, tenants: readonly Tenant[], at: string): Tenant {
  const wanted = name.toLowerCase();
  const id = wanted === "consumers" ? CONSUMERS.id : wanted;
  const found = tenants.find((tenant) => tenant.id === id || tenant.domains.includes(id));
  if (found) return found;
  const known = tenants.map((tenant) => tenant.domains[0] ?? tenant.id).join(", ");
  const what = isGuid(name) ? "the id" : "a domain";
  throw new TypeError(`${at} must be ${what} of a tenant of this config (${known}); got "${name}"`);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
