import { type ClientApplication, isTokenError, unwrap } from "msal-ts";
import { expect, test } from "vitest";
import { makePair } from "../flows/certificates.js";
import { browserOf, freePort, parameter } from "../flows/interactive-setup.js";
import {
  ADA,
  contents,
  EMPTY,
  idToken,
  PASSWORD,
  REDIRECT_URI,
  setup,
  setupScript,
  userTokens,
  WEB_APP,
} from "../setup.js";

const HOST = "fs.contoso.com";
const AUTHORITY = `https://${HOST}/adfs`;
const EDITH = "edith@contoso.com";
/** The API in the middle. */
const TASKS_API = "55555555-5555-4555-8555-555555555555";
const TASKS = ["api://contoso-tasks/Tasks.Read"];
/** What AD FS does not know it leaves out. */
const PLACEHOLDER = ["placeholder"];

/** A company with a server of its own, and clients of it. */
function setupAdfs() {
  const around = setup({
    users: [{ username: EDITH, name: "Edith Clarke" }],
    federation: { domains: ["contoso.com"] },
  });
  const { desktopApp, webApp, idp } = around;
  return {
    ...around,
    desktopApp: () => desktopApp({ authority: AUTHORITY }),
    webApp: (options: Parameters<typeof webApp>[0] = {}, clientId?: string) =>
      webApp({ authority: AUTHORITY, ...options }, clientId),
    /** What was asked of whom. */
    asked: () => idp.requests.map(({ method, url }) => `${method} ${url.split("?")[0]}`),
  };
}

/** Signs Edith in at the pages of AD FS. */
async function signInEdith(
  { idp }: ReturnType<typeof setupAdfs>,
  app: ClientApplication,
  scopes: readonly string[] = TASKS,
  redirectUri = "http://localhost",
) {
  const flow = await app.initiateAuthCodeFlow(scopes, { redirectUri });
  const answer = await idp.signIn(flow.authUri, { username: EDITH, password: PASSWORD });
  return app.acquireTokenByAuthCodeFlow(flow, answer);
}

test("flows E2E-09, AUT-03, authority 13: a sign-in at AD FS asks that server alone, and knows the user by the subject", async () => {
  const around = setupAdfs();
  const app = around.desktopApp();

  const result = unwrap(await signInEdith(around, app));

  expect(result).not.toHaveProperty("client_info");
  expect(result.account).toEqual({
    homeAccountId: result.id_token_claims?.sub,
    environment: HOST,
    username: EDITH,
    localAccountId: result.id_token_claims?.sub,
    realm: "adfs",
    authorityType: "ADFS",
  });
  expect(await app.getAccounts({ username: EDITH.toUpperCase() })).toEqual([result.account]);
  expect(new Set(around.asked().map((line) => line.split("/adfs")[0]))).toEqual(
    new Set([`GET https://${HOST}`, `POST https://${HOST}`]),
  );
  expect(around.asked()[0]).toBe(`GET ${AUTHORITY}/.well-known/openid-configuration`);
  expect(around.asked().at(-1)).toBe(`POST ${AUTHORITY}/oauth2/token/`);
});

test("flows E2E-09: the older method redeems a code of AD FS", async () => {
  const { webApp, idp } = setupAdfs();
  const app = webApp();
  const url = await app.getAuthorizationRequestUrl(TASKS, { redirectUri: REDIRECT_URI });
  const { code = "" } = await idp.signIn(url, { username: EDITH, password: PASSWORD });

  const result = await app.acquireTokenByAuthorizationCode(code, TASKS, {
    redirectUri: REDIRECT_URI,
  });

  expect(unwrap(result).account?.username).toBe(EDITH);
});

test("flows E2E-09: an interactive sign-in at AD FS ends with tokens, on the port that is registered there", async () => {
  const { desktopApp, idp } = setupAdfs();
  const { openBrowser, shown, urls } = browserOf(idp, EDITH);
  const port = await freePort();

  const result = await desktopApp().acquireTokenInteractive(TASKS, {
    openBrowser,
    port,
    timeout: 60_000,
  });

  expect(parameter(urls[0] ?? "", "redirect_uri")).toBe(`http://localhost:${port}`);

  expect(unwrap(result).account).toMatchObject({ username: EDITH, authorityType: "ADFS" });
  expect(await shown()).toMatchObject([{ status: 200 }]);
});

test("a token of AD FS serves silently, is renewed, and is forgotten with the account", async () => {
  const around = setupAdfs();
  const app = around.desktopApp();
  const first = unwrap(await signInEdith(around, app));
  around.idp.requests.length = 0;

  const cached = await app.acquireTokenSilent(TASKS, first.account);
  around.clock.advance(7200);
  const renewed = await app.acquireTokenSilent(TASKS, first.account);
  await app.removeAccount(first.account!);

  expect(cached?.access_token).toBe(first.access_token);
  expect(renewed).toMatchObject({ token_source: "identity_provider", account: first.account });
  expect(renewed?.access_token).not.toBe(first.access_token);
  expect(around.asked()).toEqual([`POST ${AUTHORITY}/oauth2/token/`]);
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: expect.anything() });
});

test("what AD FS does not know it leaves out, and says so; the refresh token still serves", async () => {
  const around = setupAdfs();
  const app = around.desktopApp();

  const result = unwrap(await signInEdith(around, app, PLACEHOLDER));
  const again = await app.acquireTokenSilent(PLACEHOLDER, result.account);

  expect(result.scope?.split(" ")).not.toContain("placeholder");
  expect(again).toMatchObject({ token_source: "identity_provider", account: { username: EDITH } });
});

test("flows E2E-06, §4.9: a password goes to AD FS itself, which is asked for no user realm", async () => {
  const { desktopApp, asked, idp } = setupAdfs();
  const app = desktopApp();

  const result = unwrap(await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, PLACEHOLDER));

  expect(asked()).toEqual([
    `GET ${AUTHORITY}/.well-known/openid-configuration`,
    `POST ${AUTHORITY}/oauth2/token/`,
  ]);
  expect(idp.requests[1]?.headers["x-anchormailbox"]).toBe(`upn:${EDITH}`);
  expect(await app.getAccounts({ username: EDITH })).toEqual([result.account]);
});

// Whom AD FS does not let in.
test.for([
  [EDITH, "wrong"],
  [ADA, PASSWORD],
  ["nobody@contoso.com", PASSWORD],
])(
  "AD FS refuses %s, in its own words and with a value",
  async ([username = "", password = ""]) => {
    const { desktopApp } = setupAdfs();
    const app = desktopApp();

    const result = await app.acquireTokenByUsernamePassword(username, password, PLACEHOLDER);

    expect(result).toEqual({
      error: "invalid_grant",
      error_description: "MSIS9659: Invalid 'username' or 'password'.",
    });
    expect(contents(app.tokenCache)).toEqual(EMPTY);
  },
);

test("a device signs in at AD FS", async () => {
  const { desktopApp, idp, asked } = setupAdfs();
  const app = desktopApp();
  const flow = unwrap(await app.initiateDeviceFlow(TASKS));
  await idp.approveDevice(flow.user_code, { username: EDITH, password: PASSWORD });

  const result = unwrap(await app.acquireTokenByDeviceFlow(flow));

  expect(asked()).toContain(`POST ${AUTHORITY}/oauth2/devicecode`);
  expect(result.account).toMatchObject({ username: EDITH, authorityType: "ADFS" });
});

test("an older AD FS that names no device endpoint is asked beside its token endpoint", async () => {
  const { desktopApp, requests } = setupScript(
    {
      body: {
        issuer: AUTHORITY,
        authorization_endpoint: `${AUTHORITY}/oauth2/authorize/`,
        token_endpoint: `${AUTHORITY}/oauth2/token/`,
      },
    },
    { status: 400, body: { error: "invalid_request" } },
  );

  await desktopApp({ authority: AUTHORITY }).initiateDeviceFlow(TASKS);

  expect(requests[1]?.url).toBe(`${AUTHORITY}/oauth2/devicecode`);
});

test("an application's own token of AD FS is asked for once", async () => {
  const { webApp, asked } = setupAdfs();
  const app = webApp();

  const first = unwrap(await app.acquireTokenForClient(["api://contoso-tasks/.default"]));
  const second = unwrap(await app.acquireTokenForClient(["api://contoso-tasks/.default"]));

  expect(second).toMatchObject({ access_token: first.access_token, token_source: "cache" });
  expect(asked()).toHaveLength(2);
  expect(contents(app.tokenCache).accessTokens).toMatchObject([
    { environment: HOST, realm: "adfs", home_account_id: null },
  ]);
});

test("a certificate proves an application to AD FS by its SHA-1 thumbprint", async () => {
  const { privateKey, publicCertificate, sha1 } = await makePair();
  const clientId = "0f0e0d0c-0b0a-4908-8706-050403020100";
  const { webApp, idp } = setup({ apps: [{ clientId, certificates: [publicCertificate] }] });
  const app = webApp(
    { authority: AUTHORITY, clientCredential: { privateKey, publicCertificate } },
    clientId,
  );

  const result = await app.acquireTokenForClient(["api://contoso-tasks/.default"]);

  expect(isTokenError(result)).toBe(false);
  const [header = ""] = idp.requests[1]?.form.client_assertion?.split(".") ?? [];
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({
    alg: "RS256",
    x5t: Buffer.from(sha1, "hex").toString("base64url"),
  });
});

test("an API exchanges its caller's token at AD FS", async () => {
  const around = setupAdfs();
  const { access_token } = unwrap(await signInEdith(around, around.desktopApp()));
  const api = around.webApp({ clientCredential: "contoso-tasks-api-secret" }, TASKS_API);

  const result = unwrap(await api.acquireTokenOnBehalfOf(access_token, PLACEHOLDER));

  expect(result).toMatchObject({ account: { username: EDITH, realm: "adfs" } });
  expect(await api.getAccounts()).toEqual([result.account]);
  expect(await api.acquireTokenOnBehalfOf("a.b.c", PLACEHOLDER)).toMatchObject({
    error: "invalid_grant",
  });
});

test("a refresh token of AD FS from elsewhere is redeemed there", async () => {
  const around = setupAdfs();
  const { refresh_token } = unwrap(await signInEdith(around, around.desktopApp())) as unknown as {
    refresh_token: string;
  };
  const app = around.desktopApp();

  const result = unwrap(await app.acquireTokenByRefreshToken(refresh_token, TASKS));

  expect(result.account).toMatchObject({ username: EDITH, authorityType: "ADFS" });
  expect(await app.getAccounts()).toEqual([result.account]);
});

test("the case of the path does not make it another kind of authority", async () => {
  const { webApp, idp } = setup({
    users: [{ username: EDITH }],
    federation: { domains: ["contoso.com"] },
  });
  const app = webApp({ authority: `https://FS.contoso.com:444/ADFS/` });

  const result = unwrap(await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, []));

  expect(result.account).toMatchObject({ environment: HOST, authorityType: "ADFS" });
  expect(idp.requests.map(({ url }) => new URL(url).host)).toEqual([`${HOST}:444`, `${HOST}:444`]);
});

test("AD FS on this machine may be http, and asks nobody else", async () => {
  const { webApp, idp } = setup({
    users: [{ username: EDITH }],
    federation: { domains: ["contoso.com"] },
  });
  const app = webApp({ authority: "http://localhost:8080/adfs" });

  const result = unwrap(await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, []));

  expect(result.account).toMatchObject({ environment: "localhost", authorityType: "ADFS" });
  expect(idp.requests).toHaveLength(2);
});

// Subjects with and without a dot, which stands between user and tenant elsewhere.
test.for<[string, string | undefined]>([
  ["edith", "mallory"],
  ["edith.clarke", "mallory"],
  ["edith", undefined],
])(
  "a refresh of %s that brings the tokens of another subject (%s) is refused, and nothing is kept",
  async ([edith, other]) => {
    const configuration = {
      issuer: AUTHORITY,
      authorization_endpoint: `${AUTHORITY}/oauth2/authorize/`,
      token_endpoint: `${AUTHORITY}/oauth2/token/`,
    };
    const tokens = (sub: string | undefined) => ({
      body: userTokens({
        client_info: undefined,
        id_token: idToken({ iss: AUTHORITY, sub, oid: undefined, tid: undefined, aud: WEB_APP }),
      }),
    });
    const { webApp } = setupScript({ body: configuration }, tokens(edith), tokens(other));
    const app = webApp({ authority: AUTHORITY });
    const { account } = unwrap(await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, ["s"]));
    const before = contents(app.tokenCache);

    await expect(
      app.acquireTokenSilent(["s"], account, { forceRefresh: true }),
    ).rejects.toMatchObject({ code: "invalid_response" });

    expect(account?.homeAccountId).toBe(edith);
    expect(contents(app.tokenCache)).toEqual(before);
  },
);
