import { SerializableTokenCache, type TokenEvent } from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  appToken,
  CLIENT_ID,
  clientInfo,
  encode,
  HOME,
  HOST,
  jwt,
  loaded,
  NOW,
  rows,
  saved,
  signIn,
  TENANT,
  thrownBy,
} from "./setup.js";

function cacheOf(...events: TokenEvent[]): SerializableTokenCache {
  const cache = new SerializableTokenCache();
  for (const event of events) cache.add(event, NOW);
  return cache;
}

describe("the text", () => {
  // §15. As decided: targets and keys sorted (decision 7), and an app's own token leaves the family of
  // its client alone (§19).
  test("is that of the worked example", () => {
    const cache = new SerializableTokenCache();
    const id_token = jwt({
      aud: CLIENT_ID,
      sub: "S",
      oid: "00000000-aaaa-4aaa-8aaa-000000000001",
      preferred_username: "Ada@Contoso.example",
    });
    const scope = "User.Read Mail.Read openid profile".split(" ");

    cache.add(
      signIn({
        scope,
        response: { id_token, ext_expires_in: 7200, refresh_in: 1800, foci: "1" },
      }),
      NOW,
    );
    cache.add(appToken({ response: { expires_in: 86399 } }), NOW + 100);

    expect(saved(cache)).toEqual({
      AccessToken: {
        "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002-login.microsoftonline.com-accesstoken-22222222-cccc-4ccc-8ccc-000000000003-11111111-bbbb-4bbb-8bbb-000000000002-mail.read user.read openid profile":
          {
            credential_type: "AccessToken",
            secret: "at-user",
            home_account_id:
              "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002",
            environment: "login.microsoftonline.com",
            client_id: "22222222-cccc-4ccc-8ccc-000000000003",
            target: "Mail.Read User.Read openid profile",
            realm: "11111111-bbbb-4bbb-8bbb-000000000002",
            token_type: "Bearer",
            cached_at: "1700000000",
            expires_on: "1700003600",
            extended_expires_on: "1700007200",
            refresh_on: "1700001800",
          },
        "-login.microsoftonline.com-accesstoken-22222222-cccc-4ccc-8ccc-000000000003-11111111-bbbb-4bbb-8bbb-000000000002-https://vault.azure.net/.default":
          {
            credential_type: "AccessToken",
            secret: "at-app",
            home_account_id: null,
            environment: "login.microsoftonline.com",
            client_id: "22222222-cccc-4ccc-8ccc-000000000003",
            target: "https://vault.azure.net/.default",
            realm: "11111111-bbbb-4bbb-8bbb-000000000002",
            token_type: "Bearer",
            cached_at: "1700000100",
            expires_on: "1700086499",
            extended_expires_on: "1700086499",
          },
      },
      Account: {
        "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002-login.microsoftonline.com-11111111-bbbb-4bbb-8bbb-000000000002":
          {
            home_account_id:
              "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002",
            environment: "login.microsoftonline.com",
            realm: "11111111-bbbb-4bbb-8bbb-000000000002",
            local_account_id: "00000000-aaaa-4aaa-8aaa-000000000001",
            username: "Ada@Contoso.example",
            authority_type: "MSSTS",
          },
      },
      IdToken: {
        "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002-login.microsoftonline.com-idtoken-22222222-cccc-4ccc-8ccc-000000000003-11111111-bbbb-4bbb-8bbb-000000000002-":
          {
            credential_type: "IdToken",
            secret: id_token,
            home_account_id:
              "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002",
            environment: "login.microsoftonline.com",
            realm: "11111111-bbbb-4bbb-8bbb-000000000002",
            client_id: "22222222-cccc-4ccc-8ccc-000000000003",
          },
      },
      RefreshToken: {
        "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002-login.microsoftonline.com-refreshtoken-22222222-cccc-4ccc-8ccc-000000000003--mail.read user.read openid profile":
          {
            credential_type: "RefreshToken",
            secret: "rt-user",
            home_account_id:
              "00000000-aaaa-4aaa-8aaa-000000000001.11111111-bbbb-4bbb-8bbb-000000000002",
            environment: "login.microsoftonline.com",
            client_id: "22222222-cccc-4ccc-8ccc-000000000003",
            target: "Mail.Read User.Read openid profile",
            last_modification_time: "1700000000",
            family_id: "1",
          },
      },
      AppMetadata: {
        "appmetadata-login.microsoftonline.com-22222222-cccc-4ccc-8ccc-000000000003": {
          client_id: "22222222-cccc-4ccc-8ccc-000000000003",
          environment: "login.microsoftonline.com",
          family_id: "1",
        },
      },
    });
  });

  test("has sections and rows in the order they were first written", () => {
    const cache = cacheOf(
      appToken({ scope: ["a"] }),
      signIn({ scope: ["b"] }),
      appToken({ scope: ["a"], response: { access_token: "newer" } }),
    );

    const state = saved(cache);

    expect(Object.keys(state)).toEqual([
      "AccessToken",
      "AppMetadata",
      "Account",
      "IdToken",
      "RefreshToken",
    ]);
    expect(Object.values(state.AccessToken!).map((row) => row.secret)).toEqual([
      "newer",
      "at-user",
    ]);
  });

  test("has ADFS accounts under their subject", () => {
    const cache = cacheOf({
      client_id: CLIENT_ID,
      scope: ["openid"],
      token_endpoint: "https://fs.contoso.example/adfs/oauth2/token",
      response: {
        access_token: "at",
        id_token: jwt({ aud: CLIENT_ID, sub: "S", upn: "u@c.example" }),
      },
    });

    expect(saved(cache).Account).toEqual({
      "s-fs.contoso.example-adfs": {
        home_account_id: "S",
        environment: "fs.contoso.example",
        realm: "adfs",
        local_account_id: "S",
        username: "u@c.example",
        authority_type: "ADFS",
      },
    });
  });

  // §2. An event, and the key of the row it becomes.
  const event: TokenEvent = {
    client_id: "CID",
    scope: ["S2", "s1"],
    token_endpoint: "https://H/Contoso/token",
    environment: "h",
    response: {
      access_token: "at",
      refresh_token: "rt",
      id_token: jwt({ aud: "CID", sub: "s" }),
      client_info: encode({ uid: "U", utid: "T" }),
    },
  };
  const app: TokenEvent = { ...event, response: { access_token: "at" } };
  test.for([
    ["AccessToken", event, "u.t-h-accesstoken-cid-contoso-s2 s1"],
    ["AccessToken", { ...event, scope: [] }, "u.t-h-accesstoken-cid-contoso-"],
    ["AccessToken", app, "-h-accesstoken-cid-contoso-s2 s1"],
    ["AccessToken", { response: { access_token: "at" } }, "--accesstoken---"],
    ["RefreshToken", event, "u.t-h-refreshtoken-cid--s2 s1"],
    ["RefreshToken", { response: { refresh_token: "rt" } }, "--refreshtoken---"],
    ["IdToken", event, "u.t-h-idtoken-cid-contoso-"],
    ["Account", event, "u.t-h-contoso"],
    // §19: lower case, where MSAL Python keeps the case; a row that is there keeps its key.
    ["AppMetadata", event, "appmetadata-h-cid"],
    ["AppMetadata", { response: {} }, "appmetadata--"],
  ] as const)("%s %#: the key is %3$s", ([type, event, key]) => {
    const cache = cacheOf(event);

    expect(Object.keys(saved(cache)[type] ?? {})).toEqual([key]);
  });

  // Decision 8: the suffixes of msal-node, claims hash (none) and scheme.
  test("a key-bound token has msal-node's credential type and suffix", () => {
    const cache = cacheOf({
      ...event,
      response: { ...event.response, token_type: "pop" },
      data: { key_id: "K" },
    });

    expect(saved(cache).AccessToken).toMatchObject({
      "u.t-h-accesstoken_with_authscheme-cid-contoso-s2 s1--pop": {
        credential_type: "AccessToken_With_AuthScheme",
        token_type: "pop",
        key_id: "K",
      },
    });
  });

  test("is read back as it was written", () => {
    const cache = cacheOf(signIn({ response: { foci: "1" } }), appToken());
    const before = rows(cache);
    const state = cache.serialize();

    const copy = new SerializableTokenCache();
    copy.deserialize(state);

    expect(rows(copy)).toEqual(before);
    expect(copy.serialize()).toBe(state);
  });

  test("of an empty cache is an empty object", () => {
    expect(JSON.parse(new SerializableTokenCache().serialize())).toEqual({});
  });
});

describe("hasStateChanged", () => {
  // §19: set only when something changed; app metadata of nobody is a change.
  test("cache 11: is false at first, and true after an event with nothing in it", () => {
    const cache = new SerializableTokenCache();
    expect(cache.hasStateChanged).toBe(false);

    cache.add({ response: {} });

    expect(cache.hasStateChanged).toBe(true);
  });

  test("is cleared by serialize", () => {
    const cache = cacheOf(signIn());

    cache.serialize();

    expect(cache.hasStateChanged).toBe(false);
  });

  test("is cleared by deserialize", () => {
    const cache = cacheOf(signIn());

    cache.deserialize("{}");

    expect(cache.hasStateChanged).toBe(false);
  });

  test("stays false when an event says what the cache knows", () => {
    const cache = cacheOf(signIn(), appToken());
    cache.serialize();

    cache.add(signIn(), NOW);
    cache.add(appToken(), NOW);
    cache.add({ response: {}, client_id: CLIENT_ID, environment: HOST }, NOW + 5);

    expect(cache.hasStateChanged).toBe(false);
  });

  test("becomes true with a later time alone", () => {
    const cache = cacheOf(appToken());
    cache.serialize();

    cache.add(appToken(), NOW + 1);

    expect(cache.hasStateChanged).toBe(true);
  });

  test("stays false when rows are looked for", () => {
    const cache = cacheOf(signIn());
    cache.serialize();

    rows(cache);

    expect(cache.hasStateChanged).toBe(false);
  });

  test("stays as it was when an event throws", () => {
    const cache = cacheOf(signIn());
    const bad = signIn({ response: { id_token: "junk" } });
    cache.serialize();

    thrownBy(() => cache.add(bad));
    expect(cache.hasStateChanged).toBe(false);

    cache.add(appToken());
    thrownBy(() => cache.add(bad));
    expect(cache.hasStateChanged).toBe(true);
  });

  test("may be set by hand, until the next serialize", () => {
    const cache = cacheOf(signIn());

    cache.hasStateChanged = false;
    expect(cache.hasStateChanged).toBe(false);
    cache.add(appToken());
    expect(cache.hasStateChanged).toBe(true);
    cache.serialize();
    cache.hasStateChanged = true;
    expect(cache.hasStateChanged).toBe(true);
    cache.serialize();
    expect(cache.hasStateChanged).toBe(false);
  });

  test("notices a change after it was set by hand and cleared", () => {
    const cache = cacheOf(signIn());
    cache.hasStateChanged = true;
    cache.deserialize(cache.serialize());

    cache.add(appToken({ response: { access_token: "newer" } }), NOW);

    expect(cache.hasStateChanged).toBe(true);
  });
});

describe("what the library does not know", () => {
  const FOREIGN = {
    customized: { whatever: [1, { deep: null }], "": "" },
    AccessToken: {
      "an unknown entry": { foo: "bar" },
      "-h-accesstoken-cid-t-s": {
        credential_type: "AccessToken",
        secret: "theirs",
        environment: "h",
        client_id: "cid",
        realm: "t",
        target: "s",
        requestedClaims: { nested: ["x", { y: 1.5 }] },
        home_account_id: null,
      },
    },
    AccessTokens: null,
    accesstoken: "not ours: another case",
    Account: {},
    "": 5,
  };

  test("cache 10: survives, wherever it is", () => {
    const cache = loaded(FOREIGN);

    cache.add(signIn(), NOW);
    cache.add(appToken(), NOW);
    cache.add({ response: {} });
    const state = saved(cache);

    expect(state).toMatchObject(FOREIGN);
    expect(Object.keys(state)).toEqual([
      ...Object.keys(FOREIGN),
      "IdToken",
      "RefreshToken",
      "AppMetadata",
    ]);
    expect(cache.find("AccessToken", { query: { foo: "bar" } })).toEqual([{ foo: "bar" }]);
  });

  test("is not changed by reading and writing", () => {
    const state = JSON.stringify(FOREIGN);
    const cache = new SerializableTokenCache();

    cache.deserialize(state);

    expect(JSON.parse(cache.serialize())).toEqual(FOREIGN);
    expect(cache.hasStateChanged).toBe(false);
  });

  test("is handed out frozen, all the way down", () => {
    const cache = loaded(FOREIGN);

    const [row] = cache.find("AccessToken", { query: { secret: "theirs" } });

    const claims = row?.requestedClaims as { nested: [string, { y: number }] };
    expect(Object.isFrozen(claims)).toBe(true);
    expect(() => claims.nested.push({ y: 1 } as never)).toThrow(TypeError);
    expect(() => Object.assign(claims.nested[1], { y: 2 })).toThrow(TypeError);
    expect(saved(cache)).toEqual(FOREIGN);
  });

  // §17: what another library keeps in a row is kept when ours is written over it.
  test("survives in an account that signs in again, and in app metadata", () => {
    const account = {
      home_account_id: HOME,
      environment: HOST,
      realm: TENANT,
      local_account_id: "old",
      username: "old",
      authority_type: "MSSTS",
      client_info: clientInfo(),
      tenantProfiles: [JSON.stringify({ tenantId: TENANT, isHomeTenant: true })],
    };
    const metadata = { client_id: CLIENT_ID, environment: HOST, theirs: { a: [1] } };
    const cache = loaded({ Account: { theirs: account }, AppMetadata: { theirs: metadata } });

    cache.add(signIn(), NOW);

    expect(cache.find("Account")).toEqual([
      {
        ...account,
        local_account_id: "00000000-aaaa-4aaa-8aaa-000000000001",
        username: "Ada@Contoso.example",
      },
    ]);
    expect(saved(cache).AppMetadata).toEqual({ theirs: metadata });
  });
});

describe("deserialize", () => {
  test.for([[null], [undefined], [""]] as const)(
    "cache 29: %j empties the cache and clears hasStateChanged",
    ([state]) => {
      const cache = cacheOf(signIn());

      cache.deserialize(state);

      expect(Object.values(rows(cache)).flat()).toEqual([]);
      expect(cache.hasStateChanged).toBe(false);
      expect(saved(cache)).toEqual({});
    },
  );

  test("replaces everything, and merges nothing", () => {
    const cache = cacheOf(signIn());
    const other = cacheOf(appToken());

    cache.deserialize(other.serialize());

    expect(rows(cache)).toEqual(rows(other));
  });

  const SECRET = "S3CRET4711";
  const entry = { credential_type: "AccessToken", secret: SECRET };
  const row = JSON.stringify(entry);
  const deep = `${"[".repeat(100_000)}"${SECRET}"${"]".repeat(100_000)}`;

  // Text that is no cache. Its tokens must not end in a message.
  const HOSTILE: [name: string, text: string][] = [
    ["cache 30: a brace and garbage", `{${SECRET}`],
    ["text that is not JSON", SECRET],
    ["white space", " \n "],
    ["a cut-off cache", `{"AccessToken":{"k":${row.slice(0, -1)}`],
    ["two caches", `{"AccessToken":{"k":${row}}}{}`],
    ["a trailing comma", `{"AccessToken":{"k":${row}},}`],
    ["an array", `[${row}]`],
    ["an empty array", "[]"],
    ["JSON null", "null"],
    ["a number", "471147114711"],
    ["true", "true"],
    ["a string", `"${SECRET}"`],
    ["a section that is a string", `{"AccessToken":"${SECRET}"}`],
    ["a section that is a number", '{"Account":471147114711}'],
    ["a section that is null", '{"IdToken":null}'],
    ["a section that is an array", `{"RefreshToken":[${row}]}`],
    ["an entry that is a string", `{"AccessToken":{"k":${row},"${SECRET}":"${SECRET}"}}`],
    ["an entry that is a number", '{"AppMetadata":{"k":471147114711}}'],
    ["an entry that is null", `{"AccessToken":{"${SECRET}":null}}`],
    ["an entry that is an array", `{"AccessToken":{"k":[${row}]}}`],
    ["an entry called __proto__ that is none", `{"AccessToken":{"__proto__":"${SECRET}"}}`],
    ["a bad section behind good ones", `{"AccessToken":{"k":${row}},"Account":false}`],
    ["nested arrays without end", deep],
    ["a member nested without end", `{"AccessToken":{"k":{"secret":${deep}}}}`],
    ["an unknown section nested without end", `{"customized":${deep}}`],
    ["10 MB of garbage", SECRET.repeat(1024 * 1024)],
    ["10 MB, cut off", `{"AccessToken":{"k":{"secret":"${SECRET.repeat(1024 * 1024)}`],
  ];

  test.for(HOSTILE)("%s is refused, and the cache stays as it was", ([, text]) => {
    for (const hasStateChanged of [false, true]) {
      const cache = cacheOf(signIn());
      const before = cache.serialize();
      cache.hasStateChanged = hasStateChanged;

      const error = thrownBy(() => cache.deserialize(text));

      expect(error.code).toBe("invalid_cache");
      expect(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
        /S3CRET|4711/,
      );
      expect(error.message.length).toBeLessThan(500);
      expect(cache.hasStateChanged).toBe(hasStateChanged);
      expect(cache.serialize()).toBe(before);
    }
  });

  test.for([[4711], [{ AccessToken: {} }], [new Uint8Array(3)], [false]] as const)(
    "%j is no text, and refused",
    ([state]) => {
      const cache = cacheOf(signIn());

      const error = thrownBy(() => cache.deserialize(state as unknown as string));

      expect(error.code).toBe("invalid_cache");
      expect(cache.hasStateChanged).toBe(true);
      expect(cache.find("AccessToken")).toHaveLength(1);
    },
  );

  // Names that are members of every object.
  test.for([
    ["__proto__"],
    ["constructor"],
    ["prototype"],
    ["toString"],
    ["hasOwnProperty"],
  ] as const)("%s is a name like any other: of a section, a key and a member", ([name]) => {
    const poison = `{"polluted":"yes","isAdmin":true}`;
    const owner = `"home_account_id":"${HOME}","environment":"${HOST}"`;
    const text = [
      `{"${name}":${poison}`,
      `"AccessToken":{"${name}":${poison},"k":{"${name}":${poison},"secret":"s"}}`,
      `"Account":{"${name}":{${owner},"realm":"${TENANT}","authority_type":"MSSTS","${name}":${poison}}}`,
      `"RefreshToken":{"${name}":{${owner},"client_id":"${CLIENT_ID}","${name}":${poison}}}`,
      `"AppMetadata":{"${name}":{"environment":"${HOST}","client_id":"${CLIENT_ID}","${name}":${poison}}}}`,
    ].join(",");
    const cache = new SerializableTokenCache();

    cache.deserialize(text);

    expect(cache.serialize()).toBe(text);
    expect(cache.find("AccessToken", { query: { secret: "s" } })).toHaveLength(1);
    expect(cache.find("AccessToken", { query: { polluted: "yes" } })).toHaveLength(1);
    const found = cache.find("AccessToken", { query: { secret: "s" } })[0]!;
    expect(Object.hasOwn(found, name)).toBe(true);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
    cache.add(signIn({ response: { foci: "1" } }), NOW);
    const state = saved(cache);
    expect(Object.keys(state.AccessToken!)).toContain(name);
    expect(JSON.stringify(state.AppMetadata)).toContain(`"${name}":${poison}`);
    expect(JSON.stringify(state.Account)).toContain(`"${name}":${poison}`);
    expect(cache.find("Account")).toHaveLength(1);
    expect(cache.find("AppMetadata")).toMatchObject([{ family_id: "1" }]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(([] as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  });

  test("an event whose members are such names is kept like any other", () => {
    const cache = cacheOf(
      signIn({ environment: "__proto__", client: "constructor", scope: ["__proto__"] }),
      {
        client_id: "__proto__",
        environment: "constructor",
        response: JSON.parse('{"access_token":"a","__proto__":{"polluted":"yes"}}'),
      },
    );

    const copy = loaded(saved(cache));

    expect(rows(copy)).toEqual(rows(cache));
    expect(copy.find("AppMetadata", { query: { client_id: "__proto__" } })).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("what is nested a little is kept", () => {
    const text = `{"customized":${"[".repeat(30)}${"]".repeat(30)},"AccessToken":{"k":{"x":${'{"a":'.repeat(20)}1${"}".repeat(20)}}}}`;
    const cache = new SerializableTokenCache();

    cache.deserialize(text);

    expect(cache.serialize()).toBe(text);
  });

  test("what no string can hold is not written, and the message names the stores", () => {
    const cache = new SerializableTokenCache();
    cache.add(signIn(), NOW);
    // Six characters each, once written: more than the 2 ** 29 - 24 that V8 allows.
    cache.add(appToken({ response: { access_token: "\u0001".repeat(90_000_000) } }), NOW);

    const error = thrownBy(() => cache.serialize());

    expect(error.code).toBe("invalid_cache");
    expect(error.message).toMatch(/TokenStore.*PersistedTokenCache.*maxEntries/);
    expect(error.cause).toBeUndefined();
    expect(cache.hasStateChanged).toBe(true);
    expect(cache.find("AccessToken", { query: { secret: "at-user" } })).toHaveLength(1);
    // Half a gigabyte is written before it turns out to be too much.
  }, 60_000);

  test("10 MB are read and written", () => {
    const secret = "x".repeat(10 * 1024 * 1024);
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, i) => [`k${i}`, { secret: "y".repeat(1000), n: i }]),
    );
    const state = { AccessToken: { long: { secret }, ...many } };

    const cache = loaded(state);

    expect(cache.find("AccessToken", { query: { n: "4999" } })).toHaveLength(1);
    expect(saved(cache)).toEqual(state);
  });

  // Members of another type than the schema's: matched as if they were absent, and kept.
  test("odd members break nothing", () => {
    const odd = { home_account_id: 5, environment: [], client_id: {}, realm: true, target: null };
    const state = {
      AccessToken: { a: odd, b: {}, c: { ...odd, expires_on: {}, refresh_on: "soon", secret: 1 } },
      RefreshToken: { a: odd, b: {} },
      IdToken: { a: { ...odd, secret: 5 }, b: {} },
      Account: { a: { ...odd, username: 5, authority_type: 7 }, b: {} },
      AppMetadata: { a: odd, b: {} },
    };
    const cache = loaded(state);

    expect(cache.find("AccessToken", { target: ["s1"] })).toEqual([]);
    cache.add(signIn(), NOW);
    cache.add({ response: { access_token: "x", refresh_token: "y" } }, NOW);

    expect(saved(cache)).toMatchObject({ AccessToken: { a: odd }, IdToken: { b: {} } });
  });

  test("times may be numbers", () => {
    const state = {
      AccessToken: { k: { secret: "s", expires_on: NOW + 3600, cached_at: NOW } },
    };

    const cache = loaded(state);

    expect(cache.find("AccessToken", { query: { expires_on: String(NOW + 3600) } })).toHaveLength(
      1,
    );
    expect(saved(cache)).toEqual(state);
  });

  // §18: a target split by whatever white space.
  test("cache 33: scopes may be separated by tabs and several spaces", () => {
    const cache = loaded({
      AccessToken: { k: { credential_type: "AccessToken", target: " s1\ts2  s3\n" } },
    });

    expect(cache.find("AccessToken", { target: ["s3", "s1"] })).toHaveLength(1);
    expect(cache.find("AccessToken", { target: ["s2"] })).toHaveLength(1);
    expect(cache.find("AccessToken", { target: ["s4"] })).toEqual([]);
  });
});
