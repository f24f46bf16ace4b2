/**
 * How long does it take to import a library?
 *
 * @module
 */
import { LIMIT, type Question } from "../question.js";
import { PYTHON } from "../stage.js";
import { EMPTY, milliseconds } from "../yardstick.js";

const EMPTY_PYTHON = "python3 -c pass";

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
    { name: EMPTY_PYTHON, sizes: [1], role: "floor" },
  ],
  shown: [1],
  floor: EMPTY.name,
  over: {
    "msal-ts": EMPTY.name,
    "msal-node": EMPTY.name,
    "azure-identity": EMPTY.name,
    "openid-client": EMPTY.name,
    "msal-python": EMPTY_PYTHON,
  },
  repeat: 6,
  remark: "By `import`, as ES modules, over a process that imports nothing.",
  goals: [
    {
      says: "importing it costs at most 10 ms",
      short: "≤ +10 ms",
      at: 1,
      compare: (figure) => [figure("msal-ts"), figure(EMPTY.name) + milliseconds(figure, 10)],
      room: 1.2,
    },
  ],
  measure(stage, name, _size, effort) {
    return stage.run(commandOf(name), LIMIT[effort])?.elapsed;
  },
};

function commandOf(name: string): readonly string[] {
  if (name === "msal-python") return [PYTHON, "-c", "import msal"];
  if (name === EMPTY_PYTHON) return [PYTHON, "-c", "pass"];
  const module = MODULES[name];
  const program = module === undefined ? "" : `import ${JSON.stringify(module)};`;
  return [process.execPath, "--input-type=module", "-e", program];
}
