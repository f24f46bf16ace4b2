import { type ConfidentialClientApplication, unwrap } from "msal-ts";
import { expect, test } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  contents,
  queryOf,
  REDIRECT_URI,
  remember,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

const ACCOUNT = { homeAccountId: USER.homeAccountId } as never;
const SSH = { token_type: "ssh-cert", key_id: "key-1", req_cnf: '{"kty":"RSA"}' };

/** Each call that has `extraTokenParameters`, made once. */
const CALLS: Record<
  string,
  (
    app: ConfidentialClientApplication,
    extraTokenParameters: Record<string, string>,
  ) => Promise<unknown>
> = {
  acquireTokenForClient: (app, extraTokenParameters) =>
    app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters }),
  acquireTokenOnBehalfOf: (app, extraTokenParameters) =>
    app.acquireTokenOnBehalfOf("a.b.c", ["User.Read"], { extraTokenParameters }),
  acquireTokenByRefreshToken: (app, extraTokenParameters) =>
    app.acquireTokenByRefreshToken("refresh-token-of-adal", ["User.Read"], {
      extraTokenParameters,
    }),
  acquireTokenByAuthorizationCode: (app, extraTokenParameters) =>
    app.acquireTokenByAuthorizationCode("code-of-a-sign-in", ["User.Read"], {
      extraTokenParameters,
    }),
  acquireTokenByAuthCodeFlow: (app, extraTokenParameters) =>
    app.acquireTokenByAuthCodeFlow(
      { authUri: "", state: "state", codeVerifier: "verifier-of-a-sign-in" } as never,
      { state: "state", code: "code-of-a-sign-in" },
      { extraTokenParameters },
    ),
  acquireTokenSilent: (app, extraTokenParameters) => {
    remember(app.tokenCache, { access_token: undefined });
    return app.acquireTokenSilent(["User.Read"], ACCOUNT, { extraTokenParameters });
  },
};

test.for(Object.keys(CALLS))("%s adds parameters to the body of its request", async (name) => {
  const { webApp, requests } = setupScript({ body: { error: "invalid_grant" } });

  await CALLS[name]?.(webApp(), { dc: "prod", slice: "test slice" });

  expect(requests[0]?.form).toMatchObject({ dc: "prod", slice: "test slice" });
});

// What is refused before a request, by every call.
const REFUSED: [string, unknown, string][] = [
  ["text", "dc=prod", "extraTokenParameters must be an object"],
  ["a list", ["dc"], "extraTokenParameters must be an object"],
  ["a number in it", { dc: 1 }, "extraTokenParameters.dc must be a string"],
  ["a scope", { scope: "s" }, '"scope"'],
  ["a grant type", { grant_type: "password" }, '"grant_type"'],
  ["another client", { client_id: "id" }, '"client_id"'],
  ["an SSH certificate without a key", { token_type: "ssh-cert", req_cnf: "x" }, "key_id"],
  ["an SSH certificate for no key", { token_type: "ssh-cert", key_id: "x" }, "req_cnf"],
];
test.for(Object.keys(CALLS).flatMap((name) => REFUSED.map((row) => [name, ...row] as const)))(
  "%s refuses %s",
  async ([name, , extra, message]) => {
    const { webApp } = setupScript();

    await expect(CALLS[name]?.(webApp(), extra as Record<string, string>)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(message),
    });
  },
);

test("flows E2E-15: an app's token is bound to the key that was named, and another key gets another token", async () => {
  const { webApp, requests } = setupScript(
    { body: appTokens({ access_token: "bound to key-1", token_type: "ssh-cert" }) },
    { body: appTokens({ access_token: "bound to key-2", token_type: "ssh-cert" }) },
    { body: appTokens({ access_token: "bearer" }) },
  );
  const app = webApp();
  const get = async (extraTokenParameters?: Record<string, string>) =>
    unwrap(await app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters }));

  const first = await get(SSH);
  const again = await get(SSH);
  const other = await get({ ...SSH, key_id: "key-2" });
  const bearer = await get();

  expect(first).toMatchObject({ access_token: "bound to key-1", token_type: "ssh-cert" });
  expect(again).toMatchObject({ access_token: "bound to key-1", token_source: "cache" });
  expect(other).toMatchObject({ access_token: "bound to key-2" });
  expect(bearer).toMatchObject({ access_token: "bearer" });
  expect(requests[0]?.form).toMatchObject(SSH);
});

test("flows E2E-15: a silent call with a key of its own redeems the refresh token, with the same parameters for each", async () => {
  const { webApp, requests } = setupScript({
    body: userTokens({ access_token: "bound", token_type: "pop" }),
  });
  const app = webApp();
  remember(app.tokenCache);
  const extraTokenParameters = { token_type: "pop", key_id: "key-1", req_cnf: "cnf" };

  const bound = await app.acquireTokenSilent(["User.Read"], ACCOUNT, { extraTokenParameters });
  const again = await app.acquireTokenSilent(["User.Read"], ACCOUNT, { extraTokenParameters });
  const bearer = await app.acquireTokenSilent(["User.Read"], ACCOUNT);

  expect(bound).toMatchObject({ access_token: "bound", token_type: "pop" });
  expect(again).toMatchObject({ access_token: "bound", token_source: "cache" });
  expect(bearer).toMatchObject({ access_token: "access-token-of-ada", token_type: "Bearer" });
  expect(requests[0]?.form).toMatchObject(extraTokenParameters);
  expect(contents(app.tokenCache).accessTokens).toHaveLength(2);
});

test("flows E2E-16: a token bound to a key without a name is asked for each time", async () => {
  const pop = { body: appTokens({ access_token: "bound", token_type: "pop" }) };
  const { webApp, requests } = setupScript(pop, pop);
  const app = webApp();
  const extraTokenParameters = { token_type: "pop", req_cnf: "cnf" };

  await app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters });
  await app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters });

  expect(requests).toHaveLength(2);
});

test("calls with different parameters at the same moment are not the same", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const app = webApp();

  await Promise.all(
    ["one", "two"].map((dc) =>
      app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters: { dc } }),
    ),
  );

  expect(requests.map(({ form }) => form.dc).sort()).toEqual(["one", "two"]);
});

test("extraQueryParameters are in the URL of a sign-in, by either method", async () => {
  const { webApp } = setupScript();
  const extraQueryParameters = { dc: "prod", ui_locales: "de fr" };

  const flow = await webApp().initiateAuthCodeFlow(["s"], {
    redirectUri: REDIRECT_URI,
    extraQueryParameters,
  });
  const url = await webApp().getAuthorizationRequestUrl(["s"], { extraQueryParameters });

  expect(queryOf(flow)).toMatchObject(extraQueryParameters);
  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject(extraQueryParameters);
});

test.for(["state", "nonce", "code_challenge", "redirect_uri", "response_type", "claims"])(
  "extraQueryParameters must leave %s to the library",
  async (name) => {
    const { webApp } = setupScript();

    await expect(
      webApp().initiateAuthCodeFlow(["s"], { extraQueryParameters: { [name]: "x" } }),
    ).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(`extraQueryParameters must not contain "${name}"`),
    });
  },
);
