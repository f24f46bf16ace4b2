/**
 * The way from a call to the rows of an owner: at once when they are in memory, after a look at the
 * store where one stands behind the cache.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { CacheIndex } from "./cache-index.js";
import type { Owner } from "./owner.js";

/**
 * How old what is in memory may be: `"any"` age, as long as the store was read once; `"warm"`, not older than
 * the cache was told; `"fresh"`, when the next thing to do would be a request or to say that there is nothing;
 * `"latest"`, when an answer says that somebody else has been there since.
 */
export type Age = "any" | "warm" | "fresh" | "latest";

/** Owners of whom there may be many, and whom somebody wants to see all of. */
export type OwnerKind = "user" | "assertion";

/**
 * Where a cache keeps its rows: all together, or those of each owner apart. What is opened is good until
 * the next wait for a network or a store: who waited for one opens it again.
 */
export interface CacheRows {
  /** What of an owner is in memory. */
  at(owner: Owner): CacheIndex;
  /** Everything that is in memory. */
  inMemory(): Iterable<CacheIndex>;
  /** The rows of an owner. Never rejects because of a store: what is in memory has to do then. */
  open(call: Call, owner: Owner, age: Age): CacheIndex | Promise<CacheIndex>;
  /**
   * The rows of all owners of these kinds.
   *
   * @throws MsalError `invalid_argument` for users of a store that does not tell who there is.
   */
  openAll(call: Call, kinds: readonly OwnerKind[], age: Age): Promise<readonly CacheIndex[]>;
  /**
   * Waits until what changed is kept, or the store has failed to: of one owner; absent: of all. Rejects
   * when the call is aborted; it is kept all the same then.
   */
  settle(call: Call, owner?: Owner): Promise<void> | undefined;
}

/** Rows of all owners in one index, in memory alone. */
export class MemoryRows implements CacheRows {
  readonly index: CacheIndex;

  constructor(index: CacheIndex) {
    this.index = index;
  }

  at(): CacheIndex {
    return this.index;
  }

  inMemory(): Iterable<CacheIndex> {
    return [this.index];
  }

  open(): CacheIndex {
    return this.index;
  }

  /** What was exchanged for assertions is among the users' rows. */
  async openAll(_: Call, kinds: readonly OwnerKind[]): Promise<readonly CacheIndex[]> {
    return kinds.includes("user") ? [this.index] : [];
  }

  settle(): undefined {
    return undefined;
  }
}
