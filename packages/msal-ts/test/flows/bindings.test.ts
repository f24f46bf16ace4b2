import { SerializableTokenCache, unwrap } from "msal-ts";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  APP_SCOPES,
  appTokens,
  contents,
  HOST,
  held,
  remember,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

const ASSERTION = "header.payload.signature";

// What asks for a key-bound token, and what the platform calls what it answers with.
test.for<[Record<string, string>, string | undefined]>([
  [{ req_cnf: "cnf" }, undefined],
  [{ token_type: "at_pop", req_cnf: "cnf" }, "at_pop"],
  [{ token_type: "pop", key_id: "k", req_cnf: "cnf" }, "Bearer"],
])("a token asked for with %j is never served as a bearer token", async ([extra, token_type]) => {
  const { webApp } = setupScript(
    { body: appTokens({ access_token: "bound", token_type }) },
    { body: appTokens({ access_token: "bearer" }) },
  );
  const app = webApp();
  await app.acquireTokenForClient(APP_SCOPES, { extraTokenParameters: extra });

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ access_token: "bearer" });
});

test("a token of another type is not served, though its key has the same name", async () => {
  const { webApp } = setupScript(
    { body: appTokens({ access_token: "pop", token_type: "pop" }) },
    { body: appTokens({ access_token: "certificate", token_type: "ssh-cert" }) },
  );
  const app = webApp();
  const key = { key_id: "k", req_cnf: "cnf" };
  await app.acquireTokenForClient(APP_SCOPES, {
    extraTokenParameters: { token_type: "pop", ...key },
  });

  const certificate = await app.acquireTokenForClient(APP_SCOPES, {
    extraTokenParameters: { token_type: "ssh-cert", ...key },
  });

  expect(certificate).toMatchObject({ access_token: "certificate" });
});

test.for<[string, unknown]>([
  ["URLSearchParams", new URLSearchParams({ key_id: "k" })],
  ["a Map", new Map([["key_id", "k"]])],
])("%s as extraTokenParameters is refused, not sent as nothing", async ([, extra]) => {
  const { webApp } = setupScript();

  await expect(
    webApp().acquireTokenForClient(APP_SCOPES, { extraTokenParameters: extra as never }),
  ).rejects.toMatchObject({ code: "invalid_argument" });
});

test("the URL by hand may carry PKCE of the caller's, and the code its verifier", async () => {
  const { webApp, requests } = setupScript({ body: { error: "invalid_grant" } });
  const extraQueryParameters = { code_challenge: "c", code_challenge_method: "S256" };

  const url = await webApp().getAuthorizationRequestUrl(["s"], { extraQueryParameters });
  await webApp().acquireTokenByAuthorizationCode("code-of-a-sign-in", ["s"], {
    extraTokenParameters: { code_verifier: "verifier-of-the-caller" },
  });

  expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject(extraQueryParameters);
  expect(requests[0]?.form).toMatchObject({ code_verifier: "verifier-of-the-caller" });
});

test("exchanged tokens that have expired leave as the user's next assertions are exchanged", async () => {
  const replies = Array.from({ length: 4 }, () => ({ body: userTokens({ expires_in: 600 }) }));
  const { webApp, clock } = setupScript(...replies);
  const app = webApp();
  for (const name of ["a", "b", "c"])
    await app.acquireTokenOnBehalfOf(`${name}.b.c`, ["User.Read"]);
  clock.advance(601);

  await app.acquireTokenOnBehalfOf("d.b.c", ["User.Read"]);

  expect(contents(app.tokenCache).accessTokens).toHaveLength(1);
});

test("a renewal in the background that comes after the sign-out signs nobody in again", async () => {
  const renewal = held();
  const { webApp, clock, settled } = setupScript(
    { body: userTokens({ expires_in: 7200, refresh_in: 60 }) },
    renewal.reply,
  );
  const app = webApp();
  const { account } = unwrap(await app.acquireTokenOnBehalfOf(ASSERTION, ["User.Read"]));
  clock.advance(61);
  await app.acquireTokenOnBehalfOf(ASSERTION, ["User.Read"]);
  await renewal.asked;

  await app.removeAccount(account!);
  renewal.give({ body: userTokens() });
  await settled();

  expect(await app.getAccounts()).toEqual([]);
  expect(contents(app.tokenCache).refreshTokens).toEqual([]);
});

test("an exchanged token without an owner does not pass for the app's own", async () => {
  const cache = new SerializableTokenCache();
  const { webApp } = setupScript({ body: appTokens({ access_token: "of the app" }) });
  const app = webApp({ tokenCache: cache });
  remember(cache, { id_token: undefined, client_info: undefined }, {
    scope: APP_SCOPES,
    user_assertion_hash: "hash-of-an-assertion",
  } as object);
  cache.deserialize(cache.serialize());

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ access_token: "of the app" });
});

test("an exchange that msal-node keeps under another name of the cloud is found", async () => {
  const cache = new SerializableTokenCache();
  const { webApp, requests } = setupScript({ body: userTokens() });
  const app = webApp({ tokenCache: cache });
  await app.acquireTokenOnBehalfOf(ASSERTION, ["User.Read"]);
  cache.deserialize(cache.serialize().replaceAll(HOST, "login.windows.net"));

  const result = await app.acquireTokenOnBehalfOf(ASSERTION, ["User.Read"]);

  expect(result).toMatchObject({ token_source: "cache" });
  expect(requests).toHaveLength(1);
});

test("a .default that the answer does not echo is a hit the next time", async () => {
  const { webApp, requests } = setupScript({ body: userTokens({ scope: "User.Read" }) });
  const app = webApp();
  await app.acquireTokenOnBehalfOf(ASSERTION, ["https://graph.microsoft.com/.default"]);

  const again = await app.acquireTokenOnBehalfOf(ASSERTION, [
    "https://graph.microsoft.com/.default",
  ]);

  expect(again).toMatchObject({
    token_source: "cache",
    account: { homeAccountId: USER.homeAccountId },
  });
  expect(requests).toHaveLength(1);
});

test("of a user's exchanges a silent call sees the latest, however long the others last", async () => {
  const { webApp } = setupScript(
    { body: userTokens({ access_token: "earlier", expires_in: 7200 }) },
    { body: userTokens({ access_token: "later", expires_in: 3600 }) },
  );
  const app = webApp();
  await app.acquireTokenOnBehalfOf("a.b.c", ["User.Read"]);
  const { account } = unwrap(await app.acquireTokenOnBehalfOf("d.e.f", ["User.Read"]));

  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    access_token: "later",
  });
});

// How long an assertion is, and how often it is hashed in three calls.
test.for([
  ["an ordinary assertion", 2000, 1],
  ["one too long to be remembered", 9000, 3],
] as const)("%s (%i characters) is hashed %i times", async ([, length, times]) => {
  const createHash = vi.spyOn(process.getBuiltinModule("node:crypto"), "createHash");
  onTestFinished(() => createHash.mockRestore());
  const { webApp } = setupScript({ body: userTokens() });
  const app = webApp();
  const assertion = "a".repeat(length);

  for (let i = 0; i < 3; i++) await app.acquireTokenOnBehalfOf(assertion, ["User.Read"]);

  expect(createHash).toHaveBeenCalledTimes(times);
});
