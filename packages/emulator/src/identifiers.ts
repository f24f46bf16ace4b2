/**
 * Identifiers: GUIDs at random or from a seed, and the digests other identifiers are made of.
 *
 * @module
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a GUID, in any case. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** A GUID that is the same for the same seed, so that identifiers survive a restart. */
export function seededGuid(...seed: readonly string[]): string {
  const hex = sha256(seed.join("\n").toLowerCase()).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A fresh GUID in the form of the platform's trace ids, whose last group ends in 00. */
export function traceId(): string {
  return `${randomUUID().slice(0, -2)}00`;
}

/** SHA-256 of a text. */
export function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Opaque text of `bytes` random bytes, base64url. */
export function opaque(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}
