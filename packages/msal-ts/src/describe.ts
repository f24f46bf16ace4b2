/**
 * What came where something else was expected, and words for it in messages. Never its content, unless the
 * caller of {@link quote} knows that it is no secret.
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
  // A password may be all digits, and a configuration file makes a number of it.
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" && name !== "Object"
    ? `an object of class ${name}`
    : "an object";
}

/** A number itself, for what counts or measures; in other words whatever else came in its place. */
export function describeNumber(value: unknown): string {
  return typeof value === "number" ? String(value) : describe(value);
}

/** A value in quotes, cut when it is long. For hosts, scopes, names: what is no secret. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 117)}...` : value);
}

/** Whether a value holds members by name: neither a list nor a `Map` nor `URLSearchParams`, which have none. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
