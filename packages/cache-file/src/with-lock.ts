/**
 * Work under a lock, one after the other within this process.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock, type Lock, type LockOptions } from "./lock.js";

/** Locks by path: the threads of this process need not compete by files. */
const queues = new Map<string, Promise<void>>();

/**
 * Works while a lock is held; not at all when that is not wanted any longer.
 *
 * @throws MsalError `store_locked` when the lock is not ours in time; what the file system throws, and the work.
 */
export async function withLock(
  path: string,
  { timeout, wanted }: Pick<LockOptions, "timeout" | "wanted">,
  work: (lock: Lock) => Promise<void>,
): Promise<void> {
  const previous = queues.get(path);
  let done = (): void => {};
  const mine = new Promise<void>((resolve) => {
    done = resolve;
  });
  queues.set(path, mine);
  const since = performance.now();
  try {
    // Whoever waits no longer competes for the file, and finds it locked.
    if (previous !== undefined) await within(previous, timeout);
    const lock = await acquireLock(path, { timeout, since, wanted });
    if (lock === undefined) return;
    try {
      await work(lock);
    } finally {
      await lock.release();
    }
  } finally {
    done();
    if (queues.get(path) === mine) queues.delete(path);
  }
}

/** Resolves when a promise does, or when so many milliseconds have passed. */
async function within(promise: Promise<void>, milliseconds: number): Promise<void> {
  const controller = new AbortController();
  const time = sleep(milliseconds, undefined, { signal: controller.signal });
  await Promise.race([promise, time]);
  controller.abort();
  // Nobody waits for it any longer.
  time.catch(() => {});
}
