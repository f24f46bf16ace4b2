/**
 * Who the client is and how it proves it (§5.1).
 *
 * @module
 */
import { timingSafeEqual } from "node:crypto";
import { auth } from "hono/utils/basic-auth";
import type { Call } from "../call.js";
import type { App } from "../config/resolve-config.js";
import { type Authority, admits, isPersonal } from "../directory.js";
import { entraError } from "../entra-error.js";
import { isGuid, sha256 } from "../identifiers.js";
import type { ClientAuthentication } from "./claims.js";
import { verifyClientAssertion } from "./client-assertion.js";
import type { ClientType } from "./token-response.js";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** What a client presents with its request. */
export interface Credentials {
  readonly clientId: string | undefined;
  readonly secret: string | undefined;
  readonly assertion: string | undefined;
}

/**
 * Reads the client's id and credentials from the form or, as RFC 6749 §2.3.1 has it, from the header.
 *
 * @throws EntraError 90023 for more than one way to authenticate (§2.3), or for two clients
 */
export function readCredentials(call: Call): Credentials {
  const { client_id, client_secret, client_assertion, client_assertion_type } = call.form;
  const basic = readBasic(call);
  if ([basic, client_secret, client_assertion].filter(Boolean).length > 1) {
    throw entraError(90023, { reason: "The client authenticates in more than one way." });
  }
  if (basic && client_id && client_id.toLowerCase() !== basic.clientId.toLowerCase()) {
    throw entraError(90023, { reason: "Header and body name different clients." });
  }
  const isJwt = client_assertion_type === JWT_BEARER;
  return {
    clientId: client_id || basic?.clientId,
    secret: basic?.secret || client_secret || undefined,
    assertion: isJwt ? client_assertion || undefined : undefined,
  };
}

function readBasic(call: Call): { clientId: string; secret: string } | undefined {
  const { authorization = "" } = call.request.headers;
  if (!/^basic\b/i.test(authorization)) return undefined;
  const parts = auth(new Request(call.url, { headers: { authorization } }));
  if (!parts) throw entraError(90023, { reason: "The Authorization header is malformed." });
  return { clientId: formDecode(parts.username), secret: formDecode(parts.password) };
}

/** RFC 6749 Appendix B; what is not encoded stays as it is. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** @throws EntraError 900144 or 700038 */
export function checkClientId(clientId: string | undefined): string {
  if (!clientId) throw entraError(900144, { name: "client_id" });
  if (!isGuid(clientId) || /^[0-]+$/.test(clientId)) throw entraError(700038, { app: clientId });
  return clientId;
}

/** Finds an app that may be used under an authority (§1.2). */
export function findClient(call: Call, authority: Authority, clientId: string): App {
  const client = call.emulation.directory.app(clientId);
  const tenant = authority.tenant?.name ?? authority.segment;
  if (!client) throw entraError(700016, { app: clientId, tenant });
  const values = { app: client.clientId, name: client.name, tenant };
  if (client.disabled) throw entraError(7000112, values);
  checkAudience(client, authority, values);
  return client;
}

function checkAudience(client: App, authority: Authority, values: Record<string, string>): void {
  const { tenant } = authority;
  const audience = client.signInAudience;
  if (!tenant) {
    if (audience === "AzureADMyOrg") throw entraError(50194, values);
    if (audience === "PersonalMicrosoftAccount" && authority.alias === "organizations") {
      throw entraError(9002331, values);
    }
    return;
  }
  if (admits(client, tenant)) return;
  if (isPersonal(tenant)) throw entraError(9002332, values);
  throw entraError(audience === "PersonalMicrosoftAccount" ? 9002331 : 700016, values);
}

/** Whether an origin is one of the client's single-page redirect URIs (§2.2). */
export function isPageOf({ redirectUris }: App, origin: string): boolean {
  // A sandboxed page says "null", and so do URIs of schemes that have no origins: no match.
  return origin !== "null" && redirectUris.spa.some((uri) => new URL(uri).origin === origin);
}

/**
 * Pages of other origins get nothing, and those of the client's own cannot keep a secret.
 *
 * @throws EntraError 9002326 or 90023
 */
export function checkOrigin(
  origin: string | undefined,
  client: App,
  { secret, assertion }: Credentials,
): void {
  if (origin === undefined) return;
  if (!isPageOf(client, origin)) throw entraError(9002326, { origin });
  if (secret === undefined && assertion === undefined) return;
  throw entraError(90023, { reason: "A cross-origin request has no client credentials." });
}

/** Verifies what the client presented; what its kind requires of it is {@link checkClientType}'s to say. */
export async function authenticateClient(
  call: Call,
  authority: Authority,
  client: App,
  { secret, assertion }: Credentials,
): Promise<ClientAuthentication> {
  if (secret === undefined && assertion === undefined) {
    if (!mayBePublic(client)) throw entraError(7000218);
    return "none";
  }
  if (!mayBeConfidential(client)) throw entraError(700025);
  if (assertion !== undefined) {
    await verifyClientAssertion(call, authority, client, assertion);
    return "certificate";
  }
  checkSecret(client, secret as string);
  return "secret";
}

function mayBePublic({ redirectUris, isFallbackPublicClient }: App): boolean {
  return isFallbackPublicClient || redirectUris.publicClient.length + redirectUris.spa.length > 0;
}

function mayBeConfidential({ redirectUris, secrets, expiredSecrets, certificates }: App): boolean {
  const credentials = secrets.length + expiredSecrets.length + certificates.length;
  return credentials + redirectUris.web.length > 0;
}

function checkSecret(client: App, secret: string): void {
  if (client.secrets.some((known) => equal(known, secret))) return;
  const expired = client.expiredSecrets.some((known) => equal(known, secret));
  throw entraError(expired ? 7000222 : 7000215, { app: client.clientId });
}

function equal(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

/** Whether the client authenticated as the redirect URI it signed in through requires. */
export function checkClientType(
  type: ClientType,
  authentication: ClientAuthentication,
  origin: string | undefined,
): void {
  if (type === "web" && authentication === "none") throw entraError(7000218);
  if (type !== "web" && authentication !== "none") throw entraError(700025);
  if (type === "spa" && !origin) throw entraError(9002327);
  if (type !== "spa" && origin) throw entraError(9002326, { origin });
}
