/**
 * A process that writes to the file without a pause is killed (SIGKILL) at a random moment, 200 times over. The
 * file always parses, what was said to be written is there, and the next process writes within a second.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FileTokenStore } from "@msal-ts/cache-file";
import { PersistedTokenCache } from "msal-ts";
import { checkFile } from "./cache-file.js";
import { createApp, signIn, userId } from "./users.js";

const KILLS = 200;

/** The longest that a process lives after its first write. Milliseconds. */
const LIFE = 40;

/** As many users of that process sign in at the same time. */
const AT_ONCE = 4;

/** How long the next process may take to write. Milliseconds. */
const LIMIT = 1000;

/** Number of the process that comes after the others. */
const NEXT = 999_999;

export async function soakFileKills(scale: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "msal-ts-soak-"));
  const path = join(folder, "cache.json");
  const written = new Set<string>();
  const kills = Math.ceil(KILLS * scale);
  let locked = 0;
  let slowest = 0;
  try {
    for (let i = 0; i < kills; i++) {
      await writeUntilKilled(path, i, written);
      if (existsSync(`${path}.lockfile`)) locked++;
      await checkFile(path, written);
      slowest = Math.max(slowest, await writeNext(path, i, written));
      await checkFile(path, written);
    }
    if (slowest > LIMIT) throw new Error(`The next process took ${slowest} ms.`);
    if (locked === 0) throw new Error("Nobody died with the lock: this has shown nothing.");
    const left = (await readdir(folder)).filter((name) => name !== "cache.json");
    // What the very last one left goes with the next death; more of it would pile up.
    if (left.length > 3) throw new Error(`Left behind: ${left.join(", ")}`);
    return `${kills} processes killed, ${locked} of them with the lock, ${written.size} writes, none lost; the next one wrote within ${slowest} ms`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Adds to `written` what the process says it has written. */
async function writeUntilKilled(path: string, i: number, written: Set<string>): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), path, String(i)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  if (child.stdout === null) throw new Error("no pipe");
  let killed = false;
  for await (const user of createInterface({ input: child.stdout })) {
    written.add(user);
    if (killed) continue;
    killed = true;
    void moment(path, i).then(() => child.kill("SIGKILL"));
  }
  await exited;
  if (!killed) throw new Error("The process ended before it was killed.");
}

/** A random one; every other time, one at which the lock is held. */
async function moment(path: string, i: number): Promise<void> {
  await sleep(Math.random() * LIFE);
  const until = performance.now() + LIMIT;
  if (i % 2 === 1) while (!existsSync(`${path}.lockfile`) && performance.now() < until);
}

/** A process that was there already, or a new one: its first write. @returns Milliseconds. */
async function writeNext(path: string, i: number, written: Set<string>): Promise<number> {
  const user = userId(NEXT, i);
  const cache = new PersistedTokenCache(new FileTokenStore(path, { encryption: "none" }));
  const begun = performance.now();
  await signIn(createApp(cache), user);
  const took = Math.round(performance.now() - begun);
  await cache.close();
  written.add(user);
  return took;
}

/** Several at once: there is always a write under way. */
async function writeForever(path: string, process_: number): Promise<void> {
  const cache = new PersistedTokenCache(new FileTokenStore(path, { encryption: "none" }));
  const app = createApp(cache);
  let index = 0;
  const writers = Array.from({ length: AT_ONCE }, async () => {
    for (;;) {
      const user = userId(process_, index++);
      await signIn(app, user);
      await cache.flush();
      // A pipe keeps what a process wrote before it was killed.
      process.stdout.write(`${user}\n`);
    }
  });
  await Promise.all(writers);
}

const [, self, path, number] = process.argv;
if (self === fileURLToPath(import.meta.url) && path !== undefined) {
  await writeForever(path, Number(number));
}
