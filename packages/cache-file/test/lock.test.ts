import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { setup, start } from "./setup.js";

/** Holds the lock of a file, as a process does that is in the middle of a write: its keys never come. */
const HOLDER = `
import { FileTokenStore } from "@msal-ts/cache-file";
const keys = () => {
  console.log("holding");
  return new Promise((resolve) => setTimeout(() => resolve([]), 60_000));
};
const store = new FileTokenStore(process.argv[1], { encryption: { keys } });
await store.write("p", new Map([["k", { value: "v" }]]));
`;

/** Waits until it is told to, then writes one entry and says how long it took. */
const WRITER = `
import { once } from "node:events";
import { FileTokenStore } from "@msal-ts/cache-file";
const [, path, name] = process.argv;
const store = new FileTokenStore(path, { encryption: "none" });
console.log("ready");
await once(process.stdin, "data");
const begun = performance.now();
await store.write(name, new Map([["k", { value: name }]]));
console.log("took " + Math.round(performance.now() - begun));
process.exit();
`;

const CHANGES = new Map([["k", { value: "v" }]]);

/** A process id that was in use and is not any more. */
function endedProcess(): number {
  return spawnSync(process.execPath, ["--eval", ""]).pid;
}

function ownerIn(text: string): Record<string, unknown> {
  return JSON.parse(text.slice(text.indexOf("{"))) as Record<string, unknown>;
}

/** Another owner of the same kind: what this process would write, changed. */
async function lockText(path: string, changes: Record<string, unknown>): Promise<string> {
  const holder = start(HOLDER, [path]);
  await holder.said("holding");
  const owner = { ...ownerIn(readFileSync(`${path}.lockfile`, "utf8")), ...changes };
  holder.kill("SIGKILL");
  await holder.end();
  rmSync(`${path}.lockfile`);
  return `${owner.pid} ${JSON.stringify(owner)}\n`;
}

async function timed(work: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

describe("the lock", () => {
  test("persistence 8: names its owner while it is held, the process id first, and goes with it", async () => {
    const { path, open, files } = setup();
    const holder = start(HOLDER, [path]);
    await holder.said("holding");

    const text = readFileSync(`${path}.lockfile`, "utf8");

    expect(text).toMatch(new RegExp(`^${holder.pid} \\{`));
    expect(ownerIn(text)).toMatchObject({ pid: holder.pid, host: hostname() });
    if (process.platform === "linux") {
      const stat = readFileSync(`/proc/${holder.pid}/stat`, "utf8");
      expect(ownerIn(text).startedAt).toBe(stat.slice(stat.lastIndexOf(")")).split(" ")[20]);
    }
    holder.kill("SIGKILL");
    await holder.end();
    await open().write("p", CHANGES);
    expect(files()).toEqual(["cache.json"]);
  });

  test("of a process that lives is waited for, then the write is store_locked; it names the process", async () => {
    const { path, open } = setup();
    const holder = start(HOLDER, [path]);
    await holder.said("holding");

    const took = await timed(
      expect(open({ lockTimeout: 300 }).write("p", CHANGES)).rejects.toMatchObject({
        code: "store_locked",
        message: expect.stringContaining(`process ${holder.pid}`),
      }),
    );

    expect(took).toBeGreaterThanOrEqual(300);
    expect(took).toBeLessThan(1500);
    expect(ownerIn(readFileSync(`${path}.lockfile`, "utf8")).pid).toBe(holder.pid);
  });

  test("that another store of this process holds is waited for no longer than lockTimeout", async () => {
    const { path, open } = setup();
    let give = (): void => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const keys = async () => {
      await given;
      return [{ id: "1", key: new Uint8Array(32) }];
    };
    const slow = open({ encryption: { keys } }).write("p", CHANGES);
    await vi.waitFor(() => expect(existsSync(`${path}.lockfile`)).toBe(true));
    const hasty = open({ encryption: { keys }, lockTimeout: 300 });

    const took = await timed(
      expect(
        Promise.race([hasty.write("q", CHANGES), sleep(3000, "still waiting")]),
      ).rejects.toMatchObject({ code: "store_locked", message: expect.stringContaining("300 ms") }),
    );
    // The one that came after it comes to its turn all the same.
    const next = open({ encryption: { keys } }).write("r", CHANGES);
    give();
    await Promise.all([slow, next]);

    expect(took).toBeGreaterThanOrEqual(300);
    expect(await open({ encryption: { keys } }).read("r")).toEqual(new Map([["k", "v"]]));
    expect(await open({ encryption: { keys } }).read("q")).toEqual(new Map());
  });

  test("of a process that stands still is not taken from it, however old it is", async () => {
    const { path, open } = setup();
    const holder = start(HOLDER, [path]);
    await holder.said("holding");
    holder.kill("SIGSTOP");
    await sleep(50);
    utimesSync(`${path}.lockfile`, 1_600_000_000, 1_600_000_000);

    await expect(open().write("p", CHANGES)).rejects.toMatchObject({ code: "store_locked" });

    expect(ownerIn(readFileSync(`${path}.lockfile`, "utf8")).pid).toBe(holder.pid);
  });

  test("of a process that was killed is taken over in less than a second", async () => {
    const { path, open } = setup();
    const holder = start(HOLDER, [path]);
    await holder.said("holding");
    holder.kill("SIGKILL");
    await holder.end();
    expect(existsSync(`${path}.lockfile`)).toBe(true);

    expect(await timed(open().write("p", CHANGES))).toBeLessThan(1000);
  });

  test("of a process whose id another process has by now is taken over in less than a second", async () => {
    const { path, open } = setup();
    const text = await lockText(path, { pid: process.ppid, startedAt: "1" });
    writeFileSync(`${path}.lockfile`, text);

    expect(await timed(open().write("p", CHANGES))).toBeLessThan(1000);
  });

  test("of a dead process is taken over by one of many, and nobody's write is lost", async () => {
    const { path, open, files } = setup();
    const text = await lockText(path, { pid: endedProcess() });
    for (let round = 0; round < 5; round++) {
      const names = Array.from({ length: 6 }, (_, i) => `p-${round}-${i}`);
      const writers = names.map((name) => ({ ...startWriter(path, name), name }));
      await Promise.all(writers.map(({ said }) => said("ready")));
      writeFileSync(`${path}.lockfile`, text);

      for (const { go } of writers) go();
      const ends = await Promise.all(writers.map(({ end }) => end()));

      for (const { code, stderr } of ends) expect(code, stderr).toBe(0);
      // The others wait for those before them, too.
      const times = ends.map(({ stdout }) => Number(/took (\d+)/.exec(stdout)?.[1]));
      expect(Math.min(...times)).toBeLessThan(1000);
      for (const name of names) {
        expect(await open().read(name)).toEqual(new Map([["k", name]]));
      }
    }
    expect(files()).toEqual(["cache.json"]);
  });

  test("is left alone by an owner who has lost it, and nothing of that write lands", async () => {
    const { path, open } = setup();
    let asked = (): void => {};
    const waiting = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let give = (): void => {};
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    const keys = async () => {
      asked();
      await given;
      return [{ id: "1", key: new Uint8Array(32).fill(1) }];
    };
    const write = open({ encryption: { keys } }).write("p", CHANGES);
    await waiting;
    writeFileSync(`${path}.lockfile`, "1 somebody else");

    give();

    await expect(write).rejects.toMatchObject({ code: "store_locked" });
    expect(readFileSync(`${path}.lockfile`, "utf8")).toBe("1 somebody else");
    expect(existsSync(path)).toBe(false);
  });

  test("of a process on another host is waited for while it says that it is there", async () => {
    const { path, open } = setup();
    const text = await lockText(path, { host: "elsewhere", pid: endedProcess() });
    writeFileSync(`${path}.lockfile`, text);

    await expect(open({ lockTimeout: 500 }).write("p", CHANGES)).rejects.toMatchObject({
      code: "store_locked",
      message: expect.stringContaining("elsewhere"),
    });
  });

  test("of a process on another host is taken over when it has said nothing for long", async () => {
    const { path, open } = setup();
    const text = await lockText(path, { host: "elsewhere" });
    writeFileSync(`${path}.lockfile`, text);
    const longAgo = Date.now() / 1000 - 60;
    utimesSync(`${path}.lockfile`, longAgo, longAgo);

    await open({ lockTimeout: 10_000 }).write("p", CHANGES);

    expect(await open().read("p")).toEqual(new Map([["k", "v"]]));
  });

  test.for([
    [
      "that msal-node or MSAL Python made, and whose process ended",
      (): string => `${endedProcess()} az`,
    ],
    ["that is empty", (): string => ""],
  ] as const)("persistence 14: one %s is taken over after two seconds", async ([, text]) => {
    const { path, open } = setup();
    writeFileSync(`${path}.lockfile`, text());

    const took = await timed(open().write("p", CHANGES));

    expect(took).toBeGreaterThan(1900);
    expect(took).toBeLessThan(4000);
  });

  test("that another MSAL made is waited for while its process runs", async () => {
    const { path, open } = setup();
    writeFileSync(`${path}.lockfile`, `${process.pid} az`);
    const write = open().write("p", CHANGES);
    await sleep(200);
    expect(existsSync(path)).toBe(false);

    rmSync(`${path}.lockfile`);

    await write;
    expect(await open().read("p")).toEqual(new Map([["k", "v"]]));
  });
});

test("what processes left that died while they wrote or waited is removed, and nothing else", async () => {
  const { path, open, files } = setup();
  const text = await lockText(path, { pid: endedProcess() });
  const alive = await lockText(path, { pid: process.ppid, host: "elsewhere" });
  const nonce = "0123456789abcdef01234567";
  writeFileSync(`${path}.1234.0123456789abcdef.tmp`, "half");
  writeFileSync(`${path}.lockfile.1234.${nonce}.tmp`, text);
  writeFileSync(`${path}.lockfile.${nonce}`, text);
  writeFileSync(`${path}.lockfile.1235.f${nonce.slice(1)}.tmp`, alive);
  writeFileSync(`${path}.bak`, "mine");
  writeFileSync(`${path}.1234.tmp`, "mine, too");

  await open().write("p", CHANGES);

  expect(files()).toEqual([
    "cache.json",
    "cache.json.1234.tmp",
    "cache.json.bak",
    `cache.json.lockfile.1235.f${nonce.slice(1)}.tmp`,
  ]);
});

function startWriter(path: string, name: string) {
  const { said, end, send } = start(WRITER, [path, name]);
  return { said, end, go: () => send("go\n") };
}
