/**
 * Who asks for tokens here, what the provider answers, and caches that are full of it: an access token of
 * 1,500 characters, a refresh token and an ID token of 1,100 each, all of one tenant unless it is said.
 *
 * @module
 */

/** Application that asks. */
export const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
/** Its tenant, the first of many. */
export const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
/** The first of its users. */
export const USER = "00000000-aaaa-4aaa-8aaa-000000000001";
/** What an application asks for in its own name. */
export const APP_SCOPES: string[] = ["https://graph.microsoft.com/.default"];
/** What a user's application asks for. */
export const USER_SCOPES: string[] = ["User.Read"];
/** Where to ask for tokens of the first tenant. */
export const AUTHORITY: string = authorityOf(0);
/** Users who are there to be signed out, beside those who stay. */
const LEAVING = 300;
/** How many owners of tokens take turns in a cache of many: enough to leave the processor's caches. */
const IN_TURN = 100;

/** Tenant number `index`. */
export function tenantOf(index: number): string {
  return numbered(TENANT, index);
}

/** User number `index`. */
export function userOf(index: number): string {
  return numbered(USER, index);
}

/** What user number `index` signs in as. */
export function usernameOf(index: number): string {
  return `user${index}@contoso.com`;
}

/** The account that a provider and a library make of user number `index`. */
export function homeOf(index: number): string {
  return `${userOf(index)}.${TENANT}`;
}

/** Authority of tenant number `index`. */
export function authorityOf(index: number): string {
  return `https://login.microsoftonline.com/${tenantOf(index)}`;
}

/** The access token that user number `index` shows to an API; nobody looks inside. */
export function assertionOf(index: number): string {
  return `${part({ alg: "RS256" })}.${part({ oid: userOf(index), padding: "p".repeat(700) })}.${"s".repeat(342)}`;
}

function numbered(id: string, index: number): string {
  return index === 0 ? id : `${index.toString(16).padStart(8, "a0000000")}${id.slice(8)}`;
}

/** Up to a hundred numbers below `size`, evenly apart: whose turn it is. */
export function inTurn(size: number): number[] {
  const count = Math.min(size, IN_TURN);
  return Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
}

/** Numbers of those who are signed out one after the other, where `size` users stay. */
export function leaving(size: number): number[] {
  return Array.from({ length: LEAVING }, (_, i) => size + i);
}

/** A function that gives one after the other, and begins again. */
export function cycle<T>(values: readonly T[]): () => T {
  let next = 0;
  return () => values[next++ % values.length] as T;
}

/** A token response. */
export function answer(extra: Record<string, unknown> = {}): Record<string, unknown> {
  return { token_type: "Bearer", expires_in: 86_399, access_token: "a".repeat(1500), ...extra };
}

/** What more it says when user number `index` signs in. */
export function signIn(index: number): Record<string, unknown> {
  const user = userOf(index);
  const now = Math.trunc(Date.now() / 1000);
  const claims = {
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...{ aud: CLIENT_ID, sub: user, oid: user, tid: TENANT, iat: now, exp: now + 86_399 },
    ...{ preferred_username: usernameOf(index), name: "Ada", padding: "p".repeat(250) },
  };
  return {
    scope: "User.Read openid profile email",
    refresh_token: "r".repeat(1100),
    id_token: `${part({ alg: "RS256", typ: "JWT", kid: "k".repeat(27) })}.${part(claims)}.${"s".repeat(342)}`,
    client_info: part({ uid: user, utid: TENANT }),
  };
}

/** The text of a token response for whoever signs in just then. */
export function signingIn(user: () => number): () => string {
  return () => JSON.stringify(answer(signIn(user())));
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/**
 * A serialized cache many times over.
 *
 * @param from - Number of the first copy. Copy 0 is the original.
 * @param until - Number after that of the last copy.
 * @param rename - What a copy says in place of what the original says.
 */
export function multiply(
  serialized: string,
  from: number,
  until: number,
  rename: (copy: number) => readonly (readonly [string, string])[],
): string {
  const original = JSON.parse(serialized) as Record<string, Record<string, unknown>>;
  const cache: Record<string, Record<string, unknown>> = {};
  for (const [section, rows] of Object.entries(original)) {
    const copies: Record<string, unknown> = {};
    for (let copy = from; copy < until; copy++) {
      const names = copy === 0 ? [] : rename(copy);
      const renamed = (text: string) =>
        names.reduce((all, [old, other]) => all.replaceAll(old, other), text);
      for (const [key, row] of Object.entries(rows)) {
        copies[renamed(key)] = JSON.parse(renamed(JSON.stringify(row)));
      }
    }
    cache[section] = copies;
  }
  return JSON.stringify(cache);
}
