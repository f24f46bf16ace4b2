import { expect, test } from "vitest";
import { CONTOSO, DESKTOP, FABRIKAM, INTERNAL, type Json, setup, webClient } from "../setup.js";

const CC = { grant_type: "client_credentials", scope: "https://graph.microsoft.com/.default" };
const CONTOSO_ALONE = { id: "c0a7050c-0000-4000-8000-000000000001", domains: [CONTOSO] };
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("an error has the platform's members, and its ids are those of the headers", async () => {
  const bench = setup();
  const client = { ...webClient(bench), client_secret: "wrong" };
  const id = "12345678-1234-4234-8234-123456789abc";

  const { status, headers, body } = await bench.token(
    CONTOSO,
    { ...CC, ...client },
    {
      "client-request-id": id,
    },
  );

  const text = `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${client.client_id}'.`;
  const timestamp = new Date(bench.idp.now() * 1000).toISOString().slice(0, 10);
  expect(status).toBe(401);
  expect(body).toEqual({
    error: "invalid_client",
    error_description: `AADSTS7000215: ${text} Trace ID: ${body.trace_id} Correlation ID: ${id} Timestamp: ${body.timestamp}`,
    error_codes: [7000215],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    trace_id: expect.stringMatching(GUID),
    correlation_id: id,
    error_uri: "https://localhost/error?code=7000215",
  });
  expect(body.timestamp).toContain(timestamp);
  expect(headers.get("x-ms-request-id")).toBe(body.trace_id);
  expect(headers.get("client-request-id")).toBe(id);
  expect(headers.get("x-ms-clitelem")).toBe("1,7000215,0,,");
});

test("an answer with tokens has the platform's headers", async () => {
  const bench = setup();

  const { headers } = await bench.token(CONTOSO, { ...CC, ...webClient(bench) });

  expect(Object.fromEntries(headers)).toMatchObject({
    "cache-control": "no-store, no-cache",
    pragma: "no-cache",
    expires: "-1",
    "content-type": "application/json; charset=utf-8",
    "x-content-type-options": "nosniff",
    "x-ms-clitelem": "1,0,0,,",
    "x-ms-request-id": expect.stringMatching(GUID),
  });
  expect(headers.has("client-request-id")).toBe(false);
});

// Browsers would hold it against every other server on localhost.
test.for([
  ["https://login.microsoftonline.com", "max-age=31536000; includeSubDomains"],
  ["https://login.windows.net", "max-age=31536000; includeSubDomains"],
  ["https://localhost", null],
  ["http://localhost:8400", null],
  ["https://127.0.0.1:8400", null],
] as const)("%s asks browsers for https: %s", async ([origin, expected]) => {
  const { idp } = setup();

  const { headers } = await idp.fetch(`${origin}/common/discovery/keys`);

  expect(headers.get("strict-transport-security")).toBe(expected);
});

test("a correlation id is also read from the body, and is fresh when what came is no GUID", async () => {
  const { token } = setup();
  const id = "12345678-1234-4234-8234-123456789abc";

  const sent = await token(CONTOSO, { "client-request-id": id });
  const nonsense = await token(CONTOSO, {}, { "client-request-id": "hello" });

  expect(sent.body.correlation_id).toBe(id);
  expect(nonsense.body.correlation_id).toMatch(GUID);
});

test("error_uri follows the host that was called", async () => {
  const { idp } = setup();

  const response = await idp.fetch("https://login.windows.net/common/oauth2/v2.0/token", {
    method: "POST",
    body: new URLSearchParams({}),
  });

  expect(((await response.json()) as Json).error_uri).toBe(
    "https://login.windows.net/error?code=900144",
  );
});

// Form, the parameter that is missing.
test.for([
  [{}, "grant_type"],
  [{ grant_type: "client_credentials" }, "client_id"],
  [{ grant_type: "client_credentials", client_id: "{app}" }, "scope"],
  [{ grant_type: "authorization_code", client_id: "{app}" }, "code"],
  [{ grant_type: "refresh_token", client_id: "{app}" }, "refresh_token"],
] as const)("%j lacks %s", async ([form, name]) => {
  const { token, app } = setup();
  const filled = Object.entries(form).map(([key, value]) => [
    key,
    value.replace("{app}", app(DESKTOP).clientId),
  ]);

  const { status, body } = await token(CONTOSO, Object.fromEntries(filled));

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_request", error_codes: [900144] });
  expect(body.error_description).toContain(
    `The request body must contain the following parameter: '${name}'.`,
  );
});

test("a JSON body has no parameters", async () => {
  const { idp } = setup();

  const response = await idp.fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(CC),
  });

  expect(response.status).toBe(400);
  expect(((await response.json()) as Json).error_codes).toEqual([900144]);
});

test.for(["urn:example:unknown", "toString"])("grant %s is not supported", async (grant_type) => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, { ...webClient(bench), grant_type });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "unsupported_grant_type", error_codes: [70003] });
  expect(body.error_description).toContain(
    `The app requested an unsupported grant type '${grant_type}'.`,
  );
});

test("only POST is answered", async () => {
  const { get, idp } = setup();

  const { status, body } = await get(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`);

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_request", error_codes: [900561] });
  expect(body.error_description).toContain("Received a GET request.");
});

// Client, tenant, number, OAuth error.
test.for([
  ["not-a-guid", CONTOSO, 700038, "unauthorized_client"],
  ["00000000-0000-0000-0000-000000000000", CONTOSO, 700038, "unauthorized_client"],
  ["99999999-9999-4999-8999-999999999999", CONTOSO, 700016, "unauthorized_client"],
  ["33333333-3333-4333-8333-333333333333", FABRIKAM, 700016, "unauthorized_client"],
  ["33333333-3333-4333-8333-333333333333", "common", 50194, "unauthorized_client"],
  ["33333333-3333-4333-8333-333333333333", "consumers", 9002332, "unauthorized_client"],
  ["11111111-1111-4111-8111-111111111111", "nobody.example", 90002, "invalid_tenant"],
  ["11111111-1111-4111-8111-111111111111", "nodots", 900023, "invalid_request"],
] as const)("client %s at %s: %i", async ([client_id, tenant, code, error]) => {
  const { token } = setup();

  const { status, body } = await token(tenant, { ...CC, client_id, client_secret: "x" });

  expect(status).toBe(400);
  expect(body).toMatchObject({ error, error_codes: [code] });
});

test("scope is missed before an unknown client is", async () => {
  const { token } = setup();
  const unknown = { client_id: "99999999-9999-4999-8999-999999999999" };

  const { body } = await token(CONTOSO, { grant_type: "client_credentials", ...unknown });

  expect(body.error_codes).toEqual([900144]);
});

test("an expired secret is told apart from a wrong one", async () => {
  const { token, app } = setup();
  const { clientId, expiredSecrets } = app(INTERNAL);
  const client = { client_id: clientId, client_secret: expiredSecrets[0] ?? "" };

  const { status, body } = await token(CONTOSO, { ...CC, ...client });

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [7000222] });
});

test("a secret may come in the header, each part form-encoded (RFC 6749 §2.3.1)", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-000000000005";
  const secret = "a+b:c d/%é";
  const { token } = setup({ apps: [{ clientId, secrets: [secret] }] });
  const basic = (text: string) => {
    const encoded = new URLSearchParams({ value: text }).toString().slice("value=".length);
    return { authorization: `Basic ${Buffer.from(`${clientId}:${encoded}`).toString("base64")}` };
  };

  const right = await token(CONTOSO, CC, basic(secret));
  const wrong = await token(CONTOSO, CC, basic("wrong"));

  expect(right.status).toBe(200);
  expect(wrong.body.error_codes).toEqual([7000215]);
});

test.for(["{", "[]", "null", '"cp1"'])("claims %s are malformed", async (claims) => {
  const bench = setup();

  const { status, body } = await bench.token(CONTOSO, { ...CC, ...webClient(bench), claims });

  expect(status).toBe(400);
  expect(body.error).toBe("invalid_request");
});

// A header nobody can read, or two ways to authenticate (RFC 6749 §2.3).
test.for([
  ["two secrets", "{id}:{secret}", { client_secret: "wrong" }],
  ["the same secret twice", "{id}:{secret}", { client_secret: "contoso-web-app-secret" }],
  ["a secret and an assertion", "{id}:{secret}", { client_assertion: "a.b.c" }],
  ["another app's id", "22222222-2222-4222-8222-222222222222:{secret}", { client_id: "{id}" }],
  ["a header without colon", "{id}", { client_id: "{id}" }],
] as const)("%s is refused", async ([, header, form]) => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);
  const fill = (text: string) => text.replace("{id}", client_id).replace("{secret}", client_secret);
  const fields = Object.entries(form).map(([name, value]) => [name, fill(value)]);
  const authorization = `Basic ${Buffer.from(fill(header)).toString("base64")}`;

  const { status, body } = await bench.token(
    CONTOSO,
    { ...CC, ...Object.fromEntries(fields) },
    { authorization },
  );

  expect(status).toBe(400);
  expect(body).toMatchObject({ error: "invalid_request", error_codes: [90023] });
});

test("a secret beside an assertion is refused in the body, too", async () => {
  const bench = setup();

  const { body } = await bench.token(CONTOSO, {
    ...CC,
    ...webClient(bench),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: "a.b.c",
  });

  expect(body.error_codes).toEqual([90023]);
});

test.for(["&x=y", "%26", "#", "%"])("a secret with %s at its end is another one", async (end) => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);
  const credentials = Buffer.from(`${client_id}:${client_secret}${end}`).toString("base64");

  const { body } = await bench.token(CONTOSO, CC, { authorization: `Basic ${credentials}` });

  expect(body.error_codes).toEqual([7000215]);
});

const PAGES = "aaaaaaaa-0000-4000-8000-00000000000c";
const WITH_PAGES = {
  apps: [
    {
      clientId: PAGES,
      redirectUris: {
        spa: ["https://app.example/callback", "http://localhost:3000", "myapp://auth"],
        web: ["https://server.example/callback"],
      },
      secrets: ["s"],
    },
  ],
};

// Origin of a page, and whether it is one of the app's.
const ORIGINS = [
  ["https://app.example", true],
  ["http://localhost:3000", true],
  ["http://localhost:3001", false],
  ["http://localhost", false],
  ["https://server.example", false],
  ["https://app.example.evil.example", false],
  ["https://evil.example", false],
  ["null", false],
] as const;

test.for(ORIGINS)("a preflight from %s is let through: %s (§2.2)", async ([origin, ours]) => {
  const { idp } = setup({ ...WITH_PAGES, defaults: false, tenants: [CONTOSO_ALONE] });

  const { status, headers } = await idp.fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-headers": "x-a" },
  });

  expect(status).toBe(204);
  expect(headers.get("access-control-allow-origin")).toBe(ours ? origin : null);
  expect(headers.get("access-control-allow-headers")).toBe("x-a");
  expect(headers.get("vary")).toContain("Origin");
});

test.for(ORIGINS)(
  "a page of %s may read what it is answered: %s (§2.2)",
  async ([origin, ours]) => {
    const { token } = setup(WITH_PAGES);
    const forms = [
      { grant_type: "authorization_code", code: "x" },
      { grant_type: "refresh_token", refresh_token: "x" },
      { ...CC, client_secret: "s" },
      { ...CC, client_secret: "wrong" },
    ];

    for (const form of forms) {
      const { status, headers, body } = await token(
        CONTOSO,
        { ...form, client_id: PAGES.toUpperCase() },
        { origin },
      );

      expect(status).toBe(400);
      expect(headers.get("access-control-allow-origin")).toBe(ours ? origin : null);
      if (!ours) expect(body).toMatchObject({ error: "invalid_request", error_codes: [9002326] });
      // §5.1: whoever holds a secret is no page.
      else if ("client_secret" in form) expect(body.error).toBe("invalid_request");
      else expect(body.error).toBe("invalid_grant");
    }
  },
);

test("no page reads tokens of an app without single-page redirect URI", async () => {
  const bench = setup();

  const daemon = await bench.token(
    CONTOSO,
    { ...CC, ...webClient(bench) },
    { origin: "http://localhost" },
  );
  const unknown = await bench.token(CONTOSO, {}, { origin: "http://localhost" });

  expect(daemon.body.error_codes).toEqual([9002326]);
  for (const { headers } of [daemon, unknown]) {
    expect(headers.has("access-control-allow-origin")).toBe(false);
  }
});

test("a body of more than a megabyte is refused unread", async () => {
  const { idp } = setup();
  const post = (length: number) =>
    idp.fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({ a: "x".repeat(length) }),
    });

  expect((await post(999_998)).status).toBe(400);
  expect((await post(999_999)).status).toBe(413);
  expect(idp.requests).toHaveLength(1);
});

test("large requests push older ones out", async () => {
  const { idp } = setup();
  const body = new URLSearchParams({ a: "x".repeat(900_000) });
  const post = () =>
    idp.fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, { method: "POST", body });

  for (let sent = 0; sent < 30; sent++) await post();
  const kept = idp.requests.length;
  idp.requests.length = 0;
  for (let sent = 0; sent < 5; sent++) await post();

  expect(kept).toBeGreaterThan(10);
  expect(kept).toBeLessThan(20);
  expect(idp.requests).toHaveLength(5);
});

test("a path nobody knows is not found", async () => {
  const { idp } = setup();

  const response = await idp.fetch("https://localhost/common/nothing");

  expect(response.status).toBe(404);
});
