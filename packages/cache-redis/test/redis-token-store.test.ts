import {
  type RedisClient,
  RedisTokenStore,
  type RedisTokenStoreOptions,
} from "@msal-ts/cache-redis";
import { Redis } from "ioredis";
import type { EncryptionKey, StoredEntry } from "msal-ts";
import { createClient, RESP_TYPES } from "redis";
import { createClientPool as createClientPool5 } from "redis-5";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CLIENTS } from "./clients.js";
import { freePort, isMissing, pause, RedisServer } from "./redis-servers.js";
import { all, changes, now, PARTITION, testStoreFacts } from "./store-facts.js";

const KEY = `msal-ts:{${PARTITION}}`;

describe.skipIf(isMissing)("on a single server", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server?.close());

  async function emptyStore(options?: RedisTokenStoreOptions) {
    await server.command("FLUSHALL");
    const [{ connect } = CLIENTS[0]!] = CLIENTS;
    return new RedisTokenStore(await connect(server), options);
  }

  describe.for(CLIENTS)("by $name", ({ connect }) => {
    testStoreFacts(async () => {
      await server.command("FLUSHALL");
      return connect(server);
    });
  });

  test("a partition expires with the entry in it that lasts longest", async () => {
    const store = await emptyStore();
    const [sooner, later] = [now() + 100, now() + 2000];

    await store.write(
      PARTITION,
      changes({
        a: { value: "1", expiresAt: sooner },
        b: { value: "2" },
        d: { value: "4", expiresAt: sooner - 50 },
      }),
    );
    expect(await server.command("EXPIRETIME", KEY)).toBe(`${sooner}`);
    await store.write(PARTITION, changes({ c: { value: "3", expiresAt: later } }));
    expect(await server.command("EXPIRETIME", KEY)).toBe(`${later}`);
    await store.write(PARTITION, changes({ c: null }));
    expect(await server.command("EXPIRETIME", KEY)).toBe(`${sooner}`);
    await store.write(PARTITION, changes({ a: null, d: null }));

    expect(await server.command("EXPIRETIME", KEY)).toBe("-1");
    expect(await store.read(PARTITION)).toEqual(new Map([["b", "2"]]));
  });

  test("entries that have expired are not read, and leave with the next write", async () => {
    const store = await emptyStore();
    await store.write(
      PARTITION,
      changes({
        a: { value: "1", expiresAt: now() + 1 },
        b: { value: "2", expiresAt: now() + 60 },
      }),
    );
    await pause(2100);

    expect(await store.read(PARTITION)).toEqual(new Map([["b", "2"]]));
    expect(await server.command("HLEN", KEY)).toBe("3");
    await store.write(PARTITION, changes({ c: { value: "3" } }));
    expect((await server.command("HKEYS", KEY)).split("\n").sort()).toEqual(["\u0000v", "b", "c"]);
  });

  test("nothing is left of a partition without entries, or whose entries have expired", async () => {
    const store = await emptyStore();

    await store.write(PARTITION, changes({ a: { value: "1" } }));
    await store.write(PARTITION, changes({ a: null, b: null }));
    await store.write("user:late", changes({ a: { value: "1", expiresAt: now() - 1 } }));
    await store.write("user:never", changes({ a: { value: "1", expiresAt: -1 } }));

    expect(await server.command("DBSIZE")).toBe("0");
    expect(await all(store.partitions())).toEqual([]);
  });

  test.for([Number.POSITIVE_INFINITY, 1e300, Number.MAX_SAFE_INTEGER])(
    "an entry may last until %d, which is as good as for ever",
    async (expiresAt) => {
      const store = await emptyStore();

      await store.write(PARTITION, changes({ a: { value: "1", expiresAt } }));

      expect(await store.read(PARTITION)).toEqual(new Map([["a", "1"]]));
    },
  );

  test("a write is all or nothing", async () => {
    const store = await emptyStore();
    await store.write(PARTITION, changes({ a: { value: "1" } }));

    const wrong = changes({ b: { value: "2" }, c: { value: "3", expiresAt: Number.NaN } });
    await expect(store.write(PARTITION, wrong)).rejects.toMatchObject({ code: "invalid_argument" });

    expect(await store.read(PARTITION)).toEqual(new Map([["a", "1"]]));
  });

  describe("a write that was given up, and that the server gets later than a newer one", () => {
    /** The write is on its way until it is let through. */
    async function givenUp(entries: Record<string, StoredEntry | null>) {
      await server.command("FLUSHALL");
      const client = new Redis(server.url);
      onTestFinished(() => client.disconnect());
      let late: (() => Promise<unknown>) | undefined;
      let slow = false;
      const call = (name: string, ...args: string[]) => {
        if (!slow || !name.startsWith("EVAL")) return client.call(name, ...args);
        return new Promise((resolve, reject) => {
          late = () => client.call(name, ...args).then(resolve, reject);
        });
      };
      const store = new RedisTokenStore({ status: "ready", call }, { timeout: 100 });
      await store.write(PARTITION, changes({ a: { value: "0" }, b: { value: "0" } }));
      slow = true;
      await expect(store.write(PARTITION, changes(entries))).rejects.toMatchObject({
        message: expect.stringContaining("within 100 ms"),
      });
      slow = false;
      return { store, arrive: async () => late?.() };
    }

    test("does not undo it", async () => {
      const { store, arrive } = await givenUp({ a: { value: "1" }, c: { value: "1" } });
      await store.write(PARTITION, changes({ a: { value: "2" } }));
      const version = await store.version(PARTITION);

      await arrive();

      const kept = { a: "2", b: "0" };
      expect(Object.fromEntries(await store.read(PARTITION))).toEqual(kept);
      expect(await store.version(PARTITION)).toBe(version);
      await store.write(PARTITION, changes({ c: { value: "3" } }));
      expect((await server.command("HKEYS", KEY)).split("\n").sort()).toEqual([
        "\u0000v",
        ...["a", "b", "c"],
      ]);
    });

    test("brings nobody back who was signed out", async () => {
      const { store, arrive } = await givenUp({ a: { value: "1" } });
      await store.write(PARTITION, changes({ a: null, b: null }));
      expect(await store.read(PARTITION)).toEqual(new Map());
      expect(await store.version(PARTITION)).toBeUndefined();

      await arrive();

      expect(await server.command("DBSIZE")).toBe("0");
    });

    test("happens when there is no newer one", async () => {
      const { store, arrive } = await givenUp({ a: { value: "1" } });

      await arrive();

      expect(Object.fromEntries(await store.read(PARTITION))).toEqual({ a: "1", b: "0" });
    });

    test("is called off once", async () => {
      const { store } = await givenUp({ a: { value: "1" } });
      await store.write(PARTITION, changes({ a: { value: "2" } }));
      await server.command("DEL", KEY);

      await store.write(PARTITION, changes({ a: { value: "3" } }));

      expect((await server.command("HKEYS", KEY)).split("\n").sort()).toEqual(["\u0000v", "a"]);
    });

    test("leaves nothing behind if it never comes", async () => {
      const { store } = await givenUp({ a: { value: "1" } });

      await store.write(PARTITION, changes({ a: null, b: null }));

      const left = Number(await server.command("TTL", KEY));
      expect(left).toBeGreaterThan(600);
      expect(left).toBeLessThanOrEqual(900);
    });
  });

  test("a server whose memory is full takes nothing, but removes", async () => {
    const store = await emptyStore();
    await store.write(PARTITION, changes({ a: { value: "1" }, b: { value: "1" } }));
    await server.command("CONFIG", "SET", "maxmemory", "1");
    onTestFinished(async () => {
      await server.command("CONFIG", "SET", "maxmemory", "0");
    });

    const write = store.write(PARTITION, changes({ a: { value: "2" }, c: { value: "2" } }));
    await expect(write).rejects.toMatchObject({
      message: expect.stringMatching(/^Redis failed: OOM\. The server's memory is full/),
    });
    await store.write(PARTITION, changes({ b: null }));

    expect(await store.read(PARTITION)).toEqual(new Map([["a", "1"]]));
    // What was refused does not come late, and need not be called off.
    expect((await server.command("HKEYS", KEY)).split("\n").sort()).toEqual(["\u0000v", "a"]);
  });

  test("what somebody else put into a partition does not stop it from being written", async () => {
    const store = await emptyStore();
    const long = "9".repeat(30);
    await server.command("HSET", KEY, "odd", "no time", "late", `${long}|x`, "", "|");

    await store.write(PARTITION, changes({ a: { value: "1" } }));

    expect((await store.read(PARTITION)).get("a")).toBe("1");
  });

  test("an empty write asks nothing", async () => {
    const store = new RedisTokenStore(createClient());

    await store.write(PARTITION, new Map());
  });

  test("a server that has forgotten the script is told it again", async () => {
    const store = await emptyStore();
    await store.write(PARTITION, changes({ a: { value: "1" } }));
    await server.command("SCRIPT", "FLUSH");

    await store.write(PARTITION, changes({ b: { value: "2" } }));
    await store.write(PARTITION, changes({ c: { value: "3" } }));

    expect((await store.read(PARTITION)).size).toBe(3);
    expect(await server.command("INFO", "commandstats")).toMatch(/cmdstat_eval:calls=\d/);
  });

  test("a client set to answer in bytes answers in texts here", async () => {
    await server.command("FLUSHALL");
    const client = createClient({
      url: server.url,
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.MAP]: Map } },
    });
    onTestFinished(() => client.destroy());
    const store = new RedisTokenStore(await client.connect());

    await store.write(PARTITION, changes({ a: { value: "1" } }));

    expect(await store.read(PARTITION)).toEqual(new Map([["a", "1"]]));
    expect(await all(store.partitions())).toEqual([PARTITION]);
  });

  describe("with encryption", () => {
    const key = (id: string): EncryptionKey => ({
      id,
      key: new Uint8Array(32).fill(id.charCodeAt(0)),
    });

    test("the server holds nothing in the clear, and gives it back", async () => {
      const store = await emptyStore({ encryption: { keys: [key("one")] } });
      await store.write(PARTITION, changes({ a: { value: "the-refresh-token" } }));

      expect(await store.read(PARTITION)).toEqual(new Map([["a", "the-refresh-token"]]));
      expect(await server.command("HGETALL", KEY)).not.toContain("the-refresh-token");
      expect(await server.command("HGET", KEY, "a")).toMatch(/^\|eyJ/);
    });

    test("keys rotate: the first one encrypts, all of them decrypt", async () => {
      await server.command("FLUSHALL");
      const client = await CLIENTS[0]!.connect(server);
      const store = (...keys: EncryptionKey[]) =>
        new RedisTokenStore(client, { encryption: { keys: async () => keys } });
      await store(key("one")).write(PARTITION, changes({ a: { value: "1" } }));
      await store(key("two"), key("one")).write(PARTITION, changes({ b: { value: "2" } }));

      expect((await store(key("two"), key("one")).read(PARTITION)).size).toBe(2);
      expect(await store(key("two")).read(PARTITION)).toEqual(new Map([["b", "2"]]));
    });

    test("what was moved, or not encrypted, is not read", async () => {
      const store = await emptyStore({ encryption: { keys: [key("one")] } });
      await store.write(PARTITION, changes({ a: { value: "1" } }));
      const sealed = await server.command("HGET", KEY, "a");
      await server.command("HSET", KEY, "b", sealed, "c", '|{"in":"the clear"}');
      await server.command("HSET", "msal-ts:{user:grace}", "a", sealed);
      await server.command("HSET", "other:{user:ada.contoso}", "a", sealed);

      expect(await store.read(PARTITION)).toEqual(new Map([["a", "1"]]));
      expect(await store.read("user:grace")).toEqual(new Map());
    });
  });

  describe("errors", () => {
    test("name the server's reason and a remedy, and quote nothing", async () => {
      const store = await emptyStore();
      await server.command("SET", KEY, "somebody else's");

      const failed = await store
        .write(PARTITION, changes({ a: { value: "secret" } }))
        .catch((e) => e);

      expect(failed).toMatchObject({
        code: "store_error",
        message:
          "Redis failed: WRONGTYPE. Somebody else uses the same keys: give the store a prefix of its own.",
      });
      expect(failed.cause).toBeUndefined();
    });

    test.for(CLIENTS)("$name: a user who may not is told what it takes", async ({ connect }) => {
      await server.command("FLUSHALL");
      const store = new RedisTokenStore(await connect(server));
      onTestFinished(async () => {
        await server.command("ACL", "SETUSER", "default", "+@all");
      });
      await server.command("ACL", "SETUSER", "default", "-evalsha");

      const failed = await store
        .write(PARTITION, changes({ a: { value: "secret" } }))
        .catch((e) => e);

      expect(failed.code).toBe("store_error");
      expect(failed.message).toMatch(/^Redis failed: NOPERM\. .*EVALSHA/);
      expect(failed.message).not.toContain("secret");
    });

    test("a user needs the commands and keys that the README names, and no more", async () => {
      await server.command("FLUSHALL");
      const rules = "on >password ~msal-ts:* -@all +hgetall +hget +hset +hdel +del +expireat";
      const more = "+persist +time +evalsha +eval +scan +hello +client";
      await server.command("ACL", "SETUSER", "msal", ...`${rules} ${more}`.split(" "));
      const client = createClient({ url: server.url, username: "msal", password: "password" });
      onTestFinished(() => client.destroy());
      const store = new RedisTokenStore(await client.connect());

      await store.write(PARTITION, changes({ a: { value: "1" }, b: { value: "2" } }));
      await store.write(PARTITION, changes({ a: null, b: { value: "2", expiresAt: now() + 60 } }));

      expect(await store.read(PARTITION)).toEqual(new Map([["b", "2"]]));
      expect(await store.version(PARTITION)).toBeDefined();
      expect(await all(store.partitions())).toEqual([PARTITION]);
      await store.write(PARTITION, changes({ b: null }));
    });

    test("a call ends with its signal's reason", async () => {
      const store = await emptyStore();
      const reason = new Error("changed my mind");

      await expect(store.read(PARTITION, AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(store.version(PARTITION, AbortSignal.abort(reason))).rejects.toBe(reason);
      const write = store.write(
        PARTITION,
        changes({ a: { value: "1" } }),
        AbortSignal.abort(reason),
      );
      await expect(write).rejects.toBe(reason);
      await expect(all(store.partitions(AbortSignal.abort(reason)))).rejects.toBe(reason);
      expect(await server.command("DBSIZE")).toBe("0");
    });

    test.for(CLIENTS)(
      "$name: a server that hangs costs no more than the timeout",
      async ({ connect }) => {
        await server.command("FLUSHALL");
        const store = new RedisTokenStore(await connect(server), { timeout: 200 });
        await store.read(PARTITION);
        const thaw = await server.freeze();
        onTestFinished(thaw);

        const started = performance.now();
        await expect(store.read(PARTITION)).rejects.toMatchObject({
          code: "store_error",
          message: expect.stringContaining("within 200 ms"),
        });
        const controller = new AbortController();
        const waiting = store.read(PARTITION, controller.signal);
        controller.abort(new Error("enough"));
        await expect(waiting).rejects.toThrow("enough");

        expect(performance.now() - started).toBeLessThan(1500);
      },
    );
  });
});

describe("without a server", () => {
  test("redis without a queue for those who wait says at once that there is no connection", async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    const client = createClient({ url, disableOfflineQueue: true }).on("error", () => {});
    onTestFinished(() => client.destroy());
    void client.connect().catch(() => {});
    const store = new RedisTokenStore(client);

    await expect(store.read(PARTITION)).rejects.toMatchObject({
      code: "store_error",
      message: expect.stringContaining("ClientOfflineError"),
    });
  });

  test("ioredis: a command that nobody waits for any more is not kept", async () => {
    const client = new Redis(await freePort(), "127.0.0.1", { maxRetriesPerRequest: null });
    client.on("error", () => {});
    onTestFinished(() => client.disconnect());
    const store = new RedisTokenStore(client, { timeout: 100 });

    await expect(store.read(PARTITION)).rejects.toMatchObject({ code: "store_error" });
    expect((client as unknown as { offlineQueue: { length: number } }).offlineQueue.length).toBe(0);
  });

  test.for(HANGING)(
    "%s: a command that hangs holds up nothing beyond the timeout",
    async ([, make]) => {
      let hangs = true;
      const answer = (command: readonly unknown[]) =>
        hangs ? new Promise<never>(() => {}) : Promise.resolve(emptyAnswer(command));
      const store = new RedisTokenStore(make(answer) as RedisClient, { timeout: 200 });
      const ask = () =>
        Promise.allSettled([
          store.read(PARTITION),
          store.write(PARTITION, changes({ a: { value: "1" } })),
          store.version(PARTITION),
          all(store.partitions()),
        ]);

      const started = performance.now();
      const hung = [...(await ask()), ...(await ask())];
      const took = performance.now() - started;
      hangs = false;
      const answered = await ask();

      const late = { code: "store_error", message: expect.stringContaining("within 200 ms") };
      expect(hung).toEqual(
        hung.map(() => ({ status: "rejected", reason: expect.objectContaining(late) })),
      );
      expect(took).toBeLessThan(1500);
      expect(answered.map(({ status }) => status)).toEqual(hung.slice(4).map(() => "fulfilled"));
    },
  );

  test.for([
    ["a client of redis that was never connected", () => createClient(), "ClientClosedError"],
    ["a client of ioredis that was closed", closed, "The Redis client is closed"],
  ] as const)("%s says so", async ([, make, reason]) => {
    const store = new RedisTokenStore(make());

    await expect(store.read(PARTITION)).rejects.toMatchObject({
      code: "store_error",
      message: expect.stringContaining(reason),
    });
  });
});

type Answer = (command: readonly unknown[]) => Promise<unknown>;

/** What the store needs of each client, with answers to commands by their names. */
const HANGING: readonly (readonly [string, (answer: Answer) => object])[] = [
  ["redis", (answer) => ({ sendCommand: answer, destroy() {} })],
  [
    "redis 6.2",
    (answer) => ({ sendCommand: answer, destroy() {}, lMoveM() {}, isOpen: true, isReady: true }),
  ],
  [
    "Sentinel of redis",
    (answer) => ({
      sendCommand: (_: boolean, command: string[]) => answer(command),
      ...{ destroy() {}, getMasterNode() {} },
    }),
  ],
  [
    "a cluster of redis",
    (answer) => ({
      sendCommand: (_key: string, _isReadonly: boolean, command: string[]) => answer(command),
      ...{ destroy() {}, masters: [{}], nodeClient: async () => ({ sendCommand: answer }) },
    }),
  ],
  [
    "a cluster of redis that does not reach a node",
    (answer) => ({
      sendCommand: (_key: string, _isReadonly: boolean, command: string[]) => answer(command),
      ...{ destroy() {}, masters: [{}] },
      nodeClient: () => answer(["NODE"]).then(() => ({ sendCommand: answer })),
    }),
  ],
  ["ioredis", (answer) => ({ call: (...command: string[]) => answer(command), status: "ready" })],
  [
    "ioredis with automatic pipelines",
    (answer) => ({
      ...{ call() {}, status: "ready", options: { enableAutoPipelining: true } },
      pipeline: ([[, ...command] = []]: string[][]) => ({
        exec: () => answer(command).then((reply) => [[null, reply]]),
      }),
    }),
  ],
  [
    "a cluster of ioredis",
    (answer) => {
      const call = (...command: string[]) => answer(command);
      return { call, status: "ready", nodes: () => [{ call }] };
    },
  ],
];

/** As of a database with nothing in it. */
function emptyAnswer([name]: readonly unknown[]): unknown {
  if (name === "SCAN") return ["0", []];
  if (name === "HGET") return null;
  return name === "HGETALL" ? [] : 1;
}

function closed(): RedisClient {
  const client = new Redis({ lazyConnect: true });
  client.disconnect();
  return client;
}

describe("arguments", () => {
  test.for([
    [undefined, "undefined"],
    ["redis://user:secret@host", "a string of 24 characters"],
    [{}, "an object"],
    [new Map(), "an object of class Map"],
    // Of redis 4, which has no destroy().
    [{ sendCommand() {}, disconnect() {} }, "an object"],
    [createClient, "a function"],
  ])("%s is no client", ([client, came]) => {
    expect(() => new RedisTokenStore(client as RedisClient)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringMatching(new RegExp(`^client must be .*; it is ${came}\\.$`)),
      }),
    );
  });

  test("a pool of redis before 6.2 is refused, which would end the process", () => {
    expect(() => new RedisTokenStore(createClientPool5())).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining("Update redis, or give the client of createClient"),
      }),
    );
  });

  test.for([
    [null, "options must be an object; it is null."],
    [{ ttl: 1 }, 'There is no option "ttl". The options are prefix, timeout, encryption.'],
    [{ constructor: 1 }, 'There is no option "constructor".'],
    [{ prefix: 1 }, "The option prefix must be a string; it is 1."],
    [{ timeout: 0 }, "The option timeout must be a number of milliseconds, more than 0"],
    [{ timeout: Number.NaN }, "The option timeout must be"],
    [{ timeout: "5" }, "it is a string of 1 characters."],
    [{ timeout: 2 ** 31 }, "at most 2147483647; it is 2147483648."],
    [{ encryption: "key" }, "The option encryption must be an object, { keys }; it is a string"],
    [{ encryption: { keys: [], key: 1 } }, "The option encryption must be an object, { keys }"],
    [{ encryption: { keys: [] } }, "There must be at least one encryption key"],
  ])("options %j are refused", ([options, message]) => {
    const make = () => new RedisTokenStore(createClient(), options as RedisTokenStoreOptions);

    expect(make).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(message as string),
      }),
    );
  });

  test("options may be undefined, one by one", () => {
    const options = { prefix: undefined, timeout: undefined, encryption: undefined };

    expect(new RedisTokenStore(createClient(), options)).toBeInstanceOf(RedisTokenStore);
  });
});
