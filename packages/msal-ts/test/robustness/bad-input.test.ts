/**
 * Arguments that are wrong in the ways people get them wrong: each is refused with a message that names
 * it, before anything is sent.
 */
import { startEmulator } from "@msal-ts/emulator";
import {
  type Account,
  type AuthCodeFlow,
  AuthorityBuilder,
  ClientApplication,
  ConfidentialClientApplication,
  MsalError,
  MsalOAuthError,
  PublicClientApplication,
  SerializableTokenCache,
  TokenCache,
  unwrap,
} from "msal-ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  AUTHORITY,
  CLIENT_ID,
  ecKey,
  GRAPH,
  REDIRECT_URI,
  rejection,
  rsaKey,
  SECRET,
  wrong,
} from "./setup.js";

/** Words of a secret kind; no message may repeat them. */
const CANARY = "canary8Q~fC.x1VbWzK0";
const CANARY_CODE = "0.AXcanary-authorization-code";

const CLAIMS = '{"access_token":{}}';

const privateKey = rsaKey();
const encryptedKey = rsaKey("right");
let certificate = "";

beforeAll(async () => {
  // Any certificate will do whose key we do not have.
  const idp = await startEmulator({}, { https: true });
  certificate = idp.ca ?? "";
  await idp.close();
});

let requests = 0;
const httpClient = async () => {
  requests++;
  throw new Error("Nothing must be sent.");
};
afterAll(() => expect(requests).toBe(0));

function expectRefusal(error: unknown, code: string, says: readonly string[]): void {
  expect(error).toBeInstanceOf(MsalError);
  const { code: came, message } = error as MsalError;
  expect({ came, message }).toMatchObject({ came: code });
  for (const words of says) expect(message).toContain(words);
  expect(message).not.toContain("canary");
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("It was expected to throw.");
}

type Row = readonly [title: string, act: () => unknown, code: string, ...says: string[]];

function refuses(rows: readonly Row[]): void {
  test.for(rows)("%s", ([, act, code, ...says]) => {
    expectRefusal(thrownBy(act), code, says);
  });
}

describe.for([
  ["ClientApplication", ClientApplication],
  ["PublicClientApplication", PublicClientApplication],
  ["ConfidentialClientApplication", ConfidentialClientApplication],
] as const)("new %s", ([, Application]) => {
  const base = Application === ConfidentialClientApplication ? { clientCredential: SECRET } : {};
  const make = (clientId: unknown, options: object = {}) =>
    new Application(wrong(clientId), wrong({ httpClient, ...base, ...options }));
  const option =
    (options: object): (() => unknown) =>
    () =>
      make(CLIENT_ID, options);

  refuses([
    ["without a client id", () => make(undefined), "invalid_argument", "clientId", "undefined"],
    ["clientId null", () => make(null), "invalid_argument", "clientId", "null"],
    ["clientId empty", () => make(""), "invalid_argument", "clientId", "an empty string"],
    ["clientId with a space", () => make(`${CANARY}\n`), "invalid_argument", "clientId", "space"],
    ["clientId a number", () => make(42), "invalid_argument", "clientId", "number"],
    ["clientId an object", () => make({ clientId: "x" }), "invalid_argument", "clientId", "object"],
  ]);

  refuses(
    [null, "options", 42, [], () => {}].map(
      (options): Row => [
        `options ${typeof options} ${String(options)}`,
        () => new Application(CLIENT_ID, wrong(options)),
        "invalid_argument",
        options === null && base.clientCredential ? "clientCredential" : "",
      ],
    ),
  );

  refuses([
    [
      "mistyped option",
      option({ tokencache: 1 }),
      "invalid_argument",
      '"tokencache"',
      "tokenCache",
    ],
    ["option of msal-node", option({ auth: {} }), "invalid_argument", '"auth"', "authority"],
    ["snake case option", option({ client_credential: CANARY }), "invalid_argument", "clientCred"],
    ["option __proto__", option(JSON.parse('{"__proto__":1}')), "invalid_argument", "__proto__"],
    ["option toString", option({ toString: 1 }), "invalid_argument", '"toString"'],
    ["timeout text", option({ timeout: "30" }), "invalid_argument", "timeout", "milliseconds", "2"],
    ["timeout 0", option({ timeout: 0 }), "invalid_argument", "timeout", " 0."],
    ["timeout -1", option({ timeout: -1 }), "invalid_argument", "timeout", " -1."],
    ["timeout NaN", option({ timeout: Number.NaN }), "invalid_argument", "timeout", "NaN"],
    ["timeout Infinity", option({ timeout: 1 / 0 }), "invalid_argument", "timeout", "Infinity"],
    ["timeout null", option({ timeout: null }), "invalid_argument", "timeout", "null"],
    ["validateAuthority", option({ validateAuthority: "no" }), "invalid_argument", "validateAuth"],
    ["instanceDiscovery", option({ instanceDiscovery: null }), "invalid_argument", "instanceDisc"],
    ["enablePiiLog text", option({ enablePiiLog: "false" }), "invalid_argument", "enablePiiLog"],
    [
      "tokenCache a Map",
      option({ tokenCache: new Map() }),
      "invalid_argument",
      "tokenCache",
      "Map",
    ],
    ["tokenCache a class", option({ tokenCache: TokenCache }), "invalid_argument", "tokenCache"],
    ["httpCache null", option({ httpCache: null }), "invalid_argument", "httpCache", "Map", "null"],
    [
      "httpCache a path",
      option({ httpCache: CANARY }),
      "invalid_argument",
      "httpCache",
      "a string",
    ],
    ["httpCache an object", option({ httpCache: {} }), "invalid_argument", "httpCache", "keys"],
    ["httpCache a list", option({ httpCache: [] }), "invalid_argument", "httpCache", "an array"],
    ["httpCache a Set", option({ httpCache: new Set() }), "invalid_argument", "httpCache", "Set"],
    ["httpCache a WeakMap", option({ httpCache: new WeakMap() }), "invalid_argument", "WeakMap"],
    [
      "httpCache a TokenCache",
      option({ httpCache: new TokenCache() }),
      "invalid_argument",
      "Token",
    ],
    [
      "http_cache",
      option({ http_cache: new Map() }),
      "invalid_argument",
      '"http_cache"',
      "httpCache",
    ],
    ["httpClient an object", option({ httpClient: {} }), "invalid_argument", "httpClient", "fetch"],
    ["verify a number", option({ verify: 1 }), "invalid_argument", "verify", "number"],
    ["verify empty", option({ verify: "" }), "invalid_argument", "verify", "an empty string"],
    ["logger a function", option({ logger: () => {} }), "invalid_argument", "logger", "console"],
    ["logger half", option({ logger: { info() {} } }), "invalid_argument", "logger", "debug"],
    ["clock a number", option({ clock: 1 }), "invalid_argument", "clock", "now"],
    ["clock without now", option({ clock: {} }), "invalid_argument", "clock", "now"],
    [
      "clock without time",
      option({ clock: { now: () => Number.NaN } }),
      "invalid_argument",
      "clock",
      "NaN",
    ],
    ["waitUntil a promise", option({ waitUntil: {} }), "invalid_argument", "waitUntil", "function"],
    ["capabilities text", option({ clientCapabilities: "CP1" }), "invalid_argument", "clientCapab"],
    ["capabilities numbers", option({ clientCapabilities: [1] }), "invalid_argument", '["CP1"]'],
    ["excludeScopes text", option({ excludeScopes: "profile" }), "invalid_argument", "excludeScop"],
    ["excludeScopes openid", option({ excludeScopes: ["openid"] }), "invalid_argument", "openid"],
    ["appName with a line break", option({ appName: "a\nb" }), "invalid_argument", "appName"],
    ["appVersion a number", option({ appVersion: 1 }), "invalid_argument", "appVersion", "number"],
  ]);

  test("verify names a file that cannot be read", () => {
    const act = () => new Application(CLIENT_ID, wrong({ ...base, verify: "/nowhere/bundle.pem" }));
    expectRefusal(thrownBy(act), "invalid_argument", ["verify", "/nowhere/bundle.pem", "ENOENT"]);
  });

  const authority = (value: unknown) => option({ authority: value });
  const host = "https://login.microsoftonline.com";
  refuses([
    ["authority {tenant}", authority(`${host}/{tenant}`), "invalid_authority", "{tenant}", "place"],
    ["authority <tenant>", authority(`${host}/<tenant>`), "invalid_authority", "<tenant>", "place"],
    ["authority %TENANT%", authority(`${host}/%TENANT%`), "invalid_authority", "placeholder"],
    ["authority your tenant", authority(`${host}/your tenant`), "invalid_authority", "your tenant"],
    ["authority undefined", authority(`${host}/${undefined}`), "invalid_authority", '"undefined"'],
    ["authority null", authority(`${host}/${null}`), "invalid_authority", '"null"'],
    [
      "authority with /oauth2/v2.0/authorize",
      authority(`${host}/contoso.com/oauth2/v2.0/authorize`),
      "invalid_authority",
      "authority must end with the tenant",
      `"${host}/contoso.com"`,
    ],
    [
      "authority with /v2.0",
      authority(`${host}/common/v2.0`),
      "invalid_authority",
      `${host}/common`,
    ],
    [
      "authority http",
      authority("http://login.microsoftonline.com/common"),
      "invalid_authority",
      "https",
    ],
    ["authority ftp", authority("ftp://localhost/common"), "invalid_authority", "https"],
    ["authority without tenant", authority(host), "invalid_authority", "tenant", host],
    ["authority with slash", authority(`${host}/`), "invalid_authority", "tenant", host],
    ["authority a tenant", authority("contoso.com"), "invalid_authority", "authority", "https://"],
    [
      "authority no scheme",
      authority("login.x.com/a"),
      "invalid_authority",
      "authority",
      "https://",
    ],
    ["authority empty", authority(""), "invalid_authority", "authority", "an empty string"],
    ["authority a secret", authority(CANARY), "invalid_authority", "authority", "must be a URL"],
    [
      "authority with a password",
      authority(`https://a:${CANARY}@x.com/t`),
      "invalid_authority",
      "pass",
    ],
    ["authority with ?code", authority(`${host}/?code=${CANARY}`), "invalid_authority", "tenant"],
    ["authority a number", authority(42), "invalid_argument", "authority", "number"],
    ["authority null itself", authority(null), "invalid_argument", "authority", "null"],
    [
      "authority an object",
      authority({ tenant: "x" }),
      "invalid_argument",
      "authority",
      "an object",
    ],
  ]);
});

describe("new PublicClientApplication", () => {
  const make = (clientCredential: unknown) => () =>
    new PublicClientApplication(CLIENT_ID, wrong({ httpClient, clientCredential }));
  const says = ["clientCredential", "ConfidentialClientApplication"];

  refuses([
    ["with a secret", make(CANARY), "invalid_argument", ...says],
    ["with an empty secret", make(""), "invalid_argument", ...says],
    ["with null", make(null), "invalid_argument", ...says],
    ["with a certificate", make({ privateKey }), "invalid_argument", ...says],
  ]);

  test("an absent environment variable is no credential", () => {
    expect(make(undefined)).not.toThrow();
  });
});

describe("new ConfidentialClientApplication", () => {
  const make =
    (clientCredential: unknown, more: object = {}) =>
    () =>
      new ConfidentialClientApplication(
        CLIENT_ID,
        wrong({ httpClient, authority: AUTHORITY, clientCredential, ...more }),
      );
  const env = "environment variable";
  const thumbprint = "0123456789abcdef0123456789abcdef01234567";

  refuses([
    [
      "without options",
      () => new ConfidentialClientApplication(CLIENT_ID, wrong(undefined)),
      "invalid_argument",
      "clientCredential",
    ],
    [
      "without a credential",
      make(undefined),
      "invalid_argument",
      "clientCredential",
      env,
      "Public",
    ],
    ["with null", make(null), "invalid_argument", "clientCredential", "null"],
    ["with an empty secret", make(""), "invalid_argument", "clientCredential", "empty string", env],
    ["with white space", make(" \n"), "invalid_argument", "clientCredential", "white space"],
    ["with a number", make(42), "invalid_argument", "clientCredential", "number"],
    [
      "with an empty object",
      make({}),
      "invalid_argument",
      "clientCredential",
      "privateKey",
      "none",
    ],
    ["with an array", make([CANARY]), "invalid_argument", "clientCredential", "array of 1"],
    ["with a Buffer", make(Buffer.from(CANARY)), "invalid_argument", "clientCredential", "Buffer."],
    ["with a function", make(() => CANARY), "invalid_argument", "clientCredential", "a function"],
    [
      "with msal-node's certificate",
      make({ clientCertificate: { privateKey: CANARY } }),
      "invalid_argument",
      "clientCredential",
      "clientCertificate",
    ],
    [
      "with a thumbprint alone",
      make({ thumbprint }),
      "invalid_argument",
      "privateKey",
      "thumbprint",
    ],
    [
      "with a key alone",
      make({ privateKey }),
      "invalid_argument",
      "thumbprint",
      "publicCertificate",
    ],
    [
      "with an absent key",
      make({ privateKey: undefined, thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
      "undefined",
    ],
    [
      "with a Buffer as key",
      make({ privateKey: Buffer.from(privateKey), thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
      "Buffer",
    ],
    [
      "with the path of a key",
      make({ privateKey: `/etc/${CANARY}.pem`, thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
      "PEM",
    ],
    [
      "with a key without its line breaks",
      make({ privateKey: privateKey.replaceAll("\n", "\\n"), thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
    ],
    [
      "with an elliptic-curve key",
      make({ privateKey: ecKey(), thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
      "RSA",
      "ec",
    ],
    [
      "with an RSA key of 1024 bits",
      make({ privateKey: rsaKey(undefined, 1024), thumbprint }),
      "invalid_argument",
      "clientCredential.privateKey",
      "2048",
      "1024",
    ],
    [
      "with an encrypted key and no passphrase",
      make({ privateKey: encryptedKey, thumbprint }),
      "invalid_argument",
      "clientCredential.passphrase",
    ],
    [
      "with a wrong passphrase",
      make({ privateKey: encryptedKey, thumbprint, passphrase: CANARY }),
      "invalid_argument",
      "passphrase",
      "decrypted",
    ],
    [
      "with a key where the certificate belongs",
      make({ privateKey, publicCertificate: privateKey }),
      "invalid_argument",
      "clientCredential.publicCertificate",
      "private key",
    ],
    [
      "with text where the certificate belongs",
      make({ privateKey, publicCertificate: `canary: certificate!` }),
      "invalid_argument",
      "clientCredential.publicCertificate",
      "PEM",
    ],
    [
      "with a certificate that is a Buffer",
      make({ privateKey, publicCertificate: Buffer.from("x") }),
      "invalid_argument",
      "clientCredential.publicCertificate",
      "Buffer",
    ],
    [
      "with a thumbprint that is too short",
      make({ privateKey, thumbprint: thumbprint.slice(1) }),
      "invalid_argument",
      "clientCredential.thumbprint",
      "40",
      "64",
      "39 characters",
    ],
    [
      "with a thumbprint in base64",
      make({ privateKey, thumbprint: "ASNFZ4mrze8BI0VniavN7wEjRWc=" }),
      "invalid_argument",
      "clientCredential.thumbprint",
      "hexadecimal",
    ],
    [
      "with an empty assertion",
      make({ clientAssertion: "" }),
      "invalid_argument",
      "clientCredential.clientAssertion",
      "an empty string",
    ],
    [
      "with an assertion that is a promise",
      make({ clientAssertion: Promise.resolve(CANARY) }),
      "invalid_argument",
      "clientCredential.clientAssertion",
      "Promise",
    ],
    ["with allowBroker", make(SECRET, { allowBroker: true }), "invalid_argument", "allowBroker"],
  ]);

  // Configuration files make numbers of passwords that are all digits.
  test.for([
    ["clientCredential", 86753090],
    ["passphrase", { privateKey: encryptedKey, thumbprint, passphrase: 86753090 }],
  ] as const)("a %s that is a number is not shown", ([name, credential]) => {
    const error = thrownBy(make(credential));

    expectRefusal(error, "invalid_argument", [name, "a number"]);
    expect((error as MsalError).message).not.toContain("8675");
  });

  test("a certificate where the key belongs", () => {
    const act = make({ privateKey: certificate, thumbprint });
    expectRefusal(thrownBy(act), "invalid_argument", ["privateKey", "private key"]);
  });

  test("a certificate of another key", () => {
    const act = make({ privateKey, publicCertificate: certificate });
    expectRefusal(thrownBy(act), "invalid_argument", ["privateKey", "publicCertificate"]);
  });

  test.for([
    ["no text", 42, "number"],
    ["nothing", undefined, "undefined"],
    ["an empty string", "", "an empty string"],
  ] as const)("an assertion function that returns %s", async ([, made, says]) => {
    const app = make({ clientAssertion: async () => made })();
    const error = await rejection(app.acquireTokenForClient(GRAPH));
    expectRefusal(error, "invalid_argument", ["clientCredential.clientAssertion", says]);
  });
});

describe("methods reject, and never throw", () => {
  const app = new ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: SECRET,
    httpClient,
  });
  const account: Account = {
    homeAccountId: "uid.utid",
    environment: "login.microsoftonline.com",
    username: "ada@contoso.com",
    localAccountId: "uid",
    realm: "utid",
    authorityType: "MSSTS",
  };
  const flow: AuthCodeFlow = {
    authUri: AUTHORITY,
    state: "the-state",
    scope: ["User.Read", "openid", "profile", "offline_access"],
    codeVerifier: "the-verifier",
    nonce: "the-nonce",
    redirectUri: REDIRECT_URI,
  };

  const methods: Record<string, (scopes: unknown, options?: unknown) => Promise<unknown>> = {
    acquireTokenForClient: (s, o) => app.acquireTokenForClient(wrong(s), wrong(o)),
    acquireTokenSilent: (s, o) => app.acquireTokenSilent(wrong(s), account, wrong(o)),
    acquireTokenSilentWithError: (s, o) =>
      app.acquireTokenSilentWithError(wrong(s), account, wrong(o)),
    initiateAuthCodeFlow: (s, o) => app.initiateAuthCodeFlow(wrong(s), wrong(o)),
  };

  type MethodRow = readonly [string, () => Promise<unknown>, string, ...string[]];
  function rejects(rows: readonly MethodRow[]): void {
    test.for(rows)("%s", async ([, act, code, ...says]) => {
      let promise: Promise<unknown> | undefined;
      expect(() => {
        promise = act();
      }).not.toThrow();
      expectRefusal(await rejection(promise!), code, says);
    });
  }

  const scopeRows: [string, unknown, ...string[]][] = [
    ["absent", undefined, "scopes", "array", "undefined"],
    ["null", null, "scopes", "array", "null"],
    ["a string", "User.Read", "scopes", '["User.Read"]', "a string"],
    ["a secret", CANARY, "scopes", '["User.Read"]', "a string"],
    ["a Set", new Set(["User.Read"]), "scopes", "array", "Set"],
    ["two in one string", ["User.Read Mail.Read"], "scopes[0]", '["User.Read", "Mail.Read"]'],
    ["a number in it", ["User.Read", 42], "scopes[1]", "number"],
    ["undefined in it", [undefined], "scopes[0]", "undefined"],
    ["an empty string in it", [""], "scopes[0]", "an empty string"],
    ["a list in it", [["User.Read"]], "scopes[0]", "an array"],
    ["a hole in it", new Array(1), "scopes[0]", "undefined"],
  ];
  const optionRows: [string, unknown, ...string[]][] = [
    ["null", null, "options", "null"],
    ["a string", CANARY, "options", "a string"],
    ["an array", [], "options", "array"],
    ["a signal that is none", { signal: {} }, "signal", "AbortSignal", "an object"],
    ["a controller for a signal", { signal: new AbortController() }, "signal", "AbortController"],
    ["a signal that is null", { signal: null }, "signal", "null"],
    [
      "claims in base64",
      { claimsChallenge: btoa(`{"a":"${CANARY}"}`) },
      "claimsChallenge",
      "base64",
    ],
    ["claims that are an array", { claimsChallenge: "[1]" }, "claimsChallenge", "JSON object"],
    ["claims that are an object", { claimsChallenge: {} }, "claimsChallenge", "an object"],
    ["claims that are null", { claimsChallenge: null }, "claimsChallenge", "null"],
    ["claims cut off", { claimsChallenge: '{"access' }, "claimsChallenge", "JSON object"],
    [
      "claims with a wrong access_token",
      { claimsChallenge: '{"access_token":1}' },
      "claimsChallenge",
    ],
  ];
  for (const [method, act] of Object.entries(methods)) {
    rejects(
      scopeRows.map(([what, scopes, ...says]) => [
        `${method}: scopes ${what}`,
        () => act(scopes),
        "invalid_argument",
        ...says,
      ]),
    );
    rejects(
      optionRows.map(([what, options, ...says]) => [
        `${method}: options ${what}`,
        () => act(["User.Read"], options),
        "invalid_argument",
        ...says,
      ]),
    );
  }

  const silently = (value: unknown) => () => app.acquireTokenSilent(["User.Read"], wrong(value));
  const withError = (value: unknown) => () =>
    app.acquireTokenSilentWithError(["User.Read"], wrong(value));
  const removing = (value: unknown) => () => app.removeAccount(wrong(value));
  const accounts: [string, unknown, ...string[]][] = [
    ["a username", "ada@contoso.com", "account", "getAccounts()", "a string"],
    ["a home account id", "uid.utid", "account", "getAccounts()", "a string"],
    ["an empty object", {}, "account", "homeAccountId", "undefined"],
    ["an id token's claims", { oid: "uid", tid: "utid" }, "account", "homeAccountId", "undefined"],
    ["MSAL Python's", { home_account_id: "uid.utid" }, "account", "homeAccountId", "undefined"],
    ["without an id", { ...account, homeAccountId: "" }, "account", "homeAccountId", "empty"],
    ["all accounts", [account], "account", "getAccounts()"],
    ["a promise of accounts", Promise.resolve([account]), "account", "getAccounts()"],
    ["a number", 42, "account", "number"],
  ];
  rejects(
    accounts.flatMap(([what, value, ...says]): MethodRow[] => [
      [`acquireTokenSilent: account ${what}`, silently(value), "invalid_argument", ...says],
      [
        `acquireTokenSilentWithError: account ${what}`,
        withError(value),
        "invalid_argument",
        ...says,
      ],
      [`removeAccount: account ${what}`, removing(value), "invalid_argument", ...says],
    ]),
  );

  const initiate = (options: object) => () =>
    app.initiateAuthCodeFlow(["User.Read"], wrong(options));
  const redeem =
    (aFlow: unknown, answer: unknown, options: unknown = {}) =>
    () =>
      app.acquireTokenByAuthCodeFlow(wrong(aFlow), wrong(answer), wrong(options));
  const good = { code: CANARY_CODE, state: flow.state };
  const { authUri, state } = flow;

  rejects([
    ["removeAccount: nothing", removing(undefined), "invalid_argument", "account", "undefined"],
    ["removeAccount: null", removing(null), "invalid_argument", "account", "null"],
    [
      "removeAccount: account without environment",
      removing({ homeAccountId: "a" }),
      "invalid_argument",
      "environment",
      "undefined",
    ],
    [
      "removeAccount: options null",
      () => app.removeAccount(account, wrong(null)),
      "invalid_argument",
      "options",
    ],
    [
      "getAccounts: a username alone",
      () => app.getAccounts(wrong("ada@contoso.com")),
      "invalid_argument",
      "options",
      "a string",
    ],
    [
      "getAccounts: username a number",
      () => app.getAccounts(wrong({ username: 42 })),
      "invalid_argument",
      "username",
      "number",
    ],
    [
      "getAccounts: homeAccountId null",
      () => app.getAccounts(wrong({ homeAccountId: null })),
      "invalid_argument",
      "homeAccountId",
      "null",
    ],
    [
      "getAccounts: signal a controller",
      () => app.getAccounts({ signal: wrong(new AbortController()) }),
      "invalid_argument",
      "signal",
      "AbortController",
    ],
    [
      "acquireTokenForClient: no scope",
      () => app.acquireTokenForClient([]),
      "invalid_argument",
      "scopes",
      "empty array",
    ],
    [
      "acquireTokenForClient: forceRefresh",
      () => app.acquireTokenForClient(GRAPH, wrong({ forceRefresh: true })),
      "invalid_argument",
      "forceRefresh",
      "claimsChallenge",
    ],
    [
      "acquireTokenSilent: no scope",
      () => app.acquireTokenSilent([], account),
      "invalid_argument",
      "scopes",
      "empty array",
    ],
    [
      "acquireTokenSilent: forceRefresh as text",
      () => app.acquireTokenSilent(["User.Read"], account, wrong({ forceRefresh: "false" })),
      "invalid_argument",
      "forceRefresh",
      "true or false",
      "a string",
    ],
    [
      "acquireTokenSilent: scopes wrong and no account",
      () => app.acquireTokenSilent(wrong("User.Read"), null),
      "invalid_argument",
      "scopes",
    ],
    [
      "initiateAuthCodeFlow: a reserved scope",
      () => app.initiateAuthCodeFlow(["openid", "User.Read"]),
      "invalid_argument",
      "scopes",
      '"openid"',
      "excludeScopes",
    ],
    [
      "redirectUri a path",
      initiate({ redirectUri: "/redirect" }),
      "invalid_argument",
      "redirectUri",
      '"/redirect"',
    ],
    [
      "redirectUri empty",
      initiate({ redirectUri: "" }),
      "invalid_argument",
      "redirectUri",
      "empty",
    ],
    [
      "redirectUri a URL object",
      initiate({ redirectUri: new URL(REDIRECT_URI) }),
      "invalid_argument",
      "redirectUri",
      "URL",
    ],
    [
      "redirectUri without scheme",
      initiate({ redirectUri: "localhost:3000/cb" }),
      "invalid_argument",
      "redirectUri",
      "localhost:3000",
    ],
    [
      "redirectUri with a code",
      initiate({ redirectUri: `/cb?code=${CANARY}` }),
      "invalid_argument",
      "redirectUri",
      "/cb",
    ],
    ["state a number", initiate({ state: 1 }), "invalid_argument", "state", "number"],
    ["prompt a boolean", initiate({ prompt: true }), "invalid_argument", "prompt", "true"],
    ["loginHint null", initiate({ loginHint: null }), "invalid_argument", "loginHint", "null"],
    ["domainHint an object", initiate({ domainHint: {} }), "invalid_argument", "domainHint"],
    ["maxAge text", initiate({ maxAge: "60" }), "invalid_argument", "maxAge", "seconds"],
    ["maxAge negative", initiate({ maxAge: -1 }), "invalid_argument", "maxAge", " -1."],
    ["maxAge a fraction", initiate({ maxAge: 0.5 }), "invalid_argument", "maxAge", "0.5"],
    ["maxAge NaN", initiate({ maxAge: Number.NaN }), "invalid_argument", "maxAge", "NaN"],
    [
      "responseMode fragment",
      initiate({ responseMode: "fragment" }),
      "invalid_argument",
      "responseMode",
      "form_post",
      '"fragment"',
    ],

    [
      "flow of an expired session",
      redeem(undefined, good),
      "invalid_argument",
      "flow",
      "session",
      "undefined",
    ],
    ["flow null", redeem(null, good), "invalid_argument", "flow", "session", "null"],
    ["flow as text", redeem(JSON.stringify(flow), good), "invalid_argument", "flow", "a string"],
    ["flow an array", redeem([flow], good), "invalid_argument", "flow", "array"],
    ["flow empty", redeem({}, good), "state_mismatch", "flow", "state"],
    ["flow a promise", redeem(Promise.resolve(flow), good), "state_mismatch", "flow", "state"],
    [
      "flow without its verifier",
      redeem({ authUri, state }, good),
      "invalid_argument",
      "flow",
      "codeVerifier",
      "session",
    ],
    [
      "flow with a verifier of another type",
      redeem({ ...flow, codeVerifier: 1 }, good),
      "invalid_argument",
      "codeVerifier",
    ],
    [
      "flow with scopes as text",
      redeem({ ...flow, scope: "User.Read" }, good),
      "invalid_argument",
      "flow",
      "scope",
    ],
    [
      "flow with maxAge as text",
      redeem({ ...flow, maxAge: "1" }, good),
      "invalid_argument",
      "flow",
      "maxAge",
    ],
    ["answer absent", redeem(flow, undefined), "invalid_argument", "authResponse", "undefined"],
    ["answer null", redeem(flow, null), "invalid_argument", "authResponse", "null"],
    [
      "answer a query as text",
      redeem(flow, `?code=${CANARY}`),
      "invalid_argument",
      "authResponse",
      "URLSearchParams",
    ],
    [
      "answer a code alone",
      redeem(flow, CANARY_CODE),
      "invalid_argument",
      "authResponse",
      "a string",
    ],
    ["answer an array", redeem(flow, [good]), "invalid_argument", "authResponse", "array"],
    ["answer empty", redeem(flow, {}), "state_mismatch", "state"],
    [
      "answer of another sign-in",
      redeem(flow, { ...good, state: CANARY }),
      "state_mismatch",
      "state",
      "another",
    ],
    [
      "answer without state",
      redeem(flow, { code: CANARY_CODE }),
      "state_mismatch",
      "state",
      "none",
    ],
    ["answer with state alone", redeem(flow, { state }), "invalid_auth_response", "code", "state"],
    [
      "answer with two codes",
      redeem(flow, { ...good, code: [CANARY, CANARY_CODE] }),
      "invalid_auth_response",
      '"code"',
      "more than once",
    ],
    [
      "answer with two states",
      redeem(flow, new URLSearchParams("state=the-state&state=canary&code=x")),
      "invalid_auth_response",
      '"state"',
      "more than once",
    ],
    [
      "answer with a code that is no text",
      redeem(flow, { ...good, code: { a: CANARY } }),
      "invalid_auth_response",
      '"code"',
      "object",
    ],
    ["scopes as text", redeem(flow, good, { scopes: "User.Read" }), "invalid_argument", "scopes"],
    [
      "scopes that were not asked for",
      redeem(flow, good, { scopes: ["Mail.Read"] }),
      "invalid_argument",
      "scopes",
      "Mail.Read",
      "User.Read",
    ],
    ["options null", redeem(flow, good, null), "invalid_argument", "options", "null"],
  ]);

  // Each method with one of its own options mistyped, and the words that the message then has.
  rejects(
    (
      [
        [
          "acquireTokenForClient",
          () => app.acquireTokenForClient(GRAPH, wrong({ claimsChalenge: CLAIMS })),
          '"claimsChalenge"',
          "are claimsChallenge, extraTokenParameters, signal.",
        ],
        [
          "acquireTokenSilent",
          () => app.acquireTokenSilent(GRAPH, account, wrong({ force_refresh: true })),
          '"force_refresh"',
          "forceRefresh, claimsChallenge, extraTokenParameters, signal",
        ],
        [
          "acquireTokenSilentWithError",
          () => app.acquireTokenSilentWithError(GRAPH, account, wrong({ forcerefresh: true })),
          '"forcerefresh"',
          "forceRefresh, claimsChallenge, extraTokenParameters, signal",
        ],
        [
          "initiateAuthCodeFlow",
          initiate({ redirectURI: REDIRECT_URI }),
          '"redirectURI"',
          "redirectUri, state, prompt, loginHint, domainHint, claimsChallenge, maxAge, responseMode, extraQueryParameters, signal",
        ],
        [
          "acquireTokenByAuthCodeFlow",
          redeem(flow, good, { scope: [] }),
          '"scope"',
          "scopes, extraTokenParameters, signal",
        ],
        [
          "getAccounts",
          () => app.getAccounts(wrong({ userName: "ada" })),
          '"userName"',
          "username, homeAccountId, signal",
        ],
        [
          "removeAccount",
          () => app.removeAccount(account, wrong({ Signal: null })),
          '"Signal"',
          "are signal",
        ],
      ] as const
    ).map(
      ([method, act, ...says]): MethodRow => [
        `${method}: an option that does not exist`,
        act,
        "invalid_argument",
        ...says,
      ],
    ),
  );

  test.for([null, undefined])(
    "acquireTokenSilent answers null for the account %s",
    async (none) => {
      expect(await app.acquireTokenSilent(["User.Read"], none)).toBeNull();
      expect(await app.acquireTokenSilentWithError(["User.Read"], none)).toBeNull();
    },
  );

  test("a call whose signal has aborted rejects with the signal's own reason", async () => {
    const reason = new Error("mine");
    const signal = AbortSignal.abort(reason);
    for (const act of Object.values(methods)) {
      expect(await rejection(act(["User.Read"], { signal }))).toBe(reason);
    }
    expect(await rejection(app.getAccounts({ signal }))).toBe(reason);
    expect(await rejection(app.removeAccount(account, { signal }))).toBe(reason);
    expect(await rejection(app.acquireTokenByAuthCodeFlow(flow, good, { signal }))).toBe(reason);
  });
});

describe("TokenCache", () => {
  const cache = new TokenCache();
  const response = { access_token: CANARY };
  const endpoint = `${AUTHORITY}/oauth2/v2.0/token`;
  const add = (event: unknown, now?: unknown) => () => cache.add(wrong(event), wrong(now));
  const find = (type: unknown, options?: unknown) => () => cache.find(wrong(type), wrong(options));

  refuses([
    ["add nothing", add(undefined), "invalid_argument", "event", "undefined"],
    ["add null", add(null), "invalid_argument", "event", "null"],
    ["add text", add(CANARY), "invalid_argument", "event", "a string"],
    ["add a response as text", add({ response: CANARY }), "invalid_argument", "response", "string"],
    [
      "add scope as text",
      add({ response, scope: "User.Read" }),
      "invalid_argument",
      "scope",
      "array",
    ],
    [
      "add a bad endpoint",
      add({ response, token_endpoint: "x" }),
      "invalid_argument",
      "token_endpoint",
    ],
    [
      "add at no time",
      add({ response, token_endpoint: endpoint }, Number.NaN),
      "invalid_argument",
      "now",
      "number",
    ],
    [
      "add at a date",
      add({ response, token_endpoint: endpoint }, new Date()),
      "invalid_argument",
      "now",
      "Date",
    ],
    [
      "add a broken ID token",
      add({ response: { ...response, id_token: CANARY } }),
      "invalid_id_token",
      "id_token",
    ],
    ["find nothing", find(undefined), "invalid_argument", "credentialType", "undefined"],
    [
      "find a mistyped section",
      find("accessToken"),
      "invalid_argument",
      "credentialType",
      "AccessToken",
    ],
    ["find __proto__", find("__proto__"), "invalid_argument", "credentialType"],
    ["find with null", find("AccessToken", null), "invalid_argument", "options", "null"],
    [
      "find a target as text",
      find("AccessToken", { target: "a" }),
      "invalid_argument",
      "target",
      "array",
    ],
    [
      "find a target of numbers",
      find("AccessToken", { target: [1] }),
      "invalid_argument",
      "target",
    ],
    [
      "find a query as text",
      find("AccessToken", { query: "a" }),
      "invalid_argument",
      "query",
      "object",
    ],
  ]);

  test("keeps nothing of what it refuses", () => {
    expect(cache.find("AccessToken")).toEqual([]);
    expect(cache.find("AppMetadata")).toEqual([]);
  });
});

describe("SerializableTokenCache", () => {
  const cache = new SerializableTokenCache();
  cache.add({
    client_id: CLIENT_ID,
    scope: ["User.Read"],
    token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
    response: { access_token: "an access token" },
  });
  const read = (state: unknown) => () => cache.deserialize(wrong(state));

  refuses([
    ["a number", read(42), "invalid_cache", "number", "serialize()"],
    ["an object", read({}), "invalid_cache", "text", "an object"],
    ["a Buffer", read(Buffer.from("{}")), "invalid_cache", "text", "Buffer"],
    ["text cut off", read(`{"AccessToken":{"${CANARY}":`), "invalid_cache", "JSON", "cut off"],
    ["text that is encrypted", read(CANARY), "invalid_cache", "JSON", "encrypted"],
    ["an array", read(`["${CANARY}"]`), "invalid_cache", "JSON object", "array"],
    ["null as text", read("null"), "invalid_cache", "JSON object", "null"],
    ["a section that is text", read(`{"AccessToken":"${CANARY}"}`), "invalid_cache", "AccessToken"],
    ["a row that is text", read(`{"IdToken":{"a":"${CANARY}"}}`), "invalid_cache", "IdToken"],
  ]);

  test("stays as it was", () => {
    expect(cache.find("AccessToken")).toHaveLength(1);
  });
});

describe("AuthorityBuilder", () => {
  const build = (instance: unknown, tenant: unknown) => () =>
    new AuthorityBuilder(wrong(instance), wrong(tenant));
  const host = "login.microsoftonline.com";

  refuses([
    ["without a tenant", build(host, undefined), "invalid_argument", "tenant", "undefined"],
    ["with an empty tenant", build(host, ""), "invalid_argument", "tenant", "an empty string"],
    ["with a tenant of slashes", build(host, "//"), "invalid_argument", "tenant"],
    [
      "without an instance",
      build(undefined, "common"),
      "invalid_argument",
      "instance",
      "undefined",
    ],
    ["with an empty instance", build("", "common"), "invalid_argument", "instance", "empty"],
    ["with a URL", build(`https://${host}`, "common"), "invalid_argument", "instance", "host"],
    ["with a number", build(host, 42), "invalid_argument", "tenant", "number"],
  ]);
});

describe("unwrap", () => {
  refuses([
    ["nothing found", () => unwrap(null), "no_token", "null"],
    ["undefined", () => unwrap(wrong(undefined)), "no_token", "undefined"],
    [
      "a refusal",
      () => unwrap({ error: "invalid_grant", error_description: "AADSTS50076: …" }),
      "oauth_error",
      "invalid_grant",
      "AADSTS50076",
    ],
  ]);

  test("keeps the provider's answer", () => {
    const refusal = { error: "invalid_grant" };
    const error = thrownBy(() => unwrap(refusal)) as MsalOAuthError;
    expect(error).toBeInstanceOf(MsalOAuthError);
    expect(error.response).toBe(refusal);
    expect(Object.keys(error)).not.toContain("response");
  });
});
