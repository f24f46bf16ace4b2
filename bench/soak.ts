/**
 * What holds for a call, does it hold for half a million, and for many processes at once that may be killed?
 * Each scenario is a file in `soak/`; it throws when something was lost, or left behind.
 *
 *     npm run soak                                      # as large as it is promised
 *     node bench/dist/soak.js --scale=0.1 redis-sign-ins    # a tenth of it, one scenario
 *
 * `npm test` runs a tenth of each, of the acquisitions a hundredth.
 */
import { availableParallelism, loadavg } from "node:os";
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

const args = process.argv.slice(2);
const scale = Number(args.find((arg) => arg.startsWith("--scale="))?.slice(8) ?? 1);
const names = args.filter((arg) => !arg.startsWith("--"));
const unknown = names.find((name) => !(name in SCENARIOS));
if (unknown !== undefined || !(scale > 0)) {
  throw new Error(`soak [--scale=1] [${Object.keys(SCENARIOS).join(" | ")}]...`);
}
console.log(
  `Node.js ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, scale ${scale}`,
);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const begun = performance.now();
  const seen = await scenario(scale);
  console.log(`${name}: ${seen}; ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}
