import { expect, test } from "vitest";
import { growth, median } from "../statistics.js";

test.for([
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
  [[10, 9, 100], 10], // by number, not by text
  [[], Number.NaN],
] as const)("the median of %j is %d", ([values, expected]) => {
  expect(median(values)).toBe(expected);
});

test("the median leaves its values in their order", () => {
  const values = [3, 1, 2];

  median(values);

  expect(values).toEqual([3, 1, 2]);
});

const COSTS: readonly (readonly [string, number, (size: number) => number])[] = [
  ["constant", 0, () => 5],
  ["linear", 1, (size) => 0.3 * size],
  ["quadratic", 2, (size) => 7 * size ** 2],
];

test.for(COSTS)("a %s cost grows with the power %d", ([, power, costAt]) => {
  const points = [100, 1000, 10_000].map((size) => ({ size, cost: costAt(size) }));

  expect(growth(points)).toBeCloseTo(power);
});
