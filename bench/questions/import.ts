/**
 * How long does it take to import a library?
 *
 * @module
 */
import { LIMIT, type Question } from "../question.js";
import { PYTHON } from "../stage.js";
import { EMPTY, EMPTY_PYTHON, milliseconds, OVER_EMPTY } from "../yardstick.js";

/** What each is called where it is imported. */
const MODULES: Readonly<Record<string, string>> = {
  "msal-ts": "msal-ts",
  "msal-node": "@azure/msal-node",
  "azure-identity": "@azure/identity",
  "openid-client": "openid-client",
};

export const question: Question = {
  title: "import",
  unit: "ms",
  contestants: [
    { name: "msal-ts", sizes: [1], role: "ours" },
    { name: "msal-node", sizes: [1], role: "incumbent" },
    { name: "azure-identity", sizes: [1], role: "incumbent" },
    { name: "msal-python", sizes: [1], role: "incumbent" },
    { name: "openid-client", sizes: [1], role: "incumbent" },
    EMPTY,
    EMPTY_PYTHON,
  ],
  shown: [1],
  floor: EMPTY.name,
  over: OVER_EMPTY,
  repeat: 10,
  remark: "By `import`, as ES modules, over a process that imports nothing.",
  goals: [
    {
      says: "importing it costs at most 10 ms",
      short: "≤ +10 ms",
      at: 1,
      compare: (figure) => [figure("msal-ts") - figure(EMPTY.name), milliseconds(figure, 10)],
      room: 1.2,
      known: 1.6,
    },
  ],
  measure(stage, name, _size, effort) {
    return stage.run(commandOf(name), LIMIT[effort])?.elapsed;
  },
};

function commandOf(name: string): readonly string[] {
  if (name === "msal-python") return [PYTHON, "-c", "import msal"];
  if (name === EMPTY_PYTHON.name) return [PYTHON, "-c", "pass"];
  const module = MODULES[name];
  const program = module === undefined ? "" : `import ${JSON.stringify(module)};`;
  return [process.execPath, "--input-type=module", "-e", program];
}
