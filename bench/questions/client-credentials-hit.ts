/**
 * What does an application's own token cost that is there already, as tenants become more?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 100, 1000, 10_000];
const SOME = [1, 10_000];

export const question: Question = {
  title: "client-credentials hit",
  of: "tenants",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: [...SOME, 100], role: "ours" },
    { name: "msal-node", sizes: ALL, quick: SOME, role: "incumbent" },
    // To fill its cache one has to ask for each token, and each costs more than the one before.
    { name: "azure-identity", sizes: [1, 100, 1000], quick: [1, 100], role: "incumbent" },
    { name: "msal-python", sizes: ALL, quick: SOME, role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [10_000],
  floor: CONSTANT.name,
  instead: { "openid-client": "has no cache" },
  remark: "Up to a hundred tenants, evenly apart, take turns.",
  goals: [
    {
      says: "an application's own token, one of 10,000 tenants, costs at most the floor and 3 µs",
      short: "floor + 3 µs",
      at: 10_000,
      compare: (figure) => [
        figure("msal-ts", 10_000),
        figure(CONSTANT.name) + microseconds(figure, 3),
      ],
      room: 1.5,
    },
  ],
  headline: {
    says: "an application's own token that is there already, one of 10,000 tenants",
    size: 10_000,
  },
  measure: costs("appHit"),
};
