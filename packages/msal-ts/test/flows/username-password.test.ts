import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startEmulator } from "@msal-ts/emulator";
import { isTokenError, PublicClientApplication, type TokenResponse, unwrap } from "msal-ts";
import { expect, onTestFinished, test } from "vitest";
import {
  ADA,
  AUTHORITY,
  CONTOSO,
  DESKTOP_APP,
  HOST,
  held,
  idToken,
  PASSWORD,
  setup,
  setupScript,
  USER,
  userTokens,
  WEB_APP_SECRET,
} from "../setup.js";

const SCOPES = ["User.Read"];
const EDITH = "edith@contoso.com";
const MANAGED = { body: { account_type: "Managed" } };
const REALM = `https://${HOST}/common/userrealm`;
const FEDERATED = { users: [{ username: EDITH }], federation: { domains: ["contoso.com"] } };

const tokens = (members = {}) => ({
  body: userTokens({ id_token: idToken({ aud: DESKTOP_APP }), ...members }),
});

test("flows E2E-06: a password becomes tokens, an account and a silent sign-in", async () => {
  const { desktopApp, idp } = setup();
  const app = desktopApp();

  const result = unwrap(await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES));

  expect(result).toMatchObject({ token_source: "identity_provider", account: { username: ADA } });
  const [account] = await app.getAccounts({ username: ADA });
  expect(account).toEqual(result.account);
  idp.requests.length = 0;
  const again = await app.acquireTokenSilent(SCOPES, account);
  expect(again?.access_token).toBe(result.access_token);
  expect(again).not.toHaveProperty("refresh_token");
  expect(idp.requests).toEqual([]);
});

test("flows E2E-06: a confidential client proves who it is, too", async () => {
  const { webApp, tokenRequests } = setup();

  const result = await webApp().acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(unwrap(result).account?.username).toBe(ADA);
  expect(tokenRequests()[0]?.form).toMatchObject({
    grant_type: "password",
    client_secret: WEB_APP_SECRET,
    client_info: "1",
    username: ADA,
    password: PASSWORD,
    scope: "User.Read offline_access openid profile",
  });
});

// Both kinds of users.
test.for([
  ["managed", ADA],
  ["federated", EDITH],
] as const)(
  "flows E2E-06: a %s user signs in to a public and to a confidential client of the US Government",
  async ([, username]) => {
    const { desktopApp, webApp, idp } = setup(FEDERATED);
    const authority = `https://login.microsoftonline.us/${CONTOSO}`;

    for (const app of [desktopApp({ authority }), webApp({ authority })]) {
      const result = unwrap(await app.acquireTokenByUsernamePassword(username, PASSWORD, SCOPES));

      expect(await app.getAccounts({ username })).toEqual([result.account]);
      expect(result.account).toMatchObject({ username, environment: "login.microsoftonline.us" });
    }
    // The emulator's federation server is on the host that was asked for it.
    const hosts = new Set(idp.requests.map(({ url }) => new URL(url).host));
    expect([...hosts]).toEqual(["login.microsoftonline.us"]);
    const federated = idp.requests.filter(({ url }) => url.endsWith("/usernamemixed"));
    expect(federated).toHaveLength(username === EDITH ? 2 : 0);
  },
);

// The assertions and versions of WS-Trust that a federation server may have.
test.for([
  [["1.3", "2005"], "1.1", "13", "saml1_1-bearer"],
  [["2005"], "1.1", "2005", "saml1_1-bearer"],
  [["1.3"], "2.0", "13", "saml2-bearer"],
  [["2005"], "2.0", "2005", "saml2-bearer"],
] as const)(
  "flows E2E-06: a federated user signs in, WS-Trust %s, SAML %s",
  async ([wsTrust, saml, path, grant]) => {
    const { desktopApp, idp, tokenRequests } = setup({
      users: [{ username: EDITH }],
      federation: { domains: ["contoso.com"], wsTrust, saml },
    });
    const app = desktopApp();

    const result = unwrap(await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, SCOPES));

    expect(idp.requests.some(({ url }) => url.endsWith(`/trust/${path}/usernamemixed`))).toBe(true);
    expect(tokenRequests().map(({ form }) => form.grant_type)).toEqual([
      `urn:ietf:params:oauth:grant-type:${grant}`,
    ]);
    const [account] = await app.getAccounts({ username: EDITH });
    expect((await app.acquireTokenSilent(SCOPES, account))?.access_token).toBe(result.access_token);
  },
);

// Whoever checks the password says the same.
test.for([
  [ADA, "AADSTS50126"],
  [EDITH, "a:FailedAuthentication"],
])("a wrong password of %s is a value, and nothing is cached", async ([username = "", says]) => {
  const { desktopApp } = setup(FEDERATED);
  const app = desktopApp();

  const result = await app.acquireTokenByUsernamePassword(username, "wrong", SCOPES);

  expect(result).toMatchObject({
    error: "invalid_grant",
    error_description: expect.stringContaining(says as string),
  });
  expect(await app.getAccounts()).toEqual([]);
});

test("flows APP-37: telemetry says which call it is", async () => {
  const { desktopApp, requests } = setupScript(MANAGED, tokens());

  await desktopApp().acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(requests[1]?.headers["x-client-current-telemetry"]).toBe("4|301,0|");
  expect(requests[0]?.headers).toEqual({
    accept: "application/json",
    "client-request-id": requests[1]?.headers["client-request-id"],
  });
});

test("flows CCS-03: the request is routed to the user's mailbox", async () => {
  const { desktopApp, requests } = setupScript(MANAGED, { status: 400, body: { error: "mock" } });

  const result = await desktopApp().acquireTokenByUsernamePassword(
    "johndoe@contoso.com",
    PASSWORD,
    SCOPES,
  );

  expect(requests[1]?.headers["x-anchormailbox"]).toBe("upn:johndoe@contoso.com");
  expect(result).toEqual({ error: "mock" });
});

test("flows B-20: the username is percent-encoded, and goes into no header that cannot take it", async () => {
  const { desktopApp, requests } = setupScript(MANAGED, tokens());

  await desktopApp().acquireTokenByUsernamePassword("a/../b?c#d ü@x.y", PASSWORD, SCOPES);

  expect(requests[0]?.url).toBe(`${REALM}/a%2F..%2Fb%3Fc%23d%20%C3%BC%40x.y?api-version=1.0`);
  expect(requests[1]?.headers).not.toHaveProperty("x-anchormailbox");
});

test("authority 11, flows AUT-07: a host without user realms is asked once a day", async () => {
  const { desktopApp, requests, script, clock } = setupScript({ status: 404 }, tokens(), tokens());
  const app = desktopApp();
  const signIn = () => app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);
  const asked = () => requests.filter(({ url }) => url.startsWith(REALM)).length;
  await signIn();

  clock.advance(86_399);
  await signIn();
  expect(asked()).toBe(1);
  clock.advance(1);
  script(MANAGED, tokens());
  await signIn();
  expect(asked()).toBe(2);

  // Another client has to find out for itself.
  script(MANAGED, tokens());
  await desktopApp().acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);
  expect(asked()).toBe(3);
});

// Only the one word sends the password elsewhere.
test.for(["Managed", "Unknown", "federated", 1, undefined])(
  "flows §4.9: an account of the type %s is not federated",
  async (account_type) => {
    const mex = "https://fs.contoso.com/mex";
    const { desktopApp, requests } = setupScript(
      { body: { account_type, federation_metadata_url: mex } },
      tokens(),
    );

    await desktopApp().acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

    expect(requests[1]?.form.grant_type).toBe("password");
  },
);

test.for([
  [{ status: 400, body: "no" }, "invalid_response"],
  [{ status: 200, body: "<html>" }, "invalid_response"],
  [{ status: 503, body: "" }, "service_error"],
  [new Error(`connect ECONNREFUSED ${REALM}/ada%40contoso.onmicrosoft.com`), "network_error"],
] as const)("a user realm that fails is %o", async ([reply, code]) => {
  const { desktopApp } = setupScript(reply);

  const error: unknown = await desktopApp()
    .acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES)
    .catch((reason: unknown) => reason);

  expect(error).toMatchObject({ code });
  // Who signs in is nobody's business but the caller's.
  expect(String(error)).toContain(`${REALM}/{username}`);
  expect(String(error)).not.toContain("ada");
});

test("flows §4.9: ADFS knows its own users, and names them by sub", async () => {
  const ADFS = "https://fs.contoso.com/adfs";
  const { desktopApp, requests } = setupScript(
    {
      body: {
        issuer: ADFS,
        authorization_endpoint: `${ADFS}/oauth2/authorize/`,
        token_endpoint: `${ADFS}/oauth2/token/`,
      },
    },
    {
      body: userTokens({
        client_info: undefined,
        id_token: idToken({
          ...{ aud: DESKTOP_APP, iss: ADFS, sub: "adfs-sub", upn: ADA },
          ...{ oid: undefined, tid: undefined, preferred_username: undefined },
        }),
      }),
    },
  );
  const app = desktopApp({ authority: ADFS });

  await app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["openid-placeholder"]);

  expect(requests.map(({ url }) => url)).toEqual([
    `${ADFS}/.well-known/openid-configuration`,
    `${ADFS}/oauth2/token/`,
  ]);
  expect(requests[1]?.headers["x-anchormailbox"]).toBe(`upn:${ADA}`);
  expect(await app.getAccounts({ username: ADA })).toMatchObject([
    { homeAccountId: "adfs-sub", environment: "fs.contoso.com", authorityType: "ADFS" },
  ]);
});

test("cache §4.6: an account without a name is called what the user typed", async () => {
  const { desktopApp } = setupScript(
    MANAGED,
    tokens({ id_token: idToken({ aud: DESKTOP_APP, preferred_username: undefined }) }),
  );
  const app = desktopApp();

  const result = await app.acquireTokenByUsernamePassword("Ada@Contoso.com", PASSWORD, SCOPES);

  expect(unwrap(result).account?.username).toBe("Ada@Contoso.com");
  expect(await app.getAccounts({ username: "ada@contoso.com" })).toHaveLength(1);
});

test("a name in the ID token is the account's, whatever was typed; federated users', too", async () => {
  const { desktopApp } = setup(FEDERATED);
  const app = desktopApp();

  const typed = await app.acquireTokenByUsernamePassword("EDITH@contoso.com", PASSWORD, SCOPES);
  const nameless = desktopApp({ excludeScopes: ["profile"] });
  const anonymous = await nameless.acquireTokenByUsernamePassword(EDITH, PASSWORD, SCOPES);

  expect(unwrap(typed).account?.username).toBe(EDITH);
  expect(unwrap(anonymous).account?.username).toBe(EDITH);
});

test("a claims challenge and the client's capabilities are passed on", async () => {
  const { desktopApp, requests } = setupScript(MANAGED, tokens());
  const app = desktopApp({ clientCapabilities: ["CP1"] });

  await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES, {
    claimsChallenge: '{"access_token":{"nbf":{"essential":true}}}',
  });

  expect(JSON.parse(requests[1]?.form.claims ?? "")).toEqual({
    access_token: { nbf: { essential: true }, xms_cc: { values: ["CP1"] } },
  });
});

// Whichever grant is sent in the end.
test.for([ADA, EDITH])("parameters of the caller's go along, for %s", async (username) => {
  const { desktopApp, tokenRequests } = setup(FEDERATED);
  const app = desktopApp();

  await app.acquireTokenByUsernamePassword(username, PASSWORD, SCOPES, {
    extraTokenParameters: { dc: "prod", key_id: "key-1" },
  });

  expect(tokenRequests()[0]?.form).toMatchObject({ dc: "prod", key_id: "key-1" });
  expect(app.tokenCache.find("AccessToken")).toMatchObject([{ key_id: "key-1" }]);
});

test("the provider's refusal is handed on as it came", async () => {
  const { desktopApp, idp } = setup();
  idp.failNext({ path: "/token", error: 50076, body: { claims: '{"access_token":{}}' } });

  const result = await desktopApp().acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(isTokenError(result) && result).toMatchObject({
    error: "invalid_grant",
    suberror: "basic_action",
    error_codes: [50076],
    claims: '{"access_token":{}}',
  });
});

// What a caller gets wrong: username, password, scopes, options; and what the message names.
test.for([
  [undefined, PASSWORD, SCOPES, {}, "username"],
  ["", PASSWORD, SCOPES, {}, "username"],
  ["..", PASSWORD, SCOPES, {}, "username"],
  ["a\r\nb@x.y", PASSWORD, SCOPES, {}, "username"],
  ["\ud800@x.y", PASSWORD, SCOPES, {}, "username"],
  [ADA, undefined, SCOPES, {}, "password"],
  [ADA, "", SCOPES, {}, "password"],
  [ADA, 12_345_678, SCOPES, {}, "password"],
  [ADA, PASSWORD, "User.Read", {}, "scopes"],
  [ADA, PASSWORD, ["openid"], {}, "scopes"],
  [ADA, PASSWORD, SCOPES, { claimsChallenge: "no JSON" }, "claimsChallenge"],
  [ADA, PASSWORD, SCOPES, { extraTokenParameters: { password: "another" } }, '"password"'],
  [ADA, PASSWORD, SCOPES, { claims: "{}" }, '"claims"'],
  [ADA, PASSWORD, SCOPES, null, "options"],
] as const)("arguments %j, %j, %j, %j are refused before any request", async (row) => {
  const [username, password, scopes, options, names] = row;
  const { desktopApp } = setupScript();
  const app = desktopApp();

  const call = app.acquireTokenByUsernamePassword(
    username as never,
    password as never,
    scopes as never,
    options as never,
  );

  const error = (await call.catch((reason: unknown) => reason)) as Error;
  expect(error).toMatchObject({ name: "MsalError", code: "invalid_argument" });
  expect(error.message).toContain(names);
  expect(error.message).not.toMatch(/Passw0rd|12345678|12_345/);
});

// Which request is under way when the caller gives up.
test.for([
  ["userrealm", 1],
  ["/mex", 2],
  ["usernamemixed", 3],
  ["/token", 4],
] as const)("a caller who gives up while %s is asked waits no longer", async ([path, sent]) => {
  const { desktopApp, idp } = setup(FEDERATED);
  idp.failNext({ path, delay: 60_000 });
  const controller = new AbortController();
  const reason = new Error("enough");
  const { signal } = controller;

  const call = desktopApp().acquireTokenByUsernamePassword(EDITH, PASSWORD, SCOPES, { signal });
  await expect.poll(() => idp.requests.length).toBe(sent);
  controller.abort(reason);

  await expect(call).rejects.toBe(reason);
});

test("arguments are read once: what the caller changes later changes nothing", async () => {
  const { reply, asked, give } = held();
  const { httpClient, clock, requests } = setupScript(reply, tokens());
  const app = new PublicClientApplication(DESKTOP_APP, { authority: AUTHORITY, httpClient, clock });
  const scopes = ["User.Read"];
  const options = { claimsChallenge: '{"access_token":{"a":null}}' };

  const call = app.acquireTokenByUsernamePassword(ADA, PASSWORD, scopes, options);
  await asked;
  scopes[0] = "Mail.Read";
  options.claimsChallenge = "{}";
  give(MANAGED);
  await call;

  expect(requests[1]?.form).toMatchObject({
    scope: "User.Read offline_access openid profile",
    claims: '{"access_token":{"a":null}}',
  });
});

test("the cache hears of the username and never of the password", async () => {
  const { httpClient, clock } = setupScript(MANAGED, tokens());
  const { TokenCache } = await import("msal-ts");
  const events: unknown[] = [];
  class Witness extends TokenCache {
    override add(...args: Parameters<InstanceType<typeof TokenCache>["add"]>): void {
      events.push(args[0]);
      super.add(...args);
    }
  }
  const tokenCache = new Witness();
  const app = new PublicClientApplication(DESKTOP_APP, {
    ...{ authority: AUTHORITY, httpClient, clock, tokenCache },
  });

  await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(events).toMatchObject([{ grant_type: "password", username: ADA }]);
  expect(JSON.stringify(events)).not.toContain(PASSWORD);
  expect(tokenCache.find("Account")).toMatchObject([
    { home_account_id: USER.homeAccountId, realm: CONTOSO },
  ]);
});

test("on this machine http will do, for the federation server as for the authority", async () => {
  const idp = await startEmulator(FEDERATED);
  onTestFinished(() => idp.close());
  const app = new PublicClientApplication(DESKTOP_APP, { authority: idp.authority(CONTOSO) });

  const result = await app.acquireTokenByUsernamePassword(EDITH, PASSWORD, SCOPES);

  expect((result as TokenResponse).account?.username).toBe(EDITH);
  expect(idp.url).toMatch(/^http:/);
});

test("without the package saxes managed users sign in, and federated ones are told what is missing", async () => {
  const idp = await startEmulator(FEDERATED);
  onTestFinished(() => idp.close());
  const program = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(\`
      export function resolve(specifier, context, next) {
        if (specifier === "saxes") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
        return next(specifier, context);
      }\`));
    const { PublicClientApplication } = await import("msal-ts");
    const app = new PublicClientApplication("${DESKTOP_APP}", { authority: "${idp.authority(CONTOSO)}" });
    const signIn = (name) => app.acquireTokenByUsernamePassword(name, "${PASSWORD}", ["User.Read"]);
    console.log((await signIn("${ADA}")).account.username);
    await signIn("${EDITH}").catch(({ code, message }) => console.log(code, message));
  `;

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)) },
  );

  const [managed, federated] = stdout.split("\n");
  expect(managed).toBe(ADA);
  expect(federated).toMatch(/^missing_dependency .*saxes.* npm i saxes$/);
  expect(idp.requests.some(({ url }) => url.includes("/adfs/"))).toBe(false);
});
