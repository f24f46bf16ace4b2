import { expect, test } from "vitest";
import { judge, verdictLines } from "../check.js";
import { type Effort, Figures, type Question, sizesOf } from "../question.js";
import { QUESTIONS } from "../questions.js";

const question: Question = {
  title: "hit",
  unit: "µs",
  contestants: [],
  shown: [1],
  floor: "floor",
  goals: [
    {
      says: "at most twice the floor",
      short: "≤ 2 × floor",
      at: 1,
      compare: (figure) => [figure("msal-ts"), 2 * figure("floor")],
      room: 1.5,
    },
  ],
  measure: () => undefined,
};

function figures(of: Record<string, readonly number[]>): Figures {
  const all = new Figures();
  for (const [name, values] of Object.entries(of)) {
    for (const value of values) all.add(name, 1, value);
  }
  return all;
}

// What msal-ts took where the floor took 10, and what becomes of the goal.
test.for([
  [15, true, false, "met"],
  [20, true, false, "met"],
  [29, false, false, "within noise"],
  [31, false, true, "MISSED"],
] as const)("%d against a limit of 20", ([ours, met, missed, word]) => {
  const verdicts = judge(question, figures({ "msal-ts": [ours], floor: [10] }));

  expect(verdicts).toEqual([
    { question: "hit", says: "at most twice the floor", part: ours / 20, met, missed },
  ]);
  expect(verdictLines(verdicts)[0]).toMatch(new RegExp(`^${word} `));
});

test("medians are compared", () => {
  const [verdict] = judge(question, figures({ "msal-ts": [900, 15, 14], floor: [10, 10, 900] }));

  expect(verdict?.part).toBe(15 / 20);
});

test("a goal without a figure to hold against is missed", () => {
  const [verdict] = judge(question, figures({ "msal-ts": [10] }));

  expect(verdict).toMatchObject({ met: false, missed: true });
});

test.for(["too slow", "failed"] as const)("a goal is missed by what is %s", (why) => {
  const all = figures({ floor: [10] });
  all.add("msal-ts", 1, why);

  expect(judge(question, all)).toMatchObject([{ met: false, missed: true }]);
});

test("nothing is said of a goal at a size that was not asked about", () => {
  expect(judge(question, figures({ floor: [10] }))).toEqual([]);
});

// Figures of a machine that does what the goals want, and of one on which nothing does.
test.for(Object.entries(QUESTIONS))("the goals of %s can be met and missed", ([, asked]) => {
  const rates = asked.unit === "per second";
  const run = (ours: (size: number) => number, effort: Effort = "full") => {
    const all = new Figures();
    for (const contestant of asked.contestants) {
      for (const size of sizesOf(contestant, effort)) {
        all.add(contestant.name, size, contestant.role === "ours" ? ours(size) : 100);
      }
    }
    return judge(asked, all);
  };
  const good = run(() => 100);
  const bad = run((size) => (rates ? 1 : 1_000_000 * size));

  expect(good.length).toBeGreaterThan(0);
  expect(good.map(({ says }) => says)).toEqual(asked.goals.map(({ says }) => says));
  expect(good.filter(({ met }) => !met)).toEqual([]);
  expect(bad.filter(({ missed }) => !missed)).toEqual([]);
  // Only what takes a minute to set up is left to the full run.
  const quick = run(() => 100, "quick").length;
  expect(quick).toBe(asked.goals.filter(({ at }) => at < 100_000).length);
});
