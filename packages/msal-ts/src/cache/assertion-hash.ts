/**
 * Assertions as the cache knows them: by their SHA-256, which other libraries write as well.
 *
 * @module
 */
import { sha256 } from "#sha-256";
import { base64url } from "../oauth/base64.js";

/** Assertions whose hash is remembered, so that a hit costs none. They are tokens of some two kilobytes each. */
const MAX_REMEMBERED = 10_000;

/** A longer one is hashed each time: what is remembered must have bounds. Characters. */
const MAX_LENGTH = 8192;

/** Hashes by assertion, the oldest first. */
export type AssertionHashes = Map<string, string>;

/** SHA-256 of an assertion, base64url: at once when it is remembered. */
export function assertionHash(
  hashes: AssertionHashes,
  assertion: string,
): string | Promise<string> {
  return hashes.get(assertion) ?? compute(assertion);
}

async function compute(assertion: string): Promise<string> {
  return base64url(await sha256(assertion));
}

/** Remembers the hash of an assertion that was good for a token; those that were refused are forgotten. */
export function rememberAssertion(hashes: AssertionHashes, assertion: string, hash: string): void {
  if (assertion.length > MAX_LENGTH || hashes.has(assertion)) return;
  if (hashes.size >= MAX_REMEMBERED) {
    const [oldest] = hashes.keys();
    if (oldest !== undefined) hashes.delete(oldest);
  }
  hashes.set(assertion, hash);
}
