/**
 * Our library under a host of Microsoft's that the emulator answers for: cache files name hosts, and those
 * of different libraries meet under this one.
 *
 * @module
 */
import { ConfidentialClientApplication, SerializableTokenCache, unwrap } from "msal-ts";
import { type Emulated, TENANT, WEB_APP } from "./emulated.js";

export const HOST = "login.microsoftonline.com";
export const AUTHORITY = `https://${HOST}/${TENANT}`;
export const SCOPES = ["User.Read"];

/** Sections of a cache file, with their rows by key. */
export type CacheFile = Record<string, Record<string, Record<string, unknown>>>;

/** Our library with a cache of its own. */
export interface Ours {
  app: ConfidentialClientApplication;
  cache: SerializableTokenCache;
}

/** An application of ours whose cache begins with what a file holds, on the emulator's clock. */
export function openOurs({ idp }: Emulated, file?: string): Ours {
  const cache = new SerializableTokenCache();
  cache.deserialize(file);
  const app = new ConfidentialClientApplication(WEB_APP.clientId, {
    authority: AUTHORITY,
    clientCredential: WEB_APP.secret,
    tokenCache: cache,
    httpClient: idp.fetch,
    clock: { now: idp.now, sleep: () => Promise.reject(new Error("Nothing here waits.")) },
  });
  return { app, cache };
}

/** Signs a user in with ours. */
export async function signInWithOurs(
  { idp }: Emulated,
  { app }: Ours,
  user: { username: string; password: string },
): Promise<string> {
  const flow = await app.initiateAuthCodeFlow(SCOPES, { redirectUri: WEB_APP.redirectUri });
  const answer = await idp.signIn(flow.authUri, user);
  return unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer)).access_token;
}

/** What else may be in a file: a section and members that no library of today knows. */
export function withStrangers(file: string): string {
  const { AccessToken = {}, Account = {}, ...rest } = JSON.parse(file) as CacheFile;
  const strange = { stranger: { nested: [1, null, "two"] } };
  const marked = (rows: Record<string, object>) =>
    Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, { ...row, ...strange }]));
  return JSON.stringify({
    ...rest,
    AccessToken: { ...marked(AccessToken), "no-key-of-anybody": strange },
    Account: marked(Account),
    Customized: { any: strange, list: [1, 2] },
  });
}
