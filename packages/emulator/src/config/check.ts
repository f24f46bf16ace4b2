/**
 * Checks for data that came from outside: each returns what it was given, typed, or says which member is
 * wrong, what was expected and what came.
 *
 * @module
 */
import { isGuid } from "../identifiers.js";

/** Returns `value` as a `T`, or throws a `TypeError` that names `at`. */
export type Check<T> = (value: unknown, at: string) => T;

/** The error of a value that is not what was expected. */
export function wrong(at: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${at} must be ${expected}; got ${describe(value)}`);
}

function describe(value: unknown): string {
  const isPlain = value === null || typeof value !== "object";
  return isPlain ? (JSON.stringify(value) ?? String(value)) : kindOf(value);
}

/** What a value is, where it may be a secret. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return value === "" ? "an empty text" : "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** A text that is not empty; `what` says which. */
export function text(what: string, fits: (value: string) => boolean = Boolean): Check<string> {
  return (value, at) => {
    if (typeof value === "string" && fits(value)) return value;
    throw wrong(at, what, value);
  };
}

/** A text that no message repeats: secrets, passwords, keys, URLs with a query. */
export function secret(what: string, fits: (value: string) => boolean = Boolean): Check<string> {
  return (value, at) => {
    if (typeof value === "string" && fits(value)) return value;
    throw new TypeError(`${at} must be ${what}; got ${kindOf(value)}`);
  };
}

/** A GUID, in lower case afterwards. */
export function guid(value: unknown, at: string): string {
  if (typeof value === "string" && isGuid(value)) return value.toLowerCase();
  throw wrong(at, 'a GUID, for example "11111111-2222-4333-8444-555555555555"', value);
}

/** `true` or `false`. */
export function flag(value: unknown, at: string): boolean {
  if (typeof value === "boolean") return value;
  throw wrong(at, "true or false", value);
}

/** A number; `what` says which. */
export function number(what: string, fits: (value: number) => boolean): Check<number> {
  return (value, at) => {
    if (typeof value === "number" && fits(value)) return value;
    throw wrong(at, what, value);
  };
}

/** A whole number above zero. */
export function seconds(value: unknown, at: string): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw wrong(at, "a whole number of seconds above zero", value);
}

/** One of the values named. */
export function oneOf<const T extends string | number>(...values: readonly T[]): Check<T> {
  const named = values.map((value) => JSON.stringify(value)).join(", ");
  return (value, at) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw wrong(at, `one of ${named}`, value);
    return found;
  };
}

/** A list whose items all pass. */
export function list<T>(item: Check<T>): Check<readonly T[]> {
  return (value, at) => {
    // A single secret, perhaps, that was to be in a list.
    if (!Array.isArray(value)) throw new TypeError(`${at} must be a list; got ${kindOf(value)}`);
    return value.map((entry, index) => item(entry, `${at}[${index}]`));
  };
}

/** What passes, or nothing. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined ? undefined : check(value, at));
}

/** An object with these members and no others: a member nobody reads is a misspelt one. */
export function object<T extends object>(members: { [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const known = Object.keys(members) as (keyof T & string)[];
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new TypeError(`${at} must be an object (${known.join(", ")}); got ${kindOf(value)}`);
    }
    for (const name of Object.keys(value)) {
      if (known.some((member) => member === name)) continue;
      throw new TypeError(`${at}.${name} is unknown; ${at} can have ${known.join(", ")}`);
    }
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      known.map((name) => [name, members[name](given[name], `${at}.${name}`)]),
    ) as T;
  };
}
