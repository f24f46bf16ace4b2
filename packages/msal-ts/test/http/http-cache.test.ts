/**
 * What is not asked for again: failures while a service is busy, refusals for a minute, what was discovered
 * for a day. And what must never come out of a cache that somebody else may have written.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpCache, isTokenError, type MsalServiceError, type TokenResult } from "msal-ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  DESKTOP_APP,
  HOST,
  idToken,
  PASSWORD,
  type Reply,
  remember,
  START,
  setup,
  setupScript,
  TOKEN_ENDPOINT,
  USER,
  userTokens,
  WEB_APP_SECRET,
} from "../setup.js";
import {
  EDITH,
  EDITHS_PASSWORD,
  ENDPOINT_13,
  MEX,
  metadata,
  realm,
  soap,
  TOKENS,
  tokenResponse,
} from "../ws-trust/setup.js";

const SCOPES = ["User.Read"];
const DOMAIN = `https://${HOST}/contoso.onmicrosoft.com`;
const BUSY = { error: "temporarily_unavailable", error_description: "AADSTS90055: Busy." };
const REFUSED = { error: "invalid_grant", error_description: "AADSTS50076: No.", suberror: "x" };

/** Ada's tokens, for the desktop app. */
const tokens = (): Reply => ({
  body: userTokens({ id_token: idToken({ aud: DESKTOP_APP }) }),
});
const busy = (after?: string, status = 429): Reply => ({
  status,
  body: BUSY,
  ...(after !== undefined && { headers: { "retry-after": after } }),
});
const refused = (): Reply => ({ status: 400, body: REFUSED });

/** How a call ended, in a word: its token, its error, or the code and status of what it threw. */
async function ending(result: Promise<TokenResult | null>): Promise<string> {
  try {
    const value = await result;
    return isTokenError(value) ? value.error : (value?.access_token ?? "null");
  } catch (error) {
    const { code, status } = error as MsalServiceError;
    return `${code} ${status}`;
  }
}

/** The desktop app with scripted answers, and what it asks for. */
function desktop(...replies: Reply[]) {
  const httpCache = new Map<string, string>();
  const all = setupScript(...replies);
  const app = all.desktopApp({ httpCache });
  return {
    ...all,
    app,
    httpCache,
    refresh: (token = "a-refresh-token", scopes: readonly string[] = SCOPES) =>
      ending(app.acquireTokenByRefreshToken(token, scopes)),
    redeem: (code = "a-code-of-a-sign-in", claimsChallenge?: string) =>
      ending(app.acquireTokenByAuthorizationCode(code, SCOPES, { claimsChallenge })),
  };
}

/** The web app with scripted answers. */
function web(...replies: Reply[]) {
  const httpCache = new Map<string, string>();
  const all = setupScript(...replies);
  const app = all.webApp({ httpCache });
  const ask = (claimsChallenge?: string) =>
    ending(app.acquireTokenForClient(APP_SCOPES, { claimsChallenge }));
  return { ...all, app, httpCache, ask };
}

/** What a cache holds, read. */
function entriesOf(cache: Map<string, string>) {
  return [...cache.values()].map((text) => JSON.parse(text) as Record<string, unknown>);
}

describe("a busy service", () => {
  test.for([
    ["http-cache 2", 429, "temporarily_unavailable"],
    ["http-cache 3", 503, "service_error 503"],
    ["http-cache 3", 500, "service_error 500"],
    ["http-cache 3", 400, "temporarily_unavailable"],
    ["http-cache 3", 403, "temporarily_unavailable"],
  ] as const)("%s, flows THR-01: %i is left alone as long as it asks", async ([, status, word]) => {
    const { refresh, clock, requests } = desktop(busy("1", status), tokens());

    expect(await refresh()).toBe(word);
    expect(await refresh()).toBe(word);
    expect(requests).toHaveLength(1);

    clock.advance(2);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("http-cache 4: claims make no difference", async () => {
    const { ask, requests } = web(busy("10"));

    await ask('{"access_token":{"nbf":{"essential":true}}}');

    expect(await ask('{"access_token":{"acrs":{"value":"c1"}}}')).toBe("temporarily_unavailable");
    expect(requests).toHaveLength(1);
  });

  test("http-cache 4: nor does the grant", async () => {
    const { refresh, redeem, requests } = desktop(busy("10"));

    await refresh("the-same-for-both");

    expect(await redeem("the-same-for-both")).toBe("temporarily_unavailable");
    expect(requests).toHaveLength(1);
  });

  test("http-cache 5: other scopes are asked for", async () => {
    const { refresh, requests } = desktop(busy("10"), tokens());

    await refresh("a-refresh-token", ["User.Read"]);

    expect(await refresh("a-refresh-token", ["Mail.Read"])).toBe("access-token-of-ada");
    expect(requests).toHaveLength(2);
  });

  test("another endpoint, and another client, are asked", async () => {
    const httpCache = new Map();
    const { desktopApp, requests } = setupScript(busy("10"), busy("10"), tokens());
    const refresh = (options: { authority?: string }, clientId?: string) =>
      ending(
        desktopApp({ httpCache, ...options }, clientId).acquireTokenByRefreshToken("rt", SCOPES),
      );
    await refresh({});

    expect(await refresh({ authority: `https://${HOST}/organizations` })).toBe(BUSY.error);
    await refresh({}, "33333333-3333-4333-8333-333333333333").catch(() => {});

    expect(requests).toHaveLength(3);
  });

  // What Retry-After says, and how many seconds nothing is sent.
  test.for([
    ["http-cache 18", "99999", 3600],
    ["http-cache 18", "3601", 3600],
    ["http-cache 18", "99999999999", 3600],
    ["http-cache 18", "99999999999999999999", 3600],
    ["http-cache 20", "soon", 60],
    ["http-cache 20", "1e3", 60],
    ["http-cache 20", "7, 30", 7],
    ["http-cache 20", new Date((START + 90) * 1000).toUTCString(), 90],
    ["http-cache 20", `${new Date((START + 90) * 1000).toUTCString()}, 5`, 90],
    // RFC 9110 §5.6.7: 1700000030 in the two obsolete forms.
    ["http-cache 20", "Tuesday, 14-Nov-23 22:13:50 GMT", 30],
    ["http-cache 20", "Tue Nov 14 22:13:50 2023", 30],
    ["http-cache 20", new Date((START + 90_000) * 1000).toUTCString(), 3600],
    ["http-cache 26", undefined, 60],
  ] as const)("%s: Retry-After %j is %i seconds", async ([, after, seconds]) => {
    const { refresh, clock, requests } = desktop(busy(after), tokens());
    await refresh();

    clock.advance(seconds - 1);
    await refresh();
    expect(requests).toHaveLength(1);

    clock.advance(1);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test.for([
    ["0", 429],
    ["-5", 429],
    ["0", 503],
    ["-5", 400],
    [new Date((START - 90) * 1000).toUTCString(), 429],
  ] as const)(
    "http-cache 19: Retry-After %j with %i keeps nobody waiting",
    async ([after, status]) => {
      const { refresh, httpCache } = desktop(busy(after, status), tokens());
      await refresh();

      expect(httpCache.size).toBe(0);
      expect(await refresh()).toBe("access-token-of-ada");
    },
  );

  test("http-cache 26: a server waits five seconds for one that does not say how long", async () => {
    const { ask, clock, requests } = web(busy(), { body: appTokens() });
    await ask();

    clock.advance(4);
    expect(await ask()).toBe("temporarily_unavailable");
    expect(requests).toHaveLength(1);

    clock.advance(1);
    expect(await ask()).toBe("access-token-of-app");
  });

  test("http-cache 23: one user's wait is not another's (http-cache §10)", async () => {
    const managed = { body: { account_type: "Managed" } };
    const { app, requests } = desktop(managed, busy("10"), managed, tokens());
    const signIn = (user: string) =>
      ending(app.acquireTokenByUsernamePassword(user, PASSWORD, SCOPES));

    await signIn("bob@contoso.com");

    expect(await signIn(ADA)).toBe("access-token-of-ada");
    expect(await signIn("bob@contoso.com")).toBe("temporarily_unavailable");
    expect(requests).toHaveLength(4);
  });

  test("http-cache 24: nor is one code's another's (http-cache §10)", async () => {
    const { redeem, requests } = desktop(busy("10"), tokens());

    expect(await redeem("code-one")).toBe("temporarily_unavailable");
    expect(await redeem("code-two")).toBe("access-token-of-ada");
    expect(await redeem("code-one")).toBe("temporarily_unavailable");
    expect(requests).toHaveLength(2);
  });

  test("http-cache 25, http-cache 17: nor one refresh token's another's", async () => {
    const { refresh, requests } = desktop(busy("10"), refused());

    expect([await refresh("one"), await refresh("two")]).toEqual([
      "temporarily_unavailable",
      "invalid_grant",
    ]);
    expect([await refresh("one"), await refresh("two")]).toEqual([
      "temporarily_unavailable",
      "invalid_grant",
    ]);
    expect(requests).toHaveLength(2);
  });

  test("nor one assertion's another's, on behalf of two users", async () => {
    const { app, requests } = web(busy("10"), { body: userTokens() });
    await ending(app.acquireTokenOnBehalfOf("a.b.c", SCOPES));

    expect(await ending(app.acquireTokenOnBehalfOf("d.e.f", SCOPES))).toBe("access-token-of-ada");
    expect(await ending(app.acquireTokenOnBehalfOf("a.b.c", SCOPES))).toBe(BUSY.error);
    expect(requests).toHaveLength(2);
  });

  test("who waits is told how long: the rest of what the service asked for", async () => {
    const { app, clock, log } = desktop(busy("4000", 503));
    const failure = () =>
      app.acquireTokenByRefreshToken("rt", SCOPES).then(
        () => undefined,
        (error: MsalServiceError) => error,
      );
    expect(await failure()).toMatchObject({ retryAfter: 4000 });

    clock.advance(100);

    const error = await failure();
    expect(error).toMatchObject({ code: "service_error", status: 503, retryAfter: 3900 });
    expect(error?.message).toContain("Try again after 3900 seconds");
    expect(log).toContainEqual({
      level: "info",
      message: `POST ${TOKEN_ENDPOINT} is not sent: it was answered with status 503 a moment ago. It is sent again in 3500 seconds.`,
    });
  });

  test("who waits for one that did not ask for it is told how long, too", async () => {
    const { app, clock } = desktop(busy(undefined, 503));
    const refresh = () => app.acquireTokenByRefreshToken("rt", SCOPES);
    await expect(refresh()).rejects.not.toHaveProperty("retryAfter");

    clock.advance(20);

    await expect(refresh()).rejects.toMatchObject({ retryAfter: 40 });
  });

  test("a token in the cache is served all the same", async () => {
    const { app, refresh } = desktop(busy("10"), busy("10"));
    remember(app.tokenCache, {}, { client_id: DESKTOP_APP });
    await refresh();
    const account = { homeAccountId: USER.homeAccountId } as never;
    expect(
      await ending(app.acquireTokenSilentWithError(SCOPES, account, { forceRefresh: true })),
    ).toBe("temporarily_unavailable");

    expect(await ending(app.acquireTokenSilent(SCOPES, account))).toBe("access-token-of-ada");
  });

  test("is not asked in the background either", async () => {
    const { desktopApp, settled, clock, requests, script } = setupScript(busy("100"));
    const app = desktopApp();
    remember(app.tokenCache, { refresh_in: -1 }, { client_id: DESKTOP_APP });
    const account = { homeAccountId: USER.homeAccountId } as never;
    const ask = async () => {
      const word = await ending(app.acquireTokenSilent(SCOPES, account));
      await settled();
      return word;
    };

    expect(await ask()).toBe("access-token-of-ada");
    clock.advance(31);
    expect(await ask()).toBe("access-token-of-ada");
    expect(requests).toHaveLength(1);

    clock.advance(69);
    script(tokens());
    expect(await ask()).toBe("access-token-of-ada");
    expect(requests).toHaveLength(2);
  });

  test("nobody signs an assertion for a request that is not sent", async () => {
    const clientAssertion = vi.fn(async () => "an.assertion.signed");
    const { webApp, requests } = setupScript(busy("10"));
    const app = webApp({ clientCredential: { clientAssertion } });

    await app.acquireTokenForClient(APP_SCOPES);
    await app.acquireTokenForClient(APP_SCOPES);

    expect(requests[0]?.form).toMatchObject({ client_assertion: "an.assertion.signed" });
    expect(clientAssertion).toHaveBeenCalledTimes(1);
  });

  test("of the emulator is left alone, by seconds and by date", async () => {
    const { idp, clock, webApp, tokenRequests } = setup();
    const app = webApp();
    const ask = () => ending(app.acquireTokenForClient(APP_SCOPES));
    const until = (seconds: number) => new Date((idp.now() + seconds) * 1000).toUTCString();
    idp.failNext({ path: "/token", error: 90055, status: 429, headers: { "retry-after": "30" } });

    const first = await ask();
    clock.advance(25);
    expect(await ask()).toBe(first);
    clock.advance(6);
    idp.failNext({ path: "/token", status: 503, headers: { "retry-after": until(40) } });
    expect(await ask()).toBe("service_error 503");
    clock.advance(35);
    expect(await ask()).toBe("service_error 503");
    expect(tokenRequests()).toHaveLength(2);
    clock.advance(10);
    expect(await ask()).toMatch(/^ey/);
  });
});

describe("a refusal", () => {
  test("http-cache 6, flows THR-01: is repeated for a minute to who asks the very same", async () => {
    const { redeem, requests, clock, script } = desktop(refused(), refused());
    const foo = '{"access_token":{"foo":null}}';
    const bar = '{"access_token":{"bar":null}}';

    expect([await redeem("code", foo), await redeem("code", foo)]).toEqual([
      "invalid_grant",
      "invalid_grant",
    ]);
    expect(requests).toHaveLength(1);
    await redeem("code", bar);
    await redeem("code", bar);
    expect(requests).toHaveLength(2);

    clock.advance(60);
    script(tokens());
    expect(await redeem("code", foo)).toBe("access-token-of-ada");
  });

  test("is repeated word by word", async () => {
    const { app } = desktop(refused());
    const refresh = () => app.acquireTokenByRefreshToken("rt", SCOPES);

    expect(await refresh()).toEqual(REFUSED);
    expect(await refresh()).toEqual(REFUSED);
  });

  test("flows §3.14: is repeated to a silent call that forces, and tells why", async () => {
    const { app, requests } = desktop(refused());
    remember(app.tokenCache, {}, { client_id: DESKTOP_APP });
    const account = { homeAccountId: USER.homeAccountId } as never;
    const ask = () => app.acquireTokenSilentWithError(SCOPES, account, { forceRefresh: true });

    const first = await ask();

    expect(await ask()).toEqual(first);
    expect(first).toMatchObject({ error: "invalid_grant", classification: "x" });
    expect(requests).toHaveLength(1);
  });

  test("a replayed refusal counts in the telemetry like a live one (flows §3.14)", async () => {
    const { refresh, requests } = desktop(refused(), tokens());
    await refresh();
    await refresh();

    await refresh("another");

    expect(requests[1]?.headers["x-client-last-telemetry"]).toMatch(
      /\|invalid_grant,invalid_grant\|$/,
    );
  });

  test("of a confidential client is not repeated: its assertion may be a better one (decision 5)", async () => {
    const { ask, httpCache } = web(refused(), { body: appTokens() });

    expect(await ask()).toBe("invalid_grant");

    expect(await ask()).toBe("access-token-of-app");
    expect(httpCache.size).toBe(0);
  });

  test("http-cache 8, flows THR-01: of a poll for a device is not repeated", async () => {
    const pending = { status: 400, body: { error: "authorization_pending" } };
    const { app, requests, httpCache, clock } = desktop(
      pending,
      pending,
      busy("7"),
      busy(),
      tokens(),
    );
    const flow = {
      ...{ user_code: "ABC", device_code: "a-device-code", verification_uri: "https://x.example" },
      ...{ message: "", expires_in: 900, interval: 5, expires_at: START + 900 },
    };

    expect(await ending(app.acquireTokenByDeviceFlow(flow))).toBe("access-token-of-ada");

    expect(requests).toHaveLength(5);
    // Its own pace: twice the interval, then twice as long after each failure.
    expect(clock.slept()).toBe(5 + 5 + 10 + 20);
    expect(httpCache.size).toBe(0);
  });

  test("http-cache §3: of a request for a device code is repeated", async () => {
    const { app, requests } = desktop(refused());

    expect(await app.initiateDeviceFlow(SCOPES)).toEqual(REFUSED);
    expect(await app.initiateDeviceFlow(SCOPES)).toEqual(REFUSED);
    expect(requests).toHaveLength(1);
  });

  test("that is no OAuth error is asked for again", async () => {
    const page = { status: 400, body: "<html>" };
    const { refresh, httpCache } = desktop(page, { status: 400, body: "" }, tokens());

    expect(await refresh()).toBe("invalid_response 400");
    expect(await refresh()).toBe("invalid_response 400");
    expect(httpCache.size).toBe(0);
    expect(await refresh()).toBe("access-token-of-ada");
  });
});

describe("what is never kept", () => {
  test("http-cache 21: tokens, whatever comes with them (http-cache §10)", async () => {
    const answer = { ...(tokens() as object), headers: { "retry-after": "7" } };
    const { refresh, httpCache, requests } = desktop(answer, answer);

    await refresh();
    expect(httpCache.size).toBe(0);
    await refresh();
    expect(requests).toHaveLength(2);
  });

  test.for([401, 403, 404, 408])("http-cache 22: a status of %i", async (status) => {
    const { refresh, httpCache } = desktop({ status, body: REFUSED }, tokens());

    await refresh();

    expect(httpCache.size).toBe(0);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test.for([404, 429, 503])("http-cache 22: a document that comes with %i", async (status) => {
    const headers = { "retry-after": "100" };
    const { idp, webApp } = setup();
    const httpCache = new Map();
    const app = webApp({ authority: DOMAIN, httpCache });
    idp.failNext({ path: "openid-configuration", status, headers });

    await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toThrow();

    expect(httpCache.size).toBe(0);
    expect(await ending(app.acquireTokenForClient(APP_SCOPES))).toMatch(/^ey/);
  });

  test("no answer", async () => {
    const { refresh, httpCache } = desktop(new Error("connect ECONNREFUSED"), tokens());

    expect(await refresh()).toMatch("network_error");
    expect(httpCache.size).toBe(0);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("a page in place of a document: a captive portal is not remembered (http-cache §10)", async () => {
    const { idp, webApp } = setup();
    const httpCache = new Map();
    const app = webApp({ authority: DOMAIN, httpCache });
    idp.failNext({ path: "openid-configuration", status: 200, body: "<html>Pay for the Wi-Fi" });

    expect(await ending(app.acquireTokenForClient(APP_SCOPES))).toBe("invalid_response 200");

    expect(httpCache.size).toBe(0);
    expect(await ending(app.acquireTokenForClient(APP_SCOPES))).toMatch(/^ey/);
  });

  test("an answer that is longer than 256 kB", async () => {
    const long = { error: "busy", error_description: "x".repeat(256 * 1024) };
    const { refresh, httpCache } = desktop({ status: 400, body: long }, tokens());

    expect(await refresh()).toBe("busy");
    expect(httpCache.size).toBe(0);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  // What a broken server or a proxy may send back of what it got.
  const SECRET = 'secret "of" the/user & more';
  test.for([
    ["quoted", 400, (sent: string) => JSON.stringify({ error: "e", error_description: sent })],
    ["as a form", 429, (_: string, body: string) => JSON.stringify({ error: "e", saw: body })],
    ["on a page", 503, (sent: string) => `<pre>${sent}</pre>`],
    ["as the error itself", 429, (sent: string) => JSON.stringify({ error: sent })],
    [
      "escaped",
      429,
      (sent: string) =>
        `{"error":"e","x":"${[...sent].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"}`,
    ],
    ["tokens", 429, () => JSON.stringify({ error: "e", access_token: "more secret" })],
  ] as const)("secrets that come back %s", async ([, status, echo]) => {
    const answer: Reply = (request) => ({
      status,
      headers: status === 400 ? {} : { "retry-after": "9" },
      body: echo(SECRET, (request as unknown as { body: string }).body),
    });
    const { refresh, httpCache, requests, script } = desktop(answer);

    const first = await refresh(SECRET);

    const kept = JSON.stringify([...httpCache]);
    for (const text of ["secret", "u0073\\", "more"]) expect(kept).not.toContain(text);
    if (status === 400) script(answer);
    const again = await refresh(SECRET);
    if (!first.includes("secret")) expect(again).toBe(first);
    expect(requests).toHaveLength(status === 400 ? 2 : 1);
  });

  test.for([
    ["secret", WEB_APP_SECRET, "client_secret"],
    [
      "signed assertion",
      { clientAssertion: async () => "assertion-of-the-app" },
      "client_assertion",
    ],
  ] as const)("the %s that proves who asks, sent back", async ([, clientCredential, parameter]) => {
    const httpCache = new Map<string, string>();
    const echo: Reply = ({ form }) => ({
      status: 429,
      body: { error: "busy", error_description: `Not now, ${form[parameter]}` },
    });
    const { webApp, requests } = setupScript(echo);
    const app = webApp({ httpCache, clientCredential });

    await app.acquireTokenForClient(APP_SCOPES);

    const sent = requests[0]?.form[parameter] ?? "";
    expect(sent).not.toBe("");
    expect(entriesOf(httpCache)).toMatchObject([{ status: 429, text: '{"error":"busy"}' }]);
    expect(JSON.stringify([...httpCache])).not.toContain(sent);
  });

  test.for([400, 429])("a password that comes back with %i, however short", async (status) => {
    const httpCache = new Map<string, string>();
    const managed = { body: { account_type: "Managed" } };
    const body = { error: "invalid_grant", error_description: "pw#1 is wrong." };
    const { desktopApp } = setupScript(managed, { status, body });

    await desktopApp({ httpCache }).acquireTokenByUsernamePassword(ADA, "pw#1", SCOPES);

    expect(httpCache.size).toBe(status === 400 ? 0 : 1);
    expect(JSON.stringify([...httpCache])).not.toContain("pw#1");
  });

  test("names, codes and tokens in the clear: keys are hashes", async () => {
    const managed = { body: { account_type: "Managed" } };
    const { app, redeem, refresh, httpCache } = desktop(refused(), busy("9"), managed, refused());
    await refresh("refresh-token-canary");
    await redeem("code-canary");
    await app.acquireTokenByUsernamePassword(ADA, "password-canary", SCOPES);

    expect(httpCache.size).toBe(3);
    for (const key of httpCache.keys())
      expect(key).toMatch(/^msal-ts:http:1:(?:document|failure):[0-9a-f]{64}$/);
    expect(JSON.stringify([...httpCache])).not.toMatch(/canary|ada@|User\.Read|2222/);
  });

  test("a hash that a password could be guessed by: another process does not find it", async () => {
    const httpCache = new Map();
    const managed = { body: { account_type: "Managed" } };
    const { desktopApp, requests } = setupScript(managed, refused(), managed, refused());
    const signIn = (app: ReturnType<typeof desktopApp>) =>
      ending(app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES));
    const app = desktopApp({ httpCache });
    await signIn(app);
    await signIn(app);
    expect(requests).toHaveLength(2);

    await signIn(desktopApp({ httpCache }));

    expect(requests).toHaveLength(4);
    expect(httpCache.size).toBe(2);
  });

  test("where passwords go: user realms and metadata of federation servers", async () => {
    const httpCache = new Map();
    const issued = { body: soap(tokenResponse()) };
    const { webApp, requests, script, clock } = setupScript(
      ...[realm(), { body: metadata({}) }, issued, TOKENS],
    );
    const app = webApp({ httpCache });
    const signIn = (by = app) =>
      ending(by.acquireTokenByUsernamePassword(EDITH, EDITHS_PASSWORD, SCOPES));

    await signIn();
    expect(httpCache.size).toBe(0);
    const first = requests.map(({ url }) => url);
    expect(first[1]).toBe(MEX);

    // The same application remembers them for an hour; nobody else does.
    script(issued, TOKENS);
    await signIn();
    expect(requests.slice(4).map(({ url }) => url)).toEqual([ENDPOINT_13, TOKEN_ENDPOINT]);
    script(realm(), { body: metadata({}) }, issued, TOKENS);
    await signIn(webApp({ httpCache }));
    clock.advance(3600);
    script(realm(), { body: metadata({}) }, issued, TOKENS);
    await signIn();
    expect(requests.slice(6).map(({ url }) => url)).toEqual([...first, ...first]);
  });
});

describe("a federation server", () => {
  const fault = soap(
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:FailedAuthentication</s:Value></s:Subcode></s:Code></s:Fault>",
  );
  const signIns = (...replies: Reply[]) => {
    const httpCache = new Map<string, string>();
    const all = setupScript(...replies);
    const app = all.webApp({ httpCache });
    const signIn = (user: string, password: string) =>
      ending(app.acquireTokenByUsernamePassword(user, password, SCOPES));
    return { ...all, httpCache, signIn };
  };
  const plain = () =>
    realm({ federation_metadata_url: undefined, federation_active_auth_url: ENDPOINT_13 });

  test("that refuses a password locks nobody out (wstrust §10)", async () => {
    const wrong = { status: 500, body: fault };
    const issued = { body: soap(tokenResponse()) };
    const { signIn, httpCache } = signIns(plain(), wrong, issued, TOKENS);

    expect(await signIn(EDITH, "wrong-password")).toBe("invalid_grant");

    expect(httpCache.size).toBe(0);
    expect(await signIn(EDITH, EDITHS_PASSWORD)).toBe("access-token-of-ada");
  });

  test.for([
    [503, { "retry-after": "9" }],
    [429, {}],
  ] as const)(
    "that is busy (%i) is left alone, for that user, and of its words nothing is kept",
    async ([status, headers]) => {
      const echo: Reply = { status, headers, body: `<html>${EDITHS_PASSWORD}` };
      const { signIn, httpCache, requests, script } = signIns(plain(), echo);

      expect(await signIn(EDITH, EDITHS_PASSWORD)).toBe(`service_error ${status}`);
      expect(await signIn(EDITH, EDITHS_PASSWORD)).toBe(`service_error ${status}`);

      expect(requests).toHaveLength(2);
      expect(entriesOf(httpCache)).toMatchObject([{ status, text: "" }]);
      script(plain(), { body: soap(tokenResponse()) }, TOKENS);
      expect(await signIn("other@contoso.com", "the other's")).toBe("access-token-of-ada");
    },
  );
});

test("an assertion that somebody wrote into the cache signs nobody in", async () => {
  const httpCache = new Map<string, string>();
  const busy: Reply = { status: 503, headers: { "retry-after": "9" } };
  const { webApp, requests, script } = setupScript(realm(), { body: metadata({}) }, busy);
  const app = webApp({ httpCache });
  const signIn = () => ending(app.acquireTokenByUsernamePassword(EDITH, EDITHS_PASSWORD, SCOPES));
  await signIn();
  const [[key = "", text = ""] = []] = httpCache;
  const forged = { ...JSON.parse(text), status: 500, text: soap(tokenResponse()) };
  httpCache.set(key, JSON.stringify(forged));
  script(busy);

  expect(await signIn()).toBe("service_error 503");

  // The federation server was asked again, and nothing was redeemed.
  expect(requests.slice(2).map(({ url }) => url)).toEqual([ENDPOINT_13, ENDPOINT_13]);
});

describe("a document", () => {
  const discoveries = (requests: readonly { url: string }[]) =>
    requests.filter(({ url }) => url.includes("openid-configuration")).length;

  test("http-cache 7, flows THR-01: is fetched once a day for a URL, whatever is in its query", async () => {
    const { idp, clock, webApp } = setup();
    const httpCache = new Map();
    const ask = (authority: string) =>
      ending(webApp({ authority, httpCache }).acquireTokenForClient(APP_SCOPES));

    for (let i = 0; i < 3; i++) expect(await ask(`${DOMAIN}?slice=test`)).toMatch(/^ey/);
    expect(discoveries(idp.requests)).toBe(1);
    await ask(`${DOMAIN}?slice=other`);
    expect(discoveries(idp.requests)).toBe(2);
    expect(httpCache.size).toBe(2);

    clock.advance(86_390);
    await ask(`${DOMAIN}?slice=test`);
    expect(discoveries(idp.requests)).toBe(2);
    clock.advance(20);
    await ask(`${DOMAIN}?slice=test`);
    expect(discoveries(idp.requests)).toBe(3);
    await ask(`${DOMAIN}?slice=test`);
    expect(discoveries(idp.requests)).toBe(3);
  });

  test("without a cache of the caller's, each application finds out for itself", async () => {
    const { idp, webApp } = setup();

    await webApp({ authority: DOMAIN }).acquireTokenForClient(APP_SCOPES);
    await webApp({ authority: DOMAIN }).acquireTokenForClient(APP_SCOPES);

    expect(discoveries(idp.requests)).toBe(2);
  });

  test("that is a day old serves while nobody answers, for six days more", async () => {
    const httpCache = new Map();
    const { idp, clock, webApp, warnings } = setup();
    await webApp({ authority: DOMAIN, httpCache }).acquireTokenForClient(APP_SCOPES);
    const ask = () =>
      ending(webApp({ authority: DOMAIN, httpCache }).acquireTokenForClient(APP_SCOPES));
    const path = "openid-configuration";

    clock.advance(86_400 + 10);
    idp.failNext({ path, status: 503 });
    expect(await ask()).toMatch(/^ey/);
    expect(warnings().join()).toContain("going on with the last one");
    idp.failNext({ path, drop: true });
    expect(await ask()).toMatch(/^ey/);
    // That it is not there is an answer.
    idp.failNext({ path, status: 404 });
    expect(await ask()).toMatch("invalid_authority");
    idp.failNext({ path, status: 200, body: "x".repeat(1024 * 1024 + 1) });
    expect(await ask()).toBe("invalid_response 200");

    clock.advance(6 * 86_400);
    idp.failNext({ path, status: 503 });
    expect(await ask()).toBe("service_error 503");
  });

  test("whose endpoints are elsewhere is believed, and not kept", async () => {
    const elsewhere = "https://tokens.private.example/tenant/oauth2/v2.0/token";
    // Of a host that the developer vouches for; of any other it would be refused.
    const authority = "https://login.private.example/tenant";
    const httpCache = new Map();
    const found = {
      body: {
        issuer: `${authority}/v2.0`,
        authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
        token_endpoint: elsewhere,
      },
    };
    const { webApp, requests } = setupScript(found, { body: appTokens() });
    const app = webApp({ authority, instanceDiscovery: false, httpCache });

    await app.acquireTokenForClient(APP_SCOPES);

    expect(requests[1]?.url).toBe(elsewhere);
    expect(httpCache.size).toBe(0);
  });

  // What somebody wrote into the file.
  test.for([
    [
      "another token endpoint",
      (o: object) => ({ ...o, token_endpoint: "https://evil.example/t/token" }),
    ],
    [
      "another page to sign in",
      (o: object) => ({ ...o, authorization_endpoint: "https://evil.example/a" }),
    ],
    [
      "another page for devices",
      (o: object) => ({ ...o, device_authorization_endpoint: "https://evil.example/d" }),
    ],
    [
      "a token endpoint on another port",
      (o: object) => ({ ...o, token_endpoint: `https://${HOST}:8443/t/token` }),
    ],
    ["plain http", (o: object) => ({ ...o, token_endpoint: `http://${HOST}/t/token` })],
    ["another issuer", (o: object) => ({ ...o, issuer: "https://evil.example/v2.0" })],
    ["no issuer", (o: object) => ({ ...o, issuer: undefined })],
    ["nothing", () => ({})],
    ["no object", () => []],
  ] as const)(
    "that was forged to have %s is not believed: credentials stay at home",
    async ([, forge]) => {
      const httpCache = new Map<string, string>();
      const { idp, webApp } = setup();
      await webApp({ authority: DOMAIN, httpCache }).acquireTokenForClient(APP_SCOPES);
      const [[key = "", text = ""] = []] = httpCache;
      const entry = JSON.parse(text);
      const forged = JSON.stringify({
        ...entry,
        text: JSON.stringify(forge(JSON.parse(entry.text))),
      });
      httpCache.set(key, forged);
      idp.requests.length = 0;

      await webApp({ authority: DOMAIN, httpCache }).acquireTokenForClient(APP_SCOPES);

      expect(idp.requests.map(({ url }) => url)).toEqual([
        `${DOMAIN}/v2.0/.well-known/openid-configuration`,
        TOKEN_ENDPOINT,
      ]);
      expect(httpCache.get(key)).not.toBe(forged);
    },
  );
});

describe("an entry that is damaged or forged is not believed", () => {
  test.for([
    ["no JSON", () => "{"],
    ["nothing", () => ""],
    ["null", () => "null"],
    ["a list", () => "[]"],
    ["a number", () => 42],
    ["an object", (entry: object) => entry],
    ["no status", (entry: object) => JSON.stringify({ ...entry, status: undefined })],
    ["a status that is text", (entry: object) => JSON.stringify({ ...entry, status: "429" })],
    ["no status at all", (entry: object) => JSON.stringify({ ...entry, status: 999 })],
    ["a status of 0", (entry: object) => JSON.stringify({ ...entry, status: 0 })],
    [
      "tokens",
      (entry: object) =>
        JSON.stringify({
          ...entry,
          status: 200,
          text: JSON.stringify(userTokens({ access_token: "forged" })),
        }),
    ],
    ["a text that is none", (entry: object) => JSON.stringify({ ...entry, text: {} })],
    [
      "a text without end",
      (entry: object) => JSON.stringify({ ...entry, text: "x".repeat(300_000) }),
    ],
    ["a wait that is none", (entry: object) => JSON.stringify({ ...entry, retryAfter: -1 })],
    ["no end", (entry: object) => JSON.stringify({ ...entry, expiresAt: undefined })],
    ["an end far away", (entry: object) => JSON.stringify({ ...entry, expiresAt: START + 4000 })],
    ["an end that is past", (entry: object) => JSON.stringify({ ...entry, expiresAt: START })],
    [
      "a begin in the future",
      (entry: object) =>
        JSON.stringify({ ...entry, storedAt: START + 1000, expiresAt: START + 1001 }),
    ],
  ] as const)("%s", async ([, damage]) => {
    const { refresh, httpCache, script } = desktop(busy("10"));
    await refresh();
    const [[key = "", text = ""] = []] = httpCache;
    const entry = JSON.parse(text);

    httpCache.set(key, damage(entry) as string);

    script(tokens());
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("a refusal is kept for a minute, not for what an entry says", async () => {
    const { refresh, httpCache, script } = desktop(refused());
    await refresh();
    const [[key = "", text = ""] = []] = httpCache;

    httpCache.set(key, JSON.stringify({ ...JSON.parse(text), expiresAt: START + 600 }));

    script(tokens());
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("a refusal that was forged to be tokens is none", async () => {
    const { refresh, httpCache, script } = desktop(refused());
    await refresh();
    const [[key = "", text = ""] = []] = httpCache;
    const forged = { status: 200, text: JSON.stringify(userTokens({ access_token: "forged" })) };

    httpCache.set(key, JSON.stringify({ ...JSON.parse(text), ...forged }));

    script(tokens());
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("a clock that was set back makes entries stale", async () => {
    const { refresh, clock, script } = desktop(busy("100"));
    await refresh();

    clock.advance(-10);

    script(tokens());
    expect(await refresh()).toBe("access-token-of-ada");
  });
});

describe("the cache", () => {
  test("http-cache 1, 9, flows THR-01: the caller's httpClient is called, not changed; its close() is the caller's to call", async () => {
    const { httpClient, desktopApp } = setupScript(tokens());
    const close = vi.fn();
    const own = Object.freeze(Object.assign(httpClient.bind(undefined), { close }));

    await desktopApp({ httpClient: own }).acquireTokenByRefreshToken("rt", SCOPES);

    expect(Object.keys(own)).toEqual(["close"]);
    expect(close).not.toHaveBeenCalled();
  });

  test("http-cache 10: what else is in it is left alone, and nothing is reserved", async () => {
    const { refresh, httpCache, clock } = desktop(busy("10"), busy("10"));
    const others = [
      ["_index_", "mine"],
      ["msal-ts", "mine, too"],
      [`msal-ts:http:2:${"0".repeat(64)}`, "of a later version"],
    ] as const;
    for (const [key, value] of others) httpCache.set(key, value);

    await refresh("one");
    clock.advance(60);
    await refresh("two");

    for (const [key, value] of others) expect(httpCache.get(key)).toBe(value);
    expect(httpCache.size).toBe(others.length + 1);
  });

  test("http-cache 11, http-cache 12: an entry is under its key, as JSON, with its end", async () => {
    const { refresh, httpCache } = desktop(busy("10"));

    await refresh();

    expect(entriesOf(httpCache)).toEqual([
      {
        ...{ status: 429, retryAfter: 10, text: JSON.stringify(BUSY) },
        ...{ storedAt: START, expiresAt: START + 10 },
      },
    ]);
  });

  test("an empty cache of the caller's is used, not replaced (flows 2.1: 16)", async () => {
    const httpCache = new Map();
    const { desktopApp } = setupScript(refused());

    await desktopApp({ httpCache }).acquireTokenByRefreshToken("rt", SCOPES);

    expect(httpCache.size).toBe(1);
  });

  test("two applications with one cache wait together; each has its own without", async () => {
    const shared = new Map();
    const { desktopApp, requests } = setupScript(busy("10"), busy("10"));
    const ask = (httpCache?: HttpCache) =>
      ending(desktopApp({ httpCache }).acquireTokenByRefreshToken("rt", SCOPES));

    await ask(shared);
    await ask(shared);
    expect(requests).toHaveLength(1);
    await ask();
    expect(requests).toHaveLength(2);
  });

  test("http-cache 13, http-cache 14: what is stale leaves, the rest stays", async () => {
    const { refresh, httpCache, clock, script } = desktop(busy("1"), busy("3"));
    await refresh("one");
    await refresh("two");
    const [one = "", two = ""] = httpCache.keys();

    clock.advance(1);
    script(busy("9"));
    await refresh("three");

    expect(httpCache.has(one)).toBe(false);
    expect(httpCache.has(two)).toBe(true);
    expect(httpCache.size).toBe(2);
  });

  test("http-cache 13: what is found stale leaves at once", async () => {
    const { refresh, httpCache, clock } = desktop(busy("1"), tokens());
    await refresh();

    clock.advance(1);
    await refresh();

    expect(httpCache.size).toBe(0);
  });

  test("http-cache 15: what is kept again lives as long as the new", async () => {
    const { refresh, httpCache, clock, requests } = desktop(busy("1"), busy("10"), tokens());
    await refresh();
    clock.advance(1);
    await refresh();
    expect(entriesOf(httpCache)).toMatchObject([{ expiresAt: START + 11 }]);

    clock.advance(9);
    await refresh();
    expect(requests).toHaveLength(2);
    clock.advance(1);
    expect(await refresh()).toBe("access-token-of-ada");
  });

  test("http-cache 16: holds 1,024 entries; what would leave soonest makes room", async () => {
    const { refresh, httpCache, script } = desktop(busy("1000"), busy("100"));
    await refresh("first");
    await refresh("soonest");
    const [, soonest = ""] = httpCache.keys();
    for (let i = 2; i < 1024; i++) {
      script(busy("1000"));
      await refresh(`token-${i}`);
    }
    expect(httpCache.size).toBe(1024);

    script(busy("500"));
    await refresh("newcomer");
    expect(httpCache.size).toBe(1024);
    expect(httpCache.has(soonest)).toBe(false);

    // Who would itself leave soonest is not taken in (http-cache §5, defect a).
    const before = [...httpCache.keys()];
    script(busy("50"));
    await refresh("too short");
    expect([...httpCache.keys()]).toEqual(before);
  });

  test("what would never leave takes nobody's place: it was written by a clock that was wrong", async () => {
    const { refresh, httpCache, requests } = desktop(busy("10"));
    const entry = { expiresAt: START + 1e8, storedAt: START + 1e8 - 10, status: 429, text: "" };
    for (let i = 0; i < 1024; i++) httpCache.set(`msal-ts:http:1:${i}`, JSON.stringify(entry));

    await refresh();
    await refresh();

    expect(requests).toHaveLength(1);
    expect(httpCache.size).toBe(1);
  });

  test("a token in the token cache costs it no look-up", async () => {
    const touched = vi.fn();
    const httpCache: HttpCache = { get: touched, set: touched, delete: touched, keys: touched };
    const { webApp } = setupScript();
    const app = webApp({ httpCache });
    remember(app.tokenCache);
    const account = { homeAccountId: USER.homeAccountId } as never;

    expect(await ending(app.acquireTokenSilent(SCOPES, account))).toBe("access-token-of-ada");

    expect(touched).not.toHaveBeenCalled();
  });

  test("one that forgets everything turns throttling off", async () => {
    const forgetful: HttpCache = { get() {}, set() {}, delete() {}, keys: () => [] } as never;
    const { desktopApp } = setupScript(busy("10"), tokens());
    const app = desktopApp({ httpCache: forgetful });
    await app.acquireTokenByRefreshToken("rt", SCOPES);

    expect(await ending(app.acquireTokenByRefreshToken("rt", SCOPES))).toBe("access-token-of-ada");
  });
});

describe("a cache that does not work costs nobody an answer, and is told once", () => {
  const breaks = (): never => {
    throw new Error("The disk is full of canaries.");
  };
  const rejects = () => Promise.reject(new Error("canary"));
  const methods = ["get", "set", "delete", "keys"] as const;
  const entry = [`msal-ts:http:1:${"0".repeat(64)}`, "damaged"] as const;

  const rows: readonly (readonly [title: string, broken: object])[] = [
    ...methods.map((name) => [`${name} throws`, { [name]: breaks }] as const),
    ...methods.map((name) => [`${name} rejects`, { [name]: rejects }] as const),
    ["everything throws", Object.fromEntries(methods.map((name) => [name, breaks]))],
    ["everything returns promises", Object.fromEntries(methods.map((name) => [name, rejects]))],
    ["get resolves", { get: async () => "text" }],
  ];

  test.for(rows)("%s", async ([, broken]) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));
    const map = new Map<string, string>([entry]);
    const httpCache: HttpCache = Object.assign(
      {
        get: (key: string): string | undefined => map.get(key),
        set: (key: string, value: string) => map.set(key, value),
        delete: (key: string) => map.delete(key),
        keys: () => map.keys(),
      },
      broken,
    );
    const { idp, webApp, warnings, clock } = setup();
    const app = webApp({ authority: DOMAIN, httpCache });
    const ask = () => ending(app.acquireTokenForClient(APP_SCOPES));

    idp.failNext({ path: "/token", status: 503, headers: { "retry-after": "3" } });
    expect(await ask()).toBe("service_error 503");
    clock.advance(5);
    expect(await ask()).toMatch(/^ey/);
    await new Promise((resolve) => setTimeout(resolve, 5));

    const told = warnings().filter((message) => message.includes("httpCache"));
    expect(told).toHaveLength(1);
    expect(told.join()).not.toContain("canar");
    expect(unhandled).toEqual([]);
  });

  test.for([null, undefined, 42, {}, []])("get answers with %j", async (answer) => {
    const keys = () => ["x"];
    const httpCache = { ...{ get: (): unknown => answer, keys }, set() {}, delete() {} };
    const { desktopApp } = setupScript(tokens());

    expect(
      await ending(
        desktopApp({ httpCache: httpCache as never }).acquireTokenByRefreshToken("rt", SCOPES),
      ),
    ).toBe("access-token-of-ada");
  });
});

describe("a command line keeps its cache in a file", () => {
  /** One run: the file is read, the work is done, the file is written. */
  async function run(file: string, work: (httpCache: Map<string, string>) => Promise<unknown>) {
    let httpCache: Map<string, string>;
    try {
      httpCache = new Map(JSON.parse(readFileSync(file, "utf8")));
    } catch {
      httpCache = new Map();
    }
    await work(httpCache);
    writeFileSync(file, JSON.stringify([...httpCache]));
  }

  function file(): string {
    const folder = mkdtempSync(join(tmpdir(), "http-cache-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, "cli.http_cache");
  }

  test("and is spared in its next run what it learned in the last", async () => {
    const path = file();
    const { idp, desktopApp } = setup();
    const once = (httpCache: Map<string, string>) =>
      ending(
        desktopApp({ authority: DOMAIN, httpCache }).acquireTokenByRefreshToken("worn-out", SCOPES),
      );

    await run(path, once);
    await run(path, once);
    await run(path, once);

    expect(idp.requests.map(({ method, url }) => [method, url])).toEqual([
      ["GET", `${DOMAIN}/v2.0/.well-known/openid-configuration`],
      ["POST", `https://${HOST}/${CONTOSO}/oauth2/v2.0/token`],
    ]);
    expect(readFileSync(path, "utf8")).not.toContain("worn-out");
  });

  test.for([
    "",
    "{",
    "null",
    "{}",
    "42",
    '"text"',
    "[1,2]",
    '[["a"],["b",{}]]',
    "[[{},[]]]",
    "\u0000",
  ])("and begins afresh when the file is %j", async (content) => {
    const path = file();
    writeFileSync(path, content);
    const { desktopApp, requests } = setupScript(refused());
    const once = (httpCache: Map<string, string>) =>
      ending(desktopApp({ httpCache }).acquireTokenByRefreshToken("rt", SCOPES));

    await run(path, once);
    await run(path, once);

    expect(requests).toHaveLength(1);
  });
});
