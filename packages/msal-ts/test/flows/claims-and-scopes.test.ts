import type { Account } from "msal-ts";
import { expect, test } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  DESKTOP_APP,
  queryOf,
  remember,
  setup,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;

// The capabilities of the client, the challenge, and what is sent for both, parsed.
test.for([
  [
    "flows APP-19",
    ["foo", "bar"],
    '{"id_token":{"auth_time":{"essential":true}}}',
    {
      id_token: { auth_time: { essential: true } },
      access_token: { xms_cc: { values: ["foo", "bar"] } },
    },
  ],
  [
    "flows APP-20",
    ["foo", "bar"],
    '{"access_token":{"nbf":{"essential":true,"value":"1563308371"}}}',
    {
      access_token: {
        nbf: { essential: true, value: "1563308371" },
        xms_cc: { values: ["foo", "bar"] },
      },
    },
  ],
  ["flows APP-21", undefined, '{"id_token":{}}', { id_token: {} }],
  [
    "flows APP-22",
    ["foo", "bar"],
    undefined,
    { access_token: { xms_cc: { values: ["foo", "bar"] } } },
  ],
  ["flows APP-23", undefined, undefined, undefined],
  [
    "flows B-43",
    ["foo"],
    '{"access_token":null,"id_token":null}',
    { access_token: { xms_cc: { values: ["foo"] } }, id_token: null },
  ],
  [
    "flows B-44",
    ["foo"],
    '{"access_token":{"xms_cc":{"values":["theirs"]}}}',
    { access_token: { xms_cc: { values: ["foo"] } } },
  ],
] as const)(
  "%s: capabilities %j and the challenge %j are sent as one claims parameter, everywhere",
  async ([, clientCapabilities, claimsChallenge, sent]) => {
    const { webApp, requests, script } = setupScript();
    const app = webApp({ clientCapabilities });
    remember(app.tokenCache, { access_token: undefined });
    const refused = { status: 400, body: { error: "invalid_grant" } };
    script(refused, refused, refused);

    const flow = await app.initiateAuthCodeFlow(["User.Read"], { claimsChallenge });
    await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });
    await app.acquireTokenSilent(["User.Read"], ADA_BY_ID, { claimsChallenge });
    await app.acquireTokenForClient(APP_SCOPES, { claimsChallenge });

    const all = [queryOf(flow).claims, ...requests.map(({ form }) => form.claims)];
    expect(all).toHaveLength(4);
    for (const claims of all) {
      expect(claims === undefined ? undefined : JSON.parse(claims)).toEqual(sent);
    }
  },
);

test("flows APP-21: without capabilities a challenge goes on the wire as it came, to the letter", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });
  const claimsChallenge = ' { "access_token" : { "nbf" : { "essential":true } } } ';

  await webApp().acquireTokenForClient(APP_SCOPES, { claimsChallenge });

  expect(requests[0]?.form.claims).toBe(claimsChallenge);
});

test("the platform knows the capabilities of a client by its tokens", async () => {
  const { webApp } = setup();

  const result = await webApp({ clientCapabilities: ["CP1"] }).acquireTokenForClient(APP_SCOPES);

  const [, payload = ""] = (result as { access_token: string }).access_token.split(".");
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
    xms_cc: ["cp1"],
  });
});

// With and without capabilities: B-43.
test.for<[unknown, readonly string[]]>([
  ["{", []],
  ["{", ["CP1"]],
  ["[]", []],
  ["null", ["CP1"]],
  ['"text"', []],
  ['{"access_token":7}', ["CP1"]],
  [{ access_token: {} }, []],
])(
  "flows B-43: a challenge that is no JSON object is refused before anything is sent: %j",
  async ([challenge, clientCapabilities]) => {
    const { webApp } = setupScript();
    const app = webApp({ clientCapabilities });
    const options = { claimsChallenge: challenge as string };

    for (const call of [
      app.acquireTokenForClient(APP_SCOPES, options),
      app.acquireTokenSilent(["User.Read"], ADA_BY_ID, options),
      app.initiateAuthCodeFlow(["User.Read"], options),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("claimsChallenge"),
      });
    }
  },
);

/** The scope of each request that a user's scopes travel in. */
async function sentScopes(
  scopes: readonly string[],
  options: { excludeScopes?: readonly string[]; clientId?: string } = {},
) {
  const { clientId = DESKTOP_APP, excludeScopes } = options;
  const { desktopApp, requests, script } = setupScript();
  const app = desktopApp({ excludeScopes }, clientId);
  remember(app.tokenCache, { access_token: undefined }, { client_id: clientId });
  const refused = { status: 400, body: { error: "invalid_grant" } };
  script(refused, refused);
  const flow = await app.initiateAuthCodeFlow(scopes);
  await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });
  await app.acquireTokenSilent(scopes, ADA_BY_ID);
  return [queryOf(flow).scope, ...requests.map(({ form }) => form.scope)];
}

test("flows APP-43: the client id is a scope like any other, beside the reserved ones", async () => {
  for (const scopes of [[DESKTOP_APP], [DESKTOP_APP, "foo"]]) {
    const wanted = [...scopes, "offline_access", "openid", "profile"].sort().join(" ");

    expect(await sentScopes(scopes)).toEqual([wanted, wanted, wanted]);
  }
});

test("scopes travel sorted, without doubles, and as the caller wrote them", async () => {
  const wanted = "B.Read User.Read a.read offline_access openid profile user.read";

  expect(await sentScopes(["a.read", "User.Read", "B.Read", "user.read", "a.read"])).toEqual([
    ...[wanted, wanted, wanted],
  ]);
});

test("flows X-13: excluded scopes are not asked for", async () => {
  expect(await sentScopes(["s"], { excludeScopes: ["offline_access", "profile"] })).toEqual([
    ...["openid s", "openid s", "openid s"],
  ]);
});

test("an application that excludes offline_access gets no refresh token", async () => {
  const { webApp, signIn } = setup();
  const app = webApp({ excludeScopes: ["offline_access"] });

  const result = await signIn(app);

  expect(Object.keys(result)).not.toContain("refresh_token");
  expect(app.tokenCache.find("RefreshToken")).toEqual([]);
  expect(await app.getAccounts()).toHaveLength(1);
});

test("a token's scopes are those that were granted, and those asked for when the answer names none", async () => {
  const { webApp, script } = setupScript();
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });
  script(
    { body: userTokens({ access_token: "AT 1", scope: "Files.Read  Sites.Read" }) },
    { body: userTokens({ access_token: "AT 2", scope: undefined }) },
  );

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);
  await app.acquireTokenSilent(["User.Read", "Calendars.Read"], ADA_BY_ID);

  const targets = app.tokenCache.find("AccessToken").map(({ secret, target }) => [secret, target]);
  expect(Object.fromEntries(targets)).toEqual({
    "AT 1": "Files.Read Sites.Read",
    "AT 2": "Calendars.Read User.Read offline_access openid profile",
  });
});

test("an empty scope in an answer names none: the token is for those asked for, and serves them", async () => {
  const { webApp, requests } = setupScript({
    body: userTokens({ access_token: "new", scope: "" }),
  });
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });

  await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID);

  expect(await app.acquireTokenSilent(["Mail.Read"], ADA_BY_ID)).toMatchObject({
    access_token: "new",
    token_source: "cache",
  });
  expect(requests).toHaveLength(1);
});

test("a scope that was asked for and is excluded is named by a warning", async () => {
  const { webApp, warnings } = setupScript();
  const app = webApp({ excludeScopes: ["Mail.Read"] });

  const flow = await app.initiateAuthCodeFlow(["User.Read", "Mail.Read"]);

  expect(queryOf(flow).scope).toBe("User.Read offline_access openid profile");
  expect(warnings()).toEqual([expect.stringMatching(/Mail\.Read.*excludeScopes/)]);
});

test("excluded scopes that nobody asked for make no warning", async () => {
  const { webApp, warnings } = setupScript();

  await webApp({ excludeScopes: ["profile"] }).initiateAuthCodeFlow(["User.Read"]);

  expect(warnings()).toEqual([]);
});
