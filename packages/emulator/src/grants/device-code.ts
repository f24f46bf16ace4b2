/**
 * Device authorization grant: a device polls until its user has decided on another one.
 *
 * Spec: RFC 8628 §3.4, §3.5; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 *
 * @module
 */
import type { Call } from "../call.js";
import type { App, User } from "../config/resolve-config.js";
import { type DeviceRequest, findByDeviceCode } from "../device/device-requests.js";
import type { Authority } from "../directory.js";
import { EntraError, entraError } from "../entra-error.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { checkClientType } from "../token/client-authentication.js";
import { checkConditionalAccess } from "../token/conditional-access.js";
import { checkConsent } from "../token/consent.js";
import { firstResource, grantScopes, readScopes } from "../token/scopes.js";
import type { TokenRequest } from "../token/token-request.js";
import {
  type ClientType,
  firstRefreshToken,
  type UserTokens,
  userTokens,
} from "../token/token-response.js";
import { findUser } from "../token/user.js";

export const grantType = "urn:ietf:params:oauth:grant-type:device_code";

/** As msal-node has it. */
export const otherNames: readonly string[] = ["device_code"];

export const parameters: readonly string[] = ["device_code"];

type Approval = Exclude<DeviceRequest["decision"], string>;

/** A client that cannot be a public one learns that only after its user has signed in. */
export function checkFirst(call: Call, authority: Authority, client: App): void {
  const request = findRequest(call);
  checkClient(request, client);
  checkTenant(request, authority);
  checkDecision(request);
}

export async function handle(request: TokenRequest): Promise<object> {
  const device = findRequest(request.call);
  const approval = checkDecision(device);
  const clientType = request.authentication === "none" ? "publicClient" : "web";
  checkClientType(clientType, request.authentication, request.origin);
  const user = findUser(request.call, approval.username);
  const wanted = settleTokens(request, device, approval, user, clientType);
  // Before anything is waited for: of two polls at the same moment one is the second.
  device.decision = "redeemed";
  return userTokens(request.call, wanted);
}

/** v1 calls the code `code`. */
function findRequest(call: Call): DeviceRequest {
  return findByDeviceCode(call, call.form.device_code ?? call.form.code ?? "");
}

function checkClient({ clientId }: DeviceRequest, client: App): void {
  if (clientId !== client.clientId) throw entraError(70000);
}

/** A code is polled for where it was asked for. */
function checkTenant({ segment }: DeviceRequest, authority: Authority): void {
  if (segment !== authority.segment) throw entraError(70000);
}

/** Whether its user has let the device go on. */
function checkDecision({ decision }: DeviceRequest): Approval {
  if (decision === "pending") throw entraError(70016);
  if (decision === "declined") {
    const text = "The user declined the authorization request.";
    throw new EntraError(70018, text, { error: "authorization_declined" });
  }
  if (decision === "redeemed") {
    const text = "The provided value for the input parameter 'device_code' has already been used.";
    throw new EntraError(70000, text, { error: "invalid_grant" });
  }
  return decision;
}

/** What the answer will hold; every refusal that is left comes from here. */
function settleTokens(
  { call, client, authentication, version, claims }: TokenRequest,
  { scope, parameters: { claims: askedClaims } }: DeviceRequest,
  { authTime, sid, satisfied, tenantId }: Approval,
  user: User,
  clientType: ClientType,
): UserTokens {
  const { directory } = call.emulation;
  const tenant = directory.tenant(tenantId);
  // A code may have been asked for several resources; one token is for the first of them.
  const requested = firstResource(directory, readScopes(scope, client));
  const grant = grantScopes(directory, client, requested, tenant.name);
  checkConsent(call, client, user, grant);
  const wanted = call.form.claims ? claims : readClaimsRequest(askedClaims);
  checkConditionalAccess(call, grant.resource, wanted, { satisfied });
  const signIn = { user, authTime, sid, satisfied };
  const subject = { client, authentication, tenant, oidc: requested.oidc, signIn };
  return {
    subject,
    grant,
    requested,
    claims: wanted,
    version,
    clientInfo: call.form.client_info === "1",
    authTime: false,
    refreshToken: firstRefreshToken(call, subject, clientType, scope),
  };
}
