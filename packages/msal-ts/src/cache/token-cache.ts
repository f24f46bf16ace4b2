/**
 * The token cache in memory.
 *
 * @module
 */

import type { Call } from "../call.js";
import { describe, describeNumber, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { makeRoom, sweepExpired } from "./bounds.js";
import {
  accessCandidates,
  type CacheIndex,
  createIndex,
  deleteRow,
  homeRows,
  metadataRow,
  putRow,
  rowsIn,
} from "./cache-index.js";
import { type Age, type CacheRows, MemoryRows } from "./cache-rows.js";
import type { HomeRows } from "./home-rows.js";
import { keyOf } from "./keys.js";
import { type Owner, ownerOf } from "./owner.js";
import type { Row } from "./row.js";
import { type EventRows, isEndpoint, rowsOfEvent } from "./rows.js";
import {
  type CacheEntry,
  type CredentialType,
  folded,
  SECTIONS,
  type TokenEvent,
  text,
} from "./schema.js";

/** Options of {@link TokenCache}. */
export interface TokenCacheOptions {
  /**
   * How many rows there may be; a user who signed in has four, and one more for each further access token. Of
   * too many the least recently used leave first: tokens of the application and those that were exchanged for
   * assertions, then other access tokens, then ID tokens and accounts that nothing refreshes, refresh tokens
   * last. What a flow just obtained stays. Absent: any number.
   */
  maxEntries?: number | undefined;
}

/** What {@link TokenCache.find} looks for. */
export interface FindOptions {
  /** Scopes that a row must cover, in any case; absent: any. */
  target?: readonly string[] | undefined;
  /** Members that a row must have. `""` also finds a member that is `null` or absent. Ids and hosts in any case. */
  query?: Record<string, string | undefined> | undefined;
}

/** Members whose case means nothing. */
const FOLDED: readonly string[] = ["home_account_id", "environment", "client_id", "realm"];

/** Where a cache keeps its rows, for the library alone: users see copies. */
export let rowsBehind: (cache: TokenCache) => CacheRows;

/** Has a cache keep its rows elsewhere. */
export let replaceRows: (cache: TokenCache, rows: CacheRows) => void;

/** The rows of an owner in the cache of a call's client. */
export function openRows(call: Call, owner: Owner, age: Age): CacheIndex | Promise<CacheIndex> {
  return rowsBehind(call.client.cache).open(call, owner, age);
}

/**
 * Tokens in memory, in the unified schema that all MSALs share. May be subclassed: an overridden
 * `add()` sees every event. Expired access tokens leave by themselves as others come.
 */
export class TokenCache {
  #rows: CacheRows;

  static {
    rowsBehind = (cache) => cache.#rows;
    replaceRows = (cache, rows) => {
      cache.#rows = rows;
    };
  }

  /**
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(options: TokenCacheOptions = {}) {
    checkOptions(options);
    this.#rows = new MemoryRows(createIndex(options.maxEntries));
  }

  /**
   * Keeps what a flow obtained: all of it, or nothing when it throws.
   *
   * @param event - What was asked for and what came. It is not changed.
   * @param now - Seconds since the epoch; by default the system's time.
   * @throws {@link MsalError} `invalid_id_token` for an ID token that is none, or another client's.
   */
  add(event: TokenEvent, now: number = Date.now() / 1000): void {
    checkEvent(event, now);
    const whole = event.response ? event : { ...event, response: {} };
    const rows = rowsOfEvent(whole, Math.trunc(now));
    const index = this.#rows.at(ownerOfRows(rows));
    sweepExpired(index, Math.trunc(now));
    removeReplaced(index, rows);
    const { AccessToken, Account, IdToken, RefreshToken, AppMetadata } = rows;
    const kept: Row[] = [];
    if (AccessToken !== undefined) kept.push(putRow(index, "AccessToken", AccessToken));
    if (Account !== undefined) kept.push(putAccount(index, Account));
    if (IdToken !== undefined) kept.push(putRow(index, "IdToken", IdToken));
    if (RefreshToken !== undefined) kept.push(putRow(index, "RefreshToken", RefreshToken));
    kept.push(putMetadata(index, AppMetadata));
    makeRoom(index, kept);
  }

  /** Rows of one section that fit, as frozen copies, in the order they were written. */
  find(credentialType: CredentialType, options: FindOptions = {}): readonly CacheEntry[] {
    checkFind(credentialType, options);
    const scopes = options.target?.map((scope) => scope.toLowerCase()) ?? [];
    const query = Object.entries(options.query ?? {});
    const found: CacheEntry[] = [];
    for (const index of this.#rows.inMemory()) {
      for (const { entry } of rowsIn(index, credentialType).values()) {
        if (covers(entry, scopes) && query.every(([name, value]) => has(entry, name, value))) {
          found.push(deepFreeze(structuredClone(entry)));
        }
      }
    }
    return found;
  }
}

/** Whose an event's rows are: one owner's, and those of the assertion if one was exchanged. */
function ownerOfRows({
  AccessToken,
  Account,
  IdToken,
  RefreshToken,
  AppMetadata,
}: EventRows): Owner {
  const entry = AccessToken ?? Account ?? IdToken ?? RefreshToken ?? AppMetadata;
  return ownerOf(entry) ?? { app: "", realm: "" };
}

/** Rows that say the same as a new one but are kept under another key: those of other libraries. */
function removeReplaced(index: CacheIndex, rows: EventRows): void {
  const access = rows.AccessToken;
  if (access !== undefined) {
    const scopes = (text(access.target) ?? "").toLowerCase().split(" ");
    const where = {
      homeAccountId: folded(access.home_account_id),
      clientId: folded(access.client_id),
    };
    const [environment, realm] = [folded(access.environment), folded(access.realm)];
    const key = keyOf("AccessToken", access);
    for (const row of [...accessCandidates(index, where, environment, realm, scopes)]) {
      const same =
        row.key !== key &&
        row.entry.credential_type === access.credential_type &&
        row.assertionHash === text(access.user_assertion_hash) &&
        folded(row.entry.token_type) === folded(access.token_type) &&
        scopes.every((scope) => row.scopes.has(scope)) &&
        [...row.scopes].every((scope) => scope === "" || scopes.includes(scope));
      if (same) deleteRow(index, row);
    }
  }
  for (const type of ["IdToken", "RefreshToken"] as const) {
    const entry = rows[type];
    if (entry !== undefined) removeOthers(index, type, entry, keyOf(type, entry));
  }
}

/** Removes what is kept for the same user and client (and realm, of ID tokens) under another key. */
function removeOthers(
  index: CacheIndex,
  type: "IdToken" | "RefreshToken",
  entry: CacheEntry,
  key: string,
): void {
  for (const row of [...(rowsOfHome(index, entry)?.[type] ?? [])]) {
    const same =
      row.key !== key &&
      folded(row.entry.client_id) === folded(entry.client_id) &&
      (type === "RefreshToken" || folded(row.entry.realm) === folded(entry.realm));
    if (same) deleteRow(index, row);
  }
}

function rowsOfHome(index: CacheIndex, entry: CacheEntry): HomeRows | undefined {
  return homeRows(index, folded(entry.environment), folded(entry.home_account_id));
}

/**
 * Merged: what another library keeps in the row is not ours to drop. It keeps its key, too. Who signed the
 * account in is for each sign-in to say.
 */
function putAccount(index: CacheIndex, entry: CacheEntry): Row {
  const old = [...(rowsOfHome(index, entry)?.Account ?? [])].filter(
    (row) => folded(row.entry.realm) === folded(entry.realm),
  );
  for (const row of old.slice(1)) deleteRow(index, row);
  const kept = old.map(({ entry: { account_source, ...rest } }) => rest);
  const members = [...kept, entry].flatMap((one) => Object.entries(one));
  const key = old[0]?.key ?? keyOf("Account", entry);
  return putRow(index, "Account", Object.fromEntries(members), key);
}

/** Merged: an answer without `foci` does not say that the client has left its family. */
function putMetadata(index: CacheIndex, entry: CacheEntry): Row {
  const old = metadataRow(index, folded(entry.environment), folded(entry.client_id));
  if (old === undefined) return putRow(index, "AppMetadata", entry);
  const isKnown = Object.keys(entry).every((name) => old.entry[name] === entry[name]);
  return putRow(index, "AppMetadata", isKnown ? old.entry : { ...old.entry, ...entry }, old.key);
}

function checkOptions(options: unknown): asserts options is TokenCacheOptions {
  if (!isObject(options)) throw must("options must be an object", options);
  for (const [name, value] of Object.entries(options)) {
    if (name !== "maxEntries") {
      throw new MsalError(
        "invalid_argument",
        `There is no option ${quote(name)}. The only option is maxEntries.`,
      );
    }
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) continue;
    throw new MsalError(
      "invalid_argument",
      `The option maxEntries must be a whole number, 1 or more; it is ${describeNumber(value)}.`,
    );
  }
}

function checkEvent(event: unknown, now: unknown): void {
  if (!isObject(event)) throw must("event must be an object", event);
  const { response, scope, token_endpoint: endpoint } = event;
  if (response !== undefined && !isObject(response)) {
    throw must("event.response must be an object, the token response", response);
  }
  if (scope !== undefined && !isTexts(scope)) {
    throw must('event.scope must be an array of strings, for example ["User.Read"]', scope);
  }
  if (endpoint !== undefined && !isEndpoint(endpoint)) {
    throw must("event.token_endpoint must be a URL", endpoint);
  }
  if (!Number.isFinite(now)) throw must("now must be a number, seconds since the epoch", now);
}

function must(what: string, value: unknown): MsalError {
  return new MsalError("invalid_argument", `${what}; it is ${describe(value)}.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function checkFind(credentialType: CredentialType, options: unknown): void {
  if (!SECTIONS.includes(credentialType)) {
    throw must(`credentialType must be one of ${SECTIONS.join(", ")}`, credentialType);
  }
  if (!isObject(options)) throw must("options must be an object", options);
  const { target, query } = options;
  if (target !== undefined && !isTexts(target)) {
    throw must('target must be an array of scopes, for example ["User.Read"]', target);
  }
  if (query !== undefined && !isObject(query)) {
    throw must('query must be an object, for example { client_id: "..." }', query);
  }
  for (const [name, value] of Object.entries(query ?? {})) {
    // null is not typed, but what MSAL Python's users write for the owner of an app's own token.
    if (value === undefined || value === null || typeof value === "string") continue;
    throw must(`query.${name} must be a string`, value);
  }
}

function covers(entry: CacheEntry, scopes: readonly string[]): boolean {
  if (scopes.length === 0) return true;
  const granted = (text(entry.target) ?? "").toLowerCase().split(/\s+/);
  return scopes.every((scope) => granted.includes(scope));
}

function has(entry: CacheEntry, name: string, query: string | null | undefined): boolean {
  if (query === undefined) return true;
  const wanted = query ?? "";
  const value = Object.hasOwn(entry, name) ? (entry[name] ?? "") : "";
  if (FOLDED.includes(name)) return String(value).toLowerCase() === wanted.toLowerCase();
  return String(value) === wanted;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
