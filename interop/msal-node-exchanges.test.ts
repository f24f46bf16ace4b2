/**
 * msal-node exchanges refresh tokens, assertions, passwords and tokens of users at the emulator, and signs users
 * in with the browser of this computer.
 *
 * @module
 */
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  type NodeAuthOptions,
  PublicClientApplication,
} from "@azure/msal-node";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  ADA,
  DESKTOP_APP,
  type Emulated,
  GRAPH,
  signAssertion,
  startEmulated,
  TASKS_API,
  TENANT,
  WEB_APP,
} from "./emulated.js";
import { trustingFetch } from "./trusting-fetch.js";
import { visit } from "./visit.js";

const SCOPES = ["User.Read"];

let emulated: Emulated;

beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(async () => {
  await emulated.close();
});
beforeEach(() => {
  vi.stubGlobal("fetch", trustingFetch(emulated.ca));
  emulated.grants();
  return () => {
    vi.unstubAllGlobals();
  };
});

const settings = (clientId: string): NodeAuthOptions => ({
  clientId,
  authority: emulated.idp.authority(TENANT),
  knownAuthorities: [new URL(emulated.idp.url).host],
});
const makeApp = (credential: Partial<NodeAuthOptions>, clientId: string = WEB_APP.clientId) =>
  new ConfidentialClientApplication({ auth: { ...settings(clientId), ...credential } });
const makeDesktopApp = () => new PublicClientApplication({ auth: settings(DESKTOP_APP) });

/** Signs Ada in; the caller's are state, nonce and PKCE, and here there are none. */
async function signIn(scopes: string[]): Promise<AuthenticationResult> {
  const app = makeApp({ clientSecret: WEB_APP.secret });
  const request = { scopes, redirectUri: WEB_APP.redirectUri };
  const { code = "" } = await emulated.idp.signIn(await app.getAuthCodeUrl(request), ADA);
  return app.acquireTokenByCode({ ...request, code });
}

test("redeems a refresh token that comes from elsewhere", async () => {
  const elsewhere = makeDesktopApp();
  await elsewhere.acquireTokenByUsernamePassword({ scopes: SCOPES, ...ADA });
  const { RefreshToken } = JSON.parse(elsewhere.getTokenCache().serialize());
  const [row] = Object.values<{ secret: string }>(RefreshToken);
  emulated.grants();

  const result = await makeDesktopApp().acquireTokenByRefreshToken({
    scopes: SCOPES,
    refreshToken: row?.secret ?? "",
  });

  expect(result?.account).toMatchObject({ username: ADA.username });
  expect(emulated.grants()).toEqual(["refresh_token"]);
});

test("is told that a refresh token is none", async () => {
  const redeeming = makeDesktopApp().acquireTokenByRefreshToken({
    scopes: SCOPES,
    refreshToken: "none",
  });

  await expect(redeeming).rejects.toThrow(/invalid_grant/);
});

test("exchanges a user's token for one to the next API, and keeps it", async () => {
  const { accessToken: oboAssertion } = await signIn([TASKS_API.scope]);
  const api = makeApp({ clientSecret: TASKS_API.secret }, TASKS_API.clientId);
  emulated.grants();

  const result = await api.acquireTokenOnBehalfOf({ oboAssertion, scopes: [GRAPH] });
  const again = await api.acquireTokenOnBehalfOf({ oboAssertion, scopes: [GRAPH] });

  expect(result?.account).toMatchObject({ username: ADA.username });
  expect(again).toMatchObject({ accessToken: result?.accessToken, fromCache: true });
  expect(emulated.grants()).toEqual(["urn:ietf:params:oauth:grant-type:jwt-bearer"]);
});

test("is told that a token for another API is not its to exchange", async () => {
  const { accessToken: oboAssertion } = await signIn(SCOPES);
  const api = makeApp({ clientSecret: TASKS_API.secret }, TASKS_API.clientId);

  const exchanging = api.acquireTokenOnBehalfOf({ oboAssertion, scopes: [GRAPH] });

  await expect(exchanging).rejects.toThrow(/AADSTS50013/);
});

// Given as it is, and by a function.
test.for([true, false])(
  "gets an app's own token for an assertion that was signed elsewhere (%s)",
  async (isText) => {
    const assertion = await signAssertion(emulated);
    const app = makeApp({ clientAssertion: isText ? assertion : async () => assertion });

    const result = await app.acquireTokenByClientCredential({ scopes: [GRAPH] });

    expect(result).toMatchObject({ tokenType: "Bearer" });
    expect(emulated.grants()).toEqual(["client_credentials"]);
  },
);

test("signs a user in with a password", async () => {
  const result = await makeDesktopApp().acquireTokenByUsernamePassword({ scopes: SCOPES, ...ADA });

  expect(result?.account).toMatchObject({ username: ADA.username });
  expect(emulated.grants()).toEqual(["password"]);
});

test("is told that a password is wrong", async () => {
  const asking = makeDesktopApp().acquireTokenByUsernamePassword({
    ...{ scopes: SCOPES, username: ADA.username, password: "wrong" },
  });

  await expect(asking).rejects.toThrow(/AADSTS50126/);
});

test("signs a user in with the browser of this computer", async () => {
  const result = await makeDesktopApp().acquireTokenInteractive({
    scopes: SCOPES,
    loginHint: ADA.username,
    openBrowser: (url) => visit(emulated.idp, url, ADA),
  });

  expect(result.account).toMatchObject({ username: ADA.username });
  expect(emulated.grants()).toEqual(["authorization_code"]);
});
