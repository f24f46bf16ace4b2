/**
 * Two tenants in turn, an application that authenticates with a certificate, and tokens that are there
 * already: is anything signed?
 *
 * @module
 */
import { cost, type Question } from "../question.js";

const SECRET = "msal-ts with a secret";

export const question: Question = {
  title: "hit with a certificate, tenants in turn",
  of: "tenants",
  unit: "µs",
  contestants: [
    { name: "msal-ts", sizes: [1, 2], quick: [2], role: "ours" },
    { name: SECRET, sizes: [2], role: "floor" },
    { name: "msal-node", sizes: [1, 2], quick: [2], role: "incumbent" },
  ],
  shown: [2],
  floor: SECRET,
  instead: { "openid-client": "has no cache" },
  goals: [
    {
      says: "a hit with a certificate, two tenants in turn, costs what it costs with a secret",
      short: "as any other hit",
      at: 2,
      compare: (figure) => [figure("msal-ts", 2), 1.2 * figure(SECRET, 2)],
      room: 1.4,
    },
  ],
  measure: (stage, name, size, effort) =>
    name === SECRET
      ? cost(stage, "msal-ts", "appHit", size, effort)
      : cost(stage, name, "certificateHit", size, effort),
};
