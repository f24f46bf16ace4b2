/**
 * `npm run bench -- --check`: does this run's every figure keep what was promised? Ratios within the run
 * alone, with room for noise.
 *
 * @module
 */
import type { Figures, Goal, Question } from "./question.js";

/** How a goal stands. */
export interface Verdict {
  question: string;
  says: string;
  /** What was measured, as a part of what it may be at most; NaN when a figure is missing. */
  part: number;
  /** Reached, not counting any room. */
  met: boolean;
  /** Not even reached with room for noise. */
  missed: boolean;
}

/** What became of the goals that a run says something of. A figure that is missing then is a goal that is missed. */
export function judge({ title, goals }: Question, figures: Figures): Verdict[] {
  return goals
    .filter(({ at }) => figures.wasAsked("msal-ts", at))
    .map((goal) => verdict(title, goal, figures));
}

function verdict(question: string, { says, compare, room }: Goal, figures: Figures): Verdict {
  const [ours, limit] = compare((name, size) => figures.of(name, size));
  const part = ours / limit;
  return { question, says, part, met: part <= 1, missed: !(part <= room) };
}

/** One line for each, those that are missed marked. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ question, says, part, met, missed }) => {
    const word = missed ? "MISSED" : met ? "met   " : "within noise";
    const percent = Number.isNaN(part) ? "no figure" : `${Math.round(part * 100)} %`;
    return `${word}  ${question}: ${says} (${percent} of the limit)`;
  });
}
