import type { Account } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  CONTOSO,
  clientInfo,
  contents,
  FABRIKAM,
  HOST,
  idToken,
  remember,
  START,
  setup,
  setupScript,
  USER,
} from "../setup.js";

/** Tokens of Ada as a guest of Fabrikam. */
function rememberGuest(cache: Parameters<typeof remember>[0], claims: object = {}): void {
  remember(
    cache,
    {
      access_token: "access-token-in-fabrikam",
      id_token: idToken({ oid: "oid-in-fabrikam", tid: FABRIKAM, ...claims }),
    },
    { token_endpoint: `https://${HOST}/${FABRIKAM}/oauth2/v2.0/token` },
  );
}

// Decision 3: a known cloud's aliases are built in.
test("flows AUT-01, authority 12: getAccounts on an empty cache asks nobody", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp({ authority: "https://login.microsoftonline.com/common" });

  expect(await app.getAccounts()).toEqual([]);
  expect(requests).toEqual([]);
});

test("flows APP-40: who signed in to two tenants is one account, and the home tenant speaks for it", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  rememberGuest(app.tokenCache, { preferred_username: "ada@fabrikam.com" });

  expect(await app.getAccounts()).toEqual([
    {
      homeAccountId: USER.homeAccountId,
      environment: HOST,
      username: ADA,
      localAccountId: USER.oid,
      realm: CONTOSO,
      authorityType: "MSSTS",
      name: "Ada Lovelace",
    },
  ]);
});

test("flows B-34: an account is found by each of its usernames, in any case", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  rememberGuest(app.tokenCache, { preferred_username: "ada@fabrikam.com" });

  for (const username of [ADA, ADA.toUpperCase(), "ada@Fabrikam.com"]) {
    expect(await app.getAccounts({ username })).toMatchObject([{ username: ADA }]);
  }
  expect(await app.getAccounts({ username: "ada" })).toEqual([]);
  expect(await app.getAccounts({ username: "grace@contoso.com" })).toEqual([]);
});

test("an account is found by its id, in any case, if the username fits as well", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);

  const { homeAccountId } = USER;
  expect(await app.getAccounts({ homeAccountId })).toHaveLength(1);
  expect(await app.getAccounts({ homeAccountId: homeAccountId.toUpperCase() })).toHaveLength(1);
  expect(await app.getAccounts({ homeAccountId, username: ADA })).toHaveLength(1);
  expect(await app.getAccounts({ homeAccountId, username: "grace" })).toEqual([]);
  expect(await app.getAccounts({ homeAccountId: "somebody.else" })).toEqual([]);
});

test("several users of one browser are several accounts", async () => {
  const { webApp, signIn } = setup();
  const app = webApp();
  await signIn(app);
  await signIn(app, { username: "grace@contoso.onmicrosoft.com" });

  const accounts = await app.getAccounts();

  expect(accounts.map(({ username }) => username).sort()).toEqual([
    ADA,
    "grace@contoso.onmicrosoft.com",
  ]);
});

test("accounts are plain data that survives JSON, and changing one changes nothing in the cache", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const [account] = await app.getAccounts();

  expect(JSON.parse(JSON.stringify(account))).toEqual(account);
  Object.assign(account as Account, { username: "changed" });

  expect(await app.getAccounts()).toMatchObject([{ username: ADA }]);
});

test("an application's own token is nobody's account", async () => {
  const { webApp } = setup();
  const app = webApp();

  await app.acquireTokenForClient(["https://graph.microsoft.com/.default"]);

  expect(await app.getAccounts()).toEqual([]);
});

test("removing an account removes its tokens in all tenants, and nobody is asked", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  rememberGuest(app.tokenCache);
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  expect(contents(app.tokenCache)).toMatchObject({
    accessTokens: [],
    refreshTokens: [],
    idTokens: [],
    accounts: [],
    metadata: [{ client_id: app.clientId }],
  });
  expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();
  expect(requests).toEqual([]);
});

test("removing one account leaves the others, and the application's own token", async () => {
  const { webApp, signIn } = setup();
  const app = webApp();
  await signIn(app);
  await signIn(app, { username: "grace@contoso.onmicrosoft.com" });
  await app.acquireTokenForClient(["https://graph.microsoft.com/.default"]);
  const [ada] = await app.getAccounts({ username: ADA });

  await app.removeAccount(ada as Account);

  const [grace, ...others] = await app.getAccounts();
  expect(others).toEqual([]);
  expect(await app.acquireTokenSilent(["User.Read"], grace)).toMatchObject({
    token_source: "cache",
  });
  expect(await app.acquireTokenForClient(["https://graph.microsoft.com/.default"])).toMatchObject({
    token_source: "cache",
  });
});

test("removing an account leaves tokens of unrelated clients (decision 6)", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  remember(app.tokenCache, { access_token: "theirs" }, { client_id: "unrelated" });
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  const left = { query: { client_id: "unrelated" } };
  expect(app.tokenCache.find("AccessToken")).toMatchObject([{ secret: "theirs" }]);
  expect(app.tokenCache.find("AccessToken", left)).toHaveLength(1);
  expect(app.tokenCache.find("RefreshToken", left)).toHaveLength(1);
  expect(app.tokenCache.find("IdToken", left)).toHaveLength(1);
});

test("removing an account that is not there does nothing", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);

  await app.removeAccount({ homeAccountId: "somebody.else", environment: HOST } as Account);

  expect(contents(app.tokenCache)).toEqual(before);
});

// What is no account, and the member that the message names.
test.for<[unknown, string]>([
  [undefined, "account"],
  [null, "account"],
  ["ada", "account"],
  [{}, "homeAccountId"],
  [{ homeAccountId: "", environment: HOST }, "homeAccountId"],
  [{ homeAccountId: "a.b" }, "environment"],
])("removing what is no account is refused: %j", async ([account, name]) => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { client_info: clientInfo() }, {}, START);

  const removed = app.removeAccount(account as Account);

  await expect(removed).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(name),
  });
  expect(await app.getAccounts()).toHaveLength(1);
});

test("a call whose signal has aborted already rejects with the signal's reason", async () => {
  const { webApp } = setupScript();
  const signal = AbortSignal.abort(new Error("too late"));

  await expect(webApp().getAccounts({ signal })).rejects.toThrow("too late");
});
