/**
 * Goals name microseconds of one machine. Held against figures of another they would say nothing, so they
 * are told in what that machine took for two things that every run measures: to parse one answer of the
 * provider (the microseconds), and to start and end an empty process (the milliseconds).
 *
 * @module
 */
import { type Contestant, cost, type Figure, type Question } from "./question.js";

/** Parses one answer of the provider: about 1.8 microseconds where the goals were set. */
export const PARSING: Contestant = { name: "parsing the answer", sizes: [1], role: "floor" };
/** An `async` function that returns a constant. */
export const CONSTANT: Contestant = { name: "an async function", sizes: [1], role: "floor" };
/** `node` with an empty module: 60 milliseconds where the goals were set. */
export const EMPTY: Contestant = { name: "empty module", sizes: [1], role: "floor" };

/** Debian's Python, without a program. */
export const EMPTY_PYTHON: Contestant = { name: "python3 -c pass", sizes: [1], role: "floor" };

/** What is taken off where a process is measured: one of the same language that does nothing. */
export const OVER_EMPTY: Readonly<Record<string, string>> = {
  "msal-ts": EMPTY.name,
  "msal-node": EMPTY.name,
  "azure-identity": EMPTY.name,
  "openid-client": EMPTY.name,
  "msal-python": EMPTY_PYTHON.name,
};

/** Which operation of `libraries/floor.ts` a floor is. */
const FLOORS: Readonly<Record<string, string>> = {
  [PARSING.name]: "parsing",
  [CONSTANT.name]: "constant",
};

/** So many microseconds of the machine where the goals were set. */
export function microseconds(figure: Figure, count: number): number {
  return (figure(PARSING.name) * count) / 1.8;
}

/** So many milliseconds of the machine where the goals were set. */
export function milliseconds(figure: Figure, count: number): number {
  return (figure(EMPTY.name) * count) / 60;
}

/** Takes figures of an operation that libraries have, and of these floors. */
export function costs(operation: string): Question["measure"] {
  return (stage, name, size, effort) => {
    const floor = FLOORS[name];
    if (floor !== undefined) return cost(stage, "floor", floor, size, effort);
    return cost(stage, name, operation, size, effort);
  };
}
