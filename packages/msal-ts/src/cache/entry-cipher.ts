/**
 * Encryption of entries at rest: each entry a JWE (RFC 7516) of its own, AES-256-GCM under a key of the
 * application's.
 *
 * @module
 */
import { sha256 } from "#sha-256";
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { base64url } from "../oauth/base64.js";

/** A key that entries are encrypted with. */
export interface EncryptionKey {
  /** Written beside each entry, in the clear, so that keys can be rotated. */
  id: string;
  /** 32 random bytes, for example `crypto.getRandomValues(new Uint8Array(32))`. */
  key: Uint8Array;
}

/** Options of {@link EntryCipher}. */
export interface EntryCipherOptions {
  /**
   * The first one encrypts, all of them decrypt: to rotate, put a new one first, and drop the old one
   * when nothing is left that it encrypted. A function is asked once, when a key is first needed, and
   * again if it failed.
   */
  keys: readonly EncryptionKey[] | (() => Promise<readonly EncryptionKey[]>);
  /** What the entries are part of, such as the path of a file. An entry cannot be moved from one to another. */
  context: string;
}

/** Encryption and decryption of single entries, each bound to its place: context, partition and key. */
export class EntryCipher {
  readonly #options: EntryCipherOptions;
  #keys: Promise<readonly EncryptionKey[]> | undefined;

  /**
   * @throws {@link MsalError} `invalid_argument`.
   */
  constructor(options: EntryCipherOptions) {
    const { keys, context } = checkOptions(options);
    this.#options = { keys: typeof keys === "function" ? keys : checkKeys(keys), context };
  }

  /**
   * An entry as it may be stored.
   *
   * @throws {@link MsalError} `invalid_argument` for keys that are none; what the function `keys` throws.
   */
  async seal(partition: string, entryKey: string, value: string): Promise<string> {
    const { CompactEncrypt } = await import("jose/jwe/compact/encrypt");
    const [first] = await this.#loaded();
    if (first === undefined) throw noKeys();
    const place = await placeOf(this.#options.context, partition, entryKey);
    return new CompactEncrypt(new TextEncoder().encode(value))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: first.id, place })
      .encrypt(first.key);
  }

  /**
   * An entry as it was.
   *
   * @returns Undefined for what was changed, put in another's place, encrypted with a key that is not
   * among `keys`, or not encrypted at all.
   * @throws As {@link seal}.
   */
  async open(partition: string, entryKey: string, sealed: string): Promise<string | undefined> {
    const { compactDecrypt } = await import("jose/jwe/compact/decrypt");
    const keys = await this.#loaded();
    const place = await placeOf(this.#options.context, partition, entryKey);
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(
        sealed,
        ({ kid }) => {
          const known = keys.find(({ id }) => id === kid);
          if (known === undefined) throw new Error("unknown key");
          return known.key;
        },
        { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] },
      );
      return protectedHeader.place === place ? new TextDecoder().decode(plaintext) : undefined;
    } catch {
      return undefined;
    }
  }

  async #loaded(): Promise<readonly EncryptionKey[]> {
    const { keys } = this.#options;
    if (typeof keys !== "function") return keys;
    this.#keys ??= Promise.resolve(keys()).then(checkKeys);
    const loading = this.#keys;
    try {
      return await loading;
    } catch (error) {
      if (this.#keys === loading) this.#keys = undefined;
      throw error;
    }
  }
}

/** A digest: where an entry belongs may name a user. */
async function placeOf(...parts: readonly string[]): Promise<string> {
  return base64url(await sha256(JSON.stringify(parts)));
}

function checkOptions(options: unknown): EntryCipherOptions {
  const { keys, context } = (options ?? {}) as Partial<EntryCipherOptions>;
  if (typeof context !== "string") {
    throw new MsalError(
      "invalid_argument",
      `context must be a string that names what the entries are part of; it is ${describe(context)}.`,
    );
  }
  if (typeof keys !== "function" && !Array.isArray(keys)) {
    throw new MsalError(
      "invalid_argument",
      `keys must be an array of { id, key }, or a function that resolves with one; it is ${describe(keys)}.`,
    );
  }
  return { keys: keys as EntryCipherOptions["keys"], context };
}

/** Copies: whoever clears its own bytes after use takes nothing from us. */
function checkKeys(keys: readonly EncryptionKey[]): readonly EncryptionKey[] {
  if (!Array.isArray(keys) || keys.length === 0) throw noKeys();
  const ids = new Set<string>();
  return keys.map((each: unknown) => {
    const { id, key } = (each ?? {}) as Partial<EncryptionKey>;
    if (typeof id !== "string" || id === "") {
      throw new MsalError(
        "invalid_argument",
        `Each encryption key must have an id, a string; it is ${describe(id)}.`,
      );
    }
    if (ids.has(id)) {
      throw new MsalError(
        "invalid_argument",
        `Two encryption keys have the id ${quote(id)}: give each key an id of its own.`,
      );
    }
    ids.add(id);
    if (!(key instanceof Uint8Array) || key.length !== 32) {
      const came = key instanceof Uint8Array ? `${key.length} bytes` : describe(key);
      throw new MsalError(
        "invalid_argument",
        `The encryption key ${quote(id)} must be a Uint8Array of 32 bytes; it is ${came}.`,
      );
    }
    return { id, key: key.slice() };
  });
}

function noKeys(): MsalError {
  return new MsalError(
    "invalid_argument",
    "There must be at least one encryption key, { id, key }: the first one encrypts.",
  );
}
