/**
 * Which partitions are in memory: those that are needed, and of more than there may be, the ones that were
 * not used for longest leave.
 *
 * @module
 */
import type { PendingWrites } from "./pending-writes.js";
import { createPartition, type StoredPartition } from "./stored-partition.js";

/** Partitions looked at, beside those that are too many, in search of some that may leave memory. */
const LOOKED_AT = 100;

/** Partitions in memory, by name. */
export class ResidentPartitions {
  readonly #max: number;
  readonly #writes: PendingWrites;
  /** By name, those that came first or were spared last at the beginning. */
  readonly #partitions = new Map<string, StoredPartition>();
  /** Those that nobody needed but who looked at everybody: they leave first. */
  readonly #visitors = new Set<StoredPartition>();
  #sweep: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /**
   * @param max - How many there may be, beside those in use and those not written yet.
   * @param writes - Takes those that have changed, and knows which are not written yet.
   */
  constructor(max: number, writes: PendingWrites) {
    this.#max = max;
    this.#writes = writes;
  }

  all(): Iterable<StoredPartition> {
    return this.#partitions.values();
  }

  names(): Iterable<string> {
    return this.#partitions.keys();
  }

  /** A partition that somebody needs. */
  need(name: string): StoredPartition {
    const partition = this.#partitions.get(name) ?? this.#create(name);
    partition.used = true;
    this.#visitors.delete(partition);
    return partition;
  }

  /** A partition that somebody looks at who looks at everybody: that does not drive out those who are in use. */
  visit(name: string): StoredPartition {
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const room = this.#partitions.size < this.#max;
    const partition = this.#create(name);
    if (!room) {
      partition.used = false;
      this.#visitors.add(partition);
    }
    return partition;
  }

  #create(name: string): StoredPartition {
    const partition = createPartition(name, () => {
      this.#writes.add(partition);
    });
    this.#partitions.set(name, partition);
    this.makeRoomSoon();
    return partition;
  }

  /**
   * Not at once: who was given a partition has done with it what is to be done when the next timer fires.
   * So there are never two of one name, of which one would not know what the other has.
   */
  makeRoomSoon(): void {
    if (this.#sweep !== undefined || this.#stopped) return;
    if (this.#partitions.size <= this.#max) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      this.#makeRoom();
    }, 0);
    (this.#sweep as { unref?(): void }).unref?.();
  }

  /** No partition leaves any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#sweep);
  }

  /** Visitors first, then by second chance: whoever was used since its last turn goes to the end. */
  #makeRoom(): void {
    for (const visitor of this.#visitors) {
      if (this.#partitions.size <= this.#max) return;
      if (!this.#isBusy(visitor)) this.#drop(visitor);
    }
    let looks = 2 * (this.#partitions.size - this.#max) + LOOKED_AT;
    for (const partition of this.#partitions.values()) {
      if (this.#partitions.size <= this.#max || looks-- === 0) return;
      this.#partitions.delete(partition.name);
      if (!partition.used && !this.#isBusy(partition)) continue;
      partition.used = false;
      this.#partitions.set(partition.name, partition);
    }
  }

  /** Nothing unwritten leaves, and nothing that somebody waits for. */
  #isBusy(partition: StoredPartition): boolean {
    const { held, reading } = partition;
    return held > 0 || reading !== undefined || this.#writes.has(partition);
  }

  #drop(partition: StoredPartition): void {
    this.#partitions.delete(partition.name);
    this.#visitors.delete(partition);
  }
}
