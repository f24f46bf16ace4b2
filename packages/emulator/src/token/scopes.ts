/**
 * What a `scope` parameter asks for (§5.3): a mix of OpenID Connect's own scopes and permissions of resources.
 *
 * @module
 */
import { GRAPH } from "../config/default-config.js";
import type { App, Permission } from "../config/resolve-config.js";
import type { Directory } from "../directory.js";
import { entraError } from "../entra-error.js";

/** Scopes that name no resource. */
const OIDC = new Set(["openid", "profile", "email", "offline_access"]);

const GRAPH_URI = "https://graph.microsoft.com";

/** One scope of a resource, taken apart. */
export interface ResourceScope {
  /** As the client wrote it. */
  readonly sent: string;
  /** What stands before the last slash: `https://vault.azure.net`. */
  readonly resource: string;
  /** What stands after it: `user_impersonation`, `.default`. */
  readonly name: string;
}

/** A `scope` parameter, taken apart. */
export interface RequestedScopes {
  readonly oidc: readonly string[];
  readonly named: readonly ResourceScope[];
}

/** What tokens are for: one resource and the permissions on it. */
export interface Grant {
  readonly resource: App;
  /** The resource as the client named it, which v1 tokens carry as `aud`. */
  readonly audience: string;
  /** Names without the resource, for `scp`. */
  readonly scopes: readonly string[];
  /** Value of `scope` in the answer. */
  readonly echo: string;
}

/** Splits a `scope` parameter of a client. */
export function readScopes(scope: string, client: App): RequestedScopes {
  const parts = [...new Set(scope.split(/\s+/).filter(Boolean))];
  return {
    oidc: parts.filter((part) => OIDC.has(part.toLowerCase())).map((part) => part.toLowerCase()),
    named: parts
      .filter((part) => !OIDC.has(part.toLowerCase()))
      .map((part) => readScope(part, client)),
  };
}

function readScope(sent: string, { clientId }: App): ResourceScope {
  const slash = sent.lastIndexOf("/");
  if (slash >= 0) return { sent, resource: sent.slice(0, slash), name: sent.slice(slash + 1) };
  // A bare name is Microsoft Graph's; the client's own ID is its own API.
  if (sent.toLowerCase() === clientId) return { sent, resource: sent, name: ".default" };
  return { sent, resource: GRAPH_URI, name: sent };
}

/** Finds the one resource that all scopes are for; Graph when only OpenID Connect's were asked for. */
export function grantScopes(
  directory: Directory,
  client: App,
  requested: RequestedScopes,
  tenantName: string,
): Grant {
  const [first] = requested.named;
  const audience = first?.resource ?? GRAPH_URI;
  const resource = findResource(directory, audience, tenantName);
  checkOneResource(directory, requested, resource);
  checkDefaultAlone(directory, requested);

  const isDefault = requested.named.some(isDefaultScope);
  const scopes = isDefault
    ? defaultScopes(directory, client, resource)
    : requested.named.map((scope) => checkScope(scope, client, resource));
  const granted = isDefault
    ? [...scopes.map((name) => `${audience}/${name}`), ...requested.named.map(({ sent }) => sent)]
    : requested.named.map(({ sent }) => sent);
  const shown = requested.oidc.filter((scope) => scope !== "offline_access");
  return {
    resource,
    audience,
    scopes: resource.clientId === GRAPH ? [...shown, ...scopes] : scopes,
    echo: [...shown, ...granted].join(" "),
  };
}

/** @throws EntraError 500011 */
export function findResource(directory: Directory, name: string, tenantName: string): App {
  const resource = directory.resource(name);
  if (!resource || resource.disabled) {
    throw entraError(500011, { resource: name, tenant: tenantName });
  }
  return resource;
}

/** The scopes of the first resource among several: what one token can be for. */
export function firstResource(directory: Directory, requested: RequestedScopes): RequestedScopes {
  const [first] = requested.named;
  if (!first) return requested;
  const resource = directory.resource(first.resource);
  const named = requested.named.filter((scope) => directory.resource(scope.resource) === resource);
  return { ...requested, named };
}

/** Whether a scope stands for all permissions of its resource. */
export function isDefaultScope(scope: ResourceScope): boolean {
  return scope.name.toLowerCase() === ".default";
}

function checkOneResource(directory: Directory, { named }: RequestedScopes, resource: App): void {
  if (named.every((scope) => directory.resource(scope.resource) === resource)) return;
  throw entraError(700022, { scope: named.map(({ sent }) => sent).join(" ") });
}

/** `.default` goes with no other scope of the same resource, whatever either calls it. All resources are known. */
export function checkDefaultAlone(directory: Directory, { named }: RequestedScopes): void {
  for (const scope of named.filter(isDefaultScope)) {
    const resource = directory.resource(scope.resource);
    const others = named.filter((other) => directory.resource(other.resource) === resource);
    if (others.length > 1)
      throw entraError(70011, { scope: others.map(({ sent }) => sent).join(" ") });
  }
}

/** The scope's name as the client spelled it: clients compare it with what they asked for. */
export function checkScope({ sent, name }: ResourceScope, client: App, resource: App): string {
  const known = resource.scopes.some((scope) => scope.toLowerCase() === name.toLowerCase());
  if (known) return name;
  throw entraError(650053, { name: client.name, scope: sent, resource: resource.clientId });
}

function defaultScopes(directory: Directory, client: App, resource: App): readonly string[] {
  if (client.permissions.length === 0) return resource.scopes;
  return permissionOf(directory, client, resource)?.scopes ?? [];
}

/** What a client was granted for a resource in advance. */
export function permissionOf(
  directory: Directory,
  client: App,
  resource: App,
): Permission | undefined {
  return client.permissions.find((entry) => directory.resource(entry.resource) === resource);
}
