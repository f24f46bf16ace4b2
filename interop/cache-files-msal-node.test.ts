/**
 * Cache files cross over between msal-node and us, in both directions. msal-node reads users' tokens of
 * ours; app tokens it would want with another `home_account_id` than MSAL Python.
 *
 * @module
 */
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  CryptoProvider,
} from "@azure/msal-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ADA, type Emulated, GRACE, GRAPH, startEmulated, WEB_APP } from "./emulated.js";
import {
  AUTHORITY,
  type CacheFile,
  openOurs,
  SCOPES,
  signInWithOurs,
  withStrangers,
} from "./standard-host.js";

let emulated: Emulated;

beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(async () => {
  await emulated.close();
});
beforeEach(() => {
  // msal-node's own HTTP client calls it; the emulator answers for Microsoft's hosts.
  vi.stubGlobal("fetch", emulated.idp.fetch);
  emulated.grants();
  return () => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  };
});

function openTheirs(file?: string): ConfidentialClientApplication {
  const app = new ConfidentialClientApplication({
    auth: { clientId: WEB_APP.clientId, authority: AUTHORITY, clientSecret: WEB_APP.secret },
  });
  if (file !== undefined) app.getTokenCache().deserialize(file);
  return app;
}

/** A file that msal-node wrote after Ada signed in, and the token in it. */
async function theirFile(): Promise<{ file: string; token: string }> {
  const theirs = openTheirs();
  const nonce = new CryptoProvider().createNewGuid();
  const request = { scopes: SCOPES, redirectUri: WEB_APP.redirectUri, nonce };
  const { code = "" } = await emulated.idp.signIn(await theirs.getAuthCodeUrl(request), ADA);
  const { accessToken } = await theirs.acquireTokenByCode({ ...request, code });
  emulated.grants();
  return { file: theirs.getTokenCache().serialize(), token: accessToken };
}

/** A file that we wrote after Ada signed in, and the token in it. */
async function ourFile(): Promise<{ file: string; token: string }> {
  const ours = openOurs(emulated);
  const token = await signInWithOurs(emulated, ours, ADA);
  emulated.grants();
  return { file: ours.cache.serialize(), token };
}

async function theirSilent(theirs: ConfidentialClientApplication): Promise<AuthenticationResult> {
  const [account] = await theirs.getTokenCache().getAllAccounts();
  if (account === undefined) throw new Error("msal-node finds no account.");
  return theirs.acquireTokenSilent({ scopes: SCOPES, account });
}

/** For all: msal-node, the emulator and so our library read `Date`. */
function passTime(seconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1000 });
}

describe("a file of msal-node's, read by us", () => {
  test("serves a user's token without a request", async () => {
    const { file, token } = await theirFile();
    const { app } = openOurs(emulated, file);

    const [account] = await app.getAccounts();
    const result = await app.acquireTokenSilent(SCOPES, account);

    expect(account).toMatchObject({ username: ADA.username });
    expect(result).toMatchObject({ access_token: token, token_source: "cache" });
    expect(emulated.idp.requests).toEqual([]);
  });

  test("has its refresh token redeemed, and replaced in its place, when the access token has expired", async () => {
    const { file } = await theirFile();
    const ours = openOurs(emulated, file);
    passTime(6000);

    const [account] = await ours.app.getAccounts();
    const result = await ours.app.acquireTokenSilent(SCOPES, account);

    expect(result).toMatchObject({ token_source: "identity_provider" });
    expect(emulated.grants()).toEqual(["refresh_token"]);
    const before = (JSON.parse(file) as CacheFile).RefreshToken ?? {};
    const after = (JSON.parse(ours.cache.serialize()) as CacheFile).RefreshToken ?? {};
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after).not.toEqual(before);
  });

  test("serves an app's own token without a request", async () => {
    const theirs = openTheirs();
    const result = await theirs.acquireTokenByClientCredential({ scopes: [GRAPH] });
    emulated.grants();

    const { app } = openOurs(emulated, theirs.getTokenCache().serialize());
    const found = await app.acquireTokenForClient([GRAPH]);

    expect(found).toMatchObject({ access_token: result?.accessToken, token_source: "cache" });
    expect(emulated.idp.requests).toEqual([]);
  });

  test("keeps every row and member when another user signs in with us", async () => {
    const { file: written, token } = await theirFile();
    const file = withStrangers(written);
    const ours = openOurs(emulated, file);

    await signInWithOurs(emulated, ours, GRACE);

    const saved = JSON.parse(ours.cache.serialize()) as CacheFile;
    expect(saved).toMatchObject(JSON.parse(file));
    expect(Object.keys(saved.Account ?? {})).toHaveLength(2);
    const [ada] = await ours.app.getAccounts({ username: ADA.username });
    const served = await ours.app.acquireTokenSilent(SCOPES, ada);
    expect(served).toMatchObject({ access_token: token, token_source: "cache" });
  });

  test("still works for msal-node when we have renewed its tokens and signed another user in", async () => {
    const ours = openOurs(emulated, (await theirFile()).file);
    const [ada] = await ours.app.getAccounts();
    const renewed = await ours.app.acquireTokenSilent(SCOPES, ada, { forceRefresh: true });
    await signInWithOurs(emulated, ours, GRACE);
    const theirs = openTheirs(ours.cache.serialize());

    const accounts = await theirs.getTokenCache().getAllAccounts();
    const [account] = accounts.filter(({ username }) => username === ADA.username);
    const served = account && (await theirs.acquireTokenSilent({ scopes: SCOPES, account }));

    expect(accounts.map(({ username }) => username).sort()).toEqual([ADA.username, GRACE.username]);
    expect(served).toMatchObject({ accessToken: renewed?.access_token, fromCache: true });
  });
});

describe("a file of ours, read by msal-node", () => {
  test("serves a user's token without a request for one", async () => {
    const { file, token } = await ourFile();

    const result = await theirSilent(openTheirs(file));

    expect(result).toMatchObject({ accessToken: token, fromCache: true });
    expect(result.account).toMatchObject({ username: ADA.username });
    expect(emulated.grants()).toEqual([]);
  });

  test("has its refresh token redeemed, and we go on with what msal-node made of it", async () => {
    const { file, token } = await ourFile();
    const theirs = openTheirs(file);
    passTime(6000);

    const renewed = await theirSilent(theirs);

    expect(renewed.fromCache).toBe(false);
    expect(renewed.accessToken).not.toBe(token);
    expect(emulated.grants()).toEqual(["refresh_token"]);
    const { app } = openOurs(emulated, theirs.getTokenCache().serialize());
    const [account] = await app.getAccounts();
    const cached = await app.acquireTokenSilent(SCOPES, account);
    const forced = await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });
    expect(cached).toMatchObject({ access_token: renewed.accessToken, token_source: "cache" });
    expect(forced).toMatchObject({ token_source: "identity_provider" });
  });

  test("holds an app's own token that msal-node passes over", async () => {
    const ours = openOurs(emulated);
    const token = await signInWithOurs(emulated, ours, ADA);
    await ours.app.acquireTokenForClient([GRAPH]);
    emulated.grants();
    const theirs = openTheirs(ours.cache.serialize());

    const user = await theirSilent(theirs);
    const app = await theirs.acquireTokenByClientCredential({ scopes: [GRAPH] });

    expect(user).toMatchObject({ accessToken: token, fromCache: true });
    expect(app).toMatchObject({ fromCache: false });
    expect(emulated.grants()).toEqual(["client_credentials"]);
  });

  test("lists its accounts, and can forget them", async () => {
    const cache = openTheirs((await ourFile()).file).getTokenCache();
    const [account] = await cache.getAllAccounts();

    if (account) await cache.removeAccount(account);

    expect(account).toMatchObject({ username: ADA.username });
    const { app } = openOurs(emulated, cache.serialize());
    expect(await app.getAccounts()).toEqual([]);
  });
});
