import { type RedisClient, RedisTokenStore } from "@msal-ts/cache-redis";
import { PersistedTokenCache } from "msal-ts";
import { createCluster } from "redis";
import { createCluster as createCluster5 } from "redis-5";
import { describe, expect, onTestFinished, test } from "vitest";
import { BreakingProxy } from "./breaking-proxy.js";
import { CLIENTS, CLUSTER_CLIENTS, SENTINEL_CLIENTS } from "./clients.js";
import { eventually, isMissing, pause, RedisServer, startCluster } from "./redis-servers.js";
import { changes, PARTITION } from "./store-facts.js";
import { type SignedIn, startWebApp } from "./traffic.js";

const USERS = 24;

/** Which sign-in the server goes away at, and which it is back at. */
const [GONE, BACK] = [8, 16];

/** Where one reply is enough to lose the connection, what was acknowledged must not get lost with it. */
const DURABLE = ["--appendonly", "yes", "--appendfsync", "always"];

/**
 * Sign-ins one after the other, with everybody's silent calls between them, while the server goes and
 * comes back; then everything has to be there.
 */
async function signInThrough(
  connect: () => Promise<RedisClient>,
  { kill, heal }: { kill(): Promise<void>; heal(): Promise<void> },
): Promise<void> {
  const { instance, signIn, silent, log } = startWebApp(USERS);
  // Memory is not taken for the store's state for longer than a moment: almost every call asks it.
  const cache = new PersistedTokenCache(new RedisTokenStore(await connect(), { timeout: 200 }), {
    maxAge: 1,
  });
  onTestFinished(() => cache.close().catch(() => {}));
  const app = instance(cache);
  const users: SignedIn[] = [];
  const served: boolean[] = [];

  for (let i = 0; i < USERS; i++) {
    const calls = silent(app, users);
    if (i === GONE) await kill();
    if (i === BACK) await heal();
    users.push(await signIn(app, i));
    served.push(...(await calls), ...(await silent(app, users)));
  }
  await eventually(() =>
    cache.flush().then(
      () => true,
      () => false,
    ),
  );

  expect(served.every((isServed) => isServed)).toBe(true);
  expect(log.join("\n")).toContain("store_error: Redis");
  const other = instance(new PersistedTokenCache(new RedisTokenStore(await connect())));
  expect(await silent(other, users)).toEqual(users.map(() => true));
  expect(await other.getAccounts()).toHaveLength(USERS);
}

/** A cluster for one test. */
async function cluster() {
  const nodes = await startCluster();
  onTestFinished(async () => {
    await Promise.all(nodes.map((node) => node.close()));
  });
  return nodes;
}

describe.skipIf(isMissing)("a server that is killed in mid-traffic", () => {
  test.for(CLIENTS)("and started again, by $name", { timeout: 60_000 }, async ({ connect }) => {
    const server = await RedisServer.start(...DURABLE);
    onTestFinished(() => server.close());

    await signInThrough(() => connect(server), {
      kill: () => server.kill(),
      heal: () => server.start(),
    });
  });

  test.for(SENTINEL_CLIENTS)(
    "and replaced by Sentinel, by $name",
    { timeout: 60_000 },
    async ({ connect }) => {
      const master = await RedisServer.start();
      const replica = await RedisServer.start("--replicaof", "127.0.0.1", `${master.port}`);
      const hasCaughtUp = async () => {
        const info = await master.command("INFO", "replication");
        const [, offset] = /^master_repl_offset:(\d+)/m.exec(info) ?? [];
        return offset !== undefined && info.includes(`state=online,offset=${offset},`);
      };
      await eventually(hasCaughtUp);
      const sentinel = await RedisServer.startSentinel(master);
      onTestFinished(async () => {
        await Promise.all([sentinel.close(), replica.close(), master.close()]);
      });

      await signInThrough(() => connect(sentinel), {
        kill: async () => {
          // What a master acknowledged and told nobody dies with it: Redis promises no more.
          await eventually(hasCaughtUp);
          await master.kill();
        },
        heal: () =>
          eventually(async () => {
            // Sentinel cuts all connections to what it promotes.
            const role = await replica.command("ROLE").catch(() => "");
            return role.startsWith("master");
          }),
      });
    },
  );

  // A cluster of redis 5.5 prints each connection that fails, whoever listens.
  test.for(CLUSTER_CLIENTS.filter(({ name }) => name !== "redis 5.5"))(
    "and started again in a cluster, by $name",
    { timeout: 60_000 },
    async ({ connect }) => {
      const nodes = await cluster();

      await signInThrough(() => connect(...nodes), {
        kill: () => Promise.all(nodes.slice(1).map((node) => node.kill())).then(() => {}),
        heal: () => Promise.all(nodes.slice(1).map((node) => node.start())).then(() => {}),
      });
    },
  );
});

// A server that dies may close its connections before it stops to listen: who connects again at once meets this.
describe.skipIf(isMissing)("a server that breaks connections off as they begin", () => {
  test.for(CLIENTS)("is written to again, by $name", async ({ connect }) => {
    const server = await RedisServer.start();
    onTestFinished(() => server.close());
    const proxy = await BreakingProxy.before(server.port);
    onTestFinished(() => proxy.close());
    const store = new RedisTokenStore(await connect(proxy), { timeout: 200 });
    await store.write(PARTITION, changes({ a: { value: "before" } }));

    proxy.breakOff(3);
    await eventually(async () => {
      const written = store.write(PARTITION, changes({ a: { value: "after" } }));
      const isWritten = await written.then(
        () => true,
        () => false,
      );
      return isWritten && proxy.broken === 3;
    }, 10_000);

    const other = new RedisTokenStore(await connect(server));
    expect(await other.read(PARTITION)).toEqual(new Map([["a", "after"]]));
  });
});

describe.skipIf(isMissing)("many calls that are given up while the server is away", () => {
  test.for(CLIENTS)("do not keep it from being used again, by $name", async ({ connect }) => {
    const server = await RedisServer.start(...DURABLE);
    onTestFinished(() => server.close());
    const store = new RedisTokenStore(await connect(server), { timeout: 100 });
    const write = (value: string) =>
      Promise.allSettled(
        Array.from({ length: 5 }, (_, i) =>
          store.write(`user:${i}`, changes({ [value]: { value } })),
        ),
      );
    await write("before");
    await server.kill();
    // The first ones may meet the connection as it ends, the others wait for one.
    for (let i = 0; i < 3; i++) await write("during");
    await server.start();

    await eventually(async () =>
      (await write("after")).every(({ status }) => status === "fulfilled"),
    );

    expect([...(await store.read("user:4")).keys()]).toEqual(
      expect.arrayContaining(["before", "after"]),
    );
  });
});

/** How often a server was asked for a partition since it was started, whether it answered or refused. */
async function readsOf(server: RedisServer): Promise<number> {
  const stats = await server.command("INFO", "commandstats");
  const [, calls = 0, refused = 0] =
    /^cmdstat_hgetall:calls=(\d+).*rejected_calls=(\d+)/m.exec(stats) ?? [];
  return Number(calls) + Number(refused);
}

describe.skipIf(isMissing)("a call that was given up while its server was away", () => {
  const giveUp = async (reads: (() => Promise<unknown>)[]) => {
    for (const read of reads) await expect(read()).rejects.toMatchObject({ code: "store_error" });
  };

  test.for(CLIENTS)("is not sent later, by $name", async ({ connect }) => {
    const server = await RedisServer.start();
    onTestFinished(() => server.close());
    const client = await connect(server);
    const [hasty, patient] = [100, 15_000].map(
      (timeout) => new RedisTokenStore(client, { timeout }),
    );
    await hasty?.read(PARTITION);
    await server.kill();
    await pause(50);

    await giveUp(["user:1", "user:2", "user:3"].map((name) => () => hasty!.read(name)));
    await server.start();

    expect(await patient?.read(PARTITION)).toEqual(new Map());
    expect(await readsOf(server)).toBe(1);
  });

  // A cluster of ioredis repeats by itself what a node that is away was asked.
  test.for(CLUSTER_CLIENTS.filter(({ name }) => name.startsWith("redis")))(
    "is not sent later in a cluster, whose other nodes answer, by $name",
    { timeout: 60_000 },
    async ({ connect }) => {
      const nodes = await cluster();
      const client = await connect(...nodes);
      const [hasty, patient] = [150, 15_000].map(
        (timeout) => new RedisTokenStore(client, { timeout }),
      );
      const slotOf = async (name: string) =>
        Number(await nodes[0]?.command("CLUSTER", "KEYSLOT", name));
      const names = Array.from({ length: 30 }, (_, i) => `user:${i}`);
      const slots = await Promise.all(names.map(slotOf));
      const gone = names.filter((_, i) => slots[i]! >= 5461 && slots[i]! < 10923);
      const there = names.filter((name) => !gone.includes(name));
      for (const name of names) await hasty?.read(name);
      await nodes[1]?.kill();
      await pause(50);

      await giveUp(gone.slice(0, 4).map((name) => () => hasty!.read(name)));
      for (const name of there) expect(await hasty?.read(name)).toEqual(new Map());
      await nodes[1]?.start();
      await eventually(async () =>
        (await nodes[1]!.command("CLUSTER", "INFO")).includes("cluster_state:ok"),
      );

      expect(await patient?.read(gone[0]!)).toEqual(new Map());
      expect(await readsOf(nodes[1]!)).toBe(1);
    },
  );

  // Commands wait there for the connection to come to be, not in its queue.
  test.for<[string, (url: string) => ReturnType<typeof createCluster | typeof createCluster5>]>([
    ["redis", (url) => createCluster({ rootNodes: [{ url }], minimizeConnections: true })],
    ["redis 5.5", (url) => createCluster5({ rootNodes: [{ url }], minimizeConnections: true })],
  ])(
    "is not sent later in a cluster that connects when it has to, by %s",
    { timeout: 60_000 },
    async ([, create]) => {
      const nodes = await cluster();
      const client = create(nodes[0]!.url).on("error", () => {});
      onTestFinished(() => client.destroy());
      await client.connect();
      const [hasty, patient] = [150, 15_000].map(
        (timeout) => new RedisTokenStore(client, { timeout }),
      );
      // The second node has slots 5461 to 10922.
      const slot = Number(await nodes[0]?.command("CLUSTER", "KEYSLOT", "user:1"));
      expect([slot > 5460, slot < 10923]).toEqual([true, true]);
      await nodes[1]?.kill();

      await giveUp([1, 2, 3].map(() => () => hasty!.read("user:1")));
      await nodes[1]?.start();
      await eventually(async () =>
        (await nodes[1]!.command("CLUSTER", "INFO")).includes("cluster_state:ok"),
      );

      expect(await patient?.read("user:1")).toEqual(new Map());
      expect(await readsOf(nodes[1]!)).toBe(1);
    },
  );
});
