import { type Account, ConfidentialClientApplication } from "msal-ts";
import { expect, test } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  idToken,
  queryOf,
  remember,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;
const FLOW = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// Upstream's rows use the device flow (622, see device-code.test.ts); redeeming a code is 832.
test("flows APP-29, APP-30, APP-31, APP-32: hits and failures are told with the next request, and forgotten with a success", async () => {
  const { webApp, script, requests } = setupScript();
  const app = webApp();
  remember(app.tokenCache);
  const redeem = () => app.acquireTokenByAuthCodeFlow(FLOW, { state: "s", code: "c" });
  const last = () => requests.at(-1)?.headers["x-client-last-telemetry"];
  const id = () => requests.at(-1)?.headers["client-request-id"];

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  script({ status: 400, body: { error: "error_1" } });
  await redeem();
  expect(requests.at(-1)?.headers["x-client-current-telemetry"]).toBe("4|832,0|");
  expect(last()).toBe("4|1|||");
  const id1 = id();

  script({ status: 400, body: { error: "error_2" } });
  await redeem();
  expect(last()).toBe(`4|1|832,${id1}|error_1|`);
  const id2 = id();

  script({ body: appTokens() });
  await app.acquireTokenForClient(APP_SCOPES);
  expect(last()).toBe(`4|1|832,${id1},832,${id2}|error_1,error_2|`);

  script({ status: 400, body: { error: "error_3" } });
  await redeem();
  expect(last()).toBe("4|0|||");
});

test("flows APP-34: a flow of nothing but state and verifier redeems, as 832 for reason 0", async () => {
  const { webApp, requests } = setupScript({ body: userTokens({ id_token: undefined }) });

  const result = await webApp().acquireTokenByAuthCodeFlow(
    { authUri: "https://x", state: "s", codeVerifier: "v" },
    { state: "s", code: "c" },
  );

  expect(result).toMatchObject({ access_token: "access-token-of-ada" });
  expect(requests[0]?.headers["x-client-current-telemetry"]).toBe("4|832,0|");
});

test("flows X-17: a refusal at the redirect URI is told with the next request", async () => {
  const { webApp, requests } = setupScript({ status: 400, body: { error: "invalid_grant" } });
  const app = webApp();

  const refused = await app.acquireTokenByAuthCodeFlow(FLOW, {
    state: "s",
    error: "access_denied",
  });
  await app.acquireTokenByAuthCodeFlow(FLOW, { state: "s", code: "c" });

  expect(refused).toEqual({ error: "access_denied" });
  expect(requests[0]?.headers["x-client-last-telemetry"]).toMatch(
    /^4\|0\|832,[0-9a-f-]{36}\|access_denied\|$/,
  );
});

test("within one silent call the failure of a refresh token shows with the next one", async () => {
  const { desktopApp, script, requests } = setupScript();
  const app = desktopApp({}, "member");
  for (const [client_id, time] of [
    ["member", 1],
    ["sibling", 2],
  ] as const) {
    remember(
      app.tokenCache,
      { access_token: undefined, refresh_token: client_id, foci: "1" },
      { client_id },
      time,
    );
  }
  script(
    { status: 400, body: { error: "first_error" } },
    { body: userTokens({ id_token: idToken({ aud: "member" }) }) },
  );

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  const [id, ...others] = requests.map(({ headers }) => headers["client-request-id"]);
  expect(others).toEqual([id]);
  expect(requests[1]?.headers["x-client-last-telemetry"]).toBe(`4|0|84,${id}|first_error|`);
});

test("failures are told while they fit: the total stays below 350 characters", async () => {
  const refused = { status: 400, body: { error: "invalid_grant" } };
  const { webApp, requests } = setupScript(...Array.from({ length: 9 }, () => refused));
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });

  for (let call = 0; call < 9; call++) await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  const last = requests.at(-1)?.headers["x-client-last-telemetry"] ?? "";
  expect(last.match(/invalid_grant/g)).toHaveLength(6);
  const first = requests[0]?.headers["client-request-id"];
  expect(last.startsWith(`4|0|84,${first},84,`)).toBe(true);
});

test("an error that would break the header is told with what fits into one", async () => {
  const { webApp, requests } = setupScript(
    { status: 400, body: { error: "a|b,c\r\nx-evil: 1 é" } },
    { body: appTokens() },
  );
  const app = webApp();

  await app.acquireTokenForClient(APP_SCOPES);
  await app.acquireTokenForClient(APP_SCOPES);

  const last = requests[1]?.headers["x-client-last-telemetry"] ?? "";
  expect(last).toMatch(/^[\x20-\x7e]*$/);
  expect(last.split("|")).toHaveLength(5);
});

test("an error without a word keeps its place among the others", async () => {
  const { webApp, requests } = setupScript(
    { status: 400, body: { error: "" } },
    { status: 400, body: { error: "invalid_client" } },
    { body: appTokens() },
  );
  const app = webApp();

  for (let call = 0; call < 3; call++) await app.acquireTokenForClient(APP_SCOPES);

  const [first, second] = requests.map(({ headers }) => headers["client-request-id"]);
  expect(requests[2]?.headers["x-client-last-telemetry"]).toBe(
    `4|0|730,${first},730,${second}|,invalid_client|`,
  );
});

test("a call that threw is not told", async () => {
  const { clock, webApp, requests } = setupScript({ status: 503 }, { body: appTokens() });
  const app = webApp();

  await app.acquireTokenForClient(APP_SCOPES).catch(() => {});
  clock.advance(5);
  await app.acquireTokenForClient(APP_SCOPES);

  expect(requests[1]?.headers["x-client-last-telemetry"]).toBe("4|0|||");
});

test("an application's token that the cache serves counts as a hit", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const app = webApp();
  await app.acquireTokenForClient(["a/.default"]);

  await app.acquireTokenForClient(["a/.default"]);
  await app.acquireTokenForClient(["a/.default"]);
  await app.acquireTokenForClient(["b/.default"]);

  expect(requests[1]?.headers["x-client-last-telemetry"]).toBe("4|2|||");
});

test("an aging token that is served does not count as a hit", async () => {
  const { webApp, requests, settled, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { refresh_in: -1 });
  script({ status: 503 });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(requests[0]?.headers["x-client-last-telemetry"]).toBe("4|0|||");
});

test("every call has a correlation id of its own: a version 4 GUID", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const app = webApp();

  await app.acquireTokenForClient(["a/.default"]);
  await app.acquireTokenForClient(["b/.default"]);

  const ids = requests.map(({ headers }) => headers["client-request-id"]);
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(GUID);
});

test("token requests say which library, which version, which system and which application asks", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });

  await webApp({ appName: "contoso-daemon", appVersion: "1.2.3" }).acquireTokenForClient(
    APP_SCOPES,
  );

  expect(requests[0]?.headers).toMatchObject({
    accept: "application/json",
    "x-client-sku": "MSAL.TypeScript",
    "x-client-ver": expect.stringMatching(/^\d+\.\d+\.\d+/),
    "x-client-os": process.platform,
    "x-client-cpu": process.arch,
    "x-ms-lib-capability": "retry-after, h429",
    "x-app-name": "contoso-daemon",
    "x-app-ver": "1.2.3",
  });
});

test("an application without name and version sends no headers for them", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });

  await webApp().acquireTokenForClient(APP_SCOPES);

  expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("x-app-name");
  expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("x-app-ver");
});

test("flows CCS-01: a code is redeemed where the user's mailbox is, as client_info says", async () => {
  const { webApp, requests } = setupScript({ status: 400, body: { error: "mock" } });
  const info = { uid: "aa905949-a2b8-4e0a-8aea-b32e480135a1", utid: "72f988bf-86f1-41af-91ab" };

  await webApp().acquireTokenByAuthCodeFlow(FLOW, {
    state: "s",
    code: "c",
    client_info: Buffer.from(JSON.stringify(info)).toString("base64url"),
  });

  expect(requests[0]?.headers["x-anchormailbox"]).toBe(`Oid:${info.uid}@${info.utid}`);
});

// Flows B-20, B-30: client_info at the redirect URI is anybody's word.
test.for([
  ["not base64 at all!"],
  [Buffer.from("not JSON").toString("base64url")],
  [Buffer.from('{"uid":"a"}').toString("base64url")],
  [Buffer.from('{"uid":"a\\r\\nx-evil: 1","utid":"b"}').toString("base64url")],
  [Buffer.from('{"uid":7,"utid":"b"}').toString("base64url")],
])("client_info that says nothing fit for a header is passed over: %s", async ([client_info]) => {
  const { webApp, requests } = setupScript({ status: 400, body: { error: "mock" } });

  await webApp().acquireTokenByAuthCodeFlow(FLOW, { state: "s", code: "c", client_info });

  expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("x-anchormailbox");
});

test("flows CCS-02: a refresh is sent where the account's mailbox is", async () => {
  const { webApp, requests, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache, {
    access_token: undefined,
    id_token: undefined,
    client_info: Buffer.from('{"uid":"foo","utid":"bar"}').toString("base64url"),
  });
  script({ status: 400, body: { error: "mock" } });

  await app.acquireTokenSilent(["User.Read"], { homeAccountId: "foo.bar" } as Account);

  expect(requests[0]?.headers["x-anchormailbox"]).toBe("Oid:foo@bar");
});

test("flows CCS-04: an error with status 400 does not throw, and all requests go through httpClient", async () => {
  const sent: string[] = [];
  const app = new ConfidentialClientApplication("client", {
    clientCredential: "secret",
    authority: "https://login.microsoftonline.com/organizations",
    httpClient: async (url) => {
      sent.push(url);
      return new Response('{"error":"mock"}', { status: 400 });
    },
  });
  remember(app.tokenCache, { access_token: undefined }, { client_id: "client" });

  const results = [
    await app.acquireTokenByAuthCodeFlow(FLOW, { state: "s", code: "c" }),
    await app.acquireTokenSilentWithError(["User.Read"], ADA_BY_ID),
    await app.acquireTokenForClient(APP_SCOPES),
  ];

  expect(results).toEqual([{ error: "mock" }, { error: "mock" }, { error: "mock" }]);
  expect(sent).toHaveLength(3);
});

test("an application's own request carries no routing to a mailbox", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });

  await webApp().acquireTokenForClient(APP_SCOPES);

  expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("x-anchormailbox");
});

test("a login hint routes the sign-in in its URL; without one there is no such parameter", async () => {
  const { webApp } = setupScript();

  const hinted = await webApp().initiateAuthCodeFlow(["s"], { loginHint: "ada@contoso.com" });
  const plain = await webApp().initiateAuthCodeFlow(["s"], { loginHint: "" });

  expect(queryOf(hinted)["X-AnchorMailbox"]).toBe("UPN:ada@contoso.com");
  expect(Object.keys(queryOf(plain))).not.toContain("X-AnchorMailbox");
});

// Flows 3.1: options of ours alone are nobody else's business.
test("flows E2E-26: httpClient is called with what fetch understands, and nothing else", async () => {
  const inits: object[] = [];
  const background: Promise<unknown>[] = [];
  const app = new ConfidentialClientApplication("client", {
    clientCredential: "secret",
    authority: "https://login.microsoftonline.com/contoso.example",
    waitUntil: (work) => void background.push(work),
    httpClient: async (url, init) => {
      inits.push(init);
      const at = "https://login.microsoftonline.com/tenant";
      return Response.json(
        url.includes("openid-configuration")
          ? {
              issuer: `${at}/v2.0`,
              token_endpoint: `${at}/oauth2/v2.0/token`,
              authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
            }
          : appTokens({ refresh_in: -1 }),
      );
    },
  });

  await app.acquireTokenForClient(APP_SCOPES);
  await app.acquireTokenForClient(APP_SCOPES);
  await Promise.all(background);

  expect(inits.map((init) => Object.keys(init).sort())).toEqual([
    ["headers", "method", "redirect", "signal"],
    ["body", "headers", "method", "redirect", "signal"],
    ["body", "headers", "method", "redirect", "signal"],
  ]);
});
