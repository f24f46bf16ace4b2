import { RedisTokenStore } from "@msal-ts/cache-redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLUSTER_CLIENTS } from "./clients.js";
import { eventually, isMissing, type RedisServer, startCluster } from "./redis-servers.js";
import { changes, testStoreFacts } from "./store-facts.js";

describe.skipIf(isMissing)("on a cluster of three", () => {
  let nodes: readonly RedisServer[] = [];
  beforeAll(async () => {
    nodes = await startCluster();
  });
  afterAll(() => Promise.all(nodes.map((node) => node.close())));

  const flush = () => Promise.all(nodes.map((node) => node.command("FLUSHALL")));

  // A node is waited for by whoever has keys of its slots, and by nobody else.
  test.for(["msal-ts:", "", "ü:", "{app}:", "{}:", "}{:", "{", "{{a}}:"])(
    "with the prefix %j, the slots of keys are those that the server says",
    async (prefix) => {
      const asked: string[] = [];
      const slots = new Proxy([], {
        get: (_, slot) => {
          asked.push(String(slot));
        },
      });
      const keys: string[] = [];
      const sendCommand = async (key: string) => {
        keys.push(key);
        return null;
      };
      const cluster = { sendCommand, destroy() {}, nodeClient() {}, masters: [], slots };
      const store = new RedisTokenStore(cluster, { prefix });

      for (const name of [
        "user:1",
        "app:client:tenant",
        "uid.utid",
        "ключ",
        "a}b",
        "x".repeat(300),
      ]) {
        await store.version(name);
      }

      expect(keys).toHaveLength(6);
      const told = keys.map((key) => nodes[0]?.command("CLUSTER", "KEYSLOT", key));
      expect(asked).toEqual(await Promise.all(told));
    },
  );

  describe.for(CLUSTER_CLIENTS)("by $name", ({ connect }) => {
    testStoreFacts(async () => {
      await flush();
      return connect(...nodes);
    });

    test("every node holds some of it", async () => {
      await flush();
      const store = new RedisTokenStore(await connect(...nodes));

      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          store.write(`user:${i}`, changes({ a: { value: "1" } })),
        ),
      );

      const sizes = await Promise.all(nodes.map((node) => node.command("DBSIZE")));
      expect(sizes.map(Number).every((size) => size > 0)).toBe(true);
      expect(sizes.map(Number).reduce((sum, size) => sum + size, 0)).toBe(60);
    });

    test("a node that is killed and comes back is used again, with what it had", async () => {
      await flush();
      const store = new RedisTokenStore(await connect(...nodes), { timeout: 500 });
      const names = Array.from({ length: 30 }, (_, i) => `user:${i}`);
      const write = (value: string) =>
        Promise.allSettled(names.map((name) => store.write(name, changes({ [value]: { value } }))));
      await write("before");

      await nodes[1]?.kill();
      const during = await write("during");
      await nodes[1]?.start();
      await eventually(async () =>
        (await write("after")).every(({ status }) => status === "fulfilled"),
      );

      expect(during.some(({ status }) => status === "rejected")).toBe(true);
      expect(during.some(({ status }) => status === "fulfilled")).toBe(true);
      for (const name of names) {
        expect([...(await store.read(name)).keys()]).toEqual(
          expect.arrayContaining(["before", "after"]),
        );
      }
    });
  });
});
