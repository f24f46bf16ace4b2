/**
 * Words for messages: what came where something else was expected. Never its content.
 *
 * @module
 */

/** What a value is, without showing it: an argument in the wrong place may be a secret. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") {
    return value === "" ? "an empty string" : `a string of ${value.length} characters`;
  }
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Code of an error of the operating system's, such as `EACCES`; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
