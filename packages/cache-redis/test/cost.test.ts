import { RedisTokenStore } from "@msal-ts/cache-redis";
import { PersistedTokenCache } from "msal-ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CLIENTS } from "./clients.js";
import { CountingProxy } from "./counting-proxy.js";
import { isMissing, RedisServer } from "./redis-servers.js";
import { all, changes } from "./store-facts.js";
import { startWebApp } from "./traffic.js";

describe.skipIf(isMissing)("what a sign-in costs", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.close());

  const rows = CLIENTS.flatMap(({ connect, name }) =>
    [0, 3000].map((others) => ({ connect, name, others })),
  );

  test.for(rows)(
    "$name, beside $others others: two round trips, its own bytes",
    async ({ connect, others }) => {
      await server.command("FLUSHALL");
      const proxy = await CountingProxy.before(server.port);
      onTestFinished(() => proxy.close());
      const store = new RedisTokenStore(await connect(proxy));
      const entry = changes({ a: { value: "x".repeat(1500) } });
      await store.write("user:first", entry); // The server knows the script from then on.
      for (let i = 1; i < others; i += 100) {
        const names = Array.from({ length: 100 }, (_, n) => `user:other${i + n}`);
        await Promise.all(names.map((name) => store.write(name, entry)));
      }
      const { instance, signIn, silent } = startWebApp(1);
      const app = instance(new PersistedTokenCache(store));
      proxy.reset();

      const user = await signIn(app, 0);

      const { roundTrips, bytes } = proxy;
      expect(roundTrips).toBe(2);
      const [partition = ""] = (await all(store.partitions())).filter((name) =>
        /\.c0a7/.test(name),
      );
      const entries = [...(await store.read(partition))].flat();
      expect(entries.length).toBeGreaterThanOrEqual(2 * 4);
      const own = entries.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      expect(bytes / own).toBeLessThan(1.5);

      proxy.reset();
      await silent(app, [user]);
      expect(proxy.roundTrips).toBe(0);
    },
  );
});
