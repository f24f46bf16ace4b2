/**
 * What does it cost to find something in the cache, as the cache grows?
 *
 *     npm run build && node bench/dist/cache/look-ups.js
 *
 * The floor is an `async` function that returns a constant. Tokens are short here: their bytes are not looked
 * at. In the table, "–" is what a library does not cache, or what took it more than a minute.
 */
import { ask, type Figures, median } from "./ask.js";
import { type Hit, LEAVING, type Library, type LookUp } from "./library.js";
import { msalNode } from "./msal-node.js";
import { msalTs } from "./msal-ts.js";

const LOOK_UPS: readonly LookUp[] = [
  "silent",
  "client credentials",
  "on-behalf-of",
  "account by id",
  "account by name",
  "all accounts, each",
  "sign out",
];

await ask({
  url: import.meta.url,
  unit: "microseconds",
  sizes: [1, 100, 10_000, 100_000],
  subjects: ["floor", ...LOOK_UPS],
  answers: {
    "msal-ts": (subject, size) => figureOf(msalTs, subject, size),
    "@azure/msal-node": (subject, size) => figureOf(msalNode, subject, size),
    "MSAL Python": "python",
  },
  versions: { "msal-ts": msalTs.version, "@azure/msal-node": msalNode.version },
});

async function figureOf(library: Library, subject: string, size: number): Promise<Figures> {
  if (subject === "floor") return { floor: await measure(constant) };
  const which = subject as LookUp;
  const hit = await library.lookUp(which, size);
  if (hit === undefined) return {};
  if (which === "sign out") return { [subject]: await measureEach(hit, LEAVING) };
  const cost = await measure(hit);
  return { [subject]: which === "all accounts, each" ? cost / size : cost };
}

async function constant(): Promise<string> {
  return "token";
}

/** Microseconds of one call: median of batches, for a second or so. */
async function measure(hit: Hit): Promise<number> {
  const until = performance.now() + 1000;
  for (let i = 0; i < 5000 && performance.now() < until; i++) await hit();
  const batch = await batchSize(hit);
  const samples: number[] = [];
  const end = performance.now() + 1000;
  while (performance.now() < end || samples.length < 5) {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < batch; i++) await hit();
    samples.push(Number(process.hrtime.bigint() - begun) / 1000 / batch);
  }
  return median(samples);
}

/** Microseconds of calls each of which is possible once; the first third warms up. */
async function measureEach(hit: Hit, calls: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < calls; i++) {
    const begun = process.hrtime.bigint();
    await hit();
    samples.push(Number(process.hrtime.bigint() - begun) / 1000);
  }
  return median(samples.slice(calls / 3));
}

/** As many calls at once as take a millisecond: the clock's own cost disappears then. */
async function batchSize(hit: Hit): Promise<number> {
  const begun = performance.now();
  await hit();
  return Math.max(1, Math.min(1000, Math.round(1 / Math.max(performance.now() - begun, 0.001))));
}
