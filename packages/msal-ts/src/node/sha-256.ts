/**
 * SHA-256 on Node: `node:crypto`, which `node:https` brings along, and not the Web Cryptography beside it,
 * whose first use takes a fresh process two milliseconds.
 *
 * Spec: FIPS 180-4.
 *
 * @module
 */

/** The hash of a text in UTF-8: 32 bytes. */
export async function sha256(text: string): Promise<Uint8Array> {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text, "utf8").digest();
}
