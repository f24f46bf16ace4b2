/**
 * `ClientApplication` used by itself: what both of its kinds can do, with a credential and without.
 */
import {
  ClientApplication,
  ConfidentialClientApplication,
  PublicClientApplication,
  TokenCache,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  ADA,
  AUTHORITY,
  DESKTOP_APP,
  PASSWORD,
  queryOf,
  REDIRECT_URI,
  setup,
  WEB_APP,
  WEB_APP_SECRET,
} from "../setup.js";

/** The chapter "ClientApplication" of the reference. */
const METHODS = [
  "initiateAuthCodeFlow",
  "acquireTokenByAuthCodeFlow",
  "getAuthorizationRequestUrl",
  "acquireTokenByAuthorizationCode",
  "acquireTokenSilent",
  "acquireTokenSilentWithError",
  "acquireTokenByRefreshToken",
  "acquireTokenByUsernamePassword",
  "getAccounts",
  "removeAccount",
] as const;

test("has what both kinds have, and they have it from here", () => {
  for (const name of METHODS) {
    expect(Object.hasOwn(ClientApplication.prototype, name), name).toBe(true);
    expect(PublicClientApplication.prototype[name]).toBe(ClientApplication.prototype[name]);
    expect(ConfidentialClientApplication.prototype[name]).toBe(ClientApplication.prototype[name]);
  }
});

test("has nothing of what only one kind has", () => {
  const names = [
    ...["acquireTokenInteractive", "initiateDeviceFlow", "acquireTokenByDeviceFlow"],
    ...["acquireTokenForClient", "acquireTokenOnBehalfOf"],
  ];

  for (const name of names) expect(name in ClientApplication.prototype, name).toBe(false);
});

test("ATTEMPT_REGION_DISCOVERY is there on both kinds, too", () => {
  expect(ClientApplication.ATTEMPT_REGION_DISCOVERY).toBe(true);
  expect(PublicClientApplication.ATTEMPT_REGION_DISCOVERY).toBe(true);
  expect(ConfidentialClientApplication.ATTEMPT_REGION_DISCOVERY).toBe(true);
});

test("shows its id and its cache, which stay what they are", () => {
  const tokenCache = new TokenCache();
  const app = new ClientApplication("id", { tokenCache });

  expect(app).toMatchObject({ clientId: "id", tokenCache });
  expect(() => Object.assign(app, { clientId: "another" })).toThrow(TypeError);
  expect(() => Object.assign(app, { tokenCache: new TokenCache() })).toThrow(TypeError);
  expect(new ClientApplication("id").tokenCache).not.toBe(new ClientApplication("id").tokenCache);
});

// The client, and the secret it sends.
describe.for([
  ["without a credential", {}, DESKTOP_APP, "http://localhost", undefined],
  ["with one", { clientCredential: WEB_APP_SECRET }, WEB_APP, REDIRECT_URI, WEB_APP_SECRET],
] as const)("%s", ([, options, clientId, redirectUri, secret]) => {
  const start = () => {
    const { plainApp, ...rest } = setup();
    const make = () => plainApp(options, clientId);
    return { app: make(), make, ...rest };
  };
  const signedIn = async () => {
    const all = start();
    const flow = await all.app.initiateAuthCodeFlow(["User.Read"], { redirectUri });
    const answer = await all.idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
    const result = await all.app.acquireTokenByAuthCodeFlow(flow, answer);
    const [account] = await all.app.getAccounts();
    return { ...all, result, account };
  };

  test("signs a user in, and finds the account", async () => {
    const { result, account, tokenRequests } = await signedIn();

    expect(result).toMatchObject({ token_source: "identity_provider", account: { username: ADA } });
    expect(account).toMatchObject({ username: ADA });
    expect(tokenRequests()).toHaveLength(1);
    expect(tokenRequests()[0]?.form.client_secret).toBe(secret);
  });

  test("has a token again from the cache, and by its refresh token", async () => {
    const { app, account, tokenRequests } = await signedIn();

    const cached = await app.acquireTokenSilent(["User.Read"], account);
    const renewed = await app.acquireTokenSilentWithError(["User.Read"], account, {
      forceRefresh: true,
    });

    expect(cached).toMatchObject({ token_source: "cache" });
    expect(renewed).toMatchObject({ token_source: "identity_provider" });
    expect(tokenRequests()[1]?.form).toMatchObject({ grant_type: "refresh_token" });
    expect(tokenRequests()[1]?.form.client_secret).toBe(secret);
  });

  test("takes over a refresh token", async () => {
    const { app, make, tokenRequests } = await signedIn();
    const [row] = app.tokenCache.find("RefreshToken");
    const other = make();

    const taken = await other.acquireTokenByRefreshToken(String(row?.secret), ["User.Read"]);

    expect(taken).toMatchObject({ token_source: "identity_provider" });
    expect(tokenRequests()[1]?.form.client_secret).toBe(secret);
    expect(await other.getAccounts()).toMatchObject([{ username: ADA }]);
  });

  test("signs a user in with a password", async () => {
    const { app, tokenRequests } = start();

    const result = await app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]);

    expect(result).toMatchObject({ access_token: expect.any(String) });
    expect(tokenRequests()[0]?.form).toMatchObject({ grant_type: "password" });
    expect(tokenRequests()[0]?.form.client_secret).toBe(secret);
  });

  test("does without help for state and nonce", async () => {
    const { app, idp } = start();
    const authUri = await app.getAuthorizationRequestUrl(["User.Read"], {
      redirectUri,
      nonce: "a-nonce",
      state: "a-state",
    });
    const { code = "" } = await idp.signIn(authUri, { username: ADA, password: PASSWORD });

    const result = await app.acquireTokenByAuthorizationCode(code, ["User.Read"], {
      redirectUri,
      nonce: "a-nonce",
    });

    expect(result).toMatchObject({ access_token: expect.any(String) });
  });

  test("signs out", async () => {
    const { app, account, tokenRequests } = await signedIn();

    if (account) await app.removeAccount(account);

    expect(await app.getAccounts()).toEqual([]);
    expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();
    expect(tokenRequests()).toHaveLength(1);
  });
});

test("by default its authority is the public cloud, for accounts of every kind", async () => {
  const flow = await new ClientApplication(DESKTOP_APP).initiateAuthCodeFlow(["User.Read"]);

  expect(flow.authUri).toMatch(
    /^https:\/\/login\.microsoftonline\.com\/common\/oauth2\/v2\.0\/authorize\?/,
  );
  expect(queryOf(flow)).toMatchObject({ client_id: DESKTOP_APP });
});

test("of several in a process none knows the others' tokens, but through a cache they share", async () => {
  const { plainApp, idp } = setup();
  const [one, other] = [plainApp(), plainApp({ authority: new URL(AUTHORITY) })];
  const flow = await one.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  await one.acquireTokenByAuthCodeFlow(flow, answer);

  const third = plainApp({ tokenCache: one.tokenCache });

  expect(await other.getAccounts()).toEqual([]);
  expect(await third.getAccounts()).toEqual(await one.getAccounts());
});
