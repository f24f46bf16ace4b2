/**
 * How many tokens a second come over the network, 32 requests in flight? The server is on loopback, speaks
 * TLS, and is a process of its own; it shares the machine's cores with whoever asks.
 *
 * @module
 */
import { type Question, rate } from "../question.js";

const HTTPS = "node:https, keep-alive";
const LANES = 32;

export const question: Question = {
  title: "misses per second, 32 in flight, TLS over loopback",
  unit: "per second",
  contestants: [
    { name: "msal-ts", sizes: [1], role: "ours" },
    { name: "msal-node", sizes: [1], role: "incumbent" },
    { name: "azure-identity", sizes: [1], role: "incumbent" },
    { name: "msal-python", sizes: [1], role: "incumbent" },
    { name: "openid-client", sizes: [1], role: "incumbent" },
    { name: HTTPS, sizes: [1], role: "floor" },
    { name: "fetch", sizes: [1], role: "floor" },
  ],
  shown: [1],
  floor: HTTPS,
  repeat: 2,
  remark:
    "A token with four minutes left is none to any of the libraries, so that each call asks again; 32 scopes, so that no two questions are the same.",
  goals: [
    {
      says: "at least 0.7 times the tokens per second of node:https",
      short: "≥ 0.7 × floor",
      at: 1,
      compare: (figure) => [0.7 * figure(HTTPS), figure("msal-ts")],
      room: 1.3,
    },
  ],
  headline: { says: "tokens per second over TLS, 32 requests in flight", size: 1 },
  measure: (stage, name, _size, effort) =>
    rate(stage, name === HTTPS ? "floor" : name, LANES, effort),
};
