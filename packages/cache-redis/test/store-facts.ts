/**
 * What is true of a store by every client, on every kind of server.
 *
 * @module
 */
import { type RedisClient, RedisTokenStore } from "@msal-ts/cache-redis";
import type { StoredEntry } from "msal-ts";
import { expect, test } from "vitest";

export const PARTITION = "user:ada.contoso";

/** A prefix that means something else in a pattern. */
const ODD = "m[sal-t]?s*\\:";

/** Seconds since the epoch, by the clock that servers on this machine have. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** What to write. */
export function changes(entries: Record<string, StoredEntry | null>) {
  return new Map(Object.entries(entries));
}

/** All that an iteration yields. */
export async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** @param empty - A client of a database with nothing in it. */
export function testStoreFacts(empty: () => Promise<RedisClient>): void {
  test("what was written is read, and nothing else", async () => {
    const store = new RedisTokenStore(await empty());

    await store.write(PARTITION, changes({ a: { value: '{"a":"ü|1"}' }, b: { value: "" } }));
    await store.write(PARTITION, changes({ b: null, c: { value: "3", expiresAt: now() + 60 } }));
    await store.write("user:grace", changes({ a: { value: "hers" } }));

    const hers = new Map([["a", "hers"]]);
    expect(Object.fromEntries(await store.read(PARTITION))).toEqual({ a: '{"a":"ü|1"}', c: "3" });
    expect(await store.read("user:grace")).toEqual(hers);
    expect(await store.read("user:nobody")).toEqual(new Map());
  });

  test("the version changes with each write, and is absent when there is nothing", async () => {
    const store = new RedisTokenStore(await empty());
    const versions = [await store.version(PARTITION)];

    for (const value of ["1", "2", "2"]) {
      await store.write(PARTITION, changes({ a: { value } }));
      versions.push(await store.version(PARTITION));
    }

    expect(new Set(versions).size).toBe(4);
    expect(await store.version(PARTITION)).toBe(versions.at(-1));
    await store.write(PARTITION, changes({ a: null }));
    expect(await store.version(PARTITION)).toBeUndefined();
  });

  test("partitions are told, each once, without those of other prefixes", async () => {
    const client = await empty();
    const store = new RedisTokenStore(client);
    const names = Array.from({ length: 1500 }, (_, i) => `user:${i}`).sort();
    const one = changes({ a: { value: "1" } });
    for (let i = 0; i < names.length; i += 100) {
      await Promise.all(names.slice(i, i + 100).map((name) => store.write(name, one)));
    }
    for (const prefix of ["msal-ts:{x}", ODD, "other:"]) {
      await new RedisTokenStore(client, { prefix }).write("user:x", one);
    }

    expect((await all(store.partitions())).sort()).toEqual(names);
    const odd = new RedisTokenStore(client, { prefix: ODD });
    expect(await all(odd.partitions())).toEqual(["user:x"]);
  });

  test("writers at the same time all find what they wrote", async () => {
    const client = await empty();
    const stores = Array.from({ length: 20 }, () => new RedisTokenStore(client));

    await Promise.all(
      stores.map((store, i) => store.write(PARTITION, changes({ [`a${i}`]: { value: `${i}` } }))),
    );

    expect((await stores[0]?.read(PARTITION))?.size).toBe(20);
  });
}
