/**
 * What does one more sign-in cost, as accounts in the cache become more? The network answers at once.
 *
 * @module
 */
import type { Question } from "../question.js";
import { costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 100, 1000, 10_000];
const SOME = [1, 10_000];

export const question: Question = {
  title: "adding a sign-in",
  of: "accounts",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: SOME, role: "ours" },
    { name: "msal-node", sizes: ALL, quick: SOME, role: "incumbent" },
    { name: "msal-python", sizes: ALL, quick: SOME, role: "incumbent" },
    PARSING,
  ],
  shown: [10_000],
  floor: PARSING.name,
  instead: { "openid-client": "has no cache" },
  remark: "An authorization code of a new user is redeemed with each call.",
  goals: [
    {
      says: "adding a sign-in to 10,000 accounts costs at most 150 µs",
      short: "≤ 150 µs",
      at: 10_000,
      compare: (figure) => [figure("msal-ts", 10_000), microseconds(figure, 150)],
      room: 1.5,
    },
    {
      says: "adding a sign-in to 10,000 accounts costs what it costs beside one",
      short: "flat",
      at: 10_000,
      compare: (figure) => [figure("msal-ts", 10_000), 1.2 * figure("msal-ts")],
      room: 1.4,
    },
  ],
  measure: costs("addSignIn"),
};
