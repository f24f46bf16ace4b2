import { describe, expect, test } from "vitest";
import { ADA, CONTOSO, DESKTOP, PASSWORD, setup } from "../setup.js";

const URI = "http://localhost";

/** A browser in which Ada is signed in, and the page where she signs out. */
async function setupSession(tenant = CONTOSO, path = "/oauth2/v2.0") {
  const bench = setup({ users: [{ username: "edith@contoso.com" }] });
  const { idp, authUri } = bench;
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD, cookies });
  const logOut = (query: Record<string, string> = {}) =>
    idp.fetch(`${idp.authority(tenant)}${path}/logout?${new URLSearchParams(query)}`, {
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
  return { ...bench, cookies, logOut };
}

test("a session is over, and its browser is told to forget it", async () => {
  const { logOut } = await setupSession();

  const response = await logOut();

  expect(response.status).toBe(200);
  expect(await response.text()).toContain("You signed out of your account");
  expect(response.headers.get("set-cookie")).toMatch(/^ESTSAUTH=;.*Max-Age=0/);
});

test("the way back leads to a redirect URI of the client, with its state", async () => {
  const { logOut, app } = await setupSession();

  const response = await logOut({
    post_logout_redirect_uri: URI,
    client_id: app(DESKTOP).clientId,
    state: "s",
  });

  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe(`${URI}/?state=s`);
  expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
});

// What leads nowhere: somebody else's redirect URI, and a hint that is none of ours.
test.for([
  { post_logout_redirect_uri: "https://evil.example" },
  { post_logout_redirect_uri: URI, client_id: "99999999-9999-4999-8999-999999999999" },
  { post_logout_redirect_uri: "http://localhost/nobody" },
  { post_logout_redirect_uri: URI, id_token_hint: "a.b.c" },
  { post_logout_redirect_uri: "no url" },
])("%j ends on a page", async (query) => {
  const { logOut } = await setupSession();

  const response = await logOut(query);

  expect([response.status, response.headers.get("location")]).toEqual([200, null]);
});

test("the ID token says which client it is", async () => {
  const { logOut, redeem } = await setupSession();
  const { body } = await redeem();

  const response = await logOut({ post_logout_redirect_uri: URI, id_token_hint: body.id_token });

  expect(response.status).toBe(302);
});

describe("under each platform's path", () => {
  test.for([
    [CONTOSO, "/oauth2/v2.0"],
    [CONTOSO, "/oauth2"],
    [`${CONTOSO}/B2C_1_signin`, "/oauth2/v2.0"],
    ["adfs", "/oauth2"],
  ])("%s%s/logout", async ([tenant, path]) => {
    const { logOut } = await setupSession(tenant, path);

    expect((await logOut({ post_logout_redirect_uri: URI })).status).toBe(302);
  });
});
