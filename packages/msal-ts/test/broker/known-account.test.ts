/** Flows §10.5, §10.6, §6.2: what a broker does without asking the user. */
import type { Account } from "msal-ts";
import { PersistedTokenCache, PublicClientApplication, SerializableTokenCache } from "msal-ts";
import { expect, test } from "vitest";
import { MemoryStore } from "../cache/memory-store.js";
import {
  ADA,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  idToken,
  PASSWORD,
  remember,
  setup,
  USER,
  userTokens,
} from "../setup.js";
import { ACCOUNT_ID, brokerToken, FakeBroker, failure, setupBroker } from "./setup.js";

const parentWindowHandle: typeof PublicClientApplication.CONSOLE_WINDOW_HANDLE =
  PublicClientApplication.CONSOLE_WINDOW_HANDLE;
const SCOPES = ["User.Read"];
const OURS = { client_id: DESKTOP_APP };
const REFRESHED = userTokens({
  access_token: "refreshed",
  id_token: idToken({ aud: DESKTOP_APP }),
});

/** An application whose user the broker has signed in. */
async function signedIn(answers: FakeBroker["answers"] = {}) {
  const all = setupBroker({}, { signInSilently: brokerToken() });
  await all.app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  const [account] = (await all.app.getAccounts()) as [Account];
  all.broker.questions.length = 0;
  all.broker.answers = answers;
  return { ...all, account };
}

test("flows §5.1: a token in the cache is served without the broker", async () => {
  const { app, account, broker } = await signedIn();

  expect(await app.acquireTokenSilent(SCOPES, account)).toMatchObject({ token_source: "cache" });
  expect(broker.questions).toEqual([]);
});

test("flows §10.5: the account's token comes from the broker, with claims and extra parameters", async () => {
  const { app, account, broker } = await signedIn({
    acquireTokenSilently: brokerToken({ accessToken: "new", scopes: ["Mail.Read"] }),
  });

  const result = await app.acquireTokenSilent(["Mail.Read"], account, {
    claimsChallenge: '{"access_token":{"nbf":null}}',
    extraTokenParameters: { dc: "prod" },
  });

  expect(result).toMatchObject({ access_token: "new", token_source: "broker", account });
  expect(broker.questions).toMatchObject([
    {
      about: [ACCOUNT_ID],
      request: {
        scopes: ["Mail.Read"],
        claims: '{"access_token":{"nbf":null}}',
        parameters: { dc: "prod" },
        forceRefresh: true,
      },
    },
  ]);
  expect(await app.acquireTokenSilent(["Mail.Read"], account)).toMatchObject({
    access_token: "new",
    token_source: "cache",
  });
});

test("a broker's tokens live in a store: found by the next process, renewed there, signed out of it", async () => {
  const store = new MemoryStore();
  const next = (answers: FakeBroker["answers"] = {}) =>
    setupBroker({ tokenCache: new PersistedTokenCache(store) }, answers);
  const first = next({ signInSilently: brokerToken() });
  await first.app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  // Written by the time that the call ends.
  expect([...store.data.keys()]).toEqual([`user:${USER.homeAccountId}`]);

  const second = next({
    acquireTokenSilently: brokerToken({ accessToken: "new", scopes: ["Mail.Read"] }),
  });
  const [account] = (await second.app.getAccounts()) as [Account];
  const served = await second.app.acquireTokenSilent(SCOPES, account);
  const asked = await second.app.acquireTokenSilent(["Mail.Read"], account);
  const third = next();
  const found = await third.app.acquireTokenSilent(["Mail.Read"], account);
  const fourth = next();
  await fourth.app.removeAccount(account);

  expect(account).toMatchObject({ username: ADA, localAccountId: ACCOUNT_ID });
  expect(served).toMatchObject({ token_source: "cache" });
  expect(asked).toMatchObject({ access_token: "new", token_source: "broker" });
  expect(second.broker.questions).toMatchObject([{ about: [ACCOUNT_ID] }]);
  expect(found).toMatchObject({ access_token: "new", token_source: "cache" });
  expect(third.broker.questions).toEqual([]);
  expect(fourth.broker.questions).toMatchObject([{ operation: "signOut", about: [ACCOUNT_ID] }]);
  expect([...store.data]).toEqual([]);
});

test("identical silent calls ask the broker once", async () => {
  const { app, account, broker } = await signedIn({ acquireTokenSilently: brokerToken() });

  await Promise.all([1, 2, 3].map(() => app.acquireTokenSilent(["Mail.Read"], account)));

  expect(broker.questions).toHaveLength(1);
});

test("who joins a silent call gets the token whatever else the claims hold; callers never get the broker's own", async () => {
  const claims = { sub: "pairwise", oid: USER.oid, toJSON: undefined, read: () => {} };
  const { app, account } = await signedIn({
    acquireTokenSilently: brokerToken({ idTokenClaims: claims }),
  });

  const results = await Promise.all(
    [1, 2].map(() => app.acquireTokenSilent(["Mail.Read"], account)),
  );

  for (const result of results) {
    expect(result?.id_token_claims).toEqual({ sub: "pairwise", oid: USER.oid });
    Object.assign(result?.id_token_claims ?? {}, { sub: "changed" });
  }
  expect(claims.sub).toBe("pairwise");
});

test("flows §10.8: a failure about the broker's own account is final, thrown or not", async () => {
  const { app, account, broker } = await signedIn({ acquireTokenSilently: failure("NoNetwork") });
  const ask = () => app.acquireTokenSilentWithError(["Mail.Read"], account);

  expect(await ask()).toMatchObject({
    error: "broker_error",
    error_description: expect.stringContaining("Status_NoNetwork"),
  });
  broker.answers.acquireTokenSilently = new Error("gone");
  expect(await ask()).toMatchObject({ error: "broker_error" });
  expect(await app.acquireTokenSilent(["Mail.Read"], account)).toBeNull();
});

// Of an account that signed in with a browser the broker may know nothing, or not be able to say.
test.for([undefined, failure("AccountUnusable"), new Error("no such account")])(
  "flows §10.5, §10.8: an account that the broker does not know is refreshed as ever (%o)",
  async (acquireTokenSilently) => {
    const { app, broker } = setupBroker({}, { acquireTokenSilently }, { body: REFRESHED });
    remember(app.tokenCache, {}, OURS);
    const [account] = await app.getAccounts();

    const result = await app.acquireTokenSilent(["Mail.Read"], account);

    expect(result).toMatchObject({ access_token: "refreshed", token_source: "identity_provider" });
    expect(broker.questions).toMatchObject([{ about: [USER.oid] }]);
  },
);

test("deltas 21: an account that MSAL Python marked as signed in by others is not asked for", async () => {
  const tokenCache = new SerializableTokenCache();
  remember(tokenCache, {}, OURS);
  const state = JSON.parse(tokenCache.serialize()) as Record<string, Record<string, object>>;
  for (const row of Object.values(state.Account ?? {})) {
    Object.assign(row, { account_source: "urn:ietf:params:oauth:grant-type:device_code" });
  }
  tokenCache.deserialize(JSON.stringify(state));
  const { app, broker } = setupBroker({ tokenCache }, {}, { body: REFRESHED });
  const [account] = (await app.getAccounts()) as [Account];

  const result = await app.acquireTokenSilent(["Mail.Read"], account);
  await app.removeAccount(account);

  expect(result).toMatchObject({ access_token: "refreshed" });
  expect(broker.starts).toEqual([]);
});

test("a later sign-in with a browser takes the broker's mark off the account", async () => {
  const { app, account } = await signedIn();

  remember(app.tokenCache, {}, OURS);

  const [row, ...others] = contents(app.tokenCache).accounts;
  expect(others).toEqual([]);
  expect(row).toMatchObject({ local_account_id: USER.oid });
  expect(row).not.toHaveProperty("account_source");
  expect(await app.getAccounts()).toMatchObject([{ homeAccountId: account.homeAccountId }]);
});

test("the token of another account is refused, and not cached", async () => {
  const { app, account } = await signedIn({
    acquireTokenSilently: brokerToken({ homeAccountId: `another.${CONTOSO}` }),
  });

  const result = await app.acquireTokenSilentWithError(["Mail.Read"], account);

  expect(result).toMatchObject({ error: "broker_error" });
  expect(await app.getAccounts()).toHaveLength(1);
  expect(contents(app.tokenCache).accessTokens).toHaveLength(1);
});

test("signed out meanwhile: so it is for an account under another name of the host", async () => {
  const { app, broker } = setupBroker();
  const elsewhere = { ...OURS, environment: "login.windows.net" };
  remember(app.tokenCache, {}, elsewhere);
  const [account] = (await app.getAccounts()) as [Account];
  broker.answers.acquireTokenSilently = async () => {
    await app.removeAccount(account);
    return brokerToken();
  };

  const result = await app.acquireTokenSilent(["Mail.Read"], account);

  expect(result).toMatchObject({ token_source: "broker" });
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: [expect.anything()] });
});

test("signed out while the broker is asked: the token is handed out, not cached", async () => {
  const { app, account, broker } = await signedIn();
  broker.answers.acquireTokenSilently = async () => {
    await app.removeAccount(account);
    return brokerToken();
  };

  const result = await app.acquireTokenSilent(["Mail.Read"], account);

  expect(result).toMatchObject({ token_source: "broker" });
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: [expect.anything()] });
});

test("a broker that does not answer is given up after the client's timeout", async () => {
  const { app, broker } = setupBroker(
    { timeout: 20 },
    { acquireTokenSilently: () => new Promise(() => {}) },
  );
  remember(app.tokenCache, {}, OURS);
  const [account] = await app.getAccounts();

  await expect(app.acquireTokenSilent(["Mail.Read"], account)).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining("20 ms"),
  });
  expect(broker.questions[0]?.request.signal?.aborted).toBe(true);
});

test("flows B-32, §6.2: removeAccount signs out of the broker first; that it cannot is logged", async () => {
  const { app, account, broker, warnings } = await signedIn();
  let known: unknown;
  broker.answers.signOut = async () => {
    known = await app.getAccounts();
    return failure("NoNetwork");
  };

  await app.removeAccount(account);

  expect(known).toHaveLength(1);
  expect(broker.questions).toMatchObject([{ operation: "signOut", about: [ACCOUNT_ID] }]);
  expect(await app.getAccounts()).toEqual([]);
  expect(warnings()).toEqual([expect.stringContaining('"NoNetwork"')]);
});

// What a broker may do instead of signing out.
test.for<[string, FakeBroker["answers"]["signOut"], string]>([
  ["throws", new Error("gone"), "an unexpected error"],
  ["never answers", () => new Promise(() => {}), "20 ms"],
])("removeAccount forgets the account if the broker %s", async ([, signOut, reason]) => {
  const { app, warnings } = setupBroker(
    { timeout: 20 },
    { signInSilently: brokerToken(), signOut },
  );
  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  const [account] = (await app.getAccounts()) as [Account];

  await app.removeAccount(account);

  expect(await app.getAccounts()).toEqual([]);
  expect(warnings()).toEqual([expect.stringContaining(reason)]);
});

test("an aborted removeAccount forgets nothing", async () => {
  const { app, account, broker } = await signedIn();
  const controller = new AbortController();
  broker.answers.signOut = () => {
    controller.abort(new Error("stopped"));
    return new Promise(() => {});
  };

  await expect(app.removeAccount(account, { signal: controller.signal })).rejects.toThrow(
    "stopped",
  );

  expect(await app.getAccounts()).toHaveLength(1);
});

test("flows §10.6, B-53: a password goes to the broker, with extra parameters, and to nobody else", async () => {
  const { app, broker, requests, log } = setupBroker(
    {},
    { signInWithPassword: brokerToken({ idTokenClaims: { sub: "pairwise" } }) },
  );
  await app.getAccounts();
  broker.answers.signInWithPassword = () => {
    broker.starts[0]?.logger.debug(`signing in with ${PASSWORD}`);
    return brokerToken({ idTokenClaims: { sub: "pairwise" } });
  };

  const result = await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES, {
    extraTokenParameters: { dc: "prod" },
  });

  expect(result).toMatchObject({ token_source: "broker", account: { username: ADA } });
  expect(broker.questions).toMatchObject([
    { about: [ADA, PASSWORD], request: { scopes: SCOPES, parameters: { dc: "prod" } } },
  ]);
  expect(requests).toEqual([]);
  const lines = log.map(({ message }) => message);
  expect(lines).toContain("Broker: signing in with ***");
  expect(lines.join()).not.toContain(PASSWORD);
});

test("flows §10.6: a broker that goes on with a password when nobody waits any more logs none", async () => {
  const { app, broker, log } = setupBroker({ timeout: 20 });
  let goOn = (): void => {};
  broker.answers.signInWithPassword = () =>
    new Promise((resolve) => {
      goOn = () => {
        broker.starts[0]?.logger.debug(`still signing in with ${PASSWORD}`);
        resolve(failure("NoNetwork"));
      };
    });

  await expect(app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES)).rejects.toMatchObject({
    code: "timeout",
  });
  goOn();

  expect(log.map(({ message }) => message)).toContain("Broker: still signing in with ***");
});

test("flows §10.6: nor does one that was given the same password twice, when it is done with one", async () => {
  const { app, broker, log } = setupBroker();
  const answers: ((failure: unknown) => void)[] = [];
  broker.answers.signInWithPassword = () => new Promise((resolve) => answers.push(resolve));
  const signIn = () => app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);
  const both = [signIn(), signIn()];
  await expect.poll(() => answers.length).toBe(2);

  answers[0]?.(failure("NoNetwork"));
  await both[0];
  broker.starts[0]?.logger.debug(`still signing in with ${PASSWORD}`);
  answers[1]?.(failure("NoNetwork"));
  await both[1];

  expect(log.map(({ message }) => message)).toContain("Broker: still signing in with ***");
});

// How a broker may repeat what it was given.
const QUOTED = 'pass"word\\1';
test.for<[string, FakeBroker["answers"]["signInWithPassword"]]>([
  ["thrown", new Error(`No user has the password ${QUOTED}.`)],
  ["answered", failure("IncorrectConfiguration", `No user has the password ${QUOTED}.`)],
  ["as JSON", new Error(`No user has the password ${JSON.stringify(QUOTED)}.`)],
])("flows §10.6: a password that comes back, %s, is taken out", async ([, signInWithPassword]) => {
  const { app } = setupBroker({}, { signInWithPassword });

  const result = await app.acquireTokenByUsernamePassword(ADA, QUOTED, SCOPES);

  expect(result).toMatchObject({
    error: "broker_error",
    error_description: expect.stringMatching(/^No user has the password "?\*\*\*"?\. Status/),
  });
});

test("flows §10.6: what the broker says about a password is a value", async () => {
  const { app } = setupBroker({}, { signInWithPassword: failure("IncorrectConfiguration") });

  expect(await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES)).toMatchObject({
    error: "broker_error",
  });
});

test("a broker that takes no passwords leaves them to the provider, and the log says so", async () => {
  const { desktopApp, log } = setup();
  const app = desktopApp({ allowBroker: true, broker: new FakeBroker() });

  const result = await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(result).toMatchObject({ token_source: "identity_provider" });
  expect(log).toContainEqual({
    level: "info",
    message: expect.stringContaining("takes no passwords"),
  });
});
