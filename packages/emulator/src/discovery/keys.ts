/**
 * The keys tokens can be verified with (RFC 7517).
 *
 * @module
 */
import type { Call } from "../call.js";
import { CONSUMERS } from "../config/default-config.js";
import { signingKeys } from "../signing-keys.js";
import { issuerOf, type TokenVersion } from "../token/issuer.js";

/** The key set. All tenants share it; in v2 each key names the issuer it signs for. */
export async function keySet(call: Call, version: TokenVersion): Promise<object> {
  const { current, next, personal } = await signingKeys();
  if (version === 1) return { keys: [current.jwk, next.jwk, personal.jwk] };
  const issuer = issuerOf(call);
  return {
    keys: [
      { ...current.jwk, issuer },
      { ...next.jwk, issuer },
      { ...personal.jwk, issuer: issuerOf(call, CONSUMERS.id) },
    ],
  };
}
