import { expect, test } from "vitest";
import { CONSUMERS_ID, CONTOSO, setup } from "../setup.js";

const V2 = "/v2.0/.well-known/openid-configuration";
const V1 = "/.well-known/openid-configuration";

test("a tenant's document speaks of its GUID, asked by domain or by GUID in any case", async () => {
  const { get, tenantId } = setup();
  const id = tenantId(CONTOSO);

  for (const segment of [CONTOSO, "CONTOSO.onmicrosoft.com", id, id.toUpperCase()]) {
    const { body } = await get(`https://localhost/${segment}${V2}`);

    expect(body).toMatchObject({
      issuer: `https://localhost/${id}/v2.0`,
      token_endpoint: `https://localhost/${id}/oauth2/v2.0/token`,
      authorization_endpoint: `https://localhost/${id}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `https://localhost/${id}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `https://localhost/${id}/oauth2/v2.0/logout`,
      jwks_uri: `https://localhost/${id}/discovery/v2.0/keys`,
      tenant_region_scope: "EU",
    });
  }
});

// Alias, and the tenant of its issuer.
test.for([
  ["common", "{tenantid}"],
  ["organizations", "{tenantid}"],
  ["consumers", CONSUMERS_ID],
] as const)("%s keeps its name in URLs and issues as %s", async ([alias, tenant]) => {
  const { get } = setup();

  const { body } = await get(`https://localhost:8443/${alias}${V2}`);

  expect(body.issuer).toBe(`https://localhost:8443/${tenant}/v2.0`);
  expect(body.token_endpoint).toBe(`https://localhost:8443/${alias}/oauth2/v2.0/token`);
  expect(body.tenant_region_scope).toBeNull();
});

// Host called, what the document's URLs begin with, and the cloud's name.
test.for([
  ["https://login.microsoftonline.com", "https://login.microsoftonline.com", "microsoftonline.com"],
  ["https://login.windows.net", "https://login.microsoftonline.com", "microsoftonline.com"],
  ["https://sts.windows.net", "https://login.microsoftonline.com", "microsoftonline.com"],
  [
    "https://login.chinacloudapi.cn",
    "https://login.partner.microsoftonline.cn",
    "partner.microsoftonline.cn",
  ],
  ["https://login.usgovcloudapi.net", "https://login.microsoftonline.us", "microsoftonline.us"],
  [
    "https://login.sovcloud-identity.fr",
    "https://login.sovcloud-identity.fr",
    "sovcloud-identity.fr",
  ],
  ["http://localhost:8400", "http://localhost:8400", "microsoftonline.com"],
  ["https://127.0.0.1:8443", "https://127.0.0.1:8443", "microsoftonline.com"],
] as const)("called as %s it answers in the name of %s", async ([called, base, cloud]) => {
  const { get } = setup();

  const { body } = await get(`${called}/common${V2}`);

  expect(body).toMatchObject({
    issuer: `${base}/{tenantid}/v2.0`,
    authorization_endpoint: `${base}/common/oauth2/v2.0/authorize`,
    cloud_instance_name: cloud,
  });
});

test("the document has no member that the platform does not publish", async () => {
  const { get } = setup();

  const { body } = await get(`https://localhost/common${V2}`);

  for (const absent of [
    "grant_types_supported",
    "code_challenge_methods_supported",
    "revocation_endpoint",
    "introspection_endpoint",
    "registration_endpoint",
  ]) {
    expect(body).not.toHaveProperty(absent);
  }
  expect(body.request_uri_parameter_supported).toBe(false);
});

// Host called, and the issuer of v1 tokens there.
test.for([
  ["https://localhost", "https://sts.windows.net"],
  ["https://login.chinacloudapi.cn", "https://sts.chinacloudapi.cn"],
] as const)("the v1 document at %s has its own paths and issuer", async ([called, issuer]) => {
  const { get, tenantId } = setup();
  const id = tenantId(CONTOSO);

  const { body } = await get(`${called}/${CONTOSO}${V1}`);

  expect(body.issuer).toBe(`${issuer}/${id}/`);
  expect(body.microsoft_multi_refresh_token).toBe(true);
  expect(body.token_endpoint).toMatch(new RegExp(`/${id}/oauth2/token$`));
  expect(body.jwks_uri).toMatch(new RegExp(`/${id}/discovery/keys$`));
});

test("documents may be kept for a day and read by any page", async () => {
  const { get } = setup();

  const { headers } = await get(`https://localhost/common${V2}`);

  expect(headers.get("cache-control")).toBe("max-age=86400, private");
  expect(headers.get("access-control-allow-origin")).toBe("*");
});

// Tenant segment, number, OAuth error.
test.for([
  ["00000000-1111-4222-8333-444444444444", 90002, "invalid_tenant"],
  ["nobody.example", 90002, "invalid_tenant"],
  ["not a domain", 900023, "invalid_request"],
  ["nodots", 900023, "invalid_request"],
] as const)("tenant %s is refused with %i", async ([segment, code, error]) => {
  const { get } = setup();

  const { status, body } = await get(`https://localhost/${encodeURIComponent(segment)}${V2}`);

  expect(status).toBe(400);
  expect(body).toMatchObject({ error, error_codes: [code] });
  expect(body.error_description).toContain(`'${segment}'`);
});

test.for([V2, V1, "/discovery/v2.0/keys", "/discovery/keys", "/../common/discovery/instance"])(
  "pages may ask for %s: a preflight is answered for all (§2.2)",
  async (path) => {
    const { idp } = setup();

    const response = await idp.fetch(`https://localhost/common${path}`, {
      method: "OPTIONS",
      headers: { origin: "https://anywhere.example", "access-control-request-method": "GET" },
    });

    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toContain("GET");
  },
);

test.for([V2, V1])("the app that %s is asked for is carried into jwks_uri (§3.2)", async (path) => {
  const { get } = setup();

  const { body } = await get(`https://localhost/common${path}?appid=a%26b`);

  expect(body.jwks_uri).toMatch(/\/keys\?appid=a%26b$/);
});

// Read once as it is written and once decoded, a path would be of two platforms.
test.for([
  "/%61dfs",
  `/${CONTOSO}%2fB2C_1_signin`,
  `/${CONTOSO}/%422C_1_signin`,
  `/%74fp/${CONTOSO}/B2C_1_signin`,
  `/tfp/${CONTOSO}/B2C_1_%73ignin`,
  "/c%6Fmmon",
])("nothing is at %s: names of tenants and user flows are not encoded", async (path) => {
  const { idp } = setup();

  for (const host of ["localhost", "contoso.b2clogin.com", "contoso.ciamlogin.com"]) {
    expect((await idp.fetch(`https://${host}${path}${V2}`)).status).toBe(404);
    const token = `https://${host}${path}/oauth2/v2.0/token`;
    expect((await idp.fetch(token, { method: "POST" })).status).toBe(404);
  }
});
