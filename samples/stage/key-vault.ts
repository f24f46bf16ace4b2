/**
 * A key vault with one key, which it signs with and does not give away.
 *
 * Spec: learn.microsoft.com/rest/api/keyvault/keys/sign/sign; RFC 8017 §8.1.1, §9.1.1
 *
 * @module
 */
import { constants, createHash, privateEncrypt, randomBytes } from "node:crypto";
import type { Hono } from "hono";
import type { Certificate } from "./certificate.js";

/** Path of its key, and what opens it. */
export const KEY = "/keys/daemon/1";
export const VAULT_TOKEN = "token-for-the-key-vault";

/** Bytes of SHA-256, and of the salt with it. */
const HASH = 32;
/** Bytes of the key's modulus. */
const MODULUS = 256;

export function addKeyVault(app: Hono, { privateKey }: Certificate): void {
  app.post(`${KEY}/sign`, async (c) => {
    if (c.req.header("authorization") !== `Bearer ${VAULT_TOKEN}`) return c.body(null, 401);
    const { alg, value } = await c.req.json<{ alg: string; value: string }>();
    const digest = Buffer.from(value, "base64url");
    if (alg !== "PS256" || digest.length !== HASH) return c.body(null, 400);
    const signature = privateEncrypt(
      { key: privateKey, padding: constants.RSA_NO_PADDING },
      encode(digest),
    );
    return c.json({ kid: new URL(KEY, c.req.url).href, value: signature.toString("base64url") });
  });
}

/** EMSA-PSS. By hand: what Node.js signs it hashes itself, and vaults are handed the hash. */
function encode(digest: Buffer): Buffer {
  const salt = randomBytes(HASH);
  const hash = sha256(Buffer.alloc(8), digest, salt);
  const block = Buffer.alloc(MODULUS - HASH - 1);
  block[block.length - HASH - 1] = 1;
  salt.copy(block, block.length - HASH);
  const mask = mgf1(hash, block.length);
  for (const [i, byte] of mask.entries()) block[i] = (block[i] ?? 0) ^ byte;
  block[0] = (block[0] ?? 0) & 0x7f; // one bit less than the modulus has
  return Buffer.concat([block, hash, Buffer.from([0xbc])]);
}

/** RFC 8017, appendix B.2.1. */
function mgf1(seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let counter = 0; counter * HASH < length; counter++) {
    parts.push(sha256(seed, Buffer.from([0, 0, 0, counter])));
  }
  return Buffer.concat(parts).subarray(0, length);
}

function sha256(...parts: readonly Buffer[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}
