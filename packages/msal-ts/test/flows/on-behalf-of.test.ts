import { createHash } from "node:crypto";
import {
  ConfidentialClientApplication,
  isTokenError,
  SerializableTokenCache,
  unwrap,
} from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  AUTHORITY,
  contents,
  setup,
  setupScript,
  userTokens,
  WEB_APP,
  WEB_APP_SECRET,
} from "../setup.js";

/** The API in the middle: it is called with the web app's token and calls Microsoft Graph. */
const TASKS_API = "55555555-5555-4555-8555-555555555555";
const CREDENTIAL = { clientCredential: "contoso-tasks-api-secret" };
const GRAPH_SCOPES = ["https://graph.microsoft.com/User.Read"];

/** An emulator, the API, and tokens that users' clients call it with. */
function setupApi() {
  const { webApp, idp, signIn, ...rest } = setup();
  const api = webApp(CREDENTIAL, TASKS_API);
  /** A fresh access token for the API. */
  const assertionOf = async (username = ADA): Promise<string> => {
    const client = webApp();
    const result = await signIn(client, { scopes: ["api://contoso-tasks/Tasks.Read"], username });
    return unwrap(result).access_token;
  };
  const exchanges = () =>
    idp.requests.filter(({ form }) => form.requested_token_use === "on_behalf_of");
  return { api, webApp, idp, assertionOf, exchanges, ...rest };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

test("flows E2E-14: an API exchanges its caller's token for one to the next API, in the user's name", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const assertion = await assertionOf();

  const result = unwrap(await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES));

  expect(result.id_token_claims?.preferred_username).toBe(ADA);
  expect(result.token_source).toBe("identity_provider");
  expect(exchanges()).toHaveLength(1);
  expect(exchanges()[0]?.form).toEqual({
    client_id: TASKS_API,
    client_secret: CREDENTIAL.clientCredential,
    client_info: "1",
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion,
    requested_token_use: "on_behalf_of",
    scope: "https://graph.microsoft.com/User.Read offline_access openid profile",
  });
  expect(await api.getAccounts()).toEqual([result.account]);
});

test("flows E2E-14: a silent call for the account may use the token", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const result = unwrap(await api.acquireTokenOnBehalfOf(await assertionOf(), GRAPH_SCOPES));

  const silent = await api.acquireTokenSilent(GRAPH_SCOPES, result.account);

  expect(silent?.access_token).toBe(result.access_token);
  expect(exchanges()).toHaveLength(1);
});

test("flows APP-39: an exchange is number 523 to telemetry, and routed to nobody", async () => {
  const { api, assertionOf, exchanges } = setupApi();

  await api.acquireTokenOnBehalfOf(await assertionOf(), GRAPH_SCOPES);

  expect(exchanges()[0]?.headers).toMatchObject({ "x-client-current-telemetry": "4|523,0|" });
  expect(exchanges()[0]?.headers).not.toHaveProperty("x-anchormailbox");
});

test("the same assertion is exchanged once (decision 9)", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const assertion = await assertionOf();
  const first = unwrap(await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES));

  const second = unwrap(
    await api.acquireTokenOnBehalfOf(assertion, ["https://GRAPH.microsoft.com/user.read"]),
  );

  expect(second).toMatchObject({
    access_token: first.access_token,
    token_source: "cache",
    account: first.account,
  });
  expect(exchanges()).toHaveLength(1);
});

test("two assertions of one user keep a token each, and never get each other's (decision 9)", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const [one, other] = [await assertionOf(), await assertionOf()];
  const first = unwrap(await api.acquireTokenOnBehalfOf(one, GRAPH_SCOPES));
  const second = unwrap(await api.acquireTokenOnBehalfOf(other, GRAPH_SCOPES));

  expect(first.access_token).not.toBe(second.access_token);
  for (const [assertion, { access_token }] of [
    [one, first],
    [other, second],
  ] as const) {
    expect(await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES)).toMatchObject({
      access_token,
    });
  }
  expect(exchanges()).toHaveLength(2);
});

test("a user's token is never given for another user's assertion", async () => {
  const { api, assertionOf } = setupApi();
  const [adas, graces] = [
    await assertionOf(ADA),
    await assertionOf("grace@contoso.onmicrosoft.com"),
  ];

  const results = await Promise.all(
    [adas, graces, adas, graces].map((assertion) =>
      api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES),
    ),
  );

  expect(results.map((result) => unwrap(result).account?.username)).toEqual([
    ADA,
    "grace@contoso.onmicrosoft.com",
    ADA,
    "grace@contoso.onmicrosoft.com",
  ]);
});

test("the row carries the assertion's SHA-256, and its key ends with it (decision 9)", async () => {
  const cache = new SerializableTokenCache();
  const { webApp, assertionOf } = setupApi();
  const api = webApp({ ...CREDENTIAL, tokenCache: cache }, TASKS_API);
  const assertion = await assertionOf();

  await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);

  expect(contents(cache).accessTokens).toMatchObject([{ user_assertion_hash: sha256(assertion) }]);
  const [key] = Object.keys(JSON.parse(cache.serialize()).AccessToken);
  expect(key?.endsWith(`-${sha256(assertion).toLowerCase()}`)).toBe(true);
  expect(JSON.stringify(contents(cache))).not.toContain(assertion);
});

test("a cache that outlived the process serves the assertion without a request", async () => {
  const cache = new SerializableTokenCache();
  const { webApp, assertionOf, exchanges } = setupApi();
  const api = (tokenCache: SerializableTokenCache) =>
    webApp({ ...CREDENTIAL, tokenCache }, TASKS_API);
  const assertion = await assertionOf();
  const first = unwrap(await api(cache).acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES));
  const later = new SerializableTokenCache();
  later.deserialize(cache.serialize());

  const second = await api(later).acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);

  expect(second).toMatchObject({ access_token: first.access_token, token_source: "cache" });
  expect(exchanges()).toHaveLength(1);
});

test("when the token has expired the assertion is exchanged again, and no refresh token is redeemed (decision 9)", async () => {
  const { api, assertionOf, idp, exchanges } = setupApi();
  const assertion = await assertionOf();
  await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);
  idp.advance(3 * 3600);

  const result = await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);

  expect(result).toMatchObject({ error: "invalid_grant", error_codes: [500133] });
  expect(exchanges()).toHaveLength(2);
  expect(idp.requests.filter(({ form }) => form.grant_type === "refresh_token")).toEqual([]);
});

test("a claims challenge skips the cache and is sent", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const assertion = await assertionOf();
  await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);
  const claimsChallenge = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';

  const result = await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES, { claimsChallenge });

  expect(isTokenError(result)).toBe(false);
  expect(exchanges()).toHaveLength(2);
  expect(exchanges()[1]?.form.claims).toBe(claimsChallenge);
});

test("options are read once: what the caller changes later changes nothing", async () => {
  const tokens = (access_token: string) => ({ body: userTokens({ access_token }) });
  const { httpClient, clock, webApp } = setupScript(tokens("old"), tokens("new"));
  const tokenCache = new SerializableTokenCache();
  await webApp({ tokenCache }).acquireTokenOnBehalfOf("header.payload.signature", ["User.Read"]);
  // One that has not seen the assertion yet: it hashes it first, which takes a moment.
  const api = new ConfidentialClientApplication(WEB_APP, {
    ...{ authority: AUTHORITY, httpClient, clock, tokenCache, clientCredential: WEB_APP_SECRET },
  });
  const options: { claimsChallenge?: string } = { claimsChallenge: '{"access_token":{}}' };

  const call = api.acquireTokenOnBehalfOf("header.payload.signature", ["User.Read"], options);
  delete options.claimsChallenge;

  expect(await call).toMatchObject({ access_token: "new" });
});

test("a hundred calls with one assertion send one request", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const assertion = await assertionOf();

  const results = await Promise.all(
    Array.from({ length: 100 }, () => api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES)),
  );

  expect(new Set(results.map((result) => unwrap(result).access_token)).size).toBe(1);
  expect(exchanges()).toHaveLength(1);
});

test("an aging token is returned at once and renewed by another exchange in the background", async () => {
  const { webApp, requests, clock, settled } = setupScript(
    { body: userTokens({ access_token: "old", expires_in: 7200, refresh_in: 60 }) },
    { body: userTokens({ access_token: "new" }) },
  );
  const api = webApp();
  await api.acquireTokenOnBehalfOf("header.payload.signature", ["User.Read"]);
  clock.advance(61);

  const aging = await api.acquireTokenOnBehalfOf("header.payload.signature", ["User.Read"]);
  await settled();
  const renewed = await api.acquireTokenOnBehalfOf("header.payload.signature", ["User.Read"]);

  expect(aging).toMatchObject({ access_token: "old", token_source: "cache" });
  expect(renewed).toMatchObject({ access_token: "new", token_source: "cache" });
  expect(requests[1]?.headers).toMatchObject({ "x-client-current-telemetry": "4|523,4|" });
});

test("a refusal comes with the claims to hand back to the caller, and is not remembered", async () => {
  const { api, assertionOf, idp, exchanges } = setupApi();
  const assertion = await assertionOf();
  const claims = '{"access_token":{"capolids":{"essential":true,"values":["p"]}}}';
  idp.failNext({
    path: "/token",
    error: "interaction_required",
    body: { claims, suberror: "basic_action", error_description: "AADSTS50076: Prove it again." },
  });

  const refused = await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);
  const granted = await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);

  expect(refused).toMatchObject({
    error: "interaction_required",
    error_description: "AADSTS50076: Prove it again.",
    claims,
  });
  expect(isTokenError(granted)).toBe(false);
  expect(exchanges()).toHaveLength(2);
});

test("signing the account out takes its exchanged tokens along", async () => {
  const { api, assertionOf, exchanges } = setupApi();
  const assertion = await assertionOf();
  const { account } = unwrap(await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES));

  await api.removeAccount(account!);
  await api.acquireTokenOnBehalfOf(assertion, GRAPH_SCOPES);

  expect(exchanges()).toHaveLength(2);
});

// What may come in the place of a caller's access token.
test.for<[string, unknown, string]>([
  ["nothing", undefined, "it is undefined"],
  ["an empty string", "", "it is an empty string"],
  ["the whole header", "Bearer eyJ0.e30.x", 'without the word "Bearer"'],
  ["an object", { access_token: "eyJ0.e30.x" }, "it is an object"],
])("%s is no assertion", async ([, assertion, message]) => {
  const { webApp } = setupScript();
  const api = webApp() as ConfidentialClientApplication;

  await expect(api.acquireTokenOnBehalfOf(assertion as string, ["s"])).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(message),
  });
});

test.for<[string, unknown]>([
  ["no scope at all", []],
  ["a reserved one", ["openid"]],
  ["text", "User.Read"],
])("scopes: %s is refused before a request", async ([, scopes]) => {
  const { webApp } = setupScript();

  await expect(webApp().acquireTokenOnBehalfOf("a.b.c", scopes as string[])).rejects.toMatchObject({
    code: "invalid_argument",
  });
});
