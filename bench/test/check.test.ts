import { expect, test } from "vitest";
import { isMissed, judge, tally, verdictLines } from "../check.js";
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
  [15, "met", false],
  [20, "met", false],
  [29, "within noise", false],
  [31, "MISSED", true],
] as const)("%d against a limit of 20: %s", ([ours, stands, missed]) => {
  const verdicts = judge(question, figures({ "msal-ts": [ours], floor: [10] }));

  expect(verdicts).toEqual([
    { question: "hit", says: "at most twice the floor", part: ours / 20, stands },
  ]);
  expect(verdicts.some(isMissed)).toBe(missed);
  expect(verdictLines(verdicts)[0]).toMatch(new RegExp(`^${stands} `));
});

// The same, of a goal that is known to be missed by a quarter.
test.for([
  [20, "met"],
  [30, "within noise"],
  [37, "no worse"],
  [38, "MISSED"],
] as const)("%d against a limit of 20 that is known to be missed: %s", ([ours, stands]) => {
  const goals = question.goals.map((goal) => ({ ...goal, known: 1.25 }));
  const [verdict] = judge({ ...question, goals }, figures({ "msal-ts": [ours], floor: [10] }));

  expect(verdict?.stands).toBe(stands);
});

test("a tally says how many goals stand how", () => {
  const verdicts = [15, 20, 29, 31].flatMap((ours) =>
    judge(question, figures({ "msal-ts": [ours], floor: [10] })),
  );

  expect(tally(verdicts)).toBe("2 met, 1 within noise, 0 no worse, 1 MISSED");
});

test("medians are compared", () => {
  const [verdict] = judge(question, figures({ "msal-ts": [900, 15, 14], floor: [10, 10, 900] }));

  expect(verdict?.part).toBe(15 / 20);
});

test("a goal without a figure to hold against is missed", () => {
  const [verdict] = judge(question, figures({ "msal-ts": [10] }));

  expect(verdict?.stands).toBe("MISSED");
});

test.for(["too slow", "failed"] as const)("a goal is missed by what is %s", (why) => {
  const all = figures({ floor: [10] });
  all.add("msal-ts", 1, why);

  expect(judge(question, all)).toMatchObject([{ stands: "MISSED" }]);
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
  expect(good.filter(({ stands }) => stands !== "met")).toEqual([]);
  expect(bad.filter((verdict) => !isMissed(verdict))).toEqual([]);
  // Which is what `--check` asks.
  expect(run(() => 100, "quick")).toEqual(good);
});
