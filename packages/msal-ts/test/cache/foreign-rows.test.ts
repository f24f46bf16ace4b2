import { SerializableTokenCache } from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  CLIENT_ID,
  clientInfo,
  HOME,
  HOST,
  idToken,
  jwt,
  loaded,
  NOW,
  onlyAccount,
  saved,
  setup,
  signIn,
  TENANT,
  UID,
} from "./setup.js";

const THEIR_HOST = "login.windows.net";

const REFRESHED = {
  access_token: "at-new",
  refresh_token: "rt-new",
  token_type: "Bearer",
  expires_in: 3600,
  scope: "User.Read openid profile",
};

/** A cache as msal-node writes it for a user and for the app itself (§17). */
function nodeCache(expires_on: unknown = String(NOW + 3600)) {
  return {
    Account: {
      [`${HOME}-${THEIR_HOST}-${TENANT}`]: {
        home_account_id: HOME,
        environment: THEIR_HOST,
        realm: TENANT,
        local_account_id: UID,
        username: "ada@contoso.example",
        authority_type: "MSSTS",
        name: "Ada Lovelace",
        client_info: clientInfo(),
        last_modification_time: "1699999999",
        last_modification_app: "msal.js.node",
        tenantProfiles: [
          JSON.stringify({ tenantId: TENANT, localAccountId: UID, isHomeTenant: true }),
        ],
      },
    },
    IdToken: {
      [`${HOME}-${THEIR_HOST}-idtoken-${CLIENT_ID}-${TENANT}---`]: {
        home_account_id: HOME,
        environment: THEIR_HOST,
        credential_type: "IdToken",
        client_id: CLIENT_ID,
        secret: jwt({ aud: CLIENT_ID, name: "Ada Lovelace" }),
        realm: TENANT,
      },
    },
    AccessToken: {
      [`${HOME}-${THEIR_HOST}-accesstoken-${CLIENT_ID}-${TENANT}-openid profile user.read--`]: {
        home_account_id: HOME,
        environment: THEIR_HOST,
        credential_type: "AccessToken",
        client_id: CLIENT_ID,
        secret: "at-node",
        realm: TENANT,
        target: "openid profile User.Read",
        cached_at: "1699999999",
        expires_on,
        extended_expires_on: "1700009999",
        token_type: "Bearer",
        requestedClaims: "{}",
      },
      [`${HOME}-${THEIR_HOST}-accesstoken_with_authscheme-${CLIENT_ID}-${TENANT}-mail.read--pop`]: {
        home_account_id: HOME,
        environment: THEIR_HOST,
        credential_type: "AccessToken_With_AuthScheme",
        client_id: CLIENT_ID,
        secret: "at-bound",
        realm: TENANT,
        target: "Mail.Read",
        cached_at: "1699999999",
        expires_on: String(NOW + 3600),
        token_type: "pop",
      },
      [`-${THEIR_HOST}-accesstoken-${CLIENT_ID}-${TENANT}-https://vault.azure.net/.default--`]: {
        home_account_id: "",
        environment: THEIR_HOST,
        credential_type: "AccessToken",
        client_id: CLIENT_ID,
        secret: "at-app",
        realm: TENANT,
        target: "https://vault.azure.net/.default",
        cached_at: "1699999999",
        expires_on: String(NOW + 3600),
        token_type: "Bearer",
      },
    },
    RefreshToken: {
      [`${HOME}-${THEIR_HOST}-refreshtoken-${CLIENT_ID}----`]: {
        home_account_id: HOME,
        environment: THEIR_HOST,
        credential_type: "RefreshToken",
        client_id: CLIENT_ID,
        secret: "rt-node",
      },
    },
    AppMetadata: {
      [`appmetadata-${THEIR_HOST}-${CLIENT_ID}`]: {
        client_id: CLIENT_ID,
        environment: THEIR_HOST,
      },
    },
  };
}

describe("a cache that msal-node wrote", () => {
  test("has its account, under the other name of the host, with its name", async () => {
    const { app } = setup({ cache: loaded(nodeCache()) });

    expect(await app.getAccounts()).toEqual([
      {
        homeAccountId: HOME,
        environment: THEIR_HOST,
        username: "ada@contoso.example",
        localAccountId: UID,
        realm: TENANT,
        authorityType: "MSSTS",
        name: "Ada Lovelace",
      },
    ]);
  });

  test("serves the user's token and the app's without a request or a change", async () => {
    const cache = loaded(nodeCache());
    const { app, daemon } = setup({ cache });

    const user = await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));
    const own = await daemon.acquireTokenForClient(["https://vault.azure.net/.default"]);

    expect(user).toMatchObject({ access_token: "at-node", expires_in: 3600 });
    expect(own).toMatchObject({ access_token: "at-app", token_source: "cache" });
    expect(cache.hasStateChanged).toBe(false);
    expect(saved(cache)).toEqual(nodeCache());
  });

  test("is served under its own host as well", async () => {
    const { app } = setup({
      cache: loaded(nodeCache()),
      authority: `https://${THEIR_HOST}/${TENANT}`,
    });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toMatchObject({
      access_token: "at-node",
    });
  });

  // Decision 8.
  test("never serves a key-bound token for a bearer request", async () => {
    const state = nodeCache();
    const { app } = setup({ cache: loaded({ ...state, RefreshToken: {} }) });

    expect(await app.acquireTokenSilent(["Mail.Read"], await onlyAccount(app))).toBeNull();
  });

  test("keeps a key-bound token beside a bearer token of the same scopes", () => {
    const cache = loaded(nodeCache());

    cache.add(signIn({ environment: THEIR_HOST, scope: ["Mail.Read"] }), NOW);

    const found = cache.find("AccessToken", { target: ["Mail.Read"] });
    expect(found).toMatchObject([{ secret: "at-bound" }, { secret: "at-user" }]);
  });

  test("has its refresh token rotated where it is, and its tokens replaced", async () => {
    const before = nodeCache(String(NOW - 1));
    const cache = loaded(before);
    const { app, requests } = setup({
      cache,
      replies: [{ body: { ...REFRESHED, client_info: clientInfo(), id_token: idToken() } }],
    });

    await app.acquireTokenSilent(["User.Read"], await onlyAccount(app));

    expect(requests).toMatchObject([{ form: { refresh_token: "rt-node" } }]);
    const [key, row] = Object.entries(before.RefreshToken)[0]!;
    const state = saved(cache);
    expect(state.RefreshToken).toEqual({
      [key]: { ...row, secret: "rt-new", last_modification_time: String(NOW) },
    });
    const tokens = Object.values(state.AccessToken!).map((token) => token.secret);
    expect(tokens.sort()).toEqual(["at-app", "at-bound", "at-new"]);
    expect(Object.values(state.IdToken!)).toMatchObject([{ environment: THEIR_HOST }]);
    expect(state.Account).toEqual(before.Account);
  });

  test("keeps what it says of an account that signs in again", () => {
    const before = nodeCache();
    const cache = loaded(before);

    cache.add(
      signIn({ environment: THEIR_HOST, scope: ["openid", "profile", "User.Read"] }),
      NOW + 1,
    );

    const [key, row] = Object.entries(before.Account)[0]!;
    const state = saved(cache);
    expect(state.Account).toEqual({ [key]: { ...row, username: "Ada@Contoso.example" } });
    expect(Object.values(state.RefreshToken!)).toMatchObject([{ secret: "rt-user" }]);
    expect(Object.values(state.IdToken!)).toHaveLength(1);
    expect(Object.values(state.AccessToken!).map((token) => token.secret)).toEqual([
      "at-bound",
      "at-app",
      "at-user",
    ]);
    expect(Object.keys(state.AppMetadata!)).toHaveLength(1);
  });

  test("gives up the name it has for the one of a newer ID token", async () => {
    const cache = loaded(nodeCache());
    const { app } = setup({ cache });
    const id_token = idToken({ name: "Ada King" });

    cache.add(signIn({ environment: THEIR_HOST, response: { id_token } }), NOW + 1);

    expect(await onlyAccount(app)).toMatchObject({ name: "Ada King" });
  });

  test("has two rows of one account merged when that signs in", () => {
    const { Account, ...state } = nodeCache();
    const [row] = Object.values(Account);
    const cache = loaded({ ...state, Account: { ...Account, second: { ...row, theirs: 1 } } });

    cache.add(signIn({ environment: THEIR_HOST }), NOW + 1);

    expect(cache.find("Account")).toEqual([{ ...row, theirs: 1, username: "Ada@Contoso.example" }]);
  });

  test("loses what a sign-out removes, and no more", async () => {
    const before = nodeCache();
    const cache = loaded(before);
    const { app } = setup({ cache });

    await app.removeAccount(await onlyAccount(app));

    const state = saved(cache);
    expect(Object.values(state.AccessToken!)).toMatchObject([{ secret: "at-app" }]);
    expect(state).toMatchObject({ Account: {}, IdToken: {}, RefreshToken: {} });
    expect(state.AppMetadata).toEqual(before.AppMetadata);
  });
});

describe("a cache that MSAL Go wrote", () => {
  const bearer = {
    home_account_id: HOME,
    environment: HOST,
    realm: TENANT,
    client_id: CLIENT_ID,
    credential_type: "AccessToken",
    secret: "at-go",
    target: "user.read",
    expires_on: NOW + 3600,
    cached_at: NOW,
    extended_expires_on: NOW + 3600,
    token_type: "Bearer",
  };
  const account = {
    home_account_id: HOME,
    environment: HOST,
    realm: TENANT,
    local_account_id: UID,
    authority_type: "MSSTS",
    username: "ada@contoso.example",
  };
  const states = (token: Record<string, unknown>) => ({
    AccessToken: { go: token },
    Account: { go: account },
  });

  test("serves a user's token, its times numbers", async () => {
    const { app } = setup({ cache: loaded(states(bearer)) });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toMatchObject({
      access_token: "at-go",
      expires_in: 3600,
    });
  });

  test("serves an app's own token that has no home_account_id", async () => {
    const { home_account_id, ...own } = bearer;
    const { daemon } = setup({ cache: loaded(states(own)) });

    expect(await daemon.acquireTokenForClient(["User.Read"])).toMatchObject({
      access_token: "at-go",
      token_source: "cache",
    });
  });

  // Decision 8. Go and MSAL Python call a key-bound token AccessToken; Go's member is keyid.
  test.for([
    [{ token_type: "pop", keyid: "K" }],
    [{ token_type: "ssh-cert", key_id: "K" }],
    [{ token_type: "PoP" }],
    [{ key_id: "K" }],
  ] as const)("never serves a token bound to a key: %j", async ([binding]) => {
    const { app } = setup({ cache: loaded(states({ ...bearer, ...binding })) });

    expect(await app.acquireTokenSilent(["User.Read"], await onlyAccount(app))).toBeNull();
  });
});

describe("a cache that MSAL Python wrote", () => {
  // 1.24.0 did not sort scopes; the key of app metadata keeps its case there.
  test("has its unsorted token replaced, and its app metadata kept where it is", () => {
    const clientId = CLIENT_ID.toUpperCase();
    const token = {
      credential_type: "AccessToken",
      secret: "at-python",
      home_account_id: HOME,
      environment: HOST,
      client_id: clientId,
      target: "User.Read Mail.Read",
      realm: TENANT,
      token_type: "Bearer",
      cached_at: "1",
      expires_on: "2",
      extended_expires_on: "2",
    };
    const cache = loaded({
      AccessToken: { [`${HOME}-${HOST}-accesstoken-…-user.read mail.read`]: token },
      AppMetadata: {
        [`appmetadata-${HOST}-${clientId}`]: { client_id: clientId, environment: HOST },
      },
    });

    cache.add(
      signIn({
        client: clientId,
        scope: ["Mail.Read", "User.Read"],
        response: { foci: "1" },
      }),
      NOW,
    );

    const state = saved(cache);
    expect(Object.values(state.AccessToken!)).toMatchObject([{ secret: "at-user" }]);
    expect(state.AppMetadata).toEqual({
      [`appmetadata-${HOST}-${clientId}`]: {
        client_id: clientId,
        environment: HOST,
        family_id: "1",
      },
    });
  });

  test("has another spelling of white space in a target replaced all the same", () => {
    const cache = loaded({
      AccessToken: {
        k: {
          credential_type: "AccessToken",
          secret: "at-old",
          home_account_id: HOME,
          environment: HOST,
          client_id: CLIENT_ID,
          target: " Mail.Read\tUser.Read ",
          realm: TENANT,
          token_type: "Bearer",
          expires_on: String(NOW + 9999),
        },
      },
    });

    cache.add(signIn({ scope: ["User.Read", "Mail.Read"] }), NOW);

    expect(cache.find("AccessToken")).toMatchObject([{ secret: "at-user" }]);
  });
});

describe("two rows of app metadata for one client", () => {
  const metadata = (client_id: string) => ({ client_id, environment: HOST, family_id: "1" });

  test("stand for each other when one of them leaves", () => {
    const cache = new SerializableTokenCache({ maxEntries: 1 });
    const [lower, upper] = [CLIENT_ID.toLowerCase(), CLIENT_ID.toUpperCase()];
    const state = { AppMetadata: { a: metadata(lower), b: metadata(upper) } };

    cache.deserialize(JSON.stringify(state));
    cache.add(signIn({ response: { access_token: undefined } }), NOW);

    expect(Object.entries(saved(cache).AppMetadata ?? {})).toEqual([
      ["b", { client_id: CLIENT_ID, environment: HOST, family_id: "1" }],
    ]);
  });
});
