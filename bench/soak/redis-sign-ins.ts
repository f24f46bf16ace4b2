/**
 * Eight processes sign 500 users in each, and keep them in one Redis. At the end all are there, each with a
 * refresh token of their own and nobody else's.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RedisTokenStore } from "@msal-ts/cache-redis";
import { PersistedTokenCache } from "msal-ts";
import { createClient } from "redis";
import { createApp, homeAccountId, refreshTokenOf, signIn, userId } from "./users.js";

const PROCESSES = 8;
const SIGN_INS = 500;

/** As many users of one process sign in at the same time. */
const AT_ONCE = 25;

/** How long a process may try at the end to write what it has. Milliseconds. */
const FLUSH = 60_000;

export async function soakRedisSignIns(scale: number): Promise<string> {
  const count = Math.ceil(SIGN_INS * scale);
  const folder = await mkdtemp(join(tmpdir(), "msal-ts-soak-"));
  const socket = join(folder, "redis.sock");
  const server = await startServer(folder, socket);
  try {
    const workers = Array.from({ length: PROCESSES }, async (_, i) => {
      const self = fileURLToPath(import.meta.url);
      const child = spawn(process.execPath, [self, socket, String(i), String(count)], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`Process ${i} failed.`);
    });
    await Promise.all(workers);
    const users = Array.from({ length: PROCESSES * count }, (_, i) =>
      userId(i % PROCESSES, Math.trunc(i / PROCESSES)),
    );
    await checkRedis(socket, users);
    return `${PROCESSES} processes, ${users.length} accounts, none lost, none under another's key`;
  } finally {
    server.kill("SIGKILL");
    await rm(folder, { recursive: true });
  }
}

/** Without a port, so that there is none to be taken, and without persistence. */
async function startServer(folder: string, socket: string) {
  const args = ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder];
  const server = spawn("redis-server", args, { stdio: ["ignore", "ignore", "inherit"] });
  // Whoever interrupts us does not want to find a server later.
  process.once("exit", () => server.kill("SIGKILL"));
  const failed = once(server, "error").then(([error]) => Promise.reject(error));
  const exists = () =>
    access(socket).then(
      () => true,
      () => false,
    );
  const listens = async () => {
    while (!(await exists())) await sleep(20);
  };
  await Promise.race([listens(), failed]);
  failed.catch(() => {});
  return server;
}

/** Looks into the server as another program would: is all there, and each token its owner's? */
async function checkRedis(path: string, users: readonly string[]): Promise<void> {
  const client = createClient({ socket: { path, tls: false } });
  await client.connect();
  const app = createApp(new PersistedTokenCache(new RedisTokenStore(client)));
  try {
    const size = await client.dbSize();
    if (size !== users.length) throw new Error(`${size} partitions, not ${users.length}.`);
    for (const user of users) {
      const home = homeAccountId(user);
      const entries = Object.entries(await client.hGetAll(`msal-ts:{user:${home}}`));
      const rows = entries
        .filter(([, content]) => content.includes("|"))
        .map(([, content]) => JSON.parse(content.slice(content.indexOf("|") + 1)));
      const kept = rows.filter(({ credential_type }) => credential_type === "RefreshToken");
      if (kept.length !== 1 || kept[0].secret !== refreshTokenOf(user)) {
        throw new Error("A refresh token is missing, or is somebody else's.");
      }
      const strangers = rows.filter((row) => (row.home_account_id ?? home) !== home);
      if (strangers.length > 0) throw new Error("A row under another's key.");
      if (!rows.some((row) => row.username)) throw new Error("An account is missing.");
    }
    const listed = (await app.getAccounts()).length;
    if (listed !== users.length) throw new Error(`getAccounts() lists ${listed}.`);
  } finally {
    client.destroy();
  }
}

async function signManyIn(path: string, number: number, count: number): Promise<void> {
  const client = createClient({ socket: { path, tls: false } });
  await client.connect();
  const cache = new PersistedTokenCache(new RedisTokenStore(client));
  const app = createApp(cache);
  for (let i = 0; i < count; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, j) => i + j);
    await Promise.all(some.map((index) => signIn(app, userId(number, index))));
  }
  // What the store did not take in time is written now.
  for (const begun = performance.now(); ; ) {
    try {
      await cache.flush();
      break;
    } catch (error) {
      if (performance.now() - begun > FLUSH) throw error;
      await sleep(100);
    }
  }
  client.destroy();
}

const [, self, path, number, count] = process.argv;
if (self === fileURLToPath(import.meta.url) && path !== undefined) {
  await signManyIn(path, Number(number), Number(count));
}
