import {
  type AuthCodeFlow,
  type AuthResponse,
  ClientApplication,
  TokenCache,
  type TokenEvent,
} from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  CONTOSO,
  contents,
  EMPTY,
  idToken,
  PASSWORD,
  queryOf,
  REDIRECT_URI,
  setup,
  setupScript,
  TOKEN_ENDPOINT,
  userTokens,
  WEB_APP,
  WEB_APP_SECRET,
} from "../setup.js";

test("flows CLI-10: a sign-in through the browser ends with tokens and the account they belong to", async () => {
  const { webApp, idp, signIn } = setup();
  const app = webApp();

  const result = await signIn(app);

  const user = idp.config.users.find(({ username }) => username === ADA);
  expect(result).toMatchObject({
    access_token: expect.stringMatching(/^ey/),
    token_type: "Bearer",
    scope: expect.stringContaining("User.Read"),
    token_source: "identity_provider",
    id_token_claims: { preferred_username: ADA, tid: CONTOSO, aud: WEB_APP },
    account: {
      homeAccountId: `${user?.oid}.${CONTOSO}`,
      localAccountId: user?.oid,
      environment: "login.microsoftonline.com",
      realm: CONTOSO,
      username: ADA,
      name: "Ada Lovelace",
      authorityType: "MSSTS",
    },
  });
  expect(await app.getAccounts()).toHaveLength(1);
});

test("the token request carries exactly what RFC 6749 §4.1.3 and RFC 7636 §4.5 ask for", async () => {
  const { webApp, signIn, tokenRequests } = setup();

  await signIn(webApp());

  expect(tokenRequests()).toHaveLength(1);
  expect(tokenRequests()[0]).toMatchObject({
    method: "POST",
    url: TOKEN_ENDPOINT,
    headers: {
      "content-type": expect.stringContaining("application/x-www-form-urlencoded"),
      accept: "application/json",
    },
  });
  expect(tokenRequests()[0]?.form).toEqual({
    client_id: WEB_APP,
    client_secret: WEB_APP_SECRET,
    client_info: "1",
    grant_type: "authorization_code",
    code: expect.any(String),
    code_verifier: expect.any(String),
    redirect_uri: REDIRECT_URI,
    scope: "User.Read offline_access openid profile",
  });
});

test("a public client redeems its code without a credential", async () => {
  const { desktopApp, signIn, tokenRequests } = setup();

  const result = await signIn(desktopApp());

  expect(result).toMatchObject({ access_token: expect.any(String) });
  expect(Object.keys(tokenRequests()[0]?.form ?? {})).not.toContain("client_secret");
});

test("the answer of the sign-in may come as any of the things that web frameworks hand over", async () => {
  const { webApp, idp } = setup();
  const shapes: ((answer: Record<string, string>) => AuthResponse)[] = [
    (answer) => answer,
    (answer) => Object.assign(Object.create(null), answer),
    (answer) => ({ ...answer, error: undefined, error_description: "", other: [] }),
    (answer) => Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, [value]])),
    (answer) => new URLSearchParams(answer),
    (answer) => new URL(`${REDIRECT_URI}?${new URLSearchParams(answer)}`),
    (answer) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(answer)) form.append(name, value);
      return form;
    },
  ];
  for (const shape of shapes) {
    const app = webApp();
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
    const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

    const result = await app.acquireTokenByAuthCodeFlow(flow, shape(answer));

    expect(result, String(shape)).toMatchObject({ access_token: expect.any(String) });
  }
});

test("with form_post the posted fields are the answer", async () => {
  const { webApp, idp } = setup();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], {
    redirectUri: REDIRECT_URI,
    responseMode: "form_post",
  });
  const fields = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthCodeFlow(flow, fields);

  expect(result).toMatchObject({ access_token: expect.any(String) });
});

test("a flow that went through a session's JSON redeems as well", async () => {
  const { webApp, idp } = setup();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const kept = JSON.parse(JSON.stringify(flow)) as AuthCodeFlow;

  expect(await webApp().acquireTokenByAuthCodeFlow(kept, answer)).toMatchObject({
    access_token: expect.any(String),
  });
});

test("flows CLI-01: an empty flow, as of a lost session, is refused with the words state missing", async () => {
  const { webApp } = setupScript();

  const result = webApp().acquireTokenByAuthCodeFlow({} as AuthCodeFlow, { code: "c", state: "s" });

  await expect(result).rejects.toMatchObject({
    code: "state_mismatch",
    message: expect.stringContaining("state missing"),
  });
});

// What comes back instead of the state "1".
test.for([[{ state: "2" }], [{}], [{ state: "" }], [{ state: "1 " }]] as const)(
  "flows CLI-02: an answer with another state is refused with the words state mismatch, and shows neither: %j",
  async ([state]) => {
    const { webApp } = setupScript();
    const flow = { authUri: "https://x", state: "1", codeVerifier: "v", nonce: "n" };

    const result = webApp().acquireTokenByAuthCodeFlow(flow, { code: "c", ...state });

    await expect(result).rejects.toMatchObject({
      code: "state_mismatch",
      message: expect.stringContaining("state mismatch"),
    });
  },
);

test("states are compared to the last letter and case", async () => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "State-Of-Mine", codeVerifier: "v", nonce: "n" };

  const result = webApp().acquireTokenByAuthCodeFlow(flow, { code: "c", state: "state-of-mine" });

  await expect(result).rejects.toMatchObject({ code: "state_mismatch" });
  await expect(result).rejects.not.toThrow(/State-Of-Mine/i);
});

test("flows CLI-03: scopes beyond those of the sign-in are refused before the answer is looked at", async () => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "s", scope: ["foo", "openid"] };

  const result = webApp().acquireTokenByAuthCodeFlow(flow, { state: "s" }, { scopes: ["bar"] });

  await expect(result).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringMatching(/scopes.*foo.*bar/s),
  });
});

test("of a sign-in for several resources one is redeemed at a time", async () => {
  const { webApp, idp, tokenRequests } = setup();
  const app = webApp();
  const scopes = ["User.Read", "api://contoso-tasks/Tasks.Read"];
  const flow = await app.initiateAuthCodeFlow(scopes, { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer, {
    scopes: ["api://contoso-tasks/Tasks.Read"],
  });

  expect(queryOf(flow).scope?.split(" ")).toEqual(expect.arrayContaining(scopes));
  expect(tokenRequests()[0]?.form.scope).toBe(
    "api://contoso-tasks/Tasks.Read offline_access openid profile",
  );
  expect(result).toMatchObject({
    scope: expect.stringContaining("api://contoso-tasks/Tasks.Read"),
  });
  const [account] = await app.getAccounts();
  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    token_source: "identity_provider",
    scope: expect.stringContaining("User.Read"),
  });
});

test("an empty list of scopes redeems all of the sign-in", async () => {
  const { webApp, idp, tokenRequests } = setup();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  await app.acquireTokenByAuthCodeFlow(flow, answer, { scopes: [] });

  expect(tokenRequests()[0]?.form.scope).toBe("User.Read offline_access openid profile");
});

test("flows CLI-04: of a refusal at the redirect URI only the error's own members are passed on", async () => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "s" };

  const result = await webApp().acquireTokenByAuthCodeFlow(flow, {
    state: "s",
    error: "foo",
    error_uri: "bar",
    access_token: "fake",
    suberror: "fake",
  });

  expect(result).toEqual({ error: "foo", error_uri: "bar" });
});

test("a user who declines is an error object with the provider's words", async () => {
  const { webApp, idp } = setup();
  const app = webApp(
    { clientCredential: "contoso-internal-app-secret" },
    "33333333-3333-4333-8333-333333333333",
  );
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, {
    username: ADA,
    password: PASSWORD,
    consent: "decline",
  });

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(result).toMatchObject({
    error: "access_denied",
    error_description: expect.stringContaining("AADSTS65004"),
  });
});

test("an answer with a code and an error is redeemed: the code decides", async () => {
  const { webApp, requests } = setupScript({ status: 400, body: { error: "invalid_grant" } });
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  await webApp().acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c", error: "e" });

  expect(requests[0]?.form.code).toBe("c");
});

test("an answer with neither code nor error is refused", async () => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = webApp().acquireTokenByAuthCodeFlow(flow, { state: "s", code: "" });

  await expect(result).rejects.toMatchObject({ code: "invalid_auth_response" });
});

// Each shape in which a parameter can be there twice (RFC 6749 §3.1).
test.for<[string, AuthResponse]>([
  ["code", new URLSearchParams("state=s&code=c&code=d")],
  ["state", new URLSearchParams("state=s&state=s&code=c")],
  ["error", new URL("http://localhost/callback?state=s&error=a&error=b")],
  ["code", { state: "s", code: ["c", "d"] }],
  ["code", { state: "s", code: ["c", "c"] }],
])("a parameter given twice is refused: %s", async ([name, response]) => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = webApp().acquireTokenByAuthCodeFlow(flow, response);

  await expect(result).rejects.toMatchObject({
    code: "invalid_auth_response",
    message: expect.stringContaining(name),
  });
});

test("what is no answer at all is an argument that is wrong", async () => {
  const { webApp } = setupScript();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };
  const wrong: unknown[] = ["state=s&code=c", null, undefined, 7, ["code"]];

  for (const response of wrong) {
    const result = webApp().acquireTokenByAuthCodeFlow(flow, response as AuthResponse);

    await expect(result, String(response)).rejects.toMatchObject({ code: "invalid_argument" });
  }
});

test("a flow that lost its verifier is refused before anything is sent", async () => {
  const { webApp } = setupScript();

  const result = webApp().acquireTokenByAuthCodeFlow(
    { authUri: "https://x", state: "s" },
    { state: "s", code: "c" },
  );

  await expect(result).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("codeVerifier"),
  });
});

test("a flow that lost its nonce gets no tokens from an answer with an ID token", async () => {
  const { webApp } = setupScript({ body: userTokens() });
  const app = webApp();

  const result = app.acquireTokenByAuthCodeFlow(
    { authUri: "https://x", state: "s", codeVerifier: "v" },
    { state: "s", code: "c" },
  );

  await expect(result).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("nonce"),
  });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("a code that was redeemed already is an error object with all of the provider's members", async () => {
  const { webApp, idp } = setup();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  await app.acquireTokenByAuthCodeFlow(flow, answer);

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(result).toMatchObject({
    error: "invalid_grant",
    error_codes: [54005],
    error_description: expect.stringContaining("AADSTS54005"),
    correlation_id: expect.any(String),
    trace_id: expect.any(String),
    timestamp: expect.any(String),
  });
});

test("claims of the sign-in are sent again with its code", async () => {
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';
  const { webApp, requests, script } = setupScript();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { claimsChallenge: claims });
  script({ body: userTokens({ id_token: idToken({ nonce: queryOf(flow).nonce }) }) });

  await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  expect(requests[0]?.form.claims).toBe(claims);
});

test("any client application can sign users in, as in the reference", async () => {
  const { plainApp, idp } = setup();
  const app = plainApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(app).toBeInstanceOf(ClientApplication);
  expect(result).toMatchObject({ access_token: expect.any(String) });
});

test("an ID token alone is a success with an empty access token, and the user is signed in", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow([]);
  script({
    body: userTokens({
      access_token: undefined,
      expires_in: undefined,
      id_token: idToken({ nonce: queryOf(flow).nonce }),
    }),
  });

  const result = await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  expect(result).toMatchObject({ access_token: "", id_token_claims: { preferred_username: ADA } });
  expect(await app.getAccounts()).toMatchObject([{ username: ADA }]);
});

test("flows CLI-09, B-41: an answer with neither access token nor ID token is an error, and nothing is kept", async () => {
  const { webApp } = setupScript({ body: { refresh_token: "new" } });
  const app = webApp();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = await app.acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" });

  expect(result).toMatchObject({ error: expect.any(String) });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("flows CLI-05, CLI-06: a cache is told of a sign-in's refresh token, not of a refresh's, and of no credential", async () => {
  class RecordingCache extends TokenCache {
    readonly events: TokenEvent[] = [];
    override add(event: TokenEvent, now?: number): void {
      this.events.push(event);
      super.add(event, now);
    }
  }
  const tokenCache = new RecordingCache();
  const { webApp, signIn } = setup();
  const app = webApp({ tokenCache });

  await signIn(app);
  const [account] = await app.getAccounts();
  await app.acquireTokenSilent(["Mail.Read"], account);

  const [signedIn, refreshed, ...others] = tokenCache.events;
  expect(others).toEqual([]);
  expect(signedIn).toMatchObject({
    client_id: WEB_APP,
    grant_type: "authorization_code",
    environment: "login.microsoftonline.com",
    token_endpoint: TOKEN_ENDPOINT,
    response: { refresh_token: expect.any(String) },
  });
  expect(refreshed).toMatchObject({ grant_type: "refresh_token", skip_account_creation: true });
  expect(Object.keys(refreshed?.response ?? {})).not.toContain("refresh_token");
  expect(JSON.stringify(tokenCache.events)).not.toContain(WEB_APP_SECRET);
});

test("flows B-15: tokens that do not say whose they are are handed out but not kept", async () => {
  const { webApp } = setupScript({
    body: userTokens({ client_info: undefined, id_token: undefined }),
  });
  const app = webApp();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = await app.acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" });

  expect(result).toMatchObject({ access_token: "access-token-of-ada" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("an answer of 500 or more throws a service error with its status, text and Retry-After", async () => {
  const { webApp } = setupScript({
    status: 503,
    headers: { "retry-after": "7" },
    body: "down for a moment",
  });
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = webApp().acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" });

  await expect(result).rejects.toMatchObject({
    code: "service_error",
    status: 503,
    retryAfter: 7,
    response: "down for a moment",
  });
});

// Answers that break the protocol.
test.for<[number, unknown]>([
  [200, "<html>a proxy</html>"],
  [400, "<html>a proxy</html>"],
  [200, "[]"],
  [200, "null"],
  [400, { message: "no error member" }],
  [302, ""],
  [200, { access_token: 7 }],
])("flows X-06: status %i with the body %j throws invalid_response", async ([status, body]) => {
  const { webApp } = setupScript({ status, body });
  const app = webApp();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = app.acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" });

  await expect(result).rejects.toMatchObject({ code: "invalid_response", status });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("an aborted redemption rejects with the signal's own reason, and keeps nothing", async () => {
  const controller = new AbortController();
  const reason = new Error("the user left");
  const { webApp } = setupScript(() => {
    controller.abort(reason);
    return { body: userTokens() };
  });
  const app = webApp();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

  const result = app.acquireTokenByAuthCodeFlow(
    flow,
    { state: "s", code: "c" },
    { signal: controller.signal },
  );

  await expect(result).rejects.toBe(reason);
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});
