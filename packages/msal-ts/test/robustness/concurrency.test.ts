/**
 * Many calls at the same moment: identical ones cost one request, different ones are kept apart, and who
 * leaves takes nobody along.
 */
import { getEventListeners, setMaxListeners } from "node:events";
import { MsalError, MsalServiceError, type TokenResponse, unwrap } from "msal-ts";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  DOMAIN_AUTHORITY,
  GRAPH,
  rejection,
  type Setup,
  settled,
  setup,
  signIn,
  USERNAME,
} from "./setup.js";

const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}';

const hundred = <T>(act: (i: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: 100 }, (_, i) => act(i));

/** A user signed in, whose access token has expired since. */
async function expired(): Promise<
  Setup & { silently: (signal?: AbortSignal) => Promise<unknown> }
> {
  const all = setup({ authority: DOMAIN_AUTHORITY });
  const { account } = await signIn(all.app, all.idp);
  all.idp.advance(7200);
  all.network.sent.length = 0;
  const silently = (signal?: AbortSignal) =>
    all.app.acquireTokenSilent(["User.Read"], account, { signal });
  return { ...all, silently };
}

/** A daemon without a token. */
async function empty(): Promise<Setup & { silently: (signal?: AbortSignal) => Promise<unknown> }> {
  const all = setup();
  return { ...all, silently: (signal) => all.app.acquireTokenForClient(GRAPH, { signal }) };
}

describe("one request", () => {
  test("for 100 calls for an app's token, and one discovery", async () => {
    const { app, network } = setup({ authority: DOMAIN_AUTHORITY });

    const results = await Promise.all(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(network.tokenRequests()).toBe(1);
    expect(network.discoveries()).toBe(1);
    expect(new Set(results.map((result) => unwrap(result).access_token)).size).toBe(1);
  });

  test("for 100 calls for an app's token of a tenant named by its GUID, and no discovery", async () => {
    const { app, network } = setup();

    await Promise.all(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(network.sent).toHaveLength(1);
  });

  test("for 100 silent calls after the token has expired", async () => {
    const { silently, network } = await expired();

    const results = await Promise.all(hundred(() => silently()));

    expect(network.sent).toHaveLength(1);
    expect(results.every(Boolean)).toBe(true);
  });

  test("for a forced refresh that 100 callers ask for", async () => {
    const { app, idp, network } = setup();
    const { account } = await signIn(app, idp);
    network.sent.length = 0;

    await Promise.all(
      hundred(() => app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true })),
    );

    expect(network.sent).toHaveLength(1);
  });

  test("for scopes in another order", async () => {
    const { app, idp, network } = setup();
    const { account } = await signIn(app, idp);
    network.sent.length = 0;
    const scopes = ["User.Read", "Mail.Read"];

    await Promise.all([
      app.acquireTokenSilent(scopes, account, { forceRefresh: true }),
      app.acquireTokenSilent([...scopes].reverse(), account, { forceRefresh: true }),
    ]);

    expect(network.sent).toHaveLength(1);
  });

  test("of discovery for calls of different kinds", async () => {
    const { app, network } = setup({ authority: DOMAIN_AUTHORITY });

    await Promise.all([
      ...hundred(() => app.acquireTokenForClient(GRAPH)),
      ...hundred(() => app.initiateAuthCodeFlow(["User.Read"])),
    ]);

    expect(network.discoveries()).toBe(1);
  });

  test("of an assertion function for 100 calls", async () => {
    let asked = 0;
    const clientAssertion = async () => `assertion ${++asked}`;
    const { app, network } = setup({ clientCredential: { clientAssertion } });

    await Promise.all(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(asked).toBe(1);
    expect(network.tokenRequests()).toBe(1);
  });
});

describe.for([
  ["client credentials", empty],
  ["the silent flow", expired],
] as const)("who aborts (%s)", ([, make]) => {
  test.for([0, 50, 99])("leaves the other 99 their answers (caller %i)", async (leaver) => {
    const { silently, network } = await make();
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const release = network.hold();
    const calls = hundred((i) => silently(controllers[i]?.signal));
    const outcomes = Promise.allSettled(calls);
    await settled();
    const reason = new Error("I am leaving.");

    controllers[leaver]?.abort(reason);
    await settled();
    release();

    const rejected = (await outcomes).filter((outcome) => outcome.status === "rejected");
    expect(rejected).toEqual([{ status: "rejected", reason }]);
    expect(rejected[0]?.reason).toBe(reason);
    expect(await rejection(calls[leaver]!)).toBe(reason);
    expect(network.sent).toHaveLength(1);
    expect(network.sent[0]?.init.signal.aborted).toBe(false);
  });

  // Aborted before anything is on its way: what is begun all the same must not end as an unhandled rejection.
  test("gets the signal's own reason at once, whatever it is", async () => {
    const { silently, network } = await make();
    network.weather = "hanging";
    const controller = new AbortController();
    const call = silently(controller.signal);

    controller.abort("not even an Error");

    expect(await rejection(call)).toBe("not even an Error");
    await settled();
  });

  test("last ends the request, and a newcomer starts afresh", async () => {
    const { silently, network } = await make();
    network.weather = "hanging";
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const calls = hundred((i) => silently(controllers[i]?.signal));
    await settled();
    expect(network.sent).toHaveLength(1);
    for (const controller of controllers.slice(1)) controller.abort();
    await Promise.allSettled(calls.slice(1));
    expect(network.sent[0]?.init.signal.aborted).toBe(false);

    controllers[0]?.abort(new Error("The last one."));

    expect(await rejection(calls[0]!)).toMatchObject({ message: "The last one." });
    expect(network.sent[0]?.init.signal.aborted).toBe(true);
    network.weather = "up";
    expect(await silently()).toHaveProperty("access_token");
    expect(network.sent).toHaveLength(2);
  });
});

// Runtimes take many listeners on one signal for a leak, and say so on the console.
test("a hundred calls with one signal are one listener on it", async () => {
  const { app, network } = setup();
  const release = network.hold();
  const { signal } = new AbortController();
  const calls = hundred((i) => app.acquireTokenForClient([`api://${i}/.default`], { signal }));
  await settled();

  expect(getEventListeners(signal, "abort")).toHaveLength(1);

  release();
  await Promise.all(calls);
});

test("a hundred calls with one signal print no warning", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));
  const { app } = setup();
  const { signal } = new AbortController();
  // What signals had by default before Node.js 20.
  setMaxListeners(10, signal);

  await Promise.all(hundred(() => app.acquireTokenForClient(GRAPH, { signal })));
  await settled();

  expect(warnings).toEqual([]);
});

test("who comes just as the last one leaves gets an answer", async () => {
  const { app, network } = setup();
  const release = network.hold();
  const controller = new AbortController();
  const leaver = rejection(app.acquireTokenForClient(GRAPH, { signal: controller.signal }));
  await settled();

  controller.abort("gone");
  const newcomer = app.acquireTokenForClient(GRAPH);
  release();

  expect(await leaver).toBe("gone");
  expect(await newcomer).toHaveProperty("access_token");
});

test("who aborts during discovery leaves it to the others", async () => {
  const { app, network } = setup({ authority: DOMAIN_AUTHORITY });
  const release = network.hold();
  const controller = new AbortController();
  const leaver = rejection(app.acquireTokenForClient(GRAPH, { signal: controller.signal }));
  const other = app.acquireTokenForClient(GRAPH);
  await settled();

  controller.abort("gone");
  release();

  expect(await leaver).toBe("gone");
  expect(await other).toHaveProperty("access_token");
  expect(network.discoveries()).toBe(1);
});

test("discovery that everybody left is begun again", async () => {
  const { app, network } = setup({ authority: DOMAIN_AUTHORITY });
  network.weather = "hanging";
  const controller = new AbortController();
  const leaver = rejection(app.acquireTokenForClient(GRAPH, { signal: controller.signal }));
  await settled();

  controller.abort("gone");

  expect(await leaver).toBe("gone");
  expect(network.sent[0]?.init.signal.aborted).toBe(true);
  network.weather = "up";
  expect(await app.acquireTokenForClient(GRAPH)).toHaveProperty("access_token");
});

describe("kept apart", () => {
  test("app tokens for different resources and claims", async () => {
    const { app, network } = setup();

    await Promise.all([
      app.acquireTokenForClient(GRAPH),
      app.acquireTokenForClient(["https://management.azure.com//.default"]),
      app.acquireTokenForClient(GRAPH, { claimsChallenge: CLAIMS }),
      app.acquireTokenForClient(GRAPH, { claimsChallenge: '{"access_token":{}}' }),
    ]);

    expect(network.tokenRequests()).toBe(4);
  });

  test("different accounts, scopes, claims, and forced refreshes", async () => {
    const { app, idp, network } = setup();
    const ada = (await signIn(app, idp, USERNAME)).account;
    const grace = (await signIn(app, idp, "grace@contoso.onmicrosoft.com")).account;
    idp.advance(7200);
    network.sent.length = 0;

    const results = await Promise.all([
      app.acquireTokenSilent(["User.Read"], ada),
      app.acquireTokenSilent(["User.Read"], grace),
      app.acquireTokenSilent(["Mail.Read"], ada),
      app.acquireTokenSilent(["User.Read"], ada, { claimsChallenge: CLAIMS }),
      app.acquireTokenSilent(["User.Read"], ada, { forceRefresh: true }),
    ]);

    expect(network.tokenRequests()).toBe(5);
    expect(results.map((result) => result?.account?.username)).toEqual([
      ada.username,
      grace.username,
      ada.username,
      ada.username,
      ada.username,
    ]);
  });

  test("two clients", async () => {
    const one = setup();
    const other = setup({ httpClient: one.network.httpClient });

    await Promise.all([
      one.app.acquireTokenForClient(GRAPH),
      other.app.acquireTokenForClient(GRAPH),
    ]);

    expect(one.network.tokenRequests()).toBe(2);
  });
});

describe("a shared failure", () => {
  test.for([
    ["down", MsalError, "network_error"],
    ["failing", MsalServiceError, "service_error"],
  ] as const)("reaches all and is not remembered (%s)", async ([weather, kind, code]) => {
    const { app, idp, network } = setup();
    network.weather = weather;

    const outcomes = await Promise.allSettled(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(network.sent).toHaveLength(1);
    for (const outcome of outcomes) {
      const { reason } = outcome as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(kind);
      expect(reason).toMatchObject({ code });
    }
    network.weather = "up";
    // What the failing provider asked to wait.
    idp.advance(7);
    expect(await app.acquireTokenForClient(GRAPH)).toHaveProperty("access_token");
  });

  test("of discovery is not remembered either", async () => {
    const { app, network } = setup({ authority: DOMAIN_AUTHORITY });
    network.weather = "failing";

    await Promise.allSettled(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(network.sent).toHaveLength(1);
    network.weather = "up";
    expect(await app.acquireTokenForClient(GRAPH)).toHaveProperty("access_token");
  });

  test("that is the provider's refusal is everybody's answer, once", async () => {
    const { app, idp, network } = setup();
    idp.failNext({ path: "/token", error: "temporarily_unavailable", status: 400 });

    const results = await Promise.all(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(network.tokenRequests()).toBe(1);
    for (const result of results) {
      expect(result).toMatchObject({ error: "temporarily_unavailable" });
    }
    expect(await app.acquireTokenForClient(GRAPH)).toHaveProperty("access_token");
  });

  test("of a function for assertions reaches all and is not remembered", async () => {
    const reason = new Error("The vault is closed.");
    let open = false;
    const clientAssertion = async () => {
      if (open) return "an assertion";
      throw reason;
    };
    const { app } = setup({ clientCredential: { clientAssertion } });

    const outcomes = await Promise.allSettled(hundred(() => app.acquireTokenForClient(GRAPH)));

    expect(outcomes.every((o) => o.status === "rejected" && o.reason === reason)).toBe(true);
    open = true;
    expect(await app.acquireTokenForClient(GRAPH)).toMatchObject({ error: "invalid_client" });
  });
});

describe("what a call returns is the caller's", () => {
  function spoil(result: TokenResponse): void {
    result.access_token = "spoiled";
    if (result.account) result.account.username = "spoiled";
    if (result.id_token_claims) result.id_token_claims.sub = "spoiled";
  }

  test("those who shared a request can change their answers", async () => {
    const { app, idp } = setup();
    const { account } = await signIn(app, idp);
    const results = await Promise.all(
      hundred(async (i) => {
        const options = { forceRefresh: true };
        const result = await app.acquireTokenSilent(["User.Read"], account, options);
        if (i % 2 === 0) spoil(result!);
        return result!;
      }),
    );

    for (const [i, result] of results.entries()) {
      expect(result.access_token === "spoiled").toBe(i % 2 === 0);
      expect(result.account?.username).toBe(i % 2 === 0 ? "spoiled" : USERNAME);
      expect(result.id_token_claims?.sub === "spoiled").toBe(i % 2 === 0);
    }
  });

  test("neither the cache nor later answers change with it", async () => {
    const { app, idp } = setup();
    spoil(await signIn(app, idp));
    for (let round = 0; round < 3; round++) {
      const [account] = await app.getAccounts();
      expect(account?.username).toBe(USERNAME);
      const result = await app.acquireTokenSilent(["User.Read"], account);
      expect(result?.access_token).not.toBe("spoiled");
      expect(result?.account).toEqual(account);
      spoil(result!);
      account!.username = "spoiled";
      const appToken = unwrap(await app.acquireTokenForClient(GRAPH));
      expect(appToken.access_token).not.toBe("spoiled");
      spoil(appToken);
    }
    expect(app.tokenCache.find("Account")[0]).toMatchObject({ username: USERNAME });
  });
});
