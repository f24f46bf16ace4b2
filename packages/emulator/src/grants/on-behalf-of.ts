/**
 * On-behalf-of: an API that was called with a user's token exchanges it for one to the next API.
 *
 * Spec: RFC 7523 §2.1; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import type { Tenant, User } from "../config/resolve-config.js";
import { isPersonal, objectId } from "../directory.js";
import { entraError, timestamp } from "../entra-error.js";
import { verifyJwt } from "../signing-keys.js";
import { checkConsent } from "../token/consent.js";
import { firstResource, grantScopes, readScopes } from "../token/scopes.js";
import type { TokenRequest } from "../token/token-request.js";
import { userTokens } from "../token/token-response.js";
import { findUser } from "../token/user.js";

/** Value of `grant_type`. */
export const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** Parameters it cannot do without. */
export const parameters: readonly string[] = ["assertion", "requested_token_use", "scope"];

/** Answers an exchange. */
export async function handle(request: TokenRequest): Promise<object> {
  checkUse(request);
  checkAuthenticated(request);
  const claims = await readAssertion(request);
  checkTime(request, claims);
  checkAudience(request, claims);
  checkDelegated(claims);
  const { user, tenant } = findSubject(request, claims);
  return makeTokens(request, claims, user, tenant);
}

/** The grant type has other uses on the platform, none of them for applications. */
function checkUse({ call }: TokenRequest): void {
  if (call.form.requested_token_use !== "on_behalf_of") throw entraError(9002313);
  // A SAML token may be asked for on the platform; this one has none.
  if (call.form.requested_token_type) throw entraError(9002313);
}

function checkAuthenticated({ authentication }: TokenRequest): void {
  if (authentication === "none") throw entraError(7000218);
}

async function readAssertion({ call }: TokenRequest): Promise<JWTPayload> {
  const claims = await verifyJwt(call.form.assertion as string);
  if (!claims) throw entraError(50013);
  return claims;
}

function checkTime({ call }: TokenRequest, { exp = 0 }: JWTPayload): void {
  if (call.now < exp) return;
  throw entraError(500133, { now: timestamp(call.now), to: timestamp(exp) });
}

/** Only who was called with the token may exchange it. */
function checkAudience({ client }: TokenRequest, { aud }: JWTPayload): void {
  const own = [client.clientId, `api://${client.clientId}`, ...client.identifierUris];
  const fits = own.some((uri) => sameResource(uri, String(aud)));
  if (!fits) throw entraError(500131);
}

function sameResource(one: string, other: string): boolean {
  return one.replace(/\/$/, "").toLowerCase() === other.replace(/\/$/, "").toLowerCase();
}

/** An ID token is no permission to call, and an app's own token is nobody's. */
function checkDelegated(claims: JWTPayload): void {
  if (claims.azp === undefined && claims.appid === undefined) throw entraError(240002);
  if (claims.scp === undefined) throw entraError(7000114);
}

function findSubject(
  { call, authority }: TokenRequest,
  { oid, tid }: JWTPayload,
): { user: User; tenant: Tenant } {
  const { config, directory } = call.emulation;
  const known = config.users.find((one) => objectId(one, String(tid)) === oid);
  const user = findUser(call, known?.username ?? "");
  const tenant = directory.tenant(String(tid));
  // The token's tenant decides; the authority has to be it, or an alias.
  const wrongKind = authority.alias === "organizations" && isPersonal(tenant);
  if (wrongKind || (authority.tenant && authority.tenant.id !== tenant.id)) throw entraError(50013);
  return { user, tenant };
}

async function makeTokens(
  request: TokenRequest,
  { iat = 0 }: JWTPayload,
  user: User,
  tenant: Tenant,
): Promise<object> {
  const { call, client, authentication, claims, version, scope = "" } = request;
  const { directory } = call.emulation;
  const requested = firstResource(directory, readScopes(scope, client));
  const grant = grantScopes(directory, client, requested, tenant.name);
  checkConsent(call, client, user, grant);
  const signIn = { user, authTime: iat, sid: randomUUID() };
  return userTokens(call, {
    subject: { client, authentication, tenant, oidc: requested.oidc, signIn },
    grant,
    requested,
    claims,
    version,
    clientInfo: call.form.client_info === "1",
    authTime: false,
    refreshToken: requested.oidc.includes("offline_access")
      ? {
          clientId: client.clientId,
          clientType: "web",
          family: client.family,
          username: user.username,
          authTime: iat,
          sid: signIn.sid,
          scope,
          tenantId: tenant.id,
          firstIssuedAt: call.now,
        }
      : undefined,
  });
}
