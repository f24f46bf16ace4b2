import { type ClientApplication, isTokenError, unwrap } from "msal-ts";
import { expect, test } from "vitest";
import { browserOf } from "../flows/interactive-setup.js";
import {
  ADA,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  PASSWORD,
  REDIRECT_URI,
  setup,
} from "../setup.js";

const HOST = "contoso.b2clogin.com";
const TENANT = "contoso.onmicrosoft.com";
const AUTHORITY = `https://${HOST}/${TENANT}/B2C_1_signin`;
const EDIT = `https://${HOST}/${TENANT}/B2C_1_edit`;
const TASKS = ["api://contoso-tasks/Tasks.Read"];

/** What was asked of whom. */
function asked({ idp }: ReturnType<typeof setup>): string[] {
  return idp.requests.map(({ method, url }) => `${method} ${url.split("?")[0]}`);
}

/** Signs Ada in through the user flow of the application's authority. */
async function signInAda(
  { idp }: ReturnType<typeof setup>,
  app: ClientApplication,
  scopes: readonly string[] = TASKS,
) {
  const flow = await app.initiateAuthCodeFlow(scopes, { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  return app.acquireTokenByAuthCodeFlow(flow, answer);
}

// The forms that the authority of a user flow has, and the realm of its rows.
test.for<[string, string, string]>([
  ["flows E2E-10, AUT-04, authority 13", AUTHORITY, TENANT],
  ["a slash at the end", `${AUTHORITY}/`, TENANT],
  ["the tenant's GUID", `https://${HOST}/${CONTOSO}/B2C_1_signin`, CONTOSO],
  ["tfp", `https://${HOST}/tfp/${TENANT}/B2C_1_signin`, "tfp"],
  ["China", `https://contoso.b2clogin.cn/${TENANT}/B2C_1_signin`, TENANT],
  ["a custom domain", `https://login.contoso.com/${TENANT}/B2C_1_signin`, TENANT],
  ["tfp on a custom domain", `https://login.contoso.com/tfp/${CONTOSO}/b2c_1_SIGNIN/`, "tfp"],
  ["the worldwide host", `https://login.microsoftonline.com/tfp/${TENANT}/B2C_1_signin`, "tfp"],
  ["this machine", `http://localhost:8080/${TENANT}/B2C_1_signin`, TENANT],
])("%s: a sign-in at %s asks that host alone", async ([, authority, realm]) => {
  const around = setup();
  const app = around.desktopApp({ authority });

  const result = unwrap(await signInAda(around, app));

  const { origin, hostname } = new URL(authority);
  expect(result.account).toMatchObject({
    homeAccountId: `${result.account?.localAccountId}-b2c_1_signin.${CONTOSO}`,
    environment: hostname,
    realm,
    authorityType: "MSSTS",
    name: "Ada Lovelace",
  });
  expect(asked(around).every((line) => line.includes(` ${origin}/`))).toBe(true);
  expect(asked(around).filter((line) => line.includes("/v2.0/.well-known/"))).toHaveLength(1);
  expect(await app.getAccounts()).toEqual([result.account]);
});

test("flows E2E-10: the older method redeems a code of a user flow", async () => {
  const { webApp, idp } = setup();
  const app = webApp({ authority: AUTHORITY });
  const url = await app.getAuthorizationRequestUrl(TASKS, { redirectUri: REDIRECT_URI });
  const { code = "" } = await idp.signIn(url, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthorizationCode(code, TASKS, {
    redirectUri: REDIRECT_URI,
  });

  expect(unwrap(result).access_token).toMatch(/^ey/);
});

test("flows E2E-06, E2E-10: a password through a user flow; the account has the name that was typed", async () => {
  const around = setup();
  const app = around.desktopApp({ authority: AUTHORITY });

  const first = unwrap(await app.acquireTokenByUsernamePassword(ADA, PASSWORD, TASKS));
  await app.acquireTokenByUsernamePassword(ADA, PASSWORD, TASKS);

  expect(await app.getAccounts({ username: ADA })).toEqual([first.account]);
  expect(asked(around).filter((line) => line.includes("/common/userrealm/"))).toHaveLength(1);
});

test("flows E2E-10: the client's own id is a scope, and its token serves silently", async () => {
  const around = setup();
  const app = around.desktopApp({ authority: AUTHORITY });

  const result = unwrap(await signInAda(around, app, [DESKTOP_APP]));
  const cached = await app.acquireTokenSilent([DESKTOP_APP], result.account);

  expect(result.access_token).toMatch(/^ey/);
  expect(cached).toMatchObject({ access_token: result.access_token, token_source: "cache" });
});

test("without a scope of an API there is an ID token alone, and the account is remembered", async () => {
  const around = setup();
  const app = around.desktopApp({ authority: AUTHORITY });

  const result = unwrap(await signInAda(around, app, []));

  expect(result).toMatchObject({ access_token: "", id_token_claims: { tfp: "b2c_1_signin" } });
  expect(await app.getAccounts()).toEqual([result.account]);
  expect(contents(app.tokenCache).accessTokens).toEqual([]);
});

test("an interactive sign-in through a user flow ends with tokens", async () => {
  const { desktopApp, idp } = setup();
  const { openBrowser, shown } = browserOf(idp, ADA);

  const result = await desktopApp({ authority: AUTHORITY }).acquireTokenInteractive(TASKS, {
    openBrowser,
    timeout: 60_000,
  });

  expect(unwrap(result).access_token).toMatch(/^ey/);
  expect(await shown()).toMatchObject([{ status: 200 }]);
});

test("a user who cancels is a refusal in B2C's own words", async () => {
  const clientId = "0f0e0d0c-0b0a-4908-8706-050403020100";
  const { desktopApp, idp } = setup({
    apps: [
      {
        clientId,
        redirectUris: { publicClient: ["http://localhost"] },
        requireConsent: true,
      },
    ],
  });
  const app = desktopApp({ authority: AUTHORITY }, clientId);
  const flow = await app.initiateAuthCodeFlow(TASKS, { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, {
    username: ADA,
    password: PASSWORD,
    consent: "decline",
  });

  expect(await app.acquireTokenByAuthCodeFlow(flow, answer)).toMatchObject({
    error: "access_denied",
    error_description: expect.stringContaining("AADB2C90091"),
  });
});

test("a token of a user flow is renewed, and is forgotten with the account", async () => {
  const around = setup();
  const app = around.desktopApp({ authority: AUTHORITY });
  const first = unwrap(await signInAda(around, app));
  around.clock.advance(7200);

  const renewed = await app.acquireTokenSilent(TASKS, first.account);
  await app.removeAccount(first.account!);

  expect(renewed).toMatchObject({ token_source: "identity_provider", account: first.account });
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: expect.anything() });
});

test("a user is another account in each user flow, and each renews through its own", async () => {
  const around = setup();
  const signIn = around.desktopApp({ authority: AUTHORITY });
  const edit = around.desktopApp({ authority: EDIT, tokenCache: signIn.tokenCache });
  const one = unwrap(await signInAda(around, signIn));
  const other = unwrap(await signInAda(around, edit));

  expect(one.account?.localAccountId).toBe(other.account?.localAccountId);
  expect(await signIn.getAccounts()).toHaveLength(2);
  const renewal = { forceRefresh: true };
  expect(await edit.acquireTokenSilentWithError(TASKS, other.account, renewal)).toMatchObject({
    token_source: "identity_provider",
  });
  expect(await edit.acquireTokenSilentWithError(TASKS, one.account, renewal)).toMatchObject({
    error: "invalid_grant",
    error_description: expect.stringContaining("AADB2C90088"),
  });
});

test("an application's own token comes from a user flow's endpoint", async () => {
  const around = setup();
  const app = around.webApp({ authority: AUTHORITY });

  const result = await app.acquireTokenForClient(["api://contoso-tasks/.default"]);

  expect(unwrap(result).access_token).toMatch(/^ey/);
  expect(asked(around).at(-1)).toBe(
    `POST https://${HOST}/${TENANT}/b2c_1_signin/oauth2/v2.0/token`,
  );
});

test("B2C exchanges no tokens of callers, and says so", async () => {
  const result = await setup()
    .webApp({ authority: AUTHORITY })
    .acquireTokenOnBehalfOf("a.b.c", TASKS);

  expect(isTokenError(result) && result.error_description).toContain("AADB2C90086");
});

test("a wrong password is a value, in B2C's own words", async () => {
  const app = setup().desktopApp({ authority: AUTHORITY });

  expect(await app.acquireTokenByUsernamePassword(ADA, "wrong", TASKS)).toEqual({
    error: "access_denied",
    error_description: expect.stringMatching(/^AADB2C90225: .*\r\nCorrelation ID: /),
  });
});

// User flows and tenants that there are none of.
test.for([
  `https://${HOST}/${TENANT}/B2C_1_nobody`,
  `https://${HOST}/nobody.onmicrosoft.com/B2C_1_signin`,
  `https://${HOST}/${TENANT}`,
])("%s is no authority, which is told before anything is sent", async (authority) => {
  const { desktopApp, idp } = setup();

  await expect(
    desktopApp({ authority }).acquireTokenByUsernamePassword(ADA, PASSWORD, TASKS),
  ).rejects.toMatchObject({ code: "invalid_authority", message: expect.stringContaining("404") });
  expect(idp.requests).toHaveLength(1);
});
