/**
 * How much memory does an account take, with its three tokens?
 *
 *     npm run build && node bench/dist/cache/memory.js
 *
 * "text" is the size of its rows when they are written down.
 */
import { ask, type Figures } from "./ask.js";
import type { Library } from "./library.js";
import { msalNode } from "./msal-node.js";
import { msalTs } from "./msal-ts.js";

await ask({
  url: import.meta.url,
  unit: "bytes per account",
  digits: 0,
  sizes: [1000, 10_000, 50_000],
  subjects: ["memory"],
  answers: {
    "msal-ts": (_, size) => figuresOf(msalTs, size),
    "@azure/msal-node": (_, size) => figuresOf(msalNode, size),
    "MSAL Python": "python",
  },
  versions: { "msal-ts": msalTs.version, "@azure/msal-node": msalNode.version },
});

async function figuresOf(library: Library, users: number): Promise<Figures> {
  const text = await library.text(users, "real");
  // The first one also compiles what it needs.
  library.load(await library.text(1, "real"));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const cache = library.load(text);
  globalThis.gc?.();
  const after = process.memoryUsage();
  if (cache.save().length === 0) throw new Error("an empty cache");
  return {
    text: text.length / users,
    heap: (after.heapUsed - before.heapUsed) / users,
    resident: (after.rss - before.rss) / users,
  };
}
