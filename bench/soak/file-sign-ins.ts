/**
 * Eight processes sign 500 users in each, and keep them in one file. At the end all are there, each with a
 * refresh token of their own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileTokenStore } from "@msal-ts/cache-file";
import { PersistedTokenCache } from "msal-ts";
import { checkFile } from "./cache-file.js";
import { createApp, signIn, userId } from "./users.js";

const PROCESSES = 8;
const SIGN_INS = 500;

/** As many users of one process sign in at the same time. */
const AT_ONCE = 25;

/** How long a process may try at the end to write what it has. Milliseconds. */
const FLUSH = 60_000;

export async function soakFileSignIns(scale: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "msal-ts-soak-"));
  const path = join(folder, "cache.json");
  const count = Math.ceil(SIGN_INS * scale);
  try {
    const workers = Array.from({ length: PROCESSES }, async (_, i) => {
      const self = fileURLToPath(import.meta.url);
      const child = spawn(process.execPath, [self, path, String(i), String(count)], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`Process ${i} failed.`);
    });
    await Promise.all(workers);
    const users = Array.from({ length: PROCESSES * count }, (_, i) =>
      userId(i % PROCESSES, Math.trunc(i / PROCESSES)),
    );
    const accounts = await checkFile(path, users);
    if (accounts !== users.length) throw new Error(`${accounts} accounts, not ${users.length}.`);
    const app = createApp(new PersistedTokenCache(openStore(path)));
    const listed = (await app.getAccounts()).length;
    if (listed !== users.length) throw new Error(`getAccounts() lists ${listed}.`);
    const left = (await readdir(folder)).filter((name) => name !== "cache.json");
    if (left.length > 0) throw new Error(`Left behind: ${left.join(", ")}`);
    return `${PROCESSES} processes, ${accounts} accounts, none lost, none under another's key`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function openStore(path: string): FileTokenStore {
  return new FileTokenStore(path, { encryption: "none" });
}

async function signManyIn(path: string, process: number, count: number): Promise<void> {
  const cache = new PersistedTokenCache(openStore(path));
  const app = createApp(cache);
  for (let i = 0; i < count; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, j) => i + j);
    await Promise.all(some.map((index) => signIn(app, userId(process, index))));
  }
  // What the store did not take in time is written now.
  for (const begun = performance.now(); ; ) {
    try {
      await cache.flush();
      return await cache.close();
    } catch (error) {
      if (performance.now() - begun > FLUSH) throw error;
    }
  }
}

const [, self, path, process_, count] = process.argv;
if (self === fileURLToPath(import.meta.url) && path !== undefined) {
  await signManyIn(path, Number(process_), Number(count));
}
