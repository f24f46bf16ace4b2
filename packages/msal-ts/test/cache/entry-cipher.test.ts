import { type EncryptionKey, EntryCipher, MsalError } from "msal-ts";
import { describe, expect, test, vi } from "vitest";

const PLACE = ["user:ada", "RefreshToken:ada-rt"] as const;

function keyOf(id: string, fill: number): EncryptionKey {
  return { id, key: new Uint8Array(32).fill(fill) };
}

function cipher(keys: readonly EncryptionKey[] = [keyOf("k1", 1)], context = "a.cache") {
  return new EntryCipher({ keys, context });
}

describe("an entry", () => {
  test("comes back as it was, and shows nothing of itself", async () => {
    const sealed = await cipher().seal(...PLACE, "a refresh token, ümlaut and all");

    expect(sealed).not.toContain("refresh");
    expect(await cipher().open(...PLACE, sealed)).toBe("a refresh token, ümlaut and all");
  });

  test("looks another way each time", async () => {
    const one = cipher();

    expect(await one.seal(...PLACE, "same")).not.toBe(await one.seal(...PLACE, "same"));
  });

  test.for<[string, string, string, string]>([
    ["context", "b.cache", ...PLACE],
    ["user", "a.cache", "user:bob", PLACE[1]],
    ["key", "a.cache", PLACE[0], "RefreshToken:bob-rt"],
    ["cut between the two", "a.cache", "user:adaR", "efreshToken:ada-rt"],
  ])("is not opened under another %s", async ([, context, partition, key]) => {
    const sealed = await cipher().seal(...PLACE, "secret");

    expect(await cipher(undefined, context).open(partition, key, sealed)).toBeUndefined();
  });

  test("is not opened when one character of it changed", async () => {
    const sealed = await cipher().seal(...PLACE, "secret");
    for (let i = 0; i < sealed.length; i++) {
      const other = sealed[i] === "A" ? "B" : "A";
      const changed = sealed.slice(0, i) + other + sealed.slice(i + 1);
      const opened = await cipher().open(...PLACE, changed);
      // The last character of a part may hold bits that mean nothing.
      if (opened !== undefined) expect([".", undefined]).toContain(sealed[i + 1]);
    }
  });

  test.for(["", "{}", "a.b.c.d.e", "....", "x".repeat(10_000)])(
    "that was never sealed is not opened: %j",
    async (text) => {
      expect(await cipher().open(...PLACE, text)).toBeUndefined();
    },
  );

  test("is not opened without encryption, whatever its header says", async () => {
    const header = Buffer.from(JSON.stringify({ alg: "none", enc: "none", kid: "k1" })).toString(
      "base64url",
    );

    expect(await cipher().open(...PLACE, `${header}..iv.c2VjcmV0.tag`)).toBeUndefined();
  });
});

describe("keys", () => {
  test("rotate: the first encrypts, all decrypt", async () => {
    const old = await cipher([keyOf("k1", 1)]).seal(...PLACE, "old");
    const rotated = cipher([keyOf("k2", 2), keyOf("k1", 1)]);
    const renewed = await rotated.seal(...PLACE, "new");

    expect(await rotated.open(...PLACE, old)).toBe("old");
    expect(await cipher([keyOf("k2", 2)]).open(...PLACE, renewed)).toBe("new");
    expect(await cipher([keyOf("k2", 2)]).open(...PLACE, old)).toBeUndefined();
  });

  test("of the same id but other bytes open nothing", async () => {
    const sealed = await cipher([keyOf("k1", 1)]).seal(...PLACE, "secret");

    expect(await cipher([keyOf("k1", 9)]).open(...PLACE, sealed)).toBeUndefined();
  });

  test("from a function are asked for once, and again when that failed", async () => {
    const keys = vi
      .fn<() => Promise<readonly EncryptionKey[]>>()
      .mockRejectedValueOnce(new Error("the vault is closed"))
      .mockResolvedValue([keyOf("k1", 1)]);
    const one = new EntryCipher({ keys, context: "a.cache" });

    await expect(one.seal(...PLACE, "secret")).rejects.toThrow("the vault is closed");
    const sealed = await one.seal(...PLACE, "secret");

    expect(await one.open(...PLACE, sealed)).toBe("secret");
    expect(keys).toHaveBeenCalledTimes(2);
  });

  test("are copied", async () => {
    const mine = keyOf("k1", 1);
    const one = cipher([mine]);
    mine.key.fill(0);

    expect(await cipher().open(...PLACE, await one.seal(...PLACE, "secret"))).toBe("secret");
  });

  test.for<[string, unknown, string]>([
    ["none", [], "at least one encryption key"],
    ["no array", "secret", "keys must be an array"],
    ["without an id", [{ key: new Uint8Array(32) }], "must have an id"],
    ["too short", [{ id: "k1", key: new Uint8Array(16) }], "it is 16 bytes"],
    ["text", [{ id: "k1", key: "x".repeat(32) }], "must be a Uint8Array of 32 bytes"],
    ["of one id", [keyOf("k1", 1), keyOf("k1", 2)], "the id"],
    ["null", [null], "must have an id"],
  ])("that are wrong are refused: %s", ([, keys, message]) => {
    const make = () => new EntryCipher({ keys: keys as never, context: "a.cache" });

    expect(make).toThrow(MsalError);
    expect(make).toThrow(message);
    expect(make).not.toThrow("xxxx");
  });

  test("from a function that are wrong are refused when they are needed", async () => {
    const one = new EntryCipher({ keys: async () => [], context: "a.cache" });

    await expect(one.open(...PLACE, "x")).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
