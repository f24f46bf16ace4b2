import { expect, test } from "vitest";
import {
  CONSUMERS_ID,
  CONTOSO,
  claimsOf,
  DESKTOP,
  INTERNAL,
  setup,
  TASKS,
  webClient,
} from "../setup.js";

const GRANT = { grant_type: "client_credentials" };
const SCOPE = "api://contoso-tasks/.default";

test("an app gets a token for itself and nothing else", async () => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, {
    ...GRANT,
    ...webClient(bench),
    scope: SCOPE,
  });

  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual(["token_type", "expires_in", "ext_expires_in", "access_token"]);
  expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3599, ext_expires_in: 3599 });
});

test("its token has roles and no scp, and its subject is the service principal", async () => {
  const bench = setup();
  const client = webClient(bench);

  const { body } = await bench.token(CONTOSO, { ...GRANT, ...client, scope: SCOPE });

  const claims = await bench.verify(body.access_token);
  expect(claims).toMatchObject({
    aud: bench.app(TASKS).clientId,
    azp: client.client_id,
    azpacr: "1",
    tid: bench.tenantId(CONTOSO),
    roles: ["Tasks.Read.All"],
    ver: "2.0",
  });
  expect(claims.sub).toBe(claims.oid);
  for (const absent of ["scp", "name", "preferred_username"]) {
    expect(claims).not.toHaveProperty(absent);
  }
});

test("an app without roles gets a token without roles", async () => {
  const bench = setup();
  const { clientId, secrets } = bench.app(INTERNAL);
  const client = { client_id: clientId, client_secret: secrets[0] ?? "" };

  const { body } = await bench.token(CONTOSO, { ...GRANT, ...client, scope: SCOPE });

  expect(await bench.verify(body.access_token)).not.toHaveProperty("roles");
});

test("the client may be a resource, too: its own GUID is a scope", async () => {
  const bench = setup();
  const { clientId, secrets } = bench.app(TASKS);
  const client = { client_id: clientId, client_secret: secrets[0] ?? "" };

  const { body } = await bench.token(CONTOSO, {
    ...GRANT,
    ...client,
    scope: `${clientId}/.default`,
  });

  expect(claimsOf(body.access_token).aud).toBe(clientId);
});

test("the own GUID alone stands for the own API (§5.3, 9)", async () => {
  const bench = setup();
  const { clientId, secrets } = bench.app(TASKS);
  const client = { client_id: clientId, client_secret: secrets[0] ?? "" };

  const { body } = await bench.token(CONTOSO, { ...GRANT, ...client, scope: clientId });

  expect(claimsOf(body.access_token).aud).toBe(clientId);
});

test.for([
  "https://graph.microsoft.com/User.Read",
  "User.Read",
  "openid",
  "openid https://graph.microsoft.com/.default",
  "https://graph.microsoft.com/.default api://contoso-tasks/.default",
  "https://graph.microsoft.com/.default 00000003-0000-0000-c000-000000000000/.default",
  "55555555-5555-4555-8555-555555555555",
  "------------------------------------",
])("scope %s is not one resource's .default", async (scope) => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, { ...GRANT, ...webClient(bench), scope });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_scope", error_codes: [1002012] });
  expect(body.error_description).toContain(`for scope ${scope} is not valid`);
  expect(body).not.toHaveProperty("error_uri");
});

test("an unknown resource is told by its name", async () => {
  const bench = setup();
  const scope = "https://vault.example/.default";

  const { status, body } = await bench.token(CONTOSO, { ...GRANT, ...webClient(bench), scope });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_resource", error_codes: [500011] });
  expect(body.error_description).toMatch(
    /named https:\/\/vault\.example was not found in the tenant named Contoso\./,
  );
});

// Authority that names no tenant, and the refusal.
test.for([
  ["common", 9001023],
  ["consumers", 9001023],
  [CONSUMERS_ID, 9001023],
  ["organizations", 50059],
] as const)("%s is refused with %i", async ([tenant, code]) => {
  const bench = setup();

  const { status, body } = await bench.token(tenant, {
    ...GRANT,
    ...webClient(bench),
    scope: SCOPE,
  });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_request", error_codes: [code] });
});

test("a public client cannot ask for itself", async () => {
  const { token, app } = setup();

  const { status, body } = await token(CONTOSO, {
    ...GRANT,
    client_id: app(DESKTOP).clientId,
    scope: SCOPE,
  });

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [7000218] });
});
