/**
 * Authorization code grant: a sign-in becomes tokens.
 *
 * Spec: RFC 6749 §4.1.3, RFC 7636 §4.6; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 *
 * @module
 */
import type { User } from "../config/resolve-config.js";
import { type Authority, isPersonal } from "../directory.js";
import { entraError } from "../entra-error.js";
import { sha256 } from "../identifiers.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { checkClientType } from "../token/client-authentication.js";
import { checkConditionalAccess } from "../token/conditional-access.js";
import { checkConsent } from "../token/consent.js";
import { firstResource, grantScopes, readScopes } from "../token/scopes.js";
import type { TokenRequest } from "../token/token-request.js";
import {
  type ClientType,
  endpointOf,
  firstRefreshToken,
  type UserTokens,
  userTokens,
} from "../token/token-response.js";
import { findUser } from "../token/user.js";

/** Value of `grant_type` (RFC 6749 §4.1.3). */
export const grantType = "authorization_code";

/** What it cannot do without: the redirect URI may be left out as it was at the authorize endpoint. */
export const parameters: readonly string[] = ["code"];

/** Seconds a code works. */
const LIFETIME = 600;

/** The name codes are sealed under. */
export const CODE = "code";

/** What a code stands for. */
export interface AuthorizationCode {
  readonly id: string;
  readonly issuedAt: number;
  readonly clientId: string;
  readonly clientType: ClientType;
  /** As it was sent; absent when one was picked for the client. */
  readonly redirectUri: string | undefined;
  readonly scope: string;
  readonly claims: string | undefined;
  readonly nonce: string | undefined;
  readonly challenge: { readonly method: string; readonly value: string } | undefined;
  readonly username: string;
  readonly authTime: number;
  readonly sid: string;
  readonly satisfied: readonly string[];
  /** `max_age` was sent, so the ID token tells `auth_time`. */
  readonly showAuthTime: boolean;
  readonly tenantId: string;
  readonly endpoint: string;
  /** The authority was an alias, such as `common`. */
  readonly throughAlias: boolean;
}

/**
 * Redeems a code, once.
 *
 * @throws EntraError
 */
export async function handle(request: TokenRequest): Promise<object> {
  const code = findCode(request);
  checkClient(request, code);
  checkTime(request, code);
  checkTenant(request, code);
  checkRedirectUri(request, code);
  checkVerifier(request, code);
  checkNotRedeemed(request, code);
  const user = findUser(request.call, code.username);
  const wanted = settleTokens(request, code, user);
  // Before anything is waited for: of two redemptions at the same moment one is the second.
  consumeCode(request, code);
  return userTokens(request.call, wanted);
}

function findCode({ call }: TokenRequest): AuthorizationCode {
  const sealed = (call.form.code as string).replace(/^1\./, "");
  const code = call.emulation.sealer.open<AuthorizationCode>(CODE, sealed);
  if (!code) throw entraError(9002313, {}, { error: "invalid_grant" });
  return code;
}

function checkClient(
  { client, authentication, origin }: TokenRequest,
  code: AuthorizationCode,
): void {
  if (code.clientId !== client.clientId) throw entraError(70000);
  checkClientType(code.clientType, authentication, origin);
}

function checkTime({ call }: TokenRequest, code: AuthorizationCode): void {
  if (call.now >= code.issuedAt + LIFETIME) throw entraError(70008);
}

/** A code asked for at `common` works there and in the user's tenant; any other in its own tenant alone. */
function checkTenant({ call, authority }: TokenRequest, code: AuthorizationCode): void {
  if (code.endpoint !== endpointOf(call)) throw entraError(700005);
  if (authority.tenant?.id === code.tenantId) return;
  const { directory } = call.emulation;
  const home = directory.tenant(code.tenantId);
  const fits = authority.alias === "common" || (isOrganizations(authority) && !isPersonal(home));
  if (!code.throughAlias || !fits) throw entraError(700005);
}

function isOrganizations({ alias }: Authority): boolean {
  return alias === "organizations";
}

function checkRedirectUri({ call, client }: TokenRequest, code: AuthorizationCode): void {
  const sent = call.form.redirect_uri ?? "";
  if (sent === (code.redirectUri ?? "")) return;
  throw entraError(50011, { redirect_uri: sent, app: client.clientId });
}

/** RFC 7636 §4.6. A wrong verifier does not burn the code: the right one still redeems it. */
function checkVerifier({ call }: TokenRequest, { challenge, clientType }: AuthorizationCode): void {
  if (!challenge) {
    if (clientType === "spa") throw entraError(9002325);
    return;
  }
  const verifier = call.form.code_verifier ?? "";
  const value = challenge.method === "S256" ? sha256(verifier).toString("base64url") : verifier;
  if (value !== challenge.value) throw entraError(501481);
}

function checkNotRedeemed({ call }: TokenRequest, code: AuthorizationCode): void {
  if (call.emulation.redeemedCodes.has(code.id)) throw entraError(54005);
}

function consumeCode({ call }: TokenRequest, code: AuthorizationCode): void {
  const { redeemedCodes } = call.emulation;
  // Oldest first: whatever has expired would be refused for that.
  for (const [id, until] of redeemedCodes) {
    if (until > call.now) break;
    redeemedCodes.delete(id);
  }
  redeemedCodes.set(code.id, code.issuedAt + LIFETIME);
}

/** What the answer will hold; every refusal that is left comes from here. */
function settleTokens(request: TokenRequest, code: AuthorizationCode, user: User): UserTokens {
  const { call, client, authentication, version } = request;
  const { directory } = call.emulation;
  const tenant = directory.tenant(code.tenantId);
  const asked = readScopes(code.scope, client);
  // A code may have been asked for several resources; one token is for the first of them.
  const { oidc, named } = request.scope
    ? readScopes(request.scope, client)
    : firstResource(directory, asked);
  const requested = { oidc: [...new Set([...oidc, ...asked.oidc])], named };
  const grant = grantScopes(directory, client, requested, tenant.name);
  checkConsent(call, client, user, grant);
  const { authTime, sid, satisfied, clientType } = code;
  const claims = call.form.claims ? request.claims : readClaimsRequest(code.claims);
  checkConditionalAccess(call, grant.resource, claims, code);
  const signIn = { user, authTime, sid, satisfied };
  const subject = { client, authentication, tenant, oidc: requested.oidc, signIn };
  return {
    subject,
    grant,
    requested,
    claims,
    version,
    clientInfo: call.form.client_info === "1",
    nonce: code.nonce,
    authTime: code.showAuthTime,
    refreshToken: firstRefreshToken(call, subject, clientType, code.scope),
  };
}
