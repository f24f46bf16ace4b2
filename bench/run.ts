/**
 * Asks the questions of `questions/`, and writes down what came out.
 *
 *     npm run bench                    all but those asked only by name: RESULTS.md, the picture, the README's lines
 *     npm run bench -- --quick         the same, roughly
 *     npm run bench -- silent-hit      one of them, printed and not written down
 *     npm run bench -- --check         only what the goals need; exit code 1 if one is missed
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isMissed, judge, tally, type Verdict, verdictLines } from "./check.js";
import { formatFigure } from "./format.js";
import { load, machine, pythonVersions, versions } from "./machine.js";
import { type Effort, Figures, type Missing, type Question, sizesOf } from "./question.js";
import { QUESTIONS, questionsOf } from "./questions.js";
import { type Answer, details, picture, results, withHeadlines } from "./report.js";
import { compiled, openStage, type Stage } from "./stage.js";

/** Rounds of all questions, as far as there is time. */
const ROUNDS: Readonly<Record<Effort, number>> = { quick: 1, full: 3 };
/** After the first, a round that would end later than this does not begin. Minutes. */
const MINUTES: Readonly<Record<Effort, number>> = { quick: 2, full: 19 };
/** Rounds of a goal that was missed, before we believe it. */
const SECOND_THOUGHTS = 2;

const PICTURE = "cost-against-size.svg";

const USAGE = `Usage: npm run bench -- [--quick | --check] [question...]
The questions are ${Object.keys(QUESTIONS).join(", ")}.`;

await main();

async function main(): Promise<void> {
  const asked = whatIsAsked();
  if (typeof asked === "string") {
    console.error(asked);
    process.exitCode = 1;
    return;
  }
  const { effort, names } = asked;
  console.error(`${machine()}; load ${load()}\n${versions()}`);
  const hasPython = pythonVersions() !== undefined;
  if (!hasPython) console.error("MSAL Python is left out: apt-get install python3-msal");
  const questions = questionsOf(names).map((one) => (hasPython ? one : withoutPython(one)));
  const stage = await openStage();
  try {
    if (effort === "check") check(stage, questions);
    else bench(stage, questions, effort, names.length === 0);
  } finally {
    await stage.close();
  }
}

/** By the arguments; or what is wrong with them. */
function whatIsAsked(): { effort: Effort | "check"; names: readonly string[] } | string {
  let parsed: { values: { quick?: boolean; check?: boolean }; positionals: string[] };
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { quick: { type: "boolean" }, check: { type: "boolean" } },
    });
  } catch (error) {
    return `${(error as Error).message}\n${USAGE}`;
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((name) => QUESTIONS[name] === undefined);
  if (unknown !== undefined) {
    return `There is no question "${unknown}"; there are ${Object.keys(QUESTIONS).join(", ")}.`;
  }
  if (values.quick && values.check) return `--check is quick by itself.\n${USAGE}`;
  const effort = values.check ? "check" : values.quick ? "quick" : "full";
  return { effort, names: [...new Set(positionals)] };
}

/** Asks, prints, and writes it down if nothing was left out. */
function bench(stage: Stage, questions: readonly Question[], effort: Effort, write: boolean): void {
  const begun = performance.now();
  const before = load();
  const answers = questions.map((question) => ({ question, figures: new Figures() }));
  let rounds = 0;
  for (; rounds < ROUNDS[effort]; rounds++) {
    const passed = (performance.now() - begun) / 60_000;
    // Another round takes about as long as those before.
    if (rounds > 0 && (passed * (rounds + 1)) / rounds > MINUTES[effort]) break;
    for (const answer of answers) ask(stage, answer, effort);
  }
  for (const answer of answers) console.log(`\n${details(answer)}`);
  console.log(`\n${verdictLines(verdictsOf(answers)).join("\n")}`);
  if (!write) return;

  const run = {
    ...{ effort, rounds, machine: machine(), versions: versions() },
    date: new Date().toISOString().slice(0, 10),
    load: [before, load()] as const,
    minutes: Number(((performance.now() - begun) / 60_000).toFixed(1)),
  };
  rewrite(`bench/${PICTURE}`, () => picture(answers));
  rewrite("bench/RESULTS.md", () => results(answers, run, PICTURE));
  rewrite("README.md", (readme) => withHeadlines(readme, answers, run, PICTURE));
}

/** Measures what goals need; what is missed once more and longer. */
function check(stage: Stage, questions: readonly Question[]): void {
  const answers = questions.map((question) => ({
    question: forGoalsAlone(question),
    figures: new Figures(),
  }));
  for (const answer of answers) ask(stage, answer, "quick");
  for (const { question, figures } of answers) {
    const again = { question, figures: new Figures() };
    if (!judge(question, figures).some(isMissed)) continue;
    console.error(`again: ${question.title}`);
    for (let round = 0; round < SECOND_THOUGHTS; round++) ask(stage, again, "quick");
    answers[answers.findIndex((one) => one.question === question)] = again;
  }
  const verdicts = verdictsOf(answers);
  console.log(verdictLines(verdicts).join("\n"));
  console.log(`\n${tally(verdicts)}; load ${load()}`);
  if (verdicts.some(isMissed)) process.exitCode = 1;
}

/** One round of one question: each size, and at each size one contestant after the other. */
function ask(stage: Stage, { question, figures }: Answer, effort: Effort): void {
  const sizes = question.contestants.flatMap((contestant) => sizesOf(contestant, effort));
  for (const size of [...new Set(sizes)].sort((a, b) => a - b)) {
    for (let turn = 0; turn < (question.repeat ?? 1); turn++) {
      for (const contestant of question.contestants) {
        if (!sizesOf(contestant, effort).includes(size)) continue;
        const { name } = contestant;
        // Once is enough to know.
        if (figures.missing(name, size) !== undefined) continue;
        const value = attempt(() => question.measure(stage, name, size, effort));
        figures.add(name, size, value);
        const said = typeof value === "string" ? value : formatFigure(value, question.unit);
        console.error(`${question.title}, ${size.toLocaleString("en")}: ${name}: ${said}`);
      }
    }
  }
}

/** One that fails does not spoil the figures of the others, but the run says so in the end. */
function attempt(measure: () => number | undefined): number | Missing {
  try {
    return measure() ?? "too slow";
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
    return "failed";
  }
}

function verdictsOf(answers: readonly Answer[]): Verdict[] {
  return answers.flatMap(({ question, figures }) => judge(question, figures));
}

/** With those contestants alone whose figures its goals compare. */
function forGoalsAlone(question: Question): Question {
  const compared = new Set<string>();
  for (const { compare } of question.goals) {
    compare((name) => {
      compared.add(name);
      return 1;
    });
  }
  const contestants = question.contestants.filter(({ name }) => compared.has(name));
  return { ...question, contestants };
}

/** For machines where Debian's package is not installed. */
function withoutPython(question: Question): Question {
  const contestants = question.contestants.filter(({ name }) => !/python/.test(name));
  return {
    ...question,
    contestants,
    instead: { "msal-python": "not installed", ...question.instead },
  };
}

function rewrite(path: string, change: (text: string) => string): void {
  const file = compiled(`../../${path}`);
  const text = path.endsWith("README.md") ? readFileSync(file, "utf8") : "";
  writeFileSync(file, change(text));
  console.error(`written: ${path}`);
}
