/**
 * What does it cost to find one account by its id among many?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

export const question: Question = {
  title: "account look-up",
  of: "accounts",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: [1, 100, 1000, 10_000], quick: [1, 100, 1000], role: "ours" },
    // Quadratic: 10,000 would take minutes for one call.
    { name: "msal-node", sizes: [1, 100, 1000], quick: [1, 100], role: "incumbent" },
    { name: "msal-python", sizes: [1, 100, 1000, 10_000], quick: [1, 1000], role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [1000],
  floor: CONSTANT.name,
  instead: { "openid-client": "has no cache" },
  remark:
    "`getAccounts({ homeAccountId })`, `getAccountByHomeId`; `get_accounts()` and a filter in MSAL Python.",
  goals: [
    {
      says: "to find one of 1,000 accounts costs at most the floor and 3 µs",
      short: "floor + 3 µs",
      at: 1000,
      compare: (figure) => [
        figure("msal-ts", 1000),
        figure(CONSTANT.name) + microseconds(figure, 3),
      ],
      room: 1.5,
    },
  ],
  measure: costs("accountLookUp"),
};
