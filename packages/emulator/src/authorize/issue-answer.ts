/**
 * What a completed sign-in answers with: a code, an access token, an ID token.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { isPersonal } from "../directory.js";
import { type AuthorizationCode, CODE } from "../grants/authorization-code.js";
import { opaque, sha256 } from "../identifiers.js";
import { signJwt } from "../signing-keys.js";
import { idTokenClaims } from "../token/claims.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { firstResource, grantScopes } from "../token/scopes.js";
import { clientInfo, endpointOf, implicitToken, type UserTokens } from "../token/token-response.js";
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
  const subject = makeSubject(request, session, user, tenant);
  const code = responseTypes.has("code") ? makeCode(call, request, session, tenant) : undefined;
  const token = responseTypes.has("token") ? await makeToken(call, request, subject) : undefined;
  const idToken = responseTypes.has("id_token")
    ? await makeIdToken(call, request, subject, {
        ...(code !== undefined && { c_hash: leftHalfHash(code) }),
        ...(token && { at_hash: leftHalfHash(token.access_token) }),
      })
    : undefined;
  return {
    ...(code !== undefined && { code }),
    ...token,
    ...(idToken !== undefined && { id_token: idToken }),
    ...(parameters.client_info === "1" && clientInfo(call, user)),
    session_state: session.sid,
  };
}

function makeSubject(
  { client, requested }: AuthorizationRequest,
  { authTime, sid, satisfied }: Session,
  user: User,
  tenant: Tenant,
): UserTokens["subject"] {
  return {
    client,
    authentication: "none",
    tenant,
    oidc: requested.oidc,
    signIn: { user, authTime, sid, satisfied },
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
    satisfied: session.satisfied,
    showAuthTime: request.maxAge !== undefined,
    tenantId: tenant.id,
    endpoint: endpointOf(call),
    throughAlias: request.authority.alias !== undefined,
  };
  return `1.${call.emulation.sealer.seal(CODE, code)}`;
}

/** Of several resources the token is for the first. */
function makeToken(
  call: Call,
  { client, requested, parameters }: AuthorizationRequest,
  subject: UserTokens["subject"],
) {
  const { directory } = call.emulation;
  const first = firstResource(directory, requested);
  return implicitToken(call, {
    subject,
    grant: grantScopes(directory, client, first, subject.tenant.name),
    claims: readClaimsRequest(parameters.claims),
  });
}

/** An ID token with the hashes that bind it to what comes with it. */
async function makeIdToken(
  call: Call,
  request: AuthorizationRequest,
  subject: UserTokens["subject"],
  hashes: { readonly c_hash?: string; readonly at_hash?: string },
): Promise<string> {
  const claims = idTokenClaims(call, subject, {
    version: request.version,
    nonce: request.parameters.nonce,
    authTime: request.maxAge !== undefined,
  });
  const options = { personal: isPersonal(subject.tenant), thumbprint: request.version === 1 };
  return signJwt({ ...claims, ...hashes }, options);
}

/** OpenID Connect Core §3.2.2.9 and §3.3.2.11 */
function leftHalfHash(text: string): string {
  return sha256(text).subarray(0, 16).toString("base64url");
}
