/**
 * A lock between processes: a file that is there as long as the lock is held, `<path>.lockfile` as with the
 * other MSALs.
 *
 * - It is linked into place with its owner's name already in it: there is no moment at which it is nobody's.
 * - Only its owner removes it, after a look at the nonce. The lock of a dead owner is removed by whoever holds
 *   a second lock, named after the dead one's nonce: of many who find it dead one removes it, and none of
 *   them removes what the next owner has put in its place. Where an owner dies who was about to do this, the
 *   same holds for the second lock.
 * - Who waits has a file beside it. The one that has waited longest goes first; where it does not come, for it
 *   has died, the others go on without it.
 * - Owners on other hosts cannot be looked at. They write to their lock every second, and have lost it when
 *   they did not for a while.
 *
 * @module
 */
import { createHash, randomBytes } from "node:crypto";
import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, link, open, readdir, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MsalError } from "msal-ts";
import { codeOf } from "./describe.js";
import {
  isRunning,
  type LockOwner,
  lifeOf,
  ownerText,
  parseOwner,
  thisOwner,
} from "./lock-owner.js";

/** How often an owner says that it is still there. Milliseconds. */
const HEARTBEAT = 1000;

/** An owner that nobody can look at is given up when it has said nothing for so long. Milliseconds. */
const STALE = 15_000;

/** And when it says nothing while somebody watches: a laptop that wakes up finds everything stale. */
const WATCHED = 3 * HEARTBEAT;

/** Locks of other MSALs name no host: even if their process is not here, they are watched. Milliseconds. */
const WATCHED_ORPHAN = 2000;

/** Pause between two attempts. Milliseconds; as much again by chance. */
const PAUSE = 4;

/** How long a lock may be free before those who came later take it. Milliseconds. */
const PRECEDENCE = 40;

/** How a file system says that it has no hard links. */
const NO_LINKS = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EINVAL"];

/** Files that end in this are of use to one process alone, and only while it runs. */
export const TEMPORARY = ".tmp";

export interface LockOptions {
  /** How long to wait for it. Milliseconds. */
  timeout: number;
  /** When the wait began, by the clock of `performance.now()`. */
  since: number;
  /** Asked now and then; `false` ends the wait. */
  wanted?: (() => boolean) | undefined;
}

/** A lock that is held. */
export interface Lock {
  /** Somebody died who held it or waited for it, and left files behind. */
  readonly hasLeftovers: boolean;
  /** Whether it is still ours. Whoever is suspended long enough may have lost it. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes a lock.
 *
 * @returns Undefined when it is not wanted any longer.
 * @throws {@link MsalError} `store_locked` when it is not ours in time; what the file system throws.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock | undefined> {
  return acquire(path, path, { ...options, until: options.since + options.timeout });
}

interface Attempt extends LockOptions {
  /** By the clock of `performance.now()`. */
  until: number;
}

/** @param base - Path of the lock that all this is about, which all names begin with. */
async function acquire(path: string, base: string, attempt: Attempt): Promise<Lock | undefined> {
  const nonce = Date.now().toString(16).padStart(12, "0") + randomBytes(6).toString("hex");
  const text = ownerText(await thisOwner(nonce));
  const own = `${path}.${process.pid}.${nonce}${TEMPORARY}`;
  const handle = await open(own, "wx", 0o644);
  let kept: FileHandle | undefined;
  try {
    await handle.write(text, 0);
    const begun = performance.now();
    const { mtimeMs } = await handle.stat();
    // The file system's clock, which other hosts' locks are dated by.
    const clock = () => mtimeMs + performance.now() - begun;
    let hasLeftovers = false;
    let watched: { mark: string; since: number } | undefined;
    let freeSince: number | undefined;
    for (;;) {
      if (attempt.wanted?.() === false) return undefined;
      const other = await look(path);
      const now = performance.now();
      if (other !== undefined) {
        freeSince = undefined;
        if (watched?.mark !== other.mark) watched = { mark: other.mark, since: now };
        const age = clock() - other.writtenAt;
        if (await isAbandoned(other.owner, age, now - watched.since)) {
          await bury(path, base, other, attempt);
          hasLeftovers = true;
          continue;
        }
      } else {
        freeSince ??= now;
        const isLate = now - freeSince >= PRECEDENCE;
        if (isLate || (await isFirst(path, nonce))) {
          hasLeftovers ||= isLate;
          kept = await create(path, own, handle, text);
          if (kept !== undefined) return held(path, nonce, text, kept, hasLeftovers);
        }
      }
      if (now >= attempt.until) throw locked(path, other?.owner, attempt.timeout);
      await sleep(PAUSE * (1 + Math.random()));
    }
  } finally {
    if (kept !== handle) await handle.close();
    // What cannot be removed now, the next owner removes.
    await remove(own).catch(() => {});
  }
}

/** Whether nobody has waited for a lock longer; a nonce begins with the time. */
async function isFirst(path: string, nonce: string): Promise<boolean> {
  const prefix = `${basename(path)}.`;
  return (await readdir(dirname(path))).every((name) => {
    const [, other] = /^\d+\.([0-9a-f]{24})\.tmp$/.exec(name.slice(prefix.length)) ?? [];
    return !name.startsWith(prefix) || other === undefined || other >= nonce;
  });
}

/** The lock's file, if there was none; undefined if there was. */
async function create(
  path: string,
  own: string,
  handle: FileHandle,
  text: string,
): Promise<FileHandle | undefined> {
  try {
    await link(own, path);
    return handle;
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EEXIST" || isBusy(code)) return undefined;
    if (!NO_LINKS.includes(code)) throw error;
  }
  let created: FileHandle;
  try {
    created = await open(path, "wx", 0o644);
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EEXIST" || isBusy(code)) return undefined;
    throw error;
  }
  try {
    await created.write(text, 0);
    return created;
  } catch (error) {
    // A full disk: what is empty names no owner, and would keep everybody waiting.
    await created.close();
    await remove(path);
    throw error;
  }
}

function held(
  path: string,
  nonce: string,
  text: string,
  handle: FileHandle,
  hasLeftovers: boolean,
): Lock {
  let beat: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // Through the handle: should the lock have been taken from us, the next owner's is left alone.
    beat = beat.then(() => handle.write(text, 0)).catch(() => {});
  }, HEARTBEAT);
  timer.unref();
  const isHeld = async () => (await look(path))?.owner?.nonce === nonce;
  const release = async () => {
    clearInterval(timer);
    await beat;
    await handle.close();
    if (await isHeld()) await remove(path);
  };
  return { hasLeftovers, isHeld, release };
}

interface Seen {
  owner: LockOwner | undefined;
  /** This very lock: the nonce, or what serves for one. Hexadecimal. */
  identity: string;
  /** Changes with each heartbeat. */
  mark: string;
  /** Milliseconds since the epoch, by the file system's clock. */
  writtenAt: number;
}

/** A lock as it is now; undefined when there is none. */
async function look(path: string): Promise<Seen | undefined> {
  let text = "";
  let stats: BigIntStats;
  try {
    // Neither another file nor a pipe, which would never open, may stand in for it.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      stats = await handle.stat({ bigint: true });
      const buffer = Buffer.alloc(4096);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      text = buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "ENOENT" || isBusy(code)) return undefined;
    throw error;
  }
  const owner = parseOwner(text);
  const mark = `${stats.ino} ${stats.mtimeNs} ${text}`;
  const identity = owner?.nonce ?? createHash("sha256").update(mark).digest("hex").slice(0, 24);
  return { owner, identity, mark, writtenAt: Number(stats.mtimeNs / 1_000_000n) };
}

/** @param watched - How long it has been seen unchanged by us. Milliseconds, as `age`. */
async function isAbandoned(
  owner: LockOwner | undefined,
  age: number,
  watched: number,
): Promise<boolean> {
  if (owner?.nonce === undefined) {
    const isOrphan = owner === undefined || !isRunning(owner.pid);
    if (isOrphan) return watched >= WATCHED_ORPHAN;
  } else {
    const life = await lifeOf(owner);
    if (life !== "unknown") return life === "dead";
  }
  return age >= STALE && watched >= WATCHED;
}

/** Removes a lock that nobody holds any more, if it is still this one. */
async function bury(path: string, base: string, dead: Seen, attempt: Attempt): Promise<void> {
  const ticket = await acquire(`${base}.${dead.identity}`, base, attempt);
  if (ticket === undefined) return;
  try {
    if ((await look(path))?.identity === dead.identity) await remove(path);
  } finally {
    await ticket.release();
  }
}

/** Removes a file that may be gone already. */
export async function remove(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await unlink(path);
    } catch (error) {
      const code = codeOf(error) ?? "";
      if (code === "ENOENT") return;
      if (!isBusy(code) || attempt >= 20) throw error;
      await sleep(10 * (attempt + 1));
    }
  }
}

/** On Windows a file cannot be touched while somebody (a virus scanner) looks at it, or while it goes. */
export function isBusy(code: string): boolean {
  return process.platform === "win32" && ["EPERM", "EBUSY", "EACCES"].includes(code);
}

function locked(path: string, owner: LockOwner | undefined, timeout: number): MsalError {
  const whose =
    owner === undefined
      ? "names nobody"
      : `is held by process ${owner.pid}${owner.host === undefined ? "" : ` on ${JSON.stringify(owner.host)}`}`;
  return new MsalError(
    "store_locked",
    `The lock ${JSON.stringify(path)} was not free within ${timeout} ms: it ${whose}. Try again; if that process hangs, end it, and its lock is taken over.`,
  );
}
