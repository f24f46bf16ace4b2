import { type ClientApplication, unwrap } from "msal-ts";
import { expect, test } from "vitest";
import { browserOf } from "../flows/interactive-setup.js";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  contents,
  EMPTY,
  FABRIKAM,
  PASSWORD,
  setup,
  setupScript,
} from "../setup.js";

const HOST = "contoso.ciamlogin.com";
const AUTHORITY = `https://${HOST}`;
const DOMAIN = "login.customers.example";

/** Signs Ada in at the pages of the application's authority. */
async function signInAda({ idp }: ReturnType<typeof setup>, app: ClientApplication) {
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  return app.acquireTokenByAuthCodeFlow(flow, answer);
}

// The forms that such an authority has, and where its configuration is.
test.for<[string, string, string]>([
  ["authority 5", AUTHORITY, "/contoso.onmicrosoft.com"],
  ["authority 5", `${AUTHORITY}/`, "/contoso.onmicrosoft.com"],
  ["authority 6", `${AUTHORITY}/contoso.com`, "/contoso.com"],
  ["authority 6", `${AUTHORITY}/${CONTOSO}`, `/${CONTOSO}`],
])("%s: %s is described at %s", async ([, authority, path]) => {
  const around = setup();
  const app = around.desktopApp({ authority });

  const result = unwrap(await signInAda(around, app));

  expect(around.idp.requests[0]?.url).toBe(
    `${AUTHORITY}${path}/v2.0/.well-known/openid-configuration`,
  );
  expect(around.idp.requests.every(({ url }) => url.startsWith(AUTHORITY))).toBe(true);
  expect(result.id_token_claims?.iss).toBe(`https://${CONTOSO}.ciamlogin.com/${CONTOSO}/v2.0`);
  expect(result.account).toMatchObject({
    environment: HOST,
    realm: CONTOSO,
    authorityType: "MSSTS",
    username: ADA,
  });
  expect(await app.getAccounts({ username: ADA })).toEqual([result.account]);
});

test("authority 6: a path of ciamlogin.com is used as it is, adfs too", async () => {
  const { webApp, requests } = setupScript({ status: 404 });

  await expect(
    webApp({ authority: `${AUTHORITY}/adfs` }).acquireTokenForClient(APP_SCOPES),
  ).rejects.toMatchObject({ code: "invalid_authority" });
  expect(requests[0]?.url).toBe(`${AUTHORITY}/adfs/v2.0/.well-known/openid-configuration`);
});

// A custom URL domain, with and without the version that some documentation gives it.
test.for([`https://${DOMAIN}/${CONTOSO}`, `https://${DOMAIN}/${CONTOSO}/v2.0`])(
  "authority 15: with instanceDiscovery: false %s is a custom domain of the tenant, and nobody else is asked",
  async (authority) => {
    const around = setup({ ciamDomains: [DOMAIN] });
    const app = around.desktopApp({ authority, instanceDiscovery: false });

    const result = unwrap(await signInAda(around, app));
    around.clock.advance(7200);
    const renewed = await app.acquireTokenSilent(["User.Read"], result.account);

    expect(around.idp.requests[0]?.url).toBe(
      `https://${DOMAIN}/${CONTOSO}/v2.0/.well-known/openid-configuration`,
    );
    expect(around.idp.requests.every(({ url }) => url.startsWith(`https://${DOMAIN}/`))).toBe(true);
    expect(result.account).toMatchObject({ environment: DOMAIN, realm: CONTOSO, username: ADA });
    expect(renewed).toMatchObject({ token_source: "identity_provider", account: result.account });
  },
);

test("flows E2E-11: an interactive sign-in ends with tokens", async () => {
  const { desktopApp, idp } = setup();
  const { openBrowser, shown } = browserOf(idp, ADA);

  const result = await desktopApp({ authority: AUTHORITY }).acquireTokenInteractive(["User.Read"], {
    openBrowser,
    timeout: 60_000,
  });

  expect(unwrap(result).account?.username).toBe(ADA);
  expect(await shown()).toMatchObject([{ status: 200 }]);
});

test("flows E2E-11: an application's own token is asked for once", async () => {
  const { webApp, tokenRequests } = setup();
  const app = webApp({ authority: AUTHORITY });

  const first = unwrap(await app.acquireTokenForClient(APP_SCOPES));
  const second = unwrap(await app.acquireTokenForClient(APP_SCOPES));

  expect(second).toMatchObject({ access_token: first.access_token, token_source: "cache" });
  expect(tokenRequests().map(({ url }) => url)).toEqual([
    `${AUTHORITY}/${CONTOSO}/oauth2/v2.0/token`,
  ]);
});

test("flows E2E-06, E2E-11: a password becomes tokens, where no user realm is known", async () => {
  const { desktopApp, idp } = setup();
  const app = desktopApp({ authority: AUTHORITY });

  const result = unwrap(await app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]));
  await app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]);

  expect(await app.getAccounts({ username: ADA })).toEqual([result.account]);
  expect(idp.requests.filter(({ url }) => url.includes("/userrealm/"))).toHaveLength(1);
});

test("flows E2E-11: a device signs in", async () => {
  const { desktopApp, idp } = setup();
  const app = desktopApp({ authority: AUTHORITY });
  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
  await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });

  const result = unwrap(await app.acquireTokenByDeviceFlow(flow));

  expect(result.account).toMatchObject({ environment: HOST, username: ADA });
});

test("an API exchanges its caller's token", async () => {
  const around = setup();
  const client = around.desktopApp({ authority: AUTHORITY });
  const flow = await client.initiateAuthCodeFlow(["api://contoso-tasks/Tasks.Read"], {
    redirectUri: "http://localhost",
  });
  const answer = await around.idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  const { access_token } = unwrap(await client.acquireTokenByAuthCodeFlow(flow, answer));
  const api = around.webApp(
    { authority: AUTHORITY, clientCredential: "contoso-tasks-api-secret" },
    "55555555-5555-4555-8555-555555555555",
  );

  const result = unwrap(await api.acquireTokenOnBehalfOf(access_token, ["User.Read"]));

  expect(result.account).toMatchObject({ environment: HOST, username: ADA });
});

test("a token is renewed, and is forgotten with the account", async () => {
  const around = setup();
  const app = around.desktopApp({ authority: AUTHORITY });
  const { account } = unwrap(await signInAda(around, app));
  around.clock.advance(7200);

  const renewed = await app.acquireTokenSilent(["User.Read"], account);
  await app.removeAccount(account!);

  expect(renewed).toMatchObject({ token_source: "identity_provider", account });
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: expect.anything() });
});

// Issuers of External ID, and whether they belong to the authority that was asked.
test.for<[string, string, boolean]>([
  [AUTHORITY, `https://${CONTOSO}.ciamlogin.com/${CONTOSO}/v2.0`, true],
  [AUTHORITY, `https://${HOST}/${CONTOSO}/v2.0`, true],
  [AUTHORITY, `https://${FABRIKAM}.ciamlogin.com/${FABRIKAM}/v2.0`, false],
  [AUTHORITY, `https://${CONTOSO}.ciamlogin.com/${FABRIKAM}/v2.0`, false],
  [AUTHORITY, `https://fabrikam.ciamlogin.com/${CONTOSO}/v2.0`, false],
  [AUTHORITY, `https://${CONTOSO}.ciamlogin.com.evil.example/${CONTOSO}/v2.0`, false],
  [`https://${DOMAIN}/${CONTOSO}`, `https://${CONTOSO}.ciamlogin.com/${CONTOSO}/v2.0`, true],
  [`https://${DOMAIN}/${CONTOSO}`, `https://${FABRIKAM}.ciamlogin.com/${FABRIKAM}/v2.0`, false],
  [`https://${DOMAIN}/${CONTOSO}`, `https://${CONTOSO}.evil.example/${CONTOSO}/v2.0`, false],
])("%s with the issuer %s: %s", async ([authority, issuer, fits]) => {
  const base = `${new URL(authority).origin}/${CONTOSO}`;
  const { webApp, requests, script } = setupScript({
    body: {
      issuer,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
    },
  });
  const app = webApp({ authority, instanceDiscovery: false });
  if (fits) script({ body: appTokens() });

  const result = app.acquireTokenForClient(APP_SCOPES);

  await (fits
    ? expect(result).resolves.toMatchObject({ token_source: "identity_provider" })
    : expect(result).rejects.toMatchObject({ code: "invalid_authority" }));
  expect(requests).toHaveLength(fits ? 2 : 1);
});
