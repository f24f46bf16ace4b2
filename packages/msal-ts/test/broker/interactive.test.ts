/** Flows §10: the interactive sign-in by a broker, from what disturbs the user least to what disturbs most. */
import {
  type Account,
  type InteractiveOptions,
  MsalError,
  PersistedTokenCache,
  PublicClientApplication,
} from "msal-ts";
import { expect, test } from "vitest";
import { MemoryStore } from "../cache/memory-store.js";
import {
  ADA,
  AUTHORITY,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  FABRIKAM,
  HOST,
  remember,
  START,
  USER,
} from "../setup.js";
import { ACCOUNT_ID, brokerToken, type FakeBroker, failure, setupBroker } from "./setup.js";

const parentWindowHandle: typeof PublicClientApplication.CONSOLE_WINDOW_HANDLE =
  PublicClientApplication.CONSOLE_WINDOW_HANDLE;
const SCOPES = ["User.Read"];

test("flows BRK-01: signed in, known, read silently, signed out; then the account is of no use any more", async () => {
  const { app, broker } = setupBroker(
    {},
    {
      signInSilently: failure("InteractionRequired"),
      signInInteractively: brokerToken(),
      acquireTokenSilently: brokerToken({ accessToken: "another-token-of-the-broker" }),
    },
  );

  const result = await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });

  expect(result).toMatchObject({
    access_token: "access-token-of-the-broker",
    token_source: "broker",
    account: { localAccountId: ACCOUNT_ID },
  });
  const [account] = await app.getAccounts();
  expect(account).toMatchObject({ username: ADA, localAccountId: ACCOUNT_ID });
  const again = await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });
  expect(again).toMatchObject({
    access_token: "another-token-of-the-broker",
    token_source: "broker",
  });
  if (account === undefined) return;

  await app.removeAccount(account);

  expect(broker.questions.at(-1)).toMatchObject({ operation: "signOut", about: [ACCOUNT_ID] });
  expect(await app.getAccounts()).toEqual([]);
  broker.answers.acquireTokenSilently = failure("AccountUnusable");
  expect(await app.acquireTokenSilent(SCOPES, account)).toBeNull();
  expect(broker.questions.at(-1)).toMatchObject({ about: [ACCOUNT_ID] });
});

test("flows BRK-01: an account that the broker has signed out is refused with Status_AccountUnusable", async () => {
  const { app, broker } = setupBroker({}, { signInSilently: brokerToken() });
  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  const [account] = await app.getAccounts();
  broker.answers.acquireTokenSilently = failure("AccountUnusable", "Signed out.");

  const result = await app.acquireTokenSilentWithError(SCOPES, account, { forceRefresh: true });

  expect(result).toEqual({
    error: "broker_error",
    error_description:
      "Signed out. Status: Status_AccountUnusable, Error code: 3399614473, Tag: 508634112",
  });
});

// What Microsoft Entra says when the registration lacks the broker's redirect URI.
test.for(["AADSTS50011", "AADSTS7000218"])(
  "flows BRK-02: %s says which redirect URI to register",
  async (number) => {
    const { app } = setupBroker(
      {},
      { signInSilently: failure("ApiContractViolation", `${number}: no such redirect URI`) },
    );

    const signIn = app.acquireTokenInteractive(SCOPES, { parentWindowHandle });

    await expect(signIn).rejects.toMatchObject({
      code: "broker_error",
      message: expect.stringContaining(`ms-appx-web://Microsoft.AAD.BrokerPlugin/${DESKTOP_APP} `),
    });
  },
);

test("flows BRK-03: select_account asks the user at once", async () => {
  const { app, broker } = setupBroker({}, { signInInteractively: brokerToken() });
  const shown: string[] = [];

  const result = await app.acquireTokenInteractive(SCOPES, {
    prompt: "select_account",
    parentWindowHandle,
    onBeforeLaunchingUi: ({ ui }) => shown.push(ui),
  });

  expect(result).toMatchObject({ access_token: "access-token-of-the-broker" });
  expect(broker.operations()).toEqual(["signInInteractively"]);
  expect(shown).toEqual(["broker"]);
});

test("flows BRK-04: whoever is signed in to the computer gets a token without being asked", async () => {
  const { app, broker, requests } = setupBroker({}, { signInSilently: brokerToken() });

  const result = await app.acquireTokenInteractive(SCOPES, {
    parentWindowHandle,
    onBeforeLaunchingUi: () => expect.fail("nothing opens"),
  });

  expect(result).toEqual({
    access_token: "access-token-of-the-broker",
    token_type: "Bearer",
    expires_in: 3600,
    scope: "User.Read",
    id_token: expect.stringMatching(/^ey/),
    id_token_claims: brokerToken().idTokenClaims,
    client_info: expect.any(String),
    token_source: "broker",
    account: {
      homeAccountId: USER.homeAccountId,
      environment: HOST,
      username: ADA,
      localAccountId: ACCOUNT_ID,
      realm: CONTOSO,
      authorityType: "MSSTS",
      name: "Ada Lovelace",
    },
  });
  expect(broker.operations()).toEqual(["signInSilently"]);
  expect(requests).toEqual([]);
});

test("flows §10.7: cached are the token, the ID token and the account with the broker's id; no refresh token", async () => {
  const { app } = setupBroker({}, { signInSilently: brokerToken() });

  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });

  const { accessTokens, accounts, refreshTokens, idTokens } = contents(app.tokenCache);
  expect(accessTokens).toMatchObject([
    {
      secret: "access-token-of-the-broker",
      environment: HOST,
      realm: CONTOSO,
      target: "User.Read",
    },
  ]);
  expect(accounts).toMatchObject([
    { local_account_id: ACCOUNT_ID, account_source: "broker", authority_type: "MSSTS" },
  ]);
  expect(idTokens).toHaveLength(1);
  expect(refreshTokens).toEqual([]);
});

test("flows §10.1: the broker is told all that was asked for, the scopes as they were written", async () => {
  const { app, broker } = setupBroker(
    { clientCapabilities: ["CP1"], instanceDiscovery: false },
    { signInSilently: failure("InteractionRequired"), signInInteractively: brokerToken() },
  );

  await app.acquireTokenInteractive(SCOPES, {
    loginHint: ADA,
    domainHint: "contoso.com",
    claimsChallenge: '{"id_token":{"acrs":null}}',
    parentWindowHandle: 0x1234n,
    extraQueryParameters: { dc: "prod" },
    extraTokenParameters: { token_type: "pop", req_cnf: "cnf", key_id: "kid" },
  });

  const parameters = {
    dc: "prod",
    token_type: "pop",
    req_cnf: "cnf",
    key_id: "kid",
    domain_hint: "contoso.com",
    validateAuthority: "no",
  };
  const request = {
    clientId: DESKTOP_APP,
    authority: AUTHORITY,
    scopes: SCOPES,
    claims: '{"id_token":{"acrs":null},"access_token":{"xms_cc":{"values":["CP1"]}}}',
    correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    signal: expect.any(AbortSignal),
    parameters,
  };
  expect(broker.questions).toEqual([
    { operation: "signInSilently", request },
    {
      operation: "signInInteractively",
      request: { ...request, windowHandle: 0x1234n, loginHint: ADA },
    },
  ]);
});

test("flows §10.1: the console has no window of its own, and its dialog a thread", async () => {
  const { app, broker } = setupBroker({}, { signInInteractively: brokerToken() });

  await app.acquireTokenInteractive(SCOPES, { prompt: "select_account", parentWindowHandle });

  const request = broker.questions[0]?.request;
  expect(request).not.toHaveProperty("windowHandle");
  expect(request?.parameters).toEqual({ msal_gui_thread: "true" });
});

test("flows §10.2: without a parentWindowHandle nothing is asked", async () => {
  const { app, broker } = setupBroker();

  await expect(app.acquireTokenInteractive(SCOPES)).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("CONSOLE_WINDOW_HANDLE"),
  });

  expect(broker.questions).toEqual([]);
});

test("flows §10.2: extra scopes to consent are ignored, with a warning", async () => {
  const { app, broker, warnings } = setupBroker({}, { signInSilently: brokerToken() });

  await app.acquireTokenInteractive(SCOPES, {
    parentWindowHandle,
    extraScopesToConsent: ["Mail.Read"],
  });

  expect(warnings()).toEqual([expect.stringContaining("extraScopesToConsent")]);
  expect(broker.questions[0]?.request.scopes).toEqual(SCOPES);
});

test("flows §10.3: a hint at the one account that is known gets its token, and nobody is asked", async () => {
  const { app, broker } = setupBroker({}, { signInSilently: brokerToken() });
  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  broker.questions.length = 0;
  broker.answers.acquireTokenSilently = brokerToken({ accessToken: "the-known-account" });

  const result = await app.acquireTokenInteractive(["Mail.Read"], {
    loginHint: ADA.toUpperCase(),
    parentWindowHandle,
  });

  expect(result).toMatchObject({ access_token: "the-known-account" });
  expect(broker.questions).toMatchObject([
    { operation: "acquireTokenSilently", about: [ACCOUNT_ID], request: { scopes: ["Mail.Read"] } },
  ]);
});

// What a broker may do when it is asked for the known account.
test.for<[string, FakeBroker["answers"]["acquireTokenSilently"]]>([
  ["refuses", failure("NoNetwork")],
  ["does not answer", () => new Promise(() => {})],
  ["answers rubbish", () => brokerToken({ accessToken: "" })],
  ["answers for another tenant", brokerToken({ idTokenClaims: { tid: FABRIKAM } })],
])("flows §10.3: if the broker %s for the known account, the sign-in goes on", async ([, said]) => {
  const { app, broker } = setupBroker({ timeout: 20 }, { signInSilently: brokerToken() });
  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  broker.questions.length = 0;
  broker.answers.acquireTokenSilently = said;

  const result = await app.acquireTokenInteractive(SCOPES, { loginHint: ADA, parentWindowHandle });

  expect(result).toMatchObject({ access_token: "access-token-of-the-broker" });
  expect(broker.operations()).toEqual(["acquireTokenSilently", "signInSilently"]);
});

test("flows §10.3: a store that does not tell who is in it leaves the hint to the broker", async () => {
  const store = new MemoryStore();
  const tokenCache = new PersistedTokenCache({
    read: (partition) => store.read(partition),
    write: (partition, changes) => store.write(partition, changes),
  });
  const { app, broker } = setupBroker({ tokenCache }, { signInSilently: brokerToken() });

  const result = await app.acquireTokenInteractive(SCOPES, { loginHint: ADA, parentWindowHandle });

  expect(result).toMatchObject({ token_source: "broker" });
  expect(broker.operations()).toEqual(["signInSilently"]);
});

test("flows §10.3: the token of a hint at an account that the cache knows under another name of the host is kept", async () => {
  const { app } = setupBroker({}, { acquireTokenSilently: brokerToken() });
  const elsewhere = { client_id: DESKTOP_APP, environment: "login.windows.net" };
  remember(app.tokenCache, { refresh_token: undefined }, elsewhere);
  const options: InteractiveOptions = { loginHint: ADA, parentWindowHandle };

  const [account] = (await app.getAccounts()) as [Account];
  const result = await app.acquireTokenInteractive(["Mail.Read"], options);

  expect(account).toMatchObject({ environment: "login.windows.net" });
  expect(result).toMatchObject({ token_source: "broker" });
  expect(await app.acquireTokenSilent(SCOPES, account)).toMatchObject({
    access_token: "access-token-of-the-broker",
    token_source: "cache",
  });
});

// Flows B-18: who is signed in is compared with the hint, by name.
test.for<[string, Record<string, unknown>, boolean]>([
  ["preferred_username", { preferred_username: "Ada@Contoso.OnMicrosoft.com" }, true],
  ["upn", { upn: ADA }, true],
  ["preferred_username", { preferred_username: "grace@contoso.onmicrosoft.com", upn: ADA }, false],
  ["nothing", {}, false],
])("flows B-18: hinted at by %s (%o): the same user %s", async ([, named, same]) => {
  const claims = { sub: "pairwise", tid: CONTOSO, ...named };
  const current = brokerToken({ idTokenClaims: claims, accessToken: "token-of-the-current-user" });
  const { app, broker } = setupBroker(
    {},
    { signInSilently: current, signInInteractively: brokerToken() },
  );

  const quiet = await app.acquireTokenInteractive(SCOPES, {
    prompt: "none",
    loginHint: ADA,
    parentWindowHandle,
  });
  const cached = contents(app.tokenCache).accessTokens;
  broker.questions.length = 0;
  broker.answers.acquireTokenSilently = undefined;
  const result = await app.acquireTokenInteractive(SCOPES, { loginHint: ADA, parentWindowHandle });

  const own = { access_token: "token-of-the-current-user" };
  const refused = {
    error: "broker_error",
    error_description: expect.stringContaining("loginHint"),
  };
  expect(quiet).toMatchObject(same ? own : refused);
  expect(cached).toHaveLength(same ? 1 : 0);
  expect(result).toMatchObject(same ? own : { access_token: "access-token-of-the-broker" });
  expect(broker.operations().includes("signInInteractively")).toBe(!same);
});

// With prompt "none" nobody is asked; without a prompt only these two can be mended by asking.
test.for<[string, string | undefined, boolean]>([
  ["InteractionRequired", undefined, true],
  ["AccountUnusable", undefined, true],
  ["Status_AccountUnusable", undefined, true],
  ["NoNetwork", undefined, false],
  ["UserCanceled", undefined, false],
  ["InteractionRequired", "none", false],
])("flows §10.3: %s with the prompt %s asks the user: %s", async ([status, prompt, asks]) => {
  const { app, broker } = setupBroker(
    {},
    { signInSilently: failure(status), signInInteractively: brokerToken() },
  );

  const result = await app.acquireTokenInteractive(SCOPES, { prompt, parentWindowHandle });

  expect(result).toMatchObject(
    asks ? { access_token: "access-token-of-the-broker" } : { error: "broker_error" },
  );
  expect(broker.operations()).toHaveLength(asks ? 2 : 1);
});

test("flows E2E-25: select_account drops the hint, with a warning; parameters of personal accounts are passed on", async () => {
  const { app, broker, warnings } = setupBroker(
    { authority: `https://${HOST}/organizations` },
    { signInInteractively: brokerToken() },
  );

  await app.acquireTokenInteractive(SCOPES, {
    prompt: "select_account",
    loginHint: ADA,
    parentWindowHandle,
    extraTokenParameters: { msal_request_type: "consumer_passthrough" },
  });

  expect(broker.operations()).toEqual(["signInInteractively"]);
  const request = broker.questions[0]?.request;
  expect(request).not.toHaveProperty("loginHint");
  expect(request).toMatchObject({
    authority: `https://${HOST}/organizations`,
    parameters: { msal_request_type: "consumer_passthrough" },
  });
  expect(warnings()).toEqual([expect.stringContaining("loginHint is ignored")]);
});

test("a prompt that a broker does not know asks the user, with a warning", async () => {
  const { app, broker, warnings } = setupBroker({}, { signInInteractively: brokerToken() });

  await app.acquireTokenInteractive(SCOPES, {
    prompt: "login",
    loginHint: ADA,
    parentWindowHandle,
  });

  expect(broker.questions).toMatchObject([
    { operation: "signInInteractively", request: { loginHint: ADA } },
  ]);
  expect(warnings()).toEqual([expect.stringContaining('"login"')]);
});

test("deltas 24: what the broker refuses the user is a value, and so is what it throws", async () => {
  const { app, broker } = setupBroker({}, { signInInteractively: failure("UserCanceled", " ") });
  const ask = () =>
    app.acquireTokenInteractive(SCOPES, { prompt: "select_account", parentWindowHandle });

  const refused = await ask();
  broker.answers.signInInteractively = new TypeError("The runtime is gone.");
  const broken = await ask();

  expect(refused).toMatchObject({
    error: "broker_error",
    error_description: expect.stringMatching(/did not say.*Status_UserCanceled/),
  });
  expect(broken).toMatchObject({
    error: "broker_error",
    error_description: expect.stringContaining("The runtime is gone. Status: Status_Unexpected"),
  });
});

// What a broker may say about a failure that is no words.
test.for<[string, object]>([
  ["a number", { context: 42 }],
  ["an object", { context: {} }],
  ["null", { context: null, code: null, tag: null }],
  ["what cannot be written", { code: Symbol("code"), tag: Object.create(null) }],
])("a failure that says %s is a refusal all the same", async ([, members]) => {
  const { app } = setupBroker({}, { signInSilently: { status: "NoNetwork", ...members } });

  expect(await app.acquireTokenInteractive(SCOPES, { parentWindowHandle })).toEqual({
    error: "broker_error",
    error_description:
      "The broker did not say what went wrong. Status: Status_NoNetwork, Error code: unknown, Tag: unknown",
  });
});

test("flows §10.4: an SSH certificate begins with AAAA; what does not is refused, unshown and uncached", async () => {
  const extraTokenParameters = { token_type: "ssh-cert", req_cnf: "{}", key_id: "kid" };
  const { app, broker } = setupBroker({}, { signInSilently: brokerToken() });
  const ask = () =>
    app.acquireTokenInteractive(SCOPES, { parentWindowHandle, extraTokenParameters });

  const error = await ask().catch((reason: unknown) => reason);

  expect(error).toBeInstanceOf(MsalError);
  expect(error).toMatchObject({ code: "broker_error" });
  expect((error as MsalError).message).not.toContain("access-t");
  expect(contents(app.tokenCache)).toEqual(EMPTY);
  broker.answers.signInSilently = brokerToken({ accessToken: "AAAAcertificate" });
  expect(await ask()).toMatchObject({ access_token: "AAAAcertificate", token_type: "ssh-cert" });
});

test("maxAge is passed on; who typed the password earlier is asked, and refused if that does not help", async () => {
  const typed = (ago: number) =>
    brokerToken({ idTokenClaims: { ...brokerToken().idTokenClaims, auth_time: START - ago } });
  const { app, broker } = setupBroker(
    {},
    { signInSilently: typed(1000), signInInteractively: typed(10) },
  );
  const ask = () => app.acquireTokenInteractive(SCOPES, { maxAge: 60, parentWindowHandle });

  const result = await ask();

  expect(result).toMatchObject({ id_token_claims: { auth_time: START - 10 } });
  expect(broker.questions.map(({ request }) => request.parameters?.max_age)).toEqual(["60", "60"]);
  broker.answers.signInInteractively = typed(1000);
  await expect(ask()).rejects.toMatchObject({ code: "invalid_id_token" });
});

test("a token of another tenant than the authority's is refused and not cached", async () => {
  const tid = "fab51ca3-0000-4000-8000-000000000002";
  const foreign = brokerToken({ idTokenClaims: { ...brokerToken().idTokenClaims, tid } });
  const { app } = setupBroker({}, { signInSilently: foreign });

  await expect(app.acquireTokenInteractive(SCOPES, { parentWindowHandle })).rejects.toMatchObject({
    code: "invalid_id_token",
    message: expect.stringContaining(tid),
  });

  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

// What is no answer of a broker; the message names what is wrong with it.
test.for<[string, unknown]>([
  ["accessToken", undefined],
  ["accessToken", "a token"],
  ["accessToken", brokerToken({ accessToken: "" })],
  ["accountId", brokerToken({ accountId: "" })],
  ["homeAccountId", brokerToken({ homeAccountId: "ada" })],
  ["expiresOn", brokerToken({ expiresOn: Number.NaN })],
  ["scopes", brokerToken({ scopes: "User.Read" as never })],
  ["idTokenClaims", brokerToken({ idTokenClaims: undefined as never })],
  ["idTokenClaims", brokerToken({ idTokenClaims: { sub: 1n } })],
  ["idToken", brokerToken({ idToken: 7 as never })],
  ["username", brokerToken({ username: {} as never })],
])("an answer whose %s is wrong is broker_error, and nothing is cached", async ([name, answer]) => {
  const { app } = setupBroker({}, { signInSilently: () => answer });

  await expect(app.acquireTokenInteractive(SCOPES, { parentWindowHandle })).rejects.toMatchObject({
    code: "broker_error",
    message: expect.stringContaining(name),
  });

  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("timeout and signal end the wait for the user, and what comes later is dropped", async () => {
  let answer = (_: unknown): void => {};
  const signals: AbortSignal[] = [];
  const { app } = setupBroker(
    {},
    {
      signInInteractively: ({ signal }) => {
        signals.push(signal);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    },
  );
  const options: InteractiveOptions = { prompt: "select_account", parentWindowHandle };
  const controller = new AbortController();

  await expect(
    app.acquireTokenInteractive(SCOPES, { ...options, timeout: 20 }),
  ).rejects.toMatchObject({ code: "timeout", message: expect.stringContaining("20 ms") });
  answer(brokerToken());
  const aborted = app.acquireTokenInteractive(SCOPES, { ...options, signal: controller.signal });
  await expect.poll(() => signals.length).toBe(2);
  controller.abort(new Error("The user changed her mind."));

  await expect(aborted).rejects.toThrow("The user changed her mind.");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  answer(brokerToken());
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});
