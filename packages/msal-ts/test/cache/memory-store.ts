/**
 * The simplest token store there can be: a map of maps, and what tests want to know about its use.
 *
 * @module
 */
import type { StoredEntry, TokenStore } from "msal-ts";

/** A store in memory that counts what it is asked, and fails when it is told to. */
export class MemoryStore implements TokenStore {
  readonly data = new Map<string, Map<string, StoredEntry>>();
  readonly calls: string[] = [];
  /** What to throw instead of an answer. */
  failure: Error | undefined;
  /** Awaited before each answer; told what was asked, such as `read user:…`. */
  delay: (what: string) => Promise<unknown> = async () => {};
  closed = false;
  #versions = new Map<string, number>();

  async read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    await this.#asked(`read ${partition}`, signal);
    const entries = this.data.get(partition) ?? new Map<string, StoredEntry>();
    return new Map([...entries].map(([key, { value }]) => [key, value]));
  }

  async write(
    partition: string,
    changes: ReadonlyMap<string, StoredEntry | null>,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#asked(`write ${partition}`, signal);
    const entries = this.data.get(partition) ?? new Map<string, StoredEntry>();
    for (const [key, entry] of changes) {
      if (entry === null) entries.delete(key);
      else entries.set(key, { ...entry });
    }
    if (entries.size === 0) this.data.delete(partition);
    else this.data.set(partition, entries);
    this.#versions.set(partition, (this.#versions.get(partition) ?? 0) + 1);
  }

  async version(partition: string, signal?: AbortSignal): Promise<string> {
    await this.#asked(`version ${partition}`, signal);
    return String(this.#versions.get(partition) ?? 0);
  }

  async *partitions(signal?: AbortSignal): AsyncIterable<string> {
    await this.#asked("partitions", signal);
    yield* [...this.data.keys()];
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #asked(what: string, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.calls.push(what);
    await this.delay(what);
    if (this.failure !== undefined) throw this.failure;
  }
}
