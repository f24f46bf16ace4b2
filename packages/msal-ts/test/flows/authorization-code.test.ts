import { unwrap } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  contents,
  EMPTY,
  idToken,
  PASSWORD,
  REDIRECT_URI,
  setup,
  setupScript,
  userTokens,
  WEB_APP,
} from "../setup.js";

test("flows E2E-12: URL and code by hand lead to tokens, with the nonce that was sent", async () => {
  const { webApp, idp } = setup();
  const app = webApp();
  const url = await app.getAuthorizationRequestUrl(["User.Read"], {
    redirectUri: REDIRECT_URI,
    state: "state-of-mine",
    nonce: "nonce-of-mine",
  });
  const { code = "", state } = await idp.signIn(url, { username: ADA, password: PASSWORD });

  const result = unwrap(
    await app.acquireTokenByAuthorizationCode(code, ["User.Read"], {
      redirectUri: REDIRECT_URI,
      nonce: "nonce-of-mine",
    }),
  );

  expect(state).toBe("state-of-mine");
  expect(result.id_token_claims).toMatchObject({ nonce: "nonce-of-mine", preferred_username: ADA });
  expect(await app.getAccounts()).toEqual([result.account]);
});

test("flows E2E-12: another nonce than the one that was sent is refused, and nothing is cached", async () => {
  const { webApp } = setupScript({ body: userTokens({ id_token: idToken({ nonce: "another" }) }) });
  const app = webApp();

  await expect(
    app.acquireTokenByAuthorizationCode("code-of-a-sign-in", ["User.Read"], { nonce: "mine" }),
  ).rejects.toMatchObject({ code: "invalid_id_token", message: expect.stringMatching(/nonce/) });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("the URL carries what was asked for, and nothing of its own", async () => {
  const { webApp } = setupScript();
  const url = new URL(
    await webApp().getAuthorizationRequestUrl(["User.Read"], {
      loginHint: ADA,
      responseType: "id_token",
      prompt: "login",
      domainHint: "organizations",
    }),
  );

  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: WEB_APP,
    response_type: "id_token",
    scope: "User.Read offline_access openid profile",
    login_hint: ADA,
    prompt: "login",
    domain_hint: "organizations",
  });
});

test("flows APP-34: redeeming a code is number 832 to telemetry, without a verifier and routed to nobody", async () => {
  const { webApp, requests } = setupScript({ body: { error: "invalid_grant" } });

  await webApp().acquireTokenByAuthorizationCode("code-of-a-sign-in", ["User.Read"]);

  expect(requests[0]?.headers).toMatchObject({ "x-client-current-telemetry": "4|832,0|" });
  expect(requests[0]?.headers).not.toHaveProperty("x-anchormailbox");
  expect(requests[0]?.form).toEqual({
    client_id: WEB_APP,
    client_secret: expect.any(String),
    client_info: "1",
    grant_type: "authorization_code",
    code: "code-of-a-sign-in",
    scope: "User.Read offline_access openid profile",
  });
});

test("claims reach the URL by hand, and the request that redeems its code", async () => {
  const { webApp, requests } = setupScript({ body: userTokens() });
  const app = webApp();
  const claimsChallenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
  const options = { redirectUri: REDIRECT_URI, claimsChallenge };

  const url = new URL(await app.getAuthorizationRequestUrl(["User.Read"], options));
  const result = await app.acquireTokenByAuthorizationCode("a-code", ["User.Read"], options);

  const sent = { redirect_uri: REDIRECT_URI, claims: claimsChallenge };
  expect(Object.fromEntries(url.searchParams)).toMatchObject(sent);
  expect(requests[0]?.form).toMatchObject(sent);
  expect(result).toMatchObject({ access_token: "access-token-of-ada" });
});

test("a code by hand that the provider refuses is its error object", async () => {
  const refusal = { error: "invalid_grant", error_description: "AADSTS70008: It has expired." };
  const { webApp } = setupScript({ status: 400, body: refusal });

  const result = await webApp().acquireTokenByAuthorizationCode("an-old-code", ["User.Read"]);

  expect(result).toMatchObject(refusal);
});

test("both say in the log what to use instead", async () => {
  const { webApp, warnings } = setupScript({ body: { error: "invalid_grant" } });
  const app = webApp();

  await app.getAuthorizationRequestUrl(["User.Read"]);
  await app.acquireTokenByAuthorizationCode("code-of-a-sign-in", ["User.Read"]);

  expect(warnings()).toEqual([
    expect.stringContaining("initiateAuthCodeFlow"),
    expect.stringContaining("acquireTokenByAuthCodeFlow"),
  ]);
});

// What cannot be meant, and the argument that the message names.
test.for<[string, unknown[], RegExp]>([
  ["no code", [undefined, ["s"]], /^code must be/],
  ["an empty code", ["", ["s"]], /^code must be/],
  ["text for scopes", ["c", "s"], /^scopes must be/],
  ["a reserved scope", ["c", ["openid"]], /"openid"/],
  ["a nonce that is a number", ["c", ["s"], { nonce: 5 }], /^nonce must be a string/],
  ["a redirect URI that is none", ["c", ["s"], { redirectUri: "here" }], /^redirectUri must be/],
  ["a state", ["c", ["s"], { state: "x" }], /no option "state"/],
])("%s is refused before a request", async ([, [code, scopes, options], message]) => {
  const { webApp } = setupScript();

  await expect(
    webApp().acquireTokenByAuthorizationCode(code as string, scopes as string[], options as object),
  ).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(message) });
});
