/**
 * The file that many processes share: where it is, what was last seen in it, and the changes that are made
 * to it under its lock.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { MsalError } from "msal-ts";
import type { Change, Contents } from "./contents.js";
import { codeOf } from "./describe.js";
import { FileFormat } from "./file-format.js";
import { KeyLostError } from "./key-source.js";
import type { Lock } from "./lock.js";
import {
  makeFolderOf,
  readText,
  realPath,
  removeLeftovers,
  renamePatiently,
  replaceFile,
  stateOf,
} from "./replace-file.js";
import type { FileEncryption } from "./store-arguments.js";
import { withLock } from "./with-lock.js";

/** A file that is empty or half there is being written by somebody who does not rename; how often it is read. */
const READS = 5;
const READ_PAUSE = 20;

/** As many states of a file that changes while it is read are looked at. */
const STATES = 50;

interface Place {
  /** Without symbolic links. */
  path: string;
  lockPath: string;
  format: FileFormat;
}

/** A file of entries. Nothing is touched before it is asked for something. */
export class CacheFile {
  readonly #given: string;
  readonly #encryption: FileEncryption | "none";
  readonly #lockTimeout: number;
  #place: Promise<Place> | undefined;
  #known: { mark: string | undefined; contents: Contents } | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #tidied = false;

  /**
   * @param path - Absolute.
   * @param lockTimeout - Milliseconds.
   */
  constructor(path: string, encryption: FileEncryption | "none", lockTimeout: number) {
    this.#given = path;
    this.#encryption = encryption;
    this.#lockTimeout = lockTimeout;
  }

  /** What is in it now. Never waits for the lock, unless it is empty or half written. */
  contents(): Promise<Contents> {
    return this.#load(false);
  }

  /** Changes whenever the file does; undefined where the file system's clock is too coarse to tell. */
  async mark(): Promise<string | undefined> {
    const { path } = await this.#find();
    const state = await stateOf(path);
    return state === undefined ? "none" : state.mark;
  }

  /**
   * Replaces it by what it is after changes.
   *
   * @param take - Called when the lock is ours: all that came while we waited for it is written at once.
   * @param wanted - Asked while we wait; `false` ends the wait without work.
   */
  async change(take: () => readonly Change[], wanted: () => boolean): Promise<void> {
    await makeFolderOf((await this.#find()).path);
    await this.#locked(async (lock) => {
      const changes = take();
      if (changes.length > 0) await this.#commit(changes, lock);
    }, wanted);
  }

  /**
   * Renames it if it cannot be read.
   *
   * @returns Its new path; undefined if it is in order, or not there.
   */
  async moveAside(): Promise<string | undefined> {
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
  }

  async #commit(changes: readonly Change[], lock: Lock): Promise<void> {
    const { path, lockPath, format } = await this.#find();
    if (!this.#tidied || lock.hasLeftovers) {
      await removeLeftovers(path, lockPath);
      this.#tidied = true;
    }
    const before = await this.#load(true);
    const after = await before.with(changes, Date.now() / 1000);
    if (after === before) return;
    const { mark } = await replaceFile(path, after.text(), async () => {
      if (await lock.isHeld()) return;
      throw new MsalError(
        "store_locked",
        `The lock of the cache file ${JSON.stringify(path)} was lost while it was written: this process stood still for too long. Nothing was changed; try again.`,
      );
    });
    this.#known = { mark, contents: after };
    format.written();
  }

  /** What is in the file now. One after the other: who comes second mostly finds it read already. */
  async #load(isLocked: boolean): Promise<Contents> {
    const previous = this.#reading;
    const loading = previous.then(() => this.#loadNow(isLocked));
    this.#reading = loading.catch(() => {});
    const contents = await loading;
    if (contents !== undefined) return contents;
    // Empty or half there for too long: with the lock nobody is writing.
    let found: Contents | undefined;
    await makeFolderOf((await this.#find()).path);
    await this.#locked(async () => {
      found = await this.#load(true);
    });
    return found ?? (await this.#find()).format.empty();
  }

  /** @returns Undefined for a file that seems to be being written. */
  async #loadNow(isLocked: boolean): Promise<Contents | undefined> {
    const { path, format } = await this.#find();
    for (let states = 0, reads = 0; states < STATES; states++) {
      const state = await stateOf(path);
      if (state === undefined) return format.empty();
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
      if (text === "") return format.empty();
      const contents = format.parse(json);
      this.#known = { mark: state.mark, contents };
      return contents;
    }
    throw new MsalError(
      "store_error",
      `The cache file ${JSON.stringify(path)} changes faster than it can be read.`,
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

  async #locked(work: (lock: Lock) => Promise<void>, wanted?: () => boolean): Promise<void> {
    const { lockPath } = await this.#find();
    await withLock(lockPath, { timeout: this.#lockTimeout, wanted }, work);
  }

  #find(): Promise<Place> {
    this.#place ??= this.#resolve().catch((error: unknown) => {
      this.#place = undefined;
      throw error;
    });
    return this.#place;
  }

  async #resolve(): Promise<Place> {
    const path = await realPath(this.#given);
    const format = new FileFormat(path, this.#encryption);
    return { path, lockPath: `${path}.lockfile`, format };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
