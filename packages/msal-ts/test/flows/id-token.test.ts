import { expect, test } from "vitest";
import {
  ADA,
  AUTHORITY,
  CONTOSO,
  contents,
  EMPTY,
  FABRIKAM,
  idToken,
  PASSWORD,
  queryOf,
  REDIRECT_URI,
  remember,
  START,
  setup,
  setupScript,
  USER,
  userTokens,
  WEB_APP,
} from "../setup.js";

const PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** A sign-in whose code is redeemed for an ID token with these claims. */
async function redeem({
  claims,
  authority = AUTHORITY,
  maxAge,
}: {
  claims: Record<string, unknown>;
  authority?: string;
  maxAge?: number;
}) {
  const { webApp, script, warnings } = setupScript();
  const app = webApp({ authority });
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { maxAge });
  script({ body: userTokens({ id_token: idToken({ nonce: queryOf(flow).nonce, ...claims }) }) });
  const result = app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });
  return { app, result, warnings };
}

// Claims that make the token somebody else's, and what the message names.
test.for<[string, Record<string, unknown>]>([
  ["audience", { aud: "22222222-2222-4222-8222-222222222222" }],
  ["audience", { aud: undefined }],
  ["audience", { aud: ["somebody", "else"] }],
  ["issuer", { iss: `https://login.microsoftonline.com/${FABRIKAM}/v2.0` }],
  ["issuer", { iss: `https://evil.example/${CONTOSO}/v2.0` }],
  ["issuer", { iss: `http://login.microsoftonline.com/${CONTOSO}/v2.0` }],
  ["issuer", { iss: undefined }],
  ["nonce", { nonce: "another" }],
  ["nonce", { nonce: undefined }],
  ["tenant", { tid: FABRIKAM }],
])("an ID token with another %s is refused, and nothing is kept: %j", async ([name, claims]) => {
  const { app, result } = await redeem({ claims });

  await expect(result).rejects.toMatchObject({
    code: "invalid_id_token",
    message: expect.stringContaining(name),
  });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("a refused ID token leaves a filled cache as it was", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  script({ body: userTokens({ access_token: "another", id_token: idToken({ nonce: "wrong" }) }) });

  const result = app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
  expect(contents(app.tokenCache)).toEqual(before);
});

test("a refused ID token's message shows no nonce and no personal claim", async () => {
  const { result } = await redeem({ claims: { nonce: "the-wrong-nonce" } });

  const error: unknown = await result.catch((thrown: unknown) => thrown);
  expect(String(error)).not.toMatch(/the-wrong-nonce|ada@|Lovelace/);
});

test.for([["no-jwt"], ["a.b"], ["a.!!.c"], [`a.${Buffer.from("[]").toString("base64url")}.c`]])(
  "what is no JWT is no ID token: %s",
  async ([id_token]) => {
    const { webApp } = setupScript({ body: userTokens({ id_token }) });
    const app = webApp();
    const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };

    const result = app.acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" });

    await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
    expect(contents(app.tokenCache)).toEqual(EMPTY);
  },
);

test("flows X-10: an aud that lists the client id will do; another case of it will not", async () => {
  const clientId = "AAAAAAAA-1111-4111-8111-111111111111";
  for (const [aud, fits] of [
    [["somebody", clientId], true],
    [clientId.toLowerCase(), false],
  ] as const) {
    const { webApp, script } = setupScript();
    const app = webApp({}, clientId);
    const flow = await app.initiateAuthCodeFlow(["User.Read"]);
    script({ body: userTokens({ id_token: idToken({ aud, nonce: queryOf(flow).nonce }) }) });

    const result = app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

    if (fits) await expect(result).resolves.toMatchObject({ token_type: "Bearer" });
    else await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
  }
});

// Decision 2: times that do not fit the local clock are a warning. Seconds from now, and whether it warns.
test.for<[string, number, boolean]>([
  ["exp", -121, true],
  ["exp", -119, false],
  ["nbf", 125, true],
  ["nbf", 115, false],
])(
  "flows X-10: %s %i seconds from now is accepted; a warning about the clock: %s",
  async ([claim, seconds, warns]) => {
    const { result, warnings } = await redeem({ claims: { [claim]: START + seconds } });

    expect(await result).toMatchObject({ access_token: "access-token-of-ada" });
    expect(warnings().some((line) => line.includes("clock"))).toBe(warns);
  },
);

// Seconds since the user typed a password; undefined: the token does not say.
test.for<[number, number | undefined, boolean]>([
  [10, undefined, false],
  [10, 0, true],
  [10, 125, true],
  [10, 135, false],
  [0, 100, true],
  [0, 121, false],
])(
  "flows X-11: with maxAge %i, a sign-in %s seconds ago is accepted: %s",
  async ([maxAge, ago, accepted]) => {
    const { app, result } = await redeem({
      maxAge,
      claims: { auth_time: ago === undefined ? undefined : START - ago },
    });

    if (accepted) {
      await expect(result).resolves.toMatchObject({ token_type: "Bearer" });
      return;
    }
    await expect(result).rejects.toMatchObject({
      code: "invalid_id_token",
      message: expect.stringContaining("auth_time"),
    });
    expect(contents(app.tokenCache)).toEqual(EMPTY);
  },
);

test("with maxAge the platform tells when the user signed in, and that is accepted", async () => {
  const { webApp, idp } = setup();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], {
    redirectUri: REDIRECT_URI,
    maxAge: 60,
  });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(result).toMatchObject({ id_token_claims: { auth_time: expect.any(Number) } });
});

// Authorities for many tenants, whose users bring the issuer of their own; and one under an alias of its host.
test.for<[string, Record<string, unknown>]>([
  ["common", {}],
  ["organizations", { iss: `https://login.microsoftonline.com/${FABRIKAM}/v2.0`, tid: FABRIKAM }],
  ["consumers", { iss: `https://login.microsoftonline.com/${PERSONAL}/v2.0`, tid: PERSONAL }],
  [CONTOSO.toUpperCase(), {}],
  // Without the profile scope a token may have no tid.
  [CONTOSO, { tid: undefined }],
  ["common", { tid: undefined }],
])("under %s the issuer of the token's own tenant fits: %j", async ([tenant, claims]) => {
  const authority = `https://login.microsoftonline.com/${tenant}`;

  const { result } = await redeem({ authority, claims });

  expect(await result).toMatchObject({ access_token: "access-token-of-ada" });
});

// Issuers that do not belong to the tenant that the token names.
test.for<[string, Record<string, unknown>]>([
  ["common", { tid: FABRIKAM }],
  ["consumers", {}],
  ["organizations", { iss: "https://login.microsoftonline.com/{tenantid}/v2.0" }],
])("under %s an issuer that is not the tenant's is refused: %j", async ([tenant, claims]) => {
  const authority = `https://login.microsoftonline.com/${tenant}`;

  const { app, result } = await redeem({ authority, claims });

  await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

// What a refresh answers with, beside the account whose refresh token it was.
test.for<[string, Record<string, unknown>]>([
  ["another audience", { id_token: idToken({ aud: "somebody" }) }],
  ["another issuer", { id_token: idToken({ iss: "https://evil.example/v2.0" }) }],
  ["another tenant", { id_token: idToken({ tid: FABRIKAM }) }],
])("a refresh answered with %s is refused, and the cache stays as it was", async ([, members]) => {
  const { webApp, script, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);
  const [account] = await app.getAccounts();
  clock.advance(3600);
  script({ body: userTokens({ access_token: "new", ...members }) });

  const result = app.acquireTokenSilent(["User.Read"], account);

  await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
  expect(contents(app.tokenCache)).toEqual(before);
});

test("a refresh answered with another user's tokens is refused, and the cache stays as it was", async () => {
  const { webApp, script, clock } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const before = contents(app.tokenCache);
  const [account] = await app.getAccounts();
  clock.advance(3600);
  const mallory = Buffer.from(JSON.stringify({ uid: "mallory", utid: CONTOSO }));
  script({
    body: userTokens({ access_token: "new", client_info: mallory.toString("base64url") }),
  });

  const result = app.acquireTokenSilent(["User.Read"], account);

  await expect(result).rejects.toMatchObject({ code: "invalid_response" });
  expect(contents(app.tokenCache)).toEqual(before);
});

test("a refresh without client_info keeps its tokens under the home account that is known", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });
  const [account] = await app.getAccounts();
  script({ body: userTokens({ access_token: "new", client_info: undefined }) });

  const result = await app.acquireTokenSilent(["User.Read"], account);

  expect(result).toMatchObject({ access_token: "new", account });
  const { accessTokens, idTokens } = contents(app.tokenCache);
  expect(accessTokens).toMatchObject([{ home_account_id: USER.homeAccountId }]);
  expect(idTokens).toMatchObject([{ home_account_id: USER.homeAccountId }]);
});

// ADFS has no client_info: its accounts are known by the subject.
test("at ADFS a refresh answered with another subject's ID token is refused", async () => {
  const authority = "https://fs.contoso.com/adfs";
  const { webApp, script } = setupScript();
  const app = webApp({ authority });
  const token_endpoint = `${authority}/oauth2/token`;
  remember(
    app.tokenCache,
    { access_token: undefined, client_info: undefined },
    { environment: "fs.contoso.com", token_endpoint },
  );
  const [account] = await app.getAccounts();
  const before = contents(app.tokenCache);
  const claims = { iss: authority, tid: undefined, sub: "pairwise-subject-of-mallory" };
  script(
    {
      body: {
        issuer: authority,
        authorization_endpoint: `${authority}/oauth2/authorize`,
        token_endpoint,
      },
    },
    { body: userTokens({ client_info: undefined, id_token: idToken(claims) }) },
  );

  const result = app.acquireTokenSilent(["User.Read"], account);

  await expect(result).rejects.toMatchObject({ code: "invalid_response" });
  expect(account?.homeAccountId).toBe("pairwise-subject-of-ada");
  expect(contents(app.tokenCache)).toEqual(before);
});

test("a guest signs in to the tenant that was asked for, under the home account", async () => {
  const { webApp, idp, signIn } = setup();
  const app = webApp({ authority: `https://login.microsoftonline.com/${FABRIKAM}` });
  const guest = idp.config.users.find(({ username }) => username.startsWith("guest@"));

  const result = await signIn(app, { username: "guest@contoso.onmicrosoft.com" });

  expect(result).toMatchObject({
    id_token_claims: { tid: FABRIKAM },
    account: { homeAccountId: `${guest?.oid}.${CONTOSO}`, realm: FABRIKAM },
  });
});

test("claims that were checked are what the result shows", async () => {
  const { result } = await redeem({ claims: { extra: "kept" } });

  expect(await result).toMatchObject({
    id_token_claims: { aud: WEB_APP, tid: CONTOSO, oid: USER.oid, extra: "kept" },
  });
});

test("claims that the answer holds beside the ID token make no account", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  script({
    body: userTokens({
      id_token: idToken({ nonce: queryOf(flow).nonce }),
      id_token_claims: { oid: "mallory", preferred_username: "mallory@evil.example" },
    }),
  });

  await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  expect(contents(app.tokenCache).accounts).toMatchObject([
    { username: ADA, local_account_id: USER.oid },
  ]);
});

test("claims that the answer holds in place of an ID token say nobody's name", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  script({
    body: userTokens({
      id_token: undefined,
      id_token_claims: { preferred_username: "mallory@evil.example" },
    }),
  });

  const result = await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  expect(JSON.stringify([result, contents(app.tokenCache)])).not.toContain("mallory");
});

// String.replace reads "$&" as the placeholder itself.
test.for([
  ["$&", "{tenantid}"],
  ["$'", "/v2.0"],
])("a tid that is a pattern (%s) does not bend the issuer", async ([tid, tenant]) => {
  const iss = `https://login.microsoftonline.com/${tenant}/v2.0`;
  const { app, result } = await redeem({
    claims: { tid, iss },
    authority: "https://login.microsoftonline.com/common",
  });

  await expect(result).rejects.toMatchObject({ code: "invalid_id_token" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});
