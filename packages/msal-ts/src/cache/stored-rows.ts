/**
 * Rows that a store has, as far as they are in memory: read when they are first needed, written one by
 * one, and the partitions that were not used for longest leave first.
 *
 * @module
 */
import { type Call, type Clock, type Logger, SILENT } from "../call.js";
import { MsalError } from "../errors.js";
import { orAbort } from "../http/abort.js";
import type { CacheIndex } from "./cache-index.js";
import type { Age, CacheRows, OwnerKind } from "./cache-rows.js";
import { type Owner, PARTITION_PREFIX, partitionName } from "./owner.js";
import { checkEntries, markOf, patiently, reasonOf } from "./store-answers.js";
import {
  catchUp,
  changesOf,
  createPartition,
  type StoredPartition,
  takeOver,
} from "./stored-partition.js";
import type { StoredEntry, TokenStore } from "./token-store.js";

/** How long a store that failed is left alone. Milliseconds. */
const REST = 1000;

/** The longest pause between attempts to write what could not be written. Milliseconds. */
const LONGEST_PAUSE = 10_000;

/**
 * What is younger than this is fresh: several steps of one call need not ask again. A user who signs in at
 * another server meanwhile takes longer to come back. Seconds.
 */
const FRESH = 0.1;

/** Partitions looked at, beside those that are too many, in search of some that may leave memory. */
const LOOKED_AT = 100;

/** Partitions that are read or written at the same time when all are wanted. */
const AT_ONCE = 64;

/** Rows of owners in partitions, the least recently used of which leave memory first. */
export class StoredRows implements CacheRows {
  readonly #store: TokenStore;
  readonly #maxAge: number;
  readonly #maxPartitions: number;
  /** By name, those that came first or were spared last at the beginning. */
  readonly #partitions = new Map<string, StoredPartition>();
  /** Those that nobody needed but who looked at everybody: they leave first. */
  readonly #visitors = new Set<StoredPartition>();
  /** Partitions with something to write. */
  readonly #unwritten = new Set<StoredPartition>();
  /** Partitions that are being written. */
  readonly #writing = new Set<StoredPartition>();
  /** What went wrong is told where the client that used the cache last tells it. */
  #logger: Logger = SILENT;
  #clock: Pick<Clock, "now"> = { now: () => Date.now() / 1000 };
  /** Until when the store is left alone; milliseconds of a clock that nobody sets. */
  #restUntil = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #sweep: ReturnType<typeof setTimeout> | undefined;
  #pause = REST;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(store: TokenStore, options: { maxAge: number; maxPartitions: number }) {
    this.#store = store;
    this.#maxAge = options.maxAge / 1000;
    this.#maxPartitions = options.maxPartitions;
  }

  at(owner: Owner): CacheIndex {
    return this.#partition(partitionName(owner)).index;
  }

  *inMemory(): Iterable<CacheIndex> {
    for (const { index } of this.#partitions.values()) yield index;
  }

  open(call: Call, owner: Owner, age: Age): CacheIndex | Promise<CacheIndex> {
    this.#follow(call);
    const partition = this.#partition(partitionName(owner));
    return this.#isOfAge(partition, age) ? partition.index : this.#renew(call, partition);
  }

  async openAll(call: Call, kinds: readonly OwnerKind[], age: Age): Promise<readonly CacheIndex[]> {
    this.#follow(call);
    const names = [...(await this.#names(call, kinds))];
    const opened: CacheIndex[] = [];
    const held: StoredPartition[] = [];
    try {
      for (let i = 0; i < names.length; i += AT_ONCE) {
        const some = names.slice(i, i + AT_ONCE).map((name) => {
          const partition = this.#partitions.get(name) ?? this.#visitor(name);
          partition.held++;
          held.push(partition);
          return this.#isOfAge(partition, age) ? partition.index : this.#renew(call, partition);
        });
        opened.push(...(await Promise.all(some)));
      }
      return opened;
    } finally {
      for (const partition of held) partition.held--;
      this.#makeRoomSoon();
    }
  }

  settle(call: Call, owner?: Owner): Promise<void> | undefined {
    if (this.#unwritten.size === 0 && this.#writing.size === 0) return undefined;
    this.#follow(call);
    const name = owner && partitionName(owner);
    const pending = this.#pending().filter((one) => name === undefined || one.name === name);
    if (pending.length === 0) return undefined;
    const written = this.#writeAll(pending).then(() => {});
    return orAbort(written, call.signal);
  }

  async flush(): Promise<void> {
    this.#restUntil = 0;
    const left = await this.#writeAll(this.#pending());
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
    this.#closed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#sweep);
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

  /** Tells and times what goes wrong as the client does that uses the cache now. */
  #follow({ client }: Call): void {
    this.#logger = client.logger;
    this.#clock = client.clock;
  }

  #partition(name: string): StoredPartition {
    const partition = this.#partitions.get(name) ?? this.#create(name);
    partition.used = true;
    this.#visitors.delete(partition);
    return partition;
  }

  /** Who looks at everybody does not drive out those who are in use. */
  #visitor(name: string): StoredPartition {
    const room = this.#partitions.size < this.#maxPartitions;
    const partition = this.#create(name);
    if (!room) {
      partition.used = false;
      this.#visitors.add(partition);
    }
    return partition;
  }

  #create(name: string): StoredPartition {
    const partition = createPartition(name, () => {
      this.#unwritten.add(partition);
      this.#writeLater();
    });
    this.#partitions.set(name, partition);
    this.#makeRoomSoon();
    return partition;
  }

  /**
   * Not at once: who was given a partition has done with it what is to be done when the next timer fires.
   * So there are never two of one name, of which one would not know what the other has.
   */
  #makeRoomSoon(): void {
    if (this.#sweep !== undefined || this.#closed) return;
    if (this.#partitions.size <= this.#maxPartitions) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      this.#makeRoom();
    }, 0);
    (this.#sweep as { unref?(): void }).unref?.();
  }

  /** Visitors first, then by second chance: whoever was used since its last turn goes to the end. */
  #makeRoom(): void {
    for (const visitor of this.#visitors) {
      if (this.#partitions.size <= this.#maxPartitions) return;
      if (!this.#isBusy(visitor)) this.#drop(visitor);
    }
    let looks = 2 * (this.#partitions.size - this.#maxPartitions) + LOOKED_AT;
    for (const partition of this.#partitions.values()) {
      if (this.#partitions.size <= this.#maxPartitions || looks-- === 0) return;
      this.#partitions.delete(partition.name);
      if (!partition.used && !this.#isBusy(partition)) continue;
      partition.used = false;
      this.#partitions.set(partition.name, partition);
    }
  }

  /** Nothing unwritten leaves, and nothing that somebody waits for. */
  #isBusy(partition: StoredPartition): boolean {
    const { held, reading } = partition;
    const writing = this.#unwritten.has(partition) || this.#writing.has(partition);
    return held > 0 || reading !== undefined || writing;
  }

  #drop(partition: StoredPartition): void {
    this.#partitions.delete(partition.name);
    this.#visitors.delete(partition);
  }

  #isOfAge({ loaded, checkedAt }: StoredPartition, age: Age): boolean {
    if (loaded && age === "any") return true;
    const old = this.#clock.now() - checkedAt;
    const limit = age === "fresh" ? Math.min(FRESH, this.#maxAge) : this.#maxAge;
    // A clock that was set back says nothing about how old something is.
    if (loaded && age !== "latest" && old >= 0 && old < limit) return true;
    return this.#closed || this.#isResting();
  }

  #isResting(): boolean {
    return performance.now() < this.#restUntil;
  }

  #rest(): void {
    this.#restUntil = performance.now() + REST;
  }

  async #renew(call: Call, partition: StoredPartition): Promise<CacheIndex> {
    if (partition.reading === undefined) {
      partition.reading = this.#read(partition).finally(() => {
        partition.reading = undefined;
        partition.meanwhile.clear();
        this.#makeRoomSoon();
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
          this.#logger.warn(
            `The token store holds ${refused} entries in a partition that do not belong there or are damaged: they are not used.`,
          );
        }
      }
      partition.version = version;
      partition.loaded = true;
      partition.checkedAt = this.#clock.now();
      this.#hurry();
    } catch (error) {
      this.#rest();
      this.#logger.warn(
        `The token store could not be read (${reasonOf(error)}): what is in memory has to do.`,
      );
    }
  }

  /** Names of partitions: users before assertions. */
  async #names(call: Call, kinds: readonly OwnerKind[]): Promise<Iterable<string>> {
    const prefixes = kinds.map((kind) => PARTITION_PREFIX[kind]);
    const found = new Set(this.#partitions.keys());
    if (this.#store.partitions === undefined) {
      if (kinds.includes("user")) {
        throw new MsalError(
          "invalid_argument",
          "The token store behind this cache does not tell which users it has (it has no partitions()): call getAccounts({ homeAccountId }) with the id that is kept in the user's session.",
        );
      }
    } else if (!this.#closed && !this.#isResting()) {
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
        this.#rest();
        this.#logger.warn(
          `The token store could not be asked who is in it (${reasonOf(error)}): those in memory have to do.`,
        );
      }
    }
    return prefixes.flatMap((prefix) => [...found].filter((name) => name.startsWith(prefix)));
  }

  /** Partitions whose entries the store has not got, as far as is known. */
  #pending(): StoredPartition[] {
    return [...new Set([...this.#writing, ...this.#unwritten])];
  }

  /** Writes what there is so far. Never rejects. @returns Of how many the store did not take it. */
  async #writeAll(partitions: readonly StoredPartition[]): Promise<number> {
    let left = 0;
    for (let i = 0; i < partitions.length; i += AT_ONCE) {
      const some = partitions.slice(i, i + AT_ONCE);
      const taken = await Promise.all(some.map((partition) => this.#written(partition)));
      left += taken.filter((one) => !one).length;
    }
    return left;
  }

  /** Whether everything so far is written; if not, the store did not take it. Never rejects. */
  async #written(partition: StoredPartition): Promise<boolean> {
    await partition.writing;
    if (this.#unwritten.has(partition) && partition.writing === undefined) {
      this.#writing.add(partition);
      partition.writing = this.#write(partition).finally(() => {
        partition.writing = undefined;
        this.#writing.delete(partition);
        this.#makeRoomSoon();
      });
    }
    // What another one began after the first wait has what we wait for in it.
    return (await partition.writing) ?? true;
  }

  async #write(partition: StoredPartition): Promise<boolean> {
    if (this.#closed) {
      this.#unwritten.delete(partition);
      this.#logger.error("A token was obtained after close(): it is not kept.");
      return true;
    }
    if (this.#isResting()) {
      partition.late = true;
      return false;
    }
    const names: string[] = [];
    let writing: Promise<void> | undefined;
    try {
      await patiently(async (signal) => {
        if (partition.late) await this.#catchUp(partition, signal);
        const changes = this.#take(partition);
        names.push(...changes.keys());
        writing = Promise.resolve(this.#store.write(partition.name, changes, signal));
        await writing;
      });
      partition.late = false;
      this.#hurry();
      return true;
    } catch (error) {
      this.#logger.error(
        `The token store could not be written to (${reasonOf(error)}): what was obtained is in memory alone, and will be written later.`,
      );
      this.#again(partition, names);
      this.#rest();
      if (writing !== undefined) this.#expect(writing, partition, names);
      return false;
    } finally {
      // A read that began before the write may not have seen it.
      if (partition.reading !== undefined) {
        for (const name of partition.sent) partition.meanwhile.add(name);
      }
      partition.sent.clear();
    }
  }

  /** What is to be written now, no longer waiting for its turn. */
  #take(partition: StoredPartition): Map<string, StoredEntry | null> {
    const { changes, unfit } = changesOf(partition, this.#clock.now());
    if (unfit > 0) {
      this.#logger.error(`${unfit} entries cannot be written as JSON: they are in memory alone.`);
    }
    this.#unwritten.delete(partition);
    partition.dirty.clear();
    for (const name of changes.keys()) partition.sent.add(name);
    return changes;
  }

  /** Before a late write. A store that can be written to but not read is written to all the same. */
  async #catchUp(partition: StoredPartition, signal: AbortSignal): Promise<void> {
    try {
      const entries = checkEntries(await this.#store.read(partition.name, signal));
      signal.throwIfAborted();
      catchUp(partition, entries);
    } catch (error) {
      signal.throwIfAborted();
      this.#logger.warn(
        `The token store could not be read before a late write (${reasonOf(error)}): what others wrote meanwhile may be lost.`,
      );
    }
  }

  #again(partition: StoredPartition, names: readonly string[]): void {
    partition.late = true;
    for (const name of names) partition.dirty.add(name);
    this.#unwritten.add(partition);
    this.#writeLater();
  }

  /** A write that was given up may still happen, after a newer one, and undo it: then that is written again. */
  #expect(late: Promise<void>, partition: StoredPartition, names: readonly string[]): void {
    partition.held++;
    late
      .then(
        () => this.#again(partition, names),
        () => {},
      )
      .finally(() => {
        partition.held--;
      });
  }

  /** A store that has just answered is there again: what waits for it waits no longer than it has to. */
  #hurry(): void {
    if (this.#pause === REST) return;
    this.#pause = REST;
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#writeLater();
  }

  /** What no call waits for is written when its turn comes; the wait keeps no process alive. */
  #writeLater(): void {
    if (this.#retry !== undefined || this.#closed) return;
    this.#retry = setTimeout(async () => {
      this.#retry = undefined;
      await this.#writeAll([...this.#unwritten]);
      if (this.#unwritten.size > 0) this.#writeLater();
    }, this.#pause);
    (this.#retry as { unref?(): void }).unref?.();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
