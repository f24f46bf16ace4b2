/**
 * What does a user's token cost that is there already, as accounts in the cache become more?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 10, 100, 1000, 10_000, 100_000];
const SOME = [1, 100, 10_000];

export const question: Question = {
  title: "silent hit",
  of: "accounts",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: [...SOME, 100_000], role: "ours" },
    { name: "msal-node", sizes: ALL, quick: SOME, role: "incumbent" },
    { name: "msal-python", sizes: ALL, quick: SOME, role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [1, 10_000, 100_000],
  floor: CONSTANT.name,
  instead: { "openid-client": "has no cache" },
  remark:
    "Each account has an access token, a refresh token and an ID token; up to a hundred of them, evenly apart, take turns.",
  goals: [
    {
      says: "a silent hit costs at most the floor and 3 µs",
      short: "floor + 3 µs",
      at: 1,
      compare: (figure) => [figure("msal-ts"), figure(CONSTANT.name) + microseconds(figure, 3)],
      room: 1.5,
    },
    {
      says: "with 10,000 accounts it costs at most 1.5 times what it costs with one",
      short: "≤ 1.5 × ours at 1",
      at: 10_000,
      compare: (figure) => [figure("msal-ts", 10_000), 1.5 * figure("msal-ts")],
      room: 1.4,
    },
    {
      says: "and so with 100,000",
      short: "≤ 1.5 × ours at 1",
      at: 100_000,
      compare: (figure) => [figure("msal-ts", 100_000), 1.5 * figure("msal-ts")],
      room: 1.4,
    },
  ],
  headline: { says: "a user's token that is there already, one of 10,000 accounts", size: 10_000 },
  measure: costs("silentHit"),
};
