/**
 * Stores that fail, hang, answer late or answer nonsense: nobody loses a token that was obtained, nobody waits
 * for long, and nothing is lost for ever.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MsalError, PersistedTokenCache } from "msal-ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  clientInfo,
  remember,
  START,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";
import { MemoryStore } from "./memory-store.js";

/** A promise that the test fulfils. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

/** Rows of other sections than the one a test looks at are of no interest. */
function tokensIn(store: MemoryStore, section = "AccessToken"): string[] {
  return [...store.data.values()]
    .flatMap((entries) => [...entries])
    .filter(([key]) => key.startsWith(`${section}:`))
    .map(([, { value }]) => JSON.parse(value).secret);
}

function withFakeTimers(): void {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

describe("flush() and close()", () => {
  test("wait for a write that is under way", async () => {
    for (const end of ["flush", "close"] as const) {
      const store = new MemoryStore();
      const cache = new PersistedTokenCache(store);
      const { webApp } = setupScript({ body: appTokens() });
      const { opened, open } = gate();
      store.delay = (what) => (what.startsWith("write") ? opened : Promise.resolve());
      const acquired = webApp({ tokenCache: cache }).acquireTokenForClient(APP_SCOPES);
      await vi.waitFor(() => expect(store.calls.at(-1)).toMatch(/^write/));

      let ended = false;
      const ending = cache[end]().then(() => {
        ended = true;
      });
      await new Promise((done) => setTimeout(done, 20));
      expect([end, ended, store.closed]).toEqual([end, false, false]);
      open();
      await Promise.all([ending, acquired]);
      expect(tokensIn(store)).toEqual(["access-token-of-app"]);
    }
  });

  test("are not disturbed by what is obtained meanwhile", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache);
    const { opened, open } = gate();
    store.delay = () => opened;
    const flushing = cache.flush();
    remember(cache, { client_info: clientInfo("grace") });
    open();

    await expect(flushing).resolves.toBeUndefined();
  });

  test("write no more than 64 partitions at the same time", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    let [now, most] = [0, 0];
    store.delay = async () => {
      most = Math.max(most, ++now);
      await new Promise((done) => setTimeout(done, 1));
      now--;
    };
    for (let i = 0; i < 200; i++) remember(cache, { client_info: clientInfo(`user-${i}`) });

    await cache.flush();

    expect(store.data.size).toBe(200);
    expect(most).toBe(64);
  });

  test("close the store once, however often the cache is closed", async () => {
    let closed = 0;
    const store = Object.assign(new MemoryStore(), {
      close: async () => {
        closed++;
      },
    });
    const cache = new PersistedTokenCache(store);
    remember(cache);

    await Promise.all([cache.close(), cache.close()]);
    await cache.close();

    expect(closed).toBe(1);
    expect(store.data.size).toBe(1);
  });

  test("say what a store did not take, and close it all the same", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache);
    store.failure = new Error("down");

    await expect(cache.close()).rejects.toMatchObject({
      code: "store_error",
      message: expect.stringContaining("1 partition(s)"),
    });
    expect(store.closed).toBe(true);
  });

  test("say that a store cannot be closed, in words of ours", async () => {
    const store = Object.assign(new MemoryStore(), {
      close: () => {
        throw Object.assign(new Error("redis://user:password@host"), { code: "EPIPE" });
      },
    });
    const closing = new PersistedTokenCache(store).close();

    await expect(closing).rejects.toMatchObject({ code: "store_error" });
    await expect(closing).rejects.toThrow(/EPIPE/);
    await expect(closing).rejects.not.toThrow(/password/);
  });

  test("give up a store that does not close", async () => {
    withFakeTimers();
    const store = Object.assign(new MemoryStore(), { close: () => new Promise<void>(() => {}) });
    const closing = new PersistedTokenCache(store).close();
    closing.catch(() => {});
    await vi.advanceTimersByTimeAsync(5000);

    await expect(closing).rejects.toMatchObject({ code: "store_error" });
  });

  test("leave a cache that serves memory and keeps nothing more", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const { webApp, log } = setupScript({ body: appTokens() }, { body: appTokens() });
    const app = webApp({ tokenCache: cache });
    await app.acquireTokenForClient(APP_SCOPES);
    await cache.close();
    store.calls.length = 0;

    expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
    expect(await app.acquireTokenForClient(["https://other.example/.default"])).toMatchObject({
      token_source: "identity_provider",
    });

    expect(store.calls).toEqual([]);
    expect(log.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});

describe("a store that is down", () => {
  /** What can go wrong with each of a store's answers. */
  const failures: [string, (...args: never[]) => unknown][] = [
    ["rejects", async () => Promise.reject(new Error("down"))],
    [
      "throws",
      () => {
        throw new Error("down");
      },
    ],
    ["rejects with nothing", () => Promise.reject(undefined)],
    ["rejects with text", () => Promise.reject("redis://user:password@host")],
    ["rejects with what cannot be read", () => Promise.reject(unreadable())],
    ["answers undefined", () => undefined],
    ["answers a number", async () => 42],
    ["answers a list", async () => []],
    ["answers text", async () => "AccessToken:x"],
    ["answers an object", async () => ({ "AccessToken:x": "{}" })],
    [
      "answers a map of junk",
      async () =>
        new Map<unknown, unknown>([
          [1, 2],
          [null, {}],
        ]),
    ],
    ["answers a map that breaks off", async () => brokenMap()],
    [
      "answers nonsense in its own words",
      async () =>
        new Map([
          ["Cookie:a", "{}"],
          ["", "b"],
        ]),
    ],
    [
      "answers rows that are none",
      async () =>
        new Map([
          ["AccessToken:a", "[]"],
          ["RefreshToken:b", "{"],
        ]),
    ],
  ];

  test.for(failures)("costs nobody a token: it %s", async ([, answer]) => {
    const store = {
      read: answer,
      write: answer,
      version: answer,
      partitions: answer,
      close: answer,
    };
    const cache = new PersistedTokenCache(store as never);
    const { webApp, log } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: cache });

    const first = await app.acquireTokenForClient(APP_SCOPES);
    const second = await app.acquireTokenForClient(APP_SCOPES);
    const accounts = await app.getAccounts();
    await cache.flush().catch(() => {});
    await cache.close().catch(() => {});

    expect([first, second]).toMatchObject([
      { token_source: "identity_provider" },
      { token_source: "cache" },
    ]);
    expect(accounts).toEqual([]);
    expect(log.map(({ message }) => message).join()).not.toMatch(/password|user:/);
  });

  test("costs nobody what is in memory when it answers something else than a map", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store, { maxAge: 0 });
    const { webApp, warnings } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: cache });
    await app.acquireTokenForClient(APP_SCOPES);

    for (const junk of [[], "", 0, null, new Set(), {}]) {
      store.read = async () => junk as never;
      await cache.flush();
      expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
      await cache.flush();
    }
    expect(warnings().join()).toContain("must resolve with a Map");
  });

  test("names neither users nor partitions in the log", async () => {
    const store = new MemoryStore();
    const { webApp, log } = setupScript();
    const cache = new PersistedTokenCache(store, { maxAge: 0 });
    const app = webApp({ tokenCache: cache });
    remember(cache);
    store.failure = Object.assign(new Error(`cannot write user:${USER.homeAccountId}`), {
      name: "SomeError",
    });
    await app.getAccounts({ homeAccountId: USER.homeAccountId });
    await cache.flush().catch(() => {});

    expect(log.length).toBeGreaterThan(0);
    expect(JSON.stringify(log)).not.toContain(USER.oid);
  });

  test("is waited for no longer than five seconds, and then left alone for one", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    store.delay = () => new Promise(() => {});

    const acquiring = app.acquireTokenForClient(APP_SCOPES);
    await vi.advanceTimersByTimeAsync(5000);
    const result = await acquiring;
    const asked = store.calls.length;
    await vi.advanceTimersByTimeAsync(900);

    expect(result).toMatchObject({ token_source: "identity_provider" });
    expect(store.calls).toHaveLength(asked);
    expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
  });

  test("is told to stop when it is not waited for any longer", async () => {
    withFakeTimers();
    const signals: (AbortSignal | undefined)[] = [];
    const hang = (_: string, signal?: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    };
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({
      tokenCache: new PersistedTokenCache({ read: hang, write: hang as never }),
    });

    const acquiring = app.acquireTokenForClient(APP_SCOPES);
    await vi.advanceTimersByTimeAsync(5000);
    await acquiring;

    expect(signals[0]?.aborted).toBe(true);
  });

  test("is not asked for each of a thousand users when it goes down in the middle", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const full = new PersistedTokenCache(store);
    for (let i = 0; i < 500; i++) remember(full, { client_info: clientInfo(`user-${i}`) });
    await full.flush();
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    store.calls.length = 0;
    store.delay = (what) => (what.startsWith("read") ? new Promise(() => {}) : Promise.resolve());

    let listed = false;
    const listing = app.getAccounts().then(() => {
      listed = true;
    });
    await vi.advanceTimersByTimeAsync(11_000);

    expect(listed).toBe(true);
    await listing;
    expect(store.calls.length).toBeLessThan(200);
  });

  test("is asked again although the system's clock is set back", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store, { maxAge: 0 }) });
    store.failure = new Error("down");
    await app.acquireTokenForClient(APP_SCOPES);
    store.failure = undefined;
    vi.setSystemTime(Date.now() - 3_600_000);

    await vi.advanceTimersByTimeAsync(3000);

    expect(tokensIn(store)).toEqual(["access-token-of-app"]);
  });

  test("is asked again when the client's clock is set back", async () => {
    const store = new MemoryStore();
    const { webApp, clock } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    await app.acquireTokenForClient(APP_SCOPES);
    store.calls.length = 0;

    clock.advance(-600);
    await app.acquireTokenForClient(APP_SCOPES);

    expect(store.calls).not.toEqual([]);
  });

  test("gets later what it did not take, with nobody's help", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    store.failure = new Error("down");
    await app.acquireTokenForClient(APP_SCOPES);
    await vi.advanceTimersByTimeAsync(30_000);
    const attempts = store.calls.filter((call) => call.startsWith("write")).length;
    store.failure = undefined;
    await vi.advanceTimersByTimeAsync(60_000);

    // The pauses grow: 1, 2, 4, 8, 16 seconds.
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(attempts).toBeLessThanOrEqual(6);
    expect(tokensIn(store)).toEqual(["access-token-of-app"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("keeps what is not written in memory, whatever maxPartitions says", async () => {
    const store = new MemoryStore();
    store.failure = new Error("down");
    const cache = new PersistedTokenCache(store, { maxPartitions: 1 });
    for (let i = 0; i < 5; i++) remember(cache, { client_info: clientInfo(`user-${i}`) });
    await cache.flush().catch(() => {});
    await new Promise((done) => setTimeout(done, 5));

    expect(cache.find("RefreshToken")).toHaveLength(5);
    store.failure = undefined;
    await cache.flush();
    expect(store.data.size).toBe(5);
  });

  test("that takes a write late does not undo what came after it", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: cache });
    const slow = gate();
    store.delay = (what) => (what.startsWith("write") ? slow.opened : Promise.resolve());
    remember(cache, { expires_in: 10 ** 9 });
    const flushed = cache.flush().catch(() => {});
    await vi.advanceTimersByTimeAsync(5000);
    await flushed;
    store.delay = async () => {};
    await vi.advanceTimersByTimeAsync(1000);
    const [account] = await app.getAccounts();
    await app.removeAccount(account!);
    expect(store.data).toEqual(new Map());

    slow.open();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(store.data).toEqual(new Map());
  });

  // Seconds between what was obtained here while the store was down and what another process wrote then.
  test.for([
    [10, "of-the-other"],
    [0, "obtained-here"],
    [-10, "obtained-here"],
  ] as const)("gets no token late over one that is %d seconds newer", async ([later, kept]) => {
    const store = new MemoryStore();
    const [here, there] = [new PersistedTokenCache(store), new PersistedTokenCache(store)];
    const lasting = { expires_in: 10 ** 9 };
    remember(here, lasting);
    await here.flush();
    const mine = { access_token: "obtained-here", refresh_token: "obtained-here" };
    const others = { access_token: "of-the-other", refresh_token: "of-the-other" };

    store.failure = new Error("down");
    remember(here, { ...lasting, ...mine }, {}, START + 100);
    await here.flush().catch(() => {});
    store.failure = undefined;
    remember(there, { ...lasting, ...others }, {}, START + 100 + later);
    await there.flush();
    await here.flush();

    expect(tokensIn(store)).toEqual([kept]);
    expect(tokensIn(store, "RefreshToken")).toEqual([kept]);
    expect(here.find("RefreshToken").map(({ secret }) => secret)).toEqual([kept]);
    expect(here.find("AccessToken").map(({ secret }) => secret)).toEqual([kept]);
  });

  test("gets nothing late of a user whom another process has signed out", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: userTokens({ expires_in: 10 ** 9 }) });
    const here = new PersistedTokenCache(store);
    const [one, other] = [here, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(here, { expires_in: 10 ** 9 });
    await here.flush();
    const [account] = await one!.getAccounts();

    store.failure = new Error("down");
    await one!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    store.failure = undefined;
    await other!.removeAccount(account!);
    await here.flush();

    expect(store.data).toEqual(new Map());
    expect(await one!.acquireTokenSilent(["User.Read"], account)).toBeNull();
  });

  test("gets a sign-in late, though another process has signed the user out meanwhile", async () => {
    const store = new MemoryStore();
    const [here, there] = [new PersistedTokenCache(store), new PersistedTokenCache(store)];
    const { webApp } = setupScript();
    remember(here, { expires_in: 10 ** 9 });
    await here.flush();
    const before = structuredClone(store.data);
    const app = webApp({ tokenCache: there });
    const [account] = await app.getAccounts();

    store.failure = new Error("down");
    remember(here, { expires_in: 10 ** 9 });
    await here.flush().catch(() => {});
    store.failure = undefined;
    await app.removeAccount(account!);
    await here.flush();

    expect(store.data).toEqual(before);
  });

  test("gets late what was obtained although it cannot be read", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    store.failure = new Error("down");
    remember(cache, { expires_in: 10 ** 9 });
    await cache.flush().catch(() => {});
    store.failure = undefined;
    store.read = async () => {
      throw new Error("cannot be read");
    };

    await cache.flush();

    expect(tokensIn(store)).toEqual(["access-token-of-ada"]);
  });

  test("is read and written within five seconds, also late", async () => {
    withFakeTimers();
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    store.failure = new Error("down");
    remember(cache, { expires_in: 10 ** 9 });
    await cache.flush().catch(() => {});
    store.failure = undefined;
    const slow = gate();
    store.delay = () => slow.opened;
    store.calls.length = 0;
    let ended = false;
    const flushing = cache.flush().catch(() => {
      ended = true;
    });

    await vi.advanceTimersByTimeAsync(5000);
    expect(ended).toBe(true);
    await flushing;
    slow.open();
    await vi.advanceTimersByTimeAsync(0);

    // What was given up while it was read is not written behind everybody's back.
    expect(store.calls.map((call) => call.split(" ")[0])).toEqual(["read"]);
  });

  test("fails after it has applied a write: the same is written again, and that is all", async () => {
    const store = new MemoryStore();
    const write = store.write.bind(store);
    let fail = true;
    store.write = async (...args) => {
      await write(...args);
      if (fail) throw new Error("connection lost");
    };
    const cache = new PersistedTokenCache(store);
    remember(cache);
    await expect(cache.flush()).rejects.toMatchObject({ code: "store_error" });
    const before = structuredClone(store.data);
    fail = false;

    await cache.flush();

    expect(store.data).toEqual(before);
  });

  test("holds rows too deep to be written again: they are not used", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache, { expires_in: 10 ** 9 });
    await cache.flush();
    for (const entries of store.data.values()) {
      for (const [key, { value }] of entries) {
        if (!key.startsWith("Account:")) continue;
        const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
        entries.set(key, { value: value.replace(/\}$/, `,"deep":${deep}}`) });
      }
    }
    const { webApp, warnings } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    expect(await app.getAccounts({ homeAccountId: USER.homeAccountId })).toEqual([]);
    expect(warnings().join()).toContain("1 entries in a partition");
  });

  test("gets nothing that is not JSON, and everything else", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const { webApp, log } = setupScript();
    await webApp({ tokenCache: cache }).getAccounts();
    remember(cache, { expires_in: 10 ** 9, id_token_claims: { sub: "s", oid: 1n } });

    await cache.flush();

    expect(tokensIn(store)).toEqual(["access-token-of-ada"]);
    expect(log.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      expect.stringContaining("1 entries cannot be written"),
    ]);
  });
});

describe("a caller who gives up", () => {
  test("leaves at once while the store reads; the others get their answer", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache, { expires_in: 10 ** 9 });
    await cache.flush();
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    const { opened, open } = gate();
    store.delay = () => opened;
    const controller = new AbortController();
    const { homeAccountId } = USER;
    const leaving = app.getAccounts({ homeAccountId, signal: controller.signal });
    const staying = app.getAccounts({ homeAccountId });
    controller.abort(new Error("enough"));

    await expect(leaving).rejects.toThrow("enough");
    open();
    expect(await staying).toHaveLength(1);
    expect(store.calls.filter((call) => call.startsWith("read"))).toHaveLength(1);
  });

  test("leaves at once while the store writes; what was obtained is kept", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() });
    const cache = new PersistedTokenCache(store);
    const app = webApp({ tokenCache: cache });
    const { opened, open } = gate();
    store.delay = (what) => (what.startsWith("write") ? opened : Promise.resolve());
    const controller = new AbortController();
    const acquiring = app.acquireTokenForClient(APP_SCOPES, { signal: controller.signal });
    acquiring.catch(() => {});
    await vi.waitFor(() => expect(store.calls.at(-1)).toMatch(/^write/));

    controller.abort(new Error("enough"));

    await expect(acquiring).rejects.toThrow("enough");
    open();
    await cache.flush();
    expect(tokensIn(store)).toEqual(["access-token-of-app"]);
  });

  test("between the provider's answer and the store's loses no refresh token", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache);
    const { webApp, clock } = setupScript(() => {
      // From here on the store is slow: the caller leaves while it is read before what came is kept.
      clock.advance(60);
      store.delay = () => opened;
      return {
        body: { ...appTokens(), refresh_token: "works-only-once", client_info: clientInfo() },
      };
    });
    await cache.flush();
    const app = webApp({ tokenCache: cache });
    const [account] = await app.getAccounts();
    const { opened, open } = gate();
    store.calls.length = 0;
    const controller = new AbortController();
    const acquiring = app.acquireTokenSilent(["User.Read"], account, {
      forceRefresh: true,
      signal: controller.signal,
    });
    acquiring.catch(() => {});
    await vi.waitFor(() =>
      expect(store.calls.filter((call) => call.startsWith("version"))).not.toEqual([]),
    );
    controller.abort(new Error("enough"));

    await expect(acquiring).rejects.toThrow("enough");
    open();
    await vi.waitFor(() =>
      expect(cache.find("RefreshToken").map(({ secret }) => secret)).toEqual(["works-only-once"]),
    );
    await cache.flush();
  });

  test("leaves the store's list of partitions tidily", async () => {
    const store = new MemoryStore();
    let closed = false;
    store.partitions = async function* () {
      try {
        for (let i = 0; ; i++) {
          await new Promise((done) => setTimeout(done, 1));
          yield `user:${i}`;
        }
      } finally {
        closed = true;
      }
    };
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    await expect(app.getAccounts({ signal: AbortSignal.timeout(20) })).rejects.toThrow();

    await vi.waitFor(() => expect(closed).toBe(true));
  });
});

test("what is to be written later keeps no process alive", async () => {
  const program = `
    import { PersistedTokenCache } from "msal-ts";
    const down = async () => { throw new Error("down"); };
    const cache = new PersistedTokenCache({ read: down, write: down }, { maxPartitions: 1 });
    for (const home_account_id of ["a.b", "c.d"]) {
      cache.add({ client_id: "c", environment: "e", home_account_id, response: { access_token: "t" } });
    }
    await cache.flush().catch((error) => console.log(error.code));
  `;
  const begun = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--unhandled-rejections=strict", "--input-type=module", "--eval", program],
  ]);

  expect(stdout.trim()).toBe("store_error");
  expect(performance.now() - begun).toBeLessThan(5000);
});

/** An error that throws when it is looked at. */
function unreadable(): Error {
  return new Proxy(new Error("down"), {
    get: () => {
      throw new MsalError("invalid_argument", "not to be read");
    },
  });
}

function brokenMap(): ReadonlyMap<string, string> {
  const map = new Map([["AccessToken:a", "{}"]]);
  map.entries = () => {
    throw new Error("cursor lost");
  };
  return map;
}
