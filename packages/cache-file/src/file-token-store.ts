/**
 * A {@link TokenStore} in one file, which many processes share.
 *
 * @module
 */
import { resolve } from "node:path";
import { MsalError, type StoredEntry, type TokenStore } from "msal-ts";
import { CacheFile } from "./cache-file.js";
import type { Change } from "./contents.js";
import { codeOf } from "./describe.js";
import {
  checkChanges,
  checkOptions,
  checkPartition,
  checkPath,
  type FileTokenStoreOptions,
} from "./store-arguments.js";

const DEFAULT_LOCK_TIMEOUT = 4000;

interface Pending extends Change {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Keeps the entries of a `PersistedTokenCache` in a file. Each write replaces the file as a whole, under a lock
 * that other processes, and MSAL Python's extensions, respect (`<path>.lockfile`); writes of one process that
 * come together are one.
 */
export class FileTokenStore implements TokenStore {
  readonly #path: string;
  readonly #file: CacheFile;
  #queue: Pending[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;

  /**
   * Touches no file yet.
   *
   * @param path - Of the file; folders that are missing above it are made with the first write.
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(path: string, options: FileTokenStoreOptions) {
    checkPath(path);
    const { encryption, lockTimeout = DEFAULT_LOCK_TIMEOUT } = checkOptions(options);
    this.#path = resolve(path);
    this.#file = new CacheFile(this.#path, encryption, lockTimeout);
  }

  /**
   * All entries of one partition. Never waits for the lock, unless the file is empty or half written.
   *
   * @throws {@link MsalError} `invalid_cache` for a damaged file; `store_error` if it cannot be read, or its key is missing.
   */
  async read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    checkPartition(partition);
    signal?.throwIfAborted();
    return this.#guarded("read", async () => (await this.#file.contents()).read(partition));
  }

  /**
   * Sets and removes entries of one partition, all of them or none.
   *
   * @throws {@link MsalError} `store_locked` if the lock is not ours within `lockTimeout`; otherwise as {@link read}.
   */
  async write(
    partition: string,
    changes: ReadonlyMap<string, StoredEntry | null>,
    signal?: AbortSignal,
  ): Promise<void> {
    checkPartition(partition);
    const entries = checkChanges(changes);
    signal?.throwIfAborted();
    if (this.#closed) {
      throw new MsalError("store_error", "The store is closed: nothing is written any more.");
    }
    if (entries.size === 0) return;
    let leave = (): void => {};
    const written = new Promise<void>((resolve, reject) => {
      const pending = { partition, entries, resolve, reject };
      this.#queue.push(pending);
      leave = () => {
        // What is being written cannot be called back.
        if (!this.#queue.includes(pending)) return;
        this.#queue = this.#queue.filter((other) => other !== pending);
        reject(signal?.reason);
      };
    });
    signal?.addEventListener("abort", leave, { once: true });
    this.#writing ??= this.#writeAll();
    try {
      await written;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** Changes whenever the file does; undefined where the file system's clock is too coarse to tell. */
  async version(_partition: string, signal?: AbortSignal): Promise<string | undefined> {
    signal?.throwIfAborted();
    return this.#guarded("read", () => this.#file.mark());
  }

  /** Names of all partitions in the file. */
  async *partitions(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    signal?.throwIfAborted();
    const contents = await this.#guarded("read", () => this.#file.contents());
    yield* contents.partitions();
  }

  /**
   * Renames a file that cannot be read: damaged, or encrypted with a key that is lost. What is in it is not
   * read again.
   *
   * @returns Its new path, `<path>.corrupt-<time>`; undefined if the file is in order, or there is none.
   * @throws {@link MsalError} `store_locked`; `store_error` if it cannot be renamed.
   */
  async moveAside(): Promise<string | undefined> {
    return this.#guarded("renamed", () => this.#file.moveAside());
  }

  /** Resolves when all that was begun is written. Nothing is written from then on. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Never rejects: each writer is told by itself. */
  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      let batch: Pending[] = [];
      // All that came while we waited for the lock.
      const take = () => {
        batch = this.#queue.splice(0);
        return batch;
      };
      try {
        await this.#file.change(take, () => this.#queue.length > 0);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const told = explain(error, "written", this.#path);
        const failed = batch.length > 0 ? batch : this.#queue.splice(0);
        for (const { reject } of failed) reject(told);
      }
    }
    this.#writing = undefined;
  }

  async #guarded<T>(done: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(error, done, this.#path);
    }
  }
}

/** What the file system throws, in words. Its own messages name paths alone. */
function explain(error: unknown, done: string, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof MsalError || code === undefined) return error;
  return new MsalError(
    "store_error",
    `The cache file ${JSON.stringify(path)} could not be ${done} (${code}). Its folder must exist or be made, and be writable for this user, on a disk with room for it.`,
    { cause: error },
  );
}
