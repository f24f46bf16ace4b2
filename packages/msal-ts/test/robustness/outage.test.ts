/**
 * The identity provider is down: a valid token serves all the same, at once.
 */
import {
  type Account,
  ClientApplication,
  ConfidentialClientApplication,
  MsalError,
  type TokenResponse,
  unwrap,
} from "msal-ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  AUTHORITY,
  CLIENT_ID,
  GRAPH,
  rejection,
  SECRET,
  type Setup,
  settled,
  setup,
  signIn,
  type Weather,
} from "./setup.js";

const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}';

/** Tokens live two hours and are to be renewed after one. */
const CONFIG = { accessTokenLifetime: 7200 };
const AGING = 3700;
const EXPIRED = 7000;

/** Milliseconds for one request: long enough to see that nobody waits for it. */
const TIMEOUT = 500;

const breaks = (): never => {
  throw new Error("The disk is full.");
};
const BROKEN_LOG = { debug: breaks, info: breaks, warn: breaks, error: breaks };

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => {
  process.on("unhandledRejection", note);
});
afterAll(async () => {
  await settled();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

interface Ready extends Setup {
  /** What waitUntil was told of. */
  background: Promise<unknown>[];
  token: string;
  ask(options?: { forceRefresh?: boolean; claimsChallenge?: string }): Promise<TokenResponse>;
  warnings(): string[];
}

function ready(all: Setup, background: Promise<unknown>[]) {
  return {
    ...all,
    background,
    warnings: () =>
      all.logger.lines.filter((line) => line.level === "warn").map((line) => line.message),
  };
}

/** A client that does not wait for long, and one with the same cache that waits: the emulator warms up first. */
function hasty(waitUntil: (promise: Promise<unknown>) => void) {
  const all = setup({}, CONFIG);
  const app = new ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: SECRET,
    httpClient: all.network.httpClient,
    logger: all.logger,
    clock: { now: all.idp.now, sleep: async () => {} },
    tokenCache: all.app.tokenCache,
    timeout: TIMEOUT,
    waitUntil,
  });
  return { ...all, app, patient: all.app };
}

async function daemon(): Promise<Ready> {
  const background: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>) => void background.push(promise);
  const all = hasty(waitUntil);
  const { access_token: token } = unwrap(await all.patient.acquireTokenForClient(GRAPH));
  all.network.sent.length = 0;
  return {
    ...ready(all, background),
    token,
    ask: async ({ claimsChallenge } = {}) =>
      unwrap(await all.app.acquireTokenForClient(GRAPH, { claimsChallenge })),
  };
}

async function signedIn(): Promise<Ready> {
  const background: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>) => void background.push(promise);
  const all = hasty(waitUntil);
  const { account, access_token: token } = await signIn(all.patient, all.idp);
  all.network.sent.length = 0;
  return {
    ...ready(all, background),
    token,
    ask: async (options) =>
      unwrap(await all.app.acquireTokenSilentWithError(["User.Read"], account, options)),
  };
}

const FLOWS = [
  ["client credentials", daemon],
  ["silent", signedIn],
] as const;
const OUTAGES = [
  ["down", "network_error"],
  ["hanging", "timeout"],
  ["failing", "service_error"],
] as const;
const CASES = FLOWS.flatMap(([flow, make]) =>
  OUTAGES.map(([weather, code]) => ({ flow, weather, code, make })),
);

describe.for(CASES)("$flow, the provider $weather", ({ flow, weather, code, make }) => {
  test("a fresh token is returned, and nobody is asked", async () => {
    const { ask, network, token } = await make();
    network.weather = weather;

    for (let i = 0; i < 10; i++) {
      expect(await ask()).toMatchObject({ access_token: token, token_source: "cache" });
    }

    expect(network.sent).toEqual([]);
  });

  test("an aging token is returned at once, and renewed in the background once", async () => {
    const { ask, idp, network, token, background, warnings } = await make();
    idp.advance(AGING);
    network.weather = weather;

    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
    const took = performance.now() - began;

    for (const answer of answers) {
      expect(answer).toMatchObject({ access_token: token, token_source: "cache" });
    }
    expect(took).toBeLessThan(TIMEOUT);
    expect(background).toHaveLength(1);
    await expect(background[0]).resolves.toBeUndefined();
    expect(network.sent).toHaveLength(1);
    expect(warnings()).toHaveLength(1);
    expect(warnings()[0]).toContain(code);
  });

  test("what failed in the background is tried again after 30 seconds, not before", async () => {
    const { ask, idp, network, token, background } = await make();
    idp.advance(AGING);
    network.weather = weather;
    await ask();
    await Promise.all(background);

    idp.advance(25);
    for (let i = 0; i < 10; i++) await ask();
    await settled();
    expect(network.sent).toHaveLength(1);

    network.weather = "up";
    idp.advance(6);
    expect(await ask()).toMatchObject({ access_token: token });
    await Promise.all(background);

    expect(network.sent).toHaveLength(2);
    const renewed = await ask();
    expect(renewed.access_token).not.toBe(token);
    expect(renewed.token_source).toBe("cache");
    expect(network.sent).toHaveLength(2);
  });

  test("claims are worth an error", async () => {
    const { ask, network } = await make();
    network.weather = weather;

    const error = await rejection(ask({ claimsChallenge: CLAIMS }));

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code });
  });

  test("an expired token is worth an error", async () => {
    const { ask, idp, network } = await make();
    idp.advance(EXPIRED);
    network.weather = weather;

    expect(await rejection(ask())).toMatchObject({ code });
  });

  if (flow === "silent") {
    test("forceRefresh is worth an error", async () => {
      const { ask, network } = await make();
      network.weather = weather;

      expect(await rejection(ask({ forceRefresh: true }))).toMatchObject({ code });
    });
  }
});

describe.for(FLOWS)("%s", ([, make]) => {
  test("the provider's refusal in the background is logged, and reaches nobody", async () => {
    const { ask, idp, network, token, background, warnings } = await make();
    idp.advance(AGING);
    idp.failNext({ path: "/token", error: "invalid_grant", times: 5 });

    expect((await ask()).access_token).toBe(token);
    await Promise.all(background);
    const sent = network.sent.length;
    expect((await ask()).access_token).toBe(token);
    await settled();

    expect(warnings().join()).toContain("invalid_grant");
    expect(network.sent).toHaveLength(sent);
  });

  test("a waitUntil that throws costs nobody a token", async () => {
    const { idp, network, app } = await make();
    const account = (await app.getAccounts())[0];
    const fails = () => {
      throw new TypeError("Illegal invocation");
    };
    const { app: other, logger } = setup({
      tokenCache: app.tokenCache,
      httpClient: network.httpClient,
      clock: { now: idp.now, sleep: async () => {} },
      waitUntil: fails,
    });
    idp.advance(AGING);

    const result = account
      ? await other.acquireTokenSilent(["User.Read"], account)
      : await other.acquireTokenForClient(GRAPH);

    expect(result).toMatchObject({ token_source: "cache" });
    expect(logger.lines).toContainEqual({
      level: "warn",
      message: expect.stringContaining("waitUntil"),
    });
    await settled();
  });

  test("a log that throws makes no rejection that nobody handles", async () => {
    const { idp, network, app } = await make();
    const account = (await app.getAccounts())[0];
    const { app: other } = setup({
      tokenCache: app.tokenCache,
      httpClient: network.httpClient,
      clock: { now: idp.now },
      logger: BROKEN_LOG,
    });
    network.weather = "failing";
    idp.advance(AGING);

    const result = account
      ? await other.acquireTokenSilent(["User.Read"], account)
      : await other.acquireTokenForClient(GRAPH);
    await settled();

    expect(result).toMatchObject({ token_source: "cache" });
    expect(unhandled).toEqual([]);
  });

  test("who needs a new token joins the renewal that is under way", async () => {
    const { ask, idp, network, background } = await make();
    idp.advance(AGING);
    const release = network.hold();
    await ask();
    idp.advance(EXPIRED - AGING);

    const joined = ask();
    await settled();
    release();

    expect(await joined).toMatchObject({ token_source: "identity_provider" });
    expect(network.sent).toHaveLength(1);
    expect(background).toHaveLength(1);
  });

  test("who joins the renewal and leaves does not end it", async () => {
    const { idp, network, app, background } = await make();
    const account: Account | undefined = (await app.getAccounts())[0];
    const ask = (signal?: AbortSignal) =>
      account
        ? app.acquireTokenSilent(["User.Read"], account, { signal })
        : app.acquireTokenForClient(GRAPH, { signal });
    idp.advance(AGING);
    const release = network.hold();
    await ask();
    idp.advance(EXPIRED - AGING);
    const controller = new AbortController();
    const joined = rejection(ask(controller.signal));
    await settled();

    controller.abort("gone");
    release();

    expect(await joined).toBe("gone");
    await Promise.all(background);
    expect(await ask()).toMatchObject({ token_source: "cache" });
    expect(network.sent).toHaveLength(1);
  });

  test("a renewal that joins nobody does not follow its caller's signal", async () => {
    const { idp, network, app, background } = await make();
    const account = (await app.getAccounts())[0];
    const controller = new AbortController();
    const { signal } = controller;
    idp.advance(AGING);
    const release = network.hold();
    if (account) await app.acquireTokenSilent(["User.Read"], account, { signal });
    else await app.acquireTokenForClient(GRAPH, { signal });

    controller.abort();
    release();
    await Promise.all(background);

    expect(network.sent).toHaveLength(1);
    expect(network.sent[0]?.init.signal.aborted).toBe(false);
  });
});

test("a log that throws costs nobody a token", async () => {
  const { app, idp } = setup({ logger: BROKEN_LOG });

  const { account } = await signIn(app, idp);
  const refreshed = await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true });
  const own = await app.acquireTokenForClient(GRAPH);

  expect(refreshed).toHaveProperty("access_token");
  expect(own).toHaveProperty("access_token");
});

test.for(["down", "hanging", "failing"] satisfies Weather[])(
  "accounts are listed and removed while the provider is %s, of an unknown host too",
  async (weather) => {
    const { app, idp, network } = setup();
    await signIn(app, idp);
    network.weather = weather;
    network.sent.length = 0;
    expect(await app.getAccounts()).toHaveLength(1);

    const elsewhere = new ClientApplication(CLIENT_ID, {
      authority: AUTHORITY.replace("login.microsoftonline.com", "login.contoso.example"),
      httpClient: network.httpClient,
      timeout: TIMEOUT,
    });
    expect(await elsewhere.getAccounts()).toEqual([]);

    const [account] = await app.getAccounts();
    await app.removeAccount(account!);
    expect(await app.getAccounts()).toEqual([]);
  },
);
