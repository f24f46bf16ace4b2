import { expect, test } from "vitest";
import {
  ADA,
  CONSUMERS_ID,
  CONTOSO,
  claimsOf,
  DESKTOP,
  PERSONAL,
  setup,
  TASKS,
  WEB_REDIRECT,
  webClient,
} from "../setup.js";

const TASKS_SCOPE = "api://contoso-tasks/Tasks.Read";

test("an access token of version 2 has the claims of version 2", async () => {
  const { redeem, verify, app, tenantId, idp } = setup();

  const { body } = await redeem({ authorize: { scope: `openid profile ${TASKS_SCOPE}` } });

  const claims = await verify(body.access_token);
  const user = idp.config.users.find(({ username }) => username === ADA);
  const now = idp.now();
  expect(claims).toMatchObject({
    aud: app(TASKS).clientId,
    iss: `https://localhost/${tenantId(CONTOSO)}/v2.0`,
    azp: app(DESKTOP).clientId,
    azpacr: "0",
    name: "Ada Lovelace",
    oid: user?.oid,
    preferred_username: ADA,
    scp: "Tasks.Read",
    tid: tenantId(CONTOSO),
    ver: "2.0",
  });
  expect(claims.exp).toBeGreaterThan(now + 3500);
  expect(claims.nbf).toBe(claims.iat);
  expect(now - (claims.iat ?? 0)).toBeLessThan(360);
  expect(now - (claims.iat ?? 0)).toBeGreaterThanOrEqual(300);
  expect(Buffer.from(String(claims.uti), "base64url")).toHaveLength(16);
  for (const absent of [
    "appid",
    "appidacr",
    "upn",
    "unique_name",
    "acr",
    "amr",
    "roles",
    "idtyp",
  ]) {
    expect(claims).not.toHaveProperty(absent);
  }
});

test("an access token of version 1 has the claims of version 1, at the v2 endpoint, too", async () => {
  const { redeem, verify, app, tenantId } = setup();

  const { body } = await redeem({
    authorize: { scope: "openid https://management.azure.com//.default" },
  });

  const claims = await verify(body.access_token);
  expect(claims).toMatchObject({
    aud: "https://management.azure.com/",
    iss: `https://sts.windows.net/${tenantId(CONTOSO)}/`,
    appid: app(DESKTOP).clientId,
    appidacr: "0",
    acr: "1",
    amr: ["pwd"],
    name: "Ada Lovelace",
    unique_name: ADA,
    upn: ADA,
    scp: "user_impersonation",
    ver: "1.0",
  });
  expect(claims).not.toHaveProperty("azp");
});

test("a token for Microsoft Graph has a nonce header and verifies for nobody", async () => {
  const { redeem, verify } = setup();

  const { body } = await redeem();

  const [header = ""] = body.access_token.split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({
    typ: "JWT",
    alg: "RS256",
    nonce: expect.any(String),
    x5t: expect.any(String),
  });
  await expect(verify(body.access_token)).rejects.toThrow("signature verification failed");
});

test("v1 access tokens have x5t in their header, v2 ones do not", async () => {
  const { redeem } = setup();
  const headerOf = (jwt: string) =>
    JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString());

  const v1 = await redeem({ authorize: { scope: "https://management.azure.com//.default" } });
  const v2 = await redeem({ authorize: { scope: TASKS_SCOPE } });

  expect(Object.keys(headerOf(v1.body.access_token))).toEqual(["typ", "alg", "kid", "x5t"]);
  expect(Object.keys(headerOf(v2.body.access_token))).toEqual(["typ", "alg", "kid"]);
});

test("an ID token says who signed in, to whom, for an hour", async () => {
  const { redeem, verify, app, tenantId, idp } = setup();

  const { body } = await redeem({ authorize: { nonce: "n-1" } });

  const claims = await verify(body.id_token);
  const user = idp.config.users.find(({ username }) => username === ADA);
  expect(claims).toMatchObject({
    aud: app(DESKTOP).clientId,
    iss: `https://localhost/${tenantId(CONTOSO)}/v2.0`,
    name: "Ada Lovelace",
    nonce: "n-1",
    oid: user?.oid,
    preferred_username: ADA,
    tid: tenantId(CONTOSO),
    ver: "2.0",
  });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3900);
  for (const absent of ["auth_time", "email", "idp"]) expect(claims).not.toHaveProperty(absent);
});

test("the issuer has the host and port that were called", async () => {
  const { idp, authUri, app } = setup();
  const called = "http://localhost:8400/common/oauth2/v2.0";
  const uri = authUri("common").replace("https://localhost/common/oauth2/v2.0", called);
  const { code = "" } = await idp.signIn(uri, { username: ADA, password: "Passw0rd!" });

  const response = await idp.fetch(`${called}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: app(DESKTOP).clientId,
      redirect_uri: "http://localhost:4321",
      code,
      code_verifier: "the-verifier-of-these-tests-0123456789-abcdefgh",
    }),
  });

  const body = (await response.json()) as { id_token: string };
  expect(claimsOf(body.id_token).iss).toMatch(/^http:\/\/localhost:8400\//);
});

test("auth_time comes with max_age and tells when the password was typed", async () => {
  const { redeem, verify, idp } = setup();

  const { body } = await redeem({ authorize: { max_age: "600" } });

  const { auth_time } = await verify(body.id_token);
  expect(Math.abs(Number(auth_time) - idp.now())).toBeLessThan(60);
});

// Scope, and the ID token's claims that come with it.
test.for([
  ["openid", []],
  ["openid profile", ["name", "oid", "preferred_username"]],
  ["openid email", ["email"]],
] as const)("%s brings %j", async ([scope, expected]) => {
  const { redeem, verify } = setup();

  const { body } = await redeem({ authorize: { scope } });

  const claims = await verify(body.id_token);
  const found = ["email", "name", "oid", "preferred_username"].filter((claim) => claim in claims);
  expect(found).toEqual(expected);
});

test("sub is another one for each app, and the same every time", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);

  const one = await bench.redeem();
  const again = await bench.redeem();
  const other = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT },
    token: { client_secret },
  });

  const [first, second, third] = [one, again, other].map(({ body }) => claimsOf(body.id_token));
  expect(first?.sub).toBe(second?.sub);
  expect(first?.sub).not.toBe(third?.sub);
  expect(first?.oid).toBe(third?.oid);
  expect(claimsOf(one.body.access_token).sub).not.toBe(first?.sub);
});

test("identifiers are the same in the next emulator", async () => {
  const [one, other] = [setup(), setup()];

  const first = claimsOf((await one.redeem()).body.id_token);
  const second = claimsOf((await other.redeem()).body.id_token);

  expect(second).toMatchObject({ oid: first.oid, sub: first.sub });
});

test("a personal account has the tenant of personal accounts and a padded oid", async () => {
  const { redeem, verify } = setup();

  const { body } = await redeem({ tenant: "common", username: PERSONAL });

  const claims = await verify(body.id_token);
  expect(claims).toMatchObject({
    tid: CONSUMERS_ID,
    iss: `https://localhost/${CONSUMERS_ID}/v2.0`,
    oid: expect.stringMatching(/^00000000-0000-0000-[0-9a-f]{4}-[0-9a-f]{12}$/),
  });
});

test("optional claims come to the apps that ask for them", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-000000000006";
  const { redeem, verify } = setup({
    apps: [
      {
        clientId,
        redirectUris: { publicClient: ["http://localhost"] },
        identifierUris: ["api://mine"],
        scopes: ["Read"],
        optionalClaims: ["acct", "auth_time", "email", "login_hint", "sid", "upn", "xms_cc"],
      },
    ],
  });
  const claims = JSON.stringify({ access_token: { xms_cc: { values: ["CP1"] } } });

  const { body } = await redeem({
    authorize: { client_id: clientId, scope: "openid api://mine/Read", claims },
  });

  const expected = {
    acct: 0,
    email: ADA,
    login_hint: ADA,
    upn: ADA,
    auth_time: expect.any(Number),
  };
  expect(await verify(body.id_token)).toMatchObject(expected);
  expect(await verify(body.access_token)).toMatchObject({ ...expected, xms_cc: ["cp1"] });
});

test("how the client authenticated is told: 0 not at all, 1 by secret", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);
  const scope = `openid ${TASKS_SCOPE}`;

  const native = await bench.redeem({ authorize: { scope } });
  const web = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT, scope },
    token: { client_secret },
  });

  expect(claimsOf(native.body.access_token).azpacr).toBe("0");
  expect(claimsOf(web.body.access_token).azpacr).toBe("1");
});
