import { expect, test } from "vitest";
import { ADA, claimsOf, DESKTOP, PASSWORD, setup } from "../setup.js";

const HOST = "https://contoso.b2clogin.com";
const TENANT = "contoso.onmicrosoft.com";
const FLOW = `${TENANT}/B2C_1_signin`;
const TASKS = "openid offline_access api://contoso-tasks/Tasks.Read";

// The forms of a user flow's URLs, what its own begin with, and its issuer; {tid} is the tenant's GUID.
test.for([
  [`${HOST}/${FLOW}`, `${HOST}/${TENANT}/b2c_1_signin`, `${HOST}/{tid}/v2.0/`],
  [
    `${HOST}/tfp/${TENANT}/b2c_1_SignIn`,
    `${HOST}/tfp/${TENANT}/b2c_1_signin`,
    `${HOST}/tfp/{tid}/b2c_1_signin/v2.0/`,
  ],
  [`${HOST}/te/${FLOW}`, `${HOST}/te/${TENANT}/b2c_1_signin`, `${HOST}/{tid}/v2.0/`],
  [
    `https://login.contoso.com/${FLOW}`,
    `https://login.contoso.com/${TENANT}/b2c_1_signin`,
    "https://login.contoso.com/{tid}/v2.0/",
  ],
])("%s describes itself as %s", async ([authority, base, issuer]) => {
  const { get, tenantId } = setup();

  const { body } = await get(`${authority}/v2.0/.well-known/openid-configuration`);

  expect(body).toMatchObject({
    issuer: issuer?.replace("{tid}", tenantId(TENANT)),
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  });
  expect(body).not.toHaveProperty("device_authorization_endpoint");
  expect((await get(String(body.jwks_uri))).body.keys[0]).not.toHaveProperty("issuer");
});

test("tokens name the user flow, and client_info the user in it", async () => {
  const { redeem, tenantId, verify } = setup();

  const { body } = await redeem({
    tenant: FLOW,
    authorize: { scope: TASKS, nonce: "n" },
  });

  expect(body).toMatchObject({
    token_type: "Bearer",
    not_before: expect.any(Number),
    expires_on: expect.any(Number),
    id_token_expires_in: 3600,
    refresh_token_expires_in: 1_209_600,
  });
  const id = await verify(body.id_token);
  expect(id).toMatchObject({
    ver: "1.0",
    iss: `https://localhost/${tenantId(TENANT)}/v2.0/`,
    tfp: "b2c_1_signin",
    nonce: "n",
    emails: [ADA],
    name: "Ada Lovelace",
  });
  expect(id).not.toHaveProperty("tid");
  expect(JSON.parse(Buffer.from(body.client_info, "base64url").toString())).toEqual({
    uid: `${id.oid}-b2c_1_signin`,
    utid: tenantId(TENANT),
  });
  expect(await verify(body.access_token)).toMatchObject({ scp: "Tasks.Read", tfp: id.tfp });
});

test("without a scope of an API there is no access token", async () => {
  const { redeem } = setup();

  const { body } = await redeem({ tenant: FLOW, authorize: { scope: "openid offline_access" } });

  expect(body).toMatchObject({ scope: "", id_token: expect.any(String) });
  expect(body).not.toHaveProperty("access_token");
  expect(body).not.toHaveProperty("expires_in");
});

test("the client's own id is a scope", async () => {
  const { redeem, app } = setup();
  const { clientId } = app(DESKTOP);

  const { body } = await redeem({ tenant: FLOW, authorize: { scope: `openid ${clientId}` } });

  expect(claimsOf(body.access_token)).toMatchObject({ aud: clientId, azp: clientId });
});

// What is refused, and B2C's words for it.
test.for<[Record<string, string>, string, string]>([
  [{ password: "wrong" }, "access_denied", "AADB2C90225: "],
  [{ username: "nobody@contoso.com" }, "access_denied", "AADB2C90225: "],
  [{ scope: "openid api://nobody/x" }, "invalid_scope", "AADB2C90117: "],
  [
    { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer" },
    "unsupported_grant_type",
    "AADB2C90086: ",
  ],
])("%j is %s", async ([form, error, text]) => {
  const { token, app } = setup();

  const { body, status } = await token(FLOW, {
    grant_type: "password",
    client_id: app(DESKTOP).clientId,
    username: ADA,
    password: PASSWORD,
    scope: TASKS,
    ...form,
  });

  expect(status).toBe(400);
  expect(body).toEqual({ error, error_description: expect.stringContaining(text) });
});

test("codes and refresh tokens are worth nothing in another user flow", async () => {
  const { redeem, token, app } = setup();
  const { body } = await redeem({ tenant: FLOW, authorize: { scope: TASKS } });
  const grant = {
    grant_type: "refresh_token",
    client_id: app(DESKTOP).clientId,
    refresh_token: body.refresh_token,
  };

  const there = await token(`${TENANT}/B2C_1_edit`, grant);
  const entra = await token(TENANT, grant);
  const here = await token(FLOW, grant);

  expect(there.body.error_description).toContain("AADB2C90088: ");
  expect(entra.body.error).toBe("invalid_grant");
  expect(here.body.access_token).toBeDefined();
});

// What B2C has no page for.
test.for([
  `${HOST}/${TENANT}/B2C_1_nobody/v2.0/.well-known/openid-configuration`,
  `${HOST}/nobody.onmicrosoft.com/B2C_1_signin/v2.0/.well-known/openid-configuration`,
  `${HOST}/${TENANT}/v2.0/.well-known/openid-configuration`,
  `${HOST}/common/userrealm/${ADA}?api-version=1.0`,
  `${HOST}/${FLOW}/oauth2/v2.0/devicecode`,
])("nothing is at %s", async (url) => {
  const { idp } = setup();

  expect((await idp.fetch(url)).status).toBe(404);
});
