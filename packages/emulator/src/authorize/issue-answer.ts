/**
 * What a completed sign-in answers with: a code, an ID token, or both.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Call } from "../call.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { isPersonal } from "../directory.js";
import { type AuthorizationCode, CODE } from "../grants/authorization-code.js";
import { opaque } from "../identifiers.js";
import { signJwt } from "../signing-keys.js";
import { idTokenClaims } from "../token/claims.js";
import { clientInfo } from "../token/token-response.js";
import type { AuthorizationRequest } from "./authorization-request.js";
import type { Session } from "./sessions.js";

/** Parameters for the redirect URI, apart from `state`. */
export async function issueAnswer(
  call: Call,
  request: AuthorizationRequest,
  session: Session,
  user: User,
  tenant: Tenant,
): Promise<Record<string, string>> {
  const { responseTypes, parameters } = request;
  const code = responseTypes.has("code") ? makeCode(call, request, session, tenant) : undefined;
  const idToken = responseTypes.has("id_token")
    ? await makeIdToken(call, request, session, user, tenant, code)
    : undefined;
  return {
    ...(code !== undefined && { code }),
    ...(idToken !== undefined && { id_token: idToken }),
    ...(parameters.client_info === "1" && { client_info: clientInfo(user) }),
    session_state: session.sid,
  };
}

function makeCode(
  call: Call,
  request: AuthorizationRequest,
  session: Session,
  tenant: Tenant,
): string {
  const { client, redirect, parameters } = request;
  const code: AuthorizationCode = {
    id: opaque(12),
    issuedAt: call.now,
    clientId: client.clientId,
    clientType: redirect.clientType,
    redirectUri: parameters.redirect_uri || undefined,
    scope: request.scope,
    claims: parameters.claims,
    nonce: parameters.nonce,
    challenge: request.challenge,
    username: session.username,
    authTime: session.authTime,
    sid: session.sid,
    showAuthTime: request.maxAge !== undefined,
    tenantId: tenant.id,
    throughAlias: request.authority.alias !== undefined,
  };
  return `1.${call.emulation.sealer.seal(CODE, code)}`;
}

async function makeIdToken(
  call: Call,
  request: AuthorizationRequest,
  session: Session,
  user: User,
  tenant: Tenant,
  code: string | undefined,
): Promise<string> {
  const { authTime, sid } = session;
  const subject = {
    client: request.client,
    authentication: "none" as const,
    tenant,
    oidc: request.requested.oidc,
    signIn: { user, authTime, sid },
  };
  const claims = idTokenClaims(call, subject, {
    version: request.version,
    nonce: request.parameters.nonce,
    authTime: request.maxAge !== undefined,
  });
  const bound = code === undefined ? claims : { ...claims, c_hash: leftHalfHash(code) };
  return signJwt(bound, { personal: isPersonal(tenant), thumbprint: request.version === 1 });
}

/** OpenID Connect Core §3.3.2.11 */
function leftHalfHash(text: string): string {
  return createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
}
