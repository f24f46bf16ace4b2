/** Flows §11: tokens of the user who is signed in to Azure Cloud Shell. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Account,
  PersistedTokenCache,
  PublicClientApplication,
  type PublicClientApplicationOptions,
} from "msal-ts";
import { expect, onTestFinished, test, vi } from "vitest";
import { MemoryStore } from "../cache/memory-store.js";
import {
  ADA,
  AUTHORITY,
  CONTOSO,
  contents,
  DESKTOP_APP,
  EMPTY,
  FABRIKAM,
  HOST,
  idToken,
  START,
  USER,
} from "../setup.js";

const ARM: readonly string[] = ["https://management.azure.com/.default"];
const HOME = { oid: USER.oid, tid: CONTOSO };

/** An access token that says whose it is. */
const accessToken = (claims: Record<string, unknown> = {}) =>
  idToken({ aud: "https://management.azure.com", preferred_username: undefined, ...claims });

interface Shell {
  status?: number;
  body?: unknown;
}

/** Cloud Shell, a server on this machine that answers as told; and an application in it. */
async function setupShell(said: Shell, options: PublicClientApplicationOptions = {}) {
  vi.stubEnv("AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0");
  const requests: { url: string; headers: unknown; form: Record<string, string> }[] = [];
  const urls: string[] = [];
  const shell = { said };
  const server = createServer(async (incoming, response) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const { method, url, headers } = incoming;
    requests.push({
      url: `${method} ${url}`,
      headers,
      form: Object.fromEntries(new URLSearchParams(body)),
    });
    const { status = 200, body: answer = "" } = shell.said;
    response.writeHead(status);
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const app = new PublicClientApplication(DESKTOP_APP, {
    authority: AUTHORITY,
    clock: { now: () => START },
    // The port is Cloud Shell's own; here it may be taken.
    httpClient: (url, init) => {
      urls.push(url);
      return fetch(`http://127.0.0.1:${port}${new URL(url).pathname}`, init);
    },
    ...options,
  });
  const signIn = (scopes = ARM) => app.acquireTokenInteractive(scopes, { prompt: "none" });
  return { app, shell, requests, urls, signIn };
}

test("flows E2E-24, §11: interactive with prompt none asks Cloud Shell, and opens nothing", async () => {
  const access_token = accessToken();
  const { app, requests, urls } = await setupShell({
    body: { access_token, expires_in: "3599", token_type: "Bearer", resource: "https://x" },
  });

  const result = await app.acquireTokenInteractive(ARM, {
    prompt: "none",
    onBeforeLaunchingUi: () => expect.fail("nothing opens"),
  });

  expect(urls).toEqual(["http://localhost:50342/oauth2/token"]);
  expect(requests).toEqual([
    {
      url: "POST /oauth2/token",
      headers: expect.objectContaining({
        metadata: "true",
        "content-type": "application/x-www-form-urlencoded",
      }),
      form: { resource: "https://management.azure.com" },
    },
  ]);
  expect(result).toEqual({
    access_token,
    token_type: "Bearer",
    expires_in: 3599,
    client_info: Buffer.from(JSON.stringify({ uid: HOME.oid, utid: HOME.tid })).toString(
      "base64url",
    ),
    id_token_claims: {
      iss: `${AUTHORITY}/v2.0`,
      sub: "pairwise-subject-of-ada",
      aud: DESKTOP_APP,
      exp: START + 3600,
      iat: START - 300,
      tid: CONTOSO,
      preferred_username: "currentuser@cloudshell",
    },
    token_source: "broker",
    account: {
      homeAccountId: USER.homeAccountId,
      environment: HOST,
      username: "currentuser@cloudshell",
      localAccountId: "pairwise-subject-of-ada",
      realm: CONTOSO,
      authorityType: "CLOUDSHELL",
    },
  });
});

test("flows §11: cached are the token for what was asked, and an account of Cloud Shell; both serve", async () => {
  const { app, requests, signIn } = await setupShell({
    body: { access_token: accessToken({ unique_name: ADA }), expires_in: 3600, refresh_token: "" },
  });
  await signIn();
  const { accessTokens, accounts, idTokens, refreshTokens } = contents(app.tokenCache);
  const [account] = await app.getAccounts({ username: ADA });

  const silent = await app.acquireTokenSilent(ARM, account);

  expect(accessTokens).toMatchObject([{ target: ARM[0], environment: HOST, realm: CONTOSO }]);
  expect(accounts).toMatchObject([{ authority_type: "CLOUDSHELL", username: ADA }]);
  expect([...idTokens, ...refreshTokens]).toEqual([]);
  expect(account).toMatchObject({ authorityType: "CLOUDSHELL" });
  expect(silent).toMatchObject({ token_source: "cache" });
  expect(requests).toHaveLength(1);
});

test("a silent call for that account asks Cloud Shell, once for all who ask", async () => {
  const { app, shell, requests, signIn } = await setupShell({
    body: { access_token: accessToken(), expires_in: 3600 },
  });
  await signIn();
  const [account] = await app.getAccounts();
  shell.said = { body: { access_token: accessToken({ aud: "graph" }), expires_in: 3600 } };
  const graph = ["https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/Mail.Read"];

  const results = await Promise.all([1, 2].map(() => app.acquireTokenSilent(graph, account)));

  expect(results).toMatchObject([{ token_source: "broker" }, { token_source: "broker" }]);
  expect(requests.map(({ form }) => form.resource)).toEqual([
    "https://management.azure.com",
    "https://graph.microsoft.com",
  ]);
});

// Which resource a scope is of.
test.for([
  ["https://management.azure.com/.default", "https://management.azure.com"],
  ["https://management.core.windows.net//.default", "https://management.core.windows.net"],
  ["https://vault.azure.net:8443/x?y", "https://vault.azure.net:8443"],
  ["api://guid/access", "api://guid"],
  ["https://analysis.windows.net/powerbi/api/x", "https://analysis.windows.net/powerbi/api"],
  [
    "https://pas.windows.net/CheckMyAccess/Linux/.default",
    "https://pas.windows.net/CheckMyAccess/Linux/.default",
  ],
  ["foo", "foo"],
])("flows X-20: the scope %s is of the resource %s", async ([scope = "", resource]) => {
  const { requests, signIn } = await setupShell({ body: { access_token: "opaque" } });

  await signIn([scope]);

  expect(requests[0]?.form).toEqual({ resource });
});

test("flows §11: an opaque token belongs to the user of Cloud Shell, whoever that is", async () => {
  const { app, signIn } = await setupShell({ body: { access_token: "op.aque", expires_in: 60 } });

  const result = await signIn();

  expect(result).toMatchObject({
    client_info: expect.stringMatching(/^[\w-]+$/),
    id_token_claims: {
      iss: "cloudshell",
      sub: "user",
      aud: DESKTOP_APP,
      exp: START + 3600,
      iat: START,
      tid: "cloudshell",
      preferred_username: "currentuser@cloudshell",
    },
  });
  expect(await app.getAccounts()).toMatchObject([{ homeAccountId: "user.cloudshell" }]);
});

// What the payload of a token may lack or be.
test.for([
  ["undecodable", "a.%.c"],
  ["no object", `a.${Buffer.from("[]").toString("base64url")}.c`],
  ["empty", `a.${Buffer.from("{}").toString("base64url")}.c`],
])("flows B-35: a token whose payload is %s is taken all the same", async ([, access_token]) => {
  const { signIn } = await setupShell({ body: { access_token, expires_in: 60 } });

  expect(await signIn()).toMatchObject({ id_token_claims: { sub: "user", iss: "cloudshell" } });
});

// How Cloud Shell says no, and what the caller gets.
test.for<[number, unknown, string, RegExp]>([
  [
    400,
    { error: { code: "AudienceNotSupported", message: "No." } },
    "AudienceNotSupported",
    /^No\.$/,
  ],
  [400, { error: { message: "No." } }, "broker_error", /^No\.$/],
  [400, { error: "text" }, "text", /status 400/],
  [400, { error: { code: 7, message: [] } }, "broker_error", /status 400/],
  [404, "<html>", "broker_error", /status 404/],
  [400, "null", "broker_error", /status 400/],
  [302, {}, "broker_error", /status 302/],
  [429, {}, "broker_error", /status 429/],
])(
  "flows §11, B-35: %i %j is the error %s, and nothing is cached",
  async ([status, body, error, text]) => {
    const { app, signIn } = await setupShell({ status, body });

    const result = await signIn();

    expect(result).toEqual({ error, error_description: expect.stringMatching(text) });
    expect(contents(app.tokenCache)).toEqual(EMPTY);
  },
);

// Answers that are none; see rule 3 of the API.
test.for<[number, unknown, string]>([
  [503, { error: { code: "busy" } }, "service_error"],
  [200, "<html>", "invalid_response"],
  [200, [], "invalid_response"],
])("%i %j throws %s", async ([status, body, code]) => {
  const { signIn } = await setupShell({ status, body });

  await expect(signIn()).rejects.toMatchObject({ code });
});

test("flows B-41: a success without a token is an error", async () => {
  const { app, signIn } = await setupShell({ body: { expires_in: 60 } });

  expect(await signIn()).toMatchObject({ error: "invalid_response" });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("flows §11: parameters are sent along; a token of another type than they ask for is refused", async () => {
  const { app, requests, shell } = await setupShell({ body: { access_token: "opaque" } });
  const extraTokenParameters = { token_type: "ssh-cert", key_id: "kid", req_cnf: "{}" };
  const ask = () => app.acquireTokenInteractive(ARM, { prompt: "none", extraTokenParameters });

  const refused = await ask();

  expect(refused).toMatchObject({
    error: "broker_error",
    error_description: expect.stringContaining("ssh-cert"),
  });
  expect(requests[0]?.form).toEqual({
    ...extraTokenParameters,
    resource: "https://management.azure.com",
  });
  expect(contents(app.tokenCache)).toEqual(EMPTY);
  shell.said = { body: { access_token: "AAAA", token_type: "ssh-cert", expires_in: 60 } };
  expect(await ask()).toMatchObject({ access_token: "AAAA", token_type: "ssh-cert" });
});

test("a token of another tenant than the authority's is refused and not cached", async () => {
  const { app, signIn } = await setupShell({
    body: { access_token: accessToken({ tid: FABRIKAM }), expires_in: 60 },
  });

  await expect(signIn()).rejects.toMatchObject({ code: "invalid_id_token" });

  expect(contents(app.tokenCache)).toEqual(EMPTY);
});

test("a silent call for one account gets no token of another; an opaque one is the account's", async () => {
  const { app, shell, signIn } = await setupShell({
    body: { access_token: accessToken(), expires_in: 3600 },
  });
  await signIn();
  const [account] = await app.getAccounts();
  const ask = () => app.acquireTokenSilentWithError(["https://vault.azure.net/.default"], account);

  shell.said = { body: { access_token: accessToken({ oid: "another" }), expires_in: 3600 } };
  const refused = await ask();
  shell.said = { body: { access_token: "opaque", expires_in: 3600 } };
  const taken = await ask();

  expect(refused).toMatchObject({ error: "broker_error" });
  expect(taken).toMatchObject({
    access_token: "opaque",
    account: { homeAccountId: USER.homeAccountId },
  });
  expect(await app.getAccounts()).toHaveLength(1);
});

test("Cloud Shell's tokens live in a store: found by the next process, and forgotten with the account", async () => {
  const store = new MemoryStore();
  const next = () =>
    setupShell(
      { body: { access_token: accessToken(), expires_in: 3600 } },
      { tokenCache: new PersistedTokenCache(store) },
    );
  await (await next()).signIn();
  // Written by the time that the call ends.
  expect([...store.data.keys()]).toEqual([`user:${USER.homeAccountId}`]);

  const { app, requests } = await next();
  const [account] = (await app.getAccounts()) as [Account];
  const silent = await app.acquireTokenSilent(ARM, account);
  await (await next()).app.removeAccount(account);

  expect(silent).toMatchObject({ token_source: "cache" });
  expect(requests).toEqual([]);
  expect([...store.data]).toEqual([]);
});

test("a Cloud Shell that is busy is left alone", async () => {
  const { app, shell, requests, signIn } = await setupShell({ status: 429, body: { error: {} } });

  const first = await signIn();
  shell.said = { body: { access_token: accessToken(), expires_in: 3600 } };
  const second = await signIn();
  const other = await signIn(["https://vault.azure.net/.default"]);

  expect([first, second]).toMatchObject([{ error: "broker_error" }, { error: "broker_error" }]);
  expect(other).toMatchObject({ token_source: "broker" });
  expect(requests.map(({ form }) => form.resource)).toEqual([
    "https://management.azure.com",
    "https://vault.azure.net",
  ]);
  expect(await app.getAccounts()).toHaveLength(1);
});

test("signed out while Cloud Shell is asked: the token is handed out, not cached", async () => {
  const { app, shell, signIn } = await setupShell({
    body: { access_token: accessToken(), expires_in: 3600 },
  });
  await signIn();
  const [account] = (await app.getAccounts()) as [Account];
  shell.said = { body: { access_token: accessToken({ aud: "new" }), expires_in: 3600 } };

  const asked = app.acquireTokenSilent(ARM, account, { forceRefresh: true });
  await app.removeAccount(account);

  expect(await asked).toMatchObject({ token_source: "broker" });
  expect(contents(app.tokenCache).accounts).toEqual([]);
  expect(contents(app.tokenCache).accessTokens).toEqual([]);
});

test("flows §6.1: outside of Cloud Shell its account is not listed; asked for by whoever kept it, Cloud Shell is asked", async () => {
  const { app, requests, signIn } = await setupShell({
    body: { access_token: accessToken(), expires_in: 3600 },
  });
  await signIn();
  const [account] = await app.getAccounts();
  vi.stubEnv("AZUREPS_HOST_ENVIRONMENT", "elsewhere");

  const accounts = await app.getAccounts();
  const silent = await app.acquireTokenSilent(ARM, account, { forceRefresh: true });

  expect(accounts).toEqual([]);
  expect(await app.getAccounts({ homeAccountId: USER.homeAccountId })).toEqual([]);
  expect(silent).toMatchObject({ token_source: "broker" });
  expect(requests).toHaveLength(2);
});

test("flows §7.3: outside of Cloud Shell prompt none goes to the browser", async () => {
  const { app, requests } = await setupShell({});
  vi.stubEnv("AZUREPS_HOST_ENVIRONMENT", undefined);
  const opened: string[] = [];

  const signIn = app.acquireTokenInteractive(ARM, {
    prompt: "none",
    openBrowser: (url) => {
      opened.push(url);
      throw new Error("enough");
    },
  });

  await expect(signIn).rejects.toThrow("enough");
  expect(opened[0]).toContain("prompt=none");
  expect(requests).toEqual([]);
});

test("flows §7.3: a prompt for the user is not Cloud Shell's to answer", async () => {
  const { app, requests } = await setupShell({});

  const signIn = app.acquireTokenInteractive(ARM, {
    openBrowser: () => {
      throw new Error("enough");
    },
  });

  await expect(signIn).rejects.toThrow("enough");
  expect(requests).toEqual([]);
});

test("without a scope there is no resource to ask for", async () => {
  const { requests, signIn } = await setupShell({});

  await expect(signIn([])).rejects.toMatchObject({ code: "invalid_argument" });
  expect(requests).toEqual([]);
});

test("signal and timeout end the wait for Cloud Shell", async () => {
  const httpClient = () => new Promise<never>(() => {});
  const { app, signIn } = await setupShell({}, { httpClient, timeout: 20 });
  const controller = new AbortController();

  await expect(signIn()).rejects.toMatchObject({ code: "timeout" });
  const aborted = app.acquireTokenInteractive(ARM, { prompt: "none", signal: controller.signal });
  controller.abort(new Error("stopped"));

  await expect(aborted).rejects.toThrow("stopped");
});
