import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import {
  ADA,
  ALAN,
  CONTOSO,
  FABRIKAM,
  setup,
  TASKS,
  WEB,
  WEB_REDIRECT,
  webClient,
} from "../setup.js";

const GRANT = {
  grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
  requested_token_use: "on_behalf_of",
};
const SCOPE = "openid profile offline_access https://graph.microsoft.com/User.Read";

/** The tasks API, and what the web app's users call it with. */
async function setupApi(username = ADA, tenant = CONTOSO) {
  const bench = setup();
  const client = webClient(bench);
  const { body } = await bench.redeem({
    tenant,
    username,
    authorize: {
      client_id: bench.app(WEB).clientId,
      redirect_uri: WEB_REDIRECT,
      scope: "openid profile api://contoso-tasks/Tasks.Read",
    },
    token: { client_secret: client.client_secret },
  });
  const api = { client_id: bench.app(TASKS).clientId, client_secret: "contoso-tasks-api-secret" };
  const exchange = (form: Record<string, string> = {}) =>
    bench.token(tenant, { ...GRANT, ...api, assertion: body.access_token, scope: SCOPE, ...form });
  return { bench, client, tokens: body, exchange };
}

test("an API's caller's token becomes one to the next API, for the same user", async () => {
  const { exchange, tokens } = await setupApi();

  const { status, body } = await exchange({ client_info: "1" });

  expect(status).toBe(200);
  const before = decodeJwt(tokens.access_token);
  expect(decodeJwt(body.access_token)).toMatchObject({
    aud: "https://graph.microsoft.com",
    oid: before.oid,
    tid: before.tid,
    scp: expect.stringContaining("User.Read"),
  });
  expect(decodeJwt(body.id_token)).toMatchObject({ preferred_username: ADA });
  expect(body.refresh_token).toEqual(expect.any(String));
  expect(JSON.parse(Buffer.from(body.client_info, "base64url").toString())).toEqual({
    uid: before.oid,
    utid: before.tid,
  });
});

test("its refresh token is the API's", async () => {
  const { bench, exchange } = await setupApi();
  const { body } = await exchange();

  const refreshed = await bench.token(CONTOSO, {
    grant_type: "refresh_token",
    client_id: bench.app(TASKS).clientId,
    client_secret: "contoso-tasks-api-secret",
    refresh_token: body.refresh_token,
  });

  expect(refreshed.status).toBe(200);
});

test("an assertion that was changed is refused (50013)", async () => {
  const { tokens, exchange } = await setupApi();
  const [header, payload, signature] = tokens.access_token.split(".");
  const claims = { ...decodeJwt(tokens.access_token), oid: "another" };
  const forged = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature];

  for (const assertion of [forged.join("."), `${header}.${payload}.`, "no jwt"]) {
    expect((await exchange({ assertion })).body).toMatchObject({
      error: "invalid_grant",
      error_codes: [50013],
    });
  }
});

test("an assertion that has expired is refused (500133)", async () => {
  const { bench, exchange } = await setupApi();
  bench.idp.advance(2 * 3600);

  const { body } = await exchange();

  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [500133] });
  expect(body.error_description).toMatch(/expiry time of assertion \d{4}-\d\d-\d\d /);
});

test("another emulator's assertion is refused, though all of a process sign with the same keys (50013)", async () => {
  const { tokens } = await setupApi();
  const { exchange } = await setupApi();

  const { status, body } = await exchange({ assertion: tokens.access_token });

  expect({ status, codes: body.error_codes }).toEqual({ status: 400, codes: [50013] });
});

test("an assertion meant for another API is refused (500131)", async () => {
  const { client, exchange } = await setupApi();

  const { body } = await exchange(client);

  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [500131] });
});

test("an ID token is no assertion (240002)", async () => {
  const { bench, exchange, tokens, client } = await setupApi();

  const { body } = await exchange({ ...client, assertion: tokens.id_token });

  expect(bench.app(WEB).clientId).toBe(decodeJwt(tokens.id_token).aud);
  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [240002] });
});

test("an app's own token is no assertion (7000114)", async () => {
  const { bench, exchange, client } = await setupApi();
  const own = await bench.token(CONTOSO, {
    grant_type: "client_credentials",
    ...client,
    scope: "api://contoso-tasks/.default",
  });

  const { body } = await exchange({ assertion: own.body.access_token });

  expect(body).toMatchObject({ error: "unauthorized_client", error_codes: [7000114] });
});

test("an API without a credential is refused (7000218)", async () => {
  const { exchange } = await setupApi();

  const { status, body } = await exchange({ client_secret: "" });

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [7000218] });
});

test("an API that needs consent and has none is refused (65001)", async () => {
  const { bench, exchange } = await setupApi();
  const needing = setup({ apps: [{ ...bench.app(TASKS), requireConsent: true }] });
  const { body: signedIn } = await needing.redeem({
    authorize: {
      client_id: needing.app(WEB).clientId,
      redirect_uri: WEB_REDIRECT,
      scope: "openid api://contoso-tasks/Tasks.Read",
    },
    token: { client_secret: webClient(needing).client_secret },
  });

  const { body } = await needing.token(CONTOSO, {
    ...GRANT,
    client_id: needing.app(TASKS).clientId,
    client_secret: "contoso-tasks-api-secret",
    assertion: signedIn.access_token,
    scope: SCOPE,
  });

  expect(body).toMatchObject({
    error: "invalid_grant",
    error_codes: [65001],
    suberror: "consent_required",
  });
  expect((await exchange()).status).toBe(200);
});

test("another tenant's token is refused there", async () => {
  const { bench, exchange } = await setupApi(ALAN, FABRIKAM);
  expect((await exchange()).status).toBe(200);
  const { body } = await bench.redeem({
    tenant: FABRIKAM,
    username: ALAN,
    authorize: {
      client_id: bench.app(WEB).clientId,
      redirect_uri: WEB_REDIRECT,
      scope: "openid api://contoso-tasks/Tasks.Read",
    },
    token: { client_secret: webClient(bench).client_secret },
  });

  const elsewhere = await bench.token(CONTOSO, {
    ...GRANT,
    client_id: bench.app(TASKS).clientId,
    client_secret: "contoso-tasks-api-secret",
    assertion: body.access_token,
    scope: SCOPE,
  });

  expect(elsewhere.body).toMatchObject({ error: "invalid_grant", error_codes: [50013] });
});

test.for<[string]>([["assertion"], ["requested_token_use"], ["scope"]])(
  "without %s it is refused (900144)",
  async ([name]) => {
    const { exchange } = await setupApi();

    expect((await exchange({ [name]: "" })).body).toMatchObject({ error_codes: [900144] });
  },
);
