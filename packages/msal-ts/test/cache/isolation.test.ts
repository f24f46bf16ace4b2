import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  PersistedTokenCache,
  type PersistedTokenCacheOptions,
  TokenCache,
  type TokenStore,
} from "msal-ts";
import { createClient } from "redis";
import { describe, onTestFinished, test } from "vitest";
import { SqliteTokenStore } from "../../../../samples/dist/sqlite-token-store.js";
import { FileTokenStore } from "../../../cache-file/dist/index.js";
import { RedisTokenStore } from "../../../cache-redis/dist/index.js";
import { checkIsolation, type IsolationOptions, type Processes } from "./isolation.js";
import { MemoryStore } from "./memory-store.js";

/** `npm run soak` takes its time. Milliseconds for each property. */
const SOAK = (import.meta as { env?: { MODE?: string } }).env?.MODE === "soak";
const LIMIT = SOAK ? 5 * 60_000 : 2_000;
const RUNS = SOAK ? Number.MAX_SAFE_INTEGER : 300;

type Make = () => Processes | Promise<Processes>;

const same: IsolationOptions = { answers: "same", runs: RUNS, limit: LIMIT };
const apart: IsolationOptions = { answers: "apart", runs: RUNS, limit: LIMIT };

/** One store, and a cache over it for each process. Another kind of store is one more line below. */
const over =
  (
    open: () => TokenStore | Promise<TokenStore>,
    ...processes: PersistedTokenCacheOptions[]
  ): Make =>
  async () => {
    const store = await open();
    const caches = processes.map((options) => new PersistedTokenCache(store, options));
    const close = async () => {
      await Promise.all(caches.map((cache) => cache.flush()));
      for (const cache of caches) await cache.close();
    };
    return { caches, store, close };
  };

const memory = () => new MemoryStore();

const sqlite = () => new SqliteTokenStore(":memory:");

const file = () => {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-isolation-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  return () => new FileTokenStore(join(folder, `${files++}.json`), { encryption: "none" });
};

/** A server of its own, on a socket in a folder. */
const redis = async () => {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-isolation-"));
  const path = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--save", ""];
  const server = spawn("redis-server", args, { cwd: folder, stdio: "ignore" });
  const client = createClient({ socket: { path, tls: false } }).on("error", () => {});
  onTestFinished(() => {
    client.destroy();
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  await client.connect();
  let stores = 0;
  return () => new RedisTokenStore(client, { prefix: `isolation-${stores++}` });
};

/** Each answer comes a little later than the one before it, or sooner. */
const slowMemory = () => {
  const store = new MemoryStore();
  let asked = 0;
  store.delay = () => new Promise((done) => setTimeout(done, (asked++ * 7) % 3));
  return store;
};

/** What a test says that has no servers: see `scripts/tools.ts`. */
const hasNoRedis = (process.env.MSAL_TS_MISSING ?? "").split(",").includes("redis-server");

const CACHES: [string, Make, IsolationOptions][] = [
  ["in memory", () => ({ caches: [new TokenCache()] }), { ...same, exchangesAreUsers: true }],
  ["in memory, at once", () => ({ caches: [new TokenCache()] }), { ...apart, atOnce: 8 }],
  ["with a store", over(memory, {}), same],
  ["with a store, one partition in memory", over(memory, { maxPartitions: 1 }), same],
  [
    "with a store, three partitions in memory, always asked",
    over(memory, { maxPartitions: 3, maxAge: 0 }),
    same,
  ],
  [
    "of several processes",
    over(memory, { maxAge: 0 }, { maxAge: 0, maxPartitions: 2 }, { maxAge: 0 }),
    same,
  ],
  ["of several processes that may be behind", over(memory, {}, { maxPartitions: 1 }), apart],
  [
    "of several processes, at once",
    over(slowMemory, { maxAge: 0, maxPartitions: 1 }, {}, { maxPartitions: 2 }),
    { ...apart, atOnce: 8 },
  ],
  [
    "of several processes in SQLite",
    over(sqlite, { maxAge: 0 }, { maxAge: 0, maxPartitions: 1 }),
    { ...same, runs: SOAK ? RUNS : 30 },
  ],
];

describe("nobody is given another's token", () => {
  const slow = { ...same, runs: SOAK ? RUNS : 30 };
  const processes = [{ maxAge: 0 }, { maxAge: 0, maxPartitions: 1 }];

  test("by a cache of several processes in one file", { timeout: 2 * LIMIT + 20_000 }, async () => {
    await checkIsolation(over(file(), ...processes), slow);
  });

  test.skipIf(hasNoRedis)(
    "by a cache of several processes in Redis",
    { timeout: 2 * LIMIT + 20_000 },
    async () => {
      await checkIsolation(over(await redis(), ...processes), slow);
    },
  );

  test.for(CACHES)("by a cache %s", { timeout: 2 * LIMIT + 20_000 }, async ([, make, options]) => {
    await checkIsolation(make, options);
  });
});
