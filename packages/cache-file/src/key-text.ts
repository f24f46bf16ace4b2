/**
 * Keys as text: 32 bytes in base64, as `openssl rand -base64 32` prints them; several are separated by
 * commas or white space. A key's id is made from the key.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { type EncryptionKey, MsalError } from "msal-ts";
import { describe } from "./describe.js";
import type { KeySource } from "./key-source.js";

const KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Takes keys from an environment variable: each 32 bytes in base64, for example from `openssl rand -base64 32`,
 * several separated by commas or white space. The first one encrypts, all of them decrypt.
 *
 * @throws MsalError `invalid_argument` for a name that is none. When a key is needed, `invalid_argument` if the
 * variable is not set or holds something else.
 */
export function keyFromEnvironment(name: string): KeySource {
  if (typeof name !== "string" || name === "") {
    throw new MsalError(
      "invalid_argument",
      `name must be that of an environment variable; it is ${describe(name)}.`,
    );
  }
  return async () => {
    const keys = parseKeys(process.env[name] ?? "");
    if (keys !== undefined && keys.length > 0) return keys;
    throw new MsalError(
      "invalid_argument",
      `The environment variable ${JSON.stringify(name)} must hold the key of the token cache, 32 bytes in base64; it is ${describe(process.env[name])}. Make one with: openssl rand -base64 32`,
    );
  };
}

/** Keys of a text; undefined when one of them is none. */
export function parseKeys(text: string): EncryptionKey[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== "");
  if (!parts.every((part) => KEY.test(part))) return undefined;
  // The same key twice would have the same id twice.
  const keys = new Map<string, EncryptionKey>();
  for (const part of parts) {
    const key = new Uint8Array(Buffer.from(part, "base64"));
    const id = idOf(key);
    keys.set(id, { id, key });
  }
  return [...keys.values()];
}

/** A new key, as text. */
export function newKey(): string {
  return randomBytes(32).toString("base64");
}

/** Tells keys apart, and tells nothing about them. */
function idOf(key: Uint8Array): string {
  return createHash("sha256")
    .update("msal-ts cache key\0")
    .update(key)
    .digest("base64url")
    .slice(0, 10);
}
