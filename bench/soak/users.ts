/**
 * Users who sign in without a network: whose token is whose can be told by looking at it.
 */
import { ConfidentialClientApplication, type PersistedTokenCache, unwrap } from "msal-ts";

const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
const AUTHORITY = `https://login.microsoftonline.com/${TENANT}`;

/** An application of one process over a cache that it shares with others. */
export function createApp(tokenCache: PersistedTokenCache): ConfidentialClientApplication {
  return new ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: "secret",
    tokenCache,
    httpClient: async (_, { body = "" }) => {
      const code = new URLSearchParams(body).get("code");
      return Response.json(answer(code ?? ""));
    },
  });
}

/** Signs a user in; resolves when the store has what came, or has failed to take it. */
export async function signIn(app: ConfidentialClientApplication, user: string): Promise<void> {
  const redirectUri = "http://localhost";
  unwrap(await app.acquireTokenByAuthorizationCode(user, ["User.Read"], { redirectUri }));
}

/** A number as the object id of a user. */
export function userId(process: number, index: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  return `${hex(process, 8)}-aaaa-4aaa-8aaa-${hex(index, 12)}`;
}

export function homeAccountId(user: string): string {
  return `${user}.${TENANT}`;
}

export function refreshTokenOf(user: string): string {
  return `refresh-token-of-${user}-${"r".repeat(100)}`;
}

function answer(user: string): Record<string, unknown> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.trunc(Date.now() / 1000);
  const claims = {
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...{ aud: CLIENT_ID, sub: user, oid: user, tid: TENANT, iat: now, exp: now + 3600 },
    preferred_username: `${user}@contoso.com`,
  };
  return {
    ...{ token_type: "Bearer", expires_in: 3600, scope: "User.Read openid profile" },
    access_token: `access-token-of-${user}-${"a".repeat(100)}`,
    refresh_token: refreshTokenOf(user),
    id_token: `${part({ alg: "RS256" })}.${part(claims)}.signature`,
    client_info: part({ uid: user, utid: TENANT }),
  };
}
