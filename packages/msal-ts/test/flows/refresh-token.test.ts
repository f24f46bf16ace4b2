import { isTokenError, unwrap } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  contents,
  DESKTOP_APP,
  idToken,
  setup,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

/** What the platform answers the desktop app. */
const TOKENS = userTokens({ id_token: idToken({ aud: DESKTOP_APP }) });

/** A refresh token of an application that used another library. */
async function setupMigration() {
  const { desktopApp, signIn, ...rest } = setup();
  const { refresh_token } = unwrap(await signIn(desktopApp())) as { refresh_token?: string };
  return { app: desktopApp(), refreshToken: refresh_token ?? "", ...rest };
}

test("a refresh token from elsewhere brings tokens and an account, and silent calls go on from there", async () => {
  const { app, refreshToken, clock } = await setupMigration();

  const result = unwrap(await app.acquireTokenByRefreshToken(refreshToken, ["User.Read"]));

  expect(result).toMatchObject({ access_token: expect.any(String), token_type: "Bearer" });
  expect(result.id_token_claims?.preferred_username).toBe(ADA);
  const [account] = await app.getAccounts();
  expect(account).toEqual(result.account);
  clock.advance(3 * 3600);
  const renewed = await app.acquireTokenSilent(["User.Read"], account);
  expect(renewed?.token_source).toBe("identity_provider");
});

test("flows APP-35: migrating a refresh token is number 85 to telemetry, forced", async () => {
  const { app, refreshToken, tokenRequests } = await setupMigration();

  await app.acquireTokenByRefreshToken(refreshToken, ["User.Read"]);

  expect(tokenRequests().at(-1)?.headers).toMatchObject({
    "x-client-current-telemetry": "4|85,1|",
  });
});

test("the request asks for the scopes and the reserved ones, and has no claims even with capabilities", async () => {
  const { desktopApp, requests } = setupScript({ body: TOKENS });
  const app = desktopApp({ clientCapabilities: ["CP1"] });

  await app.acquireTokenByRefreshToken("refresh-token-of-adal", ["User.Read"]);

  expect(requests[0]?.form).toEqual({
    client_id: expect.any(String),
    client_info: "1",
    grant_type: "refresh_token",
    refresh_token: "refresh-token-of-adal",
    scope: "User.Read offline_access openid profile",
  });
});

test("flows CLI-07: the refresh token that comes back is a row of this client's own", async () => {
  const { desktopApp } = setupScript({ body: { ...TOKENS, refresh_token: "refresh-token-new" } });
  const app = desktopApp();

  await app.acquireTokenByRefreshToken("refresh-token-old", ["User.Read"]);

  expect(contents(app.tokenCache).refreshTokens).toEqual([
    expect.objectContaining({
      secret: "refresh-token-new",
      client_id: app.clientId,
      home_account_id: USER.homeAccountId,
    }),
  ]);
});

test("when none comes back none is kept, the old one neither", async () => {
  const { refresh_token: _, ...body } = TOKENS;
  const { desktopApp } = setupScript({ body });
  const app = desktopApp();

  await app.acquireTokenByRefreshToken("refresh-token-old", ["User.Read"]);

  expect(contents(app.tokenCache).refreshTokens).toEqual([]);
  expect(await app.getAccounts()).toHaveLength(1);
});

test("a refusal is returned as it came, and changes nothing", async () => {
  const { desktopApp } = setup();
  const app = desktopApp();

  const result = await app.acquireTokenByRefreshToken("1.no-refresh-token", ["User.Read"]);

  expect(isTokenError(result)).toBe(true);
  expect(result).toMatchObject({ error: "invalid_grant", suberror: "bad_token" });
  expect(await app.getAccounts()).toEqual([]);
});

test.for<[string, unknown]>([
  ["nothing", undefined],
  ["an empty string", ""],
  ["bytes", new Uint8Array(3)],
  ["a row of the cache", { secret: "refresh-token-old" }],
])("%s is no refresh token", async ([, refreshToken]) => {
  const { desktopApp } = setupScript();

  await expect(
    desktopApp().acquireTokenByRefreshToken(refreshToken as string, ["s"]),
  ).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringMatching(/^refreshToken must be .*acquireTokenSilent/s),
  });
});

test("reserved scopes are refused before a request", async () => {
  const { desktopApp } = setupScript();

  await expect(
    desktopApp().acquireTokenByRefreshToken("refresh-token-old", ["offline_access"]),
  ).rejects.toMatchObject({ code: "invalid_argument" });
});
