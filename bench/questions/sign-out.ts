/**
 * What does it cost to sign one account out, as accounts beside it become more?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 1000, 10_000, 100_000];
const SOME = [1, 1000, 10_000];

export const question: Question = {
  title: "signing an account out",
  of: "accounts beside it",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: SOME, role: "ours" },
    { name: "msal-node", sizes: [1, 1000, 10_000], quick: SOME, role: "incumbent" },
    { name: "msal-python", sizes: ALL, quick: SOME, role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [10_000],
  floor: CONSTANT.name,
  instead: { "openid-client": "has no cache" },
  remark: "Those stay; 300 more are there at first, and leave one after the other.",
  onlyByName: true,
  goals: [
    {
      says: "signing an account out beside 10,000 costs at most 50 µs",
      short: "≤ 50 µs",
      at: 10_000,
      compare: (figure) => [figure("msal-ts", 10_000), microseconds(figure, 50)],
      room: 1.5,
    },
  ],
  measure: costs("signOut"),
};
