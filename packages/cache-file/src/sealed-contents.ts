/**
 * The encrypted format: JSON of entries by partition and key, each sealed by itself and bound to its place.
 * Partitions and keys are in the clear; they name users, applications and scopes, and hold no token.
 *
 * @module
 */
import { type EncryptionKey, EntryCipher, MsalError, type StoredEntry } from "msal-ts";
import { type Change, type Contents, damaged, isObject } from "./contents.js";
import { KeyLostError, type Vault } from "./key-source.js";

const FORMAT = "msal-ts encrypted token cache";
const VERSION = 1;

interface Sealed {
  sealed: string;
  /** Seconds since the epoch. */
  expiresAt?: number | undefined;
}

type Entries = ReadonlyMap<string, ReadonlyMap<string, Sealed>>;

/** Whether a file is in this format, of whatever version. */
export function isSealed(json: Record<string, unknown>): boolean {
  return json.format === FORMAT;
}

export function emptySealed(vault: Vault): Contents {
  return new SealedContents(vault, new Map());
}

/**
 * The content of an encrypted file.
 *
 * @throws {@link MsalError} `invalid_cache`; `store_error` for a version that is to come.
 */
export function parseSealed(json: Record<string, unknown>, vault: Vault): Contents {
  const { path } = vault;
  if (json.version !== VERSION) {
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(path)} is encrypted in a way that this version of @msal-ts/cache-file does not know: update it. The file was left as it is.`,
    );
  }
  const partitions = objectIn(json.entries, path);
  const entries = Object.entries(partitions).map(([partition, members]) => {
    const sealed = Object.entries(objectIn(members, path)).map(([key, entry]) => {
      const { sealed, expiresAt } = objectIn(entry, path);
      if (typeof sealed !== "string") throw damaged(path, "has an entry without its text");
      const value: Sealed = typeof expiresAt === "number" ? { sealed, expiresAt } : { sealed };
      return [key, value] as const;
    });
    return [partition, new Map(sealed)] as const;
  });
  return new SealedContents(vault, new Map(entries));
}

class SealedContents implements Contents {
  readonly #vault: Vault;
  readonly #entries: Entries;

  constructor(vault: Vault, entries: Entries) {
    this.#vault = vault;
    this.#entries = entries;
  }

  async read(partition: string): Promise<ReadonlyMap<string, string>> {
    const opened = new Map<string, string>();
    for (const [key, { sealed }] of this.#entries.get(partition) ?? []) {
      const cipher = this.#cipher(await this.#vault.load(keyIdOf(sealed)));
      const value = await cipher.open(partition, key, sealed);
      // What was changed, or put in another's place, is nobody's entry.
      if (value !== undefined) opened.set(key, value);
    }
    return opened;
  }

  partitions(): Iterable<string> {
    return this.#entries.keys();
  }

  async with(changes: readonly Change[], now: number): Promise<Contents> {
    const { keys, renewed } = await this.#renewed();
    const cipher = this.#cipher(keys);
    const entries = new Map<string, Map<string, Sealed>>();
    for (const [partition, members] of renewed ?? this.#entries) {
      entries.set(partition, new Map(members));
    }
    let changed = renewed !== undefined;
    for (const { partition, entries: wanted } of changes) {
      const members = entries.get(partition) ?? new Map<string, Sealed>();
      entries.set(partition, members);
      for (const [key, entry] of wanted) {
        if (entry === null) {
          changed = members.delete(key) || changed;
          continue;
        }
        const known = members.get(key);
        const isKnown =
          known !== undefined &&
          known.expiresAt === entry.expiresAt &&
          (await cipher.open(partition, key, known.sealed)) === entry.value;
        if (isKnown) continue;
        members.set(key, await seal(cipher, partition, key, entry));
        changed = true;
      }
    }
    changed = dropExpired(entries, now) || changed;
    return changed ? new SealedContents(this.#vault, entries) : this;
  }

  text(): string {
    const entries = [...this.#entries].map(([name, members]) => [
      name,
      Object.fromEntries(members),
    ]);
    return JSON.stringify({
      format: FORMAT,
      version: VERSION,
      entries: Object.fromEntries(entries),
    });
  }

  /** The keys, and all entries under the first of them: afterwards the others can be dropped. */
  async #renewed(): Promise<{ keys: readonly EncryptionKey[]; renewed?: Entries }> {
    const ids = new Set<string | undefined>();
    for (const members of this.#entries.values()) {
      for (const { sealed } of members.values()) ids.add(keyIdOf(sealed));
    }
    ids.delete(undefined);
    if (ids.size === 0) return { keys: await this.#vault.create() };
    const keys = await this.#loadAny(ids);
    const first = keys[0]?.id;
    if (ids.size === 1 && ids.has(first)) return { keys };

    const cipher = this.#cipher(keys);
    const renewed = new Map<string, Map<string, Sealed>>();
    for (const [partition, members] of this.#entries) {
      const entries = new Map<string, Sealed>();
      for (const [key, entry] of members) {
        const isOld = keyIdOf(entry.sealed) !== first;
        const value = isOld ? await cipher.open(partition, key, entry.sealed) : undefined;
        const { expiresAt } = entry;
        entries.set(
          key,
          value === undefined ? entry : await seal(cipher, partition, key, { value, expiresAt }),
        );
      }
      renewed.set(partition, entries);
    }
    return { keys, renewed };
  }

  /** Whoever has none of the keys is at the wrong file, or has lost them: nothing is added to it. */
  async #loadAny(ids: Iterable<string | undefined>): Promise<readonly EncryptionKey[]> {
    let keys: readonly EncryptionKey[] | undefined;
    let lost: unknown;
    for (const id of ids) {
      try {
        keys = await this.#vault.load(id);
      } catch (error) {
        if (!(error instanceof KeyLostError)) throw error;
        lost = error;
      }
    }
    if (keys === undefined) throw lost;
    return keys;
  }

  #cipher(keys: readonly EncryptionKey[]): EntryCipher {
    return new EntryCipher({ keys, context: this.#vault.context });
  }
}

async function seal(
  cipher: EntryCipher,
  partition: string,
  key: string,
  { value, expiresAt }: StoredEntry,
): Promise<Sealed> {
  const sealed = await cipher.seal(partition, key, value);
  return expiresAt === undefined ? { sealed } : { sealed, expiresAt };
}

/** What has no end of its own lasts as long as the tokens it came with. */
function dropExpired(entries: Map<string, Map<string, Sealed>>, now: number): boolean {
  let dropped = false;
  for (const [partition, members] of entries) {
    const before = members.size;
    for (const [key, { expiresAt }] of members) {
      if (expiresAt !== undefined && expiresAt < now) members.delete(key);
    }
    const isLeft = [...members.values()].some(({ expiresAt }) => expiresAt !== undefined);
    if (members.size < before) {
      dropped = true;
      if (!isLeft) members.clear();
    }
    if (members.size === 0) entries.delete(partition);
  }
  return dropped;
}

/** Id of the key in the header of a JWE (RFC 7516 §3.1); undefined for what is none. */
function keyIdOf(sealed: string): string | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(sealed.slice(0, sealed.indexOf(".")), "base64url").toString(),
    );
    const id = isObject(header) ? header.kid : undefined;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

function objectIn(value: unknown, path: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw damaged(path, "is encrypted, and not as it was written");
}
