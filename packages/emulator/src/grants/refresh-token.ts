/**
 * Refresh token grant: new tokens without the user.
 *
 * Spec: RFC 6749 §6; Microsoft's part: learn.microsoft.com/entra/identity-platform/refresh-tokens
 *
 * @module
 */
import type { Call } from "../call.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { identityProvider, isMember, isPersonal, issuingTenant } from "../directory.js";
import type { Emulation } from "../emulation.js";
import { entraError, preciseTime } from "../entra-error.js";
import { checkClientType } from "../token/client-authentication.js";
import { checkConditionalAccess } from "../token/conditional-access.js";
import { checkConsent } from "../token/consent.js";
import { firstResource, grantScopes, readScopes } from "../token/scopes.js";
import type { TokenRequest } from "../token/token-request.js";
import {
  B2C_LIFETIME,
  endpointOf,
  REFRESH_TOKEN,
  type RefreshToken,
  SPA_LIFETIME,
  userTokens,
} from "../token/token-response.js";
import { findUser } from "../token/user.js";

/** Value of `grant_type` (RFC 6749 §6). */
export const grantType = "refresh_token";

/** What it cannot do without: the scope may be left out. */
export const parameters: readonly string[] = ["refresh_token"];

/** Seconds a refresh token may lie unused. */
const INACTIVITY = 90 * 86_400;

/** Seconds since the refresh token of a request was issued; `undefined` if there is none of ours. */
export function refreshTokenAge({ form, emulation, now }: Call): number | undefined {
  if (form.grant_type !== grantType) return undefined;
  const token = openRefreshToken(emulation, form.refresh_token ?? "");
  return token && now - token.issuedAt;
}

/**
 * Issues new tokens, and a new refresh token next to the old.
 *
 * @throws EntraError
 */
export async function handle(request: TokenRequest): Promise<object> {
  const token = findRefreshToken(request);
  checkClient(request, token);
  checkTime(request, token);
  const user = findUser(request.call, token.username);
  const tenant = findTenant(request, user);
  return makeTokens(request, token, user, tenant);
}

function findRefreshToken({ call }: TokenRequest): RefreshToken {
  const token = openRefreshToken(call.emulation, call.form.refresh_token as string);
  if (!token) throw entraError(9002313, {}, { error: "invalid_grant", suberror: "bad_token" });
  return token;
}

function openRefreshToken({ sealer }: Emulation, text: string): RefreshToken | undefined {
  return sealer.open<RefreshToken>(REFRESH_TOKEN, text.replace(/^1\./, ""));
}

/** A refresh token is its client's, or its family's, and that of the platform it came from. */
function checkClient(
  { call, client, authentication, origin }: TokenRequest,
  token: RefreshToken,
): void {
  if (token.endpoint !== endpointOf(call)) throw entraError(70000);
  const sameFamily = token.family !== undefined && token.family === client.family;
  if (token.clientId !== client.clientId && !sameFamily) {
    throw entraError(
      70000,
      {},
      { suberror: "client_mismatch", error_additional_info: ["client_mismatch"] },
    );
  }
  checkClientType(token.clientType, authentication, origin);
}

function checkTime({ call }: TokenRequest, token: RefreshToken): void {
  if (token.clientType === "spa") {
    if (call.now < token.firstIssuedAt + SPA_LIFETIME) return;
    throw entraError(700084, { issued: preciseTime(token.firstIssuedAt) });
  }
  const unused = token.endpoint === "entra" ? INACTIVITY : B2C_LIFETIME;
  if (call.now < token.issuedAt + unused) return;
  throw entraError(700082, { issued: preciseTime(token.issuedAt) });
}

/** Any tenant that knows the user; at an alias the user's home, though not a personal one at `organizations`. */
function findTenant({ call, authority, client }: TokenRequest, user: User): Tenant {
  const tenant = issuingTenant(call.emulation.directory, authority, user);
  const wrongKind = authority.alias === "organizations" && isPersonal(tenant);
  if (isMember(user, tenant) && !wrongKind) return tenant;
  throw entraError(50020, {
    user: user.username,
    idp: identityProvider(user),
    tenant: authority.tenant?.name ?? authority.segment,
    app: client.clientId,
    name: client.name,
  });
}

async function makeTokens(
  request: TokenRequest,
  token: RefreshToken,
  user: User,
  tenant: Tenant,
): Promise<object> {
  const { call, client, authentication, claims, version } = request;
  const { directory } = call.emulation;
  const requested = readScopes(request.scope ?? token.scope, client);
  const first = firstResource(directory, requested);
  const grant = grantScopes(directory, client, first, tenant.name);
  checkConsent(call, client, user, grant);
  checkConditionalAccess(call, grant.resource, claims, token);
  const { authTime, sid, satisfied } = token;
  return userTokens(call, {
    subject: {
      client,
      authentication,
      tenant,
      oidc: requested.oidc,
      signIn: { user, authTime, sid, satisfied },
    },
    grant,
    requested: first,
    claims,
    version,
    clientInfo: call.form.client_info === "1",
    authTime: false,
    // The old one stays valid. The new one is this client's, even if the old was a relative's.
    refreshToken: {
      ...token,
      clientId: client.clientId,
      tenantId: tenant.id,
    },
  });
}
