/**
 * What holds for a call, does it hold for half a million, and for many processes at once that may be killed?
 * Each scenario is a file in `soak/`; it throws when something was lost, or left behind.
 *
 *     npm run soak                                       # as large as it is promised
 *     npm run soak -- --scale=0.1 redis-sign-ins         # a tenth of it, one scenario
 *
 * `npm test` runs a tenth of each, of the acquisitions a hundredth.
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { soakAcquisitions } from "./soak/acquisitions.js";
import { soakFileKills } from "./soak/file-kills.js";
import { soakFileSignIns } from "./soak/file-sign-ins.js";
import { soakRedisSignIns } from "./soak/redis-sign-ins.js";

/** @returns What was seen, in a line. @param scale 1 is what is promised. */
type Scenario = (scale: number) => Promise<string>;

const SCENARIOS: Record<string, Scenario> = {
  acquisitions: soakAcquisitions,
  "file-sign-ins": soakFileSignIns,
  "file-kills": soakFileKills,
  "redis-sign-ins": soakRedisSignIns,
};

await main();

async function main(): Promise<void> {
  const asked = whatIsAsked();
  if (typeof asked === "string") {
    const usage = `Usage: npm run soak -- [--scale=1] [scenario...]\nThe scenarios are ${Object.keys(SCENARIOS).join(", ")}.`;
    console.error(`${asked}\n${usage}`);
    process.exitCode = 1;
    return;
  }
  const { scale, names } = asked;
  console.log(
    `Node.js ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, scale ${scale}`,
  );
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const begun = performance.now();
    const seen = await scenario(scale);
    console.log(`${name}: ${seen}; ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
}

/** By the arguments; or what is wrong with them. */
function whatIsAsked(): { scale: number; names: readonly string[] } | string {
  let parsed: { values: { scale?: string }; positionals: string[] };
  try {
    parsed = parseArgs({ allowPositionals: true, options: { scale: { type: "string" } } });
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals: names } = parsed;
  const scale = Number(values.scale ?? 1);
  if (!(scale > 0)) return `--scale must be a number, more than 0; it is ${values.scale}.`;
  const unknown = names.find((name) => !Object.hasOwn(SCENARIOS, name));
  return unknown === undefined ? { scale, names } : `There is no scenario "${unknown}".`;
}
