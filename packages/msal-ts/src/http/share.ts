/**
 * One network answer for one question: identical requests in flight are sent once.
 *
 * A caller who aborts leaves; the others keep waiting. When the last one has left, the request is
 * aborted. Nothing that failed is remembered.
 *
 * @module
 */
import type { Call } from "../call.js";
import { Ending, orAbort } from "./abort.js";

/** A request under way, and who waits for it. */
export interface Flight {
  readonly answer: Promise<unknown>;
  readonly ending: Ending;
  waiting: number;
  /** Milliseconds since the epoch. */
  readonly begun: number;
  /** Begun by nobody: it keeps no process alive until somebody joins. */
  readonly background: boolean;
}

/**
 * The answer of `work`, or of an identical one under way.
 *
 * @param key - What makes two requests identical. The first caller's `work` runs for all of them.
 * @param work - Runs under a call of its own, whose signal aborts when nobody waits any more.
 * @returns Who joined gets a copy: callers may do with an answer what they like.
 */
export async function share<T>(
  call: Call,
  key: string,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  const running = joinable(call, key);
  const flight = running ?? begin(call, key, work, call.background);
  flight.waiting++;
  const alive = flight.background ? setInterval(() => {}, 60_000) : undefined;
  try {
    const answer = (await orAbort(flight.answer, call.signal)) as T;
    return running === undefined ? answer : structuredClone(answer);
  } finally {
    clearInterval(alive);
    flight.waiting--;
    if (flight.waiting === 0 && !flight.background) {
      leave(call, key, flight);
    }
  }
}

/**
 * A request that may be joined. One that takes longer than a request may is not: on Workers it has died
 * with the event that it was begun in.
 */
function joinable({ client }: Call, key: string): Flight | undefined {
  const flight = client.flights.get(key);
  return flight !== undefined && Date.now() - flight.begun < client.timeout ? flight : undefined;
}

/** Begins `work` for nobody in particular; whoever asks the same meanwhile joins it. Never rejects. */
export function shareInBackground<T>(
  call: Call,
  key: string,
  work: (call: Call) => Promise<T>,
  failed: (reason: unknown) => void,
): void {
  if (joinable(call, key) !== undefined) return;
  const flight = begin(call, key, work, true);
  const settled = flight.answer.then(
    () => {},
    (reason) => failed(reason),
  );
  tell(call, settled);
}

/** The caller's function is no part of the call: what it throws must not cost anybody an answer. */
function tell({ client }: Call, background: Promise<void>): void {
  try {
    client.waitUntil?.(background);
  } catch {
    client.logger.warn(
      "The option waitUntil threw; the work in the background may be cut off. A method needs its object: waitUntil: (work) => ctx.waitUntil(work).",
    );
  }
}

function begin<T>(
  { client, correlationId }: Call,
  key: string,
  work: (call: Call) => Promise<T>,
  background: boolean,
): Flight {
  const ending = new Ending();
  const { flights } = client;
  const working = work({ client, signal: ending, correlationId, background });
  const land = async () => {
    try {
      return await working;
    } finally {
      if (flights.get(key) === flight) flights.delete(key);
    }
  };
  const flight: Flight = { answer: land(), ending, waiting: 0, begun: Date.now(), background };
  flights.set(key, flight);
  return flight;
}

/** Nobody waits any more: abort, and let no newcomer join what is being torn down. */
function leave(call: Call, key: string, flight: Flight): void {
  const { flights } = call.client;
  if (flights.get(key) !== flight) return;
  flights.delete(key);
  flight.ending.abort(call.signal?.reason);
}
