/**
 * SHA-256 on every runtime but Node: by Web Cryptography.
 *
 * Spec: FIPS 180-4.
 *
 * @module
 */

/** The hash of a text in UTF-8: 32 bytes. */
export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
