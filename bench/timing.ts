/**
 * How long calls take, in the process that makes them.
 *
 * @module
 */
import { median } from "./statistics.js";

/** What is measured. */
export interface Work {
  /** One call; throws when its answer is not the one in question, from the network instead of the cache for example. */
  call(): Promise<unknown>;
  /** Calls after which there is nothing left to do. */
  limit?: number;
}

/** At least so many samples of what is slow. */
const SAMPLES = 3;

/**
 * Microseconds of one call: the median of batches that take about half a millisecond each, so that the
 * clock's own cost disappears.
 *
 * @param budget - Milliseconds to spend; a third of them to warm up. A call that takes longer is made once.
 */
export async function costOf(work: Work, budget: number): Promise<number> {
  let calls = 0;
  const timed = async (count: number) => {
    calls += count;
    const begun = performance.now();
    for (let i = 0; i < count; i++) await work.call();
    return performance.now() - begun;
  };
  const limit = work.limit ?? Number.POSITIVE_INFINITY;
  const begun = performance.now();
  let last = await timed(1);
  if (last > budget) return last * 1000;
  while (performance.now() - begun < budget / 3 && calls < limit / 3) last = await timed(1);

  const batch = Math.max(1, Math.min(1000, limit / 30, Math.round(0.5 / Math.max(last, 0.0005))));
  const samples: number[] = [];
  const end = begun + budget;
  while (calls + batch <= limit && (performance.now() < end || samples.length < SAMPLES)) {
    samples.push((await timed(Math.trunc(batch))) / Math.trunc(batch));
  }
  return median(samples) * 1000;
}

/**
 * Calls per second, so many of them under way at all times.
 *
 * @param start - Makes the calls of one lane, of which each waits for the one before.
 * @param budget - Milliseconds to spend; a third of them to warm up.
 */
export async function rateOf(
  start: (lane: number) => Work,
  lanes: number,
  budget: number,
): Promise<number> {
  const begun = performance.now();
  const [from, until] = [begun + budget / 3, begun + budget];
  let count = 0;
  const run = async (lane: number) => {
    const work = start(lane);
    while (performance.now() < until) {
      await work.call();
      if (performance.now() >= from) count++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(lane)));
  return (count * 1000) / (performance.now() - from);
}
