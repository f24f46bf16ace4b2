/**
 * Keys of cache rows: byte for byte MSAL Python's, so that the two overwrite each other's rows. That of
 * app metadata is in lower case, as msal-node and MSAL Go write it; all of them find it by its members.
 *
 * @module
 */
import { type CacheEntry, type CredentialType, text } from "./schema.js";

/** Parts of a key, in their order. A part that is absent is empty; its separator stays. */
const PARTS: Record<CredentialType, (entry: CacheEntry) => unknown[]> = {
  AccessToken: (e) => [
    ...[e.home_account_id, e.environment, e.credential_type, e.client_id, e.realm, e.target],
    ...bindingSuffix(e),
    // Two assertions of one user keep a token each.
    ...(text(e, "user_assertion_hash") === undefined ? [] : [e.user_assertion_hash]),
  ],
  RefreshToken: (e) => [
    e.home_account_id,
    e.environment,
    "RefreshToken",
    e.client_id,
    // A refresh token belongs to no tenant.
    "",
    e.target,
  ],
  IdToken: (e) => [e.home_account_id, e.environment, "IdToken", e.client_id, e.realm, ""],
  Account: (e) => [e.home_account_id, e.environment, e.realm],
  AppMetadata: (e) => ["appmetadata", e.environment, e.client_id],
};

/** The key under which a row is kept, in lower case. */
export function keyOf(type: CredentialType, entry: CacheEntry): string {
  const key = PARTS[type](entry)
    .map((part) => (typeof part === "string" ? part : ""))
    .join("-");
  return key.toLowerCase();
}

/** `credential_type` of a token that is bound to a key, as msal-node writes it. */
export const BOUND_ACCESS_TOKEN = "AccessToken_With_AuthScheme";

/** Token types that are of no use without the key they are bound to. */
const BOUND_TYPES: readonly string[] = ["pop", "ssh-cert", "mtls_pop", "dpop"];

/** Whether tokens of a type are bound to a key. */
export function isBoundType(tokenType: string): boolean {
  return BOUND_TYPES.includes(tokenType.toLowerCase());
}

/** What msal-node appends for a key-bound token: no claims hash, then the scheme. */
function bindingSuffix(entry: CacheEntry): string[] {
  return entry.credential_type === BOUND_ACCESS_TOKEN ? ["", text(entry, "token_type") ?? ""] : [];
}
