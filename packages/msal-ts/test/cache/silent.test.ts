import {
  type Account,
  type CacheEntry,
  type PublicClientApplication,
  SerializableTokenCache,
  type TokenEvent,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  appToken,
  CLIENT_ID,
  clientInfo,
  HOME,
  HOST,
  idToken,
  loaded,
  NOW,
  onlyAccount,
  rows,
  saved,
  setup,
  signIn,
  TENANT,
  UID,
} from "./setup.js";

const OTHER_TENANT = "99999999-bbbb-4bbb-8bbb-000000000002";
const OTHER_CLIENT = "99999999-cccc-4ccc-8ccc-000000000003";

/** What the token endpoint says to a refresh. */
const REFRESHED = {
  access_token: "at-new",
  refresh_token: "rt-new",
  token_type: "Bearer",
  expires_in: 3600,
  scope: "User.Read",
};

function cacheOf(...events: TokenEvent[]): SerializableTokenCache {
  const cache = new SerializableTokenCache();
  for (const event of events) cache.add(event, NOW);
  return cache;
}

/** The text of all tokens, by section. */
function secrets(cache: SerializableTokenCache): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(rows(cache)).map(([type, found]) => [type, found.map((row) => row.secret)]),
  );
}

describe("a user's token from the cache", () => {
  test("cache 14: a token that has expired is kept, passed over, and renewed", async () => {
    const cache = cacheOf(signIn({ response: { expires_in: -99 } }));
    const { app, requests } = setup({ cache, replies: [{ body: REFRESHED }] });
    expect(cache.find("AccessToken")).toMatchObject([{ expires_on: String(NOW - 99) }]);

    const result = await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(result).toMatchObject({ access_token: "at-new", token_source: "identity_provider" });
    expect(requests).toMatchObject([
      { form: { grant_type: "refresh_token", refresh_token: "rt-user" } },
    ]);
    expect(cache.find("AccessToken")).toMatchObject([
      { secret: "at-new", expires_on: String(NOW + 3600) },
    ]);
  });

  test("a hit asks nobody and changes nothing", async () => {
    const cache = cacheOf(signIn({ scope: ["User.Read", "Mail.Read"] }));
    const { app } = setup({ cache });
    const state = cache.serialize();

    const result = await app.acquireTokenSilent(["mail.READ"], await onlyAccount(app));

    expect(result).toMatchObject({
      access_token: "at-user",
      token_type: "Bearer",
      expires_in: 3600,
      token_source: "cache",
      account: { homeAccountId: HOME },
    });
    expect(cache.hasStateChanged).toBe(false);
    expect(cache.serialize()).toBe(state);
  });

  test("a token that was written over is gone, though it would have lasted longer", async () => {
    const cache = cacheOf(
      signIn({ response: { access_token: "older", expires_in: 7200 } }),
      signIn({ response: { access_token: "newer", expires_in: 3600 } }),
    );
    const { app } = setup({ cache });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toMatchObject({
      access_token: "newer",
    });
  });

  // Seconds the token has left, and whether it still serves (§7.1: five minutes for the way).
  test.for([
    [301, true],
    [300, true],
    [299, false],
    [0, false],
  ] as const)("with %i seconds left a token serves: %j", async ([expires_in, serves]) => {
    const cache = cacheOf(signIn({ response: { expires_in } }));
    const { app } = setup({ cache, replies: serves ? [] : [{ body: REFRESHED }] });

    const result = await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(result?.token_source).toBe(serves ? "cache" : "identity_provider");
  });

  test("the time that is left goes down with the clock", async () => {
    const { app, time } = setup({ cache: cacheOf(signIn()) });
    const account = await onlyAccount(app);

    time.now += 1000.5;

    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      expires_in: 2599,
    });
  });

  test("a key-bound token is never served", async () => {
    const bound = { ...signIn({ response: { token_type: "pop", refresh_token: undefined } }) };
    const cache = cacheOf({ ...bound, data: { key_id: "K" } });
    const { app } = setup({ cache });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toBeNull();
  });

  // What is not the account's, the client's, the realm's.
  test.for([
    [{ uid: "99999999-aaaa-4aaa-8aaa-000000000001" }],
    [{ client: OTHER_CLIENT }],
    [{ tenant: OTHER_TENANT }],
    [{ environment: "login.microsoftonline.us" }],
    [{ scope: ["Mail.Read"] }],
  ] as const)("a token with %j does not serve", async ([other]) => {
    const cache = cacheOf(
      signIn({ response: { access_token: undefined, refresh_token: undefined } }),
      signIn({ ...other, response: { refresh_token: undefined } }),
    );
    const { app } = setup({ cache });
    const [account] = await app.getAccounts({ homeAccountId: HOME });

    expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();
  });

  // §19: an app's own token has no owner, so a user's request must never find it.
  test("an app's own token does not serve a user, nor a user's the app", async () => {
    const cache = cacheOf(
      signIn({ response: { access_token: undefined, refresh_token: undefined } }),
      appToken({ scope: ["User.Read"] }),
    );
    const { app } = setup({ cache });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toBeNull();

    const { daemon } = setup({
      cache: cacheOf(signIn()),
      replies: [{ body: { access_token: "at-app", expires_in: 3600 } }],
    });
    expect(await daemon.acquireTokenForClient(["User.Read"])).toMatchObject({
      access_token: "at-app",
    });
  });

  test("a token that covers all scopes is found among very many that cover some", async () => {
    const pairs = Array.from({ length: 40 }, (_, i) =>
      signIn({
        scope: [`s${i}`, `s${i + 1}`],
        response: { access_token: `at${i}`, refresh_token: undefined },
      }),
    );
    const { app } = setup({ cache: cacheOf(...pairs) });
    const account = await onlyAccount(app);

    expect(await app.acquireTokenSilent(["S21", "s20"], account)).toMatchObject({
      access_token: "at20",
    });
    expect(await app.acquireTokenSilent(["s20", "s22"], account)).toBeNull();
  });

  test("cache 18: what is kept under another name of the host is found", async () => {
    const cache = cacheOf(signIn({ environment: "sts.windows.net" }));
    const { app } = setup({ cache });

    const account = await onlyAccount(app);

    expect(account).toMatchObject({ homeAccountId: HOME, environment: "sts.windows.net" });
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      access_token: "at-user",
      token_source: "cache",
    });
  });

  test("an app's own token under another name of the host is found", async () => {
    const cache = cacheOf(appToken({ environment: "login.windows.net" }));
    const { daemon } = setup({ cache });

    const result = await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

    expect(result).toMatchObject({ access_token: "at-app", token_source: "cache" });
  });

  // §17: null, absent and "" are one and the same.
  test.for([[null], [""], [undefined]] as const)(
    "an app's own token is found with home_account_id %j",
    async ([home_account_id]) => {
      const cache = loaded({
        AccessToken: {
          k: {
            credential_type: "AccessToken",
            secret: "at-app",
            home_account_id,
            environment: HOST,
            client_id: CLIENT_ID,
            target: "https://vault.azure.net/.default",
            realm: TENANT,
            expires_on: String(NOW + 3600),
          },
        },
      });
      const { daemon } = setup({ cache });

      const result = await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

      expect(result).toMatchObject({ access_token: "at-app", token_source: "cache" });
    },
  );

  // What another library wrote as expires_on, and whether the token serves: what says nothing has expired.
  test.for([
    [String(NOW + 3600), true],
    [NOW + 3600, true],
    [String(NOW), false],
    [undefined, false],
    [null, false],
    ["soon", false],
    ["", false],
    [{}, false],
    ["1e99", false],
  ] as const)("a row with expires_on %j serves: %j", async ([expires_on, serves]) => {
    const cache = cacheOf(
      signIn({ response: { access_token: undefined, refresh_token: undefined } }),
    );
    const state = saved(cache);
    const row = {
      credential_type: "AccessToken",
      secret: "at-user",
      home_account_id: HOME,
      environment: HOST,
      client_id: CLIENT_ID,
      target: "User.Read",
      realm: TENANT,
      expires_on,
    };
    const { app } = setup({ cache: loaded({ ...state, AccessToken: { k: row } }) });

    const result = await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(result).toEqual(
      serves ? expect.objectContaining({ access_token: "at-user", expires_in: 3600 }) : null,
    );
  });
});

describe("a refresh", () => {
  const FOREIGN_KEY = `${HOME}-${HOST}-refreshtoken-${CLIENT_ID}----`;

  /** A refresh token under the key of another library, with a member of its own. */
  function foreign(): Record<string, Record<string, CacheEntry>> & {
    RefreshToken: Record<string, CacheEntry>;
  } {
    const state = saved(cacheOf(signIn({ response: { expires_in: -1 } })));
    const [row] = Object.values(state.RefreshToken!);
    return { ...state, RefreshToken: { [FOREIGN_KEY]: { ...row, theirs: { a: [1] } } } };
  }

  // §19: in place, where 1.24.0 wrote a second row under its own key and left the old one alone.
  test("cache 9: a rotated refresh token stays under the key where it was found", async () => {
    const cache = loaded(foreign());
    const { app, time } = setup({ cache, replies: [{ body: REFRESHED }] });
    time.now += 60;

    await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(cache.hasStateChanged).toBe(true);
    expect(saved(cache).RefreshToken).toEqual({
      [FOREIGN_KEY]: {
        credential_type: "RefreshToken",
        secret: "rt-new",
        home_account_id: HOME,
        environment: HOST,
        client_id: CLIENT_ID,
        target: "User.Read",
        last_modification_time: String(NOW + 60),
        theirs: { a: [1] },
      },
    });
  });

  test("without a new refresh token the old one stays as it is", async () => {
    const cache = loaded(foreign());
    const { refresh_token, ...body } = REFRESHED;
    const { app } = setup({ cache, replies: [{ body }] });

    await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(saved(cache).RefreshToken).toEqual(foreign().RefreshToken);
  });

  test("the newest refresh token is tried first; one that does not say is the oldest", async () => {
    const { RefreshToken, ...state } = foreign();
    const { last_modification_time, ...row } = Object.values(RefreshToken)[0] as CacheEntry;
    const cache = loaded({
      ...state,
      RefreshToken: {
        unknown: { ...row, secret: "unknown" },
        older: { ...row, secret: "older", last_modification_time: "5" },
        newest: { ...row, secret: "newest", last_modification_time: NOW },
      },
    });
    const refusal = { status: 400, body: { error: "invalid_grant" } };
    const { app, requests } = setup({ cache, replies: [refusal, refusal, refusal] });

    const account = await onlyAccount(app);
    const result = await app.acquireTokenSilentWithError(["User.Read"], account);

    expect(result).toMatchObject({ error: "invalid_grant" });
    expect(requests.map((request) => request.form.refresh_token)).toEqual([
      "newest",
      "older",
      "unknown",
    ]);
  });

  test("a refresh token that was written over is not tried", async () => {
    const cache = cacheOf(
      signIn({ response: { refresh_token: "older", expires_in: -1 } }),
      signIn({ response: { refresh_token: "newer", expires_in: -1 } }),
    );
    const refusal = { status: 400, body: { error: "invalid_grant" } };
    const { app, requests } = setup({ cache, replies: [refusal] });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toBeNull();

    expect(requests).toMatchObject([{ form: { refresh_token: "newer" } }]);
  });

  test("a refused refresh token is kept: for other scopes it may still do", async () => {
    const cache = loaded(foreign());
    const { app } = setup({
      cache,
      replies: [{ status: 400, body: { error: "invalid_grant" } }],
    });
    const before = cache.serialize();

    const account = await onlyAccount(app);
    expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();

    expect(cache.hasStateChanged).toBe(false);
    expect(cache.serialize()).toBe(before);
  });

  test("replaces an access token that another library keeps under a key of its own", async () => {
    const { AccessToken, ...state } = saved(cacheOf(signIn({ response: { expires_in: -1 } })));
    const [row] = Object.values(AccessToken!);
    const key = `${HOME}-${HOST}-accesstoken-${CLIENT_ID}-${TENANT}-user.read--`;
    const cache = loaded({ ...state, AccessToken: { [key]: row } });
    const { app } = setup({ cache, replies: [{ body: REFRESHED }] });

    await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(secrets(cache).AccessToken).toEqual(["at-new"]);
  });

  test("writes no account: it would undo a sign-out meanwhile", async () => {
    const events: TokenEvent[] = [];
    class Watching extends SerializableTokenCache {
      override add(event: TokenEvent, now?: number): void {
        events.push(event);
        super.add(event, now);
      }
    }
    const cache = new Watching();
    cache.deserialize(JSON.stringify({ ...foreign(), AccessToken: {} }));
    const { app } = setup({
      cache,
      replies: [{ body: { ...REFRESHED, id_token: idToken(), client_info: clientInfo() } }],
    });
    const account = await onlyAccount(app);

    const answer = app.acquireTokenSilent(["User.Read"], account);
    await answer;

    expect(events).toMatchObject([{ grant_type: "refresh_token", skip_account_creation: true }]);
    expect(saved(cache).Account).toEqual(foreign().Account);
  });

  test("that comes back after a sign-out is handed out and not kept", async () => {
    const cache = loaded(foreign());
    const body = { ...REFRESHED, id_token: idToken(), client_info: clientInfo() };
    const meanwhile = (): Promise<void> => app.removeAccount(account);
    const { app } = setup({ cache, replies: [{ body, meanwhile }] });
    const account = await onlyAccount(app);

    const result = await app.acquireTokenSilent(["User.Read"], account);

    expect(result).toMatchObject({ access_token: "at-new" });
    const { AppMetadata, ...tokens } = rows(cache);
    expect(Object.values(tokens).flat()).toEqual([]);
  });

  // Families of client ids: §7.1.
  test("cache 16: an app that redeems a family's refresh token is known to be of the family", async () => {
    const cache = cacheOf(signIn({ client: OTHER_CLIENT, response: { foci: "1" } }));
    const { app, requests } = setup({ cache, replies: [{ body: { ...REFRESHED, foci: "1" } }] });

    const result = await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(result).toMatchObject({ access_token: "at-new" });
    expect(requests).toMatchObject([{ form: { client_id: CLIENT_ID, refresh_token: "rt-user" } }]);
    expect(cache.find("AppMetadata", { query: { client_id: CLIENT_ID } })).toEqual([
      { client_id: CLIENT_ID, environment: HOST, family_id: "1" },
    ]);
    // Rotated in place: the row still is the other client's, and of the family.
    expect(cache.find("RefreshToken")).toMatchObject([
      { secret: "rt-new", client_id: OTHER_CLIENT, family_id: "1" },
    ]);
  });

  test("a client that is not of the family leaves the family's refresh token alone", async () => {
    const cache = cacheOf(
      signIn({ client: OTHER_CLIENT, response: { foci: "1" } }),
      signIn({ scope: ["Mail.Read"], response: { refresh_token: undefined } }),
    );
    const { app } = setup({ cache });

    const account = await onlyAccount(app);

    expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();
  });
});

describe("accounts", () => {
  test("cache 15: one home account in two tenants is two rows and one account", async () => {
    const cache = cacheOf(
      signIn({ tenant: OTHER_TENANT }),
      signIn(),
      signIn({ uid: "99999999-aaaa-4aaa-8aaa-000000000001" }),
    );
    const { app } = setup({ cache });

    const accounts = await app.getAccounts();

    expect(cache.find("Account", { query: { home_account_id: HOME } })).toHaveLength(2);
    expect(accounts.map((account) => account.homeAccountId).sort()).toEqual([
      HOME,
      `99999999-aaaa-4aaa-8aaa-000000000001.${TENANT}`,
    ]);
  });

  test("are found by username in any case, and by id", async () => {
    const { app } = setup({ cache: cacheOf(signIn()) });

    expect(await app.getAccounts({ username: "ADA@contoso.EXAMPLE" })).toHaveLength(1);
    expect(await app.getAccounts({ username: "ada" })).toEqual([]);
    expect(await app.getAccounts({ homeAccountId: HOME.toUpperCase() })).toHaveLength(1);
    expect(await app.getAccounts({ homeAccountId: UID })).toEqual([]);
    expect(await app.getAccounts({ homeAccountId: HOME, username: "bob" })).toEqual([]);
  });

  test("are not found by a username they had before", async () => {
    const id_token = idToken({ preferred_username: "ada.king@contoso.example" });
    const { app } = setup({ cache: cacheOf(signIn(), signIn({ response: { id_token } })) });

    expect(await app.getAccounts({ username: "ada.king@contoso.example" })).toHaveLength(1);
    expect(await app.getAccounts({ username: "ada@contoso.example" })).toEqual([]);
  });

  test("that belong to nobody are none", async () => {
    const row = { environment: HOST, realm: TENANT, username: "ada", authority_type: "MSSTS" };
    const { app } = setup({
      cache: loaded({ Account: { a: row, b: { ...row, home_account_id: "" } } }),
    });

    expect(await app.getAccounts()).toEqual([]);
    expect(await app.getAccounts({ username: "ada" })).toEqual([]);
  });

  test("are what the rows say, and an app's own tokens make none", async () => {
    const { app } = setup({ cache: cacheOf(appToken(), signIn()) });

    expect(await app.getAccounts()).toEqual([
      {
        homeAccountId: HOME,
        environment: HOST,
        username: "Ada@Contoso.example",
        localAccountId: UID,
        realm: TENANT,
        authorityType: "MSSTS",
      },
    ]);
  });

  // Kinds of accounts, and whether they are ours (§7.1).
  test.for([
    ["MSSTS", 1],
    ["ADFS", 1],
    ["CLOUDSHELL", 0],
    ["MSA", 0],
    [undefined, 0],
    [5, 0],
  ] as const)("an account of the type %j counts %i times", async ([authority_type, count]) => {
    const row = { home_account_id: HOME, environment: HOST, realm: TENANT, authority_type };
    const { app } = setup({ cache: loaded({ Account: { k: row } }) });

    expect(await app.getAccounts()).toHaveLength(count);
  });

  test("a user who signs in again after signing out is there again", async () => {
    const cache = cacheOf(signIn());
    const { app } = setup({ cache });
    await app.removeAccount(await onlyAccount(app));
    expect(await app.getAccounts()).toEqual([]);

    cache.add(signIn({ response: { access_token: "again" } }), NOW);

    const account = await onlyAccount(app);
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      access_token: "again",
    });
  });
});

describe("signing out", () => {
  async function signOut(app: PublicClientApplication): Promise<void> {
    const [account] = await app.getAccounts({ homeAccountId: HOME });
    await app.removeAccount(account as Account);
  }

  test("cache 17: a member of a family removes all that the family has of the user", async () => {
    const cache = cacheOf(
      signIn({ response: { foci: "1" } }),
      signIn({ client: OTHER_CLIENT, tenant: OTHER_TENANT, response: { foci: "1" } }),
    );
    const { app } = setup({ cache });

    await signOut(app);

    const { AppMetadata, ...tokens } = rows(cache);
    expect(Object.values(tokens).flat()).toEqual([]);
    expect(AppMetadata).toHaveLength(2);
  });

  // Decision 6: under all names of the environment.
  test("cache 17: the family's tokens go under the other names of the host, too", async () => {
    const cache = cacheOf(
      signIn({ response: { foci: "1" } }),
      signIn({
        client: OTHER_CLIENT,
        environment: "login.windows.net",
        response: { foci: "1" },
      }),
    );
    const { app } = setup({ cache });

    await signOut(app);

    const { AppMetadata, ...tokens } = rows(cache);
    expect(Object.values(tokens).flat()).toEqual([]);
  });

  // Decision 6: this client's tokens and its family's; 1.24.0 removed the access tokens of all clients.
  test("tokens of unrelated clients and of other users stay", async () => {
    const cache = cacheOf(
      signIn({ response: { foci: "1" } }),
      signIn({ client: OTHER_CLIENT, response: { access_token: "at-2", refresh_token: "rt-2" } }),
      signIn({
        uid: "99999999-aaaa-4aaa-8aaa-000000000001",
        response: { access_token: "at-3", refresh_token: "rt-3" },
      }),
      appToken(),
    );
    const { app } = setup({ cache });

    await signOut(app);

    expect(secrets(cache)).toMatchObject({
      AccessToken: ["at-2", "at-3", "at-app"],
      RefreshToken: ["rt-2", "rt-3"],
    });
    expect(cache.find("Account")).toMatchObject([
      { home_account_id: `99999999-aaaa-4aaa-8aaa-000000000001.${TENANT}` },
    ]);
  });

  // There is no modify(): a row goes when its account does.
  test("cache 28: what was removed is gone from the text, and the change is told", async () => {
    const cache = cacheOf(signIn());
    const { app } = setup({ cache });
    cache.serialize();

    await signOut(app);

    expect(cache.hasStateChanged).toBe(true);
    expect(saved(cache)).toEqual({
      AccessToken: {},
      Account: {},
      IdToken: {},
      RefreshToken: {},
      AppMetadata: {
        [`appmetadata-${HOST}-${CLIENT_ID}`]: { client_id: CLIENT_ID, environment: HOST },
      },
    });
  });

  test("twice changes nothing the second time", async () => {
    const cache = cacheOf(signIn());
    const { app } = setup({ cache });
    const account = await onlyAccount(app);
    await app.removeAccount(account);
    cache.serialize();

    await app.removeAccount(account);

    expect(cache.hasStateChanged).toBe(false);
  });

  test("leaves what the library does not know", async () => {
    const theirs = { customized: { a: [1] }, AccessToken: { x: { foo: "bar" } } };
    const cache = loaded(theirs);
    cache.add(signIn(), NOW);
    const { app } = setup({ cache });

    await signOut(app);

    expect(saved(cache)).toMatchObject(theirs);
  });

  test("removes rows whatever key they are kept under, and whatever the case of ids", async () => {
    const state = saved(cacheOf(signIn()));
    const renamed = Object.fromEntries(
      Object.entries(state).map(([section, entries]) => [
        section,
        Object.fromEntries(
          Object.values(entries).map((row, i) => [
            `foreign ${i}`,
            section === "AppMetadata"
              ? row
              : { ...row, home_account_id: HOME.toUpperCase(), environment: HOST.toUpperCase() },
          ]),
        ),
      ]),
    );
    const cache = loaded(renamed);
    const { app } = setup({ cache });

    await signOut(app);

    const { AppMetadata, ...tokens } = rows(cache);
    expect(Object.values(tokens).flat()).toEqual([]);
  });
});

describe("what a client tells the cache", () => {
  /** Notes every event. */
  class Watching extends SerializableTokenCache {
    readonly events: TokenEvent[] = [];

    override add(event: TokenEvent, now?: number): void {
      this.events.push(event);
      super.add(event, now);
    }
  }

  test("an overridden add sees every event of a flow", async () => {
    const cache = new Watching();
    const replies = [{ body: { access_token: "at-app", expires_in: 3600 } }, { body: {} }];
    const { daemon, requests } = setup({ cache, replies });

    await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);
    const flow = await daemon.initiateAuthCodeFlow(["User.Read"], {
      redirectUri: "https://app.example/redirect",
    });
    const nonce = new URL(flow.authUri).searchParams.get("nonce");
    Object.assign(replies[1]!.body, {
      ...REFRESHED,
      expires_in: 0,
      id_token: idToken({ nonce }),
      client_info: clientInfo(),
    });
    await daemon.acquireTokenByAuthCodeFlow(flow, { code: "code", state: flow.state });

    expect(requests).toHaveLength(2);
    const where = {
      client_id: CLIENT_ID,
      environment: HOST,
      token_endpoint: `https://${HOST}/${TENANT}/oauth2/v2.0/token`,
    };
    expect(cache.events).toMatchObject([
      {
        ...where,
        grant_type: "client_credentials",
        scope: ["https://vault.azure.net/.default"],
        response: { access_token: "at-app" },
      },
      {
        ...where,
        grant_type: "authorization_code",
        scope: ["User.Read"],
        response: { access_token: "at-new", refresh_token: "rt-new" },
      },
    ]);
    expect(cache.find("RefreshToken")).toHaveLength(1);
  });

  test("an overridden add that keeps nothing keeps nothing", async () => {
    class Forgetful extends SerializableTokenCache {
      override add(): void {}
    }
    const cache = new Forgetful();
    const reply = { body: { access_token: "at-app", expires_in: 3600 } };
    const { daemon } = setup({ cache, replies: [reply, reply] });

    await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);
    await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

    expect(saved(cache)).toEqual({});
  });

  test("an answer that is a refusal is no event", async () => {
    const cache = new Watching();
    const { daemon } = setup({
      cache,
      replies: [{ status: 401, body: { error: "invalid_client" } }],
    });

    expect(await daemon.acquireTokenForClient(["https://vault.azure.net/.default"])).toMatchObject({
      error: "invalid_client",
    });
    expect(cache.events).toEqual([]);
    expect(cache.hasStateChanged).toBe(false);
  });

  test("scopes that the answer does not name are those that were asked for", async () => {
    const { daemon, cache } = setup({
      replies: [{ body: { access_token: "at-app", expires_in: 3600 } }],
    });

    await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

    expect(cache.find("AccessToken")).toMatchObject([
      { target: "https://vault.azure.net/.default", home_account_id: null },
    ]);
  });

  test("cache 25: a lifetime that nobody names is told, and is 600 seconds", async () => {
    const { daemon, cache, warnings } = setup({ replies: [{ body: { access_token: "at-app" } }] });

    const result = await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

    expect(result).toMatchObject({ expires_in: 600 });
    expect(cache.find("AccessToken")).toMatchObject([{ expires_on: String(NOW + 600) }]);
    expect(warnings.join("\n")).toContain("expires_in");
  });

  // Decision 2: the local clock may be the one that is wrong, where 1.24.0 threw.
  test("cache 27: an expired ID token is a warning, and its tokens are kept", async () => {
    const body: Record<string, unknown> = { ...REFRESHED, client_info: clientInfo() };
    const { app, cache, warnings } = setup({ replies: [{ body }] });
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
    const nonce = new URL(flow.authUri).searchParams.get("nonce");
    body.id_token = idToken({ nonce, iat: NOW - 9000, exp: NOW - 5400 });

    const result = await app.acquireTokenByAuthCodeFlow(flow, { code: "c", state: flow.state });

    expect(result).toMatchObject({ access_token: "at-new" });
    expect(warnings.join("\n")).toContain("expired");
    expect(cache.find("IdToken")).toHaveLength(1);
  });

  test("cache 26: an ID token for another client throws, and nothing is kept", async () => {
    const body: Record<string, unknown> = { ...REFRESHED, client_info: clientInfo() };
    const cache = new SerializableTokenCache();
    const { app } = setup({ cache, replies: [{ body }] });
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
    const nonce = new URL(flow.authUri).searchParams.get("nonce");
    body.id_token = idToken({ nonce, aud: OTHER_CLIENT });

    await expect(
      app.acquireTokenByAuthCodeFlow(flow, { code: "c", state: flow.state }),
    ).rejects.toMatchObject({ code: "invalid_id_token" });

    expect(cache.hasStateChanged).toBe(false);
    expect(saved(cache)).toEqual({});
  });
});
