/**
 * What does it cost to authenticate with a certificate, where the network answers at once? One tenant, and
 * two in turn.
 *
 * @module
 */
import { cost, type Question } from "../question.js";

const SECRET = "msal-ts with a secret";
const SIGNATURE = "one signature of node:crypto";

export const question: Question = {
  title: "miss with a certificate, stub network",
  of: "tenants in turn",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: [1, 2], role: "ours" },
    { name: SECRET, sizes: [1, 2], role: "floor" },
    { name: "msal-node", sizes: [1, 2], role: "incumbent" },
    { name: "msal-python", sizes: [1, 2], role: "incumbent" },
    { name: SIGNATURE, sizes: [1], role: "floor" },
  ],
  shown: [1, 2],
  floor: SECRET,
  goals: [
    {
      says: "a miss with a certificate costs at most 1.2 times one with a secret, once it has signed",
      short: "≤ 1.2 × secret",
      at: 1,
      compare: (figure) => [figure("msal-ts"), 1.2 * figure(SECRET)],
      room: 1.3,
    },
    {
      says: "and so do misses of two tenants in turn",
      short: "≤ 1.2 × secret",
      at: 2,
      compare: (figure) => [figure("msal-ts", 2), 1.2 * figure(SECRET, 2)],
      room: 1.3,
    },
  ],
  measure(stage, name, size, effort) {
    if (name === SIGNATURE) return cost(stage, "floor", "signature", size, effort);
    if (name === SECRET) return cost(stage, "msal-ts", "secretMiss", size, effort);
    return cost(stage, name, "certificateMiss", size, effort);
  },
};
