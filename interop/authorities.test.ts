/**
 * Clients that others wrote sign in to the emulator's AD FS, B2C and External ID: each knows the user by
 * the same ids as ours.
 *
 * @module
 */
import { PublicClientApplication as NodeApplication } from "@azure/msal-node";
import { PublicClientApplication, unwrap } from "msal-ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ADA, DESKTOP_APP, EDITH, type Emulated, startEmulated } from "./emulated.js";
import { isPythonMissing, type Python, type PythonAccount, startPython } from "./msal-python.js";
import { trustingFetch } from "./trusting-fetch.js";

/** The emulator's authorities, who signs in there, and a scope that there is. */
const AUTHORITIES = [
  { kind: "AD FS", host: "localhost", path: "adfs", user: EDITH },
  {
    kind: "B2C",
    host: "contoso.b2clogin.com",
    path: "contoso.onmicrosoft.com/B2C_1_signin",
    user: ADA,
  },
  {
    kind: "External ID",
    host: "contoso.ciamlogin.com",
    path: "contoso.onmicrosoft.com",
    user: ADA,
  },
] as const;

const SCOPES = ["api://contoso-tasks/Tasks.Read"];

let emulated: Emulated;

beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(async () => {
  await emulated.close();
});

/** What our library makes of the same sign-in. */
async function signInWithOurs(authority: string, user: { username: string; password: string }) {
  const app = new PublicClientApplication(DESKTOP_APP, {
    authority,
    httpClient: emulated.idp.fetch,
  });
  return unwrap(await app.acquireTokenByUsernamePassword(user.username, user.password, SCOPES));
}

describe.skipIf(isPythonMissing)("MSAL Python", () => {
  let python: Python;

  beforeAll(async () => {
    python = await startPython();
  });
  afterAll(async () => {
    await python.close();
  });

  test.for(AUTHORITIES)(
    "signs a user in at $kind, and finds the account and a token as ours does",
    async ({ host, path, user }) => {
      // Only the emulator's own name may carry its port.
      const authority = `https://${host === "localhost" ? new URL(emulated.idp.url).host : host}/${path}`;
      const app = await python.open({
        class: "PublicClientApplication",
        client_id: DESKTOP_APP,
        options: { authority, instance_discovery: false },
        route: { host, url: emulated.idp.url, ca: emulated.caFile },
      });

      const result = await app.call("acquire_token_by_username_password", {
        ...user,
        scopes: SCOPES,
      });
      const accounts = await app.call<PythonAccount[]>("get_accounts", { username: user.username });
      const silent = await app.call("acquire_token_silent", {
        scopes: SCOPES,
        account: accounts[0],
      });

      const { account } = await signInWithOurs(authority, user);
      expect(accounts).toMatchObject([
        {
          home_account_id: account?.homeAccountId,
          environment: account?.environment,
          username: account?.username,
        },
      ]);
      expect(silent.access_token).toBe(result.access_token);
    },
  );
});

test.for(AUTHORITIES.slice(0, 2))(
  "msal-node signs a user in at $kind, and renews the token",
  async ({ path, user }) => {
    vi.stubGlobal("fetch", trustingFetch(emulated.ca));
    const { url } = emulated.idp;
    const authority = `${url}/${path}`;
    const app = new NodeApplication({
      auth: { clientId: DESKTOP_APP, authority, knownAuthorities: [new URL(url).host] },
    });
    const request = { scopes: SCOPES, redirectUri: "http://localhost" };
    const answer = await emulated.idp.signIn(await app.getAuthCodeUrl(request), user);

    const result = await app.acquireTokenByCode({ ...request, code: answer.code ?? "" });
    const { account } = result;
    const renewed =
      account && (await app.acquireTokenSilent({ account, scopes: SCOPES, forceRefresh: true }));

    const ours = await signInWithOurs(authority, user);
    expect(account?.homeAccountId).toBe(ours.account?.homeAccountId);
    expect(renewed).toMatchObject({
      fromCache: false,
      account: { homeAccountId: account?.homeAccountId },
    });
    vi.unstubAllGlobals();
  },
);
