/**
 * What an application can do about a refusal.
 *
 * @module
 */
import type { TokenErrorResponse } from "../result.js";

/** Suberrors that no application can act on. */
const INTERNAL: readonly string[] = [
  "bad_token",
  "token_expired",
  "protection_policy_required",
  "client_mismatch",
  "device_authentication_failed",
];

/** Adds `classification`, from Microsoft's `suberror`; nothing when there is none. */
export function withClassification(error: TokenErrorResponse): TokenErrorResponse {
  if (!error.suberror) return error;
  return { ...error, classification: INTERNAL.includes(error.suberror) ? "" : error.suberror };
}
