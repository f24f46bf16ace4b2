/**
 * msal-node signs in to the emulator, over HTTPS with TLS checks on. Its own HTTP client runs: it calls
 * the global `fetch`.
 *
 * @module
 */
import {
  type AccountInfo,
  AuthError,
  type AuthenticationResult,
  ConfidentialClientApplication,
  CryptoProvider,
  type NodeAuthOptions,
  PublicClientApplication,
  ServerError,
} from "@azure/msal-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ADA,
  DESKTOP_APP,
  type Emulated,
  GRAPH,
  startEmulated,
  TENANT,
  WEB_APP,
} from "./emulated.js";
import { trustingFetch } from "./trusting-fetch.js";

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
    vi.useRealTimers();
  };
});

function makeApp(
  credential: Partial<NodeAuthOptions> = { clientSecret: WEB_APP.secret },
): ConfidentialClientApplication {
  return new ConfidentialClientApplication({
    auth: {
      clientId: WEB_APP.clientId,
      authority: emulated.idp.authority(TENANT),
      knownAuthorities: [new URL(emulated.idp.url).host],
      ...credential,
    },
  });
}

/** Signs Ada in with PKCE; msal-node checks state and nonce. */
async function signIn(app: ConfidentialClientApplication): Promise<AuthenticationResult> {
  const crypto = new CryptoProvider();
  const { verifier, challenge } = await crypto.generatePkceCodes();
  const request = { scopes: SCOPES, redirectUri: WEB_APP.redirectUri };
  const [state, nonce] = [crypto.createNewGuid(), crypto.createNewGuid()];
  const authUrl = await app.getAuthCodeUrl({
    ...request,
    state,
    nonce,
    codeChallenge: challenge,
    codeChallengeMethod: "S256",
  });
  const answer = await emulated.idp.signIn(authUrl, ADA);
  const code = answer.code ?? "";
  return app.acquireTokenByCode(
    { ...request, code, codeVerifier: verifier, state, nonce },
    { ...answer, code },
  );
}

test("refuses a server whose certificate authority it does not know", async () => {
  vi.unstubAllGlobals();

  const asking = makeApp().acquireTokenByClientCredential({ scopes: [GRAPH] });

  await expect(asking).rejects.toBeInstanceOf(AuthError);
  expect(emulated.idp.requests).toEqual([]);
});

test("gets an app's own token for a secret, and keeps it", async () => {
  const app = makeApp();

  const result = await app.acquireTokenByClientCredential({ scopes: [GRAPH] });
  const again = await app.acquireTokenByClientCredential({ scopes: [GRAPH] });

  expect(result).toMatchObject({ tokenType: "Bearer", fromCache: false });
  expect(again).toMatchObject({ accessToken: result?.accessToken, fromCache: true });
  expect(emulated.grants()).toEqual(["client_credentials"]);
});

test.for(["SHA-256", "SHA-1"])(
  "gets an app's own token for a certificate that is known by its %s thumbprint",
  async (digest) => {
    const { privateKey, sha1, sha256, certificate } = emulated.certificate;
    const thumbprint =
      digest === "SHA-1" ? { thumbprint: sha1 } : { thumbprintSha256: sha256, x5c: certificate };
    const app = makeApp({ clientCertificate: { privateKey, ...thumbprint } });

    const result = await app.acquireTokenByClientCredential({ scopes: [GRAPH] });

    expect(result).toMatchObject({ tokenType: "Bearer", fromCache: false });
    expect(emulated.idp.requests.at(-1)?.form).toHaveProperty("client_assertion");
  },
);

test("is told that a secret is wrong", async () => {
  const app = makeApp({ clientSecret: "wrong" });

  const error = await app.acquireTokenByClientCredential({ scopes: [GRAPH] }).catch((e) => e);

  expect(error).toBeInstanceOf(ServerError);
  expect(error).toMatchObject({ errorCode: "invalid_client", errorNo: 7000215 });
  expect(error.errorMessage).toMatch(/AADSTS7000215: /);
});

test("signs a user in with an authorization code and PKCE", async () => {
  const result = await signIn(makeApp());

  expect(result).toMatchObject({ tokenType: "Bearer", fromCache: false, tenantId: TENANT });
  expect(result.account).toMatchObject({ username: ADA.username, tenantId: TENANT });
  expect(result.idTokenClaims).toMatchObject({
    aud: WEB_APP.clientId,
    iss: `${emulated.idp.url}/${TENANT}/v2.0`,
  });
});

test("asks instance discovery about our host when it does not know it", async () => {
  const calls: string[] = [];
  vi.stubGlobal("fetch", (input: string, init?: RequestInit) => {
    calls.push(input);
    return emulated.idp.fetch(input, init);
  });
  const app = makeApp({ clientSecret: WEB_APP.secret, knownAuthorities: [] });

  const result = await app.acquireTokenByClientCredential({ scopes: [GRAPH] });

  expect(result).toMatchObject({ tokenType: "Bearer" });
  expect(calls[0]).toMatch(
    /^https:\/\/login\.microsoftonline\.com\/common\/discovery\/instance\?api-version=1\.1&/,
  );
});

describe("on a device without a browser", () => {
  const makeDesktopApp = () =>
    new PublicClientApplication({
      auth: {
        clientId: DESKTOP_APP,
        authority: emulated.idp.authority(TENANT),
        knownAuthorities: [new URL(emulated.idp.url).host],
      },
    });

  test("signs a user in who types its code elsewhere", async () => {
    const app = makeDesktopApp();
    let approved: Promise<void> | undefined;

    const result = await app.acquireTokenByDeviceCode({
      scopes: SCOPES,
      deviceCodeCallback: ({ userCode, verificationUri, message }) => {
        expect(message).toContain(userCode);
        expect(verificationUri).toBe(`${emulated.idp.url}/devicelogin`);
        approved = emulated.idp.approveDevice(userCode, ADA);
      },
    });

    await approved;
    expect(result).toMatchObject({ tokenType: "Bearer", tenantId: TENANT });
    expect(result?.account).toMatchObject({ username: ADA.username });
    expect(new Set(emulated.grants())).toEqual(new Set(["device_code"]));
  });

  test("is told that the user declined", async () => {
    let declined: Promise<void> | undefined;
    const asking = makeDesktopApp().acquireTokenByDeviceCode({
      scopes: SCOPES,
      deviceCodeCallback: ({ userCode }) => {
        declined = emulated.idp.approveDevice(userCode, { decline: true });
      },
    });

    await expect(asking).rejects.toThrow("authorization_declined");
    await declined;
  });
});

describe("acquireTokenSilent", () => {
  let app: ConfidentialClientApplication;
  let signedIn: AuthenticationResult;
  let account: AccountInfo;

  beforeEach(async () => {
    app = makeApp();
    signedIn = await signIn(app);
    account = signedIn.account as AccountInfo;
    emulated.grants();
  });

  test("answers from the cache", async () => {
    const again = await app.acquireTokenSilent({ scopes: SCOPES, account });

    expect(again).toMatchObject({ accessToken: signedIn.accessToken, fromCache: true });
    expect(emulated.grants()).toEqual([]);
  });

  test("redeems the refresh token when forced to", async () => {
    const again = await app.acquireTokenSilent({ scopes: SCOPES, account, forceRefresh: true });

    expect(again.fromCache).toBe(false);
    expect(again.accessToken).not.toBe(signedIn.accessToken);
    expect(emulated.grants()).toEqual(["refresh_token"]);
  });

  test("redeems the refresh token when the access token has expired", async () => {
    // One clock for all: msal-node and the emulator both read Date.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000_000 });

    const again = await app.acquireTokenSilent({ scopes: SCOPES, account });

    expect(again.fromCache).toBe(false);
    expect(emulated.grants()).toEqual(["refresh_token"]);
  });

  test("has nothing to answer with when the account was removed", async () => {
    const cache = app.getTokenCache();

    await cache.removeAccount(account);

    expect(await cache.getAllAccounts()).toEqual([]);
    await expect(app.acquireTokenSilent({ scopes: SCOPES, account })).rejects.toThrow(
      /no_tokens_found|no_account/,
    );
  });
});
