/**
 * Waiting that ends: when the caller gives up, or when it takes too long.
 *
 * @module
 */
import { type Call, withSignal } from "../call.js";
import type { MsalError } from "../errors.js";

/** What tells that nobody waits any more. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  /** Calls back when it aborts; the returned function forgets that. */
  onAbort(callback: () => void): () => void;
  /** As others understand it. */
  readonly native: AbortSignal;
}

/**
 * A signal of ours, and what aborts it. An `AbortSignal` costs more than all else we do for a request but
 * sending it, so there is one only where somebody else is to be told.
 */
export class Ending implements Signal {
  aborted = false;
  reason: unknown;
  /** Mostly there is one at most: a set is made for the second. */
  #callback: (() => void) | undefined;
  #others: Set<() => void> | undefined;
  #controller: AbortController | undefined;

  get native(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.aborted) this.#controller.abort(this.reason);
    return this.#controller.signal;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  onAbort(callback: () => void): () => void {
    if (this.#callback === undefined) {
      this.#callback = callback;
    } else {
      this.#others ??= new Set();
      this.#others.add(callback);
    }
    return () => {
      if (this.#callback === callback) this.#callback = undefined;
      else this.#others?.delete(callback);
    };
  }

  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const callback of [this.#callback, ...(this.#others ?? [])]) callback?.();
    this.#controller?.abort(reason);
  }
}

/**
 * Who listens to a signal of somebody else's. One listener of ours stands for all of them: an application may
 * hand the same signal to a hundred calls at once, and runtimes take a hundred listeners for a leak.
 */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

/** A signal of somebody else's as one of ours. */
export function signalOf(native: AbortSignal): Signal {
  return new NativeSignal(native);
}

/** A class: objects with getters of their own are slow to make, and each call with a signal makes one. */
class NativeSignal implements Signal {
  readonly native: AbortSignal;

  constructor(native: AbortSignal) {
    this.native = native;
  }

  get aborted(): boolean {
    return this.native.aborted;
  }

  get reason(): unknown {
    return this.native.reason;
  }

  throwIfAborted(): void {
    this.native.throwIfAborted();
  }

  onAbort(callback: () => void): () => void {
    const callbacks = listening.get(this.native) ?? listen(this.native);
    callbacks.add(callback);
    return () => {
      callbacks.delete(callback);
    };
  }
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
export function orAbort<T>(promise: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    const forget = signal.onAbort(abort);
    // Listened to in any case: nobody else hears it when it rejects.
    promise.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error) => {
        forget();
        reject(error);
      },
    );
  });
}

/** Waits by the system's timer. */
export function systemSleep(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const forget = signalOf(signal).onAbort(() => {
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
  const signal = call.signal ?? new Ending();
  signal.throwIfAborted();
  await orAbort(call.client.clock.sleep(seconds, signal.native), signal);
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
  const ending = new Ending();
  const forget = call.signal?.onAbort(() => ending.abort(call.signal?.reason));
  let left = false;
  const timer = setInterval(() => {
    if (!stopped()) return;
    left = true;
    ending.abort();
  }, LOOK);
  try {
    return await work(withSignal(call, ending));
  } catch (error) {
    if (left) return undefined;
    throw error;
  } finally {
    clearInterval(timer);
    forget?.();
  }
}

/**
 * Runs `work` under a signal that aborts when the call does, or when a time has passed.
 * Work that overlooks the signal is left behind.
 *
 * @param timeout - Milliseconds; absent: for ever.
 * @param timedOut - What to throw when time is up.
 * @param work - Never throws, but rejects.
 */
export function withinTimeout<T>(
  call: Call,
  timeout: number | undefined,
  timedOut: () => MsalError,
  work: (signal: Signal) => Promise<T>,
): Promise<T> {
  const { signal, background } = call;
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    const ending = new Ending();
    const end = () => {
      clearTimeout(timer);
      forget?.();
    };
    const leave = (reason: unknown) => {
      end();
      reject(reason);
      // When the work has failed, too: a body that nobody will read any more lets go of its connection.
      ending.abort(reason);
    };
    const timer = timeout === undefined ? undefined : setTimeout(() => leave(timedOut()), timeout);
    if (background) (timer as { unref?(): void } | undefined)?.unref?.();
    const forget = signal?.onAbort(() => leave(signal.reason));
    // Last: it may abort the signal at once.
    work(ending).then((value) => {
      end();
      resolve(value);
    }, leave);
  });
}
