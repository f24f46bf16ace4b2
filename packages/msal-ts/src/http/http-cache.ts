/**
 * Answers that are kept for a while. They lie in a cache of the caller's, who may keep it between runs and
 * may hand over what anybody wrote: what is read here is as untrusted as what comes from the network.
 *
 * @module
 */

import { sha256 } from "#sha-256";
import { type Call, type Client, now } from "../call.js";
import { describe } from "../describe.js";
import { hex } from "./hex.js";

/**
 * Where answers of the identity provider are kept: what a `Map<string, string>` offers. It answers at once;
 * one that returns promises is not used.
 */
export interface HttpCache {
  get(key: string): string | null | undefined;
  set(key: string, value: string): unknown;
  delete(key: string): unknown;
  keys(): Iterable<string>;
}

/** An answer that is kept. */
export interface KeptAnswer {
  readonly status: number;
  readonly text: string;
  /** Seconds that the service asked to wait; absent when it did not. */
  readonly retryAfter?: number | undefined;
  /** Seconds since the epoch. */
  readonly storedAt: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** All that anybody reads of an entry without opening it; the number is the version of what follows. */
const PREFIX = "msal-ts:http:1:";

/** Entries of ours that a cache holds at most. Those of others are neither counted nor touched. */
const CAPACITY = 1024;

/** Nothing is kept for longer: what says so was written by a clock that was wrong, or by others. Seconds. */
const LONGEST = 7 * 86_400;

/** Longest text that is kept; characters. */
const MAX_TEXT = 256 * 1024;

/** Documents that were fetched; failures of requests that were posted. */
type Kind = "document" | "failure";

/**
 * The key of an entry. Names of people, codes and tokens go into it as part of a hash alone.
 *
 * @param fields - What makes two requests the same: JSON.
 */
export async function keyOf(kind: Kind, ...fields: readonly unknown[]): Promise<string> {
  return `${PREFIX}${kind}:${hex(await sha256(JSON.stringify(fields)))}`;
}

/**
 * The answer under a key. What is stale, damaged or made to last longer than we would let it is thrown away.
 *
 * @param longest - Seconds that such an answer is kept at most.
 */
export function recall(
  call: Call,
  cache: HttpCache,
  key: string,
  longest: number,
): KeptAnswer | undefined {
  const text = attempt(call, cache, () => cache.get(key)) ?? undefined;
  if (text === undefined) return undefined;
  const kept = parse(text);
  const time = now(call);
  if (kept !== undefined && kept.storedAt <= time && time < kept.expiresAt) {
    // Whole seconds, rounded away from each other.
    if (kept.expiresAt - kept.storedAt <= longest + 2) return kept;
  }
  forget(call, cache, key);
  return undefined;
}

/**
 * Whether there is anything of a kind to look for: where there is not, nothing has to be hashed, which costs
 * more than all else that precedes a request. What is stale leaves.
 */
export function holdsAny(call: Call, cache: HttpCache, kind: Kind): boolean {
  const prefix = `${PREFIX}${kind}:`;
  const keys = attempt(call, cache, () => cache.keys());
  const found = keys && attempt(call, cache, () => findFresh(call, cache, keys, prefix));
  return found ?? false;
}

function findFresh(call: Call, cache: HttpCache, keys: Iterable<unknown>, prefix: string): boolean {
  for (const key of keys) {
    if (typeof key !== "string" || !key.startsWith(prefix)) continue;
    if (expiryOf(attempt(call, cache, () => cache.get(key))) > now(call)) return true;
    forget(call, cache, key);
  }
  return false;
}

/** Keeps an answer for some seconds, unless it is too long, or the cache is full of what lasts longer. */
export function keep(
  call: Call,
  cache: HttpCache,
  key: string,
  { status, text, retryAfter }: Pick<KeptAnswer, "status" | "text" | "retryAfter">,
  seconds: number,
): void {
  if (text.length > MAX_TEXT) return;
  const storedAt = Math.floor(now(call));
  const expiresAt = Math.ceil(now(call) + Math.min(seconds, LONGEST));
  if (!makeRoom(call, cache, key, expiresAt)) return;
  // First, where `expiryOf` finds it.
  const entry = JSON.stringify({ expiresAt, storedAt, status, retryAfter, text });
  attempt(call, cache, () => cache.set(key, entry));
}

/** Throws an answer away. */
function forget(call: Call, cache: HttpCache, key: string): void {
  attempt(call, cache, () => cache.delete(key));
}

/**
 * Sees to it that one more fits: what is stale leaves, or would never; of a full cache, what would leave soonest.
 *
 * @returns Whether there is room. None is made for what would itself leave soonest.
 */
function makeRoom(call: Call, cache: HttpCache, key: string, expiresAt: number): boolean {
  const iterable = attempt(call, cache, () => cache.keys());
  const keys = iterable && attempt(call, cache, () => [...iterable]);
  if (keys === undefined) return false;
  const others: [expiry: number, key: string][] = [];
  for (const other of keys) {
    if (other === key || typeof other !== "string" || !other.startsWith(PREFIX)) continue;
    const expiry = expiryOf(attempt(call, cache, () => cache.get(other)));
    const left = expiry - now(call);
    if (left > 0 && left <= LONGEST + 1) others.push([expiry, other]);
    else forget(call, cache, other);
  }
  if (others.length < CAPACITY) return true;
  others.sort(([one], [other]) => one - other);
  if (expiresAt < (others[0]?.[0] ?? 0)) return false;
  const leaving = others.slice(0, others.length - CAPACITY + 1);
  for (const [, other] of leaving) forget(call, cache, other);
  return true;
}

/** When an entry expires, without reading the rest of it; 0 for what is no entry. */
function expiryOf(text: unknown): number {
  const [, digits] = /^\{"expiresAt":(\d{1,15}),/.exec(typeof text === "string" ? text : "") ?? [];
  return Number(digits ?? 0);
}

function parse(text: unknown): KeptAnswer | undefined {
  if (typeof text !== "string") return undefined;
  let entry: Partial<Record<keyof KeptAnswer, unknown>>;
  try {
    entry = JSON.parse(text) ?? {};
  } catch {
    return undefined;
  }
  const { status, text: body, retryAfter, storedAt, expiresAt } = entry;
  const isAnswer = isCount(status) && typeof body === "string" && body.length <= MAX_TEXT;
  const isDated = isCount(storedAt) && isCount(expiresAt);
  if (!isAnswer || !isDated || !(retryAfter === undefined || isCount(retryAfter))) return undefined;
  return { status, text: body, retryAfter, storedAt, expiresAt };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Caches that return promises. */
const asynchronous = new WeakSet<HttpCache>();

/** Clients that were told what is wrong with their cache. */
const told = new WeakSet<Client>();

/** The cache is the caller's: what goes wrong in it must not cost anybody an answer. */
function attempt<T>(call: Call, cache: HttpCache, act: () => T): T | undefined {
  if (asynchronous.has(cache)) return undefined;
  try {
    const result = act();
    if (typeof (result as { then?: unknown } | null | undefined)?.then !== "function") {
      return result;
    }
    // What becomes of it is nobody's to hear.
    Promise.resolve(result).catch(() => {});
    asynchronous.add(cache);
    tell(call, "returns promises where a value is needed at once, as a Map returns it");
  } catch (error) {
    tell(call, `threw ${describe(error)}`);
  }
  return undefined;
}

function tell({ client }: Call, what: string): void {
  if (told.has(client)) return;
  told.add(client);
  client.logger.warn(
    `The option httpCache ${what}; calls go on as if nothing were in it. A Map will do, filled from a file and written back to it.`,
  );
}
