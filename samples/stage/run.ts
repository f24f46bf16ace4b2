/**
 * `npm run sample -- NAME`: runs a sample. If the environment names a tenant or a client, it is the sample's
 * alone; otherwise an emulator is started, and the sample is told of it by the same variables. So no sample
 * knows of the emulator.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { readCatalogue, type Sample } from "./catalogue.js";
import { SCENES, type Scene } from "./scenes.js";
import { openStage } from "./stage.js";

/** Variables that samples read. Leftovers of the shell's are not to reach one that runs on the emulator. */
const OURS = /^(?:AZURE|API|ADAL|MSAL|KEY_VAULT)_|^(?:CACHE_FOLDER|ORIGIN|PORT)$/;

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

async function main([name, ...args]: readonly string[]): Promise<void> {
  const catalogue = readCatalogue();
  if (name === undefined) {
    console.log(
      "npm run sample -- NAME runs one of these, on the emulator or on a tenant of yours:\n",
    );
    for (const { name, title } of catalogue) console.log(`  ${name.padEnd(24)}${title}`);
    return;
  }
  const sample = catalogue.find((known) => known.name === name);
  if (!sample) {
    const names = catalogue.map((known) => known.name).join(", ");
    throw new Error(`There is no sample "${name}"; there are ${names}.`);
  }
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_AUTHORITY_HOST } = process.env;
  const scene = SCENES[name];
  if (!AZURE_TENANT_ID && !AZURE_CLIENT_ID && scene) return perform(sample, scene, args);
  // Other libraries take a host as well.
  if (AZURE_AUTHORITY_HOST && !/^https?:\/\//.test(AZURE_AUTHORITY_HOST)) {
    throw new Error(
      "AZURE_AUTHORITY_HOST must be a URL, for example https://login.microsoftonline.us",
    );
  }
  return runAlone(sample, args);
}

/** As it would run without us. */
async function runAlone({ script }: Sample, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [script, ...args], { stdio: "inherit" });
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
}

/** On the emulator, with somebody in front of it who does what it asks for. */
async function perform(sample: Sample, scene: Scene, args: readonly string[]): Promise<void> {
  const stage = await openStage(scene.needsCertificate ?? false);
  try {
    const inherited = Object.entries(process.env).filter(([variable]) => !OURS.test(variable));
    const env = {
      ...Object.fromEntries(inherited),
      AZURE_TENANT_ID: stage.tenant,
      AZURE_AUTHORITY_HOST: stage.idp.url,
      API_URL: `${stage.url}/v1.0/me`,
      ...(await scene.environment(stage)),
    };
    const runs = args.length > 0 ? [args] : (scene.runs ?? [[]]);
    for (const run of runs) {
      console.log(`$ ${[sample.name, ...run].join(" ")}`);
      const child = spawn(process.execPath, [sample.script, ...run], {
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = once(child, "exit");
      try {
        for await (const line of createInterface({ input: child.stdout })) {
          console.log(line);
          if ((await scene.onLine?.(line, stage)) === "enough") child.kill("SIGTERM");
        }
      } finally {
        child.kill();
      }
      const [code] = await exited;
      if (code !== 0) process.exitCode = code ?? 1;
      scene.onEnd?.(stage);
    }
  } finally {
    await stage.close();
  }
}
