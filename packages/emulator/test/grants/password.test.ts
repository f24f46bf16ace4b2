import { expect, test } from "vitest";
import {
  ADA,
  ALAN,
  CONSUMERS_ID,
  CONTOSO,
  claimsOf,
  DESKTOP,
  FABRIKAM,
  GUEST,
  INTERNAL,
  PASSWORD,
  PERSONAL,
  SPA,
  setup,
  TASKS,
  webClient,
} from "../setup.js";

const SCOPE = "openid profile offline_access User.Read";
const DESKTOP_ID = "22222222-2222-4222-8222-222222222222";

const form = (members: Record<string, string> = {}) => ({
  grant_type: "password",
  client_id: DESKTOP_ID,
  username: ADA,
  password: PASSWORD,
  scope: SCOPE,
  client_info: "1",
  ...members,
});

test("a password becomes tokens of the user", async () => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, form({ username: ADA.toUpperCase() }));

  expect(status).toBe(200);
  expect(body.scope).toBe("openid profile User.Read");
  expect(await bench.verify(body.id_token)).toMatchObject({
    aud: bench.app(DESKTOP).clientId,
    tid: bench.tenantId(CONTOSO),
    preferred_username: ADA,
  });
  expect(JSON.parse(Buffer.from(body.client_info, "base64url").toString())).toMatchObject({
    utid: bench.tenantId(CONTOSO),
  });
});

test("its refresh token works, for a client that authenticates as before", async () => {
  const bench = setup();
  for (const client of [{ client_id: DESKTOP_ID }, webClient(bench)]) {
    const { body } = await bench.token(CONTOSO, form(client));

    const refreshed = await bench.token(CONTOSO, {
      ...client,
      grant_type: "refresh_token",
      refresh_token: body.refresh_token,
    });

    expect(claimsOf(refreshed.body.access_token)).toMatchObject({ upn: ADA });
  }
});

test("organizations means the user's home", async () => {
  const bench = setup();

  const { body } = await bench.token("organizations", form({ username: ALAN }));

  expect(claimsOf(body.access_token)).toMatchObject({ tid: bench.tenantId(FABRIKAM) });
});

test("neither offline_access nor openid: an access token alone", async () => {
  const { token } = setup();

  const { body } = await token(CONTOSO, form({ scope: "User.Read", client_info: "" }));

  expect(Object.keys(body)).toEqual([
    ...["token_type", "scope", "expires_in", "ext_expires_in", "access_token"],
  ]);
});

// Tenant, what is sent, and the refusal.
test.for([
  [CONTOSO, { password: "wrong" }, 50126, "invalid_grant"],
  [CONTOSO, { username: "nobody@contoso.com" }, 50034, "invalid_grant"],
  [CONTOSO, { username: ALAN }, 50034, "invalid_grant"],
  [FABRIKAM, { username: GUEST }, 50034, "invalid_grant"],
  ["organizations", { username: PERSONAL }, 50034, "invalid_grant"],
  [CONTOSO, { username: "disabled@contoso.onmicrosoft.com" }, 50057, "invalid_grant"],
  ["common", {}, 9001023, "invalid_request"],
  ["consumers", { username: PERSONAL }, 9001023, "invalid_request"],
  [CONSUMERS_ID, { username: PERSONAL }, 9001023, "invalid_request"],
  [CONTOSO, { username: "" }, 900144, "invalid_request"],
  [CONTOSO, { password: "" }, 900144, "invalid_request"],
  [CONTOSO, { scope: "" }, 900144, "invalid_request"],
] as const)("at %s %j is refused with AADSTS%d", async ([tenant, members, code, error]) => {
  const { token } = setup();

  const { status, body } = await token(tenant, form(members));

  expect(status).toBe(400);
  expect(body).toMatchObject({ error, error_codes: [code] });
});

test("clients that do not allow public flows have to authenticate", async () => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, form({ client_id: bench.app(SPA).clientId }));

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [7000218] });
});

test("consent cannot be given here", async () => {
  const bench = setup();
  const { clientId, secrets } = bench.app(INTERNAL);

  const { body } = await bench.token(
    CONTOSO,
    form({ client_id: clientId, client_secret: secrets[0] ?? "" }),
  );

  expect(body).toMatchObject({ error: "invalid_grant", error_codes: [65001] });
});

test("the token may be for any one resource", async () => {
  const bench = setup();

  const { body } = await bench.token(CONTOSO, form({ scope: "api://contoso-tasks/Tasks.Read" }));

  expect(await bench.verify(body.access_token)).toMatchObject({
    aud: bench.app(TASKS).clientId,
    scp: "Tasks.Read",
  });
});
