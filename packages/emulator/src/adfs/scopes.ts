/**
 * What AD FS makes of a `scope` parameter: what it does not know it leaves out, and says so in its answer.
 *
 * @module
 */
import type { Call, Parameters } from "../call.js";
import { GRAPH } from "../config/default-config.js";
import type { App } from "../config/resolve-config.js";
import { isDefaultScope, type ResourceScope, readScopes } from "../token/scopes.js";

/** The scopes that are left; `openid` when there are none. A `resource` stands for all of its scopes. */
export function adfsScope(call: Call, client: App, { scope, resource }: Parameters): string {
  const asked = resource ? `${scope ?? "openid"} ${resource}/.default` : (scope ?? "");
  const { oidc, named } = readScopes(asked, client);
  const known = named.filter((one) => isKnown(call, one)).map(({ sent }) => sent);
  return [...oidc, ...known].join(" ") || "openid";
}

/** Microsoft Graph is not on a company's own servers. */
function isKnown({ emulation }: Call, scope: ResourceScope): boolean {
  const resource = emulation.directory.resource(scope.resource);
  if (!resource || resource.clientId === GRAPH) return false;
  const name = scope.name.toLowerCase();
  return isDefaultScope(scope) || resource.scopes.some((known) => known.toLowerCase() === name);
}
