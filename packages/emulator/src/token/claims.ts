/**
 * The claims of access tokens and ID tokens (§8).
 *
 * @module
 */
import { adfsAccessTokenClaims, adfsIdTokenClaims } from "../adfs/claims.js";
import { b2cAccessTokenClaims, b2cIdTokenClaims } from "../b2c/claims.js";
import type { Call } from "../call.js";
import type { OptionalClaim } from "../config/config.js";
import type { App, Tenant, User } from "../config/resolve-config.js";
import { identityProvider, isPersonal, objectId, servicePrincipalId } from "../directory.js";
import { opaque, sha256 } from "../identifiers.js";
import { issuerOf, type TokenVersion } from "./issuer.js";
import { type Grant, permissionOf } from "./scopes.js";

/** How a client proved who it is: `appidacr` and `azpacr`. */
export type ClientAuthentication = "none" | "secret" | "certificate";

/** What a sign-in established. */
export interface SignIn {
  readonly user: User;
  /** When the user typed the password; seconds since the epoch. */
  readonly authTime: number;
  /** Id of the browser session. */
  readonly sid: string;
  /** Ids of the Conditional Access policies it satisfies. */
  readonly satisfied: readonly string[];
}

/** What all tokens of one answer have in common. */
export interface TokenSubject {
  readonly client: App;
  readonly authentication: ClientAuthentication;
  readonly tenant: Tenant;
  /** Absent when an app asks for itself. */
  readonly signIn: SignIn | undefined;
  /** OpenID Connect's scopes that were asked for. */
  readonly oidc: readonly string[];
}

/** The name that what a token says to us alone is sealed under. */
export const AIO = "aio";

/** Clocks of validators may be behind ours: tokens are dated back this far. Seconds. */
const CLOCK_SKEW = 300;

/** The platform's mark of how a client authenticated. */
const ACR: Record<ClientAuthentication, string> = { none: "0", secret: "1", certificate: "2" };

/** Claims of an access token. The resource decides their version. */
export function accessTokenClaims(
  call: Call,
  subject: TokenSubject,
  grant: Grant,
  lifetime: number,
  capabilities: readonly string[],
): Record<string, unknown> {
  if (call.platform === "adfs") return adfsAccessTokenClaims(call, subject, grant, lifetime);
  if (call.platform === "b2c") return b2cAccessTokenClaims(call, subject, grant, lifetime);
  const { client, tenant, signIn, authentication } = subject;
  const { resource } = grant;
  const version: TokenVersion = resource.requestedAccessTokenVersion;
  const acr = ACR[authentication];
  const common = {
    aud: version === 1 ? grant.audience : resource.clientId,
    iss: issuerOf(call, tenant.id, version),
    ...times(call, lifetime),
    // Ours to read when the token is exchanged.
    aio: call.emulation.sealer.seal(AIO, signIn?.satisfied ?? []),
    ...(version === 1
      ? { appid: client.clientId, appidacr: acr }
      : { azp: client.clientId, azpacr: acr }),
    rh: routingHint(call),
    tid: tenant.id,
    uti: opaque(16),
    ver: version === 1 ? "1.0" : "2.0",
    ...optionalClaims(resource, subject, { access: true, capabilities }),
  };
  if (!signIn) return { ...common, ...appClaims(call, subject, resource) };
  return {
    ...common,
    ...(version === 1 ? userClaimsV1(signIn.user) : profile(subject, signIn.user)),
    ...guestClaims(signIn.user, tenant),
    oid: objectId(signIn.user, tenant.id),
    scp: grant.scopes.join(" "),
    sub: pairwise(resource, signIn.user),
  };
}

/** What hints are sealed under. */
const HINT = "rh";

/** Opaque to everybody else; to us it says that we issued the token: all emulators of a process have the same keys. */
function routingHint(call: Call): string {
  return `0.${call.emulation.sealer.seal(HINT, null)}`;
}

/** Whether an access token was issued here, by its claim `rh`. */
export function isIssuedHere(call: Call, rh: unknown): boolean {
  return call.emulation.sealer.open(HINT, String(rh).slice(2)) !== undefined;
}

/** Claims of an ID token. The endpoint decides their version. */
export function idTokenClaims(
  call: Call,
  subject: TokenSubject & { readonly signIn: SignIn },
  details: {
    readonly version: TokenVersion;
    readonly nonce?: string | undefined;
    readonly authTime: boolean;
  },
): Record<string, unknown> {
  const { client, tenant, signIn, oidc } = subject;
  const { user } = signIn;
  const { version, nonce, authTime } = details;
  if (call.platform === "adfs") return adfsIdTokenClaims(call, subject, nonce);
  if (call.platform === "b2c") return b2cIdTokenClaims(call, subject, nonce);
  return {
    aud: client.clientId,
    iss: issuerOf(call, tenant.id, version),
    ...times(call, ID_TOKEN_LIFETIME),
    aio: opaque(24),
    ...(nonce !== undefined && { nonce }),
    ...(version === 1 ? userClaimsV1(user) : profile(subject, user)),
    ...(oidc.includes("email") && user.email && { email: user.email }),
    ...((version === 1 || oidc.includes("profile")) && { oid: objectId(user, tenant.id) }),
    ...guestClaims(user, tenant),
    rh: `0.${opaque(12)}`,
    sub: pairwise(client, user),
    tid: tenant.id,
    uti: opaque(16),
    ver: version === 1 ? "1.0" : "2.0",
    ...(authTime && { auth_time: signIn.authTime }),
    ...optionalClaims(client, subject, { access: false, capabilities: [] }),
  };
}

/** Seconds an ID token lives; nothing changes it. */
const ID_TOKEN_LIFETIME = 3600;

function times(call: Call, lifetime: number): object {
  return { iat: call.now - CLOCK_SKEW, nbf: call.now - CLOCK_SKEW, exp: call.now + lifetime };
}

function userClaimsV1(user: User): object {
  const [given, ...family] = user.name.split(" ");
  return {
    acr: "1",
    amr: ["pwd"],
    family_name: family.join(" "),
    given_name: given,
    ipaddr: "127.0.0.1",
    name: user.name,
    unique_name: user.username,
    upn: user.username,
  };
}

function profile({ oidc }: TokenSubject, user: User): object {
  return oidc.includes("profile") ? { name: user.name, preferred_username: user.username } : {};
}

/** A guest's tokens name the issuer at home. */
function guestClaims(user: User, tenant: Tenant): object {
  return user.tenant === tenant.id ? {} : { idp: identityProvider(user) };
}

function appClaims({ emulation }: Call, { client, tenant }: TokenSubject, resource: App): object {
  const { directory } = emulation;
  const oid = servicePrincipalId(client, tenant.id);
  const granted = permissionOf(directory, client, resource);
  // Without any role there is a token all the same, with no roles claim.
  return { oid, sub: oid, ...(granted?.roles.length && { roles: granted.roles }) };
}

/** Another value for each app, the same every time: apps cannot tell that they share a user. */
function pairwise(app: App, user: User): string {
  return sha256(`${app.clientId}|${user.tenant}|${user.oid}`).toString("base64url");
}

interface OptionalClaimContext {
  readonly access: boolean;
  readonly capabilities: readonly string[];
}

function optionalClaims(app: App, subject: TokenSubject, context: OptionalClaimContext): object {
  const claims = app.optionalClaims.map((name) => [name, OPTIONAL[name](subject, context)]);
  return Object.fromEntries(claims.filter(([, value]) => value !== undefined));
}

/** Value of each optional claim; `undefined` where it does not apply. */
const OPTIONAL: Record<
  OptionalClaim,
  (subject: TokenSubject, context: OptionalClaimContext) => unknown
> = {
  acct: ({ signIn, tenant }) => signIn && (signIn.user.tenant === tenant.id ? 0 : 1),
  auth_time: ({ signIn }) => signIn?.authTime,
  email: ({ signIn }) => signIn?.user.email || undefined,
  idtyp: ({ signIn }, { access }) => (access && !signIn ? "app" : undefined),
  login_hint: ({ signIn }) => signIn?.user.username,
  sid: ({ signIn }) => signIn?.sid,
  upn: ({ signIn, tenant }) => (signIn && !isPersonal(tenant) ? signIn.user.username : undefined),
  xms_cc: (_, { access, capabilities }) =>
    access && capabilities.includes("cp1") ? ["cp1"] : undefined,
};
