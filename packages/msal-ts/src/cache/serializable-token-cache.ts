/**
 * A token cache that can be written down and read back.
 *
 * @module
 */
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { makeRoom } from "./bounds.js";
import { type CacheIndex, createIndex, putRow } from "./cache-index.js";
import { MemoryRows } from "./cache-rows.js";
import { type CacheEntry, type CredentialType, isTooDeep, MAX_DEPTH, SECTIONS } from "./schema.js";
import { replaceRows, TokenCache, type TokenCacheOptions } from "./token-cache.js";

/**
 * A {@link TokenCache} that becomes text and back, in the unified schema: MSAL Python and msal-node read
 * it. The text holds tokens in the clear; keep it where only its owner can read it.
 */
export class SerializableTokenCache extends TokenCache {
  readonly #maxEntries: number | undefined;
  #rows: MemoryRows;
  /** `version` of the index when it was last written or read. */
  #saved = 0;
  #forced: boolean | undefined;

  /**
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(options: TokenCacheOptions = {}) {
    super(options);
    this.#maxEntries = options.maxEntries;
    this.#rows = new MemoryRows(createIndex(this.#maxEntries));
    replaceRows(this, this.#rows);
  }

  /** Whether something changed since the last `serialize()` or `deserialize()`. */
  get hasStateChanged(): boolean {
    return this.#forced ?? this.#rows.index.version !== this.#saved;
  }

  set hasStateChanged(value: boolean) {
    this.#forced = value;
    if (!value) this.#settle();
  }

  /**
   * The cache as JSON. Clears {@link hasStateChanged}.
   *
   * @throws {@link MsalError} `invalid_cache` if it is longer than a string may be, which on Node.js it is from
   * about 90,000 users on. The cache stays as it is.
   */
  serialize(): string {
    const state = write(this.#rows.index);
    this.#settle();
    return state;
  }

  /**
   * Replaces everything by what `serialize()` of any MSAL wrote. Unknown sections and members are kept. Rows
   * beyond `maxEntries` leave, and {@link hasStateChanged} says so.
   *
   * @param state - JSON; `null`, `undefined` and `""` empty the cache.
   * @throws {@link MsalError} `invalid_cache` if it is no cache; the cache stays as it was then.
   */
  deserialize(state: string | null | undefined): void {
    const index = createIndex(this.#maxEntries);
    if (state !== null && state !== undefined && state !== "") read(state, index);
    this.#rows = new MemoryRows(index);
    replaceRows(this, this.#rows);
    this.#settle();
    makeRoom(index, []);
  }

  #settle(): void {
    this.#saved = this.#rows.index.version;
    this.#forced = undefined;
  }
}

function write({ sections }: CacheIndex): string {
  const state: Record<string, unknown> = {};
  for (const [name, section] of sections) {
    if (!(section instanceof Map)) {
      define(state, name, section.foreign);
      continue;
    }
    const rows: Record<string, CacheEntry> = {};
    for (const [key, row] of section) define(rows, key, row.entry);
    define(state, name, rows);
  }
  try {
    return JSON.stringify(state);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new MsalError(
      "invalid_cache",
      "The cache has outgrown what one string can hold, and cannot be serialized. It was left as it is. Keep it in a TokenStore, which writes single entries (new PersistedTokenCache(store)), or bound it (new SerializableTokenCache({ maxEntries })).",
    );
  }
}

/** Adds a member. A row called "__proto__" stays a row. */
function define<T>(object: Record<string, T>, name: string, value: T): void {
  if (name !== "__proto__") {
    object[name] = value;
    return;
  }
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Fills an empty index. */
function read(state: string, index: CacheIndex): void {
  if (typeof state !== "string") {
    throw invalid(`must be text, as serialize() wrote it; it is ${describe(state)}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(state);
  } catch {
    // The parser's own message quotes the text, and the text holds tokens.
    throw invalid(`is not JSON (${describe(state)}); was it cut off, or encrypted?`);
  }
  if (!isObject(parsed)) throw invalid(`must be a JSON object; it is ${describe(parsed)}`);
  for (const name of Object.keys(parsed)) {
    const section = parsed[name];
    if (!isSection(name)) {
      checkDepth(section, MAX_DEPTH - 1);
      index.sections.set(name, { foreign: section });
      continue;
    }
    if (!isObject(section)) {
      throw invalid(`must hold an object as ${name}; it is ${describe(section)}`);
    }
    index.sections.set(name, new Map());
    for (const key of Object.keys(section)) {
      const entry = section[key];
      if (!isObject(entry)) {
        throw invalid(`must hold objects in ${name}; one of them is ${describe(entry)}`);
      }
      checkDepth(entry, MAX_DEPTH - 2);
      putRow(index, name, entry, key);
    }
  }
}

function checkDepth(value: unknown, levels: number): void {
  if (isTooDeep(value, levels)) throw invalid(`is nested deeper than ${MAX_DEPTH} levels`);
}

function invalid(reason: string): MsalError {
  return new MsalError(
    "invalid_cache",
    `The serialized cache ${reason}. The cache was left as it was; to begin afresh, deserialize(null).`,
  );
}

function isSection(name: string): name is CredentialType {
  return (SECTIONS as readonly string[]).includes(name);
}

function isObject(value: unknown): value is CacheEntry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
