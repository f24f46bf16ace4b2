/**
 * Client credentials grant: an app asks for itself.
 *
 * Spec: RFC 6749 §4.4; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 *
 * @module
 */

import type { Tenant } from "../config/resolve-config.js";
import { isPersonal } from "../directory.js";
import { entraError } from "../entra-error.js";
import { findResource, type Grant, isDefaultScope, readScopes } from "../token/scopes.js";
import type { TokenRequest } from "../token/token-request.js";
import { appToken } from "../token/token-response.js";

/** Value of `grant_type` (RFC 6749 §4.4.2). */
export const grantType = "client_credentials";

/** What it cannot do without: a resource's `.default`. */
export const parameters: readonly string[] = ["scope"];

/**
 * Issues a token to the client itself.
 *
 * @throws EntraError
 */
export async function handle(request: TokenRequest): Promise<object> {
  const { call, client, authentication, claims, version } = request;
  const tenant = checkTenant(request);
  checkAuthenticated(request);
  const grant = findGrant(request, tenant);
  const subject = { client, authentication, tenant, signIn: undefined, oidc: [] };
  return appToken(call, subject, grant, claims, version);
}

/** An app is in a tenant of its own choice; nobody signs in who could decide it. */
function checkTenant({ authority }: TokenRequest): Tenant {
  if (authority.alias === "organizations") throw entraError(50059);
  if (!authority.tenant || isPersonal(authority.tenant)) throw entraError(9001023);
  return authority.tenant;
}

function checkAuthenticated({ authentication }: TokenRequest): void {
  if (authentication === "none") throw entraError(7000218);
}

/** Exactly one scope, and that a resource's `.default`. */
function findGrant({ call, client, scope = "" }: TokenRequest, tenant: Tenant): Grant {
  const { oidc, named } = readScopes(scope, client);
  const [only, ...others] = named;
  const fromV1 = call.form.resource !== undefined;
  if (!only || !isDefaultScope(only) || others.length > 0 || (oidc.length > 0 && !fromV1)) {
    throw entraError(1002012, { scope });
  }
  const resource = findResource(call.emulation.directory, only.resource, tenant.name);
  return { resource, audience: only.resource, scopes: [], echo: "" };
}
