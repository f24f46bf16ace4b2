import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileTokenStore, type KeyRequest, keyFromEnvironment } from "@msal-ts/cache-file";
import type { EncryptionKey } from "msal-ts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { setup, signedIn, valuesOf } from "./setup.js";

const ADA = signedIn("ada", "token-of-ada");
const GRACE = signedIn("grace", "token-of-grace");

const key = (id: string): EncryptionKey => ({
  id,
  key: new Uint8Array(32).map((_, i) => i + id.charCodeAt(0)),
});
const encryption = (...ids: string[]) => ({ encryption: { keys: ids.map(key) } });

interface Envelope {
  format: string;
  version: number;
  entries: Record<string, Record<string, { sealed: string; expiresAt?: number }>>;
}

const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Envelope;

/** Ids of the keys that a file takes: the headers of its JWEs (RFC 7516 §3.1). */
function keysIn(path: string): string[] {
  const ids = Object.values(read(path).entries)
    .flatMap((entries) => Object.values(entries))
    .map(({ sealed }) => sealed.split(".")[0] ?? "")
    .map((header) => JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string })
    .map(({ kid }) => kid);
  return [...new Set(ids)].sort();
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("an encrypted file", () => {
  test("is read with its key, and holds no token in the clear", async () => {
    const { open, text } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);

    expect(await open(encryption("a")).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(text()).not.toContain("token-of-ada");
    expect(text()).not.toContain("contoso.com");
  });

  test("is sealed with AES-256-GCM, entry by entry", async () => {
    const { open, path } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);

    const entries = Object.values(read(path).entries[ADA.partition] ?? {});

    expect(entries).toHaveLength(ADA.entries.size);
    for (const { sealed } of entries) {
      const [header = ""] = sealed.split(".");
      expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({
        alg: "dir",
        enc: "A256GCM",
      });
    }
  });

  test("gives nothing of an entry that was put in another's place", async () => {
    const { open, path } = setup();
    const store = open(encryption("a"));
    await store.write(ADA.partition, ADA.entries);
    await store.write(GRACE.partition, GRACE.entries);
    const file = read(path);
    const hers = file.entries[ADA.partition]!;
    const others = file.entries[GRACE.partition]!;
    // Another user's under this user's key; and two of one user's exchanged.
    hers["RefreshToken:RefreshToken-of-ada"] = others["RefreshToken:RefreshToken-of-grace"]!;
    hers["Account:Account-of-ada"] = hers["AccessToken:AccessToken-of-ada"]!;
    writeFileSync(path, JSON.stringify(file));

    const entries = await open(encryption("a")).read(ADA.partition);

    expect([...entries.keys()].sort()).toEqual(
      [...ADA.entries.keys()].filter((name) => /^(AccessToken|AppMetadata)/.test(name)).sort(),
    );
  });

  test("gives nothing in another file's place, unless both have one context", async () => {
    const { open, path, folder } = setup();
    const moved = join(folder, "moved.json");
    await open(encryption("a")).write(ADA.partition, ADA.entries);
    renameSync(path, moved);
    expect(await open(encryption("a"), moved).read(ADA.partition)).toEqual(new Map());

    const context = { encryption: { keys: [key("a")], context: "my app" } };
    await open(context).write(ADA.partition, ADA.entries);
    renameSync(path, moved);
    expect(await open(context, moved).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test.for([
    ["without a key", { encryption: "none" }, "is encrypted"],
    ["with another key", encryption("b"), '"a"'],
    ["with a function that has no key", { encryption: { keys: () => [] } }, '"a"'],
  ] as const)("opened %s is store_error, and is never written", async ([, options, said]) => {
    const { open, text } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);
    const before = text();
    const store = open(options as never);
    const refused = { code: "store_error", message: expect.stringContaining(said) };

    await expect(store.read(ADA.partition)).rejects.toMatchObject(refused);
    await expect(store.write(GRACE.partition, GRACE.entries)).rejects.toMatchObject(refused);

    expect(text()).toBe(before);
  });

  test("is moved aside when its key is lost, and not when its key cannot be had just now", async () => {
    const { open, files, text } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);
    const before = text();
    const keys = () => Promise.reject(new Error("locked"));
    await expect(open({ encryption: { keys } }).moveAside()).rejects.toThrow("locked");
    await expect(open().moveAside()).rejects.toMatchObject({ code: "store_error" });
    expect(await open(encryption("a")).moveAside()).toBeUndefined();
    expect(text()).toBe(before);

    const store = open(encryption("b"));
    const aside = await store.moveAside();
    await store.write(ADA.partition, ADA.entries);

    expect(readFileSync(aside ?? "", "utf8")).toBe(before);
    expect(files()).toHaveLength(2);
  });

  test.for([
    ["of a later version", { version: 2 }, "store_error"],
    ["without entries", { entries: [] }, "invalid_cache"],
    ["with an entry that is none", { entries: { p: { k: "text" } } }, "invalid_cache"],
  ] as const)("%s is refused, and left as it is", async ([, changes, code]) => {
    const { open, path, text } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);
    writeFileSync(path, JSON.stringify({ ...read(path), ...changes }));
    const before = text();

    await expect(open(encryption("a")).write("p", ADA.entries)).rejects.toMatchObject({ code });

    expect(text()).toBe(before);
  });

  test("is not written when nothing changes, and forgets what has expired", async () => {
    const { open, text } = setup();
    const store = open(encryption("a"));
    await store.write(
      "obo:x",
      new Map([
        ["AccessToken:x", { value: "v", expiresAt: 4_000_000_000 }],
        ["Account:x", { value: "v" }],
      ]),
    );
    const before = text();
    await store.write("obo:x", new Map([["Account:x", { value: "v" }]]));
    expect(text()).toBe(before);

    await store.write(
      "obo:x",
      new Map([["AccessToken:x", { value: "v", expiresAt: 1_600_000_000 }]]),
    );

    expect(await store.read("obo:x")).toEqual(new Map());
  });
});

describe("keys", () => {
  test("rotate: the first write with a new one in front encrypts everything with it", async () => {
    const { open, path } = setup();
    await open(encryption("a")).write(ADA.partition, ADA.entries);

    const store = open(encryption("b", "a"));
    expect(await store.read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    await store.write(GRACE.partition, GRACE.entries);

    expect(keysIn(path)).toEqual(["b"]);
    expect(await open(encryption("b")).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("of a function are asked for again when an entry takes one that it has not named", async () => {
    const { open } = setup();
    let ids = ["a"];
    const store = open({ encryption: { keys: async () => ids.map(key) } });
    await store.write(ADA.partition, ADA.entries);
    ids = ["b", "a"];
    await open(encryption("b", "a")).write(GRACE.partition, GRACE.entries);

    expect(await store.read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("of a function may be made when nothing is encrypted yet, and only then", async () => {
    const { open, path } = setup();
    const requests: KeyRequest[] = [];
    const made: EncryptionKey[] = [];
    const keys = (request: KeyRequest) => {
      requests.push(request);
      if (request.create && made.length === 0) made.push(key("a"));
      return made;
    };

    await open({ encryption: { keys } }).write(ADA.partition, ADA.entries);
    await open({ encryption: { keys } }).write(GRACE.partition, GRACE.entries);

    expect(requests).toEqual([
      { path, create: true },
      { path, create: false },
    ]);
  });

  test("that are cleared after the store was made still encrypt", async () => {
    const { open } = setup();
    const own = key("a");
    const store = open({ encryption: { keys: [own] } });
    own.key.fill(0);

    await store.write(ADA.partition, ADA.entries);

    expect(await open(encryption("a")).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("come from the environment, several at once", async () => {
    const { open } = setup();
    const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString("base64"));
    const options = { encryption: { keys: keyFromEnvironment("MSAL_TS_TEST_KEY") } };
    vi.stubEnv("MSAL_TS_TEST_KEY", one);
    await open(options).write(ADA.partition, ADA.entries);
    vi.stubEnv("MSAL_TS_TEST_KEY", `${two},${one}`);
    await open(options).write(GRACE.partition, GRACE.entries);
    vi.stubEnv("MSAL_TS_TEST_KEY", two);

    expect(await open(options).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test.for([undefined, "", "too-short", `${"A".repeat(43)}=,x`])(
    "from the environment, %o: invalid_argument that names the variable and never its value",
    async (value) => {
      const { open } = setup();
      vi.stubEnv("MSAL_TS_TEST_KEY", value);
      const keys = keyFromEnvironment("MSAL_TS_TEST_KEY");

      const failure = await open({ encryption: { keys } })
        .write(ADA.partition, ADA.entries)
        .catch((error: Error) => error);

      expect(failure).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("MSAL_TS_TEST_KEY"),
      });
      if (value) expect((failure as Error).message).not.toContain(value);
    },
  );
});

describe("a plain file, where encryption is asked for", () => {
  test("is refused: whoever can write to it could pass anything off as ours", async () => {
    const { open, text } = setup();
    await open().write(ADA.partition, ADA.entries);
    const before = text();
    const store = open(encryption("a"));

    await expect(store.read(ADA.partition)).rejects.toMatchObject({ code: "store_error" });
    await expect(store.write("p", ADA.entries)).rejects.toMatchObject({ code: "store_error" });
    expect(text()).toBe(before);
  });

  test("is taken over with adoptPlain, and encrypted with the first write", async () => {
    const { open, text, path } = setup();
    await open().write(ADA.partition, ADA.entries);
    const store = new FileTokenStore(path, {
      encryption: { keys: [key("a")], adoptPlain: true },
    });
    expect(await store.read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(text()).toContain("token-of-ada");

    await store.write(GRACE.partition, GRACE.entries);

    expect(text()).not.toContain("token-of");
    expect(await open(encryption("a")).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("is not taken over by a store that has seen it encrypted: somebody has put it there", async () => {
    const { open, text, path } = setup();
    const adopting = () => open({ encryption: { keys: [key("a")], adoptPlain: true } });
    const [reader, writer] = [adopting(), adopting()];
    await writer.write(ADA.partition, ADA.entries);
    await reader.read(ADA.partition);
    const forged = join(path, "..", "forged");
    await open({}, forged).write(GRACE.partition, GRACE.entries);
    renameSync(forged, path);
    const before = text();

    for (const store of [reader, writer]) {
      await expect(store.read(GRACE.partition)).rejects.toMatchObject({
        code: "store_error",
        message: expect.stringContaining("was encrypted"),
      });
      await expect(store.write("p", ADA.entries)).rejects.toMatchObject({ code: "store_error" });
    }
    expect(text()).toBe(before);
  });
});
