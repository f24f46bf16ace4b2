/**
 * Caches that add behaviour of their own: an overridden `add()` sees every event, and `super.add()` keeps
 * what is in it.
 */
import {
  type ClientApplication,
  type ConfidentialClientApplication,
  type PublicClientApplication,
  SerializableTokenCache,
  TokenCache,
  type TokenEvent,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  idToken,
  PASSWORD,
  type Reply,
  remember,
  setupScript,
  TOKEN_ENDPOINT,
  USER,
  userTokens,
  WEB_APP,
} from "../setup.js";

const DEVICE: Reply = {
  body: {
    device_code: "the-device-code",
    user_code: "ABCD1234",
    verification_uri: "https://microsoft.com/devicelogin",
    expires_in: 900,
    interval: 5,
    message: "Sign in.",
  },
};
const TOKENS: Reply = { body: userTokens({ id_token: idToken({ aud: DESKTOP_APP }) }) };
const WEB_TOKENS: Reply = { body: userTokens() };

/** A client of either kind: each row of the table calls what its grant has. */
type Client = PublicClientApplication & ConfidentialClientApplication;

// How tokens are obtained, what the provider answers, what an application calls.
const GRANTS: readonly [
  grant: string,
  kind: "web" | "desktop",
  replies: readonly Reply[],
  act: (app: Client) => Promise<unknown>,
][] = [
  [
    "client_credentials",
    "web",
    [{ body: appTokens() }],
    (app) => app.acquireTokenForClient(APP_SCOPES),
  ],
  [
    "authorization_code",
    "web",
    [WEB_TOKENS],
    (app) => app.acquireTokenByAuthorizationCode("a-code", ["User.Read"]),
  ],
  [
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "web",
    [WEB_TOKENS],
    (app) => app.acquireTokenOnBehalfOf("an-assertion", ["User.Read"]),
  ],
  [
    "refresh_token",
    "desktop",
    [TOKENS],
    (app) => app.acquireTokenByRefreshToken("from-elsewhere", ["User.Read"]),
  ],
  [
    "password",
    "desktop",
    [{ body: { account_type: "Managed" } }, TOKENS],
    (app) => app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]),
  ],
  [
    "urn:ietf:params:oauth:grant-type:device_code",
    "desktop",
    [DEVICE, TOKENS],
    async (app) =>
      app.acquireTokenByDeviceFlow((await app.initiateDeviceFlow(["User.Read"])) as never),
  ],
];

describe.for<[string, typeof TokenCache]>([
  ["TokenCache", TokenCache],
  ["SerializableTokenCache", SerializableTokenCache],
])("a subclass of %s", ([, Base]) => {
  class Watching extends Base {
    readonly seen: [event: TokenEvent, now: number | undefined][] = [];
    override add(event: TokenEvent, now?: number): void {
      this.seen.push([event, now]);
      super.add(event, now);
    }
  }

  test.for(GRANTS)(
    "sees what came by %s, and when, and keeps it",
    async ([grant_type, kind, replies, act]) => {
      const tokenCache = new Watching();
      const { webApp, desktopApp, clock } = setupScript(...replies);
      const app = kind === "web" ? webApp({ tokenCache }) : desktopApp({ tokenCache });

      expect(await act(app as ClientApplication as Client)).toHaveProperty("access_token");

      expect(tokenCache.seen).toHaveLength(1);
      const [[event, now] = []] = tokenCache.seen;
      expect(event).toMatchObject({
        client_id: kind === "web" ? WEB_APP : DESKTOP_APP,
        grant_type,
        token_endpoint: TOKEN_ENDPOINT,
        response: { access_token: expect.any(String) },
      });
      expect(now).toBe(clock.now());
      expect(tokenCache.find("AccessToken")).toMatchObject([
        { secret: event?.response.access_token },
      ]);
    },
  );

  test("sees a silent refresh", async () => {
    const tokenCache = new Watching();
    remember(tokenCache);
    tokenCache.seen.length = 0;
    const { webApp } = setupScript({ body: userTokens({ access_token: "renewed" }) });
    const app = webApp({ tokenCache });
    const [account] = await app.getAccounts();

    await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });

    expect(tokenCache.seen).toMatchObject([
      [{ grant_type: "refresh_token", response: { access_token: "renewed" } }, expect.any(Number)],
    ]);
  });

  test("sees nothing where nothing was obtained: a hit, a refusal, a sign-out", async () => {
    const tokenCache = new Watching();
    remember(tokenCache);
    tokenCache.seen.length = 0;
    const { webApp } = setupScript({ status: 400, body: { error: "invalid_scope" } });
    const app = webApp({ tokenCache });
    const [account] = await app.getAccounts();

    await app.acquireTokenSilent(["User.Read"], account);
    await app.acquireTokenForClient(APP_SCOPES);
    if (account) await app.removeAccount(account);

    expect(tokenCache.seen).toEqual([]);
    expect(await app.getAccounts()).toEqual([]);
  });

  test("may keep nothing, and the caller gets the token all the same", async () => {
    class Forgetting extends Base {
      override add(): void {}
    }
    const tokenCache = new Forgetting();
    const { webApp } = setupScript(WEB_TOKENS, { body: appTokens() });
    const app = webApp({ tokenCache });

    const user = await app.acquireTokenByAuthorizationCode("a-code", ["User.Read"]);
    const own = await app.acquireTokenForClient(APP_SCOPES);

    expect(user).toMatchObject({ access_token: "access-token-of-ada", account: { username: ADA } });
    expect(own).toMatchObject({ access_token: "access-token-of-app" });
    expect(contents(tokenCache)).toEqual(EMPTY);
  });

  test("may keep more than came, under a time of its own", async () => {
    class Aging extends Base {
      override add(event: TokenEvent, now = 0): void {
        super.add({ ...event, response: { ...event.response, foci: "1" } }, now - 60);
      }
    }
    const tokenCache = new Aging();
    const { webApp, clock } = setupScript(WEB_TOKENS);

    await webApp({ tokenCache }).acquireTokenByAuthorizationCode("a-code", ["User.Read"]);

    expect(tokenCache.find("RefreshToken")).toMatchObject([{ family_id: "1" }]);
    expect(tokenCache.find("AccessToken")).toMatchObject([{ cached_at: String(clock.now() - 60) }]);
  });

  test("that throws is heard by the caller, in its own words", async () => {
    const reason = new Error("disk full");
    class Failing extends Base {
      override add(): void {
        throw reason;
      }
    }
    const { webApp } = setupScript({ body: appTokens() });
    const app = webApp({ tokenCache: new Failing() });

    await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toBe(reason);
  });
});

describe("a cache that writes itself down in add()", () => {
  class Writing extends SerializableTokenCache {
    written = "";
    override add(event: TokenEvent, now?: number): void {
      super.add(event, now);
      this.written = this.serialize();
    }
  }
  const reread = ({ written }: Writing) => {
    const cache = new SerializableTokenCache();
    cache.deserialize(written);
    return cache;
  };

  test("has written the refresh token that came with a silent refresh, too", async () => {
    const tokenCache = new Writing();
    remember(tokenCache);
    const { webApp } = setupScript({
      body: userTokens({ access_token: "new-access", refresh_token: "new-refresh" }),
    });
    const app = webApp({ tokenCache });
    const [account] = await app.getAccounts();

    await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });

    const { accessTokens, refreshTokens } = contents(reread(tokenCache));
    expect(accessTokens).toMatchObject([{ secret: "new-access" }]);
    expect(refreshTokens).toMatchObject([{ secret: "new-refresh" }]);
    expect(tokenCache.hasStateChanged).toBe(false);
  });

  test("is read by the next process", async () => {
    const tokenCache = new Writing();
    const first = setupScript(WEB_TOKENS);
    await first.webApp({ tokenCache }).acquireTokenByAuthorizationCode("a-code", ["User.Read"]);

    const { webApp } = setupScript();
    const app = webApp({ tokenCache: reread(tokenCache) });
    const [account] = await app.getAccounts({ username: ADA });

    expect(account).toMatchObject({ homeAccountId: USER.homeAccountId, realm: CONTOSO });
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      access_token: "access-token-of-ada",
      token_source: "cache",
    });
  });
});
