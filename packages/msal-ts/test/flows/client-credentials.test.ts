import { ConfidentialClientApplication, TokenCache } from "msal-ts";
import { expect, test } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  CONTOSO,
  clientInfo,
  contents,
  EMPTY,
  FABRIKAM,
  HOST,
  idToken,
  remember,
  setup,
  setupScript,
  TOKEN_ENDPOINT,
  WEB_APP,
  WEB_APP_SECRET,
} from "../setup.js";

test("flows CLI-10, E2E-13: an application gets a token of its own with its secret", async () => {
  const { webApp, tokenRequests } = setup();

  const result = await webApp().acquireTokenForClient(APP_SCOPES);

  expect(result).toEqual({
    access_token: expect.stringMatching(/^ey/),
    token_type: "Bearer",
    expires_in: 3599,
    ext_expires_in: 3599,
    token_source: "identity_provider",
  });
  expect(tokenRequests()).toHaveLength(1);
  expect(tokenRequests()[0]?.form).toEqual({
    client_id: WEB_APP,
    client_secret: WEB_APP_SECRET,
    client_info: "1",
    grant_type: "client_credentials",
    scope: APP_SCOPES[0],
  });
});

test("flows E2E-13: a token that a secret brought is cached", async () => {
  const { webApp, tokenRequests } = setup();
  const app = webApp();
  await app.acquireTokenForClient(APP_SCOPES);

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
  expect(tokenRequests()).toHaveLength(1);
});

test("flows SIM-01: an answer of nothing but a token is kept for ten minutes, and served without a change to the cache", async () => {
  const { webApp, requests, clock, script } = setupScript({
    body: { access_token: "AT", token_type: "Bearer" },
  });
  const app = webApp();
  await app.acquireTokenForClient(APP_SCOPES);
  const before = contents(app.tokenCache);

  const served = await app.acquireTokenForClient(APP_SCOPES);

  expect(served).toEqual({
    access_token: "AT",
    token_type: "Bearer",
    expires_in: 600,
    token_source: "cache",
  });
  expect(contents(app.tokenCache)).toEqual(before);
  expect(requests).toHaveLength(1);
  clock.advance(301);
  script({ body: appTokens() });
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: "access-token-of-app",
  });
});

test("flows SIM-01: applications of two tenants that share a cache have tokens of their own", async () => {
  const { webApp, requests } = setupScript(
    { body: appTokens({ access_token: "of-contoso" }) },
    { body: appTokens({ access_token: "of-fabrikam" }) },
  );
  const contoso = webApp();
  const fabrikam = webApp({
    authority: `https://${HOST}/${FABRIKAM}`,
    tokenCache: contoso.tokenCache,
  });

  await contoso.acquireTokenForClient(APP_SCOPES);
  await fabrikam.acquireTokenForClient(APP_SCOPES);

  expect(await contoso.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: "of-contoso",
  });
  expect(await fabrikam.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: "of-fabrikam",
  });
  expect(requests).toHaveLength(2);
});

// Decision 12: the third call is answered at once, and renews in the background.
test("flows APP-38: a token is absent, then expired, then aging, and telemetry says each", async () => {
  const { webApp, script, requests, settled, warnings } = setupScript();
  const app = webApp();

  script({ body: appTokens({ access_token: "AT 1", expires_in: 0 }) });
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ access_token: "AT 1" });
  script({ body: appTokens({ access_token: "AT 2", expires_in: 3600, refresh_in: -100 }) });
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ access_token: "AT 2" });
  script({ status: 400, body: { error: "server error" } });
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: "AT 2",
    token_source: "cache",
  });
  await settled();

  const telemetry = requests.map(({ headers }) => headers["x-client-current-telemetry"]);
  expect(telemetry).toEqual(["4|730,2|", "4|730,3|", "4|730,4|"]);
  expect(warnings()).toEqual([expect.stringContaining("renewed in the background")]);
});

test("an aging token is renewed once, however many ask, and the next call has the new one", async () => {
  const { webApp, idp, clock, settled, tokenRequests } = setup({ accessTokenLifetime: 7200 });
  const app = webApp();
  const first = await app.acquireTokenForClient(APP_SCOPES);
  clock.advance(3700);

  const aging = await Promise.all(
    Array.from({ length: 10 }, () => app.acquireTokenForClient(APP_SCOPES)),
  );
  await settled();

  const token = (result: unknown) => (result as { access_token?: string }).access_token;
  expect(new Set(aging.map(token))).toEqual(new Set([token(first)]));
  expect(tokenRequests()).toHaveLength(2);
  const renewed = await app.acquireTokenForClient(APP_SCOPES);
  expect(token(renewed)).not.toBe(token(first));
  expect(idp.requests).toHaveLength(2);
});

// The caller learns by a line in the log, as nothing else can warn in a server.
test.for([
  ["flows APP-41", "common"],
  ["flows APP-42", "organizations"],
])(
  "%s: a request for an application's token at /%s logs that the tenant should be named",
  async ([, tenant]) => {
    const { webApp, warnings } = setupScript({ body: appTokens() });
    const app = webApp({ authority: `https://${HOST}/${tenant}` });

    await app.acquireTokenForClient(APP_SCOPES);
    await app.acquireTokenForClient(APP_SCOPES);

    expect(warnings()).toEqual([expect.stringContaining(`"${tenant}"`)]);
  },
);

test("a request at /consumers, or at a tenant, logs no such warning", async () => {
  const { webApp, warnings } = setupScript({ body: appTokens() }, { body: appTokens() });

  await webApp({ authority: `https://${HOST}/consumers` }).acquireTokenForClient(APP_SCOPES);
  await webApp().acquireTokenForClient(APP_SCOPES);

  expect(warnings()).toEqual([]);
});

test("flows E2E-04: an application's own token is no user's, and is served again", async () => {
  const { webApp, tokenRequests } = setup();
  const app = webApp();
  const first = await app.acquireTokenForClient(APP_SCOPES);

  expect(await app.acquireTokenSilent(APP_SCOPES, null)).toBeNull();
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: (first as { access_token: string }).access_token,
    token_source: "cache",
  });
  expect(tokenRequests()).toHaveLength(1);
});

// Decision 18: the endpoint of a known cloud is built in.
test("flows E2E-17, E2E-18, authority 16: without a region the global endpoint is asked, and nobody else", async () => {
  const before = process.env.REGION_NAME;
  for (const region of [undefined, "eastus"]) {
    if (region === undefined) delete process.env.REGION_NAME;
    else process.env.REGION_NAME = region;
    try {
      const { webApp, requests, log } = setupScript({ body: appTokens() });

      await webApp().acquireTokenForClient(APP_SCOPES);

      expect(requests.map(({ url }) => url)).toEqual([TOKEN_ENDPOINT]);
      expect(log.filter(({ message }) => message.includes("eastus"))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.REGION_NAME;
      else process.env.REGION_NAME = before;
    }
  }
});

test("flows X-14: scopes go on the wire as the caller wrote them, openid too", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });

  await webApp().acquireTokenForClient(["openid", "B/.default", "A/.default"]);

  expect(requests[0]?.form.scope).toBe("A/.default B/.default openid");
});

// Flows B-21: without a scope any of the application's tokens would fit.
test.for<[unknown]>([[[]], ["scope"], [undefined], [[""]], [["a b"]]])(
  "flows B-21: scopes that are none are refused: %j",
  async ([scopes]) => {
    const { webApp } = setupScript();

    const result = webApp().acquireTokenForClient(scopes as string[]);

    await expect(result).rejects.toMatchObject({ code: "invalid_argument" });
  },
);

test("flows B-21: a refusal is told at once, with its classification, and no alias is tried", async () => {
  const { webApp, script, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache, {}, { environment: "sts.windows.net" });
  script({ status: 401, body: { error: "invalid_client", suberror: "basic_action" } });

  const result = await app.acquireTokenForClient(APP_SCOPES);

  expect(result).toEqual({
    error: "invalid_client",
    suberror: "basic_action",
    classification: "basic_action",
  });
  expect(requests).toHaveLength(1);
});

test("a wrong secret is the platform's error object", async () => {
  const { webApp } = setup();

  const result = await webApp({ clientCredential: "wrong-secret" }).acquireTokenForClient(
    APP_SCOPES,
  );

  expect(result).toMatchObject({
    error: "invalid_client",
    error_codes: [7000215],
    error_description: expect.stringContaining("AADSTS7000215"),
  });
});

test("forceRefresh is refused, an explicit false is not", async () => {
  const { webApp } = setupScript({ body: appTokens() });
  const app = webApp();

  const forced = app.acquireTokenForClient(APP_SCOPES, { forceRefresh: true } as object);

  await expect(forced).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("forceRefresh"),
  });
  expect(
    await app.acquireTokenForClient(APP_SCOPES, { forceRefresh: false } as object),
  ).toMatchObject({ token_source: "identity_provider" });
});

test("a claims challenge passes over the cache, for reason 1", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const app = webApp();
  await app.acquireTokenForClient(APP_SCOPES);

  await app.acquireTokenForClient(APP_SCOPES, { claimsChallenge: '{"access_token":{}}' });

  expect(requests[1]?.form.claims).toBe('{"access_token":{}}');
  expect(requests[1]?.headers["x-client-current-telemetry"]).toBe("4|730,1|");
});

// Flows B-15: what the answer to client credentials holds beside the token is nobody's.
test("options are read once: a challenge that the caller takes back while the tenant is looked up counts", async () => {
  const { idp, webApp, tokenRequests } = setup();
  const authority = idp.authority("contoso.onmicrosoft.com");
  const tokenCache = new TokenCache();
  await webApp({ authority, tokenCache }).acquireTokenForClient(APP_SCOPES);
  const app = new ConfidentialClientApplication(WEB_APP, {
    ...{ authority, tokenCache, clientCredential: WEB_APP_SECRET },
    ...{ httpClient: idp.fetch, clock: { now: idp.now } },
  });
  const options: { claimsChallenge?: string } = { claimsChallenge: '{"access_token":{}}' };

  const call = app.acquireTokenForClient(APP_SCOPES, options);
  delete options.claimsChallenge;

  expect(await call).toMatchObject({ token_source: "identity_provider" });
  expect(tokenRequests()).toHaveLength(2);
});

test("an application's token is never kept with a user's id, whatever the answer says", async () => {
  const { webApp } = setupScript({
    body: appTokens({
      client_info: clientInfo(),
      id_token: idToken(),
      refresh_token: "a-refresh-token",
    }),
  });
  const app = webApp();

  const result = await app.acquireTokenForClient(APP_SCOPES);

  expect(result).not.toHaveProperty("account");
  expect(contents(app.tokenCache)).toEqual({
    ...EMPTY,
    accessTokens: [
      expect.objectContaining({ home_account_id: null, realm: CONTOSO, environment: HOST }),
    ],
    metadata: [expect.objectContaining({ client_id: WEB_APP })],
  });
});

// What the library adds to an answer is its own to say.
test.for<[string, object]>([
  ["id_token_claims", { sub: "somebody" }],
  ["account", { homeAccountId: "a.b" }],
])("a member %s of the answer is no part of the result", async ([name, value]) => {
  const { webApp } = setupScript({ body: appTokens({ [name]: value }) });

  expect(await webApp().acquireTokenForClient(APP_SCOPES)).not.toHaveProperty(name);
});

test("a member token_source of the answer does not say where the token comes from", async () => {
  const { webApp } = setupScript({ body: appTokens({ token_source: "cache" }) });

  expect(await webApp().acquireTokenForClient(APP_SCOPES)).toMatchObject({
    token_source: "identity_provider",
  });
});

test("client credentials answered with an ID token alone are an error, and nothing is kept", async () => {
  const { webApp } = setupScript({
    body: appTokens({ access_token: undefined, id_token: idToken() }),
  });
  const app = webApp();

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ error: "invalid_response" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("a user's token is never served to the application", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache, {}, { scope: APP_SCOPES });
  script({ body: appTokens() });

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    access_token: "access-token-of-app",
  });
});

// flows X-01, for the application's own tokens. Seconds left, and whether the cache serves.
test.for([
  [300, true],
  [299, false],
])(
  "an application's token with %i seconds left is served from the cache: %s",
  async ([left, serves]) => {
    const { webApp, requests, script } = setupScript({ body: appTokens({ expires_in: left }) });
    const app = webApp();
    await app.acquireTokenForClient(APP_SCOPES);
    if (!serves) script({ body: appTokens() });

    await app.acquireTokenForClient(APP_SCOPES);

    expect(requests).toHaveLength(serves ? 1 : 2);
  },
);

test("a hundred callers who want the same token send one request", async () => {
  const { webApp, tokenRequests } = setup();
  const app = webApp();

  const results = await Promise.all(
    Array.from({ length: 100 }, () => app.acquireTokenForClient(APP_SCOPES)),
  );

  expect(tokenRequests()).toHaveLength(1);
  expect(new Set(results).size).toBe(100);
});

test("numbers that come as text are read as numbers (decision 16)", async () => {
  const { webApp } = setupScript({
    body: appTokens({ expires_in: "3599", ext_expires_in: "7200" }),
  });

  expect(await webApp().acquireTokenForClient(APP_SCOPES)).toMatchObject({
    expires_in: 3599,
    ext_expires_in: 7200,
  });
});

test("members of ours alone and refresh_in are not part of the result, all others are", async () => {
  const { webApp } = setupScript({
    body: appTokens({ refresh_in: 1800, _private: "x", extension: { kept: true } }),
  });

  const result = await webApp().acquireTokenForClient(APP_SCOPES);

  expect(result).toMatchObject({ extension: { kept: true } });
  expect(Object.keys(result)).not.toContain("refresh_in");
  expect(Object.keys(result)).not.toContain("_private");
});
