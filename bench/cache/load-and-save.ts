/**
 * What does it cost to read and to write a whole cache?
 *
 *     npm run build && node bench/dist/cache/load-and-save.js
 *
 * CPU time, which other work on the machine disturbs least. The floors are `JSON.parse` and `JSON.stringify`
 * (in Python its own) for the same text, in the same process.
 */
import type { TextCache } from "../libraries/library.js";
import { textCache as msalNode } from "../libraries/msal-node.js";
import { textCache as msalTs } from "../libraries/msal-ts.js";
import { median } from "../statistics.js";
import { ask, type Figures } from "./ask.js";

const ROUNDS = 3;

await ask({
  url: import.meta.url,
  unit: "milliseconds of CPU",
  patience: 300_000,
  sizes: [1000, 10_000, 50_000],
  answers: {
    "msal-ts": (size) => figuresOf(msalTs, size),
    "@azure/msal-node": (size) => figuresOf(msalNode, size),
    "MSAL Python": "python",
  },
});

async function figuresOf(library: TextCache, users: number): Promise<Figures> {
  const text = await library.text(users);
  const rounds = { load: [], save: [], loadRatio: [], saveRatio: [] } as Record<string, number[]>;
  for (let round = 0; round < ROUNDS; round++) {
    const floor = floors(text);
    const [load, cache] = cost(() => library.load(text));
    const [save] = cost(() => cache.save());
    rounds.load?.push(load);
    rounds.save?.push(save);
    rounds.loadRatio?.push(load / floor.parse);
    rounds.saveRatio?.push(save / floor.stringify);
  }
  const of = (name: string) => median(rounds[name] ?? []);
  return {
    load: of("load"),
    "load, times the parser alone": of("loadRatio"),
    save: of("save"),
    "save, times the writer alone": of("saveRatio"),
  };
}

/** In a function of its own, so that what was parsed is gone when a library's turn comes. */
function floors(text: string): { parse: number; stringify: number } {
  const [parse, value] = cost(() => JSON.parse(text) as unknown);
  const [stringify] = cost(() => JSON.stringify(value));
  return { parse, stringify };
}

/** Milliseconds of CPU that something takes, the garbage it makes included; and what it returns. */
function cost<T>(work: () => T): [milliseconds: number, result: T] {
  globalThis.gc?.();
  const begun = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begun);
  return [(user + system) / 1000, result];
}
