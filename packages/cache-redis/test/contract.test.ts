import { RedisTokenStore } from "@msal-ts/cache-redis";
import { testTokenStore } from "msal-ts/testing";
import { afterAll, beforeAll, describe, test } from "vitest";
import { CLIENTS, CLUSTER_CLIENTS } from "./clients.js";
import { isMissing, RedisServer, startCluster } from "./redis-servers.js";

describe.skipIf(isMissing)("the contract of token stores", () => {
  let server: RedisServer;
  let nodes: readonly RedisServer[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
    nodes = await startCluster();
  });
  afterAll(() => Promise.all([server, ...nodes].map((each) => each?.close())));

  const single = CLIENTS.map((row) => ({ ...row, on: "a single server", servers: () => [server] }));
  const cluster = CLUSTER_CLIENTS.map((row) => ({ ...row, on: "a cluster", servers: () => nodes }));
  for (const { name, on, connect, servers } of [...single, ...cluster]) {
    testTokenStore(
      `on ${on}, by ${name}`,
      async () => {
        await Promise.all(servers().map((each) => each.command("FLUSHALL")));
        const open = async () => new RedisTokenStore(await connect(...servers()));
        return { store: await open(), open };
      },
      { describe, test },
    );
  }

  const keys = [{ id: "one", key: new Uint8Array(32).fill(1) }];
  testTokenStore(
    "with encryption",
    async () => {
      await server.command("FLUSHALL");
      const open = async () =>
        new RedisTokenStore(await CLIENTS[0]!.connect(server), { encryption: { keys } });
      return { store: await open(), open };
    },
    { describe, test },
  );
});
