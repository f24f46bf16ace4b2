/**
 * How many silent calls a second does a cache with Redis behind it answer, once it is warm?
 *
 *     npm run build && node bench/dist/cache/redis-hits.js
 *
 * Users take turns. Behind `msal-ts` is a `RedisTokenStore`; behind `@azure/msal-node` its `DistributedCachePlugin`
 * with a partition for each user and a client for each request, as its samples do.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AccountInfo, ICacheClient } from "@azure/msal-node";
import { RedisTokenStore } from "@msal-ts/cache-redis";
import { type Account, PersistedTokenCache } from "msal-ts";
import { createClient } from "redis";
import { AUTHORITY, signingIn, USER_SCOPES } from "../fixtures.js";
import * as msalNode from "../libraries/msal-node.js";
import * as msalTs from "../libraries/msal-ts.js";
import { ask, type Figures } from "./ask.js";
import { partitionedApp } from "./partitioned-app.js";

/** How long hits are counted. Milliseconds. */
const COUNTED = 2000;

type Redis = ReturnType<typeof clientOf>;

/** Signs a user in, or gets the token of one who has; throws when it has to come from the provider. */
interface Users {
  signIn(number: number): Promise<void>;
  hit(number: number): Promise<void>;
}

await ask({
  url: import.meta.url,
  unit: "hits per second, one after the other",
  digits: 0,
  sizes: [10, 1000],
  answers: {
    "msal-ts": (users) => withRedis((redis) => count(ourUsers(redis), users)),
    "@azure/msal-node": (users) => withRedis((redis) => count(theirUsers(redis), users)),
  },
});

async function count(users: Users, size: number): Promise<Figures> {
  for (let i = 0; i < size; i++) await users.signIn(i);
  for (let i = 0; i < 1000; i++) await users.hit(i % size);
  const begun = performance.now();
  let hits = 0;
  while (performance.now() - begun < COUNTED) await users.hit(hits++ % size);
  return { hits: (hits * 1000) / (performance.now() - begun) };
}

function ourUsers(redis: Redis): Users {
  let user = 0;
  const cache = new PersistedTokenCache(new RedisTokenStore(redis));
  const network = msalTs.saying(signingIn(() => user));
  const app = msalTs.confidential(AUTHORITY, cache, network);
  const accounts: Account[] = [];
  return {
    async signIn(number) {
      user = number;
      accounts.push((await msalTs.redeemCode(app)).account!);
    },
    async hit(number) {
      const result = await app.acquireTokenSilent(USER_SCOPES, accounts[number]);
      if (result?.token_source !== "cache") throw new Error("not from the cache");
    },
  };
}

function theirUsers(redis: Redis): Users {
  const client: ICacheClient = {
    get: async (key) => (await redis.get(key)) ?? "",
    set: async (key, value) => String(await redis.set(key, value)),
  };
  const accounts: AccountInfo[] = [];
  return {
    async signIn(number) {
      const { account } = await msalNode.redeemCode(partitionedApp(client, () => number));
      accounts.push(account!);
    },
    async hit(number) {
      const request = { scopes: USER_SCOPES, account: accounts[number]! };
      const result = await partitionedApp(client, () => number).acquireTokenSilent(request);
      if (!result.fromCache) throw new Error("not from the cache");
    },
  };
}

/** A server of its own, on a socket in a folder of its own. */
async function withRedis(work: (redis: Redis) => Promise<Figures>): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), "msal-ts-bench-"));
  const path = join(folder, "redis.sock");
  const args = ["--port", "0", "--unixsocket", path, "--save", "", "--dir", folder];
  const server = spawn("redis-server", args, { stdio: ["ignore", "ignore", "inherit"] });
  const redis = clientOf(path);
  try {
    for (let i = 0; i < 500 && !existsSync(path); i++) await sleep(20);
    await redis.connect();
    return await work(redis);
  } finally {
    redis.destroy();
    server.kill("SIGKILL");
    await rm(folder, { recursive: true });
  }
}

function clientOf(path: string) {
  return createClient({ socket: { path, tls: false } });
}
