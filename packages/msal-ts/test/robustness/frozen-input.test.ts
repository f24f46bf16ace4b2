/**
 * Nothing that a caller passes in is changed: everything works when it is frozen all the way down, and is
 * afterwards what it was.
 */
import {
  type AuthResponse,
  type ClientCredential,
  ConfidentialClientApplication,
  SerializableTokenCache,
  TokenCache,
  unwrap,
} from "msal-ts";
import { expect, test } from "vitest";
import {
  AUTHORITY,
  CLIENT_ID,
  DOMAIN_AUTHORITY,
  GRAPH,
  PASSWORD,
  REDIRECT_URI,
  rsaKey,
  SECRET,
  type Setup,
  setup,
  signIn,
  USERNAME,
} from "./setup.js";

/** Freezes plain objects and arrays all the way down. */
function frozen<T>(value: T): T {
  const plain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype;
  if (plain) {
    for (const member of Object.values(value as object)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}';
const ANSWERS: Record<string, (answer: Record<string, string>) => AuthResponse> = {
  "an object": (answer) => answer,
  "an object with lists": (answer) =>
    Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, [value]])),
  URLSearchParams: (answer) => new URLSearchParams(answer),
  "a URL": (answer) => new URL(`${REDIRECT_URI}?${new URLSearchParams(answer)}`),
};

test.for(Object.entries(ANSWERS))("signing in with %s, and on", async ([, shape]) => {
  const { idp, network } = setup();
  const options = frozen({
    authority: AUTHORITY,
    clientCredential: SECRET,
    httpClient: network.httpClient,
    clientCapabilities: ["CP1"],
    excludeScopes: ["profile"],
    appName: "frozen",
    clock: { now: idp.now, sleep: async () => {} },
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    tokenCache: new SerializableTokenCache(),
  });
  const before = JSON.stringify(options);
  const app = new ConfidentialClientApplication(CLIENT_ID, options);
  const scopes = frozen(["User.Read", "Mail.Read"]);

  const flow = frozen(
    await app.initiateAuthCodeFlow(
      scopes,
      frozen({ redirectUri: REDIRECT_URI, claimsChallenge: CLAIMS, maxAge: 3600 }),
    ),
  );
  const flowBefore = JSON.stringify(flow);
  const came = await idp.signIn(flow.authUri, { username: USERNAME, password: PASSWORD });
  const answer = frozen(shape(came));
  const answerBefore = String(answer instanceof URL ? answer : JSON.stringify(answer));
  unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer, frozen({ scopes })));

  const [account] = frozen(await app.getAccounts(frozen({})));
  const silently = (more: object) => app.acquireTokenSilent(scopes, account, frozen(more));
  expect(await silently({})).toHaveProperty("access_token");
  expect(await silently({ forceRefresh: true })).toHaveProperty("access_token");
  expect(await silently({ claimsChallenge: CLAIMS })).toHaveProperty("access_token");
  const forClient = await app.acquireTokenForClient(frozen([...GRAPH]), frozen({}));
  expect(forClient).toHaveProperty("access_token");
  await app.removeAccount(account!, frozen({}));

  expect(scopes).toEqual(["User.Read", "Mail.Read"]);
  expect(JSON.stringify({ ...options, tokenCache: {} })).toBe(
    JSON.stringify({ ...JSON.parse(before), tokenCache: {} }),
  );
  expect(JSON.stringify(flow)).toBe(flowBefore);
  expect(String(answer instanceof URL ? answer : JSON.stringify(answer))).toBe(answerBefore);
});

test("a flow can be used from JSON, and its answer is redeemed all the same", async () => {
  const { app, idp } = setup();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: USERNAME, password: PASSWORD });

  const kept = frozen(JSON.parse(JSON.stringify(flow)));

  expect(await app.acquireTokenByAuthCodeFlow(kept, answer)).toHaveProperty("access_token");
});

test.for<[string, ClientCredential]>([
  [
    "a certificate",
    {
      privateKey: rsaKey(),
      thumbprint: "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67",
    },
  ],
  ["an assertion", { clientAssertion: "a.b.c" }],
  ["a function", { clientAssertion: async () => "a.b.c" }],
])("a frozen credential: %s", async ([, clientCredential]) => {
  const { app, network } = setup({ clientCredential: frozen(clientCredential) });

  await app.acquireTokenForClient(GRAPH);

  expect(network.sent[0]?.init.body).toContain("client_assertion=");
});

test("options changed afterwards change nothing", async () => {
  const clientCapabilities = ["CP1"];
  const excludeScopes = ["profile"];
  const { app } = setup({ clientCapabilities, excludeScopes });

  clientCapabilities.push("CP2");
  excludeScopes.push("offline_access");

  const { authUri } = await app.initiateAuthCodeFlow(["User.Read"]);
  const query = new URL(authUri).searchParams;
  expect(query.get("claims")).toBe('{"access_token":{"xms_cc":{"values":["CP1"]}}}');
  expect(query.get("scope")).toBe("User.Read offline_access openid");
});

test("scopes changed while a call is under way change nothing", async () => {
  const { app, network } = setup({ authority: AUTHORITY.replace(/[^/]+$/, "contoso.com") });
  const release = network.hold();
  const scopes = [...GRAPH];
  const call = app.acquireTokenForClient(scopes);

  scopes[0] = "https://management.azure.com//.default";
  release();

  expect(await call).toHaveProperty("access_token");
  const [request] = network.sent.filter(({ init }) => init.method === "POST");
  expect(new URLSearchParams(request?.init.body).get("scope")).toBe(GRAPH[0]);
});

/** Ada and Grace signed in, and a client that has yet to learn where its tenant's endpoints are. */
async function undiscovered() {
  const all = setup();
  const ada = (await signIn(all.app, all.idp)).account;
  const grace = (await signIn(all.app, all.idp, "grace@contoso.onmicrosoft.com")).account;
  all.network.sent.length = 0;
  const { app } = setup({
    authority: DOMAIN_AUTHORITY,
    httpClient: all.network.httpClient,
    tokenCache: all.app.tokenCache,
    clock: { now: all.idp.now },
  });
  return { ...all, app, ada, grace, release: all.network.hold() };
}

/** The form of the only token request. */
function sentForm({ sent }: Setup["network"]): URLSearchParams {
  const forms = sent.filter(({ init }) => init.method === "POST").map(({ init }) => init.body);
  expect(forms).toHaveLength(1);
  return new URLSearchParams(forms[0]);
}

test("scopes changed while a silent call waits change nothing", async () => {
  const { app, network, ada, release } = await undiscovered();
  const scopes = ["Mail.Read"];
  const call = app.acquireTokenSilent(scopes, ada);

  scopes[0] = "Files.Read";
  release();
  await call;

  expect(sentForm(network).get("scope")).toContain("Mail.Read");
});

test("an account changed while a silent call waits changes nothing", async () => {
  const { app, ada, grace, release } = await undiscovered();
  const account = { ...ada };
  const call = app.acquireTokenSilent(["Mail.Read"], account);

  Object.assign(account, grace);
  release();

  expect((await call)?.account).toEqual(ada);
});

// A request under way bears the name of its first scopes: who joins it relies on them.
test("who joins a request whose scopes its caller changes gets the first ones", async () => {
  const { app, network } = setup();
  const scopes = [...GRAPH];
  const first = app.acquireTokenForClient(scopes);

  scopes[0] = "https://management.azure.com//.default";
  await Promise.all([first, app.acquireTokenForClient(GRAPH)]);

  expect(sentForm(network).get("scope")).toBe(GRAPH[0]);
});

test("who joins a silent call whose scopes its caller changes gets the first ones from every refresh token", async () => {
  const { app, idp, network } = setup();
  const { account, client_info } = await signIn(app, idp);
  // A second refresh token, under another name of the host: its turn comes after a wait.
  const [row] = app.tokenCache.find("RefreshToken");
  app.tokenCache.add({
    client_id: CLIENT_ID,
    token_endpoint: AUTHORITY.replace("login.microsoftonline.com", "login.windows.net"),
    response: { client_info, refresh_token: row?.secret },
  });
  idp.failNext({ path: "/token", error: "invalid_grant", status: 400 });
  network.sent.length = 0;
  const scopes = ["Mail.Read"];
  const first = app.acquireTokenSilent(scopes, account);

  scopes[0] = "Files.Read";
  await Promise.all([first, app.acquireTokenSilent(["Mail.Read"], account)]);

  const sent = network.sent.map(({ init }) => new URLSearchParams(init.body).get("scope"));
  expect(sent).toEqual(Array(2).fill("Mail.Read offline_access openid profile"));
});

test("a flow changed while its code is redeemed changes nothing", async () => {
  const { app, idp, network, release } = await undiscovered();
  release();
  const begun = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(begun.authUri, { username: USERNAME, password: PASSWORD });
  const { app: another } = setup({
    authority: DOMAIN_AUTHORITY,
    httpClient: network.httpClient,
    clock: { now: idp.now },
  });
  const flow = { ...begun, scope: [...begun.scope!] };
  const discovered = network.hold();
  const call = another.acquireTokenByAuthCodeFlow(flow, answer);

  flow.scope[0] = "Mail.Read";
  Object.assign(flow, { codeVerifier: "another", nonce: "another" });
  discovered();

  expect(await call).toMatchObject({ account: { username: USERNAME } });
  expect(sentForm(network).get("scope")).toBe(begun.scope?.join(" "));
});

test("events and queries of a cache", () => {
  const cache = new TokenCache();
  const event = frozen({
    client_id: CLIENT_ID,
    scope: ["User.Read", "Mail.Read"],
    token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
    response: { access_token: "a token", expires_in: 3600, refresh_token: "a refresh token" },
    data: {},
  });

  cache.add(event);

  const query = frozen({ target: ["Mail.Read"], query: { client_id: CLIENT_ID } });
  expect(cache.find("AccessToken", query)).toHaveLength(1);
  expect(event.scope).toEqual(["User.Read", "Mail.Read"]);
});

test("what find returns is frozen, and a copy", () => {
  const cache = new TokenCache();
  const scope = ["User.Read"];
  cache.add({ scope, response: { access_token: "a token" }, token_endpoint: `${AUTHORITY}/token` });

  const [row] = cache.find("AccessToken");

  expect(Object.isFrozen(row)).toBe(true);
  expect(cache.find("AccessToken")[0]).not.toBe(row);
});
