/**
 * Keys of cache rows: byte for byte MSAL Python's, so that the two overwrite each other's rows. That of
 * app metadata is in lower case, as msal-node and MSAL Go write it; all of them find it by its members.
 *
 * @module
 */
import { type CacheEntry, type CredentialType, text } from "./schema.js";

/** Parts of a key, in their order. A part that is absent is empty; its separator stays. */
const PARTS: Record<CredentialType, (entry: CacheEntry) => unknown[]> = {
  AccessToken: (e) => {
    const { credential_type: type } = e;
    const parts = [e.home_account_id, e.environment, type, e.client_id, e.realm, e.target];
    // What msal-node appends for a key-bound token: no claims hash, then the scheme.
    if (type === BOUND_ACCESS_TOKEN) parts.push("", e.token_type);
    // Two assertions of one user keep a token each.
    if (text(e.user_assertion_hash) !== undefined) parts.push(e.user_assertion_hash);
    return parts;
  },
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
