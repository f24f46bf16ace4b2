import { expect, test } from "vitest";
import { costOf, rateOf } from "../timing.js";

const busy = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

test("the cost of a call is told in microseconds", async () => {
  const cost = await costOf({ call: async () => busy(2) }, 60);

  expect(cost).toBeGreaterThanOrEqual(2000);
  expect(cost).toBeLessThan(20_000);
});

test("no more calls are made than there is work for", async () => {
  let calls = 0;

  await costOf({ limit: 100, call: async () => calls++ }, 60);

  expect(calls).toBeLessThanOrEqual(100);
  expect(calls).toBeGreaterThan(50);
});

test("a call that takes longer than there is time is made once", async () => {
  let calls = 0;
  const slow = async () => {
    calls++;
    busy(30);
  };

  const cost = await costOf({ call: slow }, 10);

  expect(calls).toBe(1);
  expect(cost).toBeGreaterThanOrEqual(30_000);
});

test("a call that fails ends the measuring", async () => {
  const work = { call: () => Promise.reject(new Error("not from the cache")) };

  await expect(costOf(work, 10)).rejects.toThrow("not from the cache");
});

test("each lane has one call under way, and all of them count", async () => {
  const under = new Set<number>();
  let most = 0;
  const start = (lane: number) => ({
    async call() {
      if (under.has(lane)) throw new Error("two calls in one lane");
      under.add(lane);
      most = Math.max(most, under.size);
      await new Promise((resolve) => setTimeout(resolve, 10));
      under.delete(lane);
    },
  });

  const rate = await rateOf(start, 8, 300);

  expect(most).toBe(8);
  expect(rate).toBeGreaterThan(50);
  expect(rate).toBeLessThanOrEqual(8 / 0.009);
});
