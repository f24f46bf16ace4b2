/**
 * Asks one question of several libraries: each figure from a fresh process, the libraries interleaved,
 * medians of several passes, and ratios within a pass, since machines are shared.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

/** How long a process is waited for. Milliseconds. */
const PATIENCE = 60_000;

/** How often each figure is taken; `PASSES=1` for a first look. */
const PASSES = Number(process.env.PASSES ?? 3);

/** Python's part of each question. */
const PYTHON_FILE = fileURLToPath(new URL("../../cache/msal_python.py", import.meta.url));

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
  sizes: readonly number[];
  /** What is asked about each; a process of its own answers each. */
  subjects: readonly string[];
  /** Who answers: here, or `"python"` in Python. The first is what the others are compared with. */
  answers: Record<string, "python" | ((subject: string, size: number) => Promise<Figures>)>;
  versions: Record<string, string>;
}

/** Asks, and prints a table; in a process that was started for one figure, takes that. */
export async function ask(question: Question): Promise<void> {
  const [, , who, subject, size] = process.argv;
  if (who === undefined || subject === undefined) {
    compare(question);
    return;
  }
  const answer = question.answers[who];
  if (typeof answer !== "function") throw new Error(`${who} is not asked here.`);
  console.log(JSON.stringify(await answer(subject, Number(size))));
}

function compare(question: Question): void {
  const { sizes, subjects, answers, unit, versions, digits = 2 } = question;
  const names = Object.keys(answers);
  const figures = new Map<string, number[]>();
  const tooSlow = new Set<string>();
  const load = [loadavg()[0] ?? 0];
  const what = Object.entries({ ...versions, ...pythonVersion(answers) });
  for (let pass = 0; pass < PASSES; pass++) {
    for (const size of sizes) {
      for (const subject of subjects) {
        for (const who of names) {
          if (tooSlow.has(`${who} ${subject}`)) continue;
          const found = take(question, who, subject, size);
          if (found === undefined) tooSlow.add(`${who} ${subject}`);
          for (const [name, figure] of Object.entries(found ?? {})) {
            const key = JSON.stringify([name, who, size]);
            figures.set(key, [...(figures.get(key) ?? []), figure as number]);
          }
        }
      }
      load.push(loadavg()[0] ?? 0);
    }
  }
  console.log(
    `${what.map(([name, version]) => `${name} ${version}`).join(", ")}; Node.js ${process.version}, ${cpus().length} cores, load ${Math.min(...load).toFixed(1)} to ${Math.max(...load).toFixed(1)}; ${unit}, medians of ${PASSES}, in brackets the ratio to ${names[0]}\n`,
  );
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
  subject: string,
  size: number,
): Figures | undefined {
  const self = fileURLToPath(url);
  const question = self.split("/").at(-1)?.replace(".js", "") ?? "";
  const [program, args] =
    answers[who] === "python"
      ? ["/usr/bin/python3", [PYTHON_FILE, question, subject, String(size)]]
      : [
          process.execPath,
          ["--expose-gc", "--max-old-space-size=8192", self, who, subject, String(size)],
        ];
  try {
    const options = { encoding: "utf8", timeout: patience, stdio: "pipe" } as const;
    return JSON.parse(execFileSync(program, args, options)) as Figures;
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: string };
    const reason = code === "ETIMEDOUT" ? "took too long" : lastLine(stderr ?? String(error));
    console.error(`${who}, ${subject}, ${size}: ${reason}`);
    return undefined;
  }
}

function pythonVersion(answers: Question["answers"]): Record<string, string> {
  const name = Object.keys(answers).find((who) => answers[who] === "python");
  if (name === undefined) return {};
  const args = ["-c", "import msal; print(msal.__version__)"];
  return { [name]: execFileSync("/usr/bin/python3", args, { encoding: "utf8" }).trim() };
}

/** What went wrong, out of what a runtime prints about it. */
function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => /error/i.test(line));
  return lines.at(-1) ?? text.trim();
}

/** The one in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.trunc(values.length / 2)] ?? Number.NaN;
}
