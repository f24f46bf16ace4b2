/**
 * How long does a fresh process take to its first token, over TLS on loopback?
 *
 * @module
 */
import { LIMIT, type Question } from "../question.js";
import { compiled, PYTHON, pythonProgram } from "../stage.js";
import { EMPTY, milliseconds } from "../yardstick.js";

const HTTPS = "node:https";
const EMPTY_PYTHON = "python3 -c pass";

export const question: Question = {
  title: "fresh process to first token",
  unit: "ms",
  contestants: [
    { name: "msal-ts", sizes: [1], role: "ours" },
    { name: "msal-node", sizes: [1], role: "incumbent" },
    { name: "azure-identity", sizes: [1], role: "incumbent" },
    { name: "msal-python", sizes: [1], role: "incumbent" },
    { name: "openid-client", sizes: [1], role: "incumbent" },
    { name: HTTPS, sizes: [1], role: "floor" },
    { name: "fetch", sizes: [1], role: "floor" },
    EMPTY,
    { name: EMPTY_PYTHON, sizes: [1], role: "floor" },
  ],
  shown: [1],
  floor: HTTPS,
  over: {
    "msal-ts": EMPTY.name,
    "msal-node": EMPTY.name,
    "azure-identity": EMPTY.name,
    "openid-client": EMPTY.name,
    "msal-python": EMPTY_PYTHON,
    [HTTPS]: EMPTY.name,
    fetch: EMPTY.name,
  },
  repeat: 6,
  remark:
    "Over a process that does nothing, in the same language. The libraries ask an unknown host for its configuration first, so theirs are two requests; the floors ask for the token alone.",
  goals: [
    {
      says: "a fresh process has its first token at most 25 ms later than with node:https",
      short: "floor + 25 ms",
      at: 1,
      compare: (figure) => [figure("msal-ts"), figure(HTTPS) + milliseconds(figure, 25)],
      room: 1.2,
    },
  ],
  headline: { says: "from the start of a process to its first token", size: 1 },
  measure(stage, name, _size, effort) {
    return stage.run(commandOf(name), LIMIT[effort])?.elapsed;
  },
};

function commandOf(name: string): readonly string[] {
  if (name === "msal-python") return [PYTHON, pythonProgram("first_token.py")];
  if (name === EMPTY_PYTHON) return [PYTHON, "-c", "pass"];
  const file = name === EMPTY.name ? "empty" : name.replace(":", "-");
  return [process.execPath, compiled(`first-token/${file}.js`)];
}
