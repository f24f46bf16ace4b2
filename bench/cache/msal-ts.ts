/**
 * `msal-ts`, for the questions about caches.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as ours from "msal-ts";
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

/** This library. */
export const msalTs: Library = { version: versionOf("msal-ts"), text, load, lookUp };

async function text(users: number, size: Size): Promise<string> {
  const one = new ours.SerializableTokenCache();
  one.add(event(answer(size, signIn(size))));
  return multiply(one.serialize(), [USER], users);
}

function load(state: string): { save(): string } {
  const cache = cacheOf(state);
  return { save: () => cache.serialize() };
}

async function lookUp(which: LookUp, count: number): Promise<Hit | undefined> {
  if (which === "client credentials") return clientCredentials(count);
  if (which === "on-behalf-of") return onBehalfOf(count);
  const cache = cacheOf(await text(which === "sign out" ? count + LEAVING : count, "short"));
  const app = new ours.PublicClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    tokenCache: cache,
  });
  const user = numbered(USER, Math.trunc(count / 2));
  const homeAccountId = `${user}.${TENANT}`;
  const [account] = await app.getAccounts({ homeAccountId });
  if (which === "silent") {
    return async () => {
      if (!(await app.acquireTokenSilent(USER_SCOPES, account))) throw new Error("no token");
    };
  }
  if (which === "sign out") {
    const accounts = (await app.getAccounts()).slice(-LEAVING);
    return () => app.removeAccount(accounts.pop()!);
  }
  const filters = {
    "account by id": { homeAccountId },
    "account by name": { username: account?.username },
    "all accounts, each": {},
  };
  const expected = which === "all accounts, each" ? count : 1;
  return async () => {
    const found = await app.getAccounts(filters[which]);
    if (found.length !== expected && which !== "account by name") throw new Error("no account");
  };
}

async function clientCredentials(tenants: number): Promise<Hit> {
  const one = new ours.SerializableTokenCache();
  await confidential(one, {}).acquireTokenForClient(APP_SCOPES);
  const app = confidential(cacheOf(multiply(one.serialize(), [TENANT], tenants)), {});
  return async () => {
    const result = ours.unwrap(await app.acquireTokenForClient(APP_SCOPES));
    if (result.token_source !== "cache") throw new Error("not from the cache");
  };
}

async function onBehalfOf(assertions: number): Promise<Hit> {
  const one = new ours.SerializableTokenCache();
  await confidential(one, signIn("short")).acquireTokenOnBehalfOf(ASSERTION, USER_SCOPES);
  const hash = createHash("sha256").update(ASSERTION).digest("base64url");
  const app = confidential(cacheOf(multiply(one.serialize(), [USER, hash], assertions)), {});
  return async () => {
    const result = ours.unwrap(await app.acquireTokenOnBehalfOf(ASSERTION, USER_SCOPES));
    if (result.token_source !== "cache") throw new Error("not from the cache");
  };
}

function confidential(
  tokenCache: ours.TokenCache,
  extra: Record<string, unknown>,
): ours.ConfidentialClientApplication {
  return new ours.ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: "secret",
    tokenCache,
    httpClient: async () => Response.json(answer("short", extra)),
  });
}

function cacheOf(state: string): ours.SerializableTokenCache {
  const cache = new ours.SerializableTokenCache();
  cache.deserialize(state);
  return cache;
}

function event(response: Record<string, unknown>): ours.TokenEvent {
  return {
    client_id: CLIENT_ID,
    scope: [...USER_SCOPES, "openid", "profile"],
    token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
    environment: "login.microsoftonline.com",
    response,
  };
}
