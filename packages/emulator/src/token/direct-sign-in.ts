/**
 * Tokens for a user who signs in without a page: the client brings the proof along.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Tenant, User } from "../config/resolve-config.js";
import { isMember, isPersonal, issuingTenant } from "../directory.js";
import { entraError } from "../entra-error.js";
import type { SignIn } from "./claims.js";
import { checkConditionalAccess } from "./conditional-access.js";
import { checkConsent } from "./consent.js";
import { grantScopes, readScopes } from "./scopes.js";
import type { TokenRequest } from "./token-request.js";
import { firstRefreshToken, userTokens } from "./token-response.js";

/** Needs a tenant, or `organizations`; and a client that is confidential, or allows public flows. */
export function checkDirectSignIn({ authority, client, authentication }: TokenRequest): void {
  const personal = authority.tenant !== undefined && isPersonal(authority.tenant);
  if (authority.alias === "common" || personal) throw entraError(9001023);
  if (authentication === "none" && !client.isFallbackPublicClient) throw entraError(7000218);
}

/** The tenant of a user, who is at home there: guests sign in with a browser. */
export function homeTenant(
  { call, authority }: TokenRequest,
  user: User | undefined,
): { readonly user: User; readonly tenant: Tenant } {
  const named = authority.tenant?.name ?? authority.segment;
  if (!user || isPersonal({ id: user.tenant })) throw entraError(50034, { tenant: named });
  const tenant = issuingTenant(call.emulation.directory, authority, user);
  const isAtHome = call.platform === "adfs" ? isMember(user, tenant) : user.tenant === tenant.id;
  if (!isAtHome) throw entraError(50034, { tenant: named });
  return { user, tenant };
}

/**
 * What a browser's sign-in ends with, without the browser.
 *
 * @param proof - When the user proved who they are, and how well; absent: now, by a password.
 */
export function directSignInTokens(
  request: TokenRequest,
  user: User,
  tenant: Tenant,
  proof: Pick<SignIn, "authTime" | "satisfied"> = { authTime: request.call.now, satisfied: [] },
): Promise<object> {
  const { call, client, authentication, claims, version, scope = "" } = request;
  const requested = readScopes(scope, client);
  const grant = grantScopes(call.emulation.directory, client, requested, tenant.name);
  checkConsent(call, client, user, grant);
  checkConditionalAccess(call, grant.resource, claims, proof);
  const signIn = { user, ...proof, sid: randomUUID() };
  const subject = { client, authentication, tenant, oidc: requested.oidc, signIn };
  const clientType = authentication === "none" ? "publicClient" : "web";
  return userTokens(call, {
    subject,
    grant,
    requested,
    claims,
    version,
    clientInfo: call.form.client_info === "1",
    authTime: false,
    refreshToken: firstRefreshToken(call, subject, clientType, scope),
  });
}
