/**
 * What one entry of a configuration says about another: names are there once, and permissions exist.
 *
 * @module
 */
import type { Directory } from "../directory.js";
import type { EmulatorConfig, PermissionConfig } from "./config.js";
import { CONSUMERS, GRAPH } from "./default-config.js";
import type { App, ResolvedConfig } from "./resolve-config.js";

/** @throws TypeError if two entries of `given` have the same id, or a tenant has that of personal accounts. */
export function checkIds(given: EmulatorConfig): void {
  const { tenants = [], users = [], apps = [], conditionalAccess = [] } = given;
  const isOurs = tenants.findIndex(({ id }) => id === CONSUMERS.id);
  if (isOurs >= 0) {
    throw new TypeError(
      `config.tenants[${isOurs}].id must not be ${CONSUMERS.id}: the tenant of personal accounts is always there`,
    );
  }
  checkOnce(tenants.map(({ id }, at) => [id, `config.tenants[${at}].id`]));
  checkOnce(users.map(({ username }, at) => [username, `config.users[${at}].username`]));
  checkOnce(apps.map(({ clientId }, at) => [clientId, `config.apps[${at}].clientId`]));
  checkOnce(conditionalAccess.map(({ id }, at) => [id, `config.conditionalAccess[${at}].id`]));
}

/** @throws TypeError if a domain or identifier URI stands for two things, or a permission for nothing. */
export function checkReferences(
  { apps: given = [], conditionalAccess = [] }: EmulatorConfig,
  { tenants, apps }: ResolvedConfig,
  directory: Directory,
): void {
  const domains = tenants.flatMap(({ id, domains }) =>
    [...new Set(domains)].map((domain) => [domain, `config.tenants: ${id}: domains`] as const),
  );
  checkOnce(domains);
  const uris = apps.flatMap(({ clientId, identifierUris }) =>
    [...new Set(identifierUris.map((uri) => uri.replace(/\/+$/, "")))].map(
      (uri) => [uri, `config.apps: ${clientId}: identifierUris`] as const,
    ),
  );
  checkOnce(uris);
  conditionalAccess.forEach(({ resource }, at) => {
    findResource(resource, directory, `config.conditionalAccess[${at}].resource`);
  });
  given.forEach(({ permissions = [] }, app) => {
    permissions.forEach((permission, at) => {
      checkPermission(permission, directory, `config.apps[${app}].permissions[${at}]`);
    });
  });
}

/** Names, in any case, with the members that have them. */
function checkOnce(names: readonly (readonly [name: string, at: string])[]): void {
  const seen = new Map<string, string>();
  for (const [name, at] of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) throw new TypeError(`${at}: "${name}" is also that of ${other}`);
    seen.set(name.toLowerCase(), at);
  }
}

/** Delegated permissions of Microsoft Graph that are OpenID Connect's. */
const OIDC = ["openid", "profile", "email", "offline_access"];

function checkPermission(permission: PermissionConfig, directory: Directory, at: string): void {
  const { resource: name, scopes = [], roles = [] } = permission;
  const resource = findResource(name, directory, `${at}.resource`);
  const known = resource.clientId === GRAPH ? [...resource.scopes, ...OIDC] : resource.scopes;
  checkKnown(scopes, known, resource, `${at}.scopes`);
  checkKnown(roles, resource.appRoles, resource, `${at}.roles`);
}

function findResource(name: string, directory: Directory, at: string): App {
  const resource = directory.resource(name);
  if (resource) return resource;
  throw new TypeError(
    `${at} must be the client ID or an identifier URI of an app of this config; got "${name}"`,
  );
}

function checkKnown(
  names: readonly string[],
  known: readonly string[],
  { name: resource }: App,
  at: string,
): void {
  const lower = known.map((name) => name.toLowerCase());
  names.forEach((name, index) => {
    if (lower.includes(name.toLowerCase())) return;
    const has = known.length > 0 ? `has ${known.join(", ")}` : "has none";
    throw new TypeError(`${at}[${index}]: ${resource} ${has}; got "${name}"`);
  });
}
