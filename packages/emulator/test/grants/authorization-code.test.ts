import { expect, test } from "vitest";
import {
  ADA,
  CHALLENGE,
  CONTOSO,
  claimsOf,
  DESKTOP,
  FABRIKAM,
  GRACE,
  INTERNAL,
  PASSWORD,
  PERSONAL,
  REDIRECT,
  SPA,
  setup,
  VERIFIER,
  WEB,
  WEB_REDIRECT,
  webClient,
} from "../setup.js";

test("a code becomes an access token, an ID token and a refresh token", async () => {
  const { redeem, verify, app, idp } = setup();

  const { status, body } = await redeem({ authorize: { nonce: "n-1" } });

  expect(status).toBe(200);
  expect(body).toMatchObject({ token_type: "Bearer", scope: "openid profile User.Read" });
  expect(body.expires_in).toBeGreaterThanOrEqual(3600);
  expect(body.expires_in).toBeLessThanOrEqual(5399);
  expect(body.ext_expires_in).toBe(body.expires_in);
  expect(body).not.toHaveProperty("refresh_in");
  expect(body).not.toHaveProperty("foci");
  expect(body).not.toHaveProperty("refresh_token_expires_in");
  expect(body.refresh_token).toMatch(/^1\.[\w-]{100,}$/);
  const user = idp.config.users.find(({ username }) => username === ADA);
  expect(JSON.parse(Buffer.from(body.client_info, "base64url").toString())).toEqual({
    uid: user?.oid,
    utid: user?.tenant,
  });
  expect(await verify(body.id_token)).toMatchObject({ nonce: "n-1", aud: app(DESKTOP).clientId });
});

// Scopes asked for, and which of the three come.
test.for([
  ["openid offline_access User.Read", ["id_token", "refresh_token"]],
  ["openid User.Read", ["id_token"]],
  ["offline_access User.Read", ["refresh_token"]],
  ["User.Read", []],
] as const)("%s brings %j next to the access token", async ([scope, extra]) => {
  const { redeem } = setup();

  const { body } = await redeem({ authorize: { scope } });

  expect(body.access_token).toBeDefined();
  for (const member of ["id_token", "refresh_token"]) {
    expect(member in body).toBe((extra as readonly string[]).includes(member));
  }
});

test("a code works once, even if it is redeemed twice at the same moment", async () => {
  const { idp, authUri, token, app } = setup();
  const { code = "" } = await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD });
  const form = {
    grant_type: "authorization_code",
    client_id: app(DESKTOP).clientId,
    redirect_uri: REDIRECT,
    code,
    code_verifier: VERIFIER,
  };

  const together = await Promise.all([token(CONTOSO, form), token(CONTOSO, form)]);
  const later = await token(CONTOSO, form);

  expect(together.map(({ status }) => status).sort()).toEqual([200, 400]);
  expect(later.body).toMatchObject({ error: "invalid_grant", error_codes: [54005] });
});

// Seconds until the code is redeemed, and what it is told.
test.for([
  [590, 200, undefined],
  [600, 400, [70008]],
] as const)("after %i seconds a code answers %i", async ([seconds, status, codes]) => {
  const { idp, authUri, token, app } = setup();
  const { code = "" } = await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD });
  idp.advance(seconds);

  const answer = await token(CONTOSO, {
    grant_type: "authorization_code",
    client_id: app(DESKTOP).clientId,
    redirect_uri: REDIRECT,
    code,
    code_verifier: VERIFIER,
  });

  expect(answer.status).toBe(status);
  expect(answer.body.error_codes).toEqual(codes);
});

test("a wrong verifier is refused and does not burn the code", async () => {
  const { idp, authUri, token, app } = setup();
  const { code = "" } = await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD });
  const form = {
    grant_type: "authorization_code",
    client_id: app(DESKTOP).clientId,
    redirect_uri: REDIRECT,
    code,
  };

  const wrong = await token(CONTOSO, { ...form, code_verifier: `${VERIFIER}x` });
  const missing = await token(CONTOSO, form);
  const right = await token(CONTOSO, { ...form, code_verifier: VERIFIER });

  expect(wrong.body).toMatchObject({ error: "invalid_grant", error_codes: [501481] });
  expect(missing.body.error_codes).toEqual([501481]);
  expect(right.status).toBe(200);
});

test.for([
  ["S256", CHALLENGE],
  ["plain", VERIFIER],
  ["", VERIFIER], // without a method it is plain
] as const)("PKCE with method %j", async ([code_challenge_method, code_challenge]) => {
  const { redeem } = setup();

  const { status } = await redeem({ authorize: { code_challenge_method, code_challenge } });

  expect(status).toBe(200);
});

test("PKCE is held against confidential clients, too", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);

  const { body } = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT },
    token: { client_secret, code_verifier: "" },
  });

  expect(body.error_codes).toEqual([501481]);
});

test("the redirect URI must be the one of the request", async () => {
  const { redeem } = setup();

  const { status, body } = await redeem({ token: { redirect_uri: "http://localhost:1" } });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [50011] });
});

test.for(["nonsense", "1.nonsense", "1.AAAA"])("%s is no code", async (code) => {
  const { redeem } = setup();

  const { body } = await redeem({ token: { code } });

  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [9002313] });
});

test("a refresh token is no code", async () => {
  const { redeem } = setup();
  const { body } = await redeem();

  const answer = await redeem({ token: { code: body.refresh_token } });

  expect(answer.body.error_codes).toEqual([9002313]);
});

test("another client cannot redeem a code", async () => {
  const { redeem, app } = setup();

  const { body } = await redeem({
    token: { client_id: app("Microsoft Azure CLI").clientId },
  });

  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [70000] });
});

// Authority of the sign-in, authority of the redemption, user, and the refusal.
test.for([
  ["common", "common", ADA, undefined],
  ["common", CONTOSO, ADA, undefined],
  ["common", FABRIKAM, ADA, [700005]],
  ["common", "organizations", ADA, undefined],
  ["common", "consumers", ADA, [700005]],
  ["common", "consumers", PERSONAL, undefined],
  ["common", "organizations", PERSONAL, [700005]],
  ["organizations", "organizations", ADA, undefined],
  [CONTOSO, CONTOSO, ADA, undefined],
  [CONTOSO, "common", ADA, [700005]],
  [CONTOSO, FABRIKAM, ADA, [700005]],
] as const)("a code of %s redeemed at %s by %s", async ([from, at, username, codes]) => {
  const { idp, authUri, token, app } = setup();
  const { code = "" } = await idp.signIn(authUri(from), { username, password: PASSWORD });

  const { body } = await token(at, {
    grant_type: "authorization_code",
    client_id: app(DESKTOP).clientId,
    redirect_uri: REDIRECT,
    code,
    code_verifier: VERIFIER,
  });

  expect(body.error_codes).toEqual(codes);
});

test("a code for several resources becomes a token for the first, or for the one asked for", async () => {
  const { redeem } = setup();
  const authorize = {
    scope: "openid offline_access User.Read api://contoso-tasks/Tasks.Read",
  };

  const first = await redeem({ authorize });
  const other = await redeem({ authorize, token: { scope: "api://contoso-tasks/Tasks.Read" } });
  const both = await redeem({ authorize, token: { scope: authorize.scope } });

  expect(first.body.scope).toBe("openid User.Read");
  expect(claimsOf(first.body.access_token).aud).toBe("https://graph.microsoft.com");
  expect(other.body.scope).toBe("openid api://contoso-tasks/Tasks.Read");
  expect(both.body).toMatchObject({ error: "invalid_scope", error_codes: [700022] });
});

test("a web client has to authenticate, a native one must not", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);
  const authorize = { client_id, redirect_uri: WEB_REDIRECT };

  const anonymous = await bench.redeem({ authorize });
  const authenticated = await bench.redeem({ authorize, token: { client_secret } });
  const native = await bench.redeem({ token: { client_secret: "x" } });

  expect(anonymous.status).toBe(401);
  expect(anonymous.body).toMatchObject({ error: "invalid_client", error_codes: [7000218] });
  expect(authenticated.status).toBe(200);
  expect(native.status).toBe(401);
  expect(native.body.error_codes).toEqual([700025]);
});

test("the redirect URI's type decides, also for an app that has both", async () => {
  const client_id = "aaaaaaaa-0000-4000-8000-00000000000b";
  const redirectUris = { publicClient: ["http://localhost"], web: ["http://localhost/web"] };
  const { redeem } = setup({ apps: [{ clientId: client_id, redirectUris, secrets: ["s"] }] });

  const native = await redeem({ authorize: { client_id }, token: { client_secret: "s" } });
  const web = await redeem({ authorize: { client_id, redirect_uri: "http://localhost:1/web" } });

  expect(native.body.error_codes).toEqual([700025]);
  expect(web.body.error_codes).toEqual([7000218]);
});

test("single-page apps redeem across origins alone, with PKCE", async () => {
  const { redeem, app } = setup();
  const authorize = { client_id: app(SPA).clientId, redirect_uri: "http://localhost/callback" };
  const headers = { origin: "http://localhost" };

  const page = await redeem({ authorize, headers });
  const server = await redeem({ authorize });
  const withoutPkce = await redeem({
    authorize: { ...authorize, code_challenge: "", code_challenge_method: "" },
    token: { code_verifier: "" },
    headers,
  });
  const native = await redeem({ headers });

  expect(page.status).toBe(200);
  expect(page.headers.get("access-control-allow-origin")).toBe("http://localhost");
  expect(page.body.refresh_token_expires_in).toBeLessThan(86_400);
  expect(page.body.refresh_token_expires_in).toBeGreaterThan(86_390);
  expect(server.body.error_codes).toEqual([9002327]);
  expect(withoutPkce.body.error_codes).toEqual([9002325]);
  expect(native.body.error_codes).toEqual([9002326]);
  expect(native.body.error_description).toContain("'http://localhost'");
});

test("claims of the authorize request reach the token", async () => {
  const { redeem } = setup();
  const claims = JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } });

  const { body } = await redeem({ authorize: { claims } });

  expect(body.expires_in).toBe(86_399);
});

test("a code tells nothing about a user who consented to nothing", async () => {
  const { redeem, app } = setup();
  const { clientId, secrets } = app(INTERNAL);

  const { body } = await redeem({
    username: GRACE,
    authorize: { client_id: clientId, redirect_uri: WEB_REDIRECT },
    token: { client_secret: secrets[0] ?? "", scope: "Mail.Read" },
  });

  expect(body).toMatchObject({
    error: "invalid_grant",
    suberror: "consent_required",
    error_codes: [65001],
  });
  expect(body.error_description).toContain(`'${clientId}' named '${INTERNAL}'`);
  expect(app(WEB).requireConsent).toBe(false);
});
