/**
 * Of many measurements, the one to tell.
 *
 * @module
 */

/** The value in the middle, or between the two there; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.trunc(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How a cost grows with size: the k of `size ** k`, by least squares over the logarithms. */
export function growth(points: readonly { size: number; cost: number }[]): number {
  const logs = points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }));
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [x, y] = [mean(logs.map((log) => log.x)), mean(logs.map((log) => log.y))];
  const over = mean(logs.map((log) => (log.x - x) * (log.y - y)));
  return over / mean(logs.map((log) => (log.x - x) ** 2));
}
