/**
 * What does each account cost when all of them are listed?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, PARSING } from "../yardstick.js";

const ALL = [1, 1000, 10_000, 100_000];
const SOME = [1, 1000, 10_000];

const listing = costs("allAccounts");

export const question: Question = {
  title: "all accounts, for each",
  of: "accounts",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: SOME, role: "ours" },
    // Quadratic: 10,000 would take minutes for one call.
    { name: "msal-node", sizes: [1, 1000], role: "incumbent" },
    { name: "msal-python", sizes: ALL, quick: SOME, role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [10_000],
  floor: CONSTANT.name,
  instead: { "openid-client": "has no cache" },
  remark: "What one call costs, divided by the accounts that it returns.",
  onlyByName: true,
  goals: [
    {
      says: "listing 10,000 accounts costs for each at most what listing one costs",
      short: "≤ ours at 1",
      at: 10_000,
      compare: (figure) => [figure("msal-ts", 10_000), figure("msal-ts")],
      room: 1.4,
    },
  ],
  measure(stage, name, size, effort) {
    const whole = listing(stage, name, size, effort);
    return whole === undefined ? undefined : whole / size;
  },
};
