/**
 * The clients that stores are tested with, each as its documentation says. They are closed with the test.
 *
 * @module
 */
import type { RedisClient } from "@msal-ts/cache-redis";
import { Cluster, Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { createClient as createClient5, createCluster as createCluster5 } from "redis-5";
import { onTestFinished } from "vitest";
import type { RedisServer } from "./redis-servers.js";

/** Where a server listens. */
type Place = Pick<RedisServer, "port" | "url">;

interface Row {
  name: string;
  /** A client of these servers, any one of which knows the others. */
  connect(...servers: readonly Place[]): Promise<RedisClient>;
}

/** Clients say when a connection breaks, and end the process if nobody listens. */
const quiet = () => {};

/** What the README asks of a client this old, lest it never comes back. */
const OLD = { disableClientInfo: true } as const;

/** Of a single server. */
export const CLIENTS: readonly Row[] = [
  {
    name: "redis",
    connect: async (server) => {
      const client = createClient({ url: server?.url ?? "" }).on("error", quiet);
      onTestFinished(() => client.destroy());
      return client.connect();
    },
  },
  {
    name: "redis with RESP2",
    connect: async (server) => {
      const client = createClient({ url: server?.url ?? "", RESP: 2 }).on("error", quiet);
      onTestFinished(() => client.destroy());
      return client.connect();
    },
  },
  {
    name: "a pool of redis",
    connect: async (server) => {
      const pool = createClientPool({ url: server?.url ?? "" }).on("error", quiet);
      onTestFinished(() => pool.destroy());
      await pool.connect();
      return pool;
    },
  },
  {
    name: "redis 5.5",
    connect: async (server) => {
      const client = createClient5({ url: server?.url ?? "", ...OLD }).on("error", quiet);
      onTestFinished(() => client.destroy());
      return client.connect();
    },
  },
  {
    name: "ioredis",
    connect: async (server) => {
      const client = new Redis(server?.url ?? "").on("error", quiet);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
  {
    name: "ioredis with RESP2 and a prefix of its own",
    connect: async (server) => {
      const options = { protocol: 2, keyPrefix: "app*:" } as const;
      const client = new Redis(server?.url ?? "", options).on("error", quiet);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
  {
    name: "ioredis with answers as in RESP3",
    connect: async (server) => {
      const options = { protocol: 3, replyMapping: "resp3" } as const;
      const client = new Redis(server?.url ?? "", options).on("error", quiet);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
  {
    name: "ioredis 5.4",
    connect: async (server) => {
      const client = new Redis5(server?.url ?? "").on("error", quiet);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
];

/** Of a master that a Sentinel watches. */
export const SENTINEL_CLIENTS: readonly Row[] = [
  {
    name: "redis",
    connect: async (sentinel) => {
      const client = createSentinel({
        name: "mymaster",
        sentinelRootNodes: [{ host: "127.0.0.1", port: sentinel?.port ?? 0 }],
        scanInterval: 500,
      }).on("error", quiet);
      onTestFinished(() => client.destroy());
      await client.connect();
      return client;
    },
  },
  {
    name: "ioredis",
    connect: async (sentinel) => {
      const client = new Redis({
        sentinels: [{ host: "127.0.0.1", port: sentinel?.port ?? 0 }],
        name: "mymaster",
      }).on("error", quiet);
      onTestFinished(() => client.disconnect());
      return client;
    },
  },
];

/** Of a cluster. */
export const CLUSTER_CLIENTS: readonly Row[] = [
  {
    name: "redis",
    connect: async (...nodes) => {
      const cluster = createCluster({ rootNodes: nodes.map(({ url }) => ({ url })) });
      cluster.on("error", quiet);
      onTestFinished(() => cluster.destroy());
      await cluster.connect();
      return cluster;
    },
  },
  {
    name: "redis 5.5",
    connect: async (...nodes) => {
      const rootNodes = nodes.map(({ url }) => ({ url }));
      const cluster = createCluster5({ rootNodes, defaults: OLD });
      cluster.on("error", quiet);
      onTestFinished(() => cluster.destroy());
      await cluster.connect();
      return cluster;
    },
  },
  {
    name: "ioredis",
    connect: async (...nodes) => {
      const cluster = new Cluster(nodes.map(({ port }) => ({ host: "127.0.0.1", port })));
      cluster.on("error", quiet);
      onTestFinished(() => cluster.disconnect());
      return cluster;
    },
  },
  {
    name: "ioredis with automatic pipelines",
    connect: async (...nodes) => {
      const startup = nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
      const cluster = new Cluster(startup, { enableAutoPipelining: true });
      cluster.on("error", quiet);
      onTestFinished(() => cluster.disconnect());
      return cluster;
    },
  },
];
