/**
 * The answer that holds tokens (§7).
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { ID_TOKEN_LIFETIME } from "../b2c/claims.js";
import type { Call } from "../call.js";
import type { App, User } from "../config/resolve-config.js";
import { isPersonal } from "../directory.js";
import { signJwt } from "../signing-keys.js";
import { accessTokenClaims, idTokenClaims, type SignIn, type TokenSubject } from "./claims.js";
import type { ClaimsRequest } from "./claims-request.js";
import type { TokenVersion } from "./issuer.js";
import type { Grant, RequestedScopes } from "./scopes.js";

/** Type of the redirect URI a sign-in went through. It decides how the client authenticates from then on. */
export type ClientType = "web" | "spa" | "publicClient";

/** What a refresh token holds. */
export interface RefreshToken {
  readonly clientId: string;
  readonly clientType: ClientType;
  readonly family: string | undefined;
  readonly username: string;
  readonly authTime: number;
  readonly sid: string;
  readonly satisfied: readonly string[];
  /** What was asked for at sign-in. */
  readonly scope: string;
  readonly tenantId: string;
  /** Where it may be redeemed, by {@link endpointOf}. */
  readonly endpoint: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** When the first of its line was issued: those of single-page apps do not live longer than it. */
  readonly firstIssuedAt: number;
}

/** What has refresh tokens and codes of its own: AD FS, each user flow of B2C, and Entra ID as a whole. */
export function endpointOf({ platform, userFlow }: Call): string {
  if (userFlow) return `${userFlow.tenant} ${userFlow.policy}`.toLowerCase();
  return platform === "adfs" ? platform : "entra";
}

/** The first refresh token of a sign-in; undefined if `offline_access` was not asked for. */
export function firstRefreshToken(
  call: Call,
  { client, tenant, oidc, signIn }: UserTokens["subject"],
  clientType: ClientType,
  scope: string,
): UserTokens["refreshToken"] {
  if (!oidc.includes("offline_access")) return undefined;
  const { user, authTime, sid, satisfied } = signIn;
  return {
    clientId: client.clientId,
    clientType,
    family: client.family,
    username: user.username,
    ...{ authTime, sid, satisfied, scope },
    tenantId: tenant.id,
    endpoint: endpointOf(call),
    firstIssuedAt: call.now,
  };
}

/** The name refresh tokens are sealed under. */
export const REFRESH_TOKEN = "refresh token";

/** Seconds the token of a client with capability cp1 lives. */
const LONG_LIFETIME = 86_399;
/** Seconds an app's own token lives. */
const APP_LIFETIME = 3599;
/** Answers name a `refresh_in` from this lifetime on. Seconds. */
const WORTH_REFRESHING = 7200;

/** Seconds a refresh token of a single-page app lives. */
export const SPA_LIFETIME = 86_400;

/** What is to be in the answer for a user. */
export interface UserTokens {
  readonly subject: TokenSubject & { readonly signIn: SignIn };
  readonly grant: Grant;
  readonly requested: RequestedScopes;
  readonly claims: ClaimsRequest;
  readonly version: TokenVersion;
  readonly clientInfo: boolean;
  readonly nonce?: string | undefined;
  /** `auth_time` was asked for, by `max_age`. */
  readonly authTime: boolean;
  /** Absent when no refresh token is wanted. */
  readonly refreshToken: Omit<RefreshToken, "issuedAt"> | undefined;
}

/** Tokens for a user. */
export async function userTokens(call: Call, wanted: UserTokens): Promise<object> {
  const { subject, grant, requested, claims, version } = wanted;
  const { client, tenant, signIn } = subject;
  const lifetime = lifetimeOf(call, claims, userLifetime);
  const access = accessTokenClaims(call, subject, grant, lifetime, claims.capabilities);
  const id = requested.oidc.includes("openid") ? idTokenClaims(call, subject, wanted) : undefined;
  const personal = isPersonal(tenant);
  const [accessToken, idToken] = await Promise.all([
    signAccessToken(call, access, grant.resource, personal),
    id && signJwt(id, { personal, thumbprint: version === 1 }),
  ]);
  // B2C issues none when OpenID Connect's scopes alone were asked for.
  const isIdAlone = call.platform === "b2c" && requested.named.length === 0;
  return {
    token_type: call.platform === "adfs" ? "bearer" : "Bearer",
    scope: isIdAlone ? "" : grant.echo,
    ...(!isIdAlone && lifetimes(call, lifetime)),
    ...(version === 1 && v1Members(call, grant, lifetime)),
    ...(call.platform === "b2c" && b2cMembers(call, grant, isIdAlone ? undefined : lifetime)),
    ...(!isIdAlone && { access_token: accessToken }),
    ...(wanted.refreshToken && refreshMembers(call, wanted.refreshToken)),
    ...(idToken && { id_token: idToken }),
    ...(wanted.clientInfo && clientInfo(call, signIn.user)),
    ...(client.family && { foci: client.family }),
  };
}

/** An access token for a user, straight from the authorize endpoint (RFC 6749 §4.2.2). */
export async function implicitToken(
  call: Call,
  { subject, grant, claims }: Pick<UserTokens, "subject" | "grant" | "claims">,
): Promise<{ access_token: string; token_type: string; expires_in: string; scope: string }> {
  const lifetime = lifetimeOf(call, claims, userLifetime);
  const access = accessTokenClaims(call, subject, grant, lifetime, claims.capabilities);
  return {
    access_token: await signAccessToken(call, access, grant.resource, isPersonal(subject.tenant)),
    token_type: "Bearer",
    expires_in: String(lifetime),
    scope: grant.echo,
  };
}

/** A token for an app itself: no scope, no refresh token, no ID token. */
export async function appToken(
  call: Call,
  subject: TokenSubject,
  grant: Grant,
  claims: ClaimsRequest,
  version: TokenVersion,
): Promise<object> {
  const lifetime = lifetimeOf(call, claims, () => APP_LIFETIME);
  const access = accessTokenClaims(call, subject, grant, lifetime, claims.capabilities);
  return {
    token_type: call.platform === "adfs" ? "bearer" : "Bearer",
    ...lifetimes(call, lifetime),
    ...(version === 1 && v1Members(call, grant, lifetime)),
    access_token: await signAccessToken(call, access, grant.resource, isPersonal(subject.tenant)),
  };
}

function signAccessToken(
  { platform }: Call,
  claims: Readonly<Record<string, unknown>>,
  resource: App,
  personal: boolean,
): Promise<string> {
  return signJwt(claims, {
    personal,
    thumbprint: resource.requestedAccessTokenVersion === 1,
    // On other platforms Graph stands for no resource at all.
    hashedNonce: resource.nonceHeader && (platform === "entra" || platform === "ciam"),
  });
}

function lifetimeOf({ emulation }: Call, claims: ClaimsRequest, usual: () => number): number {
  if (emulation.config.accessTokenLifetime) return emulation.config.accessTokenLifetime;
  return claims.capabilities.includes("cp1") ? LONG_LIFETIME : usual();
}

/** Seconds a user's token lives. */
function userLifetime(): number {
  return randomInt(3600, 5400);
}

function lifetimes({ platform }: Call, lifetime: number): object {
  if (platform === "adfs" || platform === "b2c") return { expires_in: lifetime };
  return {
    expires_in: lifetime,
    ext_expires_in: lifetime,
    ...(lifetime >= WORTH_REFRESHING && { refresh_in: Math.floor(lifetime / 2) }),
  };
}

/** v1 writes numbers as text, and says them twice. */
function v1Members(call: Call, grant: Grant, lifetime: number): object {
  return {
    expires_in: String(lifetime),
    ext_expires_in: String(lifetime),
    expires_on: String(call.now + lifetime),
    not_before: String(call.now - 300),
    resource: grant.audience,
  };
}

/** What B2C says beside (§19.3). */
function b2cMembers(call: Call, grant: Grant, lifetime: number | undefined): object {
  return {
    not_before: call.now,
    ...(lifetime !== undefined && {
      expires_on: call.now + lifetime,
      resource: grant.resource.clientId,
    }),
    id_token_expires_in: ID_TOKEN_LIFETIME,
  };
}

/** Seconds a refresh token of B2C, and of AD FS, lives. */
export const B2C_LIFETIME = 1_209_600;

function refreshMembers(call: Call, token: Omit<RefreshToken, "issuedAt">): object {
  const sealed = call.emulation.sealer.seal(REFRESH_TOKEN, { ...token, issuedAt: call.now });
  if (call.platform === "b2c" || call.platform === "adfs") {
    return { refresh_token: sealed, refresh_token_expires_in: B2C_LIFETIME };
  }
  const left = token.firstIssuedAt + SPA_LIFETIME - call.now - 1;
  return {
    refresh_token: `1.${sealed}`,
    ...(token.clientType === "spa" && { refresh_token_expires_in: left }),
  };
}

/**
 * `client_info` (§9): who the user is at home, whatever tenant the token is for. B2C's names the user flow, and
 * AD FS has none.
 */
export function clientInfo(
  { platform, userFlow }: Call,
  user: User,
): { readonly client_info?: string } {
  if (platform === "adfs") return {};
  const uid = userFlow ? `${user.oid}-${userFlow.policy}` : user.oid;
  const info = JSON.stringify({ uid, utid: user.tenant });
  return { client_info: Buffer.from(info).toString("base64url") };
}
