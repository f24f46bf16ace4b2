import { type Account, type CredentialType, isTokenError, SerializableTokenCache } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  CONTOSO,
  contents,
  EMPTY,
  FABRIKAM,
  HOST,
  held,
  idToken,
  remember,
  START,
  setup,
  setupScript,
  TOKEN_ENDPOINT,
  USER,
  userTokens,
  WEB_APP,
} from "../setup.js";

/** Ada, as an application that kept nothing but her id knows her. */
const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;

test("flows E2E-01: after a sign-in the same scopes get the same token from the cache, without a refresh token", async () => {
  const { webApp, signIn, idp } = setup();
  const app = webApp();
  const signedIn = await signIn(app);
  const [account] = await app.getAccounts({ username: ADA });
  idp.requests.length = 0;

  const result = await app.acquireTokenSilent(["User.Read"], account);

  expect(result).toEqual({
    access_token: (signedIn as { access_token: string }).access_token,
    token_type: "Bearer",
    expires_in: expect.any(Number),
    token_source: "cache",
    account,
  });
  expect(idp.requests).toEqual([]);
});

test("flows E2E-02: without an access token a refresh token is redeemed; without either there is nothing", async () => {
  const { webApp, signIn, clock } = setup();
  const app = webApp();
  const signedIn = await signIn(app);
  const [account] = await app.getAccounts();
  clock.advance(6000);

  const refreshed = await app.acquireTokenSilent(["User.Read"], account);

  expect(refreshed).toMatchObject({ token_source: "identity_provider", account });
  expect(refreshed?.access_token).not.toBe((signedIn as { access_token: string }).access_token);
  expect(await webApp().acquireTokenSilent(["User.Read"], account)).toBeNull();
});

test("flows E2E-03: a cached token serves any part of the scopes that it was granted for", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache, {}, { scope: ["User.Read", "Mail.Read", "openid"] });

  for (const scopes of [["User.Read"], ["Mail.Read", "User.Read"], ["mail.READ"]]) {
    expect(await app.acquireTokenSilent(scopes, ADA_BY_ID)).toMatchObject({
      access_token: "access-token-of-ada",
    });
  }
  expect(requests).toEqual([]);
});

test("flows E2E-05: a new cache knows nobody", async () => {
  const { webApp } = setupScript();

  expect(await webApp().getAccounts({ username: ADA })).toEqual([]);
});

test("flows E2E-23: in the US Government's cloud an empty cache and no account are null, and nobody is asked", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp({ authority: `https://login.microsoftonline.us/${CONTOSO}` });

  expect(await app.acquireTokenSilent(["User.Read"], null)).toBeNull();
  expect(requests).toEqual([]);
});

// Decision 3: nobody is asked for aliases of a known cloud.
test("flows APP-05: with nothing in the cache even the variant that tells errors has only null", async () => {
  const { webApp, requests } = setupScript();

  expect(await webApp().acquireTokenSilentWithError(["cache_miss"], ADA_BY_ID)).toBeNull();
  expect(requests).toEqual([]);
});

test.for([[null], [undefined]])(
  "no account (%s) is no token, without a request",
  async ([none]) => {
    const { webApp } = setupScript();
    const app = webApp();
    remember(app.tokenCache);

    expect(await app.acquireTokenSilent(["User.Read"], none)).toBeNull();
    expect(await app.acquireTokenSilentWithError(["User.Read"], none)).toBeNull();
  },
);

/** Ada's access token has expired; her refresh token is answered with this. */
async function refusedWith(body: Record<string, unknown>) {
  const { webApp, clock, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  clock.advance(3600);
  script({ status: 400, body });
  return app;
}

test("flows APP-06: a refused refresh is null for those who want no reason", async () => {
  const app = await refusedWith({ error: "invalid_grant", suberror: "xyz" });

  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toBeNull();
});

test("flows APP-07: a refused refresh is the provider's own object for those who want the reason", async () => {
  const app = await refusedWith({ error: "invalid_grant", error_description: "xyz" });

  expect(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID)).toEqual({
    error: "invalid_grant",
    error_description: "xyz",
  });
});

test("flows APP-08: a suberror that applications can act on is its own classification", async () => {
  const app = await refusedWith({ error: "invalid_grant", suberror: "basic_action" });

  expect(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID)).toEqual({
    error: "invalid_grant",
    suberror: "basic_action",
    classification: "basic_action",
  });
});

// Suberrors that no application can act on.
test.for([
  ["client_mismatch"],
  ["bad_token"],
  ["token_expired"],
  ["protection_policy_required"],
  ["device_authentication_failed"],
])('flows APP-09: the suberror %s has the classification ""', async ([suberror]) => {
  const app = await refusedWith({ error: "invalid_grant", suberror });

  expect(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID)).toMatchObject({
    error: "invalid_grant",
    suberror,
    classification: "",
  });
});

test("flows APP-10: an account of which nothing but the homeAccountId is known will do", async () => {
  const { webApp } = setupScript();
  const app = webApp();
  remember(app.tokenCache);

  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
    access_token: "access-token-of-ada",
  });
});

// Flows B-16: what would match an application's own token is no account.
test.for<[unknown]>([[{}], [{ homeAccountId: "" }], [{ homeAccountId: 7 }], ["ada"], [7]])(
  "an account without a homeAccountId is refused: %j",
  async ([account]) => {
    const { webApp, script } = setupScript();
    const app = webApp();
    script({ body: { access_token: "app-token", expires_in: 3600, token_type: "Bearer" } });
    await app.acquireTokenForClient(["https://graph.microsoft.com/.default"]);

    const result = app.acquireTokenSilent(
      ["https://graph.microsoft.com/.default"],
      account as Account,
    );

    await expect(result).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("account"),
    });
  },
);

// Flows B-21.
test.for<[unknown]>([[[]], ["User.Read"], [[""]], [["a b"]], [[null]], [undefined]])(
  "scopes that are none are refused: %j",
  async ([scopes]) => {
    const { webApp } = setupScript();

    const result = webApp().acquireTokenSilent(scopes as string[], ADA_BY_ID);

    await expect(result).rejects.toMatchObject({ code: "invalid_argument" });
  },
);

test("flows APP-24: a fresh token serves a part of its scopes from the cache, without refresh_in", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp();
  remember(
    app.tokenCache,
    { expires_in: 900, refresh_in: 450, refresh_token: "rt" },
    { scope: ["s1", "s2"] },
  );

  const result = await app.acquireTokenSilent(["s1"], ADA_BY_ID);

  expect(result).toMatchObject({ access_token: "access-token-of-ada", expires_in: 900 });
  expect(Object.keys(result ?? {})).not.toContain("refresh_in");
  expect(requests).toEqual([]);
});

// Decision 12: the aging token is returned at once, the new one comes with a later call.
test("flows APP-25: an aging token serves at once and is renewed in the background, once, for reason 4", async () => {
  const { webApp, script, requests, settled } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { expires_in: 3599, refresh_in: -1, access_token: "old" });
  script({ body: userTokens({ access_token: "new", refresh_in: 1800 }) });

  const first = await Promise.all(
    Array.from({ length: 10 }, () => app.acquireTokenSilent(["User.Read"], ADA_BY_ID)),
  );
  await settled();
  const second = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(new Set(first.map((result) => result?.access_token))).toEqual(new Set(["old"]));
  expect(second).toMatchObject({ access_token: "new", token_source: "cache" });
  expect(requests).toHaveLength(1);
  expect(requests[0]?.headers["x-client-current-telemetry"]).toBe("4|84,4|");
});

// Each way for the renewal to fail.
test.for([
  ["refused", { status: 400, body: { error: "foo" } }],
  ["a status of 503", { status: 503 }],
  ["no answer", new TypeError("fetch failed")],
  ["no JSON", { body: "<html>" }],
  [
    "another user's tokens",
    { body: userTokens({ client_info: "e30", id_token: idToken({ tid: FABRIKAM }) }) },
  ],
] as const)(
  "flows APP-26, X-04, X-05: an aging token whose renewal meets %s still serves, with a warning in the log",
  async ([, reply]) => {
    const { webApp, requests, settled, warnings } = setupScript(reply);
    const app = webApp();
    remember(app.tokenCache, { expires_in: 3599, refresh_in: -1, access_token: "old" });

    const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);
    await settled();

    expect(result).toMatchObject({ access_token: "old" });
    expect(requests[0]?.headers["x-client-current-telemetry"]).toBe("4|84,4|");
    expect(warnings()).toHaveLength(1);
    expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
      access_token: "old",
    });
  },
);

test("a renewal that failed is tried again later, not by every call", async () => {
  const { webApp, script, requests, settled, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { expires_in: 3599, refresh_in: -1, access_token: "old" });
  script({ status: 503 }, { body: userTokens({ access_token: "new" }) });

  for (let call = 0; call < 20; call++) {
    await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
    await settled();
  }
  expect(requests).toHaveLength(1);
  clock.advance(600);
  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(requests).toHaveLength(2);
  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
    access_token: "new",
  });
});

test("flows APP-27: with an expired token a refused refresh is told, for reason 3", async () => {
  const { webApp, script, requests, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  clock.advance(3600);
  script({ status: 400, body: { error: "foo" } });

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);

  expect(result).toEqual({ error: "foo" });
  expect(requests[0]?.headers["x-client-current-telemetry"]).toBe("4|84,3|");
});

test("flows APP-28: with an expired token a refresh brings a new one, for reason 3, without refresh_in", async () => {
  const { webApp, script, requests, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  clock.advance(3600);
  script({ body: userTokens({ access_token: "new", refresh_in: 1800 }) });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(result).toMatchObject({ access_token: "new", token_source: "identity_provider" });
  expect(Object.keys(result ?? {})).not.toContain("refresh_in");
  expect(requests[0]?.headers["x-client-current-telemetry"]).toBe("4|84,3|");
});

// Why a refresh is sent, as telemetry numbers it.
test.for([
  ["no token for the scopes", ["Mail.Read"], {}, "4|84,2|"],
  ["forceRefresh", ["User.Read"], { forceRefresh: true }, "4|84,1|"],
  ["claimsChallenge", ["User.Read"], { claimsChallenge: "{}" }, "4|84,1|"],
] as const)("a refresh for %s says so in its telemetry", async ([, scopes, options, telemetry]) => {
  const { webApp, requests } = setupScript({ body: userTokens() });
  const app = webApp();
  remember(app.tokenCache);

  await app.acquireTokenSilent(scopes, ADA_BY_ID, options);

  expect(requests[0]?.headers["x-client-current-telemetry"]).toBe(telemetry);
});

test("forceRefresh passes over a cached token, and keeps the new one", async () => {
  const { webApp, signIn, tokenRequests } = setup();
  const app = webApp();
  await signIn(app);
  const [account] = await app.getAccounts();

  const forced = await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
  const cached = await app.acquireTokenSilent(["User.Read"], account);

  expect(forced).toMatchObject({ token_source: "identity_provider" });
  expect(cached).toMatchObject({ token_source: "cache", access_token: forced?.access_token });
  expect(tokenRequests()).toHaveLength(2);
});

// Each of them alone passes over the cached token.
test.for([
  ["forceRefresh", { forceRefresh: true }, undefined],
  ["a challenge", { claimsChallenge: '{"id_token":{}}' }, '{"id_token":{}}'],
] as const)("%s reaches the variant that tells errors, too", async ([, options, claims]) => {
  const refusal = { error: "interaction_required", error_description: "AADSTS50079" };
  const { webApp, requests } = setupScript({ status: 400, body: refusal });
  const app = webApp();
  remember(app.tokenCache);

  const result = await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID, options);

  expect(result).toMatchObject(refusal);
  expect(requests.map(({ form }) => form.claims)).toEqual([claims]);
});

test("client capabilities alone do not pass over a cached token", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp({ clientCapabilities: ["CP1"] });
  remember(app.tokenCache);

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests).toEqual([]);
});

test("a refresh request carries exactly what RFC 6749 §6 asks for", async () => {
  const { webApp, requests } = setupScript({ body: userTokens() });
  const app = webApp();
  remember(app.tokenCache);

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(requests[0]).toMatchObject({ method: "POST", url: TOKEN_ENDPOINT });
  expect(requests[0]?.form).toEqual({
    client_id: WEB_APP,
    client_secret: "contoso-web-app-secret",
    client_info: "1",
    grant_type: "refresh_token",
    refresh_token: "refresh-token-of-ada",
    scope: "Mail.Read offline_access openid profile",
  });
});

// Seconds that the token is still valid.
test.for([
  [300, true],
  [299, false],
])("flows X-01: a token with %i seconds left serves from the cache: %s", async ([left, serves]) => {
  const { webApp, script, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { expires_in: left });
  if (!serves) script({ body: userTokens() });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(result?.token_source).toBe(serves ? "cache" : "identity_provider");
  expect(requests).toHaveLength(serves ? 0 : 1);
});

test("expires_in of a cached token is what is left of it", async () => {
  const { webApp, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  clock.advance(100.7);

  expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
    expires_in: 3499,
  });
});

test("flows X-04: a network failure with no token at hand throws", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);
  script(Object.assign(new TypeError("fetch failed"), { cause: new Error("ECONNREFUSED") }));

  const result = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  await expect(result).rejects.toMatchObject({ code: "network_error" });
  expect(contents(app.tokenCache)).toEqual(before);
});

test("flows X-05: a status of 503 with no token at hand throws", async () => {
  const { webApp, idp, signIn } = setup();
  const app = webApp();
  await signIn(app);
  const [account] = await app.getAccounts();
  idp.failNext({ path: "/token", status: 503, headers: { "retry-after": "3" } });

  const result = app.acquireTokenSilent(["Mail.Read"], account);

  await expect(result).rejects.toMatchObject({ code: "service_error", status: 503, retryAfter: 3 });
});

test("flows X-06: a 200 without JSON throws, and the cache stays as it was", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);
  script({ body: "<html>sign in to the hotel's network</html>" });

  const result = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  await expect(result).rejects.toMatchObject({ code: "invalid_response", status: 200 });
  expect(contents(app.tokenCache)).toEqual(before);
});

test("flows X-14: a reserved scope is refused when the cache has no token for it", async () => {
  const { webApp } = setupScript();
  const app = webApp();

  const withNothing = app.acquireTokenSilent(["openid"], ADA_BY_ID);
  await expect(withNothing).rejects.toMatchObject({ code: "invalid_argument" });
  remember(app.tokenCache, {}, { scope: ["User.Read"] });
  const withRefreshToken = app.acquireTokenSilent(["openid"], ADA_BY_ID);

  await expect(withRefreshToken).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("openid"),
  });
});

test("flows X-02: refresh tokens are tried from the newest to the oldest, and only the one that works changes", async () => {
  const { webApp, script, requests } = setupScript();
  const tokenCache = new SerializableTokenCache();
  const app = webApp({ tokenCache });
  // Other libraries keep one refresh token for each target.
  const row = (secret: string, target: string, time: number) => ({
    credential_type: "RefreshToken",
    secret,
    target,
    home_account_id: USER.homeAccountId,
    environment: HOST,
    client_id: WEB_APP,
    last_modification_time: String(time),
  });
  tokenCache.deserialize(
    JSON.stringify({
      RefreshToken: { a: row("rt5", "a", 5), b: row("rt9", "b", 9), c: row("rt7", "c", 7) },
    }),
  );
  const refused = { status: 400, body: { error: "invalid_grant" } };
  script(refused, refused, { body: userTokens({ refresh_token: "rt-new" }) });

  const result = await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(requests.map(({ form }) => form.refresh_token)).toEqual(["rt9", "rt7", "rt5"]);
  expect(result).toMatchObject({ access_token: "access-token-of-ada" });
  expect(secrets(app.tokenCache)).toEqual(["rt-new", "rt7", "rt9"]);
  expect(contents(app.tokenCache).accounts).toEqual([]);
});

test("flows CLI-06: a new refresh token takes the place of the one that was redeemed, in the same row", async () => {
  const { webApp, script, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  clock.advance(3600);
  script({ body: userTokens({ refresh_token: "new" }) });
  const [before] = contents(app.tokenCache).refreshTokens;

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  expect(contents(app.tokenCache).refreshTokens).toEqual([
    { ...before, secret: "new", last_modification_time: String(START + 3600) },
  ]);
});

test("a refresh that brings no new refresh token keeps the old one", async () => {
  const { webApp } = setupScript({ body: userTokens({ refresh_token: undefined }) });
  const app = webApp();
  remember(app.tokenCache);

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(secrets(app.tokenCache)).toEqual(["refresh-token-of-ada"]);
});

test("a refused refresh token is kept: for another resource it may still do", async () => {
  const { webApp } = setupScript({ status: 400, body: { error: "invalid_grant" } });
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(contents(app.tokenCache)).toEqual(before);
});

test("flows B-15: a refresh that does not say whose token it is stores it as the account's", async () => {
  const { webApp, script } = setupScript({
    body: userTokens({
      access_token: "refreshed-without-a-name",
      client_info: undefined,
      id_token: undefined,
      scope: undefined,
    }),
  });
  const app = webApp();
  remember(app.tokenCache);

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  const stored = app.tokenCache.find("AccessToken", { target: ["Mail.Read"] });
  expect(stored).toMatchObject([{ home_account_id: USER.homeAccountId }]);
  script({ body: { access_token: "the-app's-own", token_type: "Bearer", expires_in: 3600 } });
  expect(await app.acquireTokenForClient(["Mail.Read"])).toMatchObject({
    access_token: "the-app's-own",
  });
});

test("twenty callers who want the same token send one request and get copies of their own", async () => {
  const { webApp, signIn, tokenRequests } = setup();
  const app = webApp();
  await signIn(app);
  const [account] = await app.getAccounts();

  const results = await Promise.all(
    Array.from({ length: 20 }, () => app.acquireTokenSilent(["Mail.Read"], account)),
  );

  expect(tokenRequests()).toHaveLength(2);
  expect(new Set(results.map((result) => result?.access_token)).size).toBe(1);
  expect(new Set(results).size).toBe(20);
});

test("callers who want different things do not share an answer", async () => {
  const { webApp, requests } = setupScript(
    ...Array.from({ length: 4 }, () => ({ body: userTokens() })),
  );
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });

  await Promise.all([
    app.acquireTokenSilent(["User.Read"], ADA_BY_ID),
    app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID),
    app.acquireTokenSilent(["User.Read"], ADA_BY_ID, { claimsChallenge: '{"a":null}' }),
    app.acquireTokenSilent(["User.Read"], ADA_BY_ID, { forceRefresh: true }),
  ]);

  expect(requests).toHaveLength(4);
});

test("who aborts leaves; who waits for the same answer gets it", async () => {
  const answer = held();
  const { webApp, requests } = setupScript(answer.reply);
  const app = webApp();
  remember(app.tokenCache);
  const controller = new AbortController();
  const leaves = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID, { signal: controller.signal });
  const stays = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  controller.abort(new Error("left"));
  await expect(leaves).rejects.toThrow("left");
  answer.give({ body: userTokens() });

  expect(await stays).toMatchObject({ access_token: "access-token-of-ada" });
  expect(requests).toHaveLength(1);
});

test("a request that failed is not remembered: the next call asks again", async () => {
  const { webApp, requests } = setupScript(new TypeError("fetch failed"), { body: userTokens() });
  const app = webApp();
  remember(app.tokenCache);

  const first = await Promise.allSettled([
    app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID),
    app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID),
  ]);
  const second = await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(second).toMatchObject({ access_token: "access-token-of-ada" });
  expect(requests).toHaveLength(2);
});

test("who signs out during a refresh stays signed out: the token is handed out but not kept", async () => {
  const answer = held();
  const { webApp } = setupScript(answer.reply);
  const app = webApp();
  remember(app.tokenCache);
  const [account] = await app.getAccounts();
  const refreshing = app.acquireTokenSilent(["Mail.Read"], account);
  await answer.asked;

  await app.removeAccount(account as Account);
  answer.give({ body: userTokens({ access_token: "too-late" }) });
  const result = await refreshing;

  expect(result).toMatchObject({ access_token: "too-late" });
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: [expect.anything()] });
  expect(await app.getAccounts()).toEqual([]);
});

test("who signs out while an aging token is renewed stays signed out", async () => {
  const answer = held();
  const { webApp, settled } = setupScript(answer.reply);
  const app = webApp();
  remember(app.tokenCache, { refresh_in: -1 });
  const [account] = await app.getAccounts();
  await app.acquireTokenSilent(["User.Read"], account);

  await app.removeAccount(account as Account);
  answer.give({ body: userTokens({ access_token: "too-late" }) });
  await settled();

  expect(contents(app.tokenCache)).toMatchObject({ accessTokens: [], refreshTokens: [] });
  expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();
});

test("flows B-58: of several tokens that fit, one that is not aging is preferred, then the one that lasts longest", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp();
  remember(
    app.tokenCache,
    { access_token: "aging", refresh_in: -1, expires_in: 9000 },
    { scope: ["s", "t1"] },
  );
  remember(app.tokenCache, { access_token: "short", expires_in: 1000 }, { scope: ["s", "t2"] });
  remember(app.tokenCache, { access_token: "long", expires_in: 5000 }, { scope: ["s", "t3"] });

  expect(await app.acquireTokenSilent(["s"], ADA_BY_ID)).toMatchObject({ access_token: "long" });
  expect(requests).toEqual([]);
});

test("a token of another tenant is not served for this authority's", async () => {
  const { webApp } = setupScript({ status: 400, body: { error: "invalid_grant" } });
  const app = webApp({ authority: `https://${HOST}/${FABRIKAM}` });
  remember(app.tokenCache);

  expect(isTokenError(await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID))).toBe(true);
});

test("a refresh token is good for another tenant of the same user", async () => {
  const { webApp, signIn, idp } = setup();
  const home = webApp();
  const username = "guest@contoso.onmicrosoft.com";
  await signIn(home, { username });
  const [account] = await home.getAccounts();
  const there = webApp({
    authority: `https://${HOST}/${FABRIKAM}`,
    tokenCache: home.tokenCache,
  });

  const result = await there.acquireTokenSilent(["User.Read"], account);

  expect(result).toMatchObject({ id_token_claims: { tid: FABRIKAM } });
  expect(idp.requests.at(-1)?.url).toContain(FABRIKAM);
  expect(await home.getAccounts()).toHaveLength(1);
});

function secrets(cache: Parameters<typeof contents>[0]): unknown[] {
  return contents(cache)
    .refreshTokens.map(({ secret }) => secret)
    .sort();
}

test("refreshes for different scopes at the same time are all kept, although each brings a refresh token", async () => {
  const { webApp, signIn, tokenRequests } = setup();
  const app = webApp();
  await signIn(app);
  const [account] = await app.getAccounts();
  const scopes = ["Mail.Read", "Files.Read", "People.Read"];

  await Promise.all(scopes.map((scope) => app.acquireTokenSilent([scope], account)));

  for (const scope of scopes) {
    expect(await app.acquireTokenSilent([scope], account)).toMatchObject({ token_source: "cache" });
  }
  expect(tokenRequests()).toHaveLength(4);
  expect(contents(app.tokenCache).refreshTokens).toHaveLength(1);
});

test("who signs in again during a refresh keeps the refresh token of the new sign-in", async () => {
  const answer = held();
  const { webApp } = setupScript(answer.reply);
  const app = webApp();
  remember(app.tokenCache);
  const refreshing = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);
  await answer.asked;

  remember(app.tokenCache, { refresh_token: "of the new sign-in" });
  answer.give({ body: userTokens({ refresh_token: "of the refresh" }) });

  expect(await refreshing).toMatchObject({ access_token: "access-token-of-ada" });
  expect(secrets(app.tokenCache)).toEqual(["of the new sign-in"]);
});

test("of two refreshes at the same moment the first answer's refresh token stays", async () => {
  const answers = [held(), held()] as const;
  const { webApp } = setupScript(answers[0].reply, answers[1].reply);
  const app = webApp();
  remember(app.tokenCache);
  const both = ["Mail.Read", "Files.Read"].map((s) => app.acquireTokenSilent([s], ADA_BY_ID));
  await Promise.all(answers.map(({ asked }) => asked));

  answers[1].give({ body: userTokens({ refresh_token: "of the first answer" }) });
  await both[1];
  answers[0].give({ body: userTokens({ refresh_token: "of the second answer" }) });
  await both[0];

  expect(secrets(app.tokenCache)).toEqual(["of the first answer"]);
});

/** A cache that is written down and read back during a refresh, as web apps do for each request. */
async function readBackDuringRefresh() {
  const answer = held();
  const { webApp } = setupScript(answer.reply);
  const tokenCache = new SerializableTokenCache();
  const app = webApp({ tokenCache });
  remember(tokenCache);
  const refreshing = app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);
  await answer.asked;
  tokenCache.deserialize(tokenCache.serialize());
  answer.give({ body: userTokens({ refresh_token: "rotated", scope: "Mail.Read" }) });
  await refreshing;
  return app;
}

test("a cache that is read back during a refresh keeps its answer", async () => {
  const app = await readBackDuringRefresh();

  expect(await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID)).toMatchObject({
    token_source: "cache",
  });
});

test("a cache that is read back during a refresh keeps the rotated refresh token", async () => {
  const app = await readBackDuringRefresh();

  expect(secrets(app.tokenCache)).toEqual(["rotated"]);
});

// A cache that was damaged, or written by somebody who keeps secrets elsewhere.
test.for<[unknown]>([[undefined], [null], [""], [7]])(
  "an access token's row whose secret is %j does not serve: the refresh token is redeemed",
  async ([secret]) => {
    const { webApp, requests } = setupScript({ body: userTokens({ access_token: "new" }) });
    const app = webApp({ tokenCache: withSecret("AccessToken", secret) });

    expect(await app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).toMatchObject({
      access_token: "new",
    });
    expect(requests[0]?.form.refresh_token).toBe("refresh-token-of-ada");
  },
);

test.for<[unknown]>([[undefined], [null], [""], [7]])(
  "a refresh token's row whose secret is %j is not tried",
  async ([secret]) => {
    const { webApp, requests } = setupScript();
    const app = webApp({ tokenCache: withSecret("RefreshToken", secret) });

    expect(await app.acquireTokenSilentWithError(["Mail.Read"], ADA_BY_ID)).toBeNull();
    expect(requests).toEqual([]);
  },
);

/** Ada's rows, with another secret in those of one section. */
function withSecret(type: CredentialType, secret: unknown): SerializableTokenCache {
  const cache = new SerializableTokenCache();
  remember(cache);
  const state = JSON.parse(cache.serialize());
  for (const row of Object.values<{ secret: unknown }>(state[type])) row.secret = secret;
  cache.deserialize(JSON.stringify(state));
  return cache;
}

test("who joins a renewal in the background is told the classification of its refusal", async () => {
  const answer = held();
  const { webApp, requests, clock } = setupScript(answer.reply);
  const app = webApp();
  remember(app.tokenCache, { refresh_in: -1 });
  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await answer.asked;
  clock.advance(3600);

  const joined = app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID);
  answer.give({ status: 400, body: { error: "invalid_grant", suberror: "basic_action" } });

  expect(await joined).toMatchObject({ classification: "basic_action" });
  expect(requests).toHaveLength(1);
});

test("a token that has expired is not served, however long its extended lifetime", async () => {
  const { webApp } = setupScript(new TypeError("fetch failed"));
  const app = webApp();
  remember(app.tokenCache, { expires_in: 200, ext_expires_in: 9000 });

  await expect(app.acquireTokenSilent(["User.Read"], ADA_BY_ID)).rejects.toMatchObject({
    code: "network_error",
  });
});

test("a token is aging from the second after its refresh_in on", async () => {
  const { webApp, script, requests, clock, settled } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { refresh_in: 1800 });

  clock.advance(1800);
  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  expect(requests).toHaveLength(0);
  clock.advance(1);
  script({ body: userTokens() });
  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(requests).toHaveLength(1);
});
