/**
 * Assertions as the cache knows them: by their SHA-256, which other libraries write as well.
 *
 * @module
 */
import { base64url } from "../oauth/base64.js";

/** Assertions whose hash is remembered, so that a hit costs none. One takes about two kilobytes. */
const MAX_REMEMBERED = 20_000;

/** Hashes by assertion, the oldest first. */
export type AssertionHashes = Map<string, string>;

/** SHA-256 of an assertion, base64url: at once when it was asked for before. */
export function assertionHash(
  hashes: AssertionHashes,
  assertion: string,
): string | Promise<string> {
  const known = hashes.get(assertion);
  if (known === undefined) return compute(hashes, assertion);
  return known;
}

async function compute(hashes: AssertionHashes, assertion: string): Promise<string> {
  const bytes = new TextEncoder().encode(assertion);
  const hash = base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  if (hashes.size >= MAX_REMEMBERED) {
    const [oldest] = hashes.keys();
    if (oldest !== undefined) hashes.delete(oldest);
  }
  hashes.set(assertion, hash);
  return hash;
}
