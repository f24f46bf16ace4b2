/**
 * Proof Key for Code Exchange, and the random values of an authorization request.
 *
 * Spec: RFC 7636 §4.1, §4.2.
 *
 * @module
 */
import { base64url } from "./base64.js";

/** 256 random bits, base64url: 43 characters. A `code_verifier`, a `state`, a `nonce`. */
export function randomToken(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The `S256` challenge of a verifier. */
export async function codeChallenge(verifier: string): Promise<string> {
  return base64url(await sha256(verifier));
}

/** SHA-256 of text, in lower-case hexadecimal. */
export async function sha256Hex(text: string): Promise<string> {
  return Array.from(await sha256(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
