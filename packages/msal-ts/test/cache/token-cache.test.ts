import { TokenCache, type TokenEvent } from "msal-ts";
import { describe, expect, test } from "vitest";
import { CLIENT_ID, clientInfo, encode, jwt, rows, signIn, thrownBy } from "./setup.js";

const ID_TOKEN = jwt({
  aud: "my_client_id",
  sub: "subject",
  oid: "object1234",
  preferred_username: "John Doe",
});

/** The sign-in of the reference's own tests. */
function johnDoe(response: Record<string, unknown> = {}, more: Partial<TokenEvent> = {}) {
  const event: TokenEvent = {
    client_id: "my_client_id",
    scope: ["s2", "s1", "s3"],
    token_endpoint: "https://login.example.com/contoso/v2/token",
    response: {
      access_token: "an access token",
      refresh_token: "a refresh token",
      id_token: ID_TOKEN,
      client_info: encode({ uid: "uid", utid: "utid" }),
      token_type: "some type",
      expires_in: 3600,
      ...response,
    },
    ...more,
  };
  return event;
}

/** ADFS knows no client_info: who this is says the ID token. */
const ADFS: TokenEvent = {
  client_id: "my_client_id",
  scope: ["s2", "s1", "s3"],
  token_endpoint: "https://fs.contoso.example/adfs/oauth2/token",
  response: {
    access_token: "an access token",
    refresh_token: "a refresh token",
    id_token: jwt({ aud: "my_client_id", sub: "subject", upn: "u@c.example" }),
    token_type: "some type",
    expires_in: 3600,
  },
};

function cacheOf(...events: TokenEvent[]): TokenCache {
  const cache = new TokenCache();
  for (const event of events) cache.add(event, 1000);
  return cache;
}

describe("rows of an event", () => {
  // §19 and decision 7: targets are sorted, where 1.24.0 kept the order of the answer.
  test("cache 1: an access token is kept with its times, sorted scopes and its type verbatim", () => {
    const cache = cacheOf(johnDoe());

    expect(cache.find("AccessToken")).toEqual([
      {
        credential_type: "AccessToken",
        secret: "an access token",
        home_account_id: "uid.utid",
        environment: "login.example.com",
        client_id: "my_client_id",
        target: "s1 s2 s3",
        realm: "contoso",
        token_type: "some type",
        cached_at: "1000",
        expires_on: "4600",
        extended_expires_on: "4600",
      },
    ]);
  });

  test("cache 2: a refresh token has the time it was written, and no family unless the answer says so", () => {
    const cache = cacheOf(johnDoe());

    expect(cache.find("RefreshToken")).toEqual([
      {
        credential_type: "RefreshToken",
        secret: "a refresh token",
        home_account_id: "uid.utid",
        environment: "login.example.com",
        client_id: "my_client_id",
        target: "s1 s2 s3",
        last_modification_time: "1000",
      },
    ]);
  });

  test("cache 3: an account has exactly six members, its local id from oid", () => {
    const cache = cacheOf(johnDoe());

    expect(cache.find("Account")).toEqual([
      {
        home_account_id: "uid.utid",
        environment: "login.example.com",
        realm: "contoso",
        local_account_id: "object1234",
        username: "John Doe",
        authority_type: "MSSTS",
      },
    ]);
  });

  test("cache 4: an ID token is kept raw, app metadata has two members", () => {
    const cache = cacheOf(johnDoe());

    expect(cache.find("IdToken")).toEqual([
      {
        credential_type: "IdToken",
        secret: ID_TOKEN,
        home_account_id: "uid.utid",
        environment: "login.example.com",
        realm: "contoso",
        client_id: "my_client_id",
      },
    ]);
    expect(cache.find("AppMetadata")).toEqual([
      { client_id: "my_client_id", environment: "login.example.com" },
    ]);
  });

  test("cache 5: on ADFS the subject is who this is everywhere, and upn the username", () => {
    const cache = cacheOf(ADFS);

    const owner = { home_account_id: "subject", environment: "fs.contoso.example" };
    expect(cache.find("AccessToken")).toMatchObject([{ ...owner, realm: "adfs" }]);
    expect(cache.find("RefreshToken")).toMatchObject([owner]);
    expect(cache.find("IdToken")).toMatchObject([{ ...owner, realm: "adfs" }]);
    expect(cache.find("Account")).toEqual([
      {
        ...owner,
        realm: "adfs",
        local_account_id: "subject",
        username: "u@c.example",
        authority_type: "ADFS",
      },
    ]);
  });

  // §19: 1.24.0 took /ADFS/ for Microsoft Entra.
  test("ADFS is recognised in any case", () => {
    const cache = cacheOf({
      ...ADFS,
      token_endpoint: "https://fs.contoso.example/ADFS/oauth2/token",
    });

    expect(cache.find("Account")).toMatchObject([{ authority_type: "ADFS", realm: "ADFS" }]);
  });

  test("cache 6: the key that a token is bound to is kept", () => {
    const cache = cacheOf(johnDoe({}, { data: { key_id: "some_key_id" } }));

    expect(cache.find("AccessToken")).toMatchObject([{ key_id: "some_key_id" }]);
  });

  // Decision 8: key-bound tokens have msal-node's suffix, so they never evict the bearer token. That
  // suffix names no key: of two keys the second wins, as in the reference.
  test("cache 7: of tokens that differ in their key alone the second wins, and the bearer token stays", () => {
    const cache = cacheOf(
      johnDoe({ access_token: "bearer", token_type: "Bearer" }),
      johnDoe({ access_token: "first", token_type: "pop" }, { data: { key_id: "key 1" } }),
      johnDoe({ access_token: "second", token_type: "pop" }, { data: { key_id: "key 2" } }),
    );

    expect(cache.find("AccessToken")).toMatchObject([
      { secret: "bearer", credential_type: "AccessToken" },
      { secret: "second", credential_type: "AccessToken_With_AuthScheme", key_id: "key 2" },
    ]);
  });

  test("cache 8: refresh_in becomes refresh_on", () => {
    const cache = cacheOf(johnDoe({ refresh_in: 1800 }));

    expect(cache.find("AccessToken")).toMatchObject([{ refresh_on: "2800" }]);
  });

  test("cache 21: client_info without utid falls back to the subject of the ID token", () => {
    const cache = cacheOf(johnDoe({ client_info: encode({ uid: "uid" }) }));

    expect(cache.find("AccessToken")).toMatchObject([{ home_account_id: "subject" }]);
    expect(cache.find("Account")).toMatchObject([
      { home_account_id: "subject", local_account_id: "object1234" },
    ]);
  });

  test("cache 22: client_info without utid and without an ID token names nobody", () => {
    const cache = cacheOf(johnDoe({ client_info: encode({ uid: "uid" }), id_token: undefined }));

    expect(cache.find("AccessToken")).toMatchObject([{ home_account_id: null }]);
    expect(cache.find("Account")).toEqual([]);
  });

  test("cache 23: client_info alone makes an account without a local id", () => {
    const cache = cacheOf(johnDoe({ id_token: undefined }));

    expect(cache.find("Account")).toMatchObject([
      { home_account_id: "uid.utid", local_account_id: null, username: "" },
    ]);
    expect(cache.find("IdToken")).toEqual([]);
  });

  test("cache 26: an ID token for another client throws, and nothing is written", () => {
    const cache = new TokenCache();
    const event = johnDoe({ id_token: jwt({ aud: "another_client", sub: "subject" }) });

    const error = thrownBy(() => cache.add(event, 1000));

    expect(error.code).toBe("invalid_id_token");
    expect(Object.values(rows(cache)).flat()).toEqual([]);
  });

  test("an event with nothing in it writes app metadata of nobody", () => {
    const cache = cacheOf({ response: {} });

    expect(cache.find("AppMetadata")).toEqual([{ client_id: null, environment: null }]);
    expect(Object.values(rows(cache)).flat()).toHaveLength(1);
  });

  test("client_info may be padded, in either alphabet", () => {
    const text = JSON.stringify({ uid: "ü?>", utid: "utid" });
    const standard = Buffer.from(text).toString("base64");
    expect(standard).toMatch(/[+/].*=/);

    const cache = cacheOf(johnDoe({ client_info: standard }));

    expect(cache.find("RefreshToken")).toMatchObject([{ home_account_id: "ü?>.utid" }]);
  });

  // What client_info may be instead of an object with two texts; the subject says who this is then.
  test.for([["junk"], [""], [null], [5], [encode([])], [encode({ uid: 1, utid: 2 })]] as const)(
    "client_info %j is none",
    ([client_info]) => {
      const cache = cacheOf(johnDoe({ client_info }));

      expect(cache.find("Account")).toMatchObject([{ home_account_id: "subject" }]);
    },
  );

  test("the environment is the event's; without one the token endpoint's host, lower case, no port", () => {
    const endpoint = "https://EastUS.Login.Example.com:8443/Contoso/v2/token";
    const given = cacheOf(johnDoe({}, { environment: "login.example.com" }));
    const derived = cacheOf(johnDoe({}, { token_endpoint: endpoint }));

    expect(given.find("AccessToken")).toMatchObject([{ environment: "login.example.com" }]);
    expect(derived.find("AccessToken")).toMatchObject([
      { environment: "eastus.login.example.com", realm: "Contoso" },
    ]);
  });

  test("regional and global endpoints share rows, because the environment is the event's", () => {
    const environment = "login.example.com";
    const cache = cacheOf(
      johnDoe({}, { environment }),
      johnDoe(
        { access_token: "newer" },
        { environment, token_endpoint: "https://westus2.login.example.com/contoso/v2/token" },
      ),
    );

    expect(cache.find("AccessToken")).toMatchObject([{ secret: "newer" }]);
  });

  // Token endpoint, and the realm its rows carry.
  test.for([
    ["https://login.example.com/Contoso/oauth2/v2.0/token", "Contoso"],
    ["https://tenant.b2clogin.example/te/tenant/b2c_1_policy/oauth2/v2.0/token", "te"],
    ["https://tenant.b2clogin.example/tfp/tenant/b2c_1_policy/oauth2/v2.0/token", "tfp"],
    ["https://contoso.ciamlogin.com", "contoso.onmicrosoft.com"],
    ["https://contoso.ciamlogin.com/", "contoso.onmicrosoft.com"],
  ] as const)("the realm of %s is %s", ([token_endpoint, realm]) => {
    const cache = cacheOf(johnDoe({}, { token_endpoint }));

    expect(cache.find("IdToken")).toMatchObject([{ realm }]);
  });

  // Claims, what the caller typed, and the username that comes of it. §19: an empty or null
  // preferred_username falls through to upn.
  test.for([
    [{ preferred_username: "Ada@Contoso.example", upn: "u" }, {}, "Ada@Contoso.example"],
    [{ upn: "u" }, { data: { username: "typed" } }, "u"],
    [{ preferred_username: null, upn: "u" }, {}, "u"],
    [{ preferred_username: "", upn: "u" }, {}, "u"],
    [{}, { data: { username: "typed" }, username: "federated" }, "typed"],
    [{}, { username: "federated" }, "federated"],
    [{}, {}, ""],
  ] as const)("claims %j and %j make the username %j", ([claims, more, username]) => {
    const id_token = jwt({ aud: "my_client_id", sub: "subject", ...claims });

    const cache = cacheOf(johnDoe({ id_token }, more));

    expect(cache.find("Account")).toMatchObject([{ username }]);
  });

  test("claims that were parsed elsewhere count, and the raw ID token is kept unread", () => {
    const id_token_claims = { sub: "subject", oid: "oid", preferred_username: "Ada" };

    const cache = cacheOf(johnDoe({ id_token: "not a JWT", id_token_claims }));

    expect(cache.find("IdToken")).toMatchObject([{ secret: "not a JWT" }]);
    expect(cache.find("Account")).toMatchObject([{ username: "Ada", local_account_id: "oid" }]);
  });

  test("skip_account_creation writes everything but the account", () => {
    const cache = cacheOf(johnDoe({}, { skip_account_creation: true }));

    expect(cache.find("Account")).toEqual([]);
    expect(cache.find("AccessToken")).toMatchObject([{ home_account_id: "uid.utid" }]);
    expect(cache.find("IdToken")).toHaveLength(1);
  });

  test("foci makes a family of refresh token and app metadata", () => {
    const cache = cacheOf(johnDoe({ foci: "1" }));

    expect(cache.find("RefreshToken")).toMatchObject([{ family_id: "1" }]);
    expect(cache.find("AppMetadata")).toMatchObject([{ family_id: "1" }]);
  });

  // §19: 1.24.0 forgot the family at the next answer without foci.
  test("an answer without foci does not end a family", () => {
    const cache = cacheOf(johnDoe({ foci: "1" }), johnDoe({ access_token: "app's own" }));

    expect(cache.find("AppMetadata")).toMatchObject([{ family_id: "1" }]);
  });

  test("the type of a token is Bearer when the answer does not say", () => {
    const cache = cacheOf(johnDoe({ token_type: undefined }));

    expect(cache.find("AccessToken")).toMatchObject([{ token_type: "Bearer" }]);
  });

  // Decision 7: sorted by code point, without doubles in whatever case.
  test.for([
    [["b", "a", "C"], "C a b"],
    [["User.Read", "user.read", "USER.READ"], "USER.READ"],
    [["s1", "s1"], "s1"],
    [[], ""],
    [undefined, ""],
  ] as const)("scopes %j become the target %j", ([scope, target]) => {
    const cache = cacheOf(johnDoe({}, { scope }));

    expect(cache.find("AccessToken")).toMatchObject([{ target }]);
    expect(cache.find("RefreshToken")).toMatchObject([{ target }]);
  });

  test("the same scopes in another order and case are the same token", () => {
    const cache = cacheOf(
      johnDoe({}, { scope: ["User.Read", "Mail.Read"] }),
      johnDoe({ access_token: "newer" }, { scope: ["mail.read", "user.read"] }),
    );

    expect(cache.find("AccessToken")).toMatchObject([{ secret: "newer" }]);
  });
});

describe("times", () => {
  // expires_in, and the lifetime that is kept. §19 and decision 16: whole numbers and their text are
  // read, whatever else came makes the default.
  test.for([
    [3600, 3600],
    ["3600", 3600],
    [0, 0],
    [-99, -99],
    ["-99", -99],
    [null, 600],
    ["", 600],
    ["3599.5", 600],
    ["1e3", 600],
    ["0x10", 600],
    ["3600s", 600],
    ["NaN", 600],
    ["Infinity", 600],
    ["99999999999999999999", 600],
    [Number.NaN, 600],
    [Number.POSITIVE_INFINITY, 600],
    [1e300, 600],
    [true, 600],
    [{}, 600],
    [[3600], 600],
  ] as const)("expires_in %j is %i seconds", ([expires_in, lifetime]) => {
    const cache = cacheOf(johnDoe({ expires_in }));

    expect(cache.find("AccessToken")).toMatchObject([
      {
        cached_at: "1000",
        expires_on: String(1000 + lifetime),
        extended_expires_on: String(1000 + lifetime),
      },
    ]);
  });

  test("a fraction of a second is cut off", () => {
    const cache = new TokenCache();

    cache.add(johnDoe({ expires_in: 3599.5, ext_expires_in: 7199.9, refresh_in: 100.5 }), 1000.9);

    expect(cache.find("AccessToken")).toMatchObject([
      {
        cached_at: "1000",
        expires_on: "4599",
        extended_expires_on: "8199",
        refresh_on: "1100",
      },
    ]);
  });

  test("cache 24: expires_on counts when there is no expires_in", () => {
    const cache = cacheOf(johnDoe({ expires_in: undefined, expires_on: "5000" }));

    expect(cache.find("AccessToken")).toMatchObject([{ expires_on: "5000" }]);
  });

  test("expires_in comes before expires_on", () => {
    const cache = cacheOf(johnDoe({ expires_in: 3600, expires_on: "5000" }));

    expect(cache.find("AccessToken")).toMatchObject([{ expires_on: "4600" }]);
  });

  test("cache 25: a token without any lifetime is kept for 600 seconds", () => {
    const cache = cacheOf(johnDoe({ expires_in: undefined }));

    expect(cache.find("AccessToken")).toMatchObject([
      { expires_on: "1600", extended_expires_on: "1600" },
    ]);
  });

  test.for([["2023-11-14T22:13:20Z"], ["soon"], [null], [{}]] as const)(
    "expires_on %j says nothing",
    ([expires_on]) => {
      const cache = cacheOf(johnDoe({ expires_in: undefined, expires_on }));

      expect(cache.find("AccessToken")).toMatchObject([{ expires_on: "1600" }]);
    },
  );

  // ext_expires_in, and the extended lifetime: that of the token when it says nothing.
  test.for([
    [7200, 7200],
    ["7200", 7200],
    [undefined, 3600],
    [null, 3600],
    ["junk", 3600],
  ] as const)("ext_expires_in %j is %i seconds", ([ext_expires_in, lifetime]) => {
    const cache = cacheOf(johnDoe({ ext_expires_in }));

    expect(cache.find("AccessToken")).toMatchObject([
      { expires_on: "4600", extended_expires_on: String(1000 + lifetime) },
    ]);
  });

  test.for([[1800], ["1800"]] as const)("refresh_in %j is read", ([refresh_in]) => {
    const cache = cacheOf(johnDoe({ refresh_in }));

    expect(cache.find("AccessToken")).toMatchObject([{ refresh_on: "2800" }]);
  });

  test.for([[null], ["junk"], ["100.5"], [{}], [Number.NaN], [undefined]] as const)(
    "refresh_in %j leaves no refresh_on",
    ([refresh_in]) => {
      const cache = cacheOf(johnDoe({ refresh_in }));

      expect(cache.find("AccessToken")[0]).not.toHaveProperty("refresh_on");
    },
  );

  test("without a time of its own an event happens now", () => {
    const cache = new TokenCache();
    const before = Math.trunc(Date.now() / 1000);

    cache.add(johnDoe());

    const cachedAt = Number(cache.find("AccessToken")[0]?.cached_at);
    expect(cachedAt).toBeGreaterThanOrEqual(before);
    expect(cachedAt).toBeLessThanOrEqual(Date.now() / 1000);
  });
});

describe("add", () => {
  function deepFreeze<T>(value: T): T {
    if (typeof value === "object" && value !== null) {
      for (const member of Object.values(value)) deepFreeze(member);
      Object.freeze(value);
    }
    return value;
  }

  test("takes a frozen event and changes nothing in it", () => {
    const event = johnDoe({ foci: "1", refresh_in: 1800 }, { data: { key_id: "k" } });
    const before = structuredClone(event);

    cacheOf(deepFreeze(event));

    expect(event).toEqual(before);
  });

  test("keeps no hold on the event", () => {
    const event = johnDoe();
    const cache = cacheOf(event);

    event.response.access_token = "changed later";

    expect(cache.find("AccessToken")).toMatchObject([{ secret: "an access token" }]);
  });

  // What is wrong with an event, and what the error is called. Nothing of it may be kept.
  test.for([
    ["an ID token that is none", { response: { ...johnDoe().response, id_token: "junk" } }],
    [
      "an ID token of another client",
      { response: { ...johnDoe().response, id_token: jwt({ aud: "x", sub: "s" }) } },
    ],
    ["a token endpoint that is no URL", { token_endpoint: "no URL" }],
    ["a scope that is a string", { scope: "s1 s2" as unknown as string[] }],
    ["a scope that holds a number", { scope: ["s1", 5] as unknown as string[] }],
  ] as const)("keeps nothing of an event with %s", ([, more]) => {
    const cache = cacheOf(johnDoe({ access_token: "old", refresh_token: "old" }));
    const before = rows(cache);

    thrownBy(() => cache.add({ ...johnDoe(), ...more }, 2000));

    expect(rows(cache)).toEqual(before);
  });

  // Arguments that are none, and the name that the message has to give.
  test.for([
    [[null], "event"],
    [[undefined], "event"],
    [["an event"], "event"],
    [[johnDoe(), Number.NaN], "now"],
    [[johnDoe(), Number.POSITIVE_INFINITY], "now"],
    [[johnDoe(), "1000"], "now"],
    [[johnDoe({}, { token_endpoint: "no URL" })], "token_endpoint"],
    [[johnDoe({}, { scope: "s1 s2" as unknown as string[] })], "scope"],
    [[johnDoe({}, { scope: [5] as unknown as string[] })], "scope"],
  ] as const)("refuses arguments %#", ([args, name]) => {
    const cache = new TokenCache();

    const error = thrownBy(() => cache.add(...(args as unknown as [TokenEvent, number])));

    expect(error.code).toBe("invalid_argument");
    expect(error.message).toContain(name);
    expect(Object.values(rows(cache)).flat()).toEqual([]);
  });
});

describe("find", () => {
  const SECOND: TokenEvent = signIn({ scope: ["User.Read", "Mail.Read"] });

  test("cache 12: without options finds all rows of a section, in the order they were written", () => {
    const cache = cacheOf(johnDoe(), SECOND, ADFS);

    expect(cache.find("AccessToken").map((row) => row.environment)).toEqual([
      "login.example.com",
      "login.microsoftonline.com",
      "fs.contoso.example",
    ]);
  });

  test("a row that is written again keeps its place", () => {
    const cache = cacheOf(johnDoe(), SECOND, johnDoe({ access_token: "newer" }));

    expect(cache.find("AccessToken").map((row) => row.secret)).toEqual(["newer", "at-user"]);
  });

  test("an empty cache, an empty target and an empty query are no special case", () => {
    expect(new TokenCache().find("IdToken")).toEqual([]);
    const cache = cacheOf(johnDoe());
    expect(cache.find("AccessToken", { target: [], query: {} })).toHaveLength(1);
    expect(cache.find("AccessToken", { target: undefined, query: undefined })).toHaveLength(1);
    expect(cache.find("AccessToken", { query: { client_id: undefined } })).toHaveLength(1);
  });

  test("cache 13: a member that only some rows have is a criterion too", () => {
    const cache = cacheOf(johnDoe(), johnDoe({}, { data: { key_id: "some_key_id" } }));

    expect(cache.find("AccessToken", { query: { key_id: "some_key_id" } })).toHaveLength(1);
    expect(cache.find("AccessToken", { query: { key_id: "another" } })).toEqual([]);
  });

  // TypeScript's query knows no null: "" stands for what is absent, null or empty (§19: one and the same).
  test('cache 31: "" finds rows whose home_account_id is null, and only those', () => {
    const cache = cacheOf(johnDoe(), { ...johnDoe(), response: { access_token: "app's own" } });

    const found = cache.find("AccessToken", { query: { home_account_id: "" } });

    expect(found).toMatchObject([{ secret: "app's own", home_account_id: null }]);
  });

  test("null, which plain JavaScript may pass, is the same", () => {
    const cache = cacheOf({ ...johnDoe(), response: { access_token: "app's own" } });

    const query = { home_account_id: null } as unknown as Record<string, string>;

    expect(cache.find("AccessToken", { query })).toHaveLength(1);
  });

  // Decision 7: scopes match in any case, as Microsoft Entra treats them.
  test("cache 32: a target matches in any case", () => {
    const cache = cacheOf(johnDoe({}, { scope: ["User.Read"] }));

    expect(cache.find("AccessToken", { target: ["uSER.rEAD"] })).toHaveLength(1);
    expect(cache.find("AccessToken", { target: ["User"] })).toEqual([]);
  });

  // What is looked for among s1, s2 and s3, and whether that is found.
  test.for([
    [["s1"], true],
    [["s3", "s1"], true],
    [["s1", "s1"], true],
    [["s1", "s2", "s3"], true],
    [["s1", "s4"], false],
    [["s"], false],
    [["s1 s2"], false],
    [[""], false],
  ] as const)("target %j among s1, s2, s3: %j", ([target, found]) => {
    const cache = cacheOf(johnDoe());

    expect(cache.find("AccessToken", { target }).length > 0).toBe(found);
  });

  // A criterion, and whether it fits the row. Ids and hosts have no case (§17); everything else has.
  test.for([
    [{ client_id: "my_client_id", realm: "contoso" }, true],
    [{ client_id: "my_client_id", realm: "fabrikam" }, false],
    [{ home_account_id: "UID.utid", environment: "LOGIN.example.com" }, true],
    [{ token_type: "some type" }, true],
    [{ token_type: "Some Type" }, false],
    [{ secret: "AN ACCESS TOKEN" }, false],
    [{ nonsense: "x" }, false],
    [{ nonsense: "" }, true],
    [{ client_id: "" }, false],
    [{ toString: "x" }, false],
    [{ constructor: "" }, true],
  ] as const)("query %j fits: %j", ([query, found]) => {
    const cache = cacheOf(johnDoe());

    const options = { query: query as Record<string, string> };

    expect(cache.find("AccessToken", options).length > 0).toBe(found);
  });

  test("finds expired tokens as well", () => {
    const cache = cacheOf(johnDoe({ expires_in: -99 }));

    expect(cache.find("AccessToken")).toHaveLength(1);
  });

  test("hands out frozen copies", () => {
    const cache = cacheOf(johnDoe());
    const [row] = cache.find("AccessToken");

    expect(row).toBeDefined();
    expect(Object.isFrozen(row)).toBe(true);
    expect(() => Object.assign(row as object, { secret: "changed" })).toThrow(TypeError);
    expect(cache.find("AccessToken")[0]).not.toBe(row);
    expect(cache.find("AccessToken")).toMatchObject([{ secret: "an access token" }]);
  });

  // Arguments that are none, and the name that the message has to give.
  test.for([
    [[], "credentialType"],
    [["accesstoken"], "credentialType"],
    [["__proto__"], "credentialType"],
    [["customized"], "credentialType"],
    [["AccessToken", null], "options"],
    [["AccessToken", "s1"], "options"],
    [["AccessToken", ["s1"]], "options"], // the reference's second parameter
    [["AccessToken", { target: "s1" }], "target"],
    [["AccessToken", { target: null }], "target"],
    [["AccessToken", { target: new Set(["s1"]) }], "target"],
    [["AccessToken", { target: [5] }], "target"],
    [["AccessToken", { target: [undefined] }], "target"],
    [["AccessToken", { query: "s1" }], "query"],
    [["AccessToken", { query: null }], "query"],
    [["AccessToken", { query: ["s1"] }], "query"],
    [["AccessToken", { query: { client_id: 5 } }], "client_id"],
    [["AccessToken", { query: { expires_on: 5 } }], "expires_on"],
  ] as const)("refuses arguments %j", ([args, name]) => {
    const cache = cacheOf(johnDoe());

    const error = thrownBy(() =>
      cache.find(...(args as unknown as Parameters<TokenCache["find"]>)),
    );

    expect(error.code).toBe("invalid_argument");
    expect(error.message).toContain(name);
  });
});

describe("what belongs together", () => {
  test("a client's second sign-in replaces its refresh token, whatever its scopes", () => {
    const cache = cacheOf(
      signIn({ scope: ["User.Read"] }),
      signIn({ scope: ["Mail.Read"], response: { refresh_token: "newer" } }),
    );

    expect(cache.find("RefreshToken")).toMatchObject([{ secret: "newer" }]);
    expect(cache.find("AccessToken")).toHaveLength(2);
  });

  // What makes a sign-in another one's; nothing of the first may be replaced.
  test.for([
    [{ uid: "99999999-aaaa-4aaa-8aaa-000000000001" }],
    [{ client: "99999999-cccc-4ccc-8ccc-000000000003" }],
    [{ environment: "login.microsoftonline.us" }],
  ] as const)("%j is somebody else's", ([other]) => {
    const cache = cacheOf(signIn(), signIn(other));

    for (const type of ["AccessToken", "RefreshToken", "IdToken"] as const) {
      expect(cache.find(type), type).toHaveLength(2);
    }
  });

  test("another tenant has access tokens of its own and the same refresh token", () => {
    const cache = cacheOf(
      signIn(),
      signIn({ tenant: "99999999-bbbb-4bbb-8bbb-000000000002", response: { refresh_token: "2" } }),
    );

    expect(cache.find("AccessToken")).toHaveLength(2);
    expect(cache.find("IdToken")).toHaveLength(2);
    expect(cache.find("Account")).toHaveLength(2);
    expect(cache.find("RefreshToken")).toMatchObject([{ secret: "2" }]);
  });

  test("ids in another case are the same", () => {
    const cache = cacheOf(
      signIn(),
      signIn({
        client: CLIENT_ID.toUpperCase(),
        response: { client_info: clientInfo().replaceAll("=", ""), access_token: "newer" },
      }),
    );

    expect(cache.find("AccessToken")).toMatchObject([{ secret: "newer" }]);
    expect(cache.find("AppMetadata")).toHaveLength(1);
  });
});
