/**
 * What a store has not got yet: written when somebody waits for it, or when its turn comes, and again until
 * the store takes it.
 *
 * @module
 */
import { checkEntries, patiently, reasonOf } from "./store-answers.js";
import { AT_ONCE, REST, type StoreContact } from "./store-contact.js";
import { catchUp, changesOf, type StoredPartition } from "./stored-partition.js";
import type { StoredEntry, TokenStore } from "./token-store.js";

/** The longest pause between attempts to write what could not be written. Milliseconds. */
const LONGEST_PAUSE = 10_000;

/** Partitions of which the store has not got everything, as far as is known. */
export class PendingWrites {
  readonly #store: TokenStore;
  readonly #contact: StoreContact;
  readonly #ended: () => void;
  /** Partitions with something to write. */
  readonly #unwritten = new Set<StoredPartition>();
  /** Partitions that are being written. */
  readonly #writing = new Set<StoredPartition>();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pause = REST;

  /** @param ended - Called when a write has ended, and its partition may leave memory. */
  constructor(store: TokenStore, contact: StoreContact, ended: () => void) {
    this.#store = store;
    this.#contact = contact;
    this.#ended = ended;
  }

  get isEmpty(): boolean {
    return this.#unwritten.size === 0 && this.#writing.size === 0;
  }

  has(partition: StoredPartition): boolean {
    return this.#unwritten.has(partition) || this.#writing.has(partition);
  }

  /** A partition has something to write. */
  add(partition: StoredPartition): void {
    this.#unwritten.add(partition);
    this.#writeLater();
  }

  /**
   * Writes what there is so far. Never rejects.
   *
   * @param name - Of a partition; absent: of all.
   * @returns Of how many the store did not take it; undefined at once if there is nothing.
   */
  write(name?: string): Promise<number> | undefined {
    const all = [...new Set([...this.#writing, ...this.#unwritten])];
    const pending = name === undefined ? all : all.filter((one) => one.name === name);
    return pending.length === 0 ? undefined : this.#writeAll(pending);
  }

  /** A store that has just answered is there again: what waits for it waits no longer than it has to. */
  hurry(): void {
    if (this.#pause === REST) return;
    this.#pause = REST;
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#writeLater();
  }

  /** No turn comes any more. */
  stop(): void {
    clearTimeout(this.#retry);
  }

  /** Never rejects. @returns Of how many the store did not take it. */
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
      partition.writing = this.#writeNow(partition).finally(() => {
        partition.writing = undefined;
        this.#writing.delete(partition);
        this.#ended();
      });
    }
    // What another one began after the first wait has what we wait for in it.
    return (await partition.writing) ?? true;
  }

  async #writeNow(partition: StoredPartition): Promise<boolean> {
    if (this.#contact.closed) {
      this.#unwritten.delete(partition);
      this.#contact.logger.error("A token was obtained after close(): it is not kept.");
      return true;
    }
    if (this.#contact.isAway()) {
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
      this.hurry();
      return true;
    } catch (error) {
      this.#contact.logger.error(
        `The token store could not be written to (${reasonOf(error)}): what was obtained is in memory alone, and will be written later.`,
      );
      this.#again(partition, names);
      this.#contact.rest();
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
    const { changes, unfit } = changesOf(partition, this.#contact.now());
    if (unfit > 0) {
      this.#contact.logger.error(
        `${unfit} entries cannot be written as JSON: they are in memory alone.`,
      );
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
      this.#contact.logger.warn(
        `The token store could not be read before a late write (${reasonOf(error)}): what others wrote meanwhile may be lost.`,
      );
    }
  }

  #again(partition: StoredPartition, names: readonly string[]): void {
    partition.late = true;
    for (const name of names) partition.dirty.add(name);
    this.add(partition);
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

  /** What no call waits for is written when its turn comes; the wait keeps no process alive. */
  #writeLater(): void {
    if (this.#retry !== undefined || this.#contact.closed) return;
    this.#retry = setTimeout(async () => {
      this.#retry = undefined;
      await this.#writeAll([...this.#unwritten]);
      if (this.#unwritten.size > 0) this.#writeLater();
    }, this.#pause);
    (this.#retry as { unref?(): void }).unref?.();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
