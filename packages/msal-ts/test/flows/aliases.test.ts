import { type Account, SerializableTokenCache } from "msal-ts";
import { expect, test } from "vitest";
import {
  AUTHORITY,
  CONTOSO,
  contents,
  held,
  idToken,
  remember,
  START,
  setupScript,
  TOKEN_ENDPOINT,
  USER,
  userTokens,
} from "../setup.js";

const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;

/** Ada's tokens, kept under another name of the public cloud's host. */
function setupAlias(members: Record<string, unknown> = {}) {
  const around = setupScript();
  const app = around.webApp();
  const environment = "sts.windows.net";
  remember(app.tokenCache, members, {
    environment,
    token_endpoint: `https://${environment}/${CONTOSO}/oauth2/v2.0/token`,
  });
  return { ...around, app };
}

test("flows APP-16, authority 21: accounts kept under an alias of the authority's host are found", async () => {
  const { app, requests } = setupAlias();

  expect(await app.getAccounts()).toMatchObject([{ environment: "sts.windows.net" }]);
  expect(requests).toEqual([]);
});

test("flows APP-17, authority 21: an access token kept under an alias serves", async () => {
  const { app, requests } = setupAlias();

  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
    access_token: "access-token-of-ada",
    token_source: "cache",
  });
  expect(requests).toEqual([]);
});

// Decisions 3 and 18: neither alias metadata nor the alias's endpoints are asked for.
test("flows APP-18, X-19, authority 21: a refresh token kept under an alias is redeemed, and the new token is kept there", async () => {
  const { app, script, requests } = setupAlias();
  script({ body: userTokens({ access_token: "new", scope: "Mail.Read" }) });

  const result = await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(result).toMatchObject({ access_token: "new" });
  expect(requests.map(({ method, url }) => [method, url])).toEqual([["POST", TOKEN_ENDPOINT]]);
  expect(requests[0]?.form.refresh_token).toBe("refresh-token-of-ada");
  expect(app.tokenCache.find("AccessToken", { target: ["Mail.Read"] })).toMatchObject([
    { environment: "sts.windows.net", realm: CONTOSO, secret: "new" },
  ]);
});

test("an aging token under an alias serves at once and is renewed in the background", async () => {
  const { app, script, settled } = setupAlias({ refresh_in: -1 });
  script({ body: userTokens({ access_token: "new" }) });

  const first = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(first).toMatchObject({ access_token: "access-token-of-ada" });
  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
    access_token: "new",
  });
});

test("what the authority's own name refused, an alias may still give", async () => {
  const { app, script, requests } = setupAlias({ access_token: undefined });
  remember(app.tokenCache, { access_token: undefined, refresh_token: "own" });
  script({ status: 400, body: { error: "invalid_grant" } }, { body: userTokens() });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(result).not.toBeNull();
  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["own", "refresh-token-of-ada"]);
});

test("who joins a renewal in the background gets what an alias' refresh token gives", async () => {
  const answer = held();
  const { app, script, requests, clock } = setupAlias({ access_token: undefined });
  remember(app.tokenCache, { refresh_in: -1, refresh_token: "own" });
  script(answer.reply, { body: userTokens({ access_token: "new" }) });
  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await answer.asked;
  clock.advance(3600);

  const joined = app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  answer.give({ status: 400, body: { error: "invalid_grant" } });

  expect(await joined).toMatchObject({ access_token: "new" });
  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["own", "refresh-token-of-ada"]);
});

test("when all names refuse, the last refusal is told", async () => {
  const { app, script } = setupAlias({ access_token: undefined });
  remember(app.tokenCache, { access_token: undefined });
  script(
    { status: 400, body: { error: "first" } },
    { status: 400, body: { error: "last", suberror: "basic_action" } },
  );

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(result).toEqual({
    error: "last",
    suberror: "basic_action",
    classification: "basic_action",
  });
});

test("all attempts of one call carry one correlation id", async () => {
  const { app, script, requests } = setupAlias({ access_token: undefined });
  remember(app.tokenCache, { access_token: undefined });
  const refused = { status: 400, body: { error: "invalid_grant" } };
  script(refused, refused);

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  const ids = requests.map(({ headers }) => headers["client-request-id"]);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(ids).toEqual([ids[0], ids[0]]);
});

test("tokens of another cloud are not this one's", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache, {}, { environment: "login.microsoftonline.us" });

  expect(await app.getAccounts()).toEqual([]);
  expect(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID)).toBeNull();
  expect(requests).toEqual([]);
});

test("flows B-32: removing an account removes it under all names of its host", async () => {
  const { app } = setupAlias();
  remember(app.tokenCache);
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  expect(contents(app.tokenCache)).toMatchObject({
    accessTokens: [],
    refreshTokens: [],
    idTokens: [],
    accounts: [],
  });
  expect(await app.getAccounts()).toEqual([]);
});

test("an account found under an alias is removed under the authority's name too", async () => {
  const { app } = setupAlias();
  const [account] = await app.getAccounts();
  remember(app.tokenCache);

  await app.removeAccount(account as Account);

  expect(contents(app.tokenCache)).toMatchObject({ accounts: [], refreshTokens: [] });
});

test("a family is signed out under all names, wherever it is known that the client belongs to it", async () => {
  const { desktopApp } = setupScript();
  const member = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
  const sibling = "1950a258-227b-4e31-a9cf-717495945fc2";
  const tokenCache = new SerializableTokenCache();
  remember(tokenCache, { foci: "1", id_token: idToken({ aud: member }) }, { client_id: member });
  remember(
    tokenCache,
    { foci: "1", refresh_token: "sibling's", id_token: idToken({ aud: sibling }) },
    { client_id: sibling, environment: "login.windows.net" },
  );
  const app = desktopApp({ tokenCache }, member);
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  expect(contents(tokenCache)).toMatchObject({ accessTokens: [], refreshTokens: [], accounts: [] });
});

// What MSAL Go, Java and .NET write for the same sign-in, beside what we do.
test.for([["login.windows.net"], ["login.microsoft.com"], ["sts.windows.net"]])(
  "an application's own token under %s serves as well",
  async ([environment]) => {
    const { webApp, requests } = setupScript();
    const app = webApp();
    app.tokenCache.add(
      {
        client_id: app.clientId,
        scope: ["https://graph.microsoft.com/.default"],
        token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
        environment,
        response: { access_token: "app-token", token_type: "Bearer", expires_in: 3600 },
      },
      START,
    );

    const result = await app.acquireTokenForClient(["https://graph.microsoft.com/.default"]);

    expect(result).toMatchObject({ access_token: "app-token", token_source: "cache" });
    expect(requests).toEqual([]);
  },
);
