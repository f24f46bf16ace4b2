/**
 * Base64 and base64url (RFC 4648) on Web APIs.
 *
 * @module
 */

/** Base64url of bytes, without padding. */
export function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=+$/, "");
}

/** Bytes of base64 or base64url, padded or not; undefined if it is neither. */
export function bytesFromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(
      text
        .replace(/-/g, "+")
        .replace(/_/g, "/")
        .replace(/[\s=]+/g, ""),
    );
    // Four times as fast as Uint8Array.from(), and every token that comes is read.
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  } catch {
    return undefined;
  }
}

/** The JSON object in base64url; undefined if there is none. */
export function objectFromBase64(text: string): Record<string, unknown> | undefined {
  const bytes = bytesFromBase64(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
