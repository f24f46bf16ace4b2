/**
 * Look-ups in the configuration: who and what a name stands for.
 *
 * @module
 */
import { CONSUMERS } from "./config/default-config.js";
import type { App, ResolvedConfig, Tenant, User } from "./config/resolve-config.js";
import { entraError } from "./entra-error.js";
import { isGuid, seededGuid } from "./identifiers.js";
import { type PolicyPath, policyPath } from "./platform.js";

/** First segment of AD FS's URLs, and what its directory is called here. */
export const ADFS = "adfs";

/** Names of authorities that are no tenant of their own. */
type AuthorityAlias = "common" | "organizations" | "consumers";

/** What the first segments of a URL stand for: a tenant, a user flow of a tenant's, or AD FS. */
export interface Authority {
  /** As it is written into URLs: the alias, or the tenant's GUID; B2C's with the user flow, as it was typed. */
  readonly segment: string;
  readonly alias: AuthorityAlias | undefined;
  /** Absent for `common` and `organizations`, where the user who signs in decides. */
  readonly tenant: Tenant | undefined;
}

/** A directory to ask. Nothing here changes. */
export interface Directory {
  /** @throws EntraError 90002 for a tenant that is not there, 900023 for what cannot be one. */
  authority(segment: string): Authority;
  /** A user flow of a tenant's; undefined if there is none of this name. */
  userFlow(path: PolicyPath): Authority | undefined;
  /** By GUID. @throws EntraError 90002 */
  tenant(id: string): Tenant;
  /** The tenant that a domain belongs to. */
  tenantOfDomain(domain: string): Tenant | undefined;
  /** By user principal name, any case. */
  user(username: string): User | undefined;
  /** By client ID, any case. */
  app(clientId: string): App | undefined;
  /** An app as a resource: by client ID or identifier URI, in any case, with or without a slash at its end. */
  resource(name: string): App | undefined;
}

/** A directory of what a configuration holds. */
export function createDirectory(config: ResolvedConfig): Directory {
  const tenants = new Map<string, Tenant>();
  for (const tenant of config.tenants) {
    for (const name of [tenant.id, ...tenant.domains]) tenants.set(name, tenant);
  }
  const adfs: Tenant = {
    id: ADFS,
    domains: config.federation.domains,
    name: "AD FS",
    region: "",
    policies: [],
  };
  tenants.set(ADFS, adfs);
  const users = new Map(config.users.map((user) => [user.username.toLowerCase(), user]));
  const apps = new Map(config.apps.map((app) => [app.clientId, app]));
  const resources = new Map<string, App>();
  for (const app of config.apps) {
    for (const name of [app.clientId, ...app.identifierUris]) resources.set(resourceKey(name), app);
  }

  function authority(segment: string): Authority {
    if (segment.includes("/")) return authorityOfUserFlow(segment);
    const name = segment.toLowerCase();
    if (name === ADFS) return { segment: name, alias: undefined, tenant: adfs };
    if (name === "common" || name === "organizations") {
      return { segment: name, alias: name, tenant: undefined };
    }
    if (name === "consumers")
      return { segment: name, alias: name, tenant: tenants.get(CONSUMERS.id) };
    const tenant = tenants.get(name);
    if (tenant) return { segment: tenant.id, alias: undefined, tenant };
    throw entraError(isGuid(name) || isDomain(name) ? 90002 : 900023, { tenant: segment });
  }

  function authorityOfUserFlow(segment: string): Authority {
    const path = policyPath(new URL(`https://localhost/${segment}`));
    return (path && userFlow(path)) ?? refuseTenant(segment);
  }

  function userFlow({ prefix, tenant: name, policy }: PolicyPath): Authority | undefined {
    const tenant = tenants.get(name.toLowerCase());
    if (!tenant?.policies.some((one) => one.toLowerCase() === policy)) return undefined;
    const segment = [prefix, name, policy].filter(Boolean).join("/");
    return { segment, alias: undefined, tenant };
  }

  function tenant(id: string): Tenant {
    const found = tenants.get(id);
    if (!found) throw entraError(90002, { tenant: id });
    return found;
  }

  return {
    authority,
    userFlow,
    tenant,
    tenantOfDomain: (domain) => config.tenants.find(({ domains }) => domains.includes(domain)),
    user: (username) => users.get(username.toLowerCase()),
    app: (clientId) => apps.get(clientId.toLowerCase()),
    resource: (name) => resources.get(resourceKey(name)),
  };
}

function refuseTenant(segment: string): never {
  throw entraError(90002, { tenant: segment });
}

function resourceKey(name: string): string {
  return name.toLowerCase().replace(/\/+$/, "");
}

function isDomain(name: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/.test(name);
}

/** Whether a tenant is the one of personal accounts. */
export function isPersonal({ id }: { readonly id: string }): boolean {
  return id === CONSUMERS.id;
}

/** The tenant that issues a user's tokens: the one that was asked for, or the user's home. */
export function issuingTenant(directory: Directory, { tenant }: Authority, user: User): Tenant {
  return tenant ?? directory.tenant(user.tenant);
}

/** The issuer a user has at home, as tokens and messages in other tenants name it. */
export function identityProvider(user: User): string {
  return isPersonal({ id: user.tenant }) ? "live.com" : `https://sts.windows.net/${user.tenant}/`;
}

/** Whether a user is known in a tenant, at home or as a guest; at AD FS by the domain. */
export function isMember(user: User, { id, domains }: Tenant): boolean {
  if (id === ADFS) return domains.includes(domainOf(user.username));
  return user.tenant === id || user.guestOf.includes(id);
}

/** What stands after the `@`, in lower case. */
export function domainOf(username: string): string {
  return (username.split("@")[1] ?? "").toLowerCase();
}

/** A user's object id in a tenant; a guest has another one than at home. */
export function objectId(user: User, tenantId: string): string {
  return user.tenant === tenantId ? user.oid : seededGuid("guest", user.oid, tenantId);
}

/** Object id of an app's service principal in a tenant. */
export function servicePrincipalId(app: App, tenantId: string): string {
  return seededGuid("service principal", app.clientId, tenantId);
}

/** Whether an app's audience admits accounts of a tenant. */
export function admits(app: App, tenant: Tenant): boolean {
  // There are no other tenants on a company's own servers.
  if (tenant.id === ADFS) return true;
  if (isPersonal(tenant)) {
    return (
      app.signInAudience === "PersonalMicrosoftAccount" ||
      app.signInAudience === "AzureADandPersonalMicrosoftAccount"
    );
  }
  if (app.signInAudience === "AzureADMyOrg") return app.tenant === tenant.id;
  return app.signInAudience !== "PersonalMicrosoftAccount";
}
