/**
 * A token cache that outlives the process: a bounded layer in memory before a {@link TokenStore}.
 *
 * @module
 */
import { describe, describeNumber, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { StoredRows } from "./stored-rows.js";
import { replaceRows, TokenCache } from "./token-cache.js";
import type { TokenStore } from "./token-store.js";

/** Options of {@link PersistedTokenCache}. */
export interface PersistedTokenCacheOptions {
  /**
   * How long what is in memory is taken for what the store has, in milliseconds; then the store is asked
   * again; with 0 by every call. What is missing in memory is looked for in the store at once.
   * @defaultValue 30,000
   */
  maxAge?: number | undefined;
  /**
   * Partitions (users, tenants of an application, assertions) kept in memory; those in use at the moment, or
   * not written yet, come on top. @defaultValue 10,000
   */
  maxPartitions?: number | undefined;
}

const DEFAULT_MAX_AGE = 30_000;
const DEFAULT_MAX_PARTITIONS = 10_000;

/**
 * A {@link TokenCache} with a store behind it, which may be shared by many processes. Entries are read when
 * they are first needed and written one by one, each user's in a partition of their own: one client serves
 * all users. Clients wait until the store has what they obtained. When the store fails they serve what is in
 * memory, and what was not written is written later; the log says so.
 *
 * `add()` and `find()` see what is in memory.
 */
export class PersistedTokenCache extends TokenCache {
  readonly #rows: StoredRows;

  /**
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(store: TokenStore, options: PersistedTokenCacheOptions = {}) {
    super();
    checkStore(store);
    checkOptions(options);
    this.#rows = new StoredRows(store, {
      maxAge: options.maxAge ?? DEFAULT_MAX_AGE,
      maxPartitions: options.maxPartitions ?? DEFAULT_MAX_PARTITIONS,
    });
    replaceRows(this, this.#rows);
  }

  /**
   * Resolves when everything is written. A command line awaits it before it ends.
   *
   * @throws {@link MsalError} `store_error` when the store does not take it; it stays in memory then.
   */
  async flush(): Promise<void> {
    await this.#rows.flush();
  }

  /**
   * Writes what is to be written, then closes the store. The cache keeps nothing from then on. Closing it
   * again does nothing.
   *
   * @throws {@link MsalError} `store_error` when the store did not take it, and is closed all the same, or
   * when it cannot be closed.
   */
  async close(): Promise<void> {
    await this.#rows.close();
  }
}

function checkStore(store: unknown): asserts store is TokenStore {
  if (typeof store !== "object" || store === null) {
    throw new MsalError(
      "invalid_argument",
      `store must be a TokenStore, an object with read() and write(); it is ${describe(store)}.`,
    );
  }
  const members = store as Record<string, unknown>;
  for (const name of ["read", "write", "version", "partitions", "close"]) {
    const member = members[name];
    const optional = name !== "read" && name !== "write";
    if (typeof member === "function" || (optional && member === undefined)) continue;
    throw new MsalError(
      "invalid_argument",
      `store.${name} must be a function; it is ${describe(member)}.`,
    );
  }
}

function checkOptions(options: unknown): asserts options is PersistedTokenCacheOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new MsalError(
      "invalid_argument",
      `options must be an object; it is ${describe(options)}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === "maxAge") {
      if (typeof value === "number" && value >= 0) continue;
      throw new MsalError(
        "invalid_argument",
        `The option maxAge must be a number of milliseconds, 0 or more; it is ${describeNumber(value)}.`,
      );
    }
    if (name === "maxPartitions") {
      if (Number.isSafeInteger(value) && (value as number) >= 1) continue;
      throw new MsalError(
        "invalid_argument",
        `The option maxPartitions must be a whole number, 1 or more; it is ${describeNumber(value)}.`,
      );
    }
    throw new MsalError(
      "invalid_argument",
      `There is no option ${quote(name)}. The options are maxAge, maxPartitions.`,
    );
  }
}
