import { expect, test } from "vitest";
import { Figures, type Question } from "../question.js";
import { QUESTIONS, questionsOf } from "../questions.js";
import { type Answer, details, picture, results, withHeadlines } from "../report.js";

const RUN = {
  effort: "full",
  rounds: 3,
  date: "2026-01-02",
  machine: "2 cores (of some kind), 8 GiB",
  versions: "Node.js v20.19.0",
  load: ["0.1", "0.9"],
  minutes: 15,
} as const;

/** Questions of a full run, each contestant with figures of its own: 1, 2, 3 and so on, times the size. */
function answers(change: (name: string, value: number) => number = (_, value) => value): Answer[] {
  return questionsOf([]).map((question) => {
    const figures = new Figures();
    for (const [place, { name, sizes }] of question.contestants.entries()) {
      for (const size of sizes) figures.add(name, size, change(name, (place + 1) * size));
    }
    return { question, figures };
  });
}

test("the table has each size that is shown, each library and its ratio to ours", () => {
  const text = results(answers(), RUN, "picture.svg");

  expect(text).toContain("| silent hit, 1 account | 1 µs | 2 µs (× 2) |");
  expect(text).toContain("| silent hit, 10,000 accounts | 10 ms | 20 ms (× 2) |");
  expect(text).toContain("| on-behalf-of hit, 10,000 users |");
  expect(text).toContain("always asks the network");
  expect(text).not.toMatch(/NaN|undefined/);
});

test("a library that was asked at smaller sizes says at which", () => {
  const text = results(answers(), RUN, "picture.svg");

  expect(text).toMatch(/client-credentials hit, 10,000 tenants .* 3 ms at 1,000 \(× 3\)/);
});

test("what a process costs is told over one that does nothing", () => {
  const all = answers(
    (name) => ({ "msal-ts": 80, "empty module": 60, "msal-node": 160 })[name] ?? 60,
  );

  const text = results(all, RUN, "picture.svg");

  expect(text).toMatch(/\| import \| \+20 ms \| \+100 ms \(× 5\) \|/);
});

test("what took too long is told", () => {
  const question = QUESTIONS["account-look-up"] as Question;
  const figures = new Figures();
  figures.add("msal-ts", 1, 2);
  figures.add("msal-node", 1, "too slow");

  expect(details({ question, figures })).toMatch(/\| msal-node \| 1 \| too slow \|/);
});

test("a goal that was not reached stands out", () => {
  const slow = answers((name, value) => (name === "msal-ts" ? value * 1e6 : value));

  expect(results(slow, RUN, "picture.svg")).toMatch(
    /\| silent hit \| a silent hit .* \| \*\*no\*\* \|/,
  );
});

test("the README gets a picture and four lines, and keeps the rest", () => {
  const [begin, end] = [
    "<!-- written by npm run bench -->",
    "<!-- end of what npm run bench writes -->",
  ];
  const readme = `before\n${begin}\nold\n${end}\nafter\n`;

  const once = withHeadlines(readme, answers(), RUN, "picture.svg");

  expect(once).toMatch(/^before\n/);
  expect(once).toMatch(/\nafter\n$/);
  expect(once).not.toContain("old");
  expect(once.match(/^- /gm)).toHaveLength(4);
  expect(once).toContain("](bench/picture.svg)");
  expect(withHeadlines(once, answers(), RUN, "picture.svg")).toBe(once);
});

test("a README without a place for it is refused", () => {
  expect(() => withHeadlines("nothing", answers(), RUN, "picture.svg")).toThrow("README.md has no");
});

test("the floor is a line along all sizes of the picture", () => {
  const lines = [...picture(answers()).matchAll(/class="line" d="([^"]+)"/g)];

  expect(lines).toHaveLength(4);
  expect(lines[3]?.[1]?.match(/L/g)).toHaveLength(5);
});
