/**
 * Where keys come from, and what to say when they do not come.
 *
 * @module
 */
import { type EncryptionKey, EntryCipher, MsalError } from "msal-ts";
import { describe } from "./describe.js";

/** What a {@link KeySource} is asked. */
export interface KeyRequest {
  /** Absolute path of the cache file. */
  path: string;
  /**
   * Nothing is encrypted yet, so a key may be made. The file's lock is held then: of several processes that
   * begin at the same time one makes the key, and the others find it.
   */
  create: boolean;
}

/**
 * Keys, the first of which encrypts while all of them decrypt; or who has them. A function is asked when they
 * are first needed, and again when an entry turns out to be encrypted with a key that it has not named.
 */
export type KeySource =
  | readonly EncryptionKey[]
  | ((request: KeyRequest) => Promise<readonly EncryptionKey[]> | readonly EncryptionKey[]);

/** The keys of a file, as they are loaded when they are needed. */
export interface Vault {
  /** What entries are bound to, beside partition and key. */
  context: string;
  path: string;
  /**
   * The keys there are, the first of which encrypts.
   *
   * @param needed - Id of a key that must be among them; those that know others ask again.
   */
  load(needed?: string): Promise<readonly EncryptionKey[]>;
  /** As `load`, where nothing is encrypted yet: a key may be made. */
  create(): Promise<readonly EncryptionKey[]>;
}

/** Keys could be had, and the one that is needed is not among them. */
export class KeyLostError extends MsalError {}

/** The keys of a file. */
export function createVault(source: KeySource, path: string, context: string): Vault {
  let known: readonly EncryptionKey[] = typeof source === "function" ? [] : source;

  async function ask(create: boolean): Promise<void> {
    if (typeof source !== "function") return;
    const keys: unknown = await source({ path, create });
    if (!Array.isArray(keys)) {
      throw new MsalError(
        "invalid_argument",
        `The function encryption.keys must resolve with an array of { id, key }; it is ${describe(keys)}.`,
      );
    }
    known = keys.length === 0 ? [] : copyKeys(keys as readonly EncryptionKey[]);
  }

  async function load(needed?: string): Promise<readonly EncryptionKey[]> {
    const isKnown = () => known.some(({ id }) => id === needed);
    if (known.length === 0 || (needed !== undefined && !isKnown())) await ask(false);
    if (known.length > 0 && (needed === undefined || isKnown())) return known;
    throw new KeyLostError(
      "store_error",
      `The cache file ${JSON.stringify(path)} is encrypted, and the key it takes (${JSON.stringify(needed ?? "?")}) is not among those of encryption.keys. Name it there; if it is lost, moveAside() of the store renames the file, and users sign in again. The file was left as it is.`,
    );
  }

  async function create(): Promise<readonly EncryptionKey[]> {
    if (known.length === 0) await ask(true);
    if (known.length > 0) return known;
    throw new MsalError(
      "invalid_argument",
      "The function encryption.keys resolved with no key: the first one encrypts.",
    );
  }

  return { context, path, load, create };
}

/**
 * Keys of our own: whoever clears theirs after use takes nothing from us.
 *
 * @throws {@link MsalError} `invalid_argument` for keys that are none.
 */
export function copyKeys(keys: readonly EncryptionKey[]): readonly EncryptionKey[] {
  new EntryCipher({ keys, context: "" });
  return keys.map(({ id, key }) => ({ id, key: key.slice() }));
}
