/**
 * A {@link TokenStore} in one file, which many processes share.
 *
 * @module
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { MsalError, type StoredEntry, type TokenStore } from "msal-ts";
import { type Change, type Contents, damaged, isObject } from "./contents.js";
import { codeOf, describe } from "./describe.js";
import { copyKeys, createVault, KeyLostError, type KeySource, type Vault } from "./key-source.js";
import { acquireLock, type Lock } from "./lock.js";
import { emptyPlain, parsePlain } from "./plain-contents.js";
import {
  makeFolderOf,
  readText,
  realPath,
  removeLeftovers,
  renamePatiently,
  replaceFile,
  stateOf,
} from "./replace-file.js";
import { emptySealed, isSealed, parseSealed } from "./sealed-contents.js";

/** How the entries of a file are encrypted: each by itself, with AES-256-GCM. */
export interface FileEncryption {
  /**
   * The keys, or who has them: `keyFromKeyring()`, `keyFromEnvironment()`, a function. The first one encrypts,
   * all of them decrypt. The first write after a new one came first encrypts everything with it.
   */
  keys: KeySource;
  /**
   * What entries are bound to: they cannot be read as part of anything else. Name it yourself where one file
   * has several paths. @defaultValue the file's path, without symbolic links
   */
  context?: string | undefined;
  /**
   * Takes a plain file over, and encrypts it with the first write. Otherwise it is refused. As long as this is set,
   * whoever can write to the folder can put a plain file in the encrypted one's place, and the next process takes
   * what is in it for its own: set it for the release that moves users over, and drop it afterwards.
   * @defaultValue `false`
   */
  adoptPlain?: boolean | undefined;
}

/** Options of {@link FileTokenStore}. */
export interface FileTokenStoreOptions {
  /**
   * `"none"`: tokens in the clear, in the schema that all MSALs share, where MSAL Python's extensions and others
   * read and write them, too; only the file's mode (0600) protects them.
   */
  encryption: FileEncryption | "none";
  /** How long to wait for other processes that write. Milliseconds. @defaultValue 4,000 */
  lockTimeout?: number | undefined;
}

const DEFAULT_LOCK_TIMEOUT = 4000;

/** A file that is empty or half there is being written by somebody who does not rename; how often it is read. */
const READS = 5;
const READ_PAUSE = 20;

/** As many states of a file that changes while it is read are looked at. */
const STATES = 50;

/** Locks by path: the threads of this process need not compete by files. */
const queues = new Map<string, Promise<void>>();

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
  readonly #given: string;
  readonly #options: FileTokenStoreOptions;
  readonly #lockTimeout: number;
  #place: Promise<Place> | undefined;
  #known: { mark: string | undefined; contents: Contents } | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #queue: Pending[] = [];
  #writing: Promise<void> | undefined;
  #tidied = false;
  /** It has been encrypted under our eyes: a plain one in its place is somebody's doing. */
  #wasSealed = false;
  #closed = false;

  /**
   * Touches no file yet.
   *
   * @param path - Of the file; folders that are missing above it are made with the first write.
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(path: string, options: FileTokenStoreOptions) {
    if (typeof path !== "string" || path === "") {
      throw invalidArgument(`path must be that of a file; it is ${describe(path)}.`);
    }
    this.#options = checkOptions(options);
    this.#given = resolve(path);
    this.#lockTimeout = options.lockTimeout ?? DEFAULT_LOCK_TIMEOUT;
  }

  /**
   * All entries of one partition. Never waits for the lock, unless the file is empty or half written.
   *
   * @throws {@link MsalError} `invalid_cache` for a damaged file; `store_error` if it cannot be read, or its key is missing.
   */
  async read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    checkPartition(partition);
    signal?.throwIfAborted();
    return this.#guarded("read", async () => (await this.#load()).read(partition));
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
    return this.#guarded("read", async () => {
      const { path } = await this.#find();
      const state = await stateOf(path);
      return state === undefined ? "none" : state.mark;
    });
  }

  /** Names of all partitions in the file. */
  async *partitions(signal?: AbortSignal): AsyncGenerator<string, void, undefined> {
    signal?.throwIfAborted();
    const contents = await this.#guarded("read", () => this.#load());
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
    return this.#guarded("renamed", async () => {
      const { path } = await this.#find();
      let aside: string | undefined;
      await makeFolderOf(path);
      await this.#locked(async () => {
        if (await this.#isUsable()) return;
        aside = `${path}.corrupt-${new Date().toISOString().replace(/[:.]/g, "-")}`;
        await renamePatiently(path, aside);
        this.#known = undefined;
      });
      return aside;
    });
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
      try {
        await makeFolderOf((await this.#find()).path);
        await this.#locked(
          async (lock) => {
            // All that came while we waited for the lock.
            batch = this.#queue.splice(0);
            if (batch.length > 0) await this.#commit(batch, lock);
          },
          () => this.#queue.length > 0,
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const told = explain(error, "written", this.#given);
        const failed = batch.length > 0 ? batch : this.#queue.splice(0);
        for (const { reject } of failed) reject(told);
      }
    }
    this.#writing = undefined;
  }

  async #commit(batch: readonly Pending[], lock: Lock): Promise<void> {
    const { path, lockPath, vault } = await this.#find();
    if (!this.#tidied || lock.hasLeftovers) {
      await removeLeftovers(path, lockPath);
      this.#tidied = true;
    }
    const before = await this.#load(lock);
    const after = await before.with(batch, Date.now() / 1000);
    if (after === before) return;
    const { mark } = await replaceFile(path, after.text(), async () => {
      if (await lock.isHeld()) return;
      throw new MsalError(
        "store_locked",
        `The lock of the cache file ${JSON.stringify(path)} was lost while it was written: this process stood still for too long. Nothing was changed; try again.`,
      );
    });
    this.#known = { mark, contents: after };
    this.#wasSealed ||= vault !== undefined;
  }

  /** What is in the file now. One after the other: who comes second mostly finds it read already. */
  async #load(lock?: Lock): Promise<Contents> {
    const previous = this.#reading;
    const loading = previous.then(() => this.#loadNow(lock !== undefined));
    this.#reading = loading.catch(() => {});
    const contents = await loading;
    if (contents !== undefined) return contents;
    // Empty or half there for too long: with the lock nobody is writing.
    let found: Contents | undefined;
    await makeFolderOf((await this.#find()).path);
    await this.#locked(async (own) => {
      found = await this.#load(own);
    });
    return found ?? this.#empty((await this.#find()).vault);
  }

  /** @returns Undefined for a file that seems to be being written. */
  async #loadNow(isLocked: boolean): Promise<Contents | undefined> {
    const { path, vault } = await this.#find();
    for (let states = 0, reads = 0; states < STATES; states++) {
      const state = await stateOf(path);
      if (state === undefined) return this.#empty(vault);
      if (state.mark !== undefined && state.mark === this.#known?.mark) return this.#known.contents;
      let text: string;
      try {
        text = await readText(path);
      } catch (error) {
        // Moved aside in between.
        if (codeOf(error) === "ENOENT") continue;
        throw error;
      }
      if (!isDeepStrictEqual(await stateOf(path), state)) continue;
      const json = parseJson(text);
      if (json === undefined && !isLocked) {
        if (++reads >= READS) return undefined;
        await sleep(READ_PAUSE);
        continue;
      }
      if (text === "") return this.#empty(vault);
      const contents = this.#parse(json, path, vault);
      this.#known = { mark: state.mark, contents };
      return contents;
    }
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(path)} changes faster than it can be read.`,
    );
  }

  #empty(vault: Vault | undefined): Contents {
    return vault === undefined ? emptyPlain() : emptySealed(vault);
  }

  #parse(json: unknown, path: string, vault: Vault | undefined): Contents {
    if (json === undefined)
      throw damaged(path, "is not JSON; was it cut off, or encrypted by another program?");
    if (!isObject(json))
      throw damaged(path, `must hold a JSON object, and holds ${describe(json)}`);
    if (isSealed(json)) {
      if (vault !== undefined) {
        this.#wasSealed = true;
        return parseSealed(json, vault);
      }
      throw new MsalError(
        "store_error",
        `The cache file ${JSON.stringify(path)} is encrypted: name its keys in the option encryption, { keys }, instead of "none". The file was left as it is.`,
      );
    }
    const plain = parsePlain(json, path);
    if (vault === undefined) return plain;
    const { encryption } = this.#options;
    if (this.#wasSealed) {
      throw new MsalError(
        "store_error",
        `The cache file ${JSON.stringify(path)} was encrypted and is not any more: another program has replaced it, and it is not taken over. Remove it if you do not know why; users sign in again then. It was left as it is.`,
      );
    }
    if (encryption !== "none" && encryption.adoptPlain) return new Adopted(plain, vault);
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(path)} is not encrypted, although the option encryption asks for it. To take it over: encryption: { adoptPlain: true }. The file was left as it is.`,
    );
  }

  /** Whether the file can be read, all keys included. */
  async #isUsable(): Promise<boolean> {
    try {
      const contents = await this.#loadNow(true);
      for (const partition of contents?.partitions() ?? []) await contents?.read(partition);
      return true;
    } catch (error) {
      const isDamaged = error instanceof MsalError && error.code === "invalid_cache";
      // Keys that cannot be had at the moment are not lost, and what is not encrypted has not lost any.
      if (isDamaged || error instanceof KeyLostError) return false;
      throw error;
    }
  }

  /** @param wanted - Asked while we wait; `false` ends the wait without work. */
  async #locked(work: (lock: Lock) => Promise<void>, wanted?: () => boolean): Promise<void> {
    const { lockPath } = await this.#find();
    const previous = queues.get(lockPath);
    let done = (): void => {};
    const mine = new Promise<void>((resolve) => {
      done = resolve;
    });
    queues.set(lockPath, mine);
    const since = performance.now();
    try {
      const timeout = this.#lockTimeout;
      // Whoever waits no longer competes for the file, and finds it locked.
      if (previous !== undefined) await within(previous, timeout);
      const lock = await acquireLock(lockPath, { timeout, since, wanted });
      if (lock === undefined) return;
      try {
        await work(lock);
      } finally {
        await lock.release();
      }
    } finally {
      done();
      if (queues.get(lockPath) === mine) queues.delete(lockPath);
    }
  }

  #find(): Promise<Place> {
    this.#place ??= this.#resolve().catch((error: unknown) => {
      this.#place = undefined;
      throw error;
    });
    return this.#place;
  }

  async #resolve(): Promise<Place> {
    const { encryption } = this.#options;
    const path = await realPath(this.#given);
    const vault =
      encryption === "none"
        ? undefined
        : createVault(encryption.keys, path, encryption.context ?? path);
    return { path, lockPath: `${path}.lockfile`, vault };
  }

  async #guarded<T>(done: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explain(error, done, this.#given);
    }
  }
}

interface Place {
  /** Without symbolic links. */
  path: string;
  lockPath: string;
  /** Absent for plain files. */
  vault: Vault | undefined;
}

/** A plain file that becomes an encrypted one with the first write. */
class Adopted implements Contents {
  readonly #plain: Contents;
  readonly #vault: Vault;

  constructor(plain: Contents, vault: Vault) {
    this.#plain = plain;
    this.#vault = vault;
  }

  read(partition: string): Promise<ReadonlyMap<string, string>> {
    return this.#plain.read(partition);
  }

  partitions(): Iterable<string> {
    return this.#plain.partitions();
  }

  async with(changes: readonly Change[], now: number): Promise<Contents> {
    const all: Change[] = [];
    for (const partition of this.#plain.partitions()) {
      const entries = [...(await this.#plain.read(partition))];
      all.push({ partition, entries: new Map(entries.map(([key, value]) => [key, { value }])) });
    }
    return emptySealed(this.#vault).with([...all, ...changes], now);
  }

  text(): string {
    return this.#plain.text();
  }
}

/** Resolves when a promise does, or when so many milliseconds have passed. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  const controller = new AbortController();
  const time = sleep(milliseconds, undefined, { signal: controller.signal });
  await Promise.race([promise, time]);
  controller.abort();
  // Nobody waits for it any longer.
  time.catch(() => {});
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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

function checkPartition(partition: unknown): void {
  if (typeof partition === "string") return;
  throw invalidArgument(`partition must be a string; it is ${describe(partition)}.`);
}

/** Copies: what the caller changes later is not written. */
function checkChanges(changes: unknown): Map<string, StoredEntry | null> {
  if (!(changes instanceof Map)) {
    throw invalidArgument(`changes must be a Map; it is ${describe(changes)}.`);
  }
  const copy = new Map<string, StoredEntry | null>();
  for (const [key, entry] of changes as Map<unknown, unknown>) {
    const { value, expiresAt } = (entry ?? {}) as Partial<StoredEntry>;
    const isTime = expiresAt === undefined || Number.isFinite(expiresAt);
    if (typeof key !== "string" || (entry !== null && (typeof value !== "string" || !isTime))) {
      throw invalidArgument(
        "changes must lead from keys, strings, to { value, expiresAt? }, a string and a number, or to null.",
      );
    }
    if (entry === null || value === undefined) copy.set(key, null);
    else copy.set(key, expiresAt === undefined ? { value } : { value, expiresAt });
  }
  return copy;
}

function checkOptions(options: unknown): FileTokenStoreOptions {
  if (!isObject(options)) {
    throw invalidArgument(`options must be an object, { encryption }; it is ${describe(options)}.`);
  }
  onlyThese(options, ["encryption", "lockTimeout"]);
  const { encryption, lockTimeout } = options as Partial<FileTokenStoreOptions>;
  const isTime = typeof lockTimeout === "number" && lockTimeout >= 0 && lockTimeout < 2 ** 31;
  if (lockTimeout !== undefined && !isTime) {
    throw invalidArgument(
      `The option lockTimeout must be a number of milliseconds, 0 or more; it is ${describe(lockTimeout)}.`,
    );
  }
  if (encryption === "none") return { encryption };
  if (!isObject(encryption)) {
    throw invalidArgument(
      `The option encryption must say how the tokens in the file are protected: { keys }, for example { keys: keyFromKeyring({ service: "my-app" }) }, or "none" for tokens in the clear; it is ${describe(encryption)}.`,
    );
  }
  onlyThese(encryption, ["keys", "context", "adoptPlain"]);
  const { keys, context, adoptPlain } = encryption as Partial<FileEncryption>;
  if (typeof keys !== "function" && !Array.isArray(keys)) {
    throw invalidArgument(
      `The option encryption.keys must be an array of { id, key }, or a function that resolves with one; it is ${describe(keys)}.`,
    );
  }
  if (context !== undefined && (typeof context !== "string" || context === "")) {
    throw invalidArgument(
      `The option encryption.context must be a string; it is ${describe(context)}.`,
    );
  }
  if (adoptPlain !== undefined && typeof adoptPlain !== "boolean") {
    throw invalidArgument(
      `The option encryption.adoptPlain must be true or false; it is ${describe(adoptPlain)}.`,
    );
  }
  const copied = typeof keys === "function" ? keys : copyKeys(keys);
  return { encryption: { keys: copied, context, adoptPlain } };
}

function onlyThese(options: Record<string, unknown>, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw invalidArgument(
      `There is no option ${JSON.stringify(name)}. The options are ${names.join(", ")}.`,
    );
  }
}

function invalidArgument(message: string): MsalError {
  return new MsalError("invalid_argument", message);
}
