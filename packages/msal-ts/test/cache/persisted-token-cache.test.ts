import { PersistedTokenCache } from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  setup,
  setupScript,
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
});
