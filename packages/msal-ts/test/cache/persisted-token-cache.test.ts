import {
  type Account,
  type ConfidentialClientApplication,
  PersistedTokenCache,
  type StoredEntry,
  type TokenEvent,
  type TokenStore,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  clientInfo,
  HOST,
  held,
  remember,
  START,
  setup,
  setupScript,
  USER,
  userTokens,
  WEB_APP,
} from "../setup.js";
import { MemoryStore } from "./memory-store.js";

describe("a cache with a store", () => {
  test("hands a user's tokens on to the next process", async () => {
    const store = new MemoryStore();
    const { webApp, signIn, tokenRequests } = setup();
    await signIn(webApp({ tokenCache: new PersistedTokenCache(store) }));

    const next = webApp({ tokenCache: new PersistedTokenCache(store) });
    const [account] = await next.getAccounts();
    const result = await next.acquireTokenSilent(["User.Read"], account);

    expect(account?.username).toBe(ADA);
    expect(result?.token_source).toBe("cache");
    expect(tokenRequests()).toHaveLength(1);
  });

  test("asks the store twice for a sign-in, and not at all for a hit", async () => {
    const store = new MemoryStore();
    const { webApp, signIn } = setup();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    const result = await signIn(app);

    expect(store.calls.map((call) => call.split(" ")[0])).toEqual(["read", "write"]);
    if ("error" in result) throw new Error(result.error);
    await app.acquireTokenSilent(["User.Read"], result.account);
    expect(store.calls).toHaveLength(2);
  });

  test("keeps an application's tokens and those of assertions in partitions of their own", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() }, { body: userTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    await app.acquireTokenForClient(APP_SCOPES);
    await app.acquireTokenOnBehalfOf("assertion-of-ada", ["User.Read"]);

    expect([...store.data.keys()]).toEqual([
      `app:${WEB_APP}:${CONTOSO}`,
      expect.stringMatching(/^obo:[\w-]{43}$/),
    ]);
  });

  test("serves what is in memory when the store is down, and writes later", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const { webApp, signIn, warnings, log } = setup();
    const app = webApp({ tokenCache: cache });
    store.failure = Object.assign(new Error("secret detail"), { code: "ECONNREFUSED" });

    const result = await signIn(app);

    expect(result).toMatchObject({ token_source: "identity_provider" });
    if ("error" in result) throw new Error(result.error);
    expect(await app.acquireTokenSilent(["User.Read"], result.account)).toMatchObject({
      token_source: "cache",
    });
    expect(log.map(({ message }) => message).join("\n")).toContain("ECONNREFUSED");
    expect(log.map(({ message }) => message).join("\n")).not.toContain("secret detail");
    await expect(cache.flush()).rejects.toMatchObject({ code: "store_error" });
    store.failure = undefined;
    await cache.flush();
    expect([...store.data.keys()]).toHaveLength(1);
    expect(warnings()).not.toEqual([]);
  });

  test("leaves access tokens that do not say when they end to whoever wrote them", async () => {
    const store = new MemoryStore();
    const { webApp, signIn } = setup();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    await signIn(app);
    const [[partition = "", entries = new Map()] = []] = store.data;
    const [[, token] = []] = [...entries].filter(([key]) => key.startsWith("AccessToken:"));
    const theirs = { ...JSON.parse(token?.value ?? ""), target: "theirs" };
    for (const expires_on of [undefined, "1700000000.5", "-"]) {
      const value = JSON.stringify({ ...theirs, expires_on });
      entries.set(`AccessToken:theirs ${expires_on}`, { value });
    }

    await signIn(webApp({ tokenCache: new PersistedTokenCache(store) }));

    const kept = [...(store.data.get(partition)?.keys() ?? [])];
    expect(kept.filter((key) => key.includes("theirs"))).toHaveLength(3);
  });

  test("removes an account from the store, and what assertions of it were exchanged for", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: userTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    await app.acquireTokenOnBehalfOf("assertion-of-ada", ["User.Read"]);
    const other = webApp({ tokenCache: new PersistedTokenCache(store) });

    const [account] = await other.getAccounts();
    await other.removeAccount(account!);

    expect(store.data).toEqual(new Map());
    expect(await other.getAccounts()).toEqual([]);
  });

  test("asks the store again after maxAge, and reads when its mark is another", async () => {
    const store = new MemoryStore();
    const { webApp, clock } = setupScript({ body: userTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store, { maxAge: 10_000 }) });
    const account = await acquired(app, "assertion");
    await app.acquireTokenOnBehalfOf("assertion", ["User.Read"]);
    store.calls.length = 0;

    const asked: string[][] = [];
    for (const seconds of [9, 2, 11]) {
      clock.advance(seconds);
      await app.acquireTokenOnBehalfOf("assertion", ["User.Read"]);
      asked.push(store.calls.splice(0).map(verb));
    }

    expect(account.username).toBe(ADA);
    // No mark is known before the second time: the first look is one way there and back.
    expect(asked).toEqual([[], ["version", "read"], ["version"]]);
  });

  test("asks the store at each call with a maxAge of 0, though no time passes", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new PersistedTokenCache(store, { maxAge: 0 }) });
    await app.acquireTokenForClient(APP_SCOPES);
    store.calls.length = 0;

    await app.acquireTokenForClient(APP_SCOPES);

    expect(store.calls.map(verb)).toEqual(["version", "read"]);
  });

  test.for([
    ["no version()", undefined],
    ["no mark", async () => undefined],
    ["null", async () => null],
    ["the same object each time", async () => MARK],
  ])("reads again each time where the store has %s", async ([, version]) => {
    const store = Object.assign(new MemoryStore(), { version });
    const { webApp } = setupScript({ body: userTokens() });
    const caches = [0, 1].map(() => new PersistedTokenCache(store as never, { maxAge: 0 }));
    const [one, other] = caches.map((tokenCache) => webApp({ tokenCache }));
    await other!.getAccounts();
    await acquired(one!, "assertion");

    const before = await other!.getAccounts();
    await one!.removeAccount(before[0]!);

    expect(before).toHaveLength(1);
    expect(await other!.getAccounts()).toEqual([]);
  });

  test("finds a sign-in that another server handled while the user was sent around", async () => {
    const store = new MemoryStore();
    const { webApp, clock } = setupScript();
    const here = webApp({ tokenCache: new PersistedTokenCache(store) });
    expect(await here.acquireTokenSilent(["User.Read"], accountOf(USER.oid))).toBeNull();

    const elsewhere = new PersistedTokenCache(store);
    remember(elsewhere, { expires_in: 10 ** 9 });
    await elsewhere.flush();
    clock.advance(0.3);

    const result = await here.acquireTokenSilent(["User.Read"], accountOf(USER.oid));
    expect(result).toMatchObject({ token_source: "cache" });
  });

  test("hands out but does not keep what a refresh obtains while another process signs the user out", async () => {
    const store = new MemoryStore();
    const refresh = held();
    const { webApp, clock } = setupScript(refresh.reply);
    const first = new PersistedTokenCache(store);
    const [one, other] = [first, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(first);
    await first.flush();
    const [account] = await one!.getAccounts();
    const refreshed = one!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    await refresh.asked;

    await other!.removeAccount(account!);
    clock.advance(1);
    refresh.give({ body: userTokens({ access_token: "too-late" }) });

    expect((await refreshed)?.access_token).toBe("too-late");
    expect(store.data).toEqual(new Map());
    expect(await one!.acquireTokenSilent(["User.Read"], account)).toBeNull();
  });

  test("writes a sign-in whole, though another process signed the user out meanwhile", async () => {
    const store = new MemoryStore();
    const [here, there] = [new PersistedTokenCache(store), new PersistedTokenCache(store)];
    const { webApp } = setupScript();
    remember(here, { expires_in: 10 ** 9 });
    await here.flush();
    const before = structuredClone(store.data);
    await webApp({ tokenCache: there }).removeAccount(accountOf(USER.oid));
    expect(store.data).toEqual(new Map());

    // To the one process nothing has changed.
    remember(here, { expires_in: 10 ** 9 });
    await here.flush();

    expect(store.data).toEqual(before);
  });

  test("keeps the refresh token that another process renewed meanwhile", async () => {
    const store = new MemoryStore();
    const refresh = held();
    const { webApp, clock } = setupScript(refresh.reply, {
      body: userTokens({ refresh_token: "renewed-by-the-other" }),
    });
    const first = new PersistedTokenCache(store);
    const [one, other] = [first, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(first);
    await first.flush();
    const [account] = await one!.getAccounts();
    const refreshed = one!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    await refresh.asked;

    await other!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    clock.advance(1);
    refresh.give({ body: userTokens({ refresh_token: "of-the-slower-one" }) });
    await refreshed;

    expect(first.find("RefreshToken").map(({ secret }) => secret)).toEqual([
      "renewed-by-the-other",
    ]);
    expect(secretsIn(store, "RefreshToken")).toEqual(["renewed-by-the-other"]);
  });

  test("redeems the refresh token that another process got in place of the one in memory", async () => {
    const store = new MemoryStore();
    const { webApp, clock, requests } = setupScript(
      { body: userTokens({ refresh_token: "renewed-by-the-other" }) },
      { body: userTokens() },
    );
    const first = new PersistedTokenCache(store);
    const [one, other] = [first, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(first);
    await first.flush();
    const [account] = await one!.getAccounts();
    await other!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    clock.advance(1);

    await one!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });

    expect(requests[1]?.form.refresh_token).toBe("renewed-by-the-other");
  });

  test("redeems what another process got instead when the provider takes a refresh token only once", async () => {
    const store = new MemoryStore();
    const refusal = held();
    const { webApp, requests } = setupScript(
      refusal.reply,
      { body: userTokens({ refresh_token: "second" }) },
      { body: userTokens({ access_token: "for-the-second", refresh_token: "third" }) },
    );
    const first = new PersistedTokenCache(store);
    const [one, other] = [first, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(first);
    await first.flush();
    const [account] = await one!.getAccounts();
    const refreshed = one!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    await refusal.asked;

    await other!.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
    // No time passes: what was read before the request is still fresh.
    refusal.give(USED_UP);

    expect((await refreshed)?.access_token).toBe("for-the-second");
    expect(requests.map(({ form }) => form.refresh_token)).toEqual([
      "refresh-token-of-ada",
      "refresh-token-of-ada",
      "second",
    ]);
    expect(secretsIn(store, "RefreshToken")).toEqual(["third"]);
  });

  test("goes on as long as another process is faster, and no longer than five times", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    // Somebody is always faster.
    const faster = async () => {
      const [row] = rowsIn(store, "RefreshToken");
      const [partition] = store.data.keys();
      const secret = `${JSON.parse(row![1].value).secret}-again`;
      const value = JSON.stringify({ ...JSON.parse(row![1].value), secret });
      await store.write(partition!, new Map([[row![0], { value }]]));
      return USED_UP;
    };
    const { webApp, requests } = setupScript(...Array.from({ length: 6 }, () => faster));
    const app = webApp({ tokenCache: cache });
    remember(cache);
    await cache.flush();
    const [account] = await app.getAccounts();

    const result = await app.acquireTokenSilentWithError(["User.Read"], account, {
      forceRefresh: true,
    });

    expect(result).toMatchObject({ error: "invalid_grant" });
    expect(new Set(requests.map(({ form }) => form.refresh_token)).size).toBe(6);
  });

  test("tries no refused token again, and none of a user who was signed out elsewhere", async () => {
    const store = new MemoryStore();
    const refusal = held();
    const { webApp, requests } = setupScript(USED_UP, refusal.reply);
    const first = new PersistedTokenCache(store);
    const [one, other] = [first, new PersistedTokenCache(store)].map((tokenCache) =>
      webApp({ tokenCache }),
    );
    remember(first);
    await first.flush();
    const [account] = await one!.getAccounts();
    const force = { forceRefresh: true };

    const refused = await one!.acquireTokenSilentWithError(["User.Read"], account, force);
    const late = one!.acquireTokenSilentWithError(["User.Read"], account, force);
    await refusal.asked;
    await other!.removeAccount(account!);
    refusal.give(USED_UP);

    expect([refused, await late]).toMatchObject([USED_UP.body, USED_UP.body]);
    expect(requests).toHaveLength(2);
  });

  test("keeps what two processes write to one partition at the same moment", async () => {
    const store = new MemoryStore();
    store.delay = (what) => new Promise((done) => setTimeout(done, what.length % 7));
    const { webApp } = setupScript(...SCOPES.map((scope) => ({ body: appTokens({ scope }) })));
    const apps = SCOPES.map(() => webApp({ tokenCache: new PersistedTokenCache(store) }));

    await Promise.all(apps.map((app, i) => app.acquireTokenForClient([SCOPES[i]!])));

    const [entries] = store.data.values();
    expect(
      [...(entries?.keys() ?? [])].filter((key) => key.startsWith("AccessToken")),
    ).toHaveLength(SCOPES.length);
  });

  test("keeps what is added while a read is under way", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: cache });
    let release = (): void => {};
    store.delay = () =>
      new Promise<void>((done) => {
        release = done;
      });
    const listed = app.getAccounts({ homeAccountId: USER.homeAccountId });
    remember(cache);
    release();
    store.delay = async () => {};

    expect(await listed).toHaveLength(1);
    await cache.flush();
    expect(secretsIn(store, "RefreshToken")).toEqual(["refresh-token-of-ada"]);
  });

  test("never holds more partitions than maxPartitions for long, and loses nothing by that", async () => {
    const store = new MemoryStore();
    store.delay = () => new Promise((done) => setTimeout(done, 1));
    const users = Array.from({ length: 30 }, (_, i) => `user-${i}`);
    const cache = new PersistedTokenCache(store, { maxPartitions: 1 });
    const { webApp } = setupScript(
      ...users.map(() => ({ form }: { form: Record<string, string> }) => ({
        body: userTokens({
          ...{ id_token: undefined, refresh_token: `${form.refresh_token}+` },
          access_token: `renewed for ${form.refresh_token}`,
          client_info: clientInfo(form.refresh_token ?? ""),
        }),
      })),
    );
    const app = webApp({ tokenCache: cache });
    for (const user of users) {
      const client_info = clientInfo(user);
      remember(cache, { client_info, refresh_token: user, foci: "1", id_token: undefined });
    }
    await cache.flush();
    await turn();
    expect(cache.find("Account").length).toBeLessThanOrEqual(1);

    const results = await Promise.all(
      users.map((user) =>
        app.acquireTokenSilent(["User.Read"], accountOf(user), { forceRefresh: true }),
      ),
    );

    expect(results.map((result) => result?.access_token)).toEqual(
      users.map((user) => `renewed for ${user}`),
    );
    expect(secretsIn(store, "RefreshToken")).toEqual(users.map((user) => `${user}+`));
    // Nothing was written by who had not read what there was.
    for (const [, { value }] of rowsIn(store, "AppMetadata")) {
      expect(JSON.parse(value)).toMatchObject({ family_id: "1" });
    }
    await turn();
    expect(cache.find("Account").length).toBeLessThanOrEqual(1);
  });

  test("keeps those who are in use in memory when somebody looks at everybody", async () => {
    const store = new MemoryStore();
    const full = new PersistedTokenCache(store);
    for (let i = 0; i < 20; i++) {
      remember(full, { expires_in: 10 ** 9, client_info: clientInfo(`user-${i}`) });
    }
    await full.flush();
    const { webApp } = setupScript();
    const cache = new PersistedTokenCache(store, { maxPartitions: 2 });
    const app = webApp({ tokenCache: cache });
    const inUse = accountOf("user-3");
    await app.acquireTokenSilent(["User.Read"], inUse);

    const accounts = await app.getAccounts();
    await turn();
    store.calls.length = 0;

    expect(accounts).toHaveLength(20);
    expect(await app.acquireTokenSilent(["User.Read"], inUse)).not.toBeNull();
    expect(store.calls).toEqual([]);
    expect(cache.find("Account").length).toBeLessThanOrEqual(2);
  });

  test("signs a user out of what another flow reads at that moment", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: userTokens() });
    const filled = new PersistedTokenCache(store);
    await acquired(webApp({ tokenCache: filled }), "assertion");
    const cache = new PersistedTokenCache(store, { maxPartitions: 1 });
    const app = webApp({ tokenCache: cache });
    remember(cache, { client_info: clientInfo("somebody-else") });
    store.delay = () => turn();

    const removing = app.removeAccount(accountOf(USER.oid));
    const reading = app.acquireTokenOnBehalfOf("assertion", ["User.Read"]);
    await Promise.all([removing, reading]);

    const hash = expect.objectContaining({ user_assertion_hash: expect.anything() });
    expect(cache.find("AccessToken")).not.toContainEqual(hash);
    expect([...store.data.keys()].filter((name) => name.startsWith("obo:"))).toEqual([]);
  });

  test("keeps its own and sees every event when it is subclassed", async () => {
    const store = new MemoryStore();
    const seen: (string | undefined)[] = [];
    class Watched extends PersistedTokenCache {
      override add(event: TokenEvent, now?: number): void {
        seen.push(event.grant_type);
        super.add(event, now);
      }
    }
    const { webApp } = setupScript({ body: appTokens() });

    await webApp({ tokenCache: new Watched(store) }).acquireTokenForClient(APP_SCOPES);

    expect(seen).toEqual(["client_credentials"]);
    expect(secretsIn(store, "AccessToken")).toEqual(["access-token-of-app"]);
  });

  test("add() and find() see what is in memory", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache);

    expect(cache.find("AccessToken")).toHaveLength(1);
    expect(new PersistedTokenCache(store).find("AccessToken")).toEqual([]);
    expect(store.calls).toEqual([]);
    await cache.flush();
    expect(store.calls.map(verb)).toEqual(["write"]);
  });

  test("reads no row from a partition that is not its owner's", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache);
    await cache.flush();
    const [mine] = store.data.values();
    const eve = `user:eve.${CONTOSO}`;
    store.data.set(eve, new Map(mine));
    store.data.set(`obo:${"A".repeat(43)}`, new Map(mine));
    const { webApp, warnings } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    expect(await app.acquireTokenSilent(["User.Read"], accountOf("eve"))).toBeNull();
    expect(await app.getAccounts({ homeAccountId: `eve.${CONTOSO}` })).toEqual([]);
    expect(warnings().join()).toContain("do not belong there");
  });

  test("reads an exchange's rows as MSAL Go marks them", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: userTokens() });
    await acquired(webApp({ tokenCache: new PersistedTokenCache(store) }), "assertion");
    for (const entries of store.data.values()) {
      const hash = [...entries.values()]
        .map(({ value }) => JSON.parse(value).user_assertion_hash)
        .find((one) => one !== undefined);
      for (const [key, { value }] of entries) {
        const row = { ...JSON.parse(value), user_assertion_hash: hash };
        entries.set(key, { value: JSON.stringify(row) });
      }
    }

    const [account] = await webApp({ tokenCache: new PersistedTokenCache(store) }).getAccounts();

    expect(account?.username).toBe(ADA);
  });

  test("tells the store when each entry is of no use any more", async () => {
    const store = new MemoryStore();
    const { webApp } = setupScript({ body: userTokens() });
    const cache = new PersistedTokenCache(store);
    remember(cache);
    await acquired(webApp({ tokenCache: cache }), "assertion");
    await cache.flush();

    const ends = (prefix: string, section: string) =>
      rowsIn(store, section, prefix).map(([, { expiresAt }]) => expiresAt);

    expect(ends("user:", "AccessToken")).toEqual([START + 3600]);
    expect(ends("user:", "RefreshToken")).toEqual([START + 90 * 24 * 3600]);
    expect(ends("user:", "Account")).toEqual([undefined]);
    expect(ends("obo:", "AccessToken")).toEqual([START + 3600]);
    // It would keep the whole partition for months, and nobody ever redeems it.
    expect(ends("obo:", "RefreshToken")).toEqual([undefined]);
  });

  test("removes expired access tokens from the store when it writes to their partition", async () => {
    const store = new MemoryStore();
    const { webApp, clock } = setupScript(
      { body: appTokens({ scope: "https://one.example/.default" }) },
      { body: appTokens({ scope: "https://two.example/.default", access_token: "the-second" }) },
    );
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });
    await app.acquireTokenForClient(["https://one.example/.default"]);
    clock.advance(4000);

    await app.acquireTokenForClient(["https://two.example/.default"]);

    expect(secretsIn(store, "AccessToken")).toEqual(["the-second"]);
  });

  test("leaves alone what it has not read: app metadata beside a user's rows", async () => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    remember(cache, { foci: "1" });
    await cache.flush();
    const before = rowsIn(store, "AppMetadata").length;

    const other = new PersistedTokenCache(store);
    other.add({
      ...{ client_id: WEB_APP, environment: HOST, home_account_id: USER.homeAccountId },
      response: { access_token: "expired", expires_in: -99 },
    });
    await other.flush();

    expect(rowsIn(store, "AppMetadata")).toHaveLength(before);
    expect(secretsIn(store, "RefreshToken")).toEqual(["refresh-token-of-ada"]);
  });

  test.for<[string, string]>([
    ["unicode", "über-\u{1F600}\u2028\u0130"],
    ["braces, slashes, dots", "{a}/../*?[b]"],
    ["line breaks", "a\r\nb\0c"],
    ["10 kB", "x".repeat(10_000)],
  ])("keeps a user apart whose id has %s", async ([, uid]) => {
    const store = new MemoryStore();
    const cache = new PersistedTokenCache(store);
    const lasting = { expires_in: 10 ** 9 };
    remember(cache, { ...lasting, client_info: clientInfo(uid) });
    remember(cache, { ...lasting, client_info: clientInfo(`${uid}%`), access_token: "another" });
    await cache.flush();
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: new PersistedTokenCache(store) });

    expect([...store.data.keys()]).toEqual([
      expect.stringMatching(/^user:[A-Za-z0-9\-._~%]+$/),
      expect.stringMatching(/^user:[A-Za-z0-9\-._~%]+$/),
    ]);
    expect(await app.acquireTokenSilent(["User.Read"], accountOf(uid))).toMatchObject({
      access_token: "access-token-of-ada",
      account: { homeAccountId: `${uid}.${CONTOSO}` },
    });
  });

  test("says that a store without partitions() needs a homeAccountId", async () => {
    const store = withoutPartitions();
    const cache = new PersistedTokenCache(store);
    remember(cache);
    const { webApp } = setupScript();
    const app = webApp({ tokenCache: cache });

    await expect(app.getAccounts()).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("getAccounts({ homeAccountId })"),
    });
    const { homeAccountId } = USER;
    const [account] = await app.getAccounts({ homeAccountId });
    await app.removeAccount(account!);
    expect(await app.getAccounts({ homeAccountId })).toEqual([]);
    expect(store.data).toEqual(new Map());
  });

  test.for([
    ["store", null, {}],
    ["store", "redis://localhost", {}],
    ["store.write", { read() {} }, {}],
    ["store.version", { read() {}, write() {}, version: "1" }, {}],
    ["maxAge", new MemoryStore(), { maxAge: -1 }],
    ["maxAge", new MemoryStore(), { maxAge: Number.NaN }],
    ["maxPartitions", new MemoryStore(), { maxPartitions: 0 }],
    ["maxPartitions", new MemoryStore(), { maxPartitions: 1.5 }],
    ["maxage", new MemoryStore(), { maxage: 1 }],
    ["options", new MemoryStore(), []],
  ])("refuses a wrong %s", ([name, store, options]) => {
    expect(() => new PersistedTokenCache(store as never, options as never)).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(name as string),
      }),
    );
  });
});

const MARK = {};

/** What a provider says of a refresh token that was redeemed before. */
const USED_UP = {
  status: 400,
  body: { error: "invalid_grant", error_description: "AADSTS70000: it was redeemed before." },
};

function withoutPartitions(): TokenStore & Pick<MemoryStore, "data"> {
  const store = new MemoryStore();
  return { data: store.data, read: store.read.bind(store), write: store.write.bind(store) };
}

const SCOPES = ["a", "b", "c", "d", "e"].map((name) => `https://${name}.example/.default`);

/** What a call to the store was: `read`, `write`, … */
function verb(call: string): string {
  return call.split(" ")[0] ?? "";
}

/** The next turn of timers: what had to leave memory has left. */
function turn(): Promise<void> {
  return new Promise((done) => setTimeout(done, 5));
}

/** An account of Contoso, as an application keeps it in its session. */
function accountOf(uid: string): Account {
  return {
    ...{ homeAccountId: `${uid}.${CONTOSO}`, environment: HOST, username: uid },
    ...{ localAccountId: uid, realm: CONTOSO, authorityType: "MSSTS" },
  };
}

/** Exchanges an assertion; the account that it is of. */
async function acquired(app: ConfidentialClientApplication, assertion: string): Promise<Account> {
  const result = await app.acquireTokenOnBehalfOf(assertion, ["User.Read"]);
  if ("error" in result || result.account === undefined) throw new Error("no account");
  return result.account;
}

function rowsIn(store: MemoryStore, section: string, prefix = ""): [string, StoredEntry][] {
  return [...store.data]
    .filter(([partition]) => partition.startsWith(prefix))
    .flatMap(([, entries]) => [...entries])
    .filter(([key]) => key.startsWith(`${section}:`));
}

function secretsIn(store: MemoryStore, section: string): string[] {
  return rowsIn(store, section).map(([, { value }]) => JSON.parse(value).secret);
}
