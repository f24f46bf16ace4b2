/**
 * What does it cost to find one account by its username among many?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 1000, 10_000, 100_000];
const SOME = [1, 1000, 10_000];

export const question: Question = {
  title: "account by its username",
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
  remark:
    "`getAccounts({ username })`, `get_accounts(username)`; `getAllAccounts()` and a filter in msal-node.",
  onlyByName: true,
  goals: [
    {
      says: "to find one of 10,000 accounts by its username costs at most the floor and 3 µs",
      short: "floor + 3 µs",
      at: 10_000,
      compare: (figure) => [
        figure("msal-ts", 10_000),
        figure(CONSTANT.name) + microseconds(figure, 3),
      ],
      room: 1.5,
    },
  ],
  measure: costs("accountByUsername"),
};
