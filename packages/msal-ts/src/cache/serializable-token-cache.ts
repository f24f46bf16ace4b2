/**
 * A token cache that can be written down and read back.
 *
 * @module
 */
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { type CacheIndex, createIndex, putRow } from "./cache-index.js";
import { MemoryRows } from "./cache-rows.js";
import { type CacheEntry, type CredentialType, isTooDeep, MAX_DEPTH, SECTIONS } from "./schema.js";
import { replaceRows, TokenCache } from "./token-cache.js";

/**
 * A {@link TokenCache} that becomes text and back, in the unified schema: MSAL Python and msal-node read
 * it. The text holds tokens in the clear; keep it where only its owner can read it.
 */
export class SerializableTokenCache extends TokenCache {
  #rows = new MemoryRows();
  /** `version` of the index when it was last written or read. */
  #saved = 0;
  #forced: boolean | undefined;

  constructor() {
    super();
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

  /** The cache as JSON. Clears {@link hasStateChanged}. */
  serialize(): string {
    const sections: [string, unknown][] = [];
    for (const [name, section] of this.#rows.index.sections) {
      // fromEntries defines members, so that a row called "__proto__" stays a row.
      sections.push([
        name,
        section instanceof Map
          ? Object.fromEntries(Array.from(section.values(), (row) => [row.key, row.entry]))
          : section.foreign,
      ]);
    }
    const state = JSON.stringify(Object.fromEntries(sections));
    this.#settle();
    return state;
  }

  /**
   * Replaces everything by what `serialize()` of any MSAL wrote. Unknown sections and members are kept.
   *
   * @param state - JSON; `null`, `undefined` and `""` empty the cache.
   * @throws {@link MsalError} `invalid_cache` if it is no cache; the cache stays as it was then.
   */
  deserialize(state: string | null | undefined): void {
    const empty = state === null || state === undefined || state === "";
    this.#rows = new MemoryRows(empty ? createIndex() : read(state));
    replaceRows(this, this.#rows);
    this.#settle();
  }

  #settle(): void {
    this.#saved = this.#rows.index.version;
    this.#forced = undefined;
  }
}

function read(state: string): CacheIndex {
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
  if (isTooDeep(parsed)) throw invalid(`is nested deeper than ${MAX_DEPTH} levels`);
  const index = createIndex();
  for (const [name, section] of Object.entries(parsed)) {
    if (!isSection(name)) {
      index.sections.set(name, { foreign: section });
      continue;
    }
    if (!isObject(section)) {
      throw invalid(`must hold an object as ${name}; it is ${describe(section)}`);
    }
    index.sections.set(name, new Map());
    for (const [key, entry] of Object.entries(section)) {
      if (!isObject(entry)) {
        throw invalid(`must hold objects in ${name}; one of them is ${describe(entry)}`);
      }
      putRow(index, name, entry, key);
    }
  }
  return index;
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
