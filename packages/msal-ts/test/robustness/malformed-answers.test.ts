/**
 * What an endpoint may answer instead of what was asked for, in every flow: an error that says what came,
 * or the provider's refusal; nothing is kept, nothing hangs, and no message shows what was sent or received.
 */
import { createHash } from "node:crypto";
import { inspect } from "node:util";
import {
  type ConfidentialClientApplication,
  MsalError,
  type PublicClientApplication,
  type TokenCache,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  contents,
  DESKTOP_APP,
  EMPTY,
  idToken,
  type Reply,
  remember,
  setupScript,
  userTokens,
  WEB_APP,
} from "../setup.js";

const CANARY = "canary-secret-of-an-answer";
const PASSWORD = "canary-password-of-ada";
const CODE = "canary-code-of-ada";
const REFRESH_TOKEN = "canary-refresh-token";
const ASSERTION = "canary.assertion.of-a-caller";
/** As it travels, for the one flow that has one; the others do not look for it. */
const NONCE = createHash("sha256").update("n").digest("hex");
const MEGABYTE = 1024 * 1024;

type App = ConfidentialClientApplication & PublicClientApplication;

interface Flow {
  kind: "web" | "desktop";
  /** Answers that come before the malformed one. */
  before?: readonly Reply[];
  act: (app: App) => Promise<unknown>;
  /** What is in the cache already. */
  remembered?: boolean;
}

const DEVICE = {
  device_code: "canary-device-code",
  user_code: "ABCD1234",
  verification_uri: "https://microsoft.com/devicelogin",
  expires_in: 900,
  interval: 5,
};

const TOKEN_FLOWS: Readonly<Record<string, Flow>> = {
  acquireTokenForClient: { kind: "web", act: (app) => app.acquireTokenForClient(APP_SCOPES) },
  acquireTokenOnBehalfOf: {
    kind: "web",
    act: (app) => app.acquireTokenOnBehalfOf(ASSERTION, ["User.Read"]),
  },
  acquireTokenByAuthCodeFlow: {
    kind: "web",
    act: (app) =>
      app.acquireTokenByAuthCodeFlow(
        { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n", scope: ["User.Read"] },
        { state: "s", code: CODE },
      ),
  },
  acquireTokenByAuthorizationCode: {
    kind: "web",
    act: (app) => app.acquireTokenByAuthorizationCode(CODE, ["User.Read"]),
  },
  acquireTokenByRefreshToken: {
    kind: "web",
    act: (app) => app.acquireTokenByRefreshToken(REFRESH_TOKEN, ["User.Read"]),
  },
  acquireTokenSilentWithError: {
    kind: "web",
    remembered: true,
    act: async (app) => {
      const [account] = await app.getAccounts();
      const force = { forceRefresh: true };
      return app.acquireTokenSilentWithError(["User.Read"], account, force);
    },
  },
  acquireTokenByUsernamePassword: {
    kind: "web",
    before: [{ body: { account_type: "Managed" } }],
    act: (app) => app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]),
  },
  acquireTokenByDeviceFlow: {
    kind: "desktop",
    before: [{ body: DEVICE }],
    act: async (app) =>
      app.acquireTokenByDeviceFlow((await app.initiateDeviceFlow(["User.Read"])) as never),
  },
};

/** Instead of any answer: what it is, the answer, and the code of the error. */
const NOT_AN_ANSWER: readonly [what: string, answer: Reply, code: string][] = [
  ["a page", { body: `<html><p>Sign in to the Wi-Fi, ${CANARY}</p></html>` }, "invalid_response"],
  [
    "a page that says it is JSON",
    { body: "<html>", headers: { "content-type": "application/json" } },
    "invalid_response",
  ],
  ["nothing", { body: "" }, "invalid_response"],
  ["204 and nothing", { status: 204, body: "" }, "invalid_response"],
  ["JSON cut off", { body: `{"access_token":"${CANARY}","expi` }, "invalid_response"],
  ["a list", { body: [{ access_token: CANARY }] }, "invalid_response"],
  ["text as JSON", { body: JSON.stringify(CANARY) }, "invalid_response"],
  ["a number", { body: "42" }, "invalid_response"],
  ["null", { body: "null" }, "invalid_response"],
  ["two objects", { body: `{"access_token":"${CANARY}"}{}` }, "invalid_response"],
  ["10 MB", { body: `{"access_token":"${"x".repeat(10 * MEGABYTE)}"}` }, "invalid_response"],
  ["deep nesting", { body: `${"[".repeat(400_000)}` }, "invalid_response"],
  ["bytes", { body: "\u0000\u001f\u008b\ufffd" }, "invalid_response"],
  [
    "a redirect",
    { status: 302, headers: { location: `https://evil.example/?${CANARY}` } },
    "invalid_response",
  ],
  [
    "a redirect that keeps the body",
    { status: 307, headers: { location: "https://evil.example/" } },
    "invalid_response",
  ],
  [
    "a redirect with tokens in it",
    { status: 302, body: { ...appTokens(), access_token: CANARY } },
    "invalid_response",
  ],
  ["304", { status: 304, body: "" }, "invalid_response"],
  [
    "tokens with a status of a refusal",
    { status: 400, body: userTokens({ access_token: CANARY }) },
    "invalid_response",
  ],
  ["a refusal that does not say which", { status: 400, body: {} }, "invalid_response"],
  [
    "an error that is an object",
    { status: 400, body: { error: { code: CANARY } } },
    "invalid_response",
  ],
  ["an error that is a number", { status: 401, body: { error: 42 } }, "invalid_response"],
  ["500", { status: 500, body: { error: "server_error", detail: CANARY } }, "service_error"],
  ["503 as a page", { status: 503, body: `<html>${CANARY}</html>` }, "service_error"],
];

/** Members of the wrong type, in an answer that is otherwise whole. */
const WRONG_TYPES: readonly [what: string, members: Record<string, unknown>][] = [
  ["an access token that is a number", { access_token: 42 }],
  ["an access token that is a list", { access_token: [CANARY] }],
  ["an access token that is an object", { access_token: { value: CANARY } }],
  ["an access token that is true", { access_token: true }],
  ["a refresh token that is an object", { refresh_token: { value: CANARY } }],
  ["an ID token that is an object", { id_token: { oid: CANARY } }],
  ["a scope that is a list", { scope: ["User.Read"] }],
  ["a token type that is a number", { token_type: 1 }],
  ["client_info that is an object", { client_info: { uid: CANARY } }],
  ["foci that is a number", { foci: 1 }],
];

/** ID tokens that are none, or for somebody else. */
const WRONG_ID_TOKENS: readonly [what: string, id_token: string][] = [
  ["no JWT", CANARY],
  ["two parts", "e30.e30"],
  ["a payload that is no JSON", `e30.${Buffer.from(CANARY).toString("base64url")}.x`],
  ["a payload that is a list", `e30.${Buffer.from("[1]").toString("base64url")}.x`],
  ["a payload in another alphabet", "e30.????.x"],
  ["another audience", idToken({ nonce: NONCE, aud: "another" })],
  ["no audience", idToken({ nonce: NONCE, aud: undefined })],
  ["another issuer", idToken({ nonce: NONCE, iss: "https://evil.example/v2.0" })],
  ["no issuer", idToken({ nonce: NONCE, iss: undefined })],
  [
    "an issuer that is a list",
    idToken({ nonce: NONCE, iss: ["https://login.microsoftonline.com"] }),
  ],
  ["another tenant", idToken({ nonce: NONCE, tid: "fab51ca3-0000-4000-8000-000000000002" })],
];

/** Tokens that any of the flows takes, with other members where they are given. */
const tokensFor = ({ kind }: Flow, members: Record<string, unknown> = {}) =>
  userTokens({
    id_token: idToken({ aud: kind === "web" ? WEB_APP : DESKTOP_APP, nonce: NONCE }),
    ...members,
  });

const setupFlow = ({ kind, before = [], remembered = false }: Flow, answer: Reply) => {
  const all = setupScript(...before, answer);
  const app = kind === "web" ? all.webApp() : all.desktopApp();
  if (remembered) remember(app.tokenCache);
  return { ...all, app: app as unknown as App, kept: contents(app.tokenCache) };
};

/** Neither what was sent nor what came. */
function expectSilence(error: unknown, log: unknown): void {
  expect(String((error as Error).stack)).not.toContain("canary");
  expect(inspect(error, { depth: 9 })).not.toContain("canary");
  expect(JSON.stringify([error, log])).not.toContain("canary");
}

describe.for(Object.entries(TOKEN_FLOWS))("%s", ([name, flow]) => {
  // A poll for a device goes on after an outage.
  const rows = NOT_AN_ANSWER.filter(
    ([, , code]) => name !== "acquireTokenByDeviceFlow" || code !== "service_error",
  );

  test.for(rows)("gets %s: $2", async ([, answer, code]) => {
    const { app, log, kept } = setupFlow(flow, answer);

    const error = await flow.act(app).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code, message: expect.stringContaining("POST https://") });
    expectSilence(error, log);
    expect(contents(app.tokenCache)).toEqual(kept);
  });

  test.for(WRONG_TYPES)("gets %s", async ([, members]) => {
    const { app, log, kept } = setupFlow(flow, { body: userTokens(members) });

    const error = await flow.act(app).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: "invalid_response",
      message: expect.stringContaining(Object.keys(members)[0]!),
    });
    expectSilence(error, log);
    expect(contents(app.tokenCache)).toEqual(kept);
  });

  test("gets neither tokens nor an error: a refusal of ours, and nothing is kept", async () => {
    const { app, kept } = setupFlow(flow, { body: { token_type: "Bearer", expires_in: 3600 } });

    const result = await flow.act(app);

    expect(result).toMatchObject({ error: "invalid_response" });
    expect(contents(app.tokenCache)).toEqual(kept);
  });

  // What comes of lifetimes that make no sense: the token is handed out, and not served when it is over.
  test.for<[string, unknown]>([
    ["negative", -3600],
    ["zero", 0],
    ["negative text", "-1"],
    ["no number", "soon"],
    ["a fraction as text", "3600.5"],
    ["null", null],
    ["an object", {}],
    ["huge", 1e300],
    ["more than is safe", 2 ** 60],
    ["Infinity as text", "Infinity"],
    ["hexadecimal", "0xff"],
  ])("gets a lifetime that is %s", async ([, expires_in]) => {
    const body = tokensFor(flow, { expires_in, ext_expires_in: expires_in });
    const { app } = setupFlow(flow, { body });

    const result = (await flow.act(app)) as { expires_in: number };

    expect(Number.isSafeInteger(result.expires_in)).toBe(true);
    for (const row of app.tokenCache.find("AccessToken")) {
      expect(row.expires_on).toMatch(/^-?\d{1,16}$/);
      expect(row.extended_expires_on).toMatch(/^-?\d{1,16}$/);
    }
  });

  test("gets members twice: the last one counts, as JSON has it, and one token is kept", async () => {
    const whole = JSON.stringify(tokensFor(flow));
    const body = `{"access_token":"first","error":null,${whole.slice(1)}`;
    const { app } = setupFlow(flow, { body });

    expect(await flow.act(app)).toMatchObject({ access_token: "access-token-of-ada" });
    expect(app.tokenCache.find("AccessToken")).toHaveLength(1);
  });

  test("gets members with names that every object has: nothing comes of them", async () => {
    const whole = JSON.stringify(tokensFor(flow));
    const body = `{"__proto__":{"polluted":1,"error":"x"},"constructor":{"prototype":{}},${whole.slice(1)}`;
    const { app } = setupFlow(flow, { body });

    expect(await flow.act(app)).toMatchObject({ access_token: "access-token-of-ada" });
    expect({}).not.toHaveProperty("polluted");
  });

  test("gets tokens with no type of content, or another", async () => {
    for (const headers of [{}, { "content-type": "text/html" }]) {
      const { app } = setupFlow(flow, {
        headers,
        body: tokensFor(flow),
      });
      expect(await flow.act(app)).toHaveProperty("access_token");
    }
  });

  if (name === "acquireTokenForClient") return;
  test.for(WRONG_ID_TOKENS)("gets an ID token with %s", async ([, id_token]) => {
    const { app, log, kept } = setupFlow(flow, { body: userTokens({ id_token }) });

    const error = await flow.act(app).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "invalid_id_token" });
    expectSilence(error, log);
    expect(contents(app.tokenCache)).toEqual(kept);
  });
});

// The other endpoints, each with the flow that asks it first.
describe.for<[string, Flow, options: { authority?: string }]>([
  [
    "the device authorization endpoint",
    { kind: "desktop", act: (app) => app.initiateDeviceFlow(["User.Read"]) },
    {},
  ],
  [
    "the user realm",
    {
      kind: "desktop",
      act: (app) => app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"]),
    },
    {},
  ],
  [
    "instance discovery",
    { kind: "desktop", act: (app) => app.initiateAuthCodeFlow(["User.Read"]) },
    { authority: "https://login.unknown.example/contoso" },
  ],
  [
    "the OpenID configuration",
    { kind: "desktop", act: (app) => app.initiateAuthCodeFlow(["User.Read"]) },
    { authority: "https://login.microsoftonline.com/contoso.onmicrosoft.com" },
  ],
])("%s", ([, { act }, options]) => {
  test.for(NOT_AN_ANSWER)("answers %s", async ([, answer]) => {
    const { desktopApp, log } = setupScript(answer);
    const app = desktopApp(options) as unknown as App;

    const error = await act(app).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(MsalError);
    expect(["invalid_response", "service_error", "invalid_authority"]).toContain(
      (error as MsalError).code,
    );
    expectSilence(error, log);
    expect(contents(app.tokenCache as TokenCache)).toEqual(EMPTY);
  });

  test("is asked again by the next call", async () => {
    const { desktopApp, requests } = setupScript({ body: "<html>" }, { body: "<html>" });
    const app = desktopApp(options) as unknown as App;

    await act(app).catch(() => {});
    await act(app).catch(() => {});

    expect(requests[1]?.url).toBe(requests[0]?.url);
  });
});
