import { RedisTokenStore } from "@msal-ts/cache-redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";

new RedisTokenStore(createClient());
new RedisTokenStore(createClient({ RESP: 2 }).withTypeMapping({}));
new RedisTokenStore(createClientPool());
new RedisTokenStore(createCluster({ rootNodes: [] }));
new RedisTokenStore(createSentinel({ name: "mymaster", sentinelRootNodes: [] }));
new RedisTokenStore(new Redis({ lazyConnect: true }));
new RedisTokenStore(new Cluster([], { lazyConnect: true }), { prefix: undefined });

// @ts-expect-error the address of a server is no client
new RedisTokenStore("redis://localhost");
// @ts-expect-error nor is what could be anything
new RedisTokenStore({});
// @ts-expect-error the callbacks of old
new RedisTokenStore(createClient().legacy());
// @ts-expect-error an option that there is not
new RedisTokenStore(createClient(), { ttl: 60 });
// @ts-expect-error keys have ids
new RedisTokenStore(createClient(), { encryption: { keys: [new Uint8Array(32)] } });
