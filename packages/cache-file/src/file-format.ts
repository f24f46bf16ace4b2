/**
 * Which of the two formats a file is to be in, what to do when it is in the other, and the way from the plain
 * one to the encrypted one.
 *
 * @module
 */
import { MsalError } from "msal-ts";
import { type Change, type Contents, damaged, isObject } from "./contents.js";
import { describe } from "./describe.js";
import { createVault, type Vault } from "./key-source.js";
import { emptyPlain, parsePlain } from "./plain-contents.js";
import { emptySealed, isSealed, parseSealed } from "./sealed-contents.js";
import type { FileEncryption } from "./store-arguments.js";

/** The format that a file is to be in. */
export class FileFormat {
  readonly #path: string;
  /** Absent for plain files. */
  readonly #vault: Vault | undefined;
  readonly #adoptPlain: boolean = false;
  /** It has been encrypted under our eyes: a plain one in its place is somebody's doing. */
  #wasSealed = false;

  /** @param path - Without symbolic links. */
  constructor(path: string, encryption: FileEncryption | "none") {
    this.#path = path;
    if (encryption === "none") return;
    const { keys, context = path, adoptPlain = false } = encryption;
    this.#vault = createVault(keys, path, context);
    this.#adoptPlain = adoptPlain;
  }

  /** An empty file, or none. */
  empty(): Contents {
    return this.#vault === undefined ? emptyPlain() : emptySealed(this.#vault);
  }

  /**
   * The content of a file.
   *
   * @param json - Undefined for what is not JSON.
   * @throws {@link MsalError} `invalid_cache` for a damaged file; `store_error` for one in the other format.
   */
  parse(json: unknown): Contents {
    const path = this.#path;
    if (json === undefined)
      throw damaged(path, "is not JSON; was it cut off, or encrypted by another program?");
    if (!isObject(json))
      throw damaged(path, `must hold a JSON object, and holds ${describe(json)}`);
    return isSealed(json) ? this.#parseSealed(json) : this.#parsePlain(json);
  }

  /** We wrote the file: it is in this format now. */
  written(): void {
    this.#wasSealed ||= this.#vault !== undefined;
  }

  #parseSealed(json: Record<string, unknown>): Contents {
    if (this.#vault !== undefined) {
      this.#wasSealed = true;
      return parseSealed(json, this.#vault);
    }
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(this.#path)} is encrypted: name its keys in the option encryption, { keys }, instead of "none". The file was left as it is.`,
    );
  }

  #parsePlain(json: Record<string, unknown>): Contents {
    const plain = parsePlain(json, this.#path);
    if (this.#vault === undefined) return plain;
    if (this.#wasSealed) {
      throw new MsalError(
        "store_error",
        `The cache file ${JSON.stringify(this.#path)} was encrypted and is not any more: another program has replaced it, and it is not taken over. Remove it if you do not know why; users sign in again then. It was left as it is.`,
      );
    }
    if (this.#adoptPlain) return new Adopted(plain, this.#vault);
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(this.#path)} is not encrypted, although the option encryption asks for it. To take it over: encryption: { adoptPlain: true }. The file was left as it is.`,
    );
  }
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
