import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FileTokenStore } from "@msal-ts/cache-file";
import { partitionOf, type TokenStore } from "msal-ts";
import { describe, expect, test } from "vitest";
import { CLIENT_ID, HOST, setup, signedIn, valuesOf } from "./setup.js";

const ADA = signedIn("ada");
const GRACE = signedIn("grace");

async function partitionsOf(store: TokenStore): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.partitions?.() ?? []) names.push(name);
  return names.sort();
}

describe("a file", () => {
  test("hands entries on to the next store, each partition its own", async () => {
    const { open } = setup();
    const store = open();

    await store.write(ADA.partition, ADA.entries);
    await store.write(GRACE.partition, GRACE.entries);

    const next = open();
    expect(await next.read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(await next.read(GRACE.partition)).toEqual(valuesOf(GRACE.entries));
    expect(await partitionsOf(next)).toEqual([ADA.partition, GRACE.partition]);
    expect(await next.read("user:nobody")).toEqual(new Map());
  });

  test("that is not there holds nothing, and is not made by reading", async () => {
    const { open, files } = setup();
    const store = open();

    expect(await store.read(ADA.partition)).toEqual(new Map());
    expect(await partitionsOf(store)).toEqual([]);
    expect(await store.version(ADA.partition)).toBe("none");
    expect(files()).toEqual([]);
  });

  test("is in the unified schema, rows under the keys of the entries", async () => {
    const { open, json } = setup();

    await open().write(ADA.partition, ADA.entries);

    expect(json()).toEqual({
      AccessToken: { "AccessToken-of-ada": ADA.rows.AccessToken },
      Account: { "Account-of-ada": ADA.rows.Account },
      RefreshToken: { "RefreshToken-of-ada": ADA.rows.RefreshToken },
      AppMetadata: { [`appmetadata-${HOST}-${CLIENT_ID}`]: ADA.rows.AppMetadata },
    });
  });

  test("keeps sections, rows and members that it does not know", async () => {
    const { open, path, json } = setup();
    const strange = {
      AccessToken: { "no-key-of-anybody": { stranger: [1, null] }, __proto_: 1, number: 7 },
      Customized: { list: [1, 2] },
      Version: "4",
    };
    writeFileSync(path, JSON.stringify(strange).replace("__proto_", "__proto__"));

    const store = open();
    await store.write(ADA.partition, ADA.entries);
    await store.write(ADA.partition, new Map([["Account:Account-of-ada", null]]));

    const { AccessToken = {}, ...rest } = json();
    expect(Object.entries(AccessToken)).toEqual([
      ["no-key-of-anybody", { stranger: [1, null] }],
      ["__proto__", 1],
      ["number", 7],
      ["AccessToken-of-ada", ADA.rows.AccessToken],
    ]);
    expect(rest).toMatchObject({ Customized: { list: [1, 2] }, Version: "4" });
    expect(rest.Account).toEqual({});
  });

  test("keeps app metadata as long as somebody's rows are of its client", async () => {
    const { open, json } = setup();
    const store = open();
    await store.write(ADA.partition, ADA.entries);
    await store.write(GRACE.partition, GRACE.entries);
    const removal = ({ entries }: typeof ADA) =>
      new Map([...entries.keys()].map((key) => [key, null] as const));

    await store.write(ADA.partition, removal(ADA));
    expect(await store.read(GRACE.partition)).toEqual(valuesOf(GRACE.entries));

    await store.write(GRACE.partition, removal(GRACE));
    expect(json().AppMetadata).toEqual({});
    expect(await partitionsOf(store)).toEqual([]);
  });

  test("keeps what came with an exchanged token apart from the user's own rows", async () => {
    const { open, json } = setup();
    const store = open();
    await store.write(ADA.partition, ADA.entries);
    const exchanged = { ...ADA.rows.AccessToken, user_assertion_hash: "h4Sh", secret: "exchanged" };
    const obo = partitionOf("AccessToken", exchanged) ?? "";
    const entries = new Map([
      ["AccessToken:exchanged", { value: JSON.stringify(exchanged) }],
      ["RefreshToken:RefreshToken-of-ada", { value: '{"secret":"of the exchange"}' }],
      ["Account:Account-of-ada", { value: JSON.stringify(ADA.rows.Account) }],
    ]);

    await store.write(obo, entries);

    expect(Object.fromEntries(await open().read(obo))).toMatchObject(
      Object.fromEntries(valuesOf(entries)),
    );
    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(json().RefreshToken).toEqual({ "RefreshToken-of-ada": ADA.rows.RefreshToken });
    await store.write(obo, new Map([["Account:Account-of-ada", null]]));
    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("lets go of exchanged tokens that have expired, and of what came with them", async () => {
    const { open, text } = setup();
    const store = open();
    const row = { ...ADA.rows.AccessToken, user_assertion_hash: "h4Sh", expires_on: "1600000000" };
    const obo = partitionOf("AccessToken", row) ?? "";
    await store.write(ADA.partition, ADA.entries);
    await store.write(
      obo,
      new Map([
        ["AccessToken:old", { value: JSON.stringify(row), expiresAt: 1_600_000_000 }],
        ["IdToken:of-ada", { value: '{"secret":"id"}' }],
      ]),
    );

    await store.write(GRACE.partition, GRACE.entries);

    expect(await partitionsOf(store)).toEqual([ADA.partition, GRACE.partition]);
    expect(text()).not.toContain("h4Sh");
    expect(text()).not.toContain('of-ada\\"');
  });

  test("keeps what is no row to the letter, and apart from rows", async () => {
    const { open } = setup();
    const texts = new Map([
      ["any key", { value: "any text" }],
      ["Account:Account-of-ada", { value: '{ "spaces": 1 }' }],
      ["AppMetadata:lonely", { value: "{}" }],
      ["__proto__", { value: "1" }],
    ]);

    await open().write("p", texts);
    await open().write(ADA.partition, ADA.entries);

    expect(await open().read("p")).toEqual(valuesOf(texts));
    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("never lets one partition replace another's row", async () => {
    const { open } = setup();
    await open().write(ADA.partition, ADA.entries);
    const value = JSON.stringify(GRACE.rows.Account);

    await open().write(GRACE.partition, new Map([["Account:Account-of-ada", { value }]]));

    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(await open().read(GRACE.partition)).toEqual(
      new Map([["Account:Account-of-ada", value]]),
    );
  });

  test("is seen anew when another process wrote it, and not read again when none did", async () => {
    const { open, path } = setup();
    const [one, two] = [open(), open()];
    await one.write(ADA.partition, ADA.entries);
    const version = await one.version(ADA.partition);
    expect(await two.read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(await one.version(ADA.partition)).toBe(version);

    await two.write(GRACE.partition, GRACE.entries);

    expect(await one.version(ADA.partition)).not.toBe(version);
    expect(await one.read(GRACE.partition)).toEqual(valuesOf(GRACE.entries));
    // As on a file system whose clock knows seconds alone: no mark to go by.
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect(await one.version(ADA.partition)).toBeUndefined();
  });

  test("is not written when nothing changes", async () => {
    const { open, path } = setup();
    await open().write(ADA.partition, ADA.entries);
    const { ino, mtimeNs } = statSync(path, { bigint: true });

    await open().write(ADA.partition, ADA.entries);
    await open().write(GRACE.partition, new Map([["Account:Account-of-grace", null]]));

    expect(statSync(path, { bigint: true })).toMatchObject({ ino, mtimeNs });
  });

  test("is written once for many writes that come together", async () => {
    const { open, path } = setup();
    const store = open();
    const users = Array.from({ length: 50 }, (_, i) => signedIn(`user-${i}`));
    const states = new Set<bigint>();
    const watch = setInterval(() => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) states.add(stats.ino);
    }, 1);

    await Promise.all(users.map(({ partition, entries }) => store.write(partition, entries)));
    clearInterval(watch);

    expect(states.size).toBeLessThanOrEqual(1);
    expect(await partitionsOf(open())).toHaveLength(50);
  });

  test("keeps what several stores of one process write at the same time", async () => {
    const { open } = setup();
    const users = Array.from({ length: 20 }, (_, i) => signedIn(`user-${i}`));

    await Promise.all(users.map(({ partition, entries }) => open().write(partition, entries)));

    expect(await partitionsOf(open())).toHaveLength(20);
  });
});

describe.skipIf(process.platform === "win32")("persistence 12, §7: who may read it", () => {
  test("the owner alone, and folders that are made for it", async () => {
    const { open, folder } = setup();
    const path = join(folder, "a", "b", "cache.json");

    await open({}, path).write(ADA.partition, ADA.entries);

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "a")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "a", "b")).mode & 0o777).toBe(0o700);
  });

  test("the owner alone, once it was read, whatever the mode was", async () => {
    const { open, path } = setup();
    await open().write(ADA.partition, ADA.entries);
    chmodSync(path, 0o644);

    await open().read(ADA.partition);

    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a symbolic link is followed, and stays one", async () => {
    const { open, folder, files } = setup();
    const real = join(folder, "real", "cache.json");
    mkdirSync(join(folder, "real"));
    symlinkSync(real, join(folder, "link"));

    await open({}, join(folder, "link")).write(ADA.partition, ADA.entries);

    expect(await open({}, real).read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    expect(files()).toEqual(["link", "real"]);
    expect(readdirSync(join(folder, "real"))).toEqual(["cache.json"]);
  });
});

describe("a file that is not as it should be", () => {
  test.for([
    ["no JSON", '{"AccessToken": {'],
    ["no object", "[1]"],
    ["a section that is no object", '{"AccessToken": []}'],
    ["our section with something else in it", '{"MsalTsEntries": {"p": {"k": 1}}}'],
    ["what another program encrypted", "\u0001\u0002binary"],
  ])("persistence 15: %s is invalid_cache, and left as it is", async ([, text]) => {
    const { open, path, text: now, files } = setup();
    writeFileSync(path, text ?? "");
    const store = open();

    await expect(store.read(ADA.partition)).rejects.toMatchObject({ code: "invalid_cache" });
    await expect(store.write(ADA.partition, ADA.entries)).rejects.toMatchObject({
      code: "invalid_cache",
    });

    expect(now()).toBe(text);
    expect(files()).toEqual(["cache.json"]);
  });

  test("is moved aside when that is asked for, and only then", async () => {
    const { open, path, files } = setup();
    const store = open();
    expect(await store.moveAside()).toBeUndefined();
    await store.write(ADA.partition, ADA.entries);
    expect(await store.moveAside()).toBeUndefined();
    writeFileSync(path, "damaged");

    const aside = await store.moveAside();
    await store.write(ADA.partition, ADA.entries);

    expect(aside).toMatch(/cache\.json\.corrupt-\d{4}-\d\d-\d\dT[\d-]+Z$/);
    expect(files()).toHaveLength(2);
    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("persistence 16, 7: an empty one holds nothing once nobody is writing it", async () => {
    const { open, path } = setup();
    writeFileSync(path, "");

    expect(await open().read(ADA.partition)).toEqual(new Map());
    await open().write(ADA.partition, ADA.entries);
    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("one that is half written is waited for, not taken for empty", async () => {
    const { open, path, text } = setup();
    await open().write(ADA.partition, ADA.entries);
    const whole = text();
    truncateSync(path, 0);
    const reading = open().read(ADA.partition);
    await sleep(30);
    writeFileSync(path, whole);

    expect(await reading).toEqual(valuesOf(ADA.entries));
  });

  test("one that begins with a byte order mark is read", async () => {
    const { open, path, text } = setup();
    await open().write(ADA.partition, ADA.entries);
    writeFileSync(path, `\uFEFF${text()}`);

    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  // A folder's mode is not ours to change; a pipe that nobody writes to is waited for without end.
  test.for([
    ["a folder", (path: string) => mkdirSync(path, { mode: 0o755 })],
    ["a pipe", (path: string) => execFileSync("mkfifo", ["-m", "755", path])],
  ] as const)("one that is %s is store_error at once, and left as it is", async ([, make]) => {
    const { open, path, files } = setup();
    make(path);
    const store = open();

    const works = [
      () => store.read("p"),
      () => store.version("p"),
      () => store.write("p", ADA.entries),
    ];
    for (const work of works) {
      await expect(work()).rejects.toMatchObject({
        code: "store_error",
        message: expect.stringContaining("is no file"),
      });
    }
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect(files()).toEqual(["cache.json"]);
  });

  test("one that cannot be written is store_error with the reason, and nothing is left", async () => {
    const { open, folder, files } = setup();
    writeFileSync(join(folder, "mine"), "");

    await expect(
      open({}, join(folder, "mine", "cache.json")).write(ADA.partition, ADA.entries),
    ).rejects.toMatchObject({ code: "store_error", message: expect.stringContaining("ENOTDIR") });
    expect(files()).toEqual(["mine"]);
  });
});

describe("a store", () => {
  test("writes nothing for a signal that is aborted, or aborts before its turn", async () => {
    const { open, path } = setup();
    const store = open();
    const reason = new Error("enough");
    const controller = new AbortController();

    const write = store.write(ADA.partition, ADA.entries, controller.signal);
    controller.abort(reason);

    await expect(write).rejects.toBe(reason);
    await expect(store.read(ADA.partition, controller.signal)).rejects.toBe(reason);
    await expect(store.write("p", ADA.entries, controller.signal)).rejects.toBe(reason);
    await store.close();
    expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("copies what it is told to write", async () => {
    const { open } = setup();
    const changes = new Map(ADA.entries);

    const write = open().write(ADA.partition, changes);
    changes.clear();
    await write;

    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
  });

  test("that is closed has written what was begun, and writes no more", async () => {
    const { open } = setup();
    const store = open();
    const write = store.write(ADA.partition, ADA.entries);

    await store.close();

    expect(await open().read(ADA.partition)).toEqual(valuesOf(ADA.entries));
    await write;
    await expect(store.write("p", ADA.entries)).rejects.toMatchObject({ code: "store_error" });
    await store.close();
  });

  test.for([
    ["", { encryption: "none" }, "path"],
    ["c", undefined, "options"],
    ["c", {}, "encryption"],
    ["c", { encryption: "plain" }, "encryption"],
    ["c", { encryption: {} }, "encryption.keys"],
    ["c", { encryption: { keys: [] } }, "encryption key"],
    ["c", { encryption: { keys: [{ id: "1", key: new Uint8Array(31) }] } }, "32 bytes"],
    ["c", { encryption: { keys: () => [], context: "" } }, "encryption.context"],
    ["c", { encryption: { keys: () => [], adoptPlain: 1 } }, "encryption.adoptPlain"],
    ["c", { encryption: { keys: () => [], fallback: 1 } }, "fallback"],
    ["c", { encryption: "none", lockTimeout: -1 }, "lockTimeout"],
    ["c", { encryption: "none", lockTimeOut: 1 }, "lockTimeOut"],
  ] as const)("persistence 13: argument %#: %s %o is refused", ([path, options, named]) => {
    expect(() => new FileTokenStore(path, options as never)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(named),
      }),
    );
  });

  test.for([
    ["p", {}],
    [1, new Map()],
    ["p", new Map([["k", "v"]])],
    ["p", new Map([["k", { value: "v", expiresAt: Number.NaN }]])],
  ] as const)("refuses to write %o %o", async ([partition, changes]) => {
    const { open, files } = setup();

    await expect(open().write(partition as never, changes as never)).rejects.toMatchObject({
      code: "invalid_argument",
    });
    expect(files()).toEqual([]);
  });
});
