import { type Account, SerializableTokenCache, type TokenCache } from "msal-ts";
import { expect, test } from "vitest";
import {
  AZURE_CLI,
  AZURE_POWERSHELL,
  contents,
  HOST,
  held,
  idToken,
  remember,
  START,
  setup,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;

/** A client that never signed in, beside a member of the family that did. */
function setupSibling() {
  const around = setupScript();
  const app = around.desktopApp({}, AZURE_POWERSHELL);
  remember(
    app.tokenCache,
    { refresh_token: "family-refresh-token", foci: "1" },
    { client_id: AZURE_CLI },
  );
  return { ...around, app };
}

/** What the platform answers a member of the family with. */
function familyTokens(members: Record<string, unknown> = {}): Record<string, unknown> {
  return userTokens({ id_token: idToken({ aud: AZURE_POWERSHELL }), foci: "1", ...members });
}

function refreshTokens(cache: TokenCache): unknown[] {
  return contents(cache).refreshTokens.map(({ secret }) => secret);
}

function ownRefreshToken(cache: TokenCache, members: Record<string, unknown> = {}): void {
  remember(
    cache,
    { access_token: undefined, refresh_token: "own-refresh-token", ...members },
    { client_id: AZURE_POWERSHELL },
  );
}

test("flows APP-11: a client that never signed in tries the family's refresh token, and a refusal leaves it in the cache", async () => {
  const { app, script, requests } = setupSibling();
  script({ status: 400, body: { error: "invalid_grant" } });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests).toHaveLength(1);
  expect(requests[0]?.form).toMatchObject({
    client_id: AZURE_POWERSHELL,
    refresh_token: "family-refresh-token",
  });
  expect(refreshTokens(app.tokenCache)).toEqual(["family-refresh-token"]);
});

test("flows APP-12: a client known to be of no family tries its own refresh token alone, and an empty answer is an error", async () => {
  const { app, script, requests } = setupSibling();
  ownRefreshToken(app.tokenCache);
  script({ body: {} });

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["own-refresh-token"]);
  // B-41: nothing is no success.
  expect(result).toMatchObject({ error: expect.any(String) });
});

test("flows APP-13: a client whom the family's refresh token served is known as a member from then on", async () => {
  const { app, script, requests } = setupSibling();
  script({ body: familyTokens({ access_token: "new" }) });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(result).toMatchObject({ access_token: "new" });
  expect(requests).toHaveLength(1);
  expect(
    app.tokenCache.find("AppMetadata", { query: { client_id: AZURE_POWERSHELL } }),
  ).toMatchObject([{ environment: HOST, family_id: "1" }]);
});

test("flows APP-14: the member that owns the family's refresh token gets the provider's error as it is", async () => {
  const { desktopApp, script } = setupScript();
  const app = desktopApp({}, AZURE_CLI);
  remember(app.tokenCache, { foci: "1", access_token: undefined }, { client_id: AZURE_CLI });
  script({ status: 400, body: { error: "invalid_grant", error_description: "refused" } });

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(result).toEqual({ error: "invalid_grant", error_description: "refused" });
});

test("on the platform a sign-in to one member of the family is one to the other", async () => {
  const { desktopApp, signIn } = setup();
  const cli = desktopApp({}, AZURE_CLI);
  await signIn(cli);
  const powershell = desktopApp({ tokenCache: cli.tokenCache }, AZURE_POWERSHELL);
  const [account] = await powershell.getAccounts();

  const result = await powershell.acquireTokenSilent(["User.Read"], account);

  expect(result).toMatchObject({ id_token_claims: { aud: AZURE_POWERSHELL } });
});

test("on the platform a client that is not of the family gets nothing from its refresh token", async () => {
  const { desktopApp, signIn, tokenRequests } = setup();
  const cli = desktopApp({}, AZURE_CLI);
  await signIn(cli);
  const stranger = desktopApp({ tokenCache: cli.tokenCache });
  const [account] = await stranger.getAccounts();

  expect(await stranger.acquireTokenSilentWithError(["User.Read"], account)).toBeNull();
  expect(tokenRequests()).toHaveLength(2);
});

test("flows X-03: after client_mismatch the family is given up and the own refresh token decides", async () => {
  const { desktopApp, script, requests } = setupScript();
  const tokenCache = new SerializableTokenCache();
  remember(tokenCache, { refresh_token: "family-2", foci: "1" }, { client_id: AZURE_CLI });
  remember(tokenCache, { refresh_token: "family-1", foci: "1" }, { client_id: "x" }, START - 1);
  ownRefreshToken(tokenCache);
  forgetMetadata(tokenCache);
  const app = desktopApp({ tokenCache }, AZURE_POWERSHELL);
  const mismatch = {
    error: "invalid_grant",
    suberror: "client_mismatch",
    error_additional_info: ["client_mismatch"],
  };
  script({ status: 400, body: mismatch }, { status: 400, body: mismatch });

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["family-2", "own-refresh-token"]);
  expect(result).toEqual({ ...mismatch, classification: "" });
});

test("a refusal of the family's refresh token for another reason tries the family's next one", async () => {
  const { app, script, requests } = setupSibling();
  remember(
    app.tokenCache,
    { refresh_token: "older", foci: "1" },
    { client_id: "another" },
    START - 9,
  );
  script({ status: 400, body: { error: "invalid_grant" } }, { body: familyTokens() });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["family-refresh-token", "older"]);
  expect(result).not.toBeNull();
});

test("flows B-13: a refresh token that is the family's and the client's own is tried once", async () => {
  const { desktopApp, script, requests } = setupScript();
  const app = desktopApp({}, AZURE_POWERSHELL);
  ownRefreshToken(app.tokenCache, { foci: "1" });
  script({ status: 400, body: { error: "invalid_grant" } });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["own-refresh-token"]);
});

test("flows B-14: a client with nothing but the family's refresh token gets the provider's reason", async () => {
  const { app, script } = setupSibling();
  script({ status: 400, body: { error: "interaction_required", suberror: "basic_action" } });

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(result).toEqual({
    error: "interaction_required",
    suberror: "basic_action",
    classification: "basic_action",
  });
});

// The two ways in which the platform says it.
test.for([
  [{ error: "invalid_grant", error_additional_info: ["client_mismatch"] }],
  [{ error: "invalid_grant", suberror: "client_mismatch" }],
])(
  "flows B-14: a client that is not of the family and has nothing of its own has nothing: %j",
  async ([body]) => {
    const { app, script } = setupSibling();
    script({ status: 400, body });

    expect(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID)).toBeNull();
  },
);

test("flows B-12: every refresh token is tried with the same request", async () => {
  const { app, script, requests } = setupSibling();
  remember(
    app.tokenCache,
    { refresh_token: "older", foci: "1" },
    { client_id: "other" },
    START - 9,
  );
  const refused = { status: 400, body: { error: "invalid_grant" } };
  script(refused, refused);

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID, { claimsChallenge: '{"a":null}' });

  const [first, second] = requests.map(({ form }) => ({ ...form, refresh_token: "" }));
  expect(second).toEqual(first);
  expect(first).toMatchObject({ claims: '{"a":null}' });
});

test("the new refresh token of a member takes the place of the family's, whoever owns the row", async () => {
  const { app, script } = setupSibling();
  script({ body: familyTokens({ refresh_token: "new" }) });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(contents(app.tokenCache).refreshTokens).toMatchObject([
    { client_id: AZURE_CLI, secret: "new", family_id: "1" },
  ]);
});

test("a known member tries the family's refresh token first, then its own", async () => {
  const { app, script, requests } = setupSibling();
  ownRefreshToken(app.tokenCache, { foci: "1" });
  ownRefreshToken(app.tokenCache, { foci: undefined });
  const refused = { status: 400, body: { error: "invalid_grant" } };
  script(refused, refused);

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual([
    "family-refresh-token",
    "own-refresh-token",
  ]);
});

test("flows APP-15: removing an account signs the whole family out of it", async () => {
  const { app } = setupSibling();
  ownRefreshToken(app.tokenCache, { foci: "1", access_token: "mine" });
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  expect(contents(app.tokenCache)).toMatchObject({
    accessTokens: [],
    refreshTokens: [],
    idTokens: [],
    accounts: [],
  });
});

test("removing an account of a family leaves the tokens of clients outside it", async () => {
  const { app } = setupSibling();
  ownRefreshToken(app.tokenCache, { foci: "1" });
  remember(app.tokenCache, { refresh_token: "outside" }, { client_id: "stranger" });
  const [account] = await app.getAccounts();

  await app.removeAccount(account as Account);

  expect(refreshTokens(app.tokenCache)).toEqual(["outside"]);
});

test("another account of the family is not touched by a sign-out, nor tried by a silent call", async () => {
  const { app, requests } = setupSibling();

  const result = await app.acquireTokenSilentWithError(["User.Read"], {
    homeAccountId: "somebody.else",
    environment: HOST,
  } as Account);
  await app.removeAccount({ homeAccountId: "somebody.else", environment: HOST } as Account);

  expect(result).toBeNull();
  expect(requests).toEqual([]);
  expect(refreshTokens(app.tokenCache)).toEqual(["family-refresh-token"]);
});

test("who signs out while a sibling's refresh token is redeemed stays signed out", async () => {
  const { app, script } = setupSibling();
  const answer = held();
  script(answer.reply);
  const [account] = await app.getAccounts();
  const refreshing = app.acquireTokenSilent(["Mail.Read"], account);
  await answer.asked;

  await app.removeAccount(account as Account);
  const before = contents(app.tokenCache);
  answer.give({ body: familyTokens() });

  expect(await refreshing).toMatchObject({ access_token: "access-token-of-ada" });
  expect(contents(app.tokenCache)).toEqual(before);
  expect(await app.getAccounts()).toEqual([]);
});

/** As a cache of a library that keeps no app metadata: whether a client is of a family is not known. */
function forgetMetadata(cache: SerializableTokenCache): void {
  const { AppMetadata: _, ...rest } = JSON.parse(cache.serialize());
  cache.deserialize(JSON.stringify(rest));
}
