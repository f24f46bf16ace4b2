import { expect, test } from "vitest";
import { apart, decades, drawChart } from "../chart.js";

test.for([
  [
    [1, 10, 100],
    [1, 10, 100],
  ],
  [
    [3, 40],
    [1, 10, 100],
  ],
  [
    [0.03, 2],
    [0.01, 0.1, 1, 10],
  ],
  [[5], [1, 10]],
  [[10], [10, 100]],
] as const)("the decades around %j are %j", ([values, expected]) => {
  const found = decades(values);

  expect(found).toHaveLength(expected.length);
  for (const [i, decade] of expected.entries()) expect(found[i]).toBeCloseTo(decade, 9);
});

test.for([
  [
    [10, 100],
    [10, 100],
  ],
  [
    [10, 12],
    [10, 26],
  ],
  [
    [12, 10],
    [26, 10],
  ],
  [
    [10, 10, 30],
    [10, 26, 42],
  ],
] as const)("texts at %j stand at %j", ([heights, expected]) => {
  expect(apart(heights, 16)).toEqual(expected);
});

const chart = {
  title: "Cost <of> a hit & more",
  description: "Two lines.",
  sizes: "accounts",
  format: (cost: number) => `${cost} µs`,
  series: [
    { name: "flat", points: [1, 10, 100].map((size) => ({ size, cost: 10 })) },
    { name: "linear", points: [1, 10, 100].map((size) => ({ size, cost: 10 * size })) },
    { name: "nothing", points: [] },
  ],
};

test("equal factors are equal distances", () => {
  const [flat = [], linear = []] = [...drawChart(chart).matchAll(/class="line" d="([^"]+)"/g)].map(
    ([, path = ""]) =>
      [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );

  expect(flat.map(([x]) => x)).toEqual(linear.map(([x]) => x));
  expect(flat[1]![0]! - flat[0]![0]!).toBeCloseTo(flat[2]![0]! - flat[1]![0]!);
  expect(new Set(flat.map(([, y]) => y)).size).toBe(1);
  expect(linear[0]![1]! - linear[1]![1]!).toBeCloseTo(linear[1]![1]! - linear[2]![1]!);
  expect(linear[0]![1]).toBe(flat[0]![1]);
});

test("the picture has a title, a description and colours for a dark ground", () => {
  const svg = drawChart(chart);

  expect(svg).toContain('<title id="title">Cost &lt;of&gt; a hit &amp; more</title>');
  expect(svg).toContain('<desc id="description">Two lines.</desc>');
  expect(svg).toContain("prefers-color-scheme:dark");
  expect(svg).not.toMatch(/NaN|undefined|nothing/);
});
