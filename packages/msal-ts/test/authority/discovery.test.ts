import { MsalServiceError, type TokenCache } from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  contents,
  EMPTY,
  FABRIKAM,
  HOST,
  PASSWORD,
  REDIRECT_URI,
  remember,
  setup,
  setupScript,
  USER,
} from "../setup.js";

const UNKNOWN = "https://login.private.example/tenant";
const INSTANCE_DISCOVERY = `https://${HOST}/common/discovery/instance`;

/** An OpenID configuration as an authority gives it, with other members where they are given. */
function configuration(members: Record<string, unknown> = {}, base = UNKNOWN): object {
  return {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    ...members,
  };
}

/** What Microsoft answers about a host that it knows. */
function instance(members: Record<string, unknown> = {}): object {
  return {
    tenant_discovery_endpoint: `${UNKNOWN}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [
      {
        preferred_network: "login.private.example",
        preferred_cache: "login.private.example",
        aliases: ["login.private.example", "sts.private.example"],
      },
    ],
    ...members,
  };
}

test("a tenant given by its domain is discovered once: rows carry its GUID (decision 18)", async () => {
  const { webApp, idp, clock } = setup();
  const app = webApp({ authority: `https://${HOST}/contoso.onmicrosoft.com` });

  await app.acquireTokenForClient(APP_SCOPES);
  clock.advance(4000);
  await app.acquireTokenForClient(APP_SCOPES);

  expect(idp.requests.map(({ method, url }) => [method, url])).toEqual([
    ["GET", `https://${HOST}/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration`],
    ["POST", `https://${HOST}/${CONTOSO}/oauth2/v2.0/token`],
    ["POST", `https://${HOST}/${CONTOSO}/oauth2/v2.0/token`],
  ]);
  expect(contents(app.tokenCache).accessTokens).toMatchObject([
    { environment: HOST, realm: CONTOSO },
  ]);
});

test("a hundred calls at once need one discovery", async () => {
  const { webApp, idp } = setup();
  const app = webApp({ authority: `https://${HOST}/contoso.onmicrosoft.com` });

  const flows = await Promise.all(
    Array.from({ length: 100 }, () => app.initiateAuthCodeFlow(["User.Read"])),
  );

  expect(flows).toHaveLength(100);
  expect(idp.requests).toHaveLength(1);
});

test("a user signs in to a tenant given by its domain, and is found silently", async () => {
  const { webApp, idp, signIn } = setup();
  const app = webApp({ authority: `https://${HOST}/contoso.com` });

  await signIn(app);
  const [account] = await app.getAccounts();

  expect(account).toMatchObject({ realm: CONTOSO, environment: HOST });
  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    token_source: "cache",
  });
  expect(
    idp.requests.filter(({ method, url }) => method === "GET" && url.includes("well-known")),
  ).toHaveLength(1);
});

test("a domain under an alias is discovered there, and rows carry the alias", async () => {
  const { webApp, idp } = setup();
  const app = webApp({ authority: "https://login.windows.net/contoso.com" });

  await app.acquireTokenForClient(APP_SCOPES);

  expect(idp.requests.map(({ url }) => url)).toEqual([
    "https://login.windows.net/contoso.com/v2.0/.well-known/openid-configuration",
    `https://${HOST}/${CONTOSO}/oauth2/v2.0/token`,
  ]);
  expect(contents(app.tokenCache).accessTokens).toMatchObject([
    { environment: "login.windows.net", realm: CONTOSO },
  ]);
});

test("a tenant that does not exist is an authority that is wrong, in the platform's words", async () => {
  const { webApp } = setup();
  const app = webApp({ authority: `https://${HOST}/no-such-tenant.example` });

  await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
    code: "invalid_authority",
    message: expect.stringMatching(/no-such-tenant\.example.*AADSTS90002/s),
  });
});

test("who only looks for accounts needs no endpoints", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp({ authority: `https://${HOST}/contoso.onmicrosoft.com` });
  remember(app.tokenCache);

  expect(await app.getAccounts()).toHaveLength(1);
  expect(requests).toEqual([]);
});

test("flows AUT-06, authority 3: a host that is none of Microsoft's is refused with invalid_instance", async () => {
  const { webApp, idp } = setup();
  const app = webApp({ authority: "https://example.com/tenant" });

  await expect(app.initiateAuthCodeFlow(["User.Read"])).rejects.toMatchObject({
    code: "invalid_authority",
    message: expect.stringMatching(/invalid_instance.*example\.com.*instanceDiscovery/s),
  });
  expect(idp.requests).toHaveLength(1);
});

test("an unknown host is asked about at the worldwide host, with its own path and port", async () => {
  const { webApp, requests } = setupScript(
    { body: instance() },
    { body: configuration() },
    { body: appTokens() },
  );
  const app = webApp({ authority: "https://login.private.example:8443/tenant/" });

  await app.acquireTokenForClient(APP_SCOPES);

  const asked = new URL(requests[0]?.url ?? "");
  expect(`${asked.origin}${asked.pathname}`).toBe(INSTANCE_DISCOVERY);
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    "api-version": "1.1",
    authorization_endpoint: "https://login.private.example:8443/tenant/oauth2/v2.0/authorize",
  });
});

test("a host that Microsoft knows is used as it says, and asked about once", async () => {
  const { webApp, requests } = setupScript(
    { body: instance() },
    { body: configuration() },
    { body: appTokens() },
    { body: appTokens() },
  );
  const app = webApp({ authority: UNKNOWN });

  await app.acquireTokenForClient(["a/.default"]);
  await app.acquireTokenForClient(["b/.default"]);
  await app.getAccounts();

  expect(requests.map(({ url }) => url.split("?")[0])).toEqual([
    INSTANCE_DISCOVERY,
    `${UNKNOWN}/v2.0/.well-known/openid-configuration`,
    `${UNKNOWN}/oauth2/v2.0/token`,
    `${UNKNOWN}/oauth2/v2.0/token`,
  ]);
});

// The options that switch the question off.
test.for([
  ["flows AUT-02, authority 4, 13", { validateAuthority: false }],
  ["flows AUT-05, authority 14", { instanceDiscovery: false }],
  ["flows AUT-05, authority 14", { instanceDiscovery: false, validateAuthority: true }],
] as const)(
  "%s: with %j nobody is asked about an unknown host, for endpoints or for aliases",
  async ([, options]) => {
    const { webApp, requests } = setupScript({ body: configuration() }, { body: appTokens() });
    const app = webApp({ authority: UNKNOWN, ...options });

    await app.acquireTokenForClient(APP_SCOPES);
    await app.getAccounts();
    await app.acquireTokenSilent(["s"], ACCOUNT);

    expect(requests.map(({ url }) => url)).toEqual([
      `${UNKNOWN}/v2.0/.well-known/openid-configuration`,
      `${UNKNOWN}/oauth2/v2.0/token`,
    ]);
  },
);

// Authorities of which nobody has to be asked, and those of whom instanceDiscovery: false says so.
test.for([
  ["flows AUT-03, authority 13", "https://fs.contoso.com/adfs", {}],
  ["flows AUT-04, authority 13", "https://login.b2clogin.com/contoso/b2c_policy", {}],
  ["flows AUT-05, authority 14", `https://${HOST}/${CONTOSO}`, { instanceDiscovery: false }],
  ["flows AUT-05, authority 14", "https://fs.contoso.com/adfs", { instanceDiscovery: false }],
  [
    "flows AUT-05, authority 14",
    "https://login.b2clogin.com/contoso/b2c_policy",
    { instanceDiscovery: false },
  ],
  ["flows AUT-05, authority 14", UNKNOWN, { instanceDiscovery: false }],
] as const)("%s: nobody is asked about %s with %j", async ([, authority, options]) => {
  const { webApp, requests } = setupScript();

  expect(await webApp({ authority, ...options }).getAccounts()).toEqual([]);
  expect(requests).toEqual([]);
});

// What instance discovery may answer beside yes and no, and the code that each is.
test.for<[string, { status?: number; body?: unknown } | Error, string]>([
  ["authority 23", { body: {} }, "invalid_response"],
  ["http", { body: instance({ tenant_discovery_endpoint: "http://a/b" }) }, "invalid_response"],
  ["no JSON", { body: "<html>" }, "invalid_response"],
  ["a 503", { status: 503 }, "service_error"],
  ["no answer", new TypeError("fetch failed"), "network_error"],
])(
  "%s: instance discovery answered with %j throws %s, and the next call asks again",
  async ([, reply, code]) => {
    const { webApp, script } = setupScript(reply);
    const app = webApp({ authority: UNKNOWN });

    await expect(app.initiateAuthCodeFlow(["s"])).rejects.toMatchObject({ code });
    script({ body: instance() }, { body: configuration() });

    await expect(app.initiateAuthCodeFlow(["s"])).resolves.toMatchObject({
      authUri: expect.stringContaining(UNKNOWN),
    });
  },
);

test("authority 23: an error of instance discovery that is not invalid_instance is told, and asked about again", async () => {
  const { webApp, script } = setupScript({ status: 400, body: { error: "other" } });
  const app = webApp({ authority: UNKNOWN });

  await expect(app.initiateAuthCodeFlow(["s"])).rejects.toMatchObject({ isMsalError: true });
  script({ body: instance() }, { body: configuration() });

  await expect(app.initiateAuthCodeFlow(["s"])).resolves.toBeDefined();
});

test("authority 23: an error of instance discovery that is not invalid_instance does not say that the host is unknown", async () => {
  const { webApp } = setupScript({ status: 400, body: { error: "invalid_request" } });

  await expect(webApp({ authority: UNKNOWN }).initiateAuthCodeFlow(["s"])).rejects.toMatchObject({
    code: "invalid_response",
    message: expect.not.stringMatching(/invalid_instance|Microsoft's clouds/),
  });
});

// A provider that is busy has not said that there is no such tenant.
test.for<[string, number, boolean]>([
  ["tenant", 408, false],
  ["tenant", 429, false],
  ["instance", 429, true],
])(
  "%s discovery answered with status %i says when to try again",
  async ([, status, instanceDiscovery]) => {
    const { webApp } = setupScript({ status, headers: { "retry-after": "7" }, body: "busy" });
    const app = webApp({ authority: UNKNOWN, instanceDiscovery });

    const error = await app.initiateAuthCodeFlow(["s"]).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(MsalServiceError);
    expect(error).toMatchObject({ code: "service_error", status, retryAfter: 7 });
  },
);

// What an OpenID configuration's URL may answer, and the code that each is.
test.for<[string, { status?: number; body?: unknown } | Error, string]>([
  ["authority 25", { status: 503 }, "service_error"],
  ["authority 25", { status: 302, body: "" }, "invalid_response"],
  ["authority 25", { status: 204, body: "" }, "invalid_response"],
  ["a 400", { status: 400, body: { error: "invalid_tenant" } }, "invalid_authority"],
  ["a 404", { status: 404, body: "Not Found" }, "invalid_authority"],
  ["no JSON", { body: "<html>" }, "invalid_response"],
  ["a list", { body: [] }, "invalid_response"],
  ["no answer", new TypeError("fetch failed"), "network_error"],
  [
    "authority 24",
    { body: configuration({ authorization_endpoint: undefined }) },
    "invalid_authority",
  ],
  [
    "no token endpoint",
    { body: configuration({ token_endpoint: undefined }) },
    "invalid_authority",
  ],
  ["a number", { body: configuration({ token_endpoint: 7 }) }, "invalid_authority"],
  [
    "authority 26",
    { body: configuration({ token_endpoint: "http://login.private.example/t/token" }) },
    "invalid_authority",
  ],
  [
    "http to sign in",
    { body: configuration({ authorization_endpoint: "http://login.private.example/t" }) },
    "invalid_authority",
  ],
  ["no issuer", { body: configuration({ issuer: undefined }) }, "invalid_authority"],
  [
    "an http issuer",
    { body: configuration({ issuer: "http://login.private.example/t" }) },
    "invalid_authority",
  ],
  [
    "another's issuer",
    { body: configuration({ issuer: "https://evil.example/t" }) },
    "invalid_authority",
  ],
  [
    "an issuer that only begins alike",
    { body: configuration({ issuer: "https://login.private.example.evil.example/t" }) },
    "invalid_authority",
  ],
])(
  "%s: discovery answered with %j throws %s, and the next call asks again",
  async ([, reply, code]) => {
    const { webApp, script, requests } = setupScript(reply);
    const app = webApp({ authority: UNKNOWN, instanceDiscovery: false });

    await expect(app.initiateAuthCodeFlow(["s"])).rejects.toMatchObject({ code });
    script({ body: configuration() });

    await expect(app.initiateAuthCodeFlow(["s"])).resolves.toMatchObject({
      authUri: expect.stringContaining(`${UNKNOWN}/oauth2/v2.0/authorize?`),
    });
    expect(requests).toHaveLength(2);
  },
);

test("all who wait for a discovery that fails get its error, and each their own", async () => {
  const { webApp } = setupScript({ status: 503 });
  const app = webApp({ authority: UNKNOWN, instanceDiscovery: false });

  const results = await Promise.allSettled([
    app.initiateAuthCodeFlow(["s"]),
    app.acquireTokenForClient(APP_SCOPES),
    app.acquireTokenSilent(["s"], ACCOUNT),
  ]);

  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});

// Decision 21: issuers under other names of the host, and templates.
test.for<[string, Record<string, unknown>]>([
  [`https://${HOST}/contoso.com`, { issuer: `https://login.microsoft.com/${CONTOSO}/v2.0` }],
  [`https://${HOST}/contoso.com`, { issuer: `https://${HOST}/{tenantid}/v2.0` }],
  [
    "https://login.chinacloudapi.cn/contoso.com",
    { issuer: `https://login.partner.microsoftonline.cn/${CONTOSO}/v2.0` },
  ],
])("an issuer fits %s under the names of its cloud: %j", async ([authority, members]) => {
  const base = `${new URL(authority).origin}/${CONTOSO}`;
  const { webApp } = setupScript({ body: configuration(members, base) });

  await expect(webApp({ authority }).initiateAuthCodeFlow(["s"])).resolves.toMatchObject({
    authUri: expect.stringContaining(base),
  });
});

test("ADFS on a port of its own may name its issuer without", async () => {
  const authority = "https://fs.contoso.com:444/adfs";
  const { webApp } = setupScript({
    body: configuration({ issuer: "https://fs.contoso.com/adfs" }, authority),
  });

  await expect(webApp({ authority }).initiateAuthCodeFlow(["s"])).resolves.toMatchObject({
    authUri: expect.stringContaining(authority),
  });
});

test("an issuer fits under a name that instance discovery told of", async () => {
  const { webApp } = setupScript(
    { body: instance() },
    { body: configuration({ issuer: "https://sts.private.example/tenant/v2.0" }) },
  );

  await expect(webApp({ authority: UNKNOWN }).initiateAuthCodeFlow(["s"])).resolves.toMatchObject({
    authUri: expect.stringContaining(UNKNOWN),
  });
});

test("aliases of an unknown host are asked for once, and used", async () => {
  const { webApp, requests } = setupScript({ body: instance() });
  const app = webApp({ authority: UNKNOWN });
  remember(app.tokenCache, {}, { environment: "sts.private.example" });

  const accounts = await app.getAccounts();
  await app.getAccounts({ username: "nobody" });

  expect(accounts).toMatchObject([{ environment: "sts.private.example" }]);
  expect(requests).toHaveLength(1);
});

/** A client of a host that Microsoft knows under two names, which has asked all there is to ask about it. */
async function discovered() {
  const around = setupScript({ body: instance() }, { body: configuration() });
  const app = around.webApp({ authority: UNKNOWN });
  await app.initiateAuthCodeFlow(["s"]);
  around.requests.length = 0;
  return { ...around, app };
}

/** Keeps Ada's tokens under the other name of that host. */
function rememberUnderAlias(cache: TokenCache, members: Record<string, unknown> = {}): void {
  const environment = "sts.private.example";
  remember(cache, members, {
    environment,
    token_endpoint: `https://${environment}/tenant/oauth2/v2.0/token`,
  });
}

test("a token kept under a discovered alias serves, and nobody is asked", async () => {
  const { app, requests } = await discovered();
  rememberUnderAlias(app.tokenCache);

  expect(await app.acquireTokenSilent(["User.Read"], ACCOUNT)).toMatchObject({
    token_source: "cache",
  });
  expect(requests).toEqual([]);
});

test("the configuration of a discovered alias is asked for once", async () => {
  const refused = { status: 400, body: { error: "invalid_grant" } };
  const { app, script, requests } = await discovered();
  rememberUnderAlias(app.tokenCache, { access_token: undefined });
  const base = "https://sts.private.example/tenant";
  script({ body: configuration({}, base) }, refused, refused);

  await app.acquireTokenSilent(["User.Read"], ACCOUNT);
  await app.acquireTokenSilent(["User.Read"], ACCOUNT);

  expect(requests.map(({ url }) => url)).toEqual([
    `${base}/v2.0/.well-known/openid-configuration`,
    `${base}/oauth2/v2.0/token`,
    `${base}/oauth2/v2.0/token`,
  ]);
});

test("an account found under a discovered alias is removed under all names", async () => {
  const { app } = await discovered();
  rememberUnderAlias(app.tokenCache);
  const [account] = await app.getAccounts();
  remember(app.tokenCache, {}, { environment: "login.private.example" });

  await app.removeAccount(account!);

  expect(account?.environment).toBe("sts.private.example");
  expect(contents(app.tokenCache)).toEqual({ ...EMPTY, metadata: expect.anything() });
});

test("an unknown host is asked about once, for its endpoints and for its aliases at the same moment", async () => {
  const { webApp, requests } = setupScript(
    { body: instance() },
    { body: configuration() },
    { body: appTokens() },
  );
  const app = webApp({ authority: UNKNOWN });

  await Promise.all([app.getAccounts(), app.acquireTokenForClient(APP_SCOPES)]);

  expect(requests.filter(({ url }) => url.startsWith(INSTANCE_DISCOVERY))).toHaveLength(1);
});

// Decision 3: who cannot be asked has no aliases.
test.for<[{ status?: number; body?: unknown } | Error]>([
  [new TypeError("fetch failed")],
  [{ status: 503 }],
  [{ body: "<html>" }],
  [{ status: 400, body: { error: "invalid_instance" } }],
])("getAccounts does not fail when aliases cannot be asked for: %j", async ([reply]) => {
  const { webApp, warnings } = setupScript(reply);
  const app = webApp({ authority: UNKNOWN });

  expect(await app.getAccounts()).toEqual([]);
  expect(warnings()).toHaveLength(1);
});

test("on the emulator's own host a sign-in goes all the way, with one discovery", async () => {
  const { webApp, idp } = setup();
  const app = webApp({ authority: idp.authority("common") });
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

  expect(result).toMatchObject({ account: { environment: "localhost", username: ADA } });
  expect(idp.requests.filter(({ url }) => url.includes("well-known"))).toHaveLength(1);
  expect(idp.requests.filter(({ url }) => url.includes("discovery/instance"))).toEqual([]);
});

test("an aborted call leaves a discovery that others wait for", async () => {
  const { webApp, idp } = setup();
  idp.failNext({ path: "openid-configuration", delay: 30 });
  const app = webApp({ authority: `https://${HOST}/fabrikam.com` });
  const controller = new AbortController();
  const leaves = app.initiateAuthCodeFlow(["s"], { signal: controller.signal });
  const stays = app.initiateAuthCodeFlow(["s"]);

  controller.abort(new Error("left"));

  await expect(leaves).rejects.toThrow("left");
  expect((await stays).authUri).toContain(FABRIKAM);
});

const ACCOUNT = {
  homeAccountId: USER.homeAccountId,
  environment: "login.private.example",
  username: ADA,
  localAccountId: USER.oid,
  realm: "tenant",
  authorityType: "MSSTS",
};
