/**
 * `npm run bench -- --check`: does this run's every figure keep what was promised? Ratios within the run
 * alone, with room for noise.
 *
 * @module
 */
import { formatPart } from "./format.js";
import type { Figures, Goal, Question } from "./question.js";

/** How a goal stands. */
export interface Verdict {
  question: string;
  says: string;
  /** What was measured, as a part of what it may be at most; NaN when a figure is missing. */
  part: number;
  stands: Standing;
}

/**
 * `within noise`: not reached, but with room for noise. `no worse`: missed, and known to be; it is as it was.
 */
type Standing = "met" | "within noise" | "no worse" | "MISSED";

const STANDINGS: readonly Standing[] = ["met", "within noise", "no worse", "MISSED"];

/** What became of the goals that a run says something of. A figure that is missing then is a goal that is missed. */
export function judge({ title, goals }: Question, figures: Figures): Verdict[] {
  return goals
    .filter(({ at }) => figures.wasAsked("msal-ts", at))
    .map((goal) => verdict(title, goal, figures));
}

/** Whether a run has to be taken for worse than what was promised. */
export function isMissed({ stands }: Verdict): boolean {
  return stands === "MISSED";
}

function verdict(question: string, goal: Goal, figures: Figures): Verdict {
  const { says, compare, room, known = 1 } = goal;
  const [ours, limit] = compare((name, size) => figures.of(name, size));
  const part = ours / limit;
  const stands =
    part <= 1
      ? "met"
      : part <= room
        ? "within noise"
        : part <= known * room
          ? "no worse"
          : "MISSED";
  return { question, says, part, stands };
}

/** One line for each, those that are missed marked. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ question, says, part, stands }) => {
    const percent = Number.isNaN(part) ? "no figure" : `${formatPart(part)} of the limit`;
    return `${stands.padEnd(12)}  ${question}: ${says} (${percent})`;
  });
}

/** How many goals stand how, for example "12 met, 1 within noise, 1 no worse, 0 MISSED". */
export function tally(verdicts: readonly Verdict[]): string {
  return STANDINGS.map(
    (standing) => `${verdicts.filter(({ stands }) => stands === standing).length} ${standing}`,
  ).join(", ");
}
