/**
 * How much memory does an account take, with its three tokens?
 *
 *     npm run build && node bench/dist/cache/memory.js
 *
 * "text" is the size of its rows when they are written down.
 */
import { execFileSync } from "node:child_process";
import type { TextCache } from "../libraries/library.js";
import { textCache as msalNode } from "../libraries/msal-node.js";
import { textCache as msalTs } from "../libraries/msal-ts.js";
import { compiled } from "../stage.js";
import { ask, type Figures } from "./ask.js";

await ask({
  url: import.meta.url,
  unit: "bytes per account",
  digits: 0,
  sizes: [1000, 10_000, 50_000],
  answers: {
    "msal-ts": (size) => figuresOf("msal-ts", msalTs, size),
    "@azure/msal-node": (size) => figuresOf("msal-node", msalNode, size),
    "MSAL Python": "python",
  },
});

async function figuresOf(name: string, library: TextCache, users: number): Promise<Figures> {
  const text = textOf(name, users);
  // The first one also compiles what it needs.
  library.load(await library.text(1));
  // Twice: what came through the pipe is freed beside the first one, which does not wait for that.
  globalThis.gc?.();
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

/** Made by another process: the cache would fill the memory that making it leaves free, and look smaller. */
function textOf(name: string, users: number): string {
  const args = ["--max-old-space-size=8192", compiled("cache/text.js"), name, String(users)];
  const options = { encoding: "utf8", maxBuffer: Number.POSITIVE_INFINITY } as const;
  return execFileSync(process.execPath, args, options);
}
