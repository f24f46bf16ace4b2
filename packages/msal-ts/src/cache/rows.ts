/**
 * The rows that a token event becomes.
 *
 * @module
 */
import { bindingOf } from "../oauth/extra-parameters.js";
import { checkAudience, decodeIdToken } from "../oauth/id-token.js";
import type { IdTokenClaims } from "../result.js";
import { readClientInfo } from "./client-info.js";
import { BOUND_ACCESS_TOKEN, isBoundType } from "./keys.js";
import { type CacheEntry, type CredentialType, type TokenEvent, wholeSeconds } from "./schema.js";

/** Grant type of what a broker got, and the mark on the accounts it signed in. */
export const BROKER = "broker";

/** Seconds that a token is taken to be valid when nobody says. */
const DEFAULT_LIFETIME = 600;

/** What an event says, one row for each section it touches. */
export type EventRows = Partial<Record<CredentialType, CacheEntry>> & { AppMetadata: CacheEntry };

/** Who and where, which every row repeats. */
interface Owner {
  home_account_id: string | null;
  environment: string | null;
  realm: string | null;
  client_id: string | null;
}

/**
 * Computes the rows of an event, without writing any.
 *
 * @param now - Whole seconds since the epoch.
 * @throws MsalError `invalid_id_token` for an ID token that is none, or meant for another client.
 */
export function rowsOfEvent(event: TokenEvent, now: number): EventRows {
  const { response } = event;
  const claims = claimsOf(event);
  const identity = homeAccount(event, claims);
  const url = event.token_endpoint;
  const endpoint = url === undefined ? undefined : endpointOf(url);
  const owner: Owner = {
    home_account_id: event.home_account_id ?? identity ?? null,
    environment: event.environment ?? endpoint?.environment ?? null,
    realm: endpoint?.realm ?? null,
    client_id: event.client_id ?? null,
  };
  const rows: EventRows = { AppMetadata: appMetadata(owner, response) };
  const target = targetOf(event.scope ?? []);
  if (filled(response.access_token)) {
    rows.AccessToken = accessToken(response.access_token, owner, target, event, now);
  }
  if (identity !== undefined && !event.skip_account_creation) {
    rows.Account = account(owner, claims, event);
  }
  if (filled(response.id_token)) {
    rows.IdToken = idToken(response.id_token, owner);
  }
  if (filled(response.refresh_token)) {
    rows.RefreshToken = refreshToken(response.refresh_token, owner, target, response.foci, now);
  }
  return rows;
}

function accessToken(
  secret: string,
  owner: Owner,
  target: string,
  { response, data, user_assertion_hash: assertionHash }: TokenEvent,
  now: number,
): CacheEntry {
  const lifetime = lifetimeOf(response, now);
  const refreshIn = wholeSeconds(response.refresh_in);
  const tokenType = filled(response.token_type) ? response.token_type : "Bearer";
  const keyId = filled(data?.key_id) ? data.key_id : undefined;
  const bound = bindingOf(data ?? {}) !== undefined || isBoundType(tokenType);
  return {
    credential_type: bound ? BOUND_ACCESS_TOKEN : "AccessToken",
    secret,
    home_account_id: owner.home_account_id,
    environment: owner.environment,
    client_id: owner.client_id,
    target,
    realm: owner.realm,
    token_type: tokenType,
    cached_at: String(now),
    expires_on: String(now + lifetime),
    extended_expires_on: String(now + (wholeSeconds(response.ext_expires_in) ?? lifetime)),
    ...(refreshIn !== undefined && { refresh_on: String(now + refreshIn) }),
    ...(keyId !== undefined && { key_id: keyId }),
    ...(assertionHash !== undefined && { user_assertion_hash: assertionHash }),
  };
}

function refreshToken(
  secret: string,
  owner: Owner,
  target: string,
  family: unknown,
  now: number,
): CacheEntry {
  return {
    credential_type: "RefreshToken",
    secret,
    home_account_id: owner.home_account_id,
    environment: owner.environment,
    client_id: owner.client_id,
    target,
    last_modification_time: String(now),
    ...(filled(family) && { family_id: family }),
  };
}

function idToken(secret: string, owner: Owner): CacheEntry {
  return {
    credential_type: "IdToken",
    secret,
    home_account_id: owner.home_account_id,
    environment: owner.environment,
    realm: owner.realm,
    client_id: owner.client_id,
  };
}

function account(
  owner: Owner,
  claims: IdTokenClaims | undefined,
  { data, username, grant_type, _account_id, authority_type }: TokenEvent,
): CacheEntry {
  const names = [claims?.preferred_username, claims?.upn, data?.username, username];
  return {
    home_account_id: owner.home_account_id,
    environment: owner.environment,
    realm: owner.realm,
    local_account_id: _account_id ?? claims?.oid ?? claims?.sub ?? null,
    username: names.find(filled) ?? "",
    authority_type: authority_type ?? (owner.realm?.toLowerCase() === "adfs" ? "ADFS" : "MSSTS"),
    // As MSAL Python marks whom its broker signed in; it writes no mark that we would have to for others.
    ...(grant_type === BROKER && { account_source: BROKER }),
  };
}

function appMetadata(owner: Owner, response: Record<string, unknown>): CacheEntry {
  return {
    client_id: owner.client_id,
    environment: owner.environment,
    ...(filled(response.foci) && { family_id: response.foci }),
  };
}

/** Seconds a token is valid: `expires_in`, else what is left until `expires_on`, else a default. */
export function lifetimeOf(response: Record<string, unknown>, now: number): number {
  const until = wholeSeconds(response.expires_on);
  return (
    wholeSeconds(response.expires_in) ?? (until === undefined ? DEFAULT_LIFETIME : until - now)
  );
}

/** Scopes as a row keeps them: sorted, as MSAL Python does, without doubles in whatever case. */
function targetOf(scope: readonly string[]): string {
  if (scope.length < 2) return scope[0] ?? "";
  const seen = new Set<string>();
  return [...scope]
    .sort()
    .filter((s) => !seen.has(s.toLowerCase()) && seen.add(s.toLowerCase()))
    .join(" ");
}

/** What the ID token says: as parsed already (by a broker), or decoded and checked here. */
function claimsOf({ response, client_id }: TokenEvent): IdTokenClaims | undefined {
  const parsed = response.id_token_claims;
  if (typeof parsed === "object" && parsed !== null && Object.keys(parsed).length > 0) {
    return parsed as IdTokenClaims;
  }
  if (!filled(response.id_token)) return undefined;
  const claims = decodeIdToken(response.id_token);
  if (client_id !== undefined) checkAudience(claims, client_id);
  return claims;
}

/** Who this is at home: `client_info`, or the subject of the ID token (ADFS knows no more). */
export function homeAccount(
  { response }: Pick<TokenEvent, "response">,
  claims: IdTokenClaims | undefined,
): string | undefined {
  const info = readClientInfo(response.client_info);
  if (info !== undefined) return `${info.uid}.${info.utid}`;
  return filled(claims?.sub) ? claims.sub : undefined;
}

/** What the URL of a token endpoint says. */
interface Endpoint {
  readonly url: string;
  readonly environment: string;
  readonly realm: string | null;
}

/** The last one that was looked at: mostly the next is the same. */
let lastEndpoint: Endpoint | undefined;

function endpointOf(url: string): Endpoint {
  if (lastEndpoint?.url !== url) {
    const parsed = new URL(url);
    const environment = parsed.hostname.toLowerCase();
    lastEndpoint = { url, environment, realm: realmOf(parsed) };
  }
  return lastEndpoint;
}

/** Whether a value may be a token endpoint: a URL. */
export function isEndpoint(value: unknown): value is string {
  return typeof value === "string" && (value === lastEndpoint?.url || URL.canParse(value));
}

/** First path segment of a token endpoint; CIAM's may have none, its tenant is in the host then. */
function realmOf(endpoint: URL): string | null {
  const segment = endpoint.pathname.split("/")[1];
  if (segment) return segment;
  const [, name] = /^(.+)\.ciamlogin\.com$/i.exec(endpoint.hostname) ?? [];
  return name === undefined ? null : `${name}.onmicrosoft.com`;
}

function filled(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
