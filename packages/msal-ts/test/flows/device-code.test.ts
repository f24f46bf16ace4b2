import {
  type DeviceFlow,
  isTokenError,
  MsalError,
  MsalServiceError,
  PublicClientApplication,
  type TokenResult,
  unwrap,
} from "msal-ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import {
  ADA,
  AUTHORITY,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  HOST,
  held,
  idToken,
  PASSWORD,
  type Reply,
  remember,
  START,
  setup,
  setupScript,
  userTokens,
} from "../setup.js";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DEVICE_CODE = "device-code-of-these-tests";

/** What a provider answers to a device, with other members where they are given. */
function deviceCode(members: Record<string, unknown> = {}): Reply {
  return {
    body: {
      user_code: "F8XK2M9QP",
      device_code: DEVICE_CODE,
      verification_uri: "https://microsoft.com/devicelogin",
      expires_in: 900,
      interval: 5,
      message: "Open the page and type the code.",
      ...members,
    },
  };
}

/** A flow that has begun, with other members where they are given. */
function begun(members: Partial<DeviceFlow> = {}): DeviceFlow {
  return {
    user_code: "F8XK2M9QP",
    device_code: DEVICE_CODE,
    verification_uri: "https://microsoft.com/devicelogin",
    message: "Open the page and type the code.",
    expires_in: 900,
    interval: 5,
    expires_at: START + 900,
    scope: ["User.Read", "offline_access", "openid", "profile"],
    ...members,
  };
}

const refused = (error: string): Reply => ({ status: 400, body: { error } });
const pending = refused("authorization_pending");
const slowDown = refused("slow_down");
const tokens: Reply = { body: userTokens({ id_token: idToken({ aud: DESKTOP_APP }) }) };

/** A reply that notes when it was asked for: seconds since the beginning. */
function noting(times: number[], now: () => number, reply: Reply): Reply {
  return () => {
    times.push(now() - START);
    return reply;
  };
}

test("signs in, caches the tokens, and is silent afterwards", async () => {
  const { idp, desktopApp, tokenRequests } = setup();
  const app = desktopApp();

  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
  await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });
  const result = unwrap(await app.acquireTokenByDeviceFlow(flow));

  expect(result).toMatchObject({
    token_type: "Bearer",
    token_source: "identity_provider",
    scope: "openid profile User.Read",
    id_token_claims: { preferred_username: ADA },
    account: { username: ADA, realm: CONTOSO, environment: HOST },
  });
  const [account] = await app.getAccounts();
  expect(account).toEqual(result.account);
  const again = await app.acquireTokenSilent(["User.Read"], account);
  expect(again).toMatchObject({ access_token: result.access_token, token_source: "cache" });
  expect(
    await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true }),
  ).toMatchObject({ token_source: "identity_provider" });
  expect(tokenRequests()).toHaveLength(2);
  expect(app.tokenCache.find("AccessToken")[0]?.target).toBe("User.Read openid profile");
});

test("flows §7.1: a code is asked for with client id and decorated scopes, and nothing else", async () => {
  const { idp, desktopApp } = setup();
  const app = desktopApp({ clientCapabilities: ["CP1"], appName: "app" });

  await app.initiateDeviceFlow(["User.Read", "Mail.Read"]);
  await app.initiateDeviceFlow();

  const [first, second] = idp.requests;
  expect(first).toMatchObject({ method: "POST", url: `${AUTHORITY}/oauth2/v2.0/devicecode` });
  expect(first?.form).toEqual({
    client_id: DESKTOP_APP,
    scope: "Mail.Read User.Read offline_access openid profile",
  });
  expect(second?.form.scope).toBe("offline_access openid profile");
  expect(first?.headers).toMatchObject({
    "client-request-id": expect.stringMatching(GUID),
    "x-client-sku": "MSAL.TypeScript",
    "x-app-name": "app",
  });
  expect(Object.keys(first?.headers ?? {})).not.toContain("x-client-current-telemetry");
});

test("flows §7.2: a poll carries the code under both names, no scope, and what the app can handle", async () => {
  const { idp, desktopApp, tokenRequests } = setup();
  const app = desktopApp({ clientCapabilities: ["CP1"] });
  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
  await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });

  await app.acquireTokenByDeviceFlow(flow, { claimsChallenge: '{"id_token":{"nbf":null}}' });

  const [{ form } = { form: {} }] = tokenRequests();
  expect(form).toEqual({
    client_id: DESKTOP_APP,
    client_info: "1",
    grant_type: GRANT,
    device_code: flow.device_code,
    code: flow.device_code,
    claims: '{"id_token":{"nbf":null},"access_token":{"xms_cc":{"values":["CP1"]}}}',
  });
});

test("each poll carries what the caller adds, and the token is bound to the key that it names", async () => {
  const extraTokenParameters = { token_type: "pop", key_id: "key-1", req_cnf: "cnf" };
  const { desktopApp, requests } = setupScript(pending, tokens);
  const app = desktopApp();

  await app.acquireTokenByDeviceFlow(begun(), { extraTokenParameters });

  expect(requests.map(({ form }) => form)).toEqual([
    expect.objectContaining(extraTokenParameters),
    expect.objectContaining(extraTokenParameters),
  ]);
  expect(contents(app.tokenCache).accessTokens).toMatchObject([{ key_id: "key-1" }]);
});

test("what initiation returns is JSON-safe and enough to go on with, by another instance too", async () => {
  const { idp, desktopApp } = setup();
  const flow = unwrap(await desktopApp().initiateDeviceFlow(["User.Read"]));
  const before = Math.trunc(idp.now());
  await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });

  const kept = JSON.parse(JSON.stringify(flow)) as DeviceFlow;

  expect(kept).toEqual(flow);
  expect(flow).toMatchObject({
    user_code: expect.stringMatching(/^[A-Z0-9]{9}$/),
    verification_uri: "https://localhost/devicelogin",
    message: expect.stringContaining(flow.user_code),
    interval: 5,
    expires_in: 900,
    scope: ["User.Read", "offline_access", "openid", "profile"],
    correlation_id: expect.stringMatching(GUID),
  });
  expect(Math.abs(flow.expires_at - before - 900)).toBeLessThanOrEqual(2);
  expect(await desktopApp().acquireTokenByDeviceFlow(kept)).toHaveProperty("access_token");
});

test("flows §3.7: the correlation id of initiation is that of each poll", async () => {
  const { desktopApp, requests } = setupScript(deviceCode(), pending, pending, tokens);
  const app = desktopApp();

  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
  await app.acquireTokenByDeviceFlow(flow);

  const ids = requests.map(({ headers }) => headers["client-request-id"]);
  expect(ids).toEqual([flow.correlation_id, ...ids.slice(0, 3)]);
  const telemetry = requests
    .slice(1)
    .map(({ headers }) => [
      headers["x-client-current-telemetry"],
      headers["x-client-last-telemetry"],
    ]);
  expect(telemetry).toEqual(Array.from({ length: 3 }, () => ["4|622,0|", "4|0|||"]));
});

test("flows APP-29, APP-30, APP-31, APP-32, APP-36: device flows are told as 622, each with how it ended", async () => {
  const { desktopApp, script, requests } = setupScript();
  const app = desktopApp();
  remember(app.tokenCache, {}, { client_id: DESKTOP_APP });
  const flow = (correlation_id: string) => begun({ correlation_id });
  const header = (name: string) => requests.at(-1)?.headers[`x-client-${name}-telemetry`];
  const [account] = await app.getAccounts();
  await app.acquireTokenSilent(["User.Read"], account);

  script(pending, refused("error_1"));
  await app.acquireTokenByDeviceFlow(flow("id_1"));
  expect(header("current")).toBe("4|622,0|");
  expect(header("last")).toBe("4|1|||");

  script(refused("error_2"));
  await app.acquireTokenByDeviceFlow(flow("id_2"));
  expect(header("last")).toBe("4|1|622,id_1|error_1|");

  script(tokens);
  await app.acquireTokenByDeviceFlow(flow("id_3"));
  expect(header("last")).toBe("4|1|622,id_1,622,id_2|error_1,error_2|");

  script(refused("error_4"));
  await app.acquireTokenByDeviceFlow(flow("id_4"));
  expect(header("last")).toBe("4|0|||");
});

test("flows §3.7: what is told with the first poll is told with each, whatever succeeds meanwhile", async () => {
  const { desktopApp, script, requests } = setupScript(refused("error_1"));
  const app = desktopApp();
  await app.acquireTokenByDeviceFlow(begun({ correlation_id: "id_1" }));
  const meanwhile = async () => {
    await app.acquireTokenByDeviceFlow(begun({ correlation_id: "id_2" }));
    return pending;
  };

  script(meanwhile, tokens, tokens);
  await app.acquireTokenByDeviceFlow(begun({ correlation_id: "id_3" }));

  const told = requests
    .filter(({ headers }) => headers["client-request-id"] === "id_3")
    .map(({ headers }) => headers["x-client-last-telemetry"]);
  expect(told).toEqual(["4|0|622,id_1|error_1|", "4|0|622,id_1|error_1|"]);
});

test("a flow that ends while it is pending counts as a failure", async () => {
  const { desktopApp, script, requests } = setupScript(pending, pending);
  const app = desktopApp();
  await app.acquireTokenByDeviceFlow(begun({ expires_at: START + 6, correlation_id: "id_1" }));

  script(refused("error"));
  await app.acquireTokenByDeviceFlow(begun());

  const last = requests.at(-1)?.headers["x-client-last-telemetry"];
  expect(last).toBe("4|0|622,id_1|authorization_pending|");
});

test("flows APP-33: a flow of nothing but a device code polls; what is final returns at once", async () => {
  const { desktopApp, requests, clock } = setupScript(refused("error_1"), pending, tokens);
  const app = desktopApp();
  const flow = { device_code: DEVICE_CODE } as DeviceFlow;

  expect(await app.acquireTokenByDeviceFlow(flow)).toEqual({ error: "error_1" });
  expect(clock.slept()).toBe(0);
  expect(requests[0]?.headers["client-request-id"]).toMatch(GUID);

  expect(await app.acquireTokenByDeviceFlow(flow)).toHaveProperty("access_token");
  expect(clock.slept()).toBe(5);
});

test.for<[string, Record<string, unknown>, Partial<DeviceFlow>]>([
  ["X-07: text", { interval: "5", expires_in: "900" }, { interval: 5, expires_in: 900 }],
  ["nothing", { interval: undefined, expires_in: undefined }, { interval: 5, expires_in: 1800 }],
  ["zero", { interval: 0, expires_in: 0 }, { interval: 5, expires_in: 1800 }],
  ["no numbers", { interval: "soon", expires_in: {} }, { interval: 5, expires_in: 1800 }],
])("flows %s for interval and expires_in becomes whole seconds", async ([, sent, members]) => {
  const { desktopApp } = setupScript(deviceCode(sent));

  const flow = unwrap(await desktopApp().initiateDeviceFlow());

  expect(flow).toMatchObject(members);
  expect(flow.expires_at).toBe(START + (members.expires_in ?? 0));
});

test("the deadline counts from before the request", async () => {
  const { desktopApp, clock } = setupScript(() => {
    clock.advance(20);
    return deviceCode();
  });

  const flow = unwrap(await desktopApp().initiateDeviceFlow());

  expect(flow.expires_at).toBe(START + 900);
});

test("flows X-07: a refusal to begin comes back as it came", async () => {
  const body = {
    error: "invalid_scope",
    error_description: "AADSTS70011: no",
    error_codes: [70011],
  };
  const { desktopApp } = setupScript({ status: 400, body });

  expect(await desktopApp().initiateDeviceFlow(["bad"])).toEqual(body);
});

test.for<[string, Record<string, unknown>, string]>([
  ["no user_code", { user_code: undefined }, "user_code"],
  ["a user_code that is a number", { user_code: 12345 }, "user_code"],
  ["a user_code that commands a terminal", { user_code: "\u001b[2J" }, "user_code"],
  ["a user_code of two lines", { user_code: "A\nB" }, "user_code"],
  ["no device_code", { device_code: "" }, "device_code"],
  ["a device_code that is a list", { device_code: [] }, "device_code"],
  ["no verification_uri", { verification_uri: undefined }, "verification_uri"],
  [
    "a verification_uri that is code",
    { verification_uri: "javascript:alert(1)" },
    "verification_uri",
  ],
  [
    "a verification_uri that is a file",
    { verification_uri: "file:///etc/passwd" },
    "verification_uri",
  ],
  ["a verification_uri of two lines", { verification_uri: "https://x/\n" }, "verification_uri"],
])("an answer with %s is handed out to nobody", async ([, members, name]) => {
  const { desktopApp } = setupScript(deviceCode(members));

  const error = await desktopApp()
    .initiateDeviceFlow()
    .catch((e: unknown) => e);

  expect(error).toBeInstanceOf(MsalServiceError);
  expect(error).toMatchObject({ code: "invalid_response", message: expect.stringContaining(name) });
  expect((error as Error).message).not.toContain(DEVICE_CODE);
});

test.for<[string, Reply, string]>([
  ["a failing service", { status: 503, body: {} }, "service_error"],
  ["HTML", { body: "<html>" }, "invalid_response"],
  ["a status of 404 without an error", { status: 404, body: {} }, "invalid_response"],
  ["no connection", new TypeError("fetch failed"), "network_error"],
])("flows B-36: initiation throws for %s", async ([, reply, code]) => {
  const { desktopApp } = setupScript(reply);

  await expect(desktopApp().initiateDeviceFlow()).rejects.toMatchObject({ code });
});

test("a provider without a message gets one, and verification_url is the page as well", async () => {
  const { desktopApp } = setupScript(
    deviceCode({
      message: undefined,
      verification_uri: undefined,
      verification_url: "http://localhost:1/device",
      verification_uri_complete: "javascript:alert(1)",
    }),
    deviceCode({ message: "\u0007", verification_uri_complete: "https://x/device?code=1" }),
  );
  const app = desktopApp();

  const first = unwrap(await app.initiateDeviceFlow());
  const second = unwrap(await app.initiateDeviceFlow());

  const message =
    "To sign in, use a web browser to open the page http://localhost:1/device and enter the code F8XK2M9QP to authenticate.";
  expect(first).toMatchObject({ verification_uri: "http://localhost:1/device", message });
  expect(first).not.toHaveProperty("verification_uri_complete");
  expect(second.verification_uri_complete).toBe("https://x/device?code=1");
  expect(second.message).toMatch(/^To sign in, /);
});

test("the first poll goes out at once, the others an interval apart", async () => {
  const times: number[] = [];
  const now = () => clock.now();
  const { desktopApp, clock } = setupScript(
    noting(times, now, pending),
    noting(times, now, pending),
    noting(times, now, tokens),
  );

  await desktopApp().acquireTokenByDeviceFlow(begun({ interval: 7 }));

  expect(times).toEqual([0, 7, 14]);
});

test("waits in steps of a second", async () => {
  const steps: number[] = [];
  let time = START;
  const clock = {
    now: () => time,
    sleep: async (seconds: number) => {
      steps.push(seconds);
      time += seconds;
    },
  };
  const { desktopApp } = setupScript(pending, tokens);

  await desktopApp({ clock }).acquireTokenByDeviceFlow(begun({ interval: 2.5 }));

  expect(steps).toEqual([1, 1, 0.5]);
});

test("waits five seconds longer after each slow_down, and from then on (RFC 8628 §3.5)", async () => {
  const { desktopApp, clock } = setupScript(slowDown, slowDown, pending, tokens);
  const flow = begun();

  await desktopApp().acquireTokenByDeviceFlow(flow);

  expect(clock.slept()).toBe(10 + 15 + 15);
  expect(flow.interval).toBe(15);
});

test("flows X-08: slow_down with an interval of 1 waits 6 seconds", async () => {
  const { desktopApp, clock } = setupScript(slowDown, tokens);

  await desktopApp().acquireTokenByDeviceFlow(begun({ interval: 1 }));

  expect(clock.slept()).toBe(6);
});

test("a flow that is frozen is slowed down all the same", async () => {
  const { desktopApp, clock } = setupScript(slowDown, slowDown, tokens);

  await desktopApp().acquireTokenByDeviceFlow(Object.freeze(begun()));

  expect(clock.slept()).toBe(10 + 15);
});

test("an interval that the caller changes holds from the next wait on", async () => {
  const flow = begun();
  const { desktopApp, clock } = setupScript(() => {
    flow.interval = 30;
    return pending;
  }, tokens);

  await desktopApp().acquireTokenByDeviceFlow(flow);

  expect(clock.slept()).toBe(30);
});

// What the provider says last, and what the caller then gets.
test.for([
  "authorization_declined",
  "access_denied",
  "bad_verification_code",
  "expired_token",
  "invalid_grant",
  "interaction_required",
  "invalid_client",
])("%s ends the flow", async (error) => {
  const { desktopApp } = setupScript(pending, {
    status: 400,
    body: { error, error_description: "why", suberror: "basic_action" },
  });

  const result = await desktopApp().acquireTokenByDeviceFlow(begun());

  expect(result).toEqual({ error, error_description: "why", suberror: "basic_action" });
});

test("declined on the other device", async () => {
  const { idp, desktopApp } = setup();
  const app = desktopApp();
  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
  await idp.approveDevice(flow.user_code, { decline: true });

  const result = await app.acquireTokenByDeviceFlow(flow);

  expect(result).toMatchObject({ error: "authorization_declined" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("flows E2E-07: nobody signs in until the code has expired: the last answer, and no poll after that", async () => {
  const { desktopApp, tokenRequests, idp } = setup();
  const app = desktopApp();
  const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));

  const result = await app.acquireTokenByDeviceFlow(flow);

  expect(result).toMatchObject({ error: "authorization_pending", error_codes: [70016] });
  expect(tokenRequests().length).toBeGreaterThan(170);
  expect(tokenRequests().length).toBeLessThanOrEqual(180);
  expect(idp.now()).toBeLessThanOrEqual(flow.expires_at + 1);
});

test("flows E2E-07: a nearer expires_at shortens the wait", async () => {
  const flow = begun();
  const { desktopApp, clock } = setupScript(() => {
    flow.expires_at = START + 3;
    return pending;
  });

  expect(await desktopApp().acquireTokenByDeviceFlow(flow)).toEqual({
    error: "authorization_pending",
  });
  expect(clock.slept()).toBe(3);
});

test("flows X-09: expires_at of 0 at the first answer means one request and no wait", async () => {
  const flow = begun();
  const { desktopApp, clock } = setupScript(() => {
    flow.expires_at = 0;
    return slowDown;
  });

  expect(await desktopApp().acquireTokenByDeviceFlow(flow)).toEqual({ error: "slow_down" });
  expect(clock.slept()).toBe(0);
});

test("expires_at of 0 stops a wait within a second", async () => {
  const flow = begun({ interval: 60 });
  let time = START;
  const clock = {
    now: () => time,
    sleep: async (seconds: number) => {
      time += seconds;
      if (time === START + 10) flow.expires_at = 0;
    },
  };
  const { desktopApp } = setupScript(pending);

  expect(await desktopApp({ clock }).acquireTokenByDeviceFlow(flow)).toHaveProperty("error");
  expect(time).toBe(START + 10);
});

test("expires_at of 0 stops a poll that is not answered, within a second", async () => {
  const flow = begun();
  const poll = held();
  const { desktopApp } = setupScript(pending, poll.reply);
  const polling = desktopApp().acquireTokenByDeviceFlow(flow);
  await poll.asked;

  const before = Date.now();
  flow.expires_at = 0;

  expect(await polling).toEqual({ error: "authorization_pending" });
  expect(Date.now() - before).toBeLessThan(1500);
});

test.for([0, START - 1, START])(
  "a flow with expires_at %i is over before a request",
  async (at) => {
    const { desktopApp } = setupScript();

    const result = await desktopApp().acquireTokenByDeviceFlow(begun({ expires_at: at }));

    expect(result).toMatchObject({ error: "expired_token", error_description: expect.any(String) });
  },
);

describe("flows B-5: a signal", () => {
  const reason = new Error("the user pressed Ctrl+C");

  test("that has aborted sends nothing", async () => {
    const { desktopApp } = setupScript();
    const signal = AbortSignal.abort(reason);

    await expect(desktopApp().initiateDeviceFlow([], { signal })).rejects.toBe(reason);
    await expect(desktopApp().acquireTokenByDeviceFlow(begun(), { signal })).rejects.toBe(reason);
  });

  test("stops initiation", async () => {
    const answer = held();
    const { desktopApp } = setupScript(answer.reply);
    const controller = new AbortController();
    const initiating = desktopApp().initiateDeviceFlow([], { signal: controller.signal });
    await answer.asked;

    controller.abort(reason);

    await expect(initiating).rejects.toBe(reason);
  });

  test("stops a poll", async () => {
    const answer = held();
    const { desktopApp } = setupScript(answer.reply);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const polling = desktopApp().acquireTokenByDeviceFlow(begun(), options);
    await answer.asked;

    controller.abort(reason);

    await expect(polling).rejects.toBe(reason);
  });

  test("stops a wait, even if the clock overlooks it", async () => {
    const controller = new AbortController();
    const clock = {
      now: () => START,
      sleep: () => {
        controller.abort(reason);
        return new Promise<void>(() => {});
      },
    };
    const { desktopApp } = setupScript(pending);
    const options = { signal: controller.signal };

    const polling = desktopApp({ clock }).acquireTokenByDeviceFlow(begun(), options);

    await expect(polling).rejects.toBe(reason);
  });

  test("that aborts with an error of ours is no failure to go on after", async () => {
    const answer = held();
    const { desktopApp, warnings } = setupScript(answer.reply);
    const controller = new AbortController();
    const timeout = new MsalError("timeout", "Took too long.");
    const options = { signal: controller.signal };
    const polling = desktopApp().acquireTokenByDeviceFlow(begun(), options);
    await answer.asked;

    controller.abort(timeout);

    await expect(polling).rejects.toBe(timeout);
    expect(warnings()).toEqual([]);
  });
});

describe("the system's timer", () => {
  const clocks = [
    ["without a clock", undefined],
    ["with a clock that cannot wait", { now: () => Date.now() / 1000 }],
  ] as const;

  test.for(clocks)("waits %s", async ([, clock]) => {
    const { desktopApp } = setupScript(pending, tokens);
    const flow = begun({ interval: 1, expires_at: Date.now() / 1000 + 60 });
    const before = Date.now();

    const result = await desktopApp({ clock }).acquireTokenByDeviceFlow(flow);

    expect(result).toHaveProperty("access_token");
    expect(Date.now() - before).toBeGreaterThan(950);
  });

  test("leaves nothing behind when it is stopped", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { desktopApp } = setupScript(pending);
    const controller = new AbortController();
    const flow = begun({ expires_at: Date.now() / 1000 + 60 });
    const options = { signal: controller.signal };
    const polling = desktopApp({ clock: undefined }).acquireTokenByDeviceFlow(flow, options);
    polling.catch(() => {});
    await vi.advanceTimersByTimeAsync(2500);
    // Over fetch, connections of earlier tests have one as well.
    const running = vi.getTimerCount();

    controller.abort();

    await expect(polling).rejects.toHaveProperty("name", "AbortError");
    expect(vi.getTimerCount()).toBe(running - 1);
  });
});

describe("flows B-36: what fails in passing is tried again", () => {
  test.for<[string, Reply]>([
    ["no connection", new TypeError("fetch failed")],
    ["a timeout", new MsalError("timeout", "Took too long.")],
    ["500", { status: 500, body: "oops" }],
    ["503 with an OAuth error", { status: 503, body: { error: "temporarily_unavailable" } }],
    ["429 with an OAuth error", { status: 429, body: { error: "temporarily_unavailable" } }],
    ["429 with a page", { status: 429, body: "<html>" }],
    ["408", { status: 408, body: "" }],
  ])("%s", async ([, failure]) => {
    const { desktopApp, clock, warnings } = setupScript(pending, failure, tokens);

    const result = await desktopApp().acquireTokenByDeviceFlow(begun());

    expect(result).toHaveProperty("access_token");
    expect(clock.slept()).toBe(5 + 10);
    expect(warnings()).toEqual([expect.stringMatching(/the next follows in 10 seconds\.$/)]);
  });

  test("twice as long for each failure in a row, a minute at most; an answer ends that", async () => {
    const times: number[] = [];
    const failure = { status: 503 };
    const replies = [failure, failure, failure, failure, failure, pending, failure, tokens];
    const noted = replies.map((reply) => noting(times, () => clock.now(), reply));
    const { desktopApp, clock } = setupScript(...noted);
    const flow = begun();

    await desktopApp().acquireTokenByDeviceFlow(flow);

    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(waits).toEqual([10, 20, 40, 60, 60, 5, 10]);
    expect(flow.interval).toBe(5);
  });

  test.for<[string, number]>([
    ["90", 90],
    ["1", 10],
  ])("Retry-After: %s waits %i seconds", async ([after, seconds]) => {
    const { desktopApp, clock } = setupScript(
      { status: 429, headers: { "retry-after": after }, body: { error: "busy" } },
      tokens,
    );

    await desktopApp().acquireTokenByDeviceFlow(begun());

    expect(clock.slept()).toBe(seconds);
  });

  test("slow_down that comes with 429 slows this and all later polls down (RFC 8628 §3.5)", async () => {
    const times: number[] = [];
    const busy: Reply = { status: 429, body: { error: "slow_down" } };
    const noted = [busy, pending, tokens].map((reply) => noting(times, () => clock.now(), reply));
    const { desktopApp, clock } = setupScript(...noted);
    const flow = begun();

    await desktopApp().acquireTokenByDeviceFlow(flow);

    expect(flow.interval).toBe(10);
    expect(times).toEqual([0, 10, 20]);
  });

  test("authorization_pending that comes with 429 is no failure", async () => {
    const { desktopApp, clock, warnings } = setupScript(
      { status: 429, headers: { "retry-after": "8" }, body: { error: "authorization_pending" } },
      tokens,
    );

    await desktopApp().acquireTokenByDeviceFlow(begun());

    expect(clock.slept()).toBe(8);
    expect(warnings()).toEqual([]);
  });

  test("a request that takes too long", async () => {
    const { idp, desktopApp } = setup();
    const app = desktopApp({ timeout: 200 });
    const flow = unwrap(await app.initiateDeviceFlow(["User.Read"]));
    await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });
    idp.failNext({ path: "/token", delay: 2000 });

    expect(await app.acquireTokenByDeviceFlow(flow)).toHaveProperty("access_token");
  });

  test("until the code has expired: then the last answer, or that it has", async () => {
    const failure: Reply = { status: 503 };
    const { desktopApp, script } = setupScript(failure, failure);
    const app = desktopApp();

    const never = await app.acquireTokenByDeviceFlow(begun({ expires_at: START + 25 }));
    script(pending, failure);
    const once = await app.acquireTokenByDeviceFlow(begun({ expires_at: START + 40 }));

    expect(never).toMatchObject({ error: "expired_token" });
    expect(once).toEqual({ error: "authorization_pending" });
  });

  test("discovery too", async () => {
    const { idp, desktopApp } = setup();
    const authority = `https://${HOST}/contoso.onmicrosoft.com`;
    const flow = unwrap(await desktopApp({ authority }).initiateDeviceFlow(["User.Read"]));
    await idp.approveDevice(flow.user_code, { username: ADA, password: PASSWORD });
    idp.failNext({ path: "openid-configuration", status: 503 });

    const result = await desktopApp({ authority }).acquireTokenByDeviceFlow(flow);

    expect(result).toHaveProperty("access_token");
  });

  test("but not an answer that is none of an identity provider", async () => {
    const { desktopApp } = setupScript({ body: "<html>Sign in to this network</html>" });

    await expect(desktopApp().acquireTokenByDeviceFlow(begun())).rejects.toMatchObject({
      code: "invalid_response",
    });
  });
});

test("flows THR-01: the same refusal of the same poll is asked for each time anew", async () => {
  const { desktopApp, requests } = setupScript(pending, pending, pending, tokens);

  await desktopApp().acquireTokenByDeviceFlow(begun());

  expect(new Set(requests.map(({ form }) => JSON.stringify(form))).size).toBe(1);
  expect(requests).toHaveLength(4);
});

test("flows B-37: the scopes that were asked for are the tokens', when the answer names none", async () => {
  const answer = {
    body: userTokens({ scope: undefined, id_token: idToken({ aud: DESKTOP_APP }) }),
  };
  const { desktopApp } = setupScript(deviceCode(), answer);
  const app = desktopApp();

  const flow = unwrap(await app.initiateDeviceFlow(["User.Read", "Mail.Read"]));
  await app.acquireTokenByDeviceFlow(JSON.parse(JSON.stringify(flow)));

  expect(app.tokenCache.find("AccessToken")[0]?.target).toBe(
    "Mail.Read User.Read offline_access openid profile",
  );
});

test("an ID token for somebody else is refused, and nothing is cached", async () => {
  const answer = { body: userTokens({ id_token: idToken({ aud: "another-client" }) }) };
  const { desktopApp } = setupScript(answer);
  const app = desktopApp();

  await expect(app.acquireTokenByDeviceFlow(begun())).rejects.toMatchObject({
    code: "invalid_id_token",
  });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("what the caller does to the flow while it waits changes nothing but its pace", async () => {
  const flow = begun({ scope: ["User.Read"] });
  const answer = {
    body: userTokens({ scope: undefined, id_token: idToken({ aud: DESKTOP_APP }) }),
  };
  const { desktopApp, requests } = setupScript(() => {
    flow.device_code = "another";
    (flow.scope as string[]).push("Mail.Read");
    return pending;
  }, answer);
  const app = desktopApp();

  await app.acquireTokenByDeviceFlow(flow);

  expect(requests[1]?.form.device_code).toBe(DEVICE_CODE);
  expect(app.tokenCache.find("AccessToken")[0]?.target).toBe("User.Read");
});

describe("the device authorization endpoint", () => {
  const configuration = {
    issuer: "https://idp.example/tenant/v2.0",
    authorization_endpoint: "https://idp.example/tenant/authorize",
    token_endpoint: "https://idp.example/tenant/oauth2/token?p=policy",
  };
  const options = { authority: "https://idp.example/tenant", instanceDiscovery: false };

  test.for<[string, string]>([
    [`https://${HOST}/common`, `https://${HOST}/common/oauth2/v2.0/devicecode`],
    [
      "https://login.windows.net/organizations",
      `https://${HOST}/organizations/oauth2/v2.0/devicecode`,
    ],
    [
      `https://login.chinacloudapi.cn/${CONTOSO}`,
      `https://login.chinacloudapi.cn/${CONTOSO}/oauth2/v2.0/devicecode`,
    ],
  ])("of %s is known", async ([authority, endpoint]) => {
    const { desktopApp, requests } = setupScript(deviceCode());

    await desktopApp({ authority }).initiateDeviceFlow();

    expect(requests.map(({ url }) => url)).toEqual([endpoint]);
  });

  test.for<[string, Record<string, unknown>, string]>([
    [
      "is the configuration's",
      { device_authorization_endpoint: "https://idp.example/device" },
      "https://idp.example/device",
    ],
    [
      "is beside the token endpoint, if the configuration has none",
      {},
      "https://idp.example/tenant/oauth2/devicecode?p=policy",
    ],
    [
      "is beside a token endpoint that ends with a slash",
      { token_endpoint: "https://idp.example/adfs/oauth2/token/" },
      "https://idp.example/adfs/oauth2/devicecode",
    ],
    [
      "is not null",
      { device_authorization_endpoint: null },
      "https://idp.example/tenant/oauth2/devicecode?p=policy",
    ],
  ])("%s", async ([, members, endpoint]) => {
    const { desktopApp, requests } = setupScript(
      { body: { ...configuration, ...members } },
      deviceCode(),
    );

    await desktopApp(options).initiateDeviceFlow();

    expect(requests.at(-1)?.url).toBe(endpoint);
  });

  test("must be https", async () => {
    const { desktopApp } = setupScript({
      body: { ...configuration, device_authorization_endpoint: "http://idp.example/device" },
    });

    await expect(desktopApp(options).initiateDeviceFlow()).rejects.toMatchObject({
      code: "invalid_authority",
      message: expect.stringContaining("device_authorization_endpoint"),
    });
  });
});

describe("flows B-24: arguments that are wrong are named before anything is sent", () => {
  const call = (flow: unknown, options?: unknown) => (app: PublicClientApplication) =>
    app.acquireTokenByDeviceFlow(flow as DeviceFlow, options as object);
  const initiate = (scopes: unknown, options?: unknown) => (app: PublicClientApplication) =>
    app.initiateDeviceFlow(scopes as string[], options as object);

  test.for<[string, (app: PublicClientApplication) => Promise<unknown>, string]>([
    ["scopes that are text", initiate("User.Read"), "scopes"],
    ["a reserved scope", initiate(["openid"]), '"openid"'],
    ["options that do not exist", initiate([], { prompt: "login" }), '"prompt"'],
    ["a signal that is none", initiate([], { signal: 1 }), "signal"],
    ["no flow", call(undefined), "flow"],
    ["a flow that is text", call("canary-code"), "a string of 11 characters"],
    ["a list", call([]), "an array of 0"],
    ["the refusal of a flow", call({ error: "invalid_scope" }), '"invalid_scope"'],
    ["no device_code", call({ user_code: "canary" }), "device_code"],
    ["a device_code that is a number", call({ device_code: 1 }), "device_code"],
    ["an interval that is text", call({ device_code: "canary", interval: "5" }), "interval"],
    [
      "an expires_at that is none",
      call({ device_code: "canary", expires_at: Number.NaN }),
      "expires_at",
    ],
    [
      "a correlation id of two lines",
      call({ device_code: "canary", correlation_id: "a\r\nb" }),
      "correlation_id",
    ],
    ["scope that is text", call({ device_code: "canary", scope: "User.Read" }), "scope"],
    ["scope with a number", call({ device_code: "canary", scope: [1] }), "scopes[0]"],
    ["claims that are no JSON", call(begun(), { claimsChallenge: "{" }), "claimsChallenge"],
    ["an option that does not exist", call(begun(), { timeout: 5 }), '"timeout"'],
  ])("%s", async ([, act, says]) => {
    const { desktopApp } = setupScript();

    const error = await act(desktopApp()).catch((e: unknown) => e);

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code: "invalid_argument" });
    expect((error as Error).message).toContain(says);
    expect((error as Error).message).not.toContain("canary");
  });

  test("a clock whose sleep is no function", () => {
    const clock = { now: () => START, sleep: 5 } as never;

    expect(() => new PublicClientApplication(DESKTOP_APP, { clock })).toThrow(/clock .*sleep/);
  });
});

test("two devices of one application wait for two users", async () => {
  const { idp, desktopApp } = setup();
  const app = desktopApp();
  const flows = [
    unwrap(await app.initiateDeviceFlow(["User.Read"])),
    unwrap(await app.initiateDeviceFlow(["User.Read"])),
  ] as const;
  await idp.approveDevice(flows[0].user_code, { username: ADA, password: PASSWORD });
  await idp.approveDevice(flows[1].user_code, {
    username: "grace@contoso.onmicrosoft.com",
    password: PASSWORD,
  });

  const results: TokenResult[] = await Promise.all(
    flows.map((flow) => app.acquireTokenByDeviceFlow(flow)),
  );

  expect(results.some(isTokenError)).toBe(false);
  expect((await app.getAccounts()).map(({ username }) => username).sort()).toEqual([
    ADA,
    "grace@contoso.onmicrosoft.com",
  ]);
});
