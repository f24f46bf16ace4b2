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
import * as theirs from "@azure/msal-node";
import { RedisTokenStore } from "@msal-ts/cache-redis";
import * as ours from "msal-ts";
import { createClient } from "redis";
import {
  AUTHORITY,
  answer,
  CLIENT_ID,
  numbered,
  signIn,
  TENANT,
  USER,
  USER_SCOPES,
} from "./answers.js";
import { ask, type Figures } from "./ask.js";
import { msalNode } from "./msal-node.js";
import { msalTs } from "./msal-ts.js";

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
  subjects: ["hits"],
  answers: {
    "msal-ts": (_, users) => withRedis((redis) => count(ourUsers(redis), users)),
    "@azure/msal-node": (_, users) => withRedis((redis) => count(theirUsers(redis), users)),
  },
  versions: { "msal-ts": msalTs.version, "@azure/msal-node": msalNode.version },
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
  let user: string | undefined = USER;
  const app = new ours.ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: "secret",
    tokenCache: new ours.PersistedTokenCache(new RedisTokenStore(redis)),
    httpClient: async () => {
      if (user === undefined) throw new Error("not from the cache");
      return Response.json(answer("real", signIn("real", user)));
    },
  });
  const accounts: ours.Account[] = [];
  return {
    async signIn(number) {
      user = numbered(USER, number);
      const options = { redirectUri: "http://localhost" };
      const result = await app.acquireTokenByAuthorizationCode("code", USER_SCOPES, options);
      accounts.push(ours.unwrap(result).account!);
      user = undefined;
    },
    async hit(number) {
      if (!(await app.acquireTokenSilent(USER_SCOPES, accounts[number]))) throw new Error("none");
    },
  };
}

function theirUsers(redis: Redis): Users {
  const client: theirs.ICacheClient = {
    get: async (key) => (await redis.get(key)) ?? "",
    set: async (key, value) => String(await redis.set(key, value)),
  };
  const make = (user: string) => {
    const body = answer("real", signIn("real", user));
    const reply = async <T>() => ({ headers: {}, status: 200, body: body as T });
    const key = async () => `${user}.${TENANT}`;
    return new theirs.ConfidentialClientApplication({
      auth: { clientId: CLIENT_ID, authority: AUTHORITY, clientSecret: "secret" },
      system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
      cache: {
        cachePlugin: new theirs.DistributedCachePlugin(client, { getKey: key, extractKey: key }),
      },
    });
  };
  const accounts: theirs.AccountInfo[] = [];
  return {
    async signIn(number) {
      const request = { code: "code", scopes: USER_SCOPES, redirectUri: "http://localhost" };
      const { account } = await make(numbered(USER, number)).acquireTokenByCode(request);
      accounts.push(account!);
    },
    async hit(number) {
      const request = { scopes: USER_SCOPES, account: accounts[number]! };
      const result = await make(numbered(USER, number)).acquireTokenSilent(request);
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
