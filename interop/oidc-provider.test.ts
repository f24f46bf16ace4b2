/**
 * Our library signs in to oidc-provider, a certified OpenID provider, as it would to any authority.
 *
 * @module
 */
import { ConfidentialClientApplication, type TokenResponse, unwrap } from "msal-ts";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  API,
  type CertifiedProvider,
  OIDC_CLIENT,
  startCertifiedProvider,
} from "./certified-provider.js";

const SCOPES = [API.scope];

let provider: CertifiedProvider;
let ahead = 0;

beforeAll(async () => {
  // It warns that its pages are for development, which this is.
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  provider = await startCertifiedProvider();
  warn.mockRestore();
});
afterAll(async () => {
  await provider.close();
});
beforeEach(() => {
  ahead = 0;
  provider.grants();
});

function makeApp(clientCredential: string = OIDC_CLIENT.secret): ConfidentialClientApplication {
  return new ConfidentialClientApplication(OIDC_CLIENT.clientId, {
    authority: provider.authority,
    clientCredential,
    clock: {
      now: () => Date.now() / 1000 + ahead,
      sleep: () => Promise.reject(new Error("Nothing here waits.")),
    },
  });
}

async function signIn(app: ConfidentialClientApplication): Promise<TokenResponse> {
  const flow = await app.initiateAuthCodeFlow(SCOPES, {
    redirectUri: OIDC_CLIENT.redirectUri,
    // OpenID Connect Core §11: no refresh token without asking the user.
    prompt: "consent",
    maxAge: 300,
  });
  const answer = await provider.signIn(flow.authUri, "ada");
  return unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
}

function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
}

test("signs a user in with PKCE, and knows the account by its sub", async () => {
  const app = makeApp();

  const result = await signIn(app);

  expect(claimsOf(result.access_token)).toMatchObject({ aud: API.audience, sub: "ada" });
  expect(result).toMatchObject({
    token_type: "Bearer",
    token_source: "identity_provider",
    scope: API.scope,
    id_token_claims: { iss: `${provider.authority}/v2.0`, aud: OIDC_CLIENT.clientId, sub: "ada" },
  });
  expect(await app.getAccounts()).toMatchObject([
    { homeAccountId: "ada", username: "ada@example.com", environment: "localhost" },
  ]);
});

test("answers from its cache, and redeems the refresh token after that", async () => {
  const app = makeApp();
  const first = await signIn(app);
  const [account] = await app.getAccounts();
  provider.grants();

  const cached = await app.acquireTokenSilent(SCOPES, account);
  ahead = 601;
  const renewed = await app.acquireTokenSilent(SCOPES, account);

  expect(cached).toMatchObject({ token_source: "cache", access_token: first.access_token });
  expect(renewed).toMatchObject({ token_source: "identity_provider" });
  expect(renewed?.access_token).not.toBe(first.access_token);
  expect(provider.grants()).toEqual(["refresh_token"]);
});

test("keeps the refresh token that replaces the one it redeemed", async () => {
  const app = makeApp();
  await signIn(app);
  const [account] = await app.getAccounts();

  await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });
  const second = await app.acquireTokenSilentWithError(SCOPES, account, { forceRefresh: true });

  // The provider revokes everything when a refresh token comes a second time.
  expect(second).toMatchObject({ token_source: "identity_provider" });
});

test("gets an app's own token, and keeps it", async () => {
  const app = makeApp();

  const result = unwrap(await app.acquireTokenForClient(SCOPES));
  const again = unwrap(await app.acquireTokenForClient(SCOPES));

  expect(claimsOf(result.access_token)).toMatchObject({ client_id: OIDC_CLIENT.clientId });
  expect(again).toMatchObject({ token_source: "cache", access_token: result.access_token });
  expect(provider.grants()).toEqual(["client_credentials"]);
});

test("hands on that a secret is wrong", async () => {
  const result = await makeApp("wrong").acquireTokenForClient(SCOPES);

  expect(result).toMatchObject({ error: "invalid_client" });
});

test("hands on that a code was redeemed before", async () => {
  const app = makeApp();
  const flow = await app.initiateAuthCodeFlow(SCOPES, { redirectUri: OIDC_CLIENT.redirectUri });
  const answer = await provider.signIn(flow.authUri, "ada");
  unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));

  const second = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(second).toMatchObject({ error: "invalid_grant" });
});

test("hands on that nobody is signed in when it asked for no page", async () => {
  const app = makeApp();
  const flow = await app.initiateAuthCodeFlow(SCOPES, {
    redirectUri: OIDC_CLIENT.redirectUri,
    prompt: "none",
  });
  const answer = await provider.signIn(flow.authUri, "ada");

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(result).toMatchObject({ error: "login_required" });
});
