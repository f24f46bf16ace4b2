/**
 * What does a token on behalf of a user cost that is there already, as users become more?
 *
 * @module
 */
import type { Question } from "../question.js";
import { CONSTANT, costs, microseconds, PARSING } from "../yardstick.js";

const ALL = [1, 100, 1000, 10_000];
const SOME = [1, 10_000];

export const question: Question = {
  title: "on-behalf-of hit",
  of: "users",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: ALL, quick: SOME, role: "ours" },
    { name: "msal-node", sizes: ALL, quick: SOME, role: "incumbent" },
    CONSTANT,
    PARSING,
  ],
  shown: [10_000],
  floor: CONSTANT.name,
  instead: {
    "msal-python": "always asks the network",
    "azure-identity": "a credential for each user",
    "openid-client": "has no cache",
  },
  remark: "One assertion for each user; up to a hundred, evenly apart, take turns.",
  goals: [
    {
      says: "a token on behalf of one of 10,000 users costs at most the floor and 5 µs",
      short: "floor + 5 µs",
      at: 10_000,
      compare: (figure) => [
        figure("msal-ts", 10_000),
        figure(CONSTANT.name) + microseconds(figure, 5),
      ],
      room: 1.5,
    },
  ],
  measure: costs("onBehalfOfHit"),
};
