import { expect, test } from "vitest";
import { formatFigure, formatPart, formatRatio } from "../format.js";

test.for([
  [0.0276, "µs", "28 ns"],
  [0.999, "µs", "1 µs"],
  [1.74, "µs", "1.7 µs"],
  [105.4, "µs", "105 µs"],
  [999.6, "µs", "1 ms"],
  [80_200, "µs", "80 ms"],
  [1_060_000, "µs", "1.1 s"],
  [135.2, "ms", "135 ms"],
  [0.4, "ms", "400 µs"],
  [6569.3, "per second", "6,569/s"],
  [Number.NaN, "µs", "–"],
] as const)("%d %s is %s", ([value, unit, text]) => {
  expect(formatFigure(value, unit)).toBe(text);
});

test.for([
  [0.084, "× 0.084"],
  [1.04, "× 1"],
  [9.96, "× 10"],
  [41_234, "× 41,234"],
  [Number.NaN, "–"],
] as const)("a ratio of %d is %s", ([ratio, text]) => {
  expect(formatRatio(ratio)).toBe(text);
});

// Whoever reads 100 % reads that it was reached.
test.for([
  [0.333, "33 %"],
  [0.999, "100 %"],
  [1, "100 %"],
  [1.0001, "101 %"],
  [1.432, "143 %"],
] as const)("%d of the limit is %s", ([part, text]) => {
  expect(formatPart(part)).toBe(text);
});
