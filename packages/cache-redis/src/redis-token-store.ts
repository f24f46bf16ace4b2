/**
 * A {@link TokenStore} on Redis: each partition a hash, each entry a field of it.
 *
 * @module
 */
import {
  type EncryptionKey,
  EntryCipher,
  MsalError,
  type StoredEntry,
  type TokenStore,
} from "msal-ts";
import { describe } from "./describe.js";
import { type Commands, commandsOf, type RedisClient, type Send } from "./redis-client.js";
import { isReply, isUnknownScript, storeError } from "./store-error.js";
import {
  LATEST,
  OWN_FIELD,
  VERSION_FIELD,
  WRITE_SCRIPT,
  writeScriptDigest,
} from "./write-script.js";
import { WritesInDoubt } from "./writes-in-doubt.js";

/** Encryption of what is stored. */
export interface RedisEncryption {
  /**
   * The first one encrypts, all of them decrypt: to rotate, put a new one first, and drop the old one when
   * nothing is left that it encrypted. A function is asked once, when a key is first needed, and again if
   * it failed.
   */
  keys: readonly EncryptionKey[] | (() => Promise<readonly EncryptionKey[]>);
}

/** Options of {@link RedisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * What the keys of this cache begin with in Redis. Caches with different prefixes know nothing of each
   * other. @defaultValue `"msal-ts:"`
   */
  prefix?: string | undefined;
  /**
   * How long an answer is waited for, connecting included, in milliseconds. A cache in front gives up after
   * five seconds. @defaultValue 2,000
   */
  timeout?: number | undefined;
  /**
   * Encrypts each entry with AES-256-GCM, bound to its place: prefix, partition, key. The names of
   * partitions and entries, which hold ids of users and tenants and scopes, stay readable; entries that
   * were not encrypted are not read. @defaultValue no encryption
   */
  encryption?: RedisEncryption | undefined;
}

const DEFAULT_PREFIX = "msal-ts:";
const DEFAULT_TIMEOUT = 2000;

/** The longest a timer can wait. Milliseconds. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** How many keys a server looks at in one step of a search. */
const SCAN_COUNT = 1000;

/** What an entry's content looks like. */
const CONTENT = /^(\d*)\|/;

/**
 * Entries in Redis or Valkey, shared by as many processes as there are. A partition is one hash, so it lies
 * on one node of a cluster; it is changed in one atomic step, and expires with the entry in it that lasts
 * longest.
 *
 * The client is the caller's: it is neither connected nor closed here.
 */
export class RedisTokenStore implements TokenStore {
  readonly #commands: Commands;
  readonly #prefix: string;
  readonly #timeout: number;
  readonly #cipher: EntryCipher | undefined;
  readonly #inDoubt = new WritesInDoubt();

  /**
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(client: RedisClient, options: RedisTokenStoreOptions = {}) {
    this.#commands = commandsOf(client);
    checkOptions(options);
    const { prefix = DEFAULT_PREFIX, timeout = DEFAULT_TIMEOUT, encryption } = options;
    this.#prefix = prefix;
    this.#timeout = timeout;
    if (encryption !== undefined) {
      this.#cipher = new EntryCipher({ keys: encryption.keys, context: prefix });
    }
  }

  /**
   * All entries of one partition that have not expired and, with `encryption`, are what was written there.
   *
   * @throws {@link MsalError} `store_error`; the signal's reason.
   */
  async read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const key = this.#key(partition);
    const reply = await this.#ask(signal, (within) =>
      this.#commands.send(key, ["HGETALL", key], within),
    );
    const now = Date.now() / 1000;
    const entries = new Map<string, string>();
    for (const [name, content] of fieldsOf(reply)) {
      const [head, expiresAt] = CONTENT.exec(content) ?? [];
      if (name.startsWith(OWN_FIELD) || head === undefined) continue;
      if (expiresAt !== "" && Number(expiresAt) <= now) continue;
      const stored = content.slice(head.length);
      const value = this.#cipher ? await this.#cipher.open(partition, name, stored) : stored;
      if (value !== undefined) entries.set(name, value);
    }
    return entries;
  }

  /**
   * Sets and removes single entries in one atomic step. Entries of the partition that have expired by the
   * server's clock leave with it. One that was not answered in time does not happen any more once a later one
   * of this store has.
   *
   * @throws {@link MsalError} `store_error`; the signal's reason.
   */
  async write(
    partition: string,
    changes: ReadonlyMap<string, StoredEntry | null>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (changes.size === 0) return;
    const key = this.#key(partition);
    const fields = await Promise.all(
      [...changes].map(async ([name, entry]) => {
        if (entry === null) return [name, ""];
        const head = `${expiryOf(entry)}|`;
        const { value } = entry;
        return [
          name,
          head + (this.#cipher ? await this.#cipher.seal(partition, name, value) : value),
        ];
      }),
    );
    // A number that counts could come round to the same state after a failover or an expiry; this cannot.
    const mark = crypto.randomUUID().slice(0, 18);
    const digest = await writeScriptDigest();
    const calledOff = this.#inDoubt.of(key);
    const rest = ["1", key, mark, String(calledOff.length), ...calledOff, ...fields.flat()];
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
      this.#inDoubt.settle(key, [mark]);
    };
    try {
      await this.#ask(signal, async (within) => {
        try {
          await this.#run(key, digest, rest, within);
          answered();
        } catch (error) {
          if (isReply(error)) answered();
          throw error;
        }
      });
    } catch (error) {
      if (!isAnswered) this.#inDoubt.add(key, mark);
      throw error;
    }
    this.#inDoubt.settle(key, calledOff);
  }

  /**
   * Another one after each write of the partition; undefined for one that there is not.
   *
   * @throws {@link MsalError} `store_error`; the signal's reason.
   */
  async version(partition: string, signal?: AbortSignal): Promise<string | undefined> {
    const key = this.#key(partition);
    const reply = await this.#ask(signal, (within) =>
      this.#commands.send(key, ["HGET", key, VERSION_FIELD], within),
    );
    return reply === null || reply === undefined ? undefined : String(reply);
  }

  /**
   * The partitions that there are, each once. Walks all keys of the database (SCAN), a thousand at a time;
   * one that comes or goes meanwhile may be missed.
   *
   * @throws {@link MsalError} `store_error`; the signal's reason.
   */
  async *partitions(signal?: AbortSignal): AsyncIterable<string> {
    const start = `${this.#commands.keyPrefix}${this.#prefix}{`;
    const seen = new Set<string>();
    const nodes = await this.#ask(signal, () => this.#commands.nodes());
    for (const send of nodes) {
      let cursor = "0";
      do {
        const step = await this.#scan(send, cursor, `${escaped(start)}*}`, signal);
        cursor = step.cursor;
        for (const key of step.keys) {
          const name = key.slice(start.length, -1);
          // Of another cache, whose prefix begins as ours does and holds braces.
          if (!key.startsWith(start) || /[{}]/.test(name) || seen.has(name)) continue;
          seen.add(name);
          yield name;
        }
      } while (cursor !== "0");
    }
  }

  async #run(
    key: string,
    digest: string,
    rest: readonly string[],
    within: AbortSignal,
  ): Promise<void> {
    try {
      await this.#commands.send(key, ["EVALSHA", digest, ...rest], within);
    } catch (error) {
      // A server that was started anew, or that never saw the script.
      if (!isUnknownScript(error)) throw error;
      await this.#commands.send(key, ["EVAL", WRITE_SCRIPT, ...rest], within);
    }
  }

  async #scan(
    send: Send,
    cursor: string,
    pattern: string,
    signal: AbortSignal | undefined,
  ): Promise<{ cursor: string; keys: string[] }> {
    const command = ["SCAN", cursor, "MATCH", pattern, "COUNT", String(SCAN_COUNT)];
    const reply = await this.#ask(signal, (within) => send(command, within));
    const [next, keys] = reply as [unknown, unknown[]];
    return { cursor: String(next), keys: keys.map(String) };
  }

  /** The braces make a hash tag of the partition: whatever else has it lies on the same node of a cluster. */
  #key(partition: string): string {
    return `${this.#prefix}{${partition}}`;
  }

  /** An answer, in time. What is asked gets a signal that aborts when nobody waits any more. */
  async #ask<T>(
    signal: AbortSignal | undefined,
    work: (within: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(late(this.#timeout)), this.#timeout);
    // One listener of ours on each signal of ours: an application may hand one of its own to many calls.
    const within = signal === undefined ? time.signal : AbortSignal.any([signal, time.signal]);
    try {
      return await new Promise<T>((resolve, reject) => {
        within.addEventListener("abort", () => reject(within.reason), { once: true });
        work(within).then(resolve, reject);
      });
    } catch (error) {
      throw within.aborted ? within.reason : storeError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function late(timeout: number): MsalError {
  return new MsalError(
    "store_error",
    `Redis did not answer within ${timeout} ms, connecting included. Is it reachable, and was connect() of the client called? The option timeout sets another limit.`,
  );
}

/** A hash as it comes, by protocol, client and settings: names and contents in turn, a map, an object. */
function fieldsOf(reply: unknown): [string, string][] {
  const pairs: [unknown, unknown][] = [];
  if (Array.isArray(reply)) {
    for (let i = 0; i + 1 < reply.length; i += 2) pairs.push([reply[i], reply[i + 1]]);
  } else if (reply instanceof Map) {
    pairs.push(...reply);
  } else if (typeof reply === "object" && reply !== null) {
    pairs.push(...Object.entries(reply));
  }
  return pairs.map(([name, content]) => [String(name), String(content)]);
}

/** Whole seconds; nothing for an entry that lives as long as others do. */
function expiryOf({ expiresAt }: StoredEntry): string {
  if (expiresAt === undefined) return "";
  if (typeof expiresAt !== "number" || Number.isNaN(expiresAt)) {
    throw new MsalError(
      "invalid_argument",
      `expiresAt must be a number of seconds since the epoch; it is ${describe(expiresAt)}.`,
    );
  }
  return String(Math.min(Math.max(Math.ceil(expiresAt), 0), LATEST));
}

/** Without a meaning in a pattern. */
function escaped(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}

function checkOptions(options: unknown): asserts options is RedisTokenStoreOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new MsalError(
      "invalid_argument",
      `options must be an object; it is ${describe(options)}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(EXPECTED, name) ? EXPECTED[name] : undefined;
    if (expected === undefined) {
      throw new MsalError(
        "invalid_argument",
        `There is no option ${JSON.stringify(name)}. The options are ${Object.keys(EXPECTED).join(", ")}.`,
      );
    }
    if (value === undefined || expected.fits(value)) continue;
    throw new MsalError(
      "invalid_argument",
      `The option ${name} must be ${expected.what}; it is ${typeof value === "number" ? value : describe(value)}.`,
    );
  }
}

/** What the options may be. The keys within `encryption` are checked where they are used. */
const EXPECTED: Readonly<Record<string, { what: string; fits(value: unknown): boolean }>> = {
  prefix: { what: "a string", fits: (value) => typeof value === "string" },
  timeout: {
    what: `a number of milliseconds, more than 0 and at most ${LONGEST_TIMEOUT}`,
    fits: (value) => typeof value === "number" && value > 0 && value <= LONGEST_TIMEOUT,
  },
  encryption: {
    what: "an object, { keys }",
    fits: (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.keys(value).every((name) => name === "keys"),
  },
};
