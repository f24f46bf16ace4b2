/**
 * Opaque values that carry their own state: codes, refresh tokens, cookies. What is sealed needs no table
 * to be found in again, so an emulator that runs for days grows no larger.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals and opens values under a key that nobody else has. */
export interface Sealer {
  /** Opaque text for a value; `kind` must be the same when it is opened. */
  seal(kind: string, value: unknown): string;
  /** The value in a text; `undefined` if we did not seal it, or not as this kind. */
  open<T>(kind: string, text: string): T | undefined;
}

/** A sealer with a fresh key. */
export function createSealer(): Sealer {
  const key = randomBytes(32);

  function seal(kind: string, value: unknown): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(kind));
    const body = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
  }

  function open<T>(kind: string, text: string): T | undefined {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(kind))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      return JSON.parse(Buffer.concat([body, decipher.final()]).toString()) as T;
    } catch {
      return undefined; // not ours: the tag does not fit
    }
  }

  return { seal, open };
}
