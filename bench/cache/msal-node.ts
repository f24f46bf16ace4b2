/**
 * `@azure/msal-node`, for the questions about caches.
 *
 * @module
 */
import * as theirs from "@azure/msal-node";
import {
  APP_SCOPES,
  AUTHORITY,
  answer,
  CLIENT_ID,
  multiply,
  numbered,
  type Size,
  signIn,
  TENANT,
  USER,
  USER_SCOPES,
} from "./answers.js";
import { type Hit, LEAVING, type Library, type LookUp } from "./library.js";
import { versionOf } from "./version-of.js";

const ASSERTION = "header.claims.signature";

/** The incumbent. */
export const msalNode: Library = { version: versionOf("@azure/msal-node"), text, load, lookUp };

async function text(users: number, size: Size): Promise<string> {
  const one = theirApp(answer(size, signIn(size)));
  await one.acquireTokenByCode({
    code: "code",
    scopes: USER_SCOPES,
    redirectUri: "http://localhost",
  });
  return multiply(one.getTokenCache().serialize(), [USER], users);
}

function load(state: string): { save(): string } {
  const app = appOf(state);
  return { save: () => app.getTokenCache().serialize() };
}

async function lookUp(which: LookUp, count: number): Promise<Hit | undefined> {
  if (which === "client credentials") return clientCredentials(count);
  if (which === "on-behalf-of") return onBehalfOf(count);
  if (which === "account by name") return undefined;
  const app = appOf(await text(which === "sign out" ? count + LEAVING : count, "short"));
  const user = numbered(USER, Math.trunc(count / 2));
  if (which === "silent") {
    const account = accountOf(user);
    return async () => {
      const result = await app.acquireTokenSilent({ scopes: USER_SCOPES, account });
      if (!result.fromCache) throw new Error("not from the cache");
    };
  }
  const cache = app.getTokenCache();
  if (which === "sign out") {
    let next = count;
    return () => cache.removeAccount(accountOf(numbered(USER, next++)));
  }
  if (which === "all accounts, each") {
    return async () => {
      if ((await cache.getAllAccounts()).length !== count) throw new Error("no account");
    };
  }
  return async () => {
    if (!(await cache.getAccountByHomeId(`${user}.${TENANT}`))) throw new Error("no account");
  };
}

async function clientCredentials(tenants: number): Promise<Hit> {
  const one = theirApp(answer("short"));
  await one.acquireTokenByClientCredential({ scopes: APP_SCOPES });
  const app = appOf(multiply(one.getTokenCache().serialize(), [TENANT], tenants));
  return async () => {
    const result = await app.acquireTokenByClientCredential({ scopes: APP_SCOPES });
    if (!result?.fromCache) throw new Error("not from the cache");
  };
}

async function onBehalfOf(assertions: number): Promise<Hit> {
  const one = theirApp(answer("short", signIn("short")));
  const request = { oboAssertion: ASSERTION, scopes: USER_SCOPES };
  await one.acquireTokenOnBehalfOf(request);
  const written = one.getTokenCache().serialize();
  const [row] = Object.values(
    (JSON.parse(written) as { AccessToken: Record<string, { userAssertionHash: string }> })
      .AccessToken,
  );
  const app = appOf(multiply(written, [USER, row!.userAssertionHash], assertions));
  return async () => {
    const result = await app.acquireTokenOnBehalfOf(request);
    if (!result?.fromCache) throw new Error("not from the cache");
  };
}

function accountOf(user: string): theirs.AccountInfo {
  return {
    homeAccountId: `${user}.${TENANT}`,
    environment: "login.windows.net",
    tenantId: TENANT,
    username: `${user}@contoso.example`,
    localAccountId: user,
  };
}

function appOf(state: string): theirs.ConfidentialClientApplication {
  const app = theirApp(answer("short"));
  app.getTokenCache().deserialize(state);
  return app;
}

function theirApp(body: Record<string, unknown>): theirs.ConfidentialClientApplication {
  const reply = async <T>() => ({ headers: {}, status: 200, body: body as T });
  return new theirs.ConfidentialClientApplication({
    auth: { clientId: CLIENT_ID, authority: AUTHORITY, clientSecret: "secret" },
    system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
  });
}
