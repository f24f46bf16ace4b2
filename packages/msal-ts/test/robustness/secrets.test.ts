/**
 * No token, secret, code, verifier, assertion, key or URL query in anything that a program prints: log
 * lines, errors and their causes, clients, caches.
 */
import { inspect } from "node:util";
import {
  type ClientCredential,
  ConfidentialClientApplication,
  type HttpClient,
  isTokenError,
  MsalError,
  MsalServiceError,
  SerializableTokenCache,
  unwrap,
} from "msal-ts";
import { describe, expect, test, vi } from "vitest";
import {
  AUTHORITY,
  CLIENT_ID,
  DOMAIN_AUTHORITY,
  GRAPH,
  PASSWORD,
  REDIRECT_URI,
  rejection,
  rsaKey,
  SECRET,
  type Setup,
  setup,
  signIn,
  USERNAME,
} from "./setup.js";

/** Parameters and members whose values nobody may print. */
const SENSITIVE = [
  "client_secret",
  "client_assertion",
  "code",
  "code_verifier",
  "refresh_token",
  "access_token",
  "id_token",
];

/** A secret that looks different in each encoding. */
const AWKWARD_SECRET = 'awk"ward\\sec ret+%&=é~8Q';
const KEY = rsaKey();
const THUMBPRINT = "0123456789abcdef0123456789abcdef01234567";

/** What is secret, and what was printed. */
interface Witness extends Setup {
  secrets: Set<string>;
  errors: unknown[];
  cache: SerializableTokenCache;
  /** What the transport does with a request, instead of sending it. */
  trouble: HttpClient | undefined;
}

function witness(piiLog: boolean, clientCredential: ClientCredential = SECRET): Witness {
  const secrets = new Set([SECRET, AWKWARD_SECRET, PASSWORD]);
  const cache = new SerializableTokenCache();
  const all: Witness = {
    ...setup({
      enablePiiLog: piiLog,
      tokenCache: cache,
      clientCredential,
      httpClient: async (url, init) => {
        for (const [name, value] of new URLSearchParams(init.body)) {
          if (SENSITIVE.includes(name)) secrets.add(value);
        }
        if (all.trouble) return all.trouble(url, init);
        const response = await all.network.httpClient(url, init);
        const text = await response.text();
        for (const name of SENSITIVE) {
          const value = new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1];
          if (value) secrets.add(value);
        }
        return { status: response.status, headers: response.headers, text: async () => text };
      },
    }),
    secrets,
    errors: [],
    cache,
    trouble: undefined,
  };
  return all;
}

/** All ways in which a program prints a value. */
function prints(value: unknown): string[] {
  const everything = { showHidden: true, depth: Number.POSITIVE_INFINITY, maxStringLength: null };
  // `response` is there for who asks, and no printer asks: it is not enumerable.
  const hidden = value instanceof MsalServiceError ? {} : everything;
  const printed = [inspect(value), inspect(value, hidden), String(value)];
  printed.push(JSON.stringify(value) ?? "", JSON.stringify({ ...(value as object) }));
  if (value instanceof Error) {
    printed.push(String(value.stack), value.message);
    if (value.cause !== undefined) printed.push(...prints(value.cause));
  }
  return printed;
}

function expectSilence({ secrets, errors, logger, app, cache }: Witness, piiLog: boolean): void {
  for (const line of KEY.split("\n")) if (line.length > 40) secrets.add(line);
  const printed = [
    ...logger.lines.map(({ message }) => message),
    ...[app, app.tokenCache, cache, ...errors].flatMap(prints),
  ];
  const forms = [...secrets].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([["", secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    secret.slice(0, 12),
  ]);
  for (const text of printed) {
    for (const form of forms) {
      if (text.includes(form)) expect.fail(`${JSON.stringify(form)} is in:\n${text}`);
    }
    expect(text).not.toMatch(/\?[\w-]+=/);
    if (!piiLog) expect(text).not.toContain(USERNAME);
  }
}

/** Transports as people bring them: their errors carry the request. */
const LEAKY: Record<string, HttpClient> = {
  "an error that quotes the request": async (url, { body }) => {
    throw new Error(`POST ${url}?debug=1 failed: ${body}`);
  },
  "an error that quotes decoded values": async (_url, { body }) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    throw new Error(`Sent ${JSON.stringify(form)} and ${inspect(form)}`);
  },
  "an error that quotes the beginning of the body": async (_url, { body = "" }) => {
    const cut = body.search(/client_secret|client_assertion|refresh_token/) + 34;
    throw new Error(`socket hang up, while sending: ${body.slice(0, cut)}…`);
  },
  "an error that carries the request, as axios does": async (url, init) => {
    throw Object.assign(new Error("Network Error"), {
      code: "ERR_NETWORK",
      config: { url, data: init.body, headers: init.headers },
      request: { ...init },
    });
  },
  "an error with a cause that quotes the request": async (url, { body }) => {
    throw new TypeError("fetch failed", { cause: new Error(`to ${url} with ${body}`) });
  },
  "a string": async (_url, { body }) => {
    throw `no connection for ${body}`;
  },
  "an object": async (_url, init) => {
    throw { message: `no connection for ${init.body}`, init };
  },
  "an answer of 502 that repeats the request": async (_url, { body }) =>
    new Response(`<pre>${body}</pre>`, { status: 502 }),
  "a page that repeats the request": async (_url, { body }) => new Response(`<pre>${body}</pre>`),
  "JSON with tokens of the wrong type": async (_url, { body }) =>
    Response.json({ access_token: [body], refresh_token: { body } }),
  "an answer of another shape": async (_url, { body }) => ({ body }) as unknown as Response,
};

const CREDENTIALS: Record<string, ClientCredential> = {
  "a secret": AWKWARD_SECRET,
  "a certificate": { privateKey: KEY, thumbprint: THUMBPRINT },
  "an assertion": { clientAssertion: "eyJhbGciOiJub25lIn0.assertion-canary.c2lnbmF0dXJl" },
  "a function": { clientAssertion: async () => "eyJhbGciOiJub25lIn0.callback-canary.c2lnbmF0dXJl" },
};

describe.for([false, true])("enablePiiLog %s", (piiLog) => {
  test("signing in, refreshing, and an app's own token", async () => {
    const all = witness(piiLog);
    const { app, idp, secrets } = all;
    const { account } = await signIn(app, idp);
    expect(await app.acquireTokenSilent(["Mail.Read"], account)).toBeTruthy();
    expect(isTokenError(await app.acquireTokenForClient(GRAPH))).toBe(false);
    await app.getAccounts({ username: "nobody@contoso.com" });
    await app.removeAccount(account);

    // One secret, password, code and verifier; access tokens 3, refresh and ID tokens 2.
    expect(secrets.size).toBeGreaterThanOrEqual(10);
    expect(all.logger.lines.length).toBeGreaterThan(0);
    expectSilence(all, piiLog);
  });

  test("refusals: a code redeemed twice, a wrong secret, an aged refresh token", async () => {
    const all = witness(piiLog);
    const { app, idp, errors } = all;
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
    const answer = await idp.signIn(flow.authUri, { username: USERNAME, password: PASSWORD });
    all.secrets.add(flow.state).add(flow.nonce ?? "");
    unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
    errors.push(
      await app.acquireTokenByAuthCodeFlow(flow, answer),
      await rejection(app.acquireTokenByAuthCodeFlow(flow, { ...answer, state: "another" })),
      await rejection(app.acquireTokenByAuthCodeFlow({ ...flow, codeVerifier: undefined }, answer)),
      await rejection(
        app.acquireTokenByAuthCodeFlow(flow, new URLSearchParams(`code=${answer.code}&code=b`)),
      ),
    );
    const [account] = await app.getAccounts();
    idp.failNext({ path: "/token", error: "invalid_grant", times: 3 });
    errors.push(await app.acquireTokenSilentWithError(["Mail.Read"], account));
    idp.failNext({ path: "/token", error: "invalid_client" });
    errors.push(await app.acquireTokenForClient(GRAPH));

    expect(errors).toHaveLength(6);
    expectSilence(all, piiLog);
  });

  test("an ID token that is refused", async () => {
    const all = witness(piiLog);
    const { app, idp } = all;
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
    const answer = await idp.signIn(flow.authUri, { username: USERNAME, password: PASSWORD });
    all.secrets.add(flow.nonce ?? "");

    const forged = { ...flow, nonce: "another-nonce-canary" };
    all.errors.push(await rejection(app.acquireTokenByAuthCodeFlow(forged, answer)));

    expect(all.errors[0]).toMatchObject({ code: "invalid_id_token" });
    expectSilence(all, piiLog);
  });

  for (const [credential, clientCredential] of Object.entries(CREDENTIALS)) {
    test.for(Object.entries(LEAKY))(`with ${credential}: %s`, async ([, trouble]) => {
      const all = witness(piiLog, clientCredential);
      all.trouble = trouble;

      all.errors.push(await rejection(all.app.acquireTokenForClient(GRAPH)));

      expect(all.errors[0]).toBeInstanceOf(MsalError);
      expectSilence(all, piiLog);
    });
  }

  test.for(Object.entries(LEAKY))("redeeming a code: %s", async ([, trouble]) => {
    const all = witness(piiLog);
    const { app, idp } = all;
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
    const answer = await idp.signIn(flow.authUri, { username: USERNAME, password: PASSWORD });
    all.trouble = trouble;

    all.errors.push(await rejection(app.acquireTokenByAuthCodeFlow(flow, answer)));

    expect(all.errors[0]).toBeInstanceOf(MsalError);
    expectSilence(all, piiLog);
  });

  test.for(Object.entries(LEAKY))("refreshing, in the background too: %s", async ([, trouble]) => {
    const all = witness(piiLog);
    const { app, idp } = all;
    const { account } = await signIn(app, idp);
    all.trouble = trouble;
    const force = { forceRefresh: true };
    all.errors.push(await rejection(app.acquireTokenSilent(["User.Read"], account, force)));

    const [token] = app.tokenCache.find("AccessToken");
    const aging = JSON.parse(all.cache.serialize());
    for (const row of Object.values<Record<string, string>>(aging.AccessToken)) {
      row.refresh_on = String(idp.now() - 1);
    }
    all.cache.deserialize(JSON.stringify(aging));
    const served = await app.acquireTokenSilent(["User.Read"], account);
    expect(served?.access_token).toBe(token?.secret);
    const warnings = () => all.logger.lines.filter(({ level }) => level === "warn");
    await vi.waitFor(() => expect(warnings().length).toBeGreaterThan(0), 5000);

    expect(all.errors[0]).toBeInstanceOf(MsalError);
    expectSilence(all, piiLog);
  });

  test.for(Object.entries(LEAKY))("discovery: %s", async ([, trouble]) => {
    const all = witness(piiLog);
    all.trouble = trouble;
    const app = new ConfidentialClientApplication(CLIENT_ID, {
      authority: `${DOMAIN_AUTHORITY.replace("microsoftonline.com", "contoso.example")}?key=query-canary`,
      clientCredential: SECRET,
      httpClient: trouble,
      logger: all.logger,
      enablePiiLog: piiLog,
    });
    all.secrets.add("query-canary").add("api-version");

    all.errors.push(await rejection(app.acquireTokenForClient(GRAPH)), app);

    expect(all.errors[0]).toBeInstanceOf(MsalError);
    expectSilence(all, piiLog);
  });
});

test("a cache that is read back and cannot be", async () => {
  const all = witness(false);
  await signIn(all.app, all.idp);
  const state = all.cache.serialize();

  for (const broken of [
    state.slice(0, -1),
    `[${state}]`,
    `{"AccessToken":${JSON.stringify(state)}}`,
  ]) {
    try {
      all.cache.deserialize(broken);
    } catch (error) {
      all.errors.push(error);
    }
  }

  expect(all.errors).toHaveLength(3);
  expectSilence(all, false);
});

test.for([
  ["a thumbprint that is none", { privateKey: KEY, thumbprint: KEY }],
  ["a key for a certificate", { privateKey: KEY, publicCertificate: KEY }],
  ["a key that is cut off", { privateKey: KEY.slice(0, -40), thumbprint: THUMBPRINT }],
  ["a key as the assertion's member", { clientAssertion: [KEY] }],
  ["a key in a list", [KEY]],
] as const)("a credential that is refused: %s", ([, credential]) => {
  const all = witness(false);
  try {
    const options = { authority: AUTHORITY, clientCredential: credential as never };
    new ConfidentialClientApplication(CLIENT_ID, options);
  } catch (error) {
    all.errors.push(error);
  }

  expect(all.errors[0]).toMatchObject({ code: "invalid_argument" });
  expectSilence(all, false);
});

test("an OAuth error that is thrown keeps the provider's answer to itself", () => {
  const refusal = { error: "invalid_grant", claims: '{"claims":"canary"}' };
  let thrown: unknown;
  try {
    unwrap(refusal);
  } catch (error) {
    thrown = error;
  }

  expect(thrown).toHaveProperty("response", refusal);
  expect(inspect(thrown) + JSON.stringify(thrown)).not.toContain("canary");
});
