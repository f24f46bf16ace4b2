/**
 * On-behalf-of: an API that was called with a user's token exchanges it for one to the next API.
 *
 * Spec: RFC 7523 §2.1; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 *
 * @module
 */
import type { JWTPayload } from "jose";
import { accessTokenIssuer } from "../adfs/claims.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { ADFS, isPersonal, objectId } from "../directory.js";
import { entraError, timestamp } from "../entra-error.js";
import { verifyJwt } from "../signing-keys.js";
import { AIO, isIssuedHere } from "../token/claims.js";
import { directSignInTokens } from "../token/direct-sign-in.js";
import type { TokenRequest } from "../token/token-request.js";
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
  checkIssuer(request, claims);
  const { user, tenant } = findSubject(request, claims);
  const { sealer } = request.call.emulation;
  const satisfied = sealer.open<readonly string[]>(AIO, String(claims.aio)) ?? [];
  return directSignInTokens(request, user, tenant, { authTime: claims.iat ?? 0, satisfied });
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
  const audience = String(aud).replace(/^microsoft:identityserver:/, "");
  const fits = own.some((uri) => sameResource(uri, audience));
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

/** Of another emulator is as good as forged. */
function checkIssuer({ call }: TokenRequest, { rh }: JWTPayload): void {
  // Tokens of AD FS have nothing opaque in them; their issuer is looked at below.
  if (call.platform !== "adfs" && !isIssuedHere(call, rh)) throw entraError(50013);
}

function findSubject(
  { call, authority }: TokenRequest,
  { oid, tid, upn, iss }: JWTPayload,
): { user: User; tenant: Tenant } {
  const { config, directory } = call.emulation;
  // Tokens of AD FS are exchanged there, and nobody else's are.
  const isAdfs = call.platform === "adfs";
  if (isAdfs !== (iss === accessTokenIssuer(call))) throw entraError(50013);
  if (isAdfs) return { user: findUser(call, String(upn)), tenant: directory.tenant(ADFS) };
  const known = config.users.find((one) => objectId(one, String(tid)) === oid);
  const user = findUser(call, known?.username ?? "");
  const tenant = directory.tenant(String(tid));
  // The token's tenant decides; the authority has to be it, or an alias.
  const wrongKind = authority.alias === "organizations" && isPersonal(tenant);
  if (wrongKind || (authority.tenant && authority.tenant.id !== tenant.id)) throw entraError(50013);
  return { user, tenant };
}
