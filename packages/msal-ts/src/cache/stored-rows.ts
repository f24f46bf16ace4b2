/**
 * Rows that a store has, as far as they are in memory: read when they are first needed, and asked for again
 * when they have become too old.
 *
 * @module
 */
import type { Call } from "../call.js";
import { MsalError } from "../errors.js";
import { orAbort } from "../http/abort.js";
import type { CacheIndex } from "./cache-index.js";
import type { Age, CacheRows, OwnerKind } from "./cache-rows.js";
import { type Owner, PARTITION_PREFIX, partitionName } from "./owner.js";
import { PendingWrites } from "./pending-writes.js";
import { ResidentPartitions } from "./resident-partitions.js";
import { checkEntries, markOf, patiently, reasonOf } from "./store-answers.js";
import { AT_ONCE, StoreContact } from "./store-contact.js";
import { type StoredPartition, takeOver } from "./stored-partition.js";
import type { TokenStore } from "./token-store.js";

/**
 * What is younger than this is fresh: several steps of one call need not ask again. A user who signs in at
 * another server meanwhile takes longer to come back. Seconds.
 */
const FRESH = 0.1;

/** Rows of owners in partitions, the least recently used of which leave memory first. */
export class StoredRows implements CacheRows {
  readonly #store: TokenStore;
  readonly #maxAge: number;
  readonly #contact = new StoreContact();
  readonly #writes: PendingWrites;
  readonly #partitions: ResidentPartitions;
  #closing: Promise<void> | undefined;

  constructor(store: TokenStore, options: { maxAge: number; maxPartitions: number }) {
    this.#store = store;
    this.#maxAge = options.maxAge / 1000;
    this.#writes = new PendingWrites(store, this.#contact, () => this.#partitions.makeRoomSoon());
    this.#partitions = new ResidentPartitions(options.maxPartitions, this.#writes);
  }

  at(owner: Owner): CacheIndex {
    return this.#partitions.need(partitionName(owner)).index;
  }

  *inMemory(): Iterable<CacheIndex> {
    for (const { index } of this.#partitions.all()) yield index;
  }

  open(call: Call, owner: Owner, age: Age): CacheIndex | Promise<CacheIndex> {
    this.#contact.follow(call);
    const partition = this.#partitions.need(partitionName(owner));
    return this.#isOfAge(partition, age) ? partition.index : this.#renew(call, partition);
  }

  async openAll(call: Call, kinds: readonly OwnerKind[], age: Age): Promise<readonly CacheIndex[]> {
    this.#contact.follow(call);
    const names = [...(await this.#names(call, kinds))];
    const opened: CacheIndex[] = [];
    const held: StoredPartition[] = [];
    try {
      for (let i = 0; i < names.length; i += AT_ONCE) {
        const some = names.slice(i, i + AT_ONCE).map((name) => {
          const partition = this.#partitions.visit(name);
          partition.held++;
          held.push(partition);
          return this.#isOfAge(partition, age) ? partition.index : this.#renew(call, partition);
        });
        opened.push(...(await Promise.all(some)));
      }
      return opened;
    } finally {
      for (const partition of held) partition.held--;
      this.#partitions.makeRoomSoon();
    }
  }

  settle(call: Call, owner?: Owner): Promise<void> | undefined {
    if (this.#writes.isEmpty) return undefined;
    this.#contact.follow(call);
    const written = this.#writes.write(owner && partitionName(owner));
    if (written === undefined) return undefined;
    return orAbort(
      written.then(() => {}),
      call.signal,
    );
  }

  async flush(): Promise<void> {
    this.#contact.wake();
    const left = (await this.#writes.write()) ?? 0;
    if (left === 0) return;
    throw new MsalError(
      "store_error",
      `The token store did not take the entries of ${left} partition(s); they are still in memory. See the log for the reason, and call flush() again when the store can be reached.`,
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const [flushed] = await Promise.allSettled([this.flush()]);
    this.#contact.close();
    this.#writes.stop();
    this.#partitions.stop();
    try {
      await patiently(() => this.#store.close?.());
    } catch (error) {
      if (flushed.status === "fulfilled") {
        throw new MsalError(
          "store_error",
          `The token store could not be closed (${reasonOf(error)}). Everything was written.`,
        );
      }
    }
    if (flushed.status === "rejected") throw flushed.reason;
  }

  #isOfAge({ loaded, checkedAt }: StoredPartition, age: Age): boolean {
    if (loaded && age === "any") return true;
    const old = this.#contact.now() - checkedAt;
    const limit = age === "fresh" ? Math.min(FRESH, this.#maxAge) : this.#maxAge;
    // A clock that was set back says nothing about how old something is.
    if (loaded && age !== "latest" && old >= 0 && old < limit) return true;
    return this.#contact.isAway();
  }

  async #renew(call: Call, partition: StoredPartition): Promise<CacheIndex> {
    if (partition.reading === undefined) {
      partition.reading = this.#read(partition).finally(() => {
        partition.reading = undefined;
        partition.meanwhile.clear();
        this.#partitions.makeRoomSoon();
      });
    }
    await orAbort(partition.reading, call.signal);
    return partition.index;
  }

  /** Never rejects. The mark is taken before the entries: what changes between the two is seen next time. */
  async #read(partition: StoredPartition): Promise<void> {
    const { name } = partition;
    try {
      // One way there and back at first: the mark is of use only when there is something to compare it with.
      const version = partition.loaded
        ? markOf(await patiently((signal) => this.#store.version?.(name, signal)))
        : undefined;
      if (version === undefined || version !== partition.version) {
        const entries = await patiently((signal) => this.#store.read(name, signal));
        const refused = takeOver(partition, checkEntries(entries));
        if (refused > 0) {
          this.#contact.logger.warn(
            `The token store holds ${refused} entries in a partition that do not belong there or are damaged: they are not used.`,
          );
        }
      }
      partition.version = version;
      partition.loaded = true;
      partition.checkedAt = this.#contact.now();
      this.#writes.hurry();
    } catch (error) {
      this.#contact.rest();
      this.#contact.logger.warn(
        `The token store could not be read (${reasonOf(error)}): what is in memory has to do.`,
      );
    }
  }

  /** Names of partitions: users before assertions. */
  async #names(call: Call, kinds: readonly OwnerKind[]): Promise<Iterable<string>> {
    const prefixes = kinds.map((kind) => PARTITION_PREFIX[kind]);
    const found = new Set(this.#partitions.names());
    if (this.#store.partitions === undefined) {
      if (kinds.includes("user")) {
        throw new MsalError(
          "invalid_argument",
          "The token store behind this cache does not tell which users it has (it has no partitions()): call getAccounts({ homeAccountId }) with the id that is kept in the user's session.",
        );
      }
    } else if (!this.#contact.isAway()) {
      let names: AsyncIterator<string> | undefined;
      try {
        const asked = this.#store.partitions(call.signal?.native)[Symbol.asyncIterator]();
        names = asked;
        for (;;) {
          const next = await orAbort(
            patiently(() => asked.next()),
            call.signal,
          );
          if (next.done) break;
          if (typeof next.value === "string") found.add(next.value);
        }
      } catch (error) {
        // A cursor or a connection may be open. Its answer is of no interest.
        patiently(() => names?.return?.()).catch(() => {});
        call.signal?.throwIfAborted();
        this.#contact.rest();
        this.#contact.logger.warn(
          `The token store could not be asked who is in it (${reasonOf(error)}): those in memory have to do.`,
        );
      }
    }
    return prefixes.flatMap((prefix) => [...found].filter((name) => name.startsWith(prefix)));
  }
}
