import { execFileSync } from "node:child_process";
import type { StoredEntry, TokenStore } from "msal-ts";
import { type TokenStoreFixture, testTokenStore } from "msal-ts/testing";
import { describe, expect, test } from "vitest";
import { MemoryStore } from "../cache/memory-store.js";

testTokenStore("in memory", () => new MemoryStore(), { describe, test });

testTokenStore("in memory, of two processes", () => shared(new MemoryStore()), { describe, test });

testTokenStore("with read() and write() alone", () => bare(new MemoryStore()), { describe, test });

type Changes = ReadonlyMap<string, StoredEntry | null>;

/** Rule → a store that keeps all others, or nearly so. */
const BROKEN: [string, () => TokenStore | TokenStoreFixture][] = [
  [
    "a partition that was never written is an empty map",
    () => make({ read: async (store, name) => (await nonEmpty(store, name)) as never }),
  ],
  [
    "what was written is read, to the character",
    () =>
      make({
        write: (store, name, changes) =>
          store.write(name, new Map([...changes].map(([key, entry]) => [key.normalize(), entry]))),
      }),
  ],
  [
    "what was written is read, to the character",
    () =>
      make({
        read: async (store, name) =>
          new Map([...(await store.read(name))].filter(([, value]) => value !== "")),
      }),
  ],
  [
    "a thousand entries are written at once",
    () =>
      make({
        write: (store, name, changes) => store.write(name, new Map([...changes].slice(0, 500))),
      }),
  ],
  [
    "a write touches what it names, and nothing else",
    () =>
      make({
        write: async (store, name, changes) => {
          const all = [...(await store.read(name)).keys()].map((key) => [key, null] as const);
          await store.write(name, new Map([...all, ...changes]));
        },
      }),
  ],
  [
    "null removes, what is there and what is not",
    () =>
      make({
        write: (store, name, changes) =>
          store.write(
            name,
            new Map([...changes].map(([key, entry]) => [key, entry ?? { value: "" }])),
          ),
      }),
  ],
  [
    "partitions are kept apart, however alike their names are",
    () => make({ name: (name) => name.toLowerCase() }),
  ],
  [
    "partitions are kept apart, however alike their names are",
    () => make({ name: (name) => name.slice(0, 255) }),
  ],
  [
    "the entries of one write are seen all or none",
    () =>
      make({
        write: async (store, name, changes) => {
          for (const change of changes) {
            await store.write(name, new Map([change]));
            await later(1);
          }
        },
      }),
  ],
  [
    "writers at the same moment all find theirs",
    () =>
      make({
        write: async (store, name, changes) => {
          const blob = new Map(await store.read(name));
          await later(1);
          const now = await store.read(name);
          for (const [key, entry] of changes) {
            if (entry === null) blob.delete(key);
            else blob.set(key, entry.value);
          }
          const gone = [...now.keys()].map((key) => [key, null] as const);
          const kept = [...blob].map(([key, value]) => [key, { value }] as const);
          await store.write(name, new Map<string, StoredEntry | null>([...gone, ...kept]));
        },
      }),
  ],
  [
    "writers to different partitions do not disturb each other",
    () => {
      let writing = 0;
      return make({
        write: async (store, name, changes) => {
          // One of those that write at the same moment is lost.
          if (writing++ === 0) await store.write(name, changes);
          await later(1);
          writing--;
        },
      });
    },
  ],
  [
    "what is written is read by all from then on",
    () =>
      make({
        write: async (store, name, changes) => {
          void later(5).then(() => store.write(name, changes));
        },
      }),
  ],
  [
    "what is written is read by all from then on",
    () => {
      const store = new MemoryStore();
      return { store, open: () => cached(store) };
    },
  ],
  [
    "arguments and answers are copies",
    () =>
      make({
        write: async (store, name, changes) => {
          await store.write(name, changes);
          (changes as Map<string, unknown>).clear();
        },
      }),
  ],
  [
    "an entry lives until its expiresAt at least, whatever its neighbours do",
    () => expiring((entries) => Math.min(...entries)),
  ],
  [
    "an entry lives until its expiresAt at least, whatever its neighbours do",
    () => expiring((entries) => entries.at(-1) ?? Number.POSITIVE_INFINITY),
  ],
  [
    "version() is the same as long as nothing is written",
    () => make({ version: async () => String(performance.now()) }),
  ],
  ["version() is another after each write", () => make({ version: async () => "1" })],
  [
    "version() is another after each write",
    () =>
      make({
        version: async (store, name) => {
          const entries = await store.read(name);
          return entries.size === 0 ? "0" : String([...entries.keys()]);
        },
      }),
  ],
  [
    "version() does not pass what is old for new",
    () => {
      const marks = new Map<string, string | undefined>();
      return make({
        version: async (store, name) => {
          const mark = marks.get(name);
          if (mark === undefined) marks.set(name, await store.version(name));
          else void later(3).then(async () => marks.set(name, await store.version(name)));
          return marks.get(name);
        },
      });
    },
  ],
  [
    "partitions() lists those that have entries, and no others",
    () => {
      const ever = new Set<string>();
      return make({
        write: async (store, name, changes) => {
          ever.add(name);
          await store.write(name, changes);
        },
        partitions: async function* () {
          yield* ever;
        },
      });
    },
  ],
  [
    "partitions() lists those that have entries, and no others",
    () =>
      make({
        partitions: async function* (store) {
          for await (const name of store.partitions()) if (name.startsWith("user:")) yield name;
        },
      }),
  ],
  [
    "a signal that has aborted is heeded, and nothing is written",
    () => make({ write: (store, name, changes) => store.write(name, changes) }),
  ],
  [
    "what is closed leaves what it wrote to others",
    () => {
      const data = new MemoryStore();
      const pending: [string, Changes][] = [];
      const store = bare(data, {
        close: async () => {
          data.data.clear();
          pending.length = 0;
        },
      });
      return { store, open: () => bare(data) };
    },
  ],
];

describe("the contract suite", () => {
  test("has a broken store for each rule", async () => {
    const results = await run(() => new MemoryStore());

    expect(new Set(BROKEN.map(([rule]) => rule))).toEqual(new Set(results.keys()));
    expect([...results.values()]).toEqual([...results.values()].map(() => undefined));
  });

  test.for(BROKEN.map(([rule, broken], i) => ({ rule, broken, i })))(
    "finds out: $rule ($i)",
    async ({ rule, broken }) => {
      const results = await run(broken, rule);

      expect(results.get(rule)).toMatch(/^The token store broke a rule: .+\.$/s);
    },
  );

  test("closes what it opened and cleans up, also after a failure", async () => {
    const done: string[] = [];
    const fixture = (): TokenStoreFixture => {
      const store = make({ version: async () => "1" });
      const close = (name: string) => async () => void done.push(name);
      return {
        store: Object.assign(store, { close: close("store") }),
        open: () => bare(new MemoryStore(), { close: close("other") }),
        cleanUp: () => void done.push("cleaned up"),
      };
    };

    const results = await run(fixture, "what is written is read by all from then on");

    expect([...results.values()][0]).toContain("broke a rule");
    expect(done).toEqual(["store", "other", "cleaned up"]);
  });

  test("cleans up when data cannot be opened twice, or a store cannot be closed", async () => {
    const done: string[] = [];
    const closed = async () => void done.push("store");
    const broken = async (): Promise<never> => {
      throw new Error("broken");
    };
    const cleanUp = () => void done.push("cleaned up");
    const rule = "a thousand entries are written at once";

    const unopened = await run(
      () => ({ store: bare(new MemoryStore(), { close: closed }), open: broken, cleanUp }),
      rule,
    );
    const unclosed = await run(
      () => ({ store: bare(new MemoryStore(), { close: broken }), cleanUp }),
      rule,
    );

    expect([unopened.get(rule), unclosed.get(rule)]).toEqual(["broken", "broken"]);
    expect(done).toEqual(["store", "cleaned up", "cleaned up"]);
  });

  test("a store that cannot be closed does not hide the rule that it broke", async () => {
    const close = () => Promise.reject(new Error("broken"));
    const store = () => Object.assign(make({ version: async () => "1" }), { close });
    const rule = "version() is another after each write";

    expect((await run(store, rule)).get(rule)).toContain("broke a rule");
  });

  test("closes each store once, as the cache does", async () => {
    const fixture = (): TokenStoreFixture => {
      const data = new MemoryStore();
      const once = () => {
        let isClosed = false;
        return bare(data, {
          close: async () => {
            if (isClosed) throw new Error("closed twice");
            isClosed = true;
          },
        });
      };
      return { store: once(), open: once };
    };

    const results = await run(fixture, "what is closed leaves what it wrote to others");

    expect([...results.values()]).toEqual([undefined]);
  });

  test("a runner without globals is asked for, lest another one runs the tests unseen", () => {
    expect(() => testTokenStore("x", () => new MemoryStore())).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining("{ describe, test }"),
      }),
    );
  });

  test("refuses what makes no store", () => {
    expect(() => testTokenStore("x", new MemoryStore() as never, { describe, test })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });

  test("runs by node:test where nothing else is at hand", () => {
    const program = `
      import { testTokenStore } from "msal-ts/testing";
      const read = async (_, signal) => { signal?.throwIfAborted(); return new Map(); };
      testTokenStore("that forgets", () => ({ read, write: async (p, c, signal) => { signal?.throwIfAborted(); } }));
    `;
    const args = ["--input-type=module", "--eval", program];
    let output = "";
    try {
      execFileSync(process.execPath, args, { encoding: "utf8", stdio: "pipe", env: environment() });
    } catch (error) {
      output = (error as { stdout: string }).stdout;
    }

    expect(output).toContain("token store that forgets");
    expect(output).toContain("The token store broke a rule");
  });
});

/** `node:test` behaves differently when a runner of its own kind, or another, has started it. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, VITEST, JEST_WORKER_ID, ...rest } = process.env;
  return rest;
}

/** Runs the suite, or one rule of it, without a runner: what each rule says, undefined when it is kept. */
async function run(
  broken: () => TokenStore | TokenStoreFixture,
  only?: string,
): Promise<Map<string, string | undefined>> {
  const tests = new Map<string, () => Promise<void>>();
  testTokenStore("broken", broken, {
    describe: (_, body) => body(),
    test: (title, body) => tests.set(title, body),
  });
  const results = new Map<string, string | undefined>();
  for (const [title, body] of tests) {
    if (only !== undefined && title !== only) continue;
    results.set(
      title,
      await body().then(
        () => undefined,
        (error: Error) => error.message,
      ),
    );
  }
  return results;
}

interface Parts {
  name?: (partition: string) => string;
  read?: (store: MemoryStore, partition: string) => Promise<ReadonlyMap<string, string>>;
  write?: (store: MemoryStore, partition: string, changes: Changes) => Promise<void>;
  version?: (store: MemoryStore, partition: string) => Promise<string | undefined>;
  partitions?: (store: MemoryStore) => AsyncIterable<string>;
}

/** A good store, but for these parts. */
function make(parts: Parts): Required<TokenStore> {
  const store = new MemoryStore();
  const { name = (partition: string) => partition } = parts;
  return {
    read: (partition, signal) =>
      parts.read?.(store, partition) ?? store.read(name(partition), signal),
    write: (partition, changes, signal) =>
      parts.write?.(store, partition, changes) ?? store.write(name(partition), changes, signal),
    version: (partition, signal) =>
      parts.version?.(store, partition) ?? store.version(name(partition), signal),
    partitions: (signal) => parts.partitions?.(store) ?? store.partitions(signal),
    close: () => store.close(),
  };
}

function shared(store: MemoryStore): TokenStoreFixture {
  const other: Required<TokenStore> = {
    read: (...args) => store.read(...args),
    write: (...args) => store.write(...args),
    version: (...args) => store.version(...args),
    partitions: (...args) => store.partitions(...args),
    close: async () => {},
  };
  return { store, open: () => other };
}

function bare(store: MemoryStore, more: Partial<TokenStore> = {}): TokenStore {
  return {
    read: (...args) => store.read(...args),
    write: (...args) => store.write(...args),
    ...more,
  };
}

/** Remembers the first answer. */
function cached(store: MemoryStore): TokenStore {
  const answers = new Map<string, Promise<ReadonlyMap<string, string>>>();
  return {
    read: (name) => {
      const answer = answers.get(name) ?? store.read(name);
      answers.set(name, answer);
      return answer;
    },
    write: (...args) => store.write(...args),
  };
}

/** A partition that is dropped whole, at a time that follows from those of a write. */
function expiring(end: (ends: readonly number[]) => number): TokenStore {
  const store = new MemoryStore();
  const ends = new Map<string, number>();
  return bare(store, {
    read: async (name) => {
      if ((ends.get(name) ?? 0) < Date.now() / 1000) store.data.delete(name);
      return store.read(name);
    },
    write: async (name, changes) => {
      const times = [...changes.values()].map((one) => one?.expiresAt ?? Number.POSITIVE_INFINITY);
      ends.set(name, end(times));
      await store.write(name, changes);
    },
  });
}

async function nonEmpty(store: MemoryStore, name: string): Promise<unknown> {
  const entries = await store.read(name);
  return entries.size === 0 ? undefined : entries;
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
