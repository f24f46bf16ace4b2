/**
 * What every token store has to do, rule by rule. A rule throws when it is broken.
 *
 * @module
 */
import type { StoredEntry, TokenStore } from "../cache/token-store.js";

/** Two views of the same data: two processes, or the same store twice. `close` closes one before its time. */
export type Rule = (
  store: TokenStore,
  other: TokenStore,
  close: (store: TokenStore) => Promise<void>,
) => Promise<void>;

const PARTITION = "user:0a0a0a0a-0000-4000-8000-00000000ada0.c0a7050c-0000-4000-8000-000000000001";

/** Names that a file system, a pattern or a database might take for the same, or for something else. */
const PARTITIONS: readonly string[] = [
  ...["user:a", "user:a:b", "user:a.", "user:a%2f%b", "user:a%25%2f%b", "user:..", "user:a~1"],
  // The hash of an assertion is the one part whose case means something.
  ...["obo:hQmWJ0A-Mx_y", "obo:hqmwj0a-mx_y", "obo:HQMWJ0A-MX_Y", "app:a:b", "app:a"],
  `user:${"long-".repeat(80)}1`,
  `user:${"long-".repeat(80)}2`,
];

const VALUES: Readonly<Record<string, string>> = {
  "AccessToken:key of several scopes": '{"secret":"…"}',
  "accesstoken:KEY of several scopes": "case means something",
  "AccessToken:\u00fcber \u{1f600} \u2028 \u0130 e\u0301":
    "\u00fcber \u{1f600} \u2028 \u0130 e\u0301",
  "AccessToken:\u00e9": "one character",
  "AccessToken:e\u0301": "two of them",
  "AccessToken:'\";--\\{}[]*?$%:/../": "'\";--\\{}[]*?$%:/../",
  "AccessToken:a\r\nb\tc ": "a\r\nb\tc ",
  "AccessToken: a": " leading",
  constructor: "a key like any other",
  "0": "zero",
  "AccessToken:empty": "",
  "AccessToken:null": "null",
  [`AccessToken:${"scope ".repeat(400)}`]: "a long key",
  "AccessToken:100 kB": "0123456789".repeat(10_000),
};

/** Title → rule. */
export const RULES: Readonly<Record<string, Rule>> = {
  "a partition that was never written is an empty map": async (store) => {
    const entries = await store.read(PARTITION);
    if (!(entries instanceof Map)) fail("read() must resolve with a Map");
    same(entries, {}, "a partition that was never written");
  },

  "what was written is read, to the character": async (store, other) => {
    const names = ["__proto__", ...Object.keys(VALUES)];
    const value = (name: string) => (name === "__proto__" ? "a key like any other" : VALUES[name]!);
    await store.write(PARTITION, new Map(names.map((name) => [name, { value: value(name) }])));
    for (const each of [store, other]) {
      const entries = await each.read(PARTITION);
      for (const name of names) {
        if (entries.get(name) !== value(name)) fail(`the value of ${show(name)} came back changed`);
      }
      if (entries.size !== new Set(names).size) fail("read() must not add entries");
    }
  },

  "a thousand entries are written at once": async (store) => {
    const names = Array.from({ length: 1000 }, (_, i) => `AccessToken:${i}`);
    await store.write(PARTITION, new Map(names.map((name) => [name, { value: name }])));
    same(await store.read(PARTITION), Object.fromEntries(names.map((name) => [name, name])), "it");
  },

  "a write touches what it names, and nothing else": async (store, other) => {
    await set(store, { a: "1", b: "1", c: "1" });
    await set(other, { b: "2", d: "2" });
    same(await store.read(PARTITION), { a: "1", b: "2", c: "1", d: "2" }, "after a second write");
    await store.write(PARTITION, new Map());
    same(await other.read(PARTITION), { a: "1", b: "2", c: "1", d: "2" }, "after an empty write");
  },

  "null removes, what is there and what is not": async (store, other) => {
    await set(store, { a: "1", b: "1" });
    await set(other, { a: null, missing: null });
    same(await store.read(PARTITION), { b: "1" }, "after a removal");
    await set(store, { b: null });
    same(await other.read(PARTITION), {}, "after everything was removed");
    await set(store, { a: null });
    same(await other.read(PARTITION), {}, "after a removal from an empty partition");
    await set(store, { a: "2" });
    same(await other.read(PARTITION), { a: "2" }, "after it was written again");
  },

  "partitions are kept apart, however alike their names are": async (store, other) => {
    for (const name of PARTITIONS) await set(store, { a: name, [name]: "own" }, name);
    for (const name of PARTITIONS) {
      same(await other.read(name), { a: name, [name]: "own" }, `partition ${show(name)}`);
    }
    await set(store, { a: null, "user:a": null }, "user:a");
    for (const name of PARTITIONS.slice(1)) {
      same(await other.read(name), { a: name, [name]: "own" }, `partition ${show(name)} later`);
    }
  },

  "the entries of one write are seen all or none": async (store, other) => {
    await set(store, { a: "0", b: "0", even: "0" });
    let writing = true;
    const writer = async () => {
      for (let i = 1; i <= 60; i++) {
        const parity = i % 2 === 0 ? { even: `${i}`, odd: null } : { even: null, odd: `${i}` };
        await set(store, { a: `${i}`, ...parity, b: `${i}` });
      }
      writing = false;
    };
    const reader = async (from: TokenStore) => {
      while (writing) {
        const entries = await from.read(PARTITION);
        const seen = new Set(["a", "b", "even", "odd"].flatMap((name) => entries.get(name) ?? []));
        if (seen.size !== 1 || entries.size !== 3) fail("a reader saw half of a write");
        await pause(0);
      }
    };
    const stop = (error: unknown) => {
      writing = false;
      throw error;
    };
    await Promise.all([writer().catch(stop), reader(store), reader(other)]);
  },

  "writers at the same moment all find theirs": async (store, other) => {
    const names = Array.from({ length: 40 }, (_, i) => `AccessToken:${i}`);
    const write = (name: string, i: number) => set(i % 2 === 0 ? store : other, { [name]: name });
    await Promise.all(names.map(write));
    same(await store.read(PARTITION), Object.fromEntries(names.map((name) => [name, name])), "it");
    const gone = (name: string, i: number) => set(i % 2 === 0 ? other : store, { [name]: null });
    await Promise.all([...names.slice(1).map(gone), set(store, { late: "1" })]);
    same(
      await other.read(PARTITION),
      { "AccessToken:0": "AccessToken:0", late: "1" },
      "what stays",
    );
  },

  "writers to different partitions do not disturb each other": async (store, other) => {
    const write = (name: string, i: number) => set(i % 2 === 0 ? store : other, { a: name }, name);
    await Promise.all(PARTITIONS.map(write));
    for (const name of PARTITIONS) same(await store.read(name), { a: name }, show(name));
  },

  "what is written is read by all from then on": async (store, other) => {
    for (let i = 0; i < 20; i++) {
      await set(i % 2 === 0 ? store : other, { a: `${i}` });
      same(await (i % 2 === 0 ? other : store).read(PARTITION), { a: `${i}` }, "the last write");
    }
  },

  "arguments and answers are copies": async (store) => {
    const entry = { value: "1" };
    const changes = new Map<string, StoredEntry | null>([
      ["a", entry],
      ["b", null],
    ]);
    await store.write(PARTITION, changes);
    if (changes.size !== 2 || changes.get("a") !== entry || entry.value !== "1") {
      fail("write() must not change its arguments");
    }
    entry.value = "changed later";
    changes.clear();
    ((await store.read(PARTITION)) as Map<string, string>).set("c", "1");
    same(await store.read(PARTITION), { a: "1" }, "what was written");
  },

  "an entry lives until its expiresAt at least, whatever its neighbours do": async (
    store,
    other,
  ) => {
    const now = Math.trunc(Date.now() / 1000);
    await write(store, { dead: now - 3600, brief: now + 1, live: now + 3600, lasting: undefined });
    await write(store, { short: now + 1 });
    await write(other, { alone: undefined }, "user:alone");
    // One that was brief, and is not any more.
    await write(other, { renewed: now + 1 }, "user:renewed");
    await write(store, { renewed: now + 3600 }, "user:renewed");
    await write(other, { unlimited: now + 1 }, "user:unlimited");
    await write(store, { unlimited: undefined }, "user:unlimited");
    const before = await other.read(PARTITION);
    for (const name of ["live", "lasting"]) {
      if (!before.has(name)) fail(`the entry ${name} was lost beside one that has expired`);
    }
    await pause(2200);
    const after = await other.read(PARTITION);
    for (const name of ["live", "lasting"]) {
      if (!after.has(name)) fail(`the entry ${name} was lost when another one expired`);
    }
    for (const name of ["alone", "renewed", "unlimited"]) {
      const entries = await store.read(`user:${name}`);
      if (!entries.has(name)) fail(`the entry ${name} was lost before its time`);
    }
    // What is left of a partition can be written to as ever.
    await set(store, { live: "2", brief: null, dead: null, short: null });
    same(await other.read(PARTITION), { live: "2", lasting: "v" }, "after a write");
  },

  "version() is the same as long as nothing is written": async (store, other) => {
    if (store.version === undefined) return;
    await set(store, { a: "1" });
    const mark = await markOf(store);
    await store.read(PARTITION);
    await pause(20);
    if ((await markOf(store)) !== mark) fail("version() must not change by itself");
    if ((await markOf(other)) !== mark) fail("version() must say the same to all");
  },

  "version() is another after each write": async (store, other) => {
    if (store.version === undefined) return;
    const seen = new Map<string | undefined, string>([[await markOf(store), "nothing"]]);
    const steps: readonly Record<string, string | null>[] = [
      ...[{ a: "1" }, { a: "2" }, { b: "1" }, { b: null }, { a: "3" }, { a: null }, { a: "4" }],
      ...Array.from({ length: 20 }, (_, i) => ({ a: `quick ${i}` })),
    ];
    for (const [i, step] of steps.entries()) {
      await set(i % 2 === 0 ? store : other, step);
      const content = JSON.stringify([...(await store.read(PARTITION))].sort());
      const mark = await markOf(i % 3 === 0 ? store : other);
      if (mark === undefined) continue;
      const former = seen.get(mark);
      if (former !== undefined && former !== content) {
        fail(`version() was the same for two contents, after write ${i + 1}`);
      }
      seen.set(mark, content);
    }
  },

  "version() does not pass what is old for new": async (store, other) => {
    if (store.version === undefined) return;
    let writing = true;
    const writer = async () => {
      for (let i = 0; i < 40; i++) await set(store, { a: `${i}` });
      writing = false;
    };
    const reader = async () => {
      while (writing) {
        const mark = await markOf(other);
        const entries = await other.read(PARTITION);
        await pause(0);
        const [again, later] = [await other.read(PARTITION), await markOf(other)];
        const unchanged = mark !== undefined && mark === later;
        if (unchanged && entries.get("a") !== again.get("a")) {
          fail("the content changed, and version() did not");
        }
      }
    };
    const stop = (error: unknown) => {
      writing = false;
      throw error;
    };
    await Promise.all([writer().catch(stop), reader()]);
  },

  "partitions() lists those that have entries, and no others": async (store, other) => {
    if (store.partitions === undefined) return;
    if ((await list(store)).size > 0) fail("a fresh store must have no partitions");
    for (const name of PARTITIONS) await set(store, { a: "1" }, name);
    await store.read("user:only-read");
    sameNames(await list(other), PARTITIONS);
    // A name may hold a user's id: who was signed out must not stay in the list.
    await set(store, { a: null }, "user:a");
    await set(other, { b: null }, "user:never-there");
    sameNames(await list(other), PARTITIONS.slice(1));
  },

  "a signal that has aborted is heeded, and nothing is written": async (store) => {
    await set(store, { a: "1" });
    const signal = AbortSignal.abort(new Error("enough"));
    await rejects(() => store.read(PARTITION, signal), "read()");
    const changes = new Map([
      ["a", { value: "2" }],
      ["b", { value: "2" }],
    ]);
    await rejects(() => store.write(PARTITION, changes, signal), "write()");
    if (store.version !== undefined) {
      await rejects(async () => store.version?.(PARTITION, signal), "version()");
    }
    if (store.partitions !== undefined) {
      await rejects(() => list(store, signal), "partitions()");
    }
    same(await store.read(PARTITION), { a: "1" }, "after an aborted write");
  },

  "what is closed leaves what it wrote to others": async (store, other, close) => {
    await set(store, { a: "1" });
    if (store === other) return;
    await close(store);
    same(await other.read(PARTITION), { a: "1" }, "after the writer was closed");
    await set(other, { b: "2" });
    same(await other.read(PARTITION), { a: "1", b: "2" }, "after it");
  },
};

function set(
  store: TokenStore,
  values: Readonly<Record<string, string | null>>,
  partition: string = PARTITION,
): Promise<void> {
  const changes = Object.entries(values).map(
    ([name, value]) => [name, value === null ? null : { value }] as const,
  );
  return store.write(partition, new Map(changes));
}

/** Entries that end at these times, all of the value `"v"`. */
function write(
  store: TokenStore,
  ends: Readonly<Record<string, number | undefined>>,
  partition: string = PARTITION,
): Promise<void> {
  const changes = Object.entries(ends).map(
    ([name, expiresAt]) =>
      [name, expiresAt === undefined ? { value: "v" } : { value: "v", expiresAt }] as const,
  );
  return store.write(partition, new Map(changes));
}

async function markOf(store: TokenStore): Promise<string | undefined> {
  const mark: unknown = await store.version?.(PARTITION);
  if (mark === undefined || typeof mark === "string") return mark;
  return fail("version() must resolve with a string or undefined");
}

/** Names may come twice, as cursors of databases return them. */
async function list(store: TokenStore, signal?: AbortSignal): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const name of store.partitions?.(signal) ?? []) names.add(name);
  return names;
}

function sameNames(names: ReadonlySet<string>, expected: readonly string[]): void {
  for (const name of expected) if (!names.has(name)) fail(`partitions() lacks ${show(name)}`);
  for (const name of names) {
    if (!expected.includes(name)) fail(`partitions() lists ${show(name)}, which has no entries`);
  }
}

function same(
  entries: ReadonlyMap<string, string>,
  expected: Readonly<Record<string, string>>,
  when: string,
): void {
  for (const [name, value] of Object.entries(expected)) {
    const came = entries.get(name);
    if (came === value) continue;
    fail(
      `${when}: ${show(name)} should be ${show(value)}; it is ${came === undefined ? "missing" : show(came)}`,
    );
  }
  for (const name of entries.keys()) {
    if (!Object.hasOwn(expected, name)) fail(`${when}: there should be no ${show(name)}`);
  }
}

async function rejects(work: () => Promise<unknown>, what: string): Promise<void> {
  try {
    await work();
  } catch {
    return;
  }
  fail(`${what} must reject when its signal has aborted`);
}

function fail(message: string): never {
  throw new Error(`The token store broke a rule: ${message}.`);
}

function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
