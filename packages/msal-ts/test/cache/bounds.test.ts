import { type PublicClientApplication, SerializableTokenCache, TokenCache } from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  appToken,
  HOST,
  loaded,
  NOW,
  rows,
  saved,
  setup,
  signIn,
  TENANT,
  thrownBy,
} from "./setup.js";

/** How many rows there are. */
function sizeOf(cache: TokenCache): number {
  return Object.values(rows(cache)).reduce((sum, section) => sum + section.length, 0);
}

/** Secrets of a section. */
function secretsIn(cache: TokenCache, type: "AccessToken" | "RefreshToken"): unknown[] {
  return cache.find(type).map((row) => row.secret);
}

/** The app's own token for one scope. */
function own(scope: string, expires_in = 3600) {
  return appToken({ scope: [scope], response: { access_token: `at-${scope}`, expires_in } });
}

/** A user's sign-in: four rows, and the app's metadata. */
function of(uid: string, response: Record<string, unknown> = {}) {
  return signIn({
    uid,
    response: { access_token: `at-${uid}`, refresh_token: `rt-${uid}`, ...response },
  });
}

/** A user's token that was exchanged for an assertion, without the rest of a sign-in. */
function exchanged(uid: string, assertion: string, expires_in = 3600) {
  const access_token = `at-${assertion}`;
  const bare = { refresh_token: undefined, id_token: undefined };
  return {
    ...signIn({ uid, response: { access_token, expires_in, ...bare } }),
    skip_account_creation: true,
    user_assertion_hash: assertion,
  };
}

async function usersOf(app: PublicClientApplication): Promise<(string | undefined)[]> {
  return (await app.getAccounts()).map(({ homeAccountId }) => homeAccountId.split(".")[0]);
}

describe("expired access tokens", () => {
  // A hundred are valid at any time.
  test.for([
    ["an app's own", (i: number) => own(`scope-${i}`, 100)],
    ["a user's, of assertions", (i: number) => exchanged("ada", `assertion-${i}`, 100)],
    [
      "of many users",
      (i: number) => ({ ...exchanged(`user-${i}`, "", 100), user_assertion_hash: undefined }),
    ],
  ] as const)("leave as others come: %s", ([, event]) => {
    const cache = new TokenCache();
    let most = 0;

    for (let second = 0; second < 3000; second++) {
      cache.add(event(second), NOW + second);
      if (second % 50 === 0) most = Math.max(most, cache.find("AccessToken").length);
    }

    expect(most).toBeGreaterThanOrEqual(100);
    expect(most).toBeLessThanOrEqual(120);
  });

  test("leave a few at a time, however many there are", () => {
    const cache = new TokenCache();
    for (let i = 0; i < 1000; i++) cache.add(own(`scope-${i}`), NOW);

    const left: number[] = [];
    for (let i = 0; i < 200; i++) {
      cache.add(own("another"), NOW + 7200);
      left.push(cache.find("AccessToken").length);
    }

    const steps = left.slice(1).map((count, i) => left[i]! - count);
    expect(Math.max(...steps)).toBeLessThan(20);
    expect(left.at(-1)).toBe(1);
  });

  test("leave alone: the user stays signed in", async () => {
    const { app, cache, requests } = setup({
      replies: [{ body: { access_token: "renewed", expires_in: 3600, token_type: "Bearer" } }],
      now: NOW + 7200,
    });
    cache.add(of("ada"), NOW);
    const before = rows(cache);

    cache.add(own("another"), NOW + 7200);

    expect(secretsIn(cache, "AccessToken")).toEqual(["at-another"]);
    expect({ ...rows(cache), AccessToken: [] }).toEqual({ ...before, AccessToken: [] });
    const [account] = await app.getAccounts();
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      access_token: "renewed",
    });
    expect(requests).toMatchObject([{ form: { refresh_token: "rt-ada" } }]);
  });

  test("stay until the second in which they end, and when the row does not say which that is", () => {
    const odd = { credential_type: "AccessToken", secret: "odd" };
    const cache = loaded({
      AccessToken: { a: odd, b: { ...odd, expires_on: "soon" }, c: { ...odd, expires_on: NOW } },
    });

    cache.add(own("another"), NOW);
    expect(cache.find("AccessToken", { query: { secret: "odd" } })).toHaveLength(3);

    cache.add(own("another"), NOW + 1);
    expect(cache.find("AccessToken", { query: { secret: "odd" } })).toHaveLength(2);
  });
});

describe("maxEntries", () => {
  test("the app token that nobody asked for longest leaves first", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 4 });
    const { daemon } = setup({ cache });
    for (const scope of ["one", "two", "three"]) cache.add(own(scope), NOW);
    expect(await daemon.acquireTokenForClient(["one"])).toMatchObject({ token_source: "cache" });

    cache.add(own("four"), NOW);
    cache.add(own("five"), NOW);

    expect(secretsIn(cache, "AccessToken").sort()).toEqual(["at-five", "at-four", "at-one"]);
    expect(cache.find("AppMetadata")).toHaveLength(1);
  });

  test("a token that was used once leaves when nobody uses it again", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 4 });
    const { daemon } = setup({ cache });
    cache.add(own("one"), NOW);
    await daemon.acquireTokenForClient(["one"]);

    for (let i = 0; i < 10; i++) cache.add(own(`scope-${i}`), NOW);

    expect(secretsIn(cache, "AccessToken")).toEqual(["at-scope-7", "at-scope-8", "at-scope-9"]);
  });

  test("tokens of the app and of assertions leave before those of users", () => {
    const cache = new TokenCache({ maxEntries: 7 });
    cache.add(of("ada"), NOW);
    cache.add(own("one"), NOW);
    cache.add(exchanged("ada", "assertion"), NOW);

    cache.add({ ...of("ada", { access_token: "at-other" }), scope: ["Mail.Read"] }, NOW);
    expect(secretsIn(cache, "AccessToken")).toEqual(["at-ada", "at-assertion", "at-other"]);
    cache.add({ ...of("ada", { access_token: "at-third" }), scope: ["Files.Read"] }, NOW);

    expect(secretsIn(cache, "AccessToken")).toEqual(["at-ada", "at-other", "at-third"]);
    expect(sizeOf(cache)).toBe(7);
  });

  test("then access tokens and ID tokens of users leave; their refresh tokens and accounts last", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 9 });
    const { app } = setup({ cache });
    cache.add(of("ada"), NOW);
    cache.add(of("grace"), NOW);
    expect(sizeOf(cache)).toBe(9);

    cache.add(of("hedy"), NOW);

    expect(secretsIn(cache, "AccessToken")).toEqual(["at-hedy"]);
    expect(cache.find("IdToken")).toHaveLength(1);
    expect(secretsIn(cache, "RefreshToken")).toEqual(["rt-ada", "rt-grace", "rt-hedy"]);
    expect(await usersOf(app)).toEqual(["ada", "grace", "hedy"]);
    expect(sizeOf(cache)).toBe(9);

    cache.add(of("mary"), NOW);

    // Ada's account went with her refresh token: nothing was left to get a token with.
    expect(secretsIn(cache, "RefreshToken")).toEqual(["rt-grace", "rt-hedy", "rt-mary"]);
    expect(await usersOf(app)).toEqual(["grace", "hedy", "mary"]);
    expect(sizeOf(cache)).toBe(9);
  });

  test("users who came back lately keep their refresh tokens", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 9 });
    const { app } = setup({ cache });
    for (const user of ["ada", "grace", "hedy", "mary"]) cache.add(of(user), NOW);
    expect(await usersOf(app)).toEqual(["grace", "hedy", "mary"]);
    for (const user of ["grace", "mary"]) {
      await app.getAccounts({ homeAccountId: `${user}.${TENANT}` });
    }

    cache.add(of("rosalind"), NOW);

    expect(await usersOf(app)).toEqual(["grace", "mary", "rosalind"]);
    expect(secretsIn(cache, "RefreshToken")).toEqual(["rt-grace", "rt-mary", "rt-rosalind"]);
  });

  test("accounts that nothing refreshes leave before refresh tokens", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 8 });
    const { app } = setup({ cache });
    cache.add(of("ada"), NOW);
    cache.add(of("grace", { refresh_token: undefined, access_token: undefined }), NOW);

    cache.add(of("hedy"), NOW);

    expect(await usersOf(app)).toEqual(["ada", "hedy"]);
    expect(secretsIn(cache, "RefreshToken")).toEqual(["rt-ada", "rt-hedy"]);
  });

  test("an account whose refresh tokens were signed out counts as one that nothing refreshes", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 10 });
    const { app } = setup({ cache });
    cache.add(of("ada"), NOW);
    cache.add(of("grace"), NOW);
    const [ada] = await app.getAccounts({ homeAccountId: `ada.${TENANT}` });
    await app.removeAccount(ada!);
    cache.add(of("ada", { refresh_token: undefined }), NOW);

    cache.add(of("hedy"), NOW);
    cache.add(of("mary"), NOW);

    expect(await usersOf(app)).toEqual(["grace", "hedy", "mary"]);
    expect(secretsIn(cache, "RefreshToken")).toEqual(["rt-grace", "rt-hedy", "rt-mary"]);
  });

  test("what was just obtained stays, even if it is too much by itself", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 1 });
    const { app } = setup({ cache });
    cache.add(own("one"), NOW);

    cache.add(of("ada"), NOW);

    expect(sizeOf(cache)).toBe(5);
    const [account] = await app.getAccounts();
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      access_token: "at-ada",
    });
    cache.add(own("one"), NOW);
    expect(sizeOf(cache)).toBe(2);
  });

  test("holds when every row was used", async () => {
    const cache = new SerializableTokenCache({ maxEntries: 301 });
    const { daemon } = setup({ cache });
    for (let i = 0; i < 300; i++) {
      cache.add(own(`scope-${i}`), NOW);
      await daemon.acquireTokenForClient([`scope-${i}`]);
    }

    for (let i = 300; i < 310; i++) {
      cache.add(own(`scope-${i}`), NOW);
      expect(sizeOf(cache)).toBe(301);
      expect(secretsIn(cache, "AccessToken")).toContain(`at-scope-${i}`);
    }
  });

  test("a cache that is read loses what is too much, says so, and keeps what it does not know", async () => {
    const source = new SerializableTokenCache();
    for (let i = 0; i < 50; i++) source.add(own(`scope-${i}`), NOW);
    source.add(of("ada"), NOW);
    const state = JSON.stringify({ ...saved(source), customized: { a: { b: 1 } } });
    const small = new SerializableTokenCache({ maxEntries: 10 });
    const large = new SerializableTokenCache({ maxEntries: 100 });

    small.deserialize(state);
    large.deserialize(state);

    expect(small.hasStateChanged).toBe(true);
    expect(sizeOf(small)).toBe(10);
    expect(saved(small)).toMatchObject({ customized: { a: { b: 1 } } });
    expect(secretsIn(small, "AccessToken")).toContain("at-ada");
    expect(await usersOf(setup({ cache: small }).app)).toEqual(["ada"]);
    expect(large.hasStateChanged).toBe(false);
    expect(sizeOf(large)).toBe(55);
    small.add(own("another"), NOW);
    expect(sizeOf(small)).toBe(10);
  });

  test("any order of events keeps the limit, and what came last", () => {
    const users = ["ada", "grace", "hedy", "mary", "rosalind"];
    const cache = new SerializableTokenCache({ maxEntries: 12 });
    let state = 1;
    const below = (limit: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % limit;
    };

    for (let step = 0; step < 2000; step++) {
      const user = users[below(users.length)]!;
      const drop = { refresh_token: undefined };
      const events = [
        own(`scope-${below(30)}`),
        exchanged(user, `assertion-${below(10)}`),
        of(user),
        of(user, drop),
        of(user, { ...drop, access_token: undefined, id_token: undefined }),
        of(user, { expires_in: -5 }),
      ];
      const event = events[below(events.length)]!;
      cache.add(event, NOW);

      expect(sizeOf(cache), `step ${step}`).toBeLessThanOrEqual(12);
      const { access_token } = event.response;
      if (access_token) expect(secretsIn(cache, "AccessToken")).toContain(access_token);
      // Nobody can be asked to go on with a refresh token that no account leads to.
      const homes = cache.find("Account").map((row) => row.home_account_id);
      for (const row of cache.find("RefreshToken")) expect(homes).toContain(row.home_account_id);
      if (below(20) === 0) cache.deserialize(cache.serialize());
    }
  });

  test.for([
    [0, "it is 0."],
    [-1, "it is -1."],
    [1.5, "it is 1.5."],
    [Number.NaN, "it is NaN."],
    [Number.POSITIVE_INFINITY, "it is Infinity."],
    ["100", "it is a string of 3 characters."],
    [null, "it is null."],
    [{}, "it is an object."],
  ] as const)("%j is refused", ([maxEntries, came]) => {
    for (const Cache of [TokenCache, SerializableTokenCache]) {
      const error = thrownBy(() => new Cache({ maxEntries } as unknown as { maxEntries: number }));

      expect(error.code).toBe("invalid_argument");
      expect(error.message).toBe(
        `The option maxEntries must be a whole number, 1 or more; ${came}`,
      );
    }
  });

  test.for([[null], [5], ["maxEntries"], [[]], [{ maxentries: 5 }]] as const)(
    "%j are no options",
    ([options]) => {
      for (const Cache of [TokenCache, SerializableTokenCache]) {
        expect(thrownBy(() => new Cache(options as unknown as object)).code).toBe(
          "invalid_argument",
        );
      }
    },
  );

  test("undefined is the default: any number", () => {
    const cache = new TokenCache({ maxEntries: undefined });

    for (let i = 0; i < 500; i++) cache.add(own(`scope-${i}`), NOW);

    expect(cache.find("AccessToken", { query: { environment: HOST } })).toHaveLength(500);
  });
});
