/**
 * How long does a fresh process take to its first token, over TLS on loopback?
 *
 * @module
 */
import { LIMIT, type Question } from "../question.js";
import { compiled, PYTHON, pythonProgram } from "../stage.js";
import { EMPTY, EMPTY_PYTHON, milliseconds, OVER_EMPTY } from "../yardstick.js";

const HTTPS = "node:https";
const CERTIFICATE = "msal-ts with a certificate";

/** Programs by who is measured, in `first-token/`. */
const PROGRAMS: Readonly<Record<string, string>> = {
  [HTTPS]: "node-https",
  [CERTIFICATE]: "msal-ts-certificate",
  [EMPTY.name]: "empty",
};

export const question: Question = {
  title: "fresh process to first token",
  unit: "ms",
  contestants: [
    { name: "msal-ts", sizes: [1], role: "ours" },
    { name: CERTIFICATE, sizes: [1], role: "ours" },
    { name: "msal-node", sizes: [1], role: "incumbent" },
    { name: "azure-identity", sizes: [1], role: "incumbent" },
    { name: "msal-python", sizes: [1], role: "incumbent" },
    { name: "openid-client", sizes: [1], role: "incumbent" },
    { name: HTTPS, sizes: [1], role: "floor" },
    { name: "fetch", sizes: [1], role: "floor" },
    EMPTY,
    EMPTY_PYTHON,
  ],
  shown: [1],
  floor: HTTPS,
  over: { ...OVER_EMPTY, [CERTIFICATE]: EMPTY.name, [HTTPS]: EMPTY.name, fetch: EMPTY.name },
  repeat: 10,
  remark:
    "Over a process that does nothing, in the same language. The libraries ask an unknown host for its configuration first, so theirs are two requests; the floors ask for the token alone.",
  goals: [
    {
      says: "a fresh process has its first token at most 25 ms later than with node:https",
      short: "floor + 25 ms",
      at: 1,
      compare: (figure) => [figure("msal-ts") - figure(HTTPS), milliseconds(figure, 25)],
      room: 1.3,
    },
  ],
  headline: { says: "from the start of a process to its first token", size: 1 },
  measure(stage, name, _size, effort) {
    return stage.run(commandOf(name), LIMIT[effort])?.elapsed;
  },
};

function commandOf(name: string): readonly string[] {
  if (name === "msal-python") return [PYTHON, pythonProgram("first_token.py")];
  if (name === EMPTY_PYTHON.name) return [PYTHON, "-c", "pass"];
  return [process.execPath, compiled(`first-token/${PROGRAMS[name] ?? name}.js`)];
}
