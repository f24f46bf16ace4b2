/**
 * How a cache deals with its store: whether to ask it now, how much at once, and whom to tell what goes wrong.
 *
 * @module
 */
import { type Call, type Clock, type Logger, SILENT } from "../call.js";

/** How long a store that failed is left alone. Milliseconds. */
export const REST = 1000;

/** Partitions that are read or written at the same time when all are wanted. */
export const AT_ONCE = 64;

/** What those who read a store and those who write to it know of it together. */
export class StoreContact {
  /** What went wrong is told where the client that used the cache last tells it. */
  #logger: Logger = SILENT;
  #clock: Pick<Clock, "now"> = { now: () => Date.now() / 1000 };
  /** Until when the store is left alone; milliseconds of a clock that nobody sets. */
  #restUntil = 0;
  #closed = false;

  get logger(): Logger {
    return this.#logger;
  }

  /** Nobody asks the store any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** By the client's clock; seconds since the epoch. */
  now(): number {
    return this.#clock.now();
  }

  /** Tells and times what goes wrong as the client does that uses the cache now. */
  follow({ client }: Call): void {
    this.#logger = client.logger;
    this.#clock = client.clock;
  }

  /** Whether the store is not to be asked now. */
  isAway(): boolean {
    return this.#closed || performance.now() < this.#restUntil;
  }

  /** The store has failed. */
  rest(): void {
    this.#restUntil = performance.now() + REST;
  }

  /** It is asked at once, whether it has failed or not. */
  wake(): void {
    this.#restUntil = 0;
  }

  close(): void {
    this.#closed = true;
  }
}
