/**
 * Waiting that ends: when the caller gives up, or when it takes too long.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { MsalError } from "../errors.js";

/**
 * Who listens to a signal. One listener of ours stands for all of them: an application may hand the same
 * signal to a hundred calls at once, and runtimes take a hundred listeners for a leak.
 */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls back when the signal aborts; the returned function forgets that. */
function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => {};
  const callbacks = listening.get(signal) ?? listen(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
  };
}

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  listening.set(signal, callbacks);
  const all = () => {
    for (const callback of [...callbacks]) callback();
  };
  signal.addEventListener("abort", all, { once: true });
  return callbacks;
}

/** The promise's outcome, or the signal's reason if that comes first. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    const forget = onAbort(signal, abort);
    // Listened to in any case: nobody else hears it when it rejects.
    promise.then(resolve, reject).finally(forget);
  });
}

/** Waits by the system's timer. */
export function systemSleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, seconds * 1000);
  });
}

/**
 * Waits by the client's clock.
 *
 * @throws The signal's reason, when it aborts, even if the clock overlooks it.
 */
export async function wait(call: Call, seconds: number): Promise<void> {
  const signal = call.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  await orAbort(call.client.clock.sleep(seconds, signal), signal);
}

/** How often a caller's change of mind is looked for while an answer is awaited. Milliseconds. */
const LOOK = 500;

/**
 * Runs `work`, and leaves it behind within a second when the caller has changed its mind.
 *
 * @returns Undefined if it was left behind.
 */
export async function unlessStopped<T>(
  call: Call,
  stopped: () => boolean,
  work: (call: Call) => Promise<T>,
): Promise<T | undefined> {
  call.signal?.throwIfAborted();
  const controller = new AbortController();
  const forget = onAbort(call.signal, () => controller.abort(call.signal?.reason));
  let left = false;
  const timer = setInterval(() => {
    if (!stopped()) return;
    left = true;
    controller.abort();
  }, LOOK);
  try {
    return await work({ ...call, signal: controller.signal });
  } catch (error) {
    if (left) return undefined;
    throw error;
  } finally {
    clearInterval(timer);
    forget();
  }
}

/**
 * Runs `work` under a signal that aborts when the call does, or when a time has passed.
 * Work that overlooks the signal is left behind.
 *
 * @param timeout - Milliseconds; absent: for ever.
 * @param timedOut - What to throw when time is up.
 */
export async function withinTimeout<T>(
  call: Call,
  timeout: number | undefined,
  timedOut: () => MsalError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal?.throwIfAborted();
  const controller = new AbortController();
  const forget = onAbort(call.signal, () => controller.abort(call.signal?.reason));
  const timer =
    timeout === undefined ? undefined : setTimeout(() => controller.abort(timedOut()), timeout);
  if (call.background) (timer as { unref?(): void } | undefined)?.unref?.();
  try {
    return await orAbort(work(controller.signal), controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    // A body that nobody will read any more: let go of its connection.
    controller.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}
