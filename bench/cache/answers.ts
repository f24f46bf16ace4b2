/**
 * What the identity provider of a benchmark says, and a cache with as many users as a question needs.
 *
 * @module
 */

export const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
export const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
export const USER = "00000000-aaaa-4aaa-8aaa-000000000001";
export const AUTHORITY: string = `https://login.microsoftonline.com/${TENANT}`;
export const USER_SCOPES: string[] = ["User.Read"];

/** How long tokens are: as Microsoft Entra's, or short where a question is not about their bytes. */
export type Size = "real" | "short";

/** A token response. */
export function answer(size: Size, extra: Record<string, unknown> = {}): Record<string, unknown> {
  const access_token = "a".repeat(size === "real" ? 1500 : 50);
  return { token_type: "Bearer", expires_in: 86_399, access_token, ...extra };
}

/** What comes with it when a user signs in. */
export function signIn(size: Size, user: string = USER): Record<string, unknown> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.trunc(Date.now() / 1000);
  const real = size === "real";
  const claims = {
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...{ aud: CLIENT_ID, sub: user, oid: user, tid: TENANT, iat: now, exp: now + 86_399 },
    ...{ preferred_username: `${user}@contoso.example`, name: "Ada" },
    padding: "p".repeat(real ? 500 : 0),
  };
  return {
    scope: "User.Read openid profile",
    refresh_token: "r".repeat(real ? 1100 : 50),
    id_token: `${part({ alg: "RS256" })}.${part(claims)}.${"s".repeat(real ? 342 : 10)}`,
    client_info: part({ uid: user, utid: TENANT }),
  };
}

/** An id of which there are many; the first 8 of its characters are its number. */
export function numbered(id: string, number: number): string {
  return number === 0 ? id : `${number.toString(16).padStart(8, "0")}${id.slice(8)}`;
}

/** The same cache many times over: each copy has ids of its own in place of these, the first keeps them. */
export function multiply(serialized: string, ids: readonly string[], count: number): string {
  const cache = JSON.parse(serialized) as Record<string, Record<string, unknown>>;
  const sections = Object.entries(cache).map(([name, rows]) => {
    const body = JSON.stringify(rows).slice(1, -1);
    const copies = [body];
    // Rows that name none of these ids, such as the app's metadata, stay the only ones.
    if (ids.some((id) => body.toLowerCase().includes(id.toLowerCase()))) {
      for (let i = 1; i < count; i++) copies.push(renumber(body, ids, i));
    }
    return `${JSON.stringify(name)}:{${copies.join(",")}}`;
  });
  return `{${sections.join(",")}}`;
}

/** Keys are in lower case, whatever their ids are. */
function renumber(text: string, ids: readonly string[], number: number): string {
  let copy = text;
  for (const id of ids) {
    copy = copy.replaceAll(id, numbered(id, number));
    copy = copy.replaceAll(id.toLowerCase(), numbered(id.toLowerCase(), number));
  }
  return copy;
}
