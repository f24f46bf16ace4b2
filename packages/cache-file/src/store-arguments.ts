/**
 * What a store in a file may be told, and what of it is wrong.
 *
 * @module
 */
import { MsalError, type StoredEntry } from "msal-ts";
import { isObject } from "./contents.js";
import { describe } from "./describe.js";
import { copyKeys, type KeySource } from "./key-source.js";

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

/** Options of `FileTokenStore`. */
export interface FileTokenStoreOptions {
  /**
   * `"none"`: tokens in the clear, in the schema that all MSALs share, where MSAL Python's extensions and others
   * read and write them, too; only the file's mode (0600) protects them.
   */
  encryption: FileEncryption | "none";
  /** How long to wait for other processes that write. Milliseconds. @defaultValue 4,000 */
  lockTimeout?: number | undefined;
}

/** @throws {@link MsalError} `invalid_argument`. */
export function checkPath(path: unknown): void {
  if (typeof path === "string" && path !== "") return;
  throw invalidArgument(`path must be that of a file; it is ${describe(path)}.`);
}

/**
 * Copies, keys included.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkOptions(options: unknown): FileTokenStoreOptions {
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
  if (encryption === "none") return { encryption, lockTimeout };
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
  return { encryption: { keys: copied, context, adoptPlain }, lockTimeout };
}

/** @throws {@link MsalError} `invalid_argument`. */
export function checkPartition(partition: unknown): void {
  if (typeof partition === "string") return;
  throw invalidArgument(`partition must be a string; it is ${describe(partition)}.`);
}

/**
 * Copies: what the caller changes later is not written.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkChanges(changes: unknown): Map<string, StoredEntry | null> {
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
