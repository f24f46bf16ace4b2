/**
 * What a run found out, as Markdown and as a picture.
 *
 * @module
 */
import { drawChart } from "./chart.js";
import { judge } from "./check.js";
import { formatFigure, formatPart, formatRatio } from "./format.js";
import type { Contestant, Effort, Figure, Figures, Question } from "./question.js";
import { growth } from "./statistics.js";
import { EMPTY, milliseconds } from "./yardstick.js";

/** A question and its figures. */
export interface Answer {
  question: Question;
  figures: Figures;
}

/** What is said about the run itself. */
export interface Circumstances {
  effort: Effort;
  rounds: number;
  /** Day it began. */
  date: string;
  machine: string;
  versions: string;
  /** Processes that wanted a core, before and after. */
  load: readonly [string, string];
  minutes: number;
}

/** Columns of the table that compares all, and what they are headed. */
const COLUMNS: readonly (readonly [name: string, head: string])[] = [
  ["msal-ts", "msal-ts"],
  ["msal-node", "msal-node"],
  ["azure-identity", "@azure/identity"],
  ["msal-python", "MSAL Python"],
  ["openid-client", "openid-client"],
];

/** Marks in the README around what is written here. */
const MARKS = [
  "<!-- written by npm run bench -->",
  "<!-- end of what npm run bench writes -->",
] as const;

/** The whole of `RESULTS.md`. */
export function results(answers: readonly Answer[], run: Circumstances, picture: string): string {
  const { effort, rounds, date, machine, versions, load, minutes } = run;
  return `# What things cost

Written by \`npm run bench\`; [README.md](README.md) says how. Absolute times hold for one machine alone: ratios are what counts.

- ${date}, ${effort === "quick" ? "a quick run (`--quick`)" : "in full"}: ${rounds} ${rounds === 1 ? "round" : "rounds"}, ${minutes} minutes
- ${machine}; load ${load[0]} before and ${load[1]} after
- ${versions}

![${title(answers)}](${picture})

## Side by side

Medians; in brackets how many times the figure of msal-ts. The goal is held against the figures of this run; microseconds and
milliseconds of goals are those of the machine where they were set, told by what the same things cost there: 10 ms of it are
${formatFigure(milliseconds(yardstick(answers), 10), "ms")} of this one.

${summary(answers)}

## Goals

${goals(answers)}

## Every figure

A figure comes from a process of its own; median, and smallest to largest.

${answers.map(details).join("\n\n")}
`;
}

/** What processes cost in this run, to tell milliseconds by. */
function yardstick(answers: readonly Answer[]): Figure {
  const found = answers.find(({ figures }) => figures.wasAsked(EMPTY.name, 1));
  return (name, size) => found?.figures.of(name, size) ?? Number.NaN;
}

/** A question's own table, with its heading. */
export function details({ question, figures }: Answer): string {
  const rows = question.contestants.flatMap((contestant) =>
    measuredSizes(contestant, figures).map((size) => {
      const samples = figures.samples(contestant.name, size);
      const spread = samples.map((one) => formatFigure(one, question.unit));
      const low = spread[samples.indexOf(Math.min(...samples))];
      const high = spread[samples.indexOf(Math.max(...samples))];
      const value =
        samples.length === 0
          ? (figures.missing(contestant.name, size) ?? "")
          : formatFigure(figures.of(contestant.name, size), question.unit);
      return [
        head(contestant.name),
        size.toLocaleString("en"),
        value,
        samples.length < 2 ? "" : `${low} – ${high}`,
        ratioOf(question, figures, contestant, size),
      ];
    }),
  );
  const grows = growths(question, figures);
  const parts = [
    `### ${capital(question.title)}`,
    question.remark ?? "",
    table(["", question.of ?? "", "median", "all", "of msal-ts"], rows),
    grows.length === 0 ? "" : `Cost grows with size to the power of: ${grows.join(", ")}.`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/**
 * The README with its part about cost written anew.
 *
 * @param file - The picture's, in `bench/`.
 */
export function withHeadlines(
  readme: string,
  answers: readonly Answer[],
  run: Circumstances,
  file: string,
): string {
  const [begin, end] = MARKS;
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} … ${end}.`);
  const lines = answers.flatMap(({ question, figures }) => headline(question, figures));
  const how = run.effort === "quick" ? "a quick run" : "medians";
  const part = `${begin}
![${title(answers)}](bench/${file})

${lines.join("\n")}

(${how}, ${run.date}, ${run.machine.split(",")[0]}; ${run.versions}; [bench/RESULTS.md](bench/RESULTS.md) has every figure)
`;
  return `${readme.slice(0, from)}${part}${readme.slice(to)}`;
}

/** The picture: how the first question's costs grow. */
export function picture(answers: readonly Answer[]): string {
  const { question, figures } = hits(answers);
  const series = question.contestants
    .filter(({ role, name }) => role !== "floor" || name === question.floor)
    .map((contestant) => ({
      name: head(contestant.name),
      points: pointsOf(question, contestant, figures),
    }));
  const ends = series.map(({ name, points }) => {
    const last = points.at(-1);
    return `${name} ${formatFigure(last?.cost ?? Number.NaN, "µs")} at ${last?.size.toLocaleString("en")}`;
  });
  return drawChart({
    title: title(answers),
    description: `Lines on logarithmic axes, sizes from left to right, costs from bottom to top. ${ends.join("; ")}.`,
    sizes: `${question.of} in the cache`,
    format: (value) => formatFigure(value, "µs"),
    series,
  });
}

function title(answers: readonly Answer[]): string {
  return `Cost of a ${hits(answers).question.title}, by ${hits(answers).question.of} in the cache`;
}

/** The question of the picture: what hits cost, at the most sizes. */
function hits(answers: readonly Answer[]): Answer {
  const found = answers.find(({ question }) => question.title === "silent hit");
  if (found === undefined) throw new Error("There is no question about silent hits.");
  return found;
}

function pointsOf(question: Question, contestant: Contestant, figures: Figures) {
  const measured = measuredSizes(contestant, figures).map((size) => ({
    size,
    cost: figures.of(contestant.name, size),
  }));
  if (contestant.role !== "floor" || measured[0] === undefined) {
    return measured.filter(({ cost }) => !Number.isNaN(cost));
  }
  // A floor does not depend on sizes: a line along all of them.
  const [{ cost }] = measured;
  const ours = question.contestants.find(({ role }) => role === "ours");
  return ours === undefined ? [] : measuredSizes(ours, figures).map((size) => ({ size, cost }));
}

function summary(answers: readonly Answer[]): string {
  const rows = answers.flatMap(({ question, figures }) => {
    const ours = question.contestants.find(({ role }) => role === "ours");
    const measured = ours === undefined ? [] : measuredSizes(ours, figures);
    return question.shown
      .filter((size) => measured.includes(size))
      .map((size) => [
        work(question, size),
        ...COLUMNS.map(([name]) => cell(question, figures, name, size)),
        `${figure(question, figures, question.floor, size)} (${question.floor})`,
        question.goals
          .filter(({ at }) => at === size)
          .map(({ short }) => short)
          .join("; "),
      ]);
  });
  return table(["work", ...COLUMNS.map(([, said]) => said), "floor", "goal"], rows);
}

function cell(question: Question, figures: Figures, name: string, size: number): string {
  const contestant = question.contestants.find((one) => one.name === name);
  if (contestant === undefined) return question.instead?.[name] ?? "–";
  const smaller = measuredSizes(contestant, figures).filter((one) => one <= size);
  const largest = smaller.filter((one) => !Number.isNaN(figures.of(name, one))).at(-1);
  if (largest === undefined) return figures.missing(name, smaller[0] ?? size) ?? "not measured";
  const said = figure(question, figures, name, largest);
  const where = largest === size ? "" : ` at ${largest.toLocaleString("en")}`;
  const ratio = name === "msal-ts" ? "" : ratioOf(question, figures, contestant, largest);
  return `${said}${where}${ratio === "" || ratio === "–" ? "" : ` (${ratio})`}`;
}

function goals(answers: readonly Answer[]): string {
  const rows = answers.flatMap(({ question, figures }) =>
    judge(question, figures).map(({ says, part, stands }) => [
      question.title,
      says,
      Number.isNaN(part) ? "no figure" : formatPart(part),
      stands === "met" ? "yes" : "**no**",
    ]),
  );
  return table(["work", "goal", "of what it may be", "reached"], rows);
}

function headline(question: Question, figures: Figures): string[] {
  const { headline: line, contestants } = question;
  if (line === undefined) return [];
  const said = (name: string) => figure(question, figures, name, line.size);
  const others = contestants
    .filter(({ role, name }) => role === "incumbent" && !Number.isNaN(figures.of(name, line.size)))
    .map(({ name }) => `${head(name)} ${said(name)}`);
  const floor = question.floor;
  return [
    `- ${line.says}: **${said("msal-ts")}**; ${others.join(", ")}; the floor, ${floor}, ${figure(question, figures, floor, line.size)}`,
  ];
}

/** A figure as it is shown: a floor's whatever the size, without what is taken off. */
function figure(question: Question, figures: Figures, name: string, size: number): string {
  const contestant = question.contestants.find((one) => one.name === name);
  const at = contestant?.sizes.includes(size) ? size : 1;
  const base = question.over?.[name];
  const value = figures.of(name, at);
  if (base === undefined) return formatFigure(value, question.unit);
  return `+${formatFigure(Math.max(0, value - figures.of(base)), question.unit)}`;
}

/** How many times the cost of ours at that size; of rates, how much of it. */
function ratioOf(question: Question, figures: Figures, { name }: Contestant, size: number): string {
  const net = (who: string) => {
    const base = question.over?.[who];
    return figures.of(who, size) - (base === undefined ? 0 : figures.of(base));
  };
  if (name === "msal-ts" || (question.over !== undefined && question.over[name] === undefined))
    return "";
  return formatRatio(net(name) / Math.max(net("msal-ts"), Number.MIN_VALUE));
}

function growths(question: Question, figures: Figures): string[] {
  return question.contestants.flatMap((contestant) => {
    const points = pointsOf(question, contestant, figures).filter(({ size }) => size >= 100);
    if (contestant.role === "floor" || points.length < 2) return [];
    return [`${head(contestant.name)} ${growth(points).toFixed(2)}`];
  });
}

function measuredSizes({ name, sizes }: Contestant, figures: Figures): number[] {
  return sizes.filter((size) => figures.wasAsked(name, size));
}

function work({ title: what, of }: Question, size: number): string {
  if (of === undefined) return what;
  return `${what}, ${size.toLocaleString("en")} ${size === 1 ? of.replace(/s\b/, "") : of}`;
}

function head(name: string): string {
  return COLUMNS.find(([column]) => column === name)?.[1] ?? name;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
