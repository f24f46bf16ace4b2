import { expect, test } from "vitest";
import { ADA, CHALLENGE, claimsOf, DESKTOP, PASSWORD, setup, VERIFIER } from "../setup.js";

const HOST = "https://fs.contoso.com";
const ADFS = `${HOST}/adfs`;
const EDITH = "edith@contoso.com";
const TASKS = "api://contoso-tasks";

/** A company with AD FS, and requests of it. */
function setupAdfs() {
  const bench = setup({
    users: [{ username: EDITH, name: "Edith Clarke" }],
    federation: { domains: ["contoso.com"] },
  });
  const { idp, app } = bench;
  const client_id = app(DESKTOP).clientId;
  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams({ client_id, ...form });
    const response = await idp.fetch(`${ADFS}${path}`, { method: "POST", body });
    return { response, body: (await response.json()) as Record<string, unknown> };
  };
  const authUri = (parameters: Record<string, string> = {}) =>
    `${ADFS}/oauth2/authorize/?${new URLSearchParams({
      client_id,
      response_type: "code",
      redirect_uri: "http://localhost",
      scope: `openid profile offline_access ${TASKS}/Tasks.Read`,
      code_challenge: CHALLENGE,
      code_challenge_method: "S256",
      nonce: "n",
      ...parameters,
    })}`;
  const redeem = async (parameters: Record<string, string> = {}) => {
    const { code = "" } = await idp.signIn(authUri(parameters), {
      username: EDITH,
      password: PASSWORD,
    });
    return post("/oauth2/token/", {
      grant_type: "authorization_code",
      code,
      redirect_uri: "http://localhost",
      code_verifier: VERIFIER,
      client_info: "1",
    });
  };
  return { ...bench, post, authUri, redeem };
}

test("the configuration names the host that was called, with slashes at the ends of its endpoints", async () => {
  const { get } = setupAdfs();

  const { body } = await get(`${ADFS}/.well-known/openid-configuration`);

  expect(body).toMatchObject({
    issuer: ADFS,
    authorization_endpoint: `${ADFS}/oauth2/authorize/`,
    token_endpoint: `${ADFS}/oauth2/token/`,
    device_authorization_endpoint: `${ADFS}/oauth2/devicecode`,
    jwks_uri: `${ADFS}/discovery/keys`,
    access_token_issuer: "http://fs.contoso.com/adfs/services/trust",
  });
});

test("a user is known by the subject and the user principal name, and by nothing of Entra ID's", async () => {
  const { redeem, verify } = setupAdfs();

  const { response, body } = await redeem();

  expect(body).toMatchObject({ token_type: "bearer", expires_in: expect.any(Number) });
  expect(body).not.toHaveProperty("client_info");
  expect(body).not.toHaveProperty("ext_expires_in");
  expect(response.headers.has("x-ms-request-id")).toBe(false);
  const id = await verify(body.id_token as string);
  expect(id).toMatchObject({ iss: ADFS, nonce: "n", upn: EDITH, unique_name: "CONTOSO\\edith" });
  for (const claim of ["oid", "tid", "preferred_username", "ver"]) {
    expect(id).not.toHaveProperty(claim);
  }
  expect(await verify(body.access_token as string)).toMatchObject({
    iss: "http://fs.contoso.com/adfs/services/trust",
    aud: `microsoft:identityserver:${TASKS}`,
    scp: "Tasks.Read",
    sub: id.sub,
  });
});

// Scopes, and what is left of them.
test.for([
  ["openid placeholder User.Read", "openid", "urn:microsoft:userinfo"],
  ["placeholder", "openid", "urn:microsoft:userinfo"],
  [`openid ${TASKS}/Nobody.Knows`, "openid", "urn:microsoft:userinfo"],
  [
    `openid ${TASKS}/Tasks.Read placeholder`,
    `openid ${TASKS}/Tasks.Read`,
    `microsoft:identityserver:${TASKS}`,
  ],
])("of the scope %j AD FS grants %j", async ([scope = "", granted, audience]) => {
  const { redeem } = setupAdfs();

  const { body } = await redeem({ scope });

  expect(body.scope).toBe(granted);
  expect(claimsOf(body.access_token as string).aud).toBe(audience);
});

test("the resource parameter stands for all scopes of the resource", async () => {
  const { redeem } = setupAdfs();

  const { body } = await redeem({ scope: "openid", resource: TASKS });

  expect(claimsOf(body.access_token as string)).toMatchObject({
    aud: `microsoft:identityserver:${TASKS}`,
    scp: "Tasks.Read Tasks.ReadWrite access_as_user",
  });
});

// What is refused, and AD FS's words for it.
test.for<[string, Record<string, string>, string, string]>([
  ["a wrong password", { password: "wrong" }, "invalid_grant", "MSIS9659: "],
  ["a user of Entra ID's", { username: ADA }, "invalid_grant", "MSIS9659: "],
  ["another grant", { grant_type: "magic" }, "unsupported_grant_type", "MSIS9611: "],
  [
    "a grant of Entra ID's",
    { grant_type: "urn:ietf:params:oauth:grant-type:saml2-bearer", assertion: "a" },
    "unsupported_grant_type",
    "MSIS9611: ",
  ],
  [
    "an unknown client",
    { client_id: "99999999-9999-4999-8999-999999999999" },
    "unauthorized_client",
    "MSIS9607: ",
  ],
  [
    "what has no number that is known",
    { password: "" },
    "invalid_request",
    "The request body must contain the following parameter: 'password'.",
  ],
])("%s: %j is %s", async ([, form, error, text]) => {
  const { post } = setupAdfs();

  const { response, body } = await post("/oauth2/token", {
    grant_type: "password",
    username: EDITH,
    password: PASSWORD,
    ...form,
  });

  expect(response.status).toBe(400);
  expect(body).toEqual({ error, error_description: expect.stringContaining(text) });
  expect(body.error_description).not.toContain("AADSTS");
});

test("refresh tokens of AD FS and of Entra ID are worth nothing at each other", async () => {
  const { redeem, post, token, app } = setupAdfs();
  const grant = { grant_type: "refresh_token", client_id: app(DESKTOP).clientId };
  const { body } = await redeem();
  const refresh_token = body.refresh_token as string;

  const there = await token("contoso.onmicrosoft.com", { ...grant, refresh_token });
  const here = await post("/oauth2/token/", { ...grant, refresh_token });

  expect(there.body).toMatchObject({ error: "invalid_grant" });
  expect(here.body).toMatchObject({ token_type: "bearer", id_token: expect.any(String) });
});

test("a wrong password on the page is told in AD FS's words", async () => {
  const { idp, authUri } = setupAdfs();

  await expect(idp.signIn(authUri(), { username: EDITH, password: "wrong" })).rejects.toThrow(
    /^MSIS9659: /,
  );
});

test("who is not of AD FS's domains cannot sign in on its pages", async () => {
  const { idp, authUri } = setupAdfs();

  await expect(idp.signIn(authUri(), { username: ADA, password: PASSWORD })).rejects.toThrow(
    /does not exist in tenant 'AD FS'/,
  );
});

test("the server vouches for its realm (RFC 7033)", async () => {
  const { get } = setupAdfs();
  const rel = "http://schemas.microsoft.com/rel/trusted-realm";
  const query = new URLSearchParams({ rel, resource: ADFS });

  const { body } = await get(`${HOST}/.well-known/webfinger?${query}`);

  expect(body).toEqual({ subject: ADFS, links: [{ rel, href: HOST }] });
});

test("AD FS has no versions of endpoints", async () => {
  const { idp } = setupAdfs();

  const response = await idp.fetch(`${ADFS}/v2.0/.well-known/openid-configuration`);

  expect(response.status).toBe(404);
});
