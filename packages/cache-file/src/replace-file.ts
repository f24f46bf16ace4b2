/**
 * A file that is replaced as a whole: whoever reads it sees the old content or the new one, also after a
 * crash. Only its owner can read it.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import type { BigIntStats } from "node:fs";
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  stat,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MsalError } from "msal-ts";
import { codeOf } from "./describe.js";
import { isBusy, remove, TEMPORARY } from "./lock.js";
import { lifeOf, parseOwner } from "./lock-owner.js";

/** How often a rename is tried that Windows refuses because somebody looks at the file. */
const RENAMES = 20;

/** Files of waiting processes that nobody can ask for: no wait takes that long. Milliseconds. */
const ABANDONED = 3_600_000;

/** What a file looked like: equal marks, equal content. */
export interface FileState {
  /** Undefined where the file system's clock is too coarse to tell one state from the next. */
  mark: string | undefined;
  size: bigint;
}

/**
 * The state of a file; undefined when there is none. Others' access to it is taken away.
 *
 * @throws {@link MsalError} `store_error` for a folder, or a pipe, which would be read without end.
 */
export async function stateOf(path: string): Promise<FileState | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) {
      throw new MsalError(
        "store_error",
        `What is at the path of the cache file, ${JSON.stringify(path)}, is no file: name another path. It was left as it is.`,
      );
    }
    if (process.platform !== "win32" && (stats.mode & 0o077n) !== 0n) {
      // Somebody else's file stays as they made it.
      await chmod(path, Number(stats.mode & 0o700n)).catch(() => {});
    }
    return describeState(stats);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Whole seconds are what FAT and some network drives have: two writes in one of them look alike. */
function describeState({ mtimeNs, size, ino }: BigIntStats): FileState {
  const mark = mtimeNs % 1_000_000_000n === 0n ? undefined : `${mtimeNs}-${size}-${ino}`;
  return { mark, size };
}

/** Where a path leads through symbolic links, also where there is nothing there yet. */
export async function realPath(path: string, depth = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  const folder = dirname(path);
  if (folder === path) return path;
  try {
    const there = await readlink(path);
    if (depth < 40) return await realPath(resolve(await realPath(folder), there), depth + 1);
  } catch (error) {
    // EINVAL: another process has just made the file, and it is no link.
    if (!["ENOENT", "EINVAL", "UNKNOWN"].includes(codeOf(error) ?? "")) throw error;
  }
  return join(await realPath(folder, depth), basename(path));
}

/** Makes the folders that are missing above a file, for their owner alone. */
export async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/** Text of a file, without a byte order mark. */
export async function readText(path: string): Promise<string> {
  return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
}

/**
 * Writes a file anew: a temporary one beside it, on the disk, then in its place.
 *
 * @param check - Called at the last moment; what it throws leaves everything as it was.
 */
export async function replaceFile(
  path: string,
  text: string,
  check: () => Promise<void>,
): Promise<FileState> {
  const temporary = `${path}.${process.pid}.${randomBytes(8).toString("hex")}${TEMPORARY}`;
  const handle = await open(temporary, "wx", 0o600);
  try {
    let state: FileState;
    try {
      await keepOwner(path, handle);
      await handle.writeFile(text);
      // Linux dates files by a clock that is up to 4 ms behind. MSAL Python's extensions compare with their own,
      // and would take a file that we wrote right after them for their own: they overwrite it then.
      const time = (Date.now() + 1 + Math.random()) / 1000;
      await handle.utimes(time, time);
      await handle.sync();
      state = describeState(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
    await check();
    await renamePatiently(temporary, path);
    await syncFolder(dirname(path));
    return state;
  } catch (error) {
    await remove(temporary).catch(() => {});
    throw error;
  }
}

/** What root writes in somebody's name stays theirs. */
async function keepOwner(
  path: string,
  handle: { chown(uid: number, gid: number): Promise<void> },
): Promise<void> {
  const owner = await stat(path).catch(() => undefined);
  if (owner === undefined || process.getuid?.() !== 0 || owner.uid === 0) return;
  await handle.chown(owner.uid, owner.gid);
}

export async function renamePatiently(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!isBusy(codeOf(error) ?? "") || attempt >= RENAMES) throw error;
      await sleep(10 * (attempt + 1));
    }
  }
}

/** The new name is on the disk when the folder is. Windows has nothing of the kind. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network drives cannot.
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP"].includes(codeOf(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Removes what processes left that died while they wrote, or waited for the lock. For the owner of the lock
 * alone: nobody else writes then.
 */
export async function removeLeftovers(path: string, lockPath: string): Promise<void> {
  const folder = dirname(path);
  const writing = named(path, String.raw`\.\d+\.[0-9a-f]{16}\.tmp`);
  const waiting = named(lockPath, String.raw`(?:\.[0-9a-f]{24})?(?:\.\d+\.[0-9a-f]{24}\.tmp)?`);
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (
      writing.test(name) ||
      (name !== basename(lockPath) && waiting.test(name) && (await isLeftBehind(file)))
    ) {
      await remove(file).catch(() => {});
    }
  }
}

async function isLeftBehind(file: string): Promise<boolean> {
  try {
    const owner = parseOwner(await readText(file));
    if (owner !== undefined && (await lifeOf(owner)) === "dead") return true;
    return Date.now() - (await stat(file)).mtimeMs > ABANDONED;
  } catch {
    return false;
  }
}

function named(path: string, ending: string): RegExp {
  const name = basename(path).replace(/[^\w-]/g, (character) => `\\${character}`);
  return new RegExp(`^${name}${ending}$`);
}
