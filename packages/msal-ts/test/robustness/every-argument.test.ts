/**
 * Every argument and every option of every method, each with values of every wrong kind: refused with a
 * message that names it and shows nothing of it, as a rejection, before anything is sent.
 */
import {
  type Account,
  ClientApplication,
  ConfidentialClientApplication,
  MsalError,
  PublicClientApplication,
} from "msal-ts";
import { afterAll, describe, expect, test } from "vitest";
import { AUTHORITY, CLIENT_ID, rejection, SECRET } from "./setup.js";

const CANARY = "canary8Q~fC.x1VbWzK0";

let requests = 0;
const httpClient = async () => {
  requests++;
  throw new Error("Nothing must be sent.");
};
afterAll(() => expect(requests).toBe(0));

const common = { authority: AUTHORITY, httpClient };
const plain = new ClientApplication(CLIENT_ID, common);
const desktop = new PublicClientApplication(CLIENT_ID, common);
const server = new ConfidentialClientApplication(CLIENT_ID, {
  ...common,
  clientCredential: SECRET,
});

const account: Account = {
  homeAccountId: "uid.utid",
  environment: "login.microsoftonline.com",
  username: "ada@contoso.com",
  localAccountId: "uid",
  realm: "utid",
  authorityType: "MSSTS",
};
const flow = {
  authUri: AUTHORITY,
  state: "the-state",
  codeVerifier: "v",
  nonce: "n",
  scope: ["a"],
};
const deviceFlow = { device_code: "a-device-code", interval: 5, expires_in: 900 };
const answer = { code: "a-code", state: "the-state" };

/** Values of every kind that JavaScript has; those that an argument takes are left out. */
const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  "an empty string": "",
  "a string": CANARY,
  "a number": 867530942,
  NaN: Number.NaN,
  "a negative number": -1,
  "a bigint": 867530942n,
  "a symbol": Symbol(CANARY),
  "a function": () => CANARY,
  "an empty array": [],
  "an array of strings": [CANARY],
  "an array of numbers": [1],
  "an array of arrays": [[CANARY]],
  "a string with a space in an array": ["User.Read Mail.Read"],
  "an empty object": {},
  "an object": { member: CANARY },
  "an object of numbers": { member: 867530942 },
  "an object without prototype": Object.create(null),
  "a Map": new Map([["member", CANARY]]),
  "a Date": new Date(0),
  "a Buffer": Buffer.from(CANARY),
  "a URL": new URL("https://contoso.com"),
  URLSearchParams: new URLSearchParams("a=b"),
  "a promise": Promise.resolve(CANARY),
};

/** What an argument takes, of the above. */
const KINDS = {
  text: ["an empty string", "a string"],
  filled: ["a string"],
  url: [],
  scopes: ["an array of strings", "an empty array"],
  someScopes: ["an array of strings"],
  claims: ["an empty string"],
  flag: ["true"],
  count: ["a number"],
  duration: ["a number"],
  port: [],
  callback: ["a function"],
  page: ["an empty string", "a string"],
  mode: [],
  handle: ["a number", "NaN", "a negative number", "a bigint", "a Buffer"],
  strings: ["an empty object", "an object", "an object without prototype"],
  account: [],
  accountOrNone: ["null"],
  flow: [],
  answer: [],
  signal: [],
  options: [
    "an empty object",
    "an object without prototype",
    "a Map",
    "a Date",
    "a URL",
    "URLSearchParams",
    "a promise",
  ],
} as const satisfies Record<string, readonly string[]>;
type Kind = keyof typeof KINDS;

interface Method {
  app: object;
  /** Names, kinds and good values, in their order. */
  required: readonly (readonly [name: string, kind: Kind, good: unknown])[];
  optional: Readonly<Record<string, Kind>>;
}

const SCOPES = ["scopes", "scopes", ["User.Read"]] as const;
const SOME_SCOPES = ["scopes", "someScopes", ["User.Read"]] as const;
const TOKEN = { extraTokenParameters: "strings", signal: "signal" } as const;
const CLAIMS = { claimsChallenge: "claims", ...TOKEN } as const;
const SIGN_IN = {
  prompt: "text",
  loginHint: "text",
  domainHint: "text",
  claimsChallenge: "claims",
  extraQueryParameters: "strings",
  signal: "signal",
} as const;

const METHODS: Readonly<Record<string, Method>> = {
  initiateAuthCodeFlow: {
    app: plain,
    required: [SCOPES],
    optional: {
      ...SIGN_IN,
      redirectUri: "url",
      state: "text",
      maxAge: "count",
      responseMode: "mode",
    },
  },
  acquireTokenByAuthCodeFlow: {
    app: plain,
    required: [
      ["flow", "flow", flow],
      ["authResponse", "answer", answer],
    ],
    optional: { ...TOKEN, scopes: "scopes" },
  },
  getAuthorizationRequestUrl: {
    app: plain,
    required: [SCOPES],
    optional: {
      ...SIGN_IN,
      redirectUri: "url",
      state: "text",
      responseType: "text",
      nonce: "text",
    },
  },
  acquireTokenByAuthorizationCode: {
    app: plain,
    required: [["code", "filled", "a-code"], SCOPES],
    optional: { ...CLAIMS, redirectUri: "url", nonce: "text" },
  },
  acquireTokenSilent: {
    app: plain,
    required: [SOME_SCOPES, ["account", "accountOrNone", account]],
    optional: { ...CLAIMS, forceRefresh: "flag" },
  },
  acquireTokenSilentWithError: {
    app: plain,
    required: [SOME_SCOPES, ["account", "accountOrNone", account]],
    optional: { ...CLAIMS, forceRefresh: "flag" },
  },
  acquireTokenByRefreshToken: {
    app: plain,
    required: [["refreshToken", "filled", "a-refresh-token"], SCOPES],
    optional: TOKEN,
  },
  acquireTokenByUsernamePassword: {
    app: plain,
    required: [
      ["username", "filled", "ada@contoso.com"],
      ["password", "filled", "a-password"],
      SCOPES,
    ],
    optional: CLAIMS,
  },
  getAccounts: {
    app: plain,
    required: [],
    optional: { username: "text", homeAccountId: "text", signal: "signal" },
  },
  removeAccount: {
    app: plain,
    required: [["account", "account", account]],
    optional: { signal: "signal" },
  },
  acquireTokenInteractive: {
    app: desktop,
    required: [SCOPES],
    optional: {
      ...SIGN_IN,
      ...TOKEN,
      timeout: "duration",
      port: "port",
      extraScopesToConsent: "scopes",
      maxAge: "count",
      parentWindowHandle: "handle",
      onBeforeLaunchingUi: "callback",
      openBrowser: "callback",
      successPage: "page",
      errorPage: "page",
    },
  },
  initiateDeviceFlow: { app: desktop, required: [SCOPES], optional: { signal: "signal" } },
  acquireTokenByDeviceFlow: {
    app: desktop,
    required: [["flow", "flow", deviceFlow]],
    optional: CLAIMS,
  },
  acquireTokenForClient: { app: server, required: [SOME_SCOPES], optional: CLAIMS },
  acquireTokenOnBehalfOf: {
    app: server,
    required: [["userAssertion", "filled", "an-assertion"], SOME_SCOPES],
    optional: CLAIMS,
  },
};

/** Calls a method, which may reject but not throw. */
function call(name: string, ...args: unknown[]): Promise<unknown> {
  const { app } = METHODS[name]!;
  let promise: Promise<unknown> | undefined;
  expect(() => {
    promise = (app as Record<string, (...all: unknown[]) => Promise<unknown>>)[name]!(...args);
  }).not.toThrow();
  return promise!;
}

const unfit = (kind: Kind): [string, unknown][] =>
  Object.entries(VALUES).filter(([what]) => !(KINDS[kind] as readonly string[]).includes(what));

/** Answers and flows may be objects of the wrong sign-in. */
const CODES = ["invalid_argument", "state_mismatch", "invalid_auth_response"];

/** What is no secret, and better seen than described. */
const SHOWN = ["redirectUri", "responseMode", "port"];

function expectRefusal(error: unknown, name: string, what: string): void {
  expect(error, what).toBeInstanceOf(MsalError);
  const { code, message } = error as MsalError;
  if (name === "flow" || name === "authResponse") expect(CODES, what).toContain(code);
  else expect({ code, message }, what).toMatchObject({ code: "invalid_argument" });
  if (code === "invalid_argument") expect(message, what).toContain(name);
  if (!SHOWN.includes(name)) expect(message, what).not.toMatch(/canary|8675309/);
}

/** What a promise comes to: an error, or a value where one was to come. */
function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

test("no method is left out", () => {
  const all = [ClientApplication, PublicClientApplication, ConfidentialClientApplication]
    .flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype))
    .filter((name) => !["constructor", "clientId", "tokenCache"].includes(name));

  expect(Object.keys(METHODS).sort()).toEqual(all.sort());
});

describe.for(Object.entries(METHODS))("%s", ([method, { required, optional }]) => {
  const good = required.map(([, , value]) => value);

  const goodBut = (index: number, value: unknown) =>
    good.map((one, i) => (i === index ? value : one));

  test("each argument, with values of every other kind", async () => {
    for (const [index, [name, kind]] of required.entries()) {
      const values = unfit(kind);
      const isNeeded = kind !== "accountOrNone" && method !== "initiateDeviceFlow";
      if (isNeeded) values.push(["undefined", undefined]);
      for (const [what, value] of values) {
        const error = await outcome(call(method, ...goodBut(index, value)));
        expectRefusal(error, name, `${name}: ${what}`);
      }
    }
  });

  test.for(Object.entries(optional))(
    "{ %s }, with values of every other kind",
    async ([name, kind]) => {
      for (const [what, value] of unfit(kind)) {
        const error = await outcome(call(method, ...good, { [name]: value }));
        expectRefusal(error, name, what);
      }
    },
  );

  test("options of every other kind", async () => {
    for (const [what, value] of unfit("options")) {
      expectRefusal(await outcome(call(method, ...good, value)), "option", what);
    }
  });

  // Names that mean something to every object, or to another library.
  test.for([
    ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"],
    ...["correlationId", "authority", "forceRefreshNow", "extra_token_parameters", ""],
  ])("an option %j, which does not exist", async (name) => {
    // As JSON.parse makes it: a member of its own, whatever its name.
    const options = JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(CANARY)}}`);

    const error = await rejection(call(method, ...good, options));

    expectRefusal(error, `There is no option ${JSON.stringify(name)} here`, name);
    for (const known of Object.keys(optional)) expect((error as Error).message).toContain(known);
  });

  test("an option whose getter throws rejects with what it throws", async () => {
    const reason = new Error("mine");
    for (const name of Object.keys(optional)) {
      const options = {
        get [name]() {
          throw reason;
        },
      };

      expect(await rejection(call(method, ...good, options)), name).toBe(reason);
    }
  });

  test("parameters with names that every object has are text like any other", async () => {
    for (const name of ["extraTokenParameters", "extraQueryParameters"]) {
      if (!(name in optional)) continue;
      const extra = JSON.parse(`{"__proto__":{"polluted":"${CANARY}"}}`);

      expectRefusal(await rejection(call(method, ...good, { [name]: extra })), name, name);
      expect({}).not.toHaveProperty("polluted");
    }
  });

  test("a megabyte of text is looked through in no time", async () => {
    const before = requests;
    const long = `${"a".repeat(500_000)}.${"-".repeat(500_000)} \u0000`;
    const began = performance.now();

    for (const [index, [, kind]] of required.entries()) {
      const value = /scopes/i.test(kind) ? [long] : long;
      await call(method, ...goodBut(index, value)).catch(() => {});
    }

    expect(performance.now() - began).toBeLessThan(2000);
    // A code or a refresh token may look like that, and is the provider's to refuse.
    requests = before;
  });
});

describe("an option of the constructors", () => {
  const OBJECTS = ["an empty object", "an object without prototype"];
  // Each option, the values that it takes, and the client that has it.
  const options: Record<string, readonly string[]> = {
    authority: [],
    clientCredential: ["a string"],
    // Nobody would sign them, so that none is taken here.
    clientClaims: [],
    validateAuthority: ["true"],
    instanceDiscovery: ["true"],
    tokenCache: [],
    httpClient: ["a function"],
    httpCache: ["a Map", "URLSearchParams"],
    verify: ["true"],
    proxies: OBJECTS,
    timeout: ["a number"],
    clientCapabilities: [
      "an empty array",
      "an array of strings",
      "a string with a space in an array",
    ],
    azureRegion: ["true"],
    excludeScopes: ["an empty array", "an array of strings", "a string with a space in an array"],
    appName: ["a string", "an empty string"],
    appVersion: ["a string", "an empty string"],
    allowBroker: ["true"],
    broker: [],
    enablePiiLog: ["true"],
    logger: [],
    clock: [],
    waitUntil: ["a function"],
  };
  // A broker is for applications without a credential.
  const baseFor = (name: string) => (/broker/i.test(name) ? {} : { clientCredential: SECRET });
  const thrownBy = (make: () => unknown): unknown => {
    try {
      return make();
    } catch (error) {
      return error;
    }
  };

  test.for(Object.entries(options))("%s, with values of every other kind", ([name, taken]) => {
    for (const [what, value] of Object.entries(VALUES)) {
      if (taken.includes(what)) continue;

      const error = thrownBy(
        () => new ClientApplication(CLIENT_ID, { ...baseFor(name), [name]: value }),
      );

      expect(error, what).toBeInstanceOf(MsalError);
      expect(["invalid_argument", "invalid_authority"], what).toContain((error as MsalError).code);
      const { message } = error as MsalError;
      expect(message, what).toContain(name);
      // The path of a bundle and a host are better seen.
      if (name !== "verify") expect(message, what).not.toMatch(/canary|8675309\d/);
    }
  });

  test.for(Object.entries(options))("%s, with what it takes", ([name, taken]) => {
    for (const what of taken) {
      const make = () =>
        new ClientApplication(CLIENT_ID, { ...baseFor(name), [name]: VALUES[what] });
      expect(make, what).not.toThrow();
    }
  });
});
