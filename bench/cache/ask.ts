/**
 * Asks one question of several libraries: each figure from a fresh process, the libraries interleaved,
 * medians of several passes, and ratios within a pass, since machines are shared.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { load, machine, pythonVersions, versions } from "../machine.js";
import { PYTHON, pythonProgram } from "../stage.js";
import { median } from "../statistics.js";

/** How long a process is waited for. Milliseconds. */
const PATIENCE = 60_000;

/** How often each figure is taken; `PASSES=1` for a first look. */
const PASSES = Number(process.env.PASSES ?? 3);
if (!(PASSES >= 1)) throw new Error(`PASSES must be 1 or more; it is ${process.env.PASSES}.`);

/** Figures by name; undefined where a library knows no such thing. */
export type Figures = Record<string, number | undefined>;

/** A question. */
export interface Question {
  /** The file that asks: it is run again for each figure. */
  url: string;
  unit: string;
  /** How long a process is waited for, in milliseconds, where a minute is too short. */
  patience?: number;
  /** Digits behind the point. */
  digits?: number;
  /** Numbers of users. */
  sizes: readonly number[];
  /** Who answers: here, or `"python"` in `python/caches.py`. The first is what the others are compared with. */
  answers: Record<string, "python" | ((size: number) => Promise<Figures>)>;
}

/** Asks, and prints a table; in a process that was started for one figure, takes that. */
export async function ask(question: Question): Promise<void> {
  const [, , who, size] = process.argv;
  if (who === undefined || size === undefined) {
    compare(question);
    return;
  }
  const answer = question.answers[who];
  if (typeof answer !== "function") throw new Error(`${who} is not asked here.`);
  console.log(JSON.stringify(await answer(Number(size))));
}

function compare(question: Question): void {
  const { sizes, answers, unit, digits = 2 } = question;
  const withPython = pythonVersions() !== undefined;
  const names = Object.keys(answers).filter((who) => withPython || answers[who] !== "python");
  const figures = new Map<string, number[]>();
  const tooSlow = new Set<string>();
  const before = load();
  for (let pass = 0; pass < PASSES; pass++) {
    for (const size of sizes) {
      for (const who of names) {
        if (tooSlow.has(who)) continue;
        const found = take(question, who, size);
        if (found === undefined) tooSlow.add(who);
        for (const [name, figure] of Object.entries(found ?? {})) {
          const key = JSON.stringify([name, who, size]);
          figures.set(key, [...(figures.get(key) ?? []), figure as number]);
        }
      }
    }
  }
  console.log(`${machine()}; load ${before} before and ${load()} after\n${versions()}`);
  console.log(`${unit}, medians of ${PASSES}, in brackets the ratio to ${names[0]}\n`);
  console.log(`| | | ${sizes.map((size) => size.toLocaleString("en")).join(" | ")} |`);
  console.log(`| --- | --- | ${sizes.map(() => "---:").join(" | ")} |`);
  const kinds = new Set([...figures.keys()].map((key) => (JSON.parse(key) as [string])[0]));
  for (const name of kinds) {
    for (const who of names) {
      const of = (whose: string, size: number) => figures.get(JSON.stringify([name, whose, size]));
      const cells = sizes.map((size) => {
        const values = of(who, size);
        if (values === undefined) return "–";
        const figure = median(values).toFixed(digits);
        const first = of(names[0] ?? "", size);
        if (who === names[0] || first === undefined) return figure;
        const ratios = values.map((value, pass) => value / (first[pass] ?? Number.NaN));
        return `${figure} (${median(ratios).toPrecision(2)})`;
      });
      console.log(`| ${name} | ${who} | ${cells.join(" | ")} |`);
    }
  }
}

function take(
  { url, answers, patience = PATIENCE }: Question,
  who: string,
  size: number,
): Figures | undefined {
  const self = fileURLToPath(url);
  const [program, args] =
    answers[who] === "python"
      ? // Without leaving compiled files in our folders.
        [PYTHON, ["-B", pythonProgram("caches.py"), basename(self, ".js"), String(size)]]
      : [process.execPath, ["--expose-gc", "--max-old-space-size=8192", self, who, String(size)]];
  try {
    const options = { encoding: "utf8", timeout: patience, stdio: "pipe" } as const;
    return JSON.parse(execFileSync(program, args, options)) as Figures;
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: string };
    const isLate = code === "ETIMEDOUT";
    // Others are asked on, but the run says in the end that somebody failed.
    if (!isLate) process.exitCode = 1;
    console.error(
      `${who}, ${size}: ${isLate ? "took too long" : lastLine(stderr ?? String(error))}`,
    );
    return undefined;
  }
}

/** What went wrong, out of what a runtime prints about it. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => /error/i.test(line));
  return lines.at(-1) ?? text.trim();
}
