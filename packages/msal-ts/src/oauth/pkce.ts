/**
 * Proof Key for Code Exchange, and the random values of an authorization request.
 *
 * Spec: RFC 7636 §4.1, §4.2.
 *
 * @module
 */
import { sha256 } from "#sha-256";
import { hex } from "../http/hex.js";
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
  return hex(await sha256(text));
}
