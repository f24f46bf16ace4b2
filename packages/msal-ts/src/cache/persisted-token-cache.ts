/**
 * A token cache that outlives the process: a bounded layer in memory before a {@link TokenStore}.
 *
 * @module
 */
import { type Call, type Clock, type Logger, SILENT } from "../call.js";
import { describe, describeNumber, quote } from "../describe.js";
import { isMsalError, MsalError } from "../errors.js";
import { orAbort } from "../http/abort.js";
import type { CacheIndex } from "./cache-index.js";
import type { Age, CacheRows, OwnerKind } from "./cache-rows.js";
import { type Owner, PARTITION_PREFIX, partitionName } from "./owner.js";
import { changesOf, createPartition, type StoredPartition, takeOver } from "./stored-partition.js";
import { replaceRows, TokenCache } from "./token-cache.js";
import type { TokenStore } from "./token-store.js";

/** Options of {@link PersistedTokenCache}. */
export interface PersistedTokenCacheOptions {
  /**
   * How long what is in memory is taken for what the store has, in milliseconds; then the store is asked
   * again. What is missing in memory is looked for in the store at once. @defaultValue 30,000
   */
  maxAge?: number | undefined;
  /** Partitions (users, tenants of an application, assertions) kept in memory at once. @defaultValue 10,000 */
  maxPartitions?: number | undefined;
}

const DEFAULT_MAX_AGE = 30_000;
const DEFAULT_MAX_PARTITIONS = 10_000;

/** How long a store is waited for. Milliseconds. */
const PATIENCE = 5000;

/** How long a store that failed is left alone. Milliseconds. */
const REST = 1000;

/** The longest pause between attempts to write what could not be written. Milliseconds. */
const LONGEST_PAUSE = 60_000;

/** What is no older than this is fresh: several steps of one call need not ask again. Seconds. */
const FRESH = 1;

/** Partitions looked at in search of one that may leave memory. */
const LOOKED_AT = 100;

/** Partitions that are read at the same time when all are wanted. */
const AT_ONCE = 64;

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
   * Writes what is to be written, then closes the store. The cache keeps nothing from then on.
   *
   * @throws {@link MsalError} `store_error` when the store did not take it; it is closed all the same.
   */
  async close(): Promise<void> {
    await this.#rows.close();
  }
}

/** Rows of owners in partitions, the least recently used of which leave memory first. */
class StoredRows implements CacheRows {
  readonly #store: TokenStore;
  readonly #maxAge: number;
  readonly #maxPartitions: number;
  /** By name, those that came first or were spared last at the beginning. */
  readonly #partitions = new Map<string, StoredPartition>();
  /** Partitions with something to write. */
  readonly #unwritten = new Set<StoredPartition>();
  /** What went wrong is told where the client that used the cache last tells it. */
  #logger: Logger = SILENT;
  #clock: Pick<Clock, "now"> = { now: () => Date.now() / 1000 };
  /** Until when the store is left alone; milliseconds since the epoch. */
  #restUntil = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pause = REST;
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
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const some = names.slice(i, i + AT_ONCE).map(async (name) => {
        const known = this.#partitions.get(name);
        if (known !== undefined && this.#isOfAge(known, age)) return known.index;
        // Who looks at everybody does not drive out those who are in use.
        const room = this.#partitions.size < this.#maxPartitions;
        const partition = known ?? (room ? this.#partition(name) : this.#passing(name));
        return this.#renew(call, partition);
      });
      opened.push(...(await Promise.all(some)));
    }
    return opened;
  }

  settle(call: Call, owner?: Owner): Promise<void> | undefined {
    if (this.#unwritten.size === 0) return undefined;
    this.#follow(call);
    const partitions =
      owner === undefined ? [...this.#unwritten] : [this.#partition(partitionName(owner))];
    const unwritten = partitions.filter((partition) => this.#unwritten.has(partition));
    if (unwritten.length === 0) return undefined;
    return Promise.all(unwritten.map((partition) => this.#written(partition))).then(() => {});
  }

  async flush(): Promise<void> {
    this.#restUntil = 0;
    await Promise.all([...this.#unwritten].map((partition) => this.#written(partition)));
    if (this.#unwritten.size === 0) return;
    throw new MsalError(
      "store_error",
      `The token store did not take the entries of ${this.#unwritten.size} partition(s); they are still in memory. See the log for the reason, and call flush() again when the store can be reached.`,
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.flush();
    } finally {
      this.#closed = true;
      clearTimeout(this.#retry);
      await this.#store.close?.();
    }
  }

  /** Tells and times what goes wrong as the client does that uses the cache now. */
  #follow({ client }: Call): void {
    this.#logger = client.logger;
    this.#clock = client.clock;
  }

  #partition(name: string): StoredPartition {
    let partition = this.#partitions.get(name);
    if (partition === undefined) {
      partition = this.#passing(name);
      this.#partitions.set(name, partition);
      this.#makeRoom();
    }
    partition.used = true;
    return partition;
  }

  /** A partition that is kept in memory only once it holds something that is to be written. */
  #passing(name: string): StoredPartition {
    const partition = createPartition(name, () => {
      if (!this.#partitions.has(name)) this.#partitions.set(name, partition);
      this.#unwritten.add(partition);
      this.#writeLater();
    });
    return partition;
  }

  /** Second chance: whoever was used since its last turn goes to the end. Nothing unwritten leaves. */
  #makeRoom(): void {
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      if (this.#partitions.size <= this.#maxPartitions) return;
      const [oldest] = this.#partitions.values();
      if (oldest === undefined) return;
      this.#partitions.delete(oldest.name);
      const busy = oldest.reading !== undefined || oldest.writing !== undefined;
      if (!oldest.used && !busy && !this.#unwritten.has(oldest)) continue;
      oldest.used = false;
      this.#partitions.set(oldest.name, oldest);
    }
  }

  #isOfAge({ loaded, checkedAt }: StoredPartition, age: Age): boolean {
    if (loaded && age === "any") return true;
    const old = this.#clock.now() - checkedAt;
    const limit = age === "fresh" ? Math.min(FRESH, this.#maxAge) : this.#maxAge;
    if (loaded && old >= 0 && old <= limit) return true;
    return this.#closed || Date.now() < this.#restUntil;
  }

  async #renew(call: Call, partition: StoredPartition): Promise<CacheIndex> {
    if (partition.reading === undefined) {
      partition.reading = this.#read(partition).finally(() => {
        partition.reading = undefined;
        partition.meanwhile.clear();
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
        ? await patiently((signal) => this.#store.version?.(name, signal))
        : undefined;
      if (version === undefined || version !== partition.version) {
        const entries = await patiently((signal) => this.#store.read(name, signal));
        const refused = takeOver(partition, entries);
        if (refused > 0) {
          this.#logger.warn(
            `The token store holds ${refused} entries in a partition that do not belong there or are damaged: they are not used.`,
          );
        }
      }
      partition.version = version;
      partition.loaded = true;
      partition.checkedAt = this.#clock.now();
    } catch (error) {
      this.#restUntil = Date.now() + REST;
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
    } else if (!this.#closed && Date.now() >= this.#restUntil) {
      try {
        const names = this.#store.partitions(call.signal)[Symbol.asyncIterator]();
        for (;;) {
          const next = await orAbort(
            patiently(() => names.next()),
            call.signal,
          );
          if (next.done) break;
          found.add(String(next.value));
        }
      } catch (error) {
        call.signal?.throwIfAborted();
        this.#restUntil = Date.now() + REST;
        this.#logger.warn(
          `The token store could not be asked who is in it (${reasonOf(error)}): those in memory have to do.`,
        );
      }
    }
    return prefixes.flatMap((prefix) => [...found].filter((name) => name.startsWith(prefix)));
  }

  /** Resolves when everything so far is written, or the store did not take it. Never rejects. */
  async #written(partition: StoredPartition): Promise<void> {
    await partition.writing;
    if (!this.#unwritten.has(partition)) return;
    if (partition.writing === undefined) {
      partition.writing = this.#write(partition).finally(() => {
        partition.writing = undefined;
      });
    }
    await partition.writing;
  }

  async #write(partition: StoredPartition): Promise<void> {
    if (this.#closed) {
      this.#unwritten.delete(partition);
      this.#logger.error("A token was obtained after close(): it is not kept.");
      return;
    }
    if (Date.now() < this.#restUntil) return;
    const changes = changesOf(partition, this.#clock.now());
    this.#unwritten.delete(partition);
    partition.dirty.clear();
    for (const name of changes.keys()) partition.sent.add(name);
    try {
      await patiently((signal) => this.#store.write(partition.name, changes, signal));
      this.#pause = REST;
    } catch (error) {
      for (const name of changes.keys()) partition.dirty.add(name);
      this.#unwritten.add(partition);
      this.#restUntil = Date.now() + REST;
      this.#writeLater();
      this.#logger.error(
        `The token store could not be written to (${reasonOf(error)}): what was obtained is in memory alone, and will be written later.`,
      );
    } finally {
      // A read that began before the write may not have seen it.
      if (partition.reading !== undefined) {
        for (const name of partition.sent) partition.meanwhile.add(name);
      }
      partition.sent.clear();
    }
  }

  /** What no call waits for is written when its turn comes; the wait keeps no process alive. */
  #writeLater(): void {
    if (this.#retry !== undefined || this.#closed) return;
    this.#retry = setTimeout(async () => {
      this.#retry = undefined;
      await Promise.all([...this.#unwritten].map((partition) => this.#written(partition)));
      if (this.#unwritten.size > 0) this.#writeLater();
    }, this.#pause);
    (this.#retry as { unref?(): void }).unref?.();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}

/** The store's answer, unless it takes too long; then the store is left behind. */
async function patiently<T>(work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(
      new MsalError("store_error", `The token store did not answer within ${PATIENCE} ms.`),
    );
  }, PATIENCE);
  try {
    return await orAbort(Promise.resolve(work(controller.signal)), controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Kind and code alone: a message of somebody else's may quote what was to be written. */
function reasonOf(error: unknown): string {
  if (isMsalError(error)) return `${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return describe(error);
  const { code } = error as { code?: unknown };
  return typeof code === "string" || typeof code === "number"
    ? quote(`${error.name} ${code}`)
    : quote(error.name);
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
