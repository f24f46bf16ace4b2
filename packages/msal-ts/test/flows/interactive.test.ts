import { PublicClientApplication } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  AUTHORITY,
  DESKTOP_APP,
  idToken,
  START,
  setup,
  setupScript,
  userTokens,
} from "../setup.js";
import {
  adasBrowser,
  freePort,
  listens,
  parameter,
  redirectWith,
  type Visit,
  visit,
} from "./interactive-setup.js";

const portOf = (url: string) => Number(new URL(parameter(url, "redirect_uri")).port);

test("flows E2E-08: a sign-in in the browser ends with the tokens of whom the hint named, and a page that says so", async () => {
  const { desktopApp, idp } = setup();
  const app = desktopApp();
  const { openBrowser, shown } = adasBrowser(idp);
  const port = await freePort();

  const result = await app.acquireTokenInteractive(["User.Read"], {
    loginHint: ADA,
    prompt: "select_account",
    timeout: 60_000,
    port,
    parentWindowHandle: PublicClientApplication.CONSOLE_WINDOW_HANDLE,
    openBrowser,
  });

  expect(result).toMatchObject({
    access_token: expect.stringMatching(/^ey/),
    token_source: "identity_provider",
    id_token_claims: { preferred_username: ADA },
    account: { username: ADA },
  });
  expect(await shown()).toMatchObject([
    { status: 200, body: expect.stringContaining("Signed in") },
  ]);
  const [account] = await app.getAccounts({ username: ADA });
  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    token_source: "cache",
  });
});

test("the URL carries all that was asked for, and http://localhost with the port as redirect URI", async () => {
  const { desktopApp, idp } = setup();
  const { openBrowser, urls } = adasBrowser(idp);

  await desktopApp().acquireTokenInteractive(["User.Read"], {
    prompt: "login",
    loginHint: ADA,
    domainHint: "contoso.com",
    claimsChallenge: '{"id_token":{"auth_time":{"essential":true}}}',
    maxAge: 60,
    extraScopesToConsent: ["Mail.Read"],
    openBrowser,
  });

  const [url = ""] = urls;
  expect(url.split("?")[0]).toBe(`${AUTHORITY}/oauth2/v2.0/authorize`);
  expect(Object.fromEntries(new URL(url).searchParams)).toEqual({
    client_id: DESKTOP_APP,
    response_type: "code",
    redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+$/),
    scope: "Mail.Read User.Read offline_access openid profile",
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
    nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
    client_info: "1",
    login_hint: ADA,
    prompt: "login",
    domain_hint: "contoso.com",
    claims: '{"id_token":{"auth_time":{"essential":true}}}',
    max_age: "60",
    "X-AnchorMailbox": `UPN:${ADA}`,
  });
});

test("flows §7.3: extra scopes are asked for, not redeemed; claims are in both; telemetry says 169", async () => {
  const { desktopApp, idp, tokenRequests } = setup();
  const { openBrowser, urls } = adasBrowser(idp);

  await desktopApp().acquireTokenInteractive(["User.Read"], {
    extraScopesToConsent: ["Mail.Read"],
    claimsChallenge: '{"access_token":{}}',
    openBrowser,
  });

  const [asked] = tokenRequests();
  expect(asked?.form).toEqual({
    client_id: DESKTOP_APP,
    client_info: "1",
    grant_type: "authorization_code",
    code: expect.any(String),
    code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    redirect_uri: parameter(urls[0] ?? "", "redirect_uri"),
    scope: "User.Read offline_access openid profile",
    claims: '{"access_token":{}}',
  });
  expect(asked?.headers).toMatchObject({
    "x-client-current-telemetry": "4|169,0|",
    "x-anchormailbox": expect.stringMatching(/^Oid:.+@.+/),
  });
});

test("parameters of the caller's go into the URL, or into the body of the token request", async () => {
  const { desktopApp, idp, tokenRequests } = setup();
  const { openBrowser, urls } = adasBrowser(idp);

  await desktopApp().acquireTokenInteractive(["User.Read"], {
    extraQueryParameters: { ui_locales: "de" },
    extraTokenParameters: { dc: "prod" },
    openBrowser,
  });

  expect(parameter(urls[0] ?? "", "ui_locales")).toBe("de");
  expect(parameter(urls[0] ?? "", "dc")).toBe("");
  expect(tokenRequests()[0]?.form).toMatchObject({ dc: "prod" });
  expect(tokenRequests()[0]?.form).not.toHaveProperty("ui_locales");
});

test("flows §7.3: without a scope of its own the token is for all that the user was asked for", async () => {
  const { desktopApp, idp, tokenRequests } = setup();
  const { openBrowser } = adasBrowser(idp);

  const result = await desktopApp().acquireTokenInteractive([], {
    extraScopesToConsent: ["User.Read"],
    openBrowser,
  });

  expect(result).toMatchObject({ account: { username: ADA } });
  expect(tokenRequests()[0]?.form.scope).toBe("User.Read offline_access openid profile");
});

test("flows AC-01, AC-02: the port is the one given, otherwise a free one", async () => {
  const { desktopApp, idp } = setup();
  const { openBrowser, urls } = adasBrowser(idp);
  const app = desktopApp();
  const port = await freePort();

  await app.acquireTokenInteractive(["User.Read"], { port, openBrowser });
  await app.acquireTokenInteractive(["User.Read"], { port: 0, openBrowser });
  await app.acquireTokenInteractive(["User.Read"], { openBrowser });

  expect(portOf(urls[0] ?? "")).toBe(port);
  for (const url of urls.slice(1)) expect(portOf(url)).toBeGreaterThan(1023);
});

test("flows AC-03: a port where another sign-in waits is refused by its number, and that one goes on", async () => {
  const { desktopApp, idp } = setup();
  const { openBrowser, shown } = adasBrowser(idp);
  const app = desktopApp();
  const port = await freePort();
  let second: unknown;

  const first = await app.acquireTokenInteractive(["User.Read"], {
    port,
    openBrowser: async (url) => {
      const refused = app.acquireTokenInteractive(["User.Read"], { port, openBrowser: fail });
      second = await refused.catch((error: unknown) => error);
      await openBrowser(url);
    },
  });

  expect(second).toMatchObject({
    code: "browser_error",
    message: expect.stringContaining(`port ${port} of localhost: the port is in use`),
  });
  expect(first).toMatchObject({ access_token: expect.any(String) });
  expect(await shown()).toHaveLength(1);
});

test("onBeforeLaunchingUi is told of the browser, before it opens", async () => {
  const { desktopApp, idp } = setup();
  const browser = adasBrowser(idp);
  const told: unknown[] = [];

  await desktopApp().acquireTokenInteractive(["User.Read"], {
    onBeforeLaunchingUi: (info) => void told.push(info),
    openBrowser: (url) => {
      told.push("opened");
      return browser.openBrowser(url);
    },
  });

  expect(told).toEqual([{ ui: "browser" }, "opened"]);
});

test("what the provider refuses is a value: error, description and link, nothing else, counted as 169", async () => {
  const { desktopApp, requests, script } = setupScript();
  const app = desktopApp();
  const pages: Promise<Visit>[] = [];
  const refused = { error: "access_denied", error_description: "AADSTS65004: declined" };

  const result = await app.acquireTokenInteractive(["User.Read"], {
    openBrowser: (url) => {
      const state = parameter(url, "state");
      const answer = { ...refused, state, suberror: "forged", access_token: "forged" };
      pages.push(visit(redirectWith(url, answer)));
    },
  });

  expect(result).toEqual(refused);
  expect((await pages[0])?.body).toContain("<p>access_denied</p><p>AADSTS65004: declined</p>");
  expect(requests).toEqual([]);
  script({ body: userTokens({ id_token: undefined }) });
  await app.acquireTokenInteractive(["User.Read"], { openBrowser: bringCode });
  const last = requests[0]?.headers["x-client-last-telemetry"];
  expect(last).toMatch(/^4\|0\|169,[0-9a-f-]{36}\|access_denied\|$/);
});

test("a code that the provider refuses is a value, too", async () => {
  const { desktopApp } = setupScript({ status: 400, body: { error: "invalid_grant" } });

  const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
    openBrowser: bringCode,
  });

  expect(result).toEqual({ error: "invalid_grant" });
});

test("an ID token of another sign-in is refused, and nothing is cached", async () => {
  const { desktopApp } = setupScript({ body: userTokens() });
  const app = desktopApp();

  const refused = app.acquireTokenInteractive(["User.Read"], { openBrowser: bringCode });

  await expect(refused).rejects.toMatchObject({ code: "invalid_id_token" });
  expect(await app.getAccounts()).toEqual([]);
});

// Seconds since the user signed in last; two minutes are for clocks that differ.
test.for([
  [125, true],
  [135, false],
] as const)(
  "flows X-11: with maxAge 10, %i seconds after the last sign-in the tokens count: %s",
  async ([ago, counts]) => {
    let nonce = "";
    const { desktopApp } = setupScript(() => {
      const claims = { aud: DESKTOP_APP, nonce, auth_time: START - ago };
      return { body: userTokens({ id_token: idToken(claims) }) };
    });
    const app = desktopApp();

    const signIn = app.acquireTokenInteractive(["User.Read"], {
      maxAge: 10,
      openBrowser: (url) => {
        nonce = parameter(url, "nonce");
        return bringCode(url);
      },
    });

    if (counts) await expect(signIn).resolves.toMatchObject({ account: { username: ADA } });
    else await expect(signIn).rejects.toMatchObject({ code: "invalid_id_token" });
    expect(await app.getAccounts()).toHaveLength(counts ? 1 : 0);
  },
);

test("flows B-4: when the user takes too long it is a timeout, and nobody listens any more", async () => {
  const { desktopApp } = setupScript();
  let port = 0;

  const late = desktopApp().acquireTokenInteractive(["User.Read"], {
    timeout: 50,
    openBrowser: (url) => {
      port = portOf(url);
    },
  });

  await expect(late).rejects.toMatchObject({
    code: "timeout",
    message: expect.stringContaining("within 50 ms"),
  });
  expect(await listens(port)).toBe(false);
  expect(await listens(port, "::1")).toBe(false);
});

test("the timeout is for the user alone: what redeems the code has its own", async () => {
  const { desktopApp } = setupScript(async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return { body: userTokens({ id_token: undefined }) };
  });

  const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
    timeout: 300,
    openBrowser: bringCode,
  });

  expect(result).toMatchObject({ access_token: "access-token-of-ada" });
});

test("an abort rejects with the signal's reason, and nobody listens any more", async () => {
  const { desktopApp } = setupScript();
  const controller = new AbortController();
  const reason = new Error("the window was closed");
  let port = 0;

  const aborted = desktopApp().acquireTokenInteractive(["User.Read"], {
    signal: controller.signal,
    openBrowser: (url) => {
      port = portOf(url);
      setTimeout(() => controller.abort(reason), 10);
    },
  });

  await expect(aborted).rejects.toBe(reason);
  expect(await listens(port)).toBe(false);
});

test("a signal that aborts while the port is opened opens no browser", async () => {
  const { desktopApp } = setupScript();
  const controller = new AbortController();

  const aborted = desktopApp().acquireTokenInteractive(["User.Read"], {
    signal: controller.signal,
    onBeforeLaunchingUi: fail,
    openBrowser: fail,
  });
  controller.abort("changed my mind");

  await expect(aborted).rejects.toBe("changed my mind");
});

// A dialog of the application's own, in which the user gives up: at once, or after a while.
test.for([
  ["at once", (giveUp: () => void) => giveUp()],
  [
    "after a while",
    async (giveUp: () => void) => {
      setTimeout(giveUp, 10);
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
  ],
] as const)(
  "a signal that aborts in onBeforeLaunchingUi, %s, opens no browser",
  async ([, inDialog]) => {
    const { desktopApp } = setupScript();
    const controller = new AbortController();
    let opened = 0;
    let dialog: unknown;

    const aborted = desktopApp().acquireTokenInteractive(["User.Read"], {
      signal: controller.signal,
      onBeforeLaunchingUi: () => {
        const open = inDialog(() => controller.abort("changed my mind"));
        dialog = open;
        return open;
      },
      openBrowser: () => {
        opened++;
      },
    });

    await expect(aborted).rejects.toBe("changed my mind");
    await dialog;
    await new Promise((resolve) => setTimeout(resolve));
    expect(opened).toBe(0);
  },
);

test.for([
  ["onBeforeLaunchingUi", () => Promise.resolve().then(() => fail())],
  ["openBrowser", () => Promise.reject(new Error("broken callback"))],
  ["openBrowser", fail],
  ["onBeforeLaunchingUi", fail],
] as const)(
  "what %s throws ends the sign-in, and nobody listens any more",
  async ([name, broken]) => {
    const { desktopApp } = setupScript();
    const port = await freePort();
    const options = { port, openBrowser: () => {}, [name]: broken };

    const failed = desktopApp().acquireTokenInteractive(["User.Read"], options);

    await expect(failed).rejects.toThrow("broken callback");
    expect(await listens(port)).toBe(false);
  },
);

test("a browser that stays open, or fails after the answer came, changes nothing", async () => {
  const { desktopApp } = setupScript(
    { body: userTokens({ id_token: undefined }) },
    { body: userTokens({ id_token: undefined }) },
  );
  const app = desktopApp();

  const open = await app.acquireTokenInteractive(["User.Read"], {
    openBrowser: async (url) => {
      await bringCode(url);
      await new Promise(() => {});
    },
  });
  const failing = await app.acquireTokenInteractive(["User.Read"], {
    openBrowser: async (url) => {
      await bringCode(url);
      fail();
    },
  });

  expect([open, failing]).toMatchObject([{ token_type: "Bearer" }, { token_type: "Bearer" }]);
});

// What is wrong, and what the message says.
test.for([
  ["User.Read", {}, "scopes must be an array"],
  [["openid"], {}, "openid"],
  [["User.Read"], { timeout: 0 }, "timeout must be a number of milliseconds, more than 0"],
  [["User.Read"], { timeout: -1 }, "timeout"],
  [["User.Read"], { timeout: "1000" }, "timeout"],
  [["User.Read"], { timeout: Number.NaN }, "timeout"],
  [["User.Read"], { timeout: Number.POSITIVE_INFINITY }, "timeout"],
  [["User.Read"], { port: 65_536 }, "port must be a whole number from 0"],
  [["User.Read"], { port: 80.5 }, "port"],
  [["User.Read"], { port: "8080" }, "port"],
  [["User.Read"], { extraScopesToConsent: "Mail.Read" }, "extraScopesToConsent must be an array"],
  [["User.Read"], { extraScopesToConsent: ["a b"] }, "extraScopesToConsent[0]"],
  [["User.Read"], { parentWindowHandle: "0x1" }, "parentWindowHandle must be"],
  [["User.Read"], { parentWindowHandle: 1.5 }, "parentWindowHandle must be"],
  [["User.Read"], { parentWindowHandle: Symbol("another") }, "parentWindowHandle must be"],
  [["User.Read"], { onBeforeLaunchingUi: "print" }, "onBeforeLaunchingUi must be a function"],
  [["User.Read"], { openBrowser: "firefox" }, "openBrowser must be a function"],
  [["User.Read"], { successPage: 1 }, "successPage must be a page"],
  [["User.Read"], { errorPage: null }, "errorPage must be a page"],
  [["User.Read"], { prompt: ["login"] }, "prompt must be a string"],
  [["User.Read"], { maxAge: -1 }, "maxAge"],
  [["User.Read"], { claimsChallenge: "{" }, "claimsChallenge"],
  [["User.Read"], { redirectUri: "http://localhost" }, 'no option "redirectUri"'],
  [["User.Read"], { extraQueryParameters: { state: "mine" } }, 'must not contain "state"'],
  [["User.Read"], { extraTokenParameters: { token_type: "ssh-cert" } }, "req_cnf"],
  [["User.Read"], { signal: "stop" }, "signal must be an AbortSignal"],
] as const)("%j with %o is refused before anything opens", async ([scopes, options, message]) => {
  const { desktopApp } = setupScript();
  const wrong = { openBrowser: fail, ...options } as object;

  const refused = desktopApp().acquireTokenInteractive(scopes as readonly string[], wrong);

  await expect(refused).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(message),
  });
});

test.for([1, 1n, new Uint8Array(8), PublicClientApplication.CONSOLE_WINDOW_HANDLE] as const)(
  "without a broker a parentWindowHandle (%o) is taken and harms nobody",
  async (parentWindowHandle) => {
    const { desktopApp } = setupScript({ body: userTokens({ id_token: undefined }) });

    const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
      parentWindowHandle,
      openBrowser: bringCode,
    });

    expect(result).toMatchObject({ token_source: "identity_provider" });
  },
);

/** Brings a code that only a script will redeem. */
async function bringCode(url: string): Promise<void> {
  await visit(redirectWith(url, { code: "a-code-of-this-test", state: parameter(url, "state") }));
}

function fail(): never {
  throw new Error("broken callback");
}
