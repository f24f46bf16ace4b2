import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import {
  type Account,
  type ClientAssertionInfo,
  type ClientCertificate,
  ConfidentialClientApplication,
} from "msal-ts";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  DESKTOP_APP,
  FABRIKAM,
  HOST,
  idToken,
  PASSWORD,
  REDIRECT_URI,
  remember,
  START,
  setup,
  setupScript,
  TOKEN_ENDPOINT,
  USER,
  userTokens,
  WEB_APP,
} from "../setup.js";
import { makeEcPair, makePair, type Pair } from "./certificates.js";

const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const PASSPHRASE = "password";

let pair: Pair;
let another: Pair;

beforeAll(async () => {
  [pair, another] = await Promise.all([makePair(), makePair()]);
});

/** The assertion that a client with this certificate sends, with its parts. */
async function assertionOf(clientCredential: ClientCertificate) {
  const { webApp, requests } = setupScript({ body: appTokens() });
  await webApp({ clientCredential }).acquireTokenForClient(APP_SCOPES);
  const form = requests[0]?.form ?? {};
  const jwt = form.client_assertion ?? "";
  return { form, jwt, header: decodeProtectedHeader(jwt), payload: decodeJwt(jwt) };
}

/** Verifies a signature as the platform does. */
function verify(jwt: string, key: KeyObject) {
  return jwtVerify(jwt, createPublicKey(key), {
    algorithms: ["RS256", "PS256"],
    currentDate: new Date(START * 1000),
  });
}

function x5t(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64url");
}

test("a secret travels in the body, as client_secret and nothing else", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });
  const secret = "~with special&characters=+%";

  await webApp({ clientCredential: secret }).acquireTokenForClient(APP_SCOPES);

  expect(requests[0]?.form.client_secret).toBe(secret);
  expect(Object.keys(requests[0]?.headers ?? {})).not.toContain("authorization");
  expect(Object.keys(requests[0]?.form ?? {})).not.toContain("client_assertion");
});

test("a certificate signs an assertion with the claims of RFC 7523 §3, for the token endpoint, for ten minutes", async () => {
  const { form, payload } = await assertionOf({
    privateKey: pair.privateKey,
    publicCertificate: pair.publicCertificate,
  });

  expect(form.client_assertion_type).toBe(JWT_BEARER);
  expect(Object.keys(form)).not.toContain("client_secret");
  expect(payload).toEqual({
    aud: TOKEN_ENDPOINT,
    iss: WEB_APP,
    sub: WEB_APP,
    jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    iat: START,
    nbf: START,
    exp: START + 600,
  });
});

test("the length of the thumbprint chooses: SHA-1 signs with RS256 and x5t, SHA-256 with PS256 and x5t#S256", async () => {
  const { privateKey, key, sha1, sha256 } = pair;

  const short = await assertionOf({ privateKey, thumbprint: sha1 });
  const long = await assertionOf({ privateKey, thumbprint: sha256 });

  // Flows B-7: without padding (RFC 7515 §4.1.7).
  expect(short.header).toEqual({ alg: "RS256", typ: "JWT", x5t: x5t(sha1) });
  expect(long.header).toEqual({ alg: "PS256", typ: "JWT", "x5t#S256": x5t(sha256) });
  await verify(short.jwt, key);
  await verify(long.jwt, key);
});

test("a signature is not accepted under another key", async () => {
  const { jwt } = await assertionOf({ privateKey: pair.privateKey, thumbprint: pair.sha1 });

  await expect(verify(jwt, another.key)).rejects.toThrow();
});

test("without a thumbprint the certificate's SHA-256 is computed, and its chain is sent along", async () => {
  const { privateKey, publicCertificate, sha256, der, key } = pair;

  const { header, jwt } = await assertionOf({ privateKey, publicCertificate });

  expect(header).toEqual({ alg: "PS256", typ: "JWT", "x5t#S256": x5t(sha256), x5c: [der] });
  await verify(jwt, key);
});

test("a thumbprint beside the certificate decides the algorithm", async () => {
  const { privateKey, publicCertificate, sha1, der } = pair;

  const { header } = await assertionOf({ privateKey, publicCertificate, thumbprint: sha1 });

  expect(header).toEqual({ alg: "RS256", typ: "JWT", x5t: x5t(sha1), x5c: [der] });
});

// Ways in which tools print a thumbprint.
test.for<[string, (hex: string) => string]>([
  ["upper case", (hex) => hex.toUpperCase()],
  ["colons", (hex) => hex.match(/../g)?.join(":") ?? ""],
  ["spaces", (hex) => hex.match(/../g)?.join(" ") ?? ""],
  ["white space around", (hex) => ` ${hex}\n`],
])("flows B-7: a thumbprint may be written with %s", async ([, written]) => {
  const { privateKey, sha1, sha256 } = pair;

  const short = await assertionOf({ privateKey, thumbprint: written(sha1) });
  const long = await assertionOf({ privateKey, thumbprint: written(sha256) });

  expect(short.header.x5t).toBe(x5t(sha1));
  expect(long.header["x5t#S256"]).toBe(x5t(sha256));
});

test.for([["ab"], ["g".repeat(40)], ["ab".repeat(21)], [""], [":"]])(
  "flows B-7: a thumbprint that is none is refused at once: %j",
  async ([thumbprint]) => {
    const { privateKey } = pair;
    const make = () =>
      new ConfidentialClientApplication(WEB_APP, { clientCredential: { privateKey, thumbprint } });

    expect(make).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(make).toThrow(/thumbprint/);
  },
);

// How a chain is written, and the certificates that are sent of it; "own" stands for the key's, "next" for another.
test.for([
  ["flows APP-01", "a certificate without BEGIN and END", ["own"]],
  ["flows APP-02", "one certificate, indented, with blank lines around", ["own"]],
  ["flows APP-03", "two certificates, a blank line between", ["own", "next"]],
] as const)("%s: %s is sent as x5c, in its order, as plain base64", async ([row, , sent]) => {
  const { privateKey, sha1, der, publicCertificate } = pair;
  const written = {
    "flows APP-01": der,
    "flows APP-02": `\n   ${publicCertificate.replaceAll("\n", "\r\n   ")}\n\n`,
    "flows APP-03": `${publicCertificate}\n\n${another.publicCertificate}`,
  }[row];
  const ders = { own: der, next: another.der };

  const { header } = await assertionOf({
    privateKey,
    thumbprint: sha1,
    publicCertificate: written,
  });

  expect(header.x5c).toEqual(sent.map((name) => ders[name]));
});

// The forms in which OpenSSL writes an RSA key.
test.for<[string, (key: KeyObject) => string, string | undefined]>([
  ["PKCS#8", (key) => pem(key, "pkcs8"), undefined],
  ["PKCS#1", (key) => pem(key, "pkcs1"), undefined],
  ["flows CRY-01: encrypted PKCS#8", (key) => encrypted(key, "pkcs8"), PASSPHRASE],
  ["encrypted PKCS#1", (key) => encrypted(key, "pkcs1"), PASSPHRASE],
  ["PKCS#8 with Windows line ends", (key) => pem(key, "pkcs8").replaceAll("\n", "\r\n"), undefined],
])("%s is a key that signs", async ([, write, passphrase]) => {
  const { key, sha256 } = pair;

  const { jwt } = await assertionOf({ privateKey: write(key), thumbprint: sha256, passphrase });

  await verify(jwt, key);
});

// Keys that cannot sign here, and the word that the message has for what to look at.
test.for<[string, () => Promise<ClientCertificate> | ClientCertificate, string]>([
  [
    "a wrong passphrase",
    () => ({ ...withThumbprint(), privateKey: encrypted(pair.key, "pkcs8"), passphrase: "wrong" }),
    "passphrase",
  ],
  [
    "a wrong passphrase for PKCS#1",
    () => ({ ...withThumbprint(), privateKey: encrypted(pair.key, "pkcs1"), passphrase: "wrong" }),
    "passphrase",
  ],
  [
    "no passphrase for an encrypted key",
    () => ({ ...withThumbprint(), privateKey: encrypted(pair.key, "pkcs8") }),
    "passphrase",
  ],
  [
    "an EC key",
    async () => ({ ...withThumbprint(), privateKey: (await makeEcPair()).privateKey }),
    "RSA",
  ],
  [
    "a key that is not the certificate's",
    () => ({ privateKey: another.privateKey, publicCertificate: pair.publicCertificate }),
    "publicCertificate",
  ],
  ["text that is no key", () => ({ ...withThumbprint(), privateKey: "my key" }), "privateKey"],
  [
    "a certificate in the key's place",
    () => ({ ...withThumbprint(), privateKey: pair.publicCertificate }),
    "privateKey",
  ],
  [
    "a private key in the certificate's place",
    () => ({ privateKey: pair.privateKey, publicCertificate: pair.privateKey }),
    "publicCertificate",
  ],
  [
    "text that is no certificate",
    () => ({ privateKey: pair.privateKey, publicCertificate: "my certificate!" }),
    "publicCertificate",
  ],
])("%s is refused at once, and the message holds no key", async ([, make, name]) => {
  const clientCredential = await make();

  const construct = () => new ConfidentialClientApplication(WEB_APP, { clientCredential });

  expect(construct).toThrow(
    expect.objectContaining({
      code: "invalid_argument",
      message: expect.stringContaining(name),
    }),
  );
  expect(construct).not.toThrow(/-----|MII/);
});

function withThumbprint(): { thumbprint: string } {
  return { thumbprint: pair.sha256 };
}

function pem(key: KeyObject, type: "pkcs1" | "pkcs8"): string {
  return key.export({ type, format: "pem" }).toString();
}

function encrypted(key: KeyObject, type: "pkcs1" | "pkcs8"): string {
  const options = { format: "pem", cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;
  return key.export({ type, ...options }).toString();
}

test("flows E2E-13: the platform accepts both kinds of signature of a registered certificate", async () => {
  const clientId = "66666666-6666-4666-8666-666666666666";
  const { webApp, tokenRequests } = setup({
    apps: [{ clientId, tenant: CONTOSO, certificates: [pair.publicCertificate] }],
  });
  const { privateKey, sha1, sha256, publicCertificate } = pair;

  for (const clientCredential of [
    { privateKey, thumbprint: sha1 },
    { privateKey, thumbprint: sha256 },
    { privateKey, publicCertificate },
    { privateKey, publicCertificate, thumbprint: sha1 },
  ]) {
    const app = webApp({ clientCredential }, clientId);

    expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
      token_source: "identity_provider",
    });
    expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
  }
  expect(tokenRequests()).toHaveLength(4);
});

test("flows E2E-13: the platform accepts an assertion that was signed elsewhere, and its token is cached", async () => {
  const clientId = "66666666-6666-4666-8666-666666666666";
  const { webApp, tokenRequests, idp } = setup({
    apps: [{ clientId, tenant: CONTOSO, certificates: [pair.publicCertificate] }],
  });
  const now = idp.now();
  const clientAssertion = await new SignJWT({ jti: "signed-elsewhere" })
    .setProtectedHeader({ alg: "RS256", typ: "JWT", x5t: x5t(pair.sha1) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(TOKEN_ENDPOINT)
    .setNotBefore(now)
    .setExpirationTime(now + 600)
    .sign(createPrivateKey(pair.privateKey));
  const app = webApp({ clientCredential: { clientAssertion } }, clientId);

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({
    token_source: "identity_provider",
  });
  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_source: "cache" });
  expect(tokenRequests().map(({ form }) => form.client_assertion)).toEqual([clientAssertion]);
});

test("a certificate that is not registered is the platform's error object", async () => {
  const clientId = "66666666-6666-4666-8666-666666666666";
  const { webApp } = setup({
    apps: [{ clientId, tenant: CONTOSO, certificates: [pair.publicCertificate] }],
  });
  const { privateKey, publicCertificate } = another;

  const result = await webApp(
    { clientCredential: { privateKey, publicCertificate } },
    clientId,
  ).acquireTokenForClient(APP_SCOPES);

  expect(result).toMatchObject({ error: "invalid_client", error_codes: [700027] });
});

test("flows X-16, B-10: one assertion serves requests to one audience for 540 seconds, then a new one is signed", async () => {
  const { webApp, requests, clock, script } = setupScript();
  const { privateKey, sha256 } = pair;
  const app = webApp({ clientCredential: { privateKey, thumbprint: sha256 } });
  const ask = async (scope: string) => {
    script({ body: appTokens() });
    await app.acquireTokenForClient([scope]);
    return requests.at(-1)?.form.client_assertion ?? "";
  };

  const first = await ask("a/.default");
  const second = await ask("b/.default");
  clock.advance(539);
  const third = await ask("c/.default");
  clock.advance(1);
  const fourth = await ask("d/.default");

  expect([second, third]).toEqual([first, first]);
  expect(fourth).not.toBe(first);
  expect(decodeJwt(fourth)).toMatchObject({ iat: START + 540, exp: START + 1140 });
  expect(decodeJwt(fourth).jti).not.toBe(decodeJwt(first).jti);
});

test("an assertion that was signed while the clock was ahead is signed anew: nobody accepts it yet", async () => {
  const { webApp, requests, clock, script } = setupScript();
  const { privateKey, sha256 } = pair;
  const app = webApp({ clientCredential: { privateKey, thumbprint: sha256 } });
  script({ body: appTokens() }, { body: appTokens() });
  clock.advance(86_400);

  await app.acquireTokenForClient(["a/.default"]);
  clock.advance(-86_400);
  await app.acquireTokenForClient(["b/.default"]);

  const times = requests.map(({ form }) => decodeJwt(form.client_assertion ?? "").nbf);
  expect(times).toEqual([START + 86_400, START]);
});

test("flows B-10: an assertion goes to its audience alone, be the other host an alias of the same", async () => {
  const hosts = ["login.private.example", "sts.private.example"];
  const configuration = (host: string) => ({
    issuer: `https://${host}/${CONTOSO}/v2.0`,
    authorization_endpoint: `https://${host}/${CONTOSO}/authorize`,
    token_endpoint: `https://${host}/${CONTOSO}/token`,
  });
  const [main = "", alias = ""] = hosts;
  const { webApp, requests, script } = setupScript();
  const { privateKey, sha256 } = pair;
  const app = webApp({
    authority: `https://${main}/${CONTOSO}`,
    clientCredential: { privateKey, thumbprint: sha256 },
  });
  const id_token = idToken({ iss: configuration(alias).issuer });
  remember(
    app.tokenCache,
    { access_token: undefined, id_token },
    { environment: alias, token_endpoint: configuration(alias).token_endpoint },
  );
  script(
    {
      body: {
        tenant_discovery_endpoint: `https://${main}/${CONTOSO}/v2.0/.well-known/openid-configuration`,
        metadata: [{ preferred_network: main, preferred_cache: main, aliases: hosts }],
      },
    },
    { body: configuration(main) },
    { body: appTokens() },
    { body: configuration(alias) },
    { body: userTokens({ id_token }) },
  );

  await app.acquireTokenForClient(APP_SCOPES);
  await app.acquireTokenSilent(["User.Read"], { homeAccountId: USER.homeAccountId } as Account);

  const sent = requests.filter(({ method }) => method === "POST");
  expect(sent.map(({ url }) => url)).toEqual(
    hosts.map((host) => `https://${host}/${CONTOSO}/token`),
  );
  expect(sent.map(({ form }) => decodeJwt(form.client_assertion ?? "").aud)).toEqual(
    sent.map(({ url }) => url),
  );
});

test("flows B-10: all of a client's flows share the assertion", async () => {
  const { webApp, requests, script } = setupScript();
  const { privateKey, sha256 } = pair;
  const app = webApp({ clientCredential: { privateKey, thumbprint: sha256 } });
  remember(app.tokenCache, { access_token: undefined });
  script(
    { body: appTokens() },
    { body: userTokens() },
    { status: 400, body: { error: "invalid_grant" } },
  );

  await app.acquireTokenForClient(APP_SCOPES);
  const [account] = await app.getAccounts();
  await app.acquireTokenSilent(["User.Read"], account);
  await app.acquireTokenByAuthCodeFlow(
    { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" },
    { state: "s", code: "c" },
  );

  const assertions = requests.map(({ form }) => form.client_assertion);
  expect(new Set(assertions).size).toBe(1);
  expect(assertions).toHaveLength(3);
});

test("two tenants in turn: one signature for each, however many requests and cached tokens", async () => {
  const sign = vi.spyOn(crypto.subtle, "sign");
  onTestFinished(() => sign.mockRestore());
  const { webApp, requests, script } = setupScript();
  const clientCredential = { privateKey: pair.privateKey, thumbprint: pair.sha256 };
  const apps = [CONTOSO, FABRIKAM].map((tenant) =>
    webApp({ clientCredential, authority: `https://${HOST}/${tenant}` }),
  );
  const inTurn = async (...scopes: string[]) => {
    for (const scope of scopes) {
      for (const app of apps) await app.acquireTokenForClient([scope]);
    }
  };
  script(...Array.from({ length: 6 }, () => ({ body: appTokens() })));

  await inTurn("a/.default", "b/.default", "c/.default");
  await inTurn("a/.default", "b/.default", "c/.default");
  expect(requests).toHaveLength(6);
  expect(sign).toHaveBeenCalledTimes(2);
});

test("requests at the same moment wait for one signature", async () => {
  const sign = vi.spyOn(crypto.subtle, "sign");
  onTestFinished(() => sign.mockRestore());
  const { webApp, script } = setupScript();
  const { privateKey, sha256 } = pair;
  const app = webApp({ clientCredential: { privateKey, thumbprint: sha256 } });
  script(...Array.from({ length: 32 }, () => ({ body: appTokens() })));

  await Promise.all(
    Array.from({ length: 32 }, (_, i) => app.acquireTokenForClient([`${i}/.default`])),
  );

  expect(sign).toHaveBeenCalledTimes(1);
});

test("clients of two tenants sign for the token endpoint of each", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const clientCredential = { privateKey: pair.privateKey, thumbprint: pair.sha256 };

  await webApp({ clientCredential }).acquireTokenForClient(APP_SCOPES);
  await webApp({
    clientCredential,
    authority: `https://${HOST}/${FABRIKAM}`,
  }).acquireTokenForClient(APP_SCOPES);

  expect(requests.map(({ form }) => decodeJwt(form.client_assertion ?? "").aud)).toEqual([
    TOKEN_ENDPOINT,
    `https://${HOST}/${FABRIKAM}/oauth2/v2.0/token`,
  ]);
});

test("flows CLI-11: an assertion that was signed elsewhere is sent as it is", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() });

  await webApp({
    clientCredential: { clientAssertion: "head.body.signature" },
  }).acquireTokenForClient(APP_SCOPES);

  expect(requests[0]?.form).toMatchObject({
    client_assertion_type: JWT_BEARER,
    client_assertion: "head.body.signature",
  });
});

test("flows CLI-11: a function that signs is told for whom: client, audience, tenant and a signal", async () => {
  const calls: ClientAssertionInfo[] = [];
  const { webApp, requests } = setupScript({ body: appTokens() });
  const clientAssertion = (info: ClientAssertionInfo) => {
    calls.push(info);
    return Promise.resolve("head.body.signature");
  };

  await webApp({ clientCredential: { clientAssertion } }).acquireTokenForClient(APP_SCOPES);

  expect(calls).toEqual([
    {
      clientId: WEB_APP,
      audience: TOKEN_ENDPOINT,
      tenant: CONTOSO,
      signal: expect.any(AbortSignal),
    },
  ]);
  expect(requests[0]?.form.client_assertion).toBe("head.body.signature");
});

test("a function that signs is called for each request that is sent, and never for a cache hit", async () => {
  let calls = 0;
  const clientAssertion = () => `assertion.number.${++calls}`;
  const { webApp, requests, clock, script } = setupScript({ body: appTokens() });
  const app = webApp({ clientCredential: { clientAssertion } });

  await app.acquireTokenForClient(APP_SCOPES);
  await app.acquireTokenForClient(APP_SCOPES);
  expect(calls).toBe(1);
  clock.advance(3500);
  script({ body: appTokens() });
  await app.acquireTokenForClient(APP_SCOPES);

  expect(calls).toBe(2);
  expect(requests[1]?.form.client_assertion).toBe("assertion.number.2");
});

test("callers who share a request share one call of the function that signs", async () => {
  let calls = 0;
  const clientAssertion = async () => `assertion.number.${++calls}`;
  const { webApp, requests } = setupScript({ body: appTokens() });
  const app = webApp({ clientCredential: { clientAssertion } });

  await Promise.all(Array.from({ length: 50 }, () => app.acquireTokenForClient(APP_SCOPES)));

  expect(calls).toBe(1);
  expect(requests).toHaveLength(1);
});

test("a function that signs is not called for a sign-in's URL, for accounts or for a cached user token", async () => {
  const { webApp } = setupScript();
  const clientAssertion = (): string => {
    throw new Error("called");
  };
  const app = webApp({ clientCredential: { clientAssertion } });
  remember(app.tokenCache);

  await app.initiateAuthCodeFlow(["User.Read"]);
  const [account] = await app.getAccounts();

  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    token_source: "cache",
  });
  expect(account?.homeAccountId).toBe(USER.homeAccountId);
});

test("what a function that signs throws is what the caller gets, and the next call asks it again", async () => {
  const problem = new Error("the key vault is closed");
  let fails = true;
  const clientAssertion = () => {
    if (fails) throw problem;
    return "head.body.signature";
  };
  const { webApp, script } = setupScript();
  const app = webApp({ clientCredential: { clientAssertion } });

  await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toBe(problem);
  fails = false;
  script({ body: appTokens() });

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ token_type: "Bearer" });
});

test.for<[unknown]>([[undefined], [""], [7], [{}]])(
  "a function that signs must return a JWT: %j",
  async ([made]) => {
    const { webApp } = setupScript();
    const app = webApp({ clientCredential: { clientAssertion: () => made as string } });

    await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("clientAssertion"),
    });
  },
);

test("a function that signs learns when nobody waits any more", async () => {
  const controller = new AbortController();
  let told: AbortSignal | undefined;
  const clientAssertion = ({ signal }: ClientAssertionInfo) => {
    told = signal;
    return new Promise<string>(() => {});
  };
  const { webApp } = setupScript();
  const asked = webApp({ clientCredential: { clientAssertion } }).acquireTokenForClient(
    APP_SCOPES,
    {
      signal: controller.signal,
    },
  );
  await expect.poll(() => told).toBeDefined();

  controller.abort(new Error("nobody waits"));

  await expect(asked).rejects.toThrow("nobody waits");
  expect(told?.aborted).toBe(true);
});

test("a function that signs and never comes back ends when the time is up", async () => {
  const { webApp } = setupScript();
  const clientAssertion = () => new Promise<string>(() => {});
  const app = webApp({ clientCredential: { clientAssertion }, timeout: 50 });

  await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
    isMsalError: true,
    code: "timeout",
    message: expect.stringContaining("clientAssertion"),
  });
});

test("a function that signs learns that the time is up", async () => {
  let told: AbortSignal | undefined;
  const clientAssertion = ({ signal }: ClientAssertionInfo) => {
    told = signal;
    return new Promise<string>(() => {});
  };
  const { webApp } = setupScript();
  const app = webApp({ clientCredential: { clientAssertion }, timeout: 50 });

  await app.acquireTokenForClient(APP_SCOPES).catch(() => {});

  expect(told?.aborted).toBe(true);
});

// Redeeming a code is shared with nobody: nothing but the call itself ends the wait.
test("an aborted call rejects with its reason, although the function that signs goes on", async () => {
  const controller = new AbortController();
  const { webApp } = setupScript();
  let called = false;
  const clientAssertion = () => {
    called = true;
    return new Promise<string>(() => {});
  };
  const app = webApp({ clientCredential: { clientAssertion } });
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  const answer = { state: flow.state, code: "c" };
  const redeeming = app.acquireTokenByAuthCodeFlow(flow, answer, { signal: controller.signal });
  await expect.poll(() => called).toBe(true);

  controller.abort(new Error("left"));

  await expect(redeeming).rejects.toThrow("left");
});

test("an assertion wins over a key beside it, and an undefined one counts as absent", async () => {
  const { webApp, requests } = setupScript({ body: appTokens() }, { body: appTokens() });
  const { privateKey, sha256 } = pair;
  const both = { privateKey, thumbprint: sha256 };

  await webApp({
    clientCredential: { ...both, clientAssertion: "head.body.signature" },
  }).acquireTokenForClient(APP_SCOPES);
  await webApp({
    clientCredential: { ...both, clientAssertion: undefined } as ClientCertificate,
  }).acquireTokenForClient(APP_SCOPES);

  expect(requests[0]?.form.client_assertion).toBe("head.body.signature");
  expect(decodeProtectedHeader(requests[1]?.form.client_assertion ?? "").alg).toBe("PS256");
});

test("a client of no credential sends none", async () => {
  const { plainApp, idp, tokenRequests } = setup();
  const app = plainApp();
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: "http://localhost" });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

  await app.acquireTokenByAuthCodeFlow(flow, answer);

  const names = Object.keys(tokenRequests()[0]?.form ?? {});
  expect(names).not.toContain("client_secret");
  expect(names).not.toContain("client_assertion");
  expect(tokenRequests()[0]?.form.client_id).toBe(DESKTOP_APP);
});

test("a web app signs its users in with a certificate", async () => {
  const clientId = "66666666-6666-4666-8666-666666666666";
  const { webApp, signIn } = setup({
    apps: [
      {
        clientId,
        tenant: CONTOSO,
        certificates: [pair.publicCertificate],
        redirectUris: { web: [REDIRECT_URI] },
      },
    ],
  });
  const { privateKey, publicCertificate } = pair;
  const app = webApp({ clientCredential: { privateKey, publicCertificate } }, clientId);

  expect(await signIn(app)).toMatchObject({ account: { username: ADA } });
});

test("the SHA-256 thumbprint is that of the first certificate of a chain", async () => {
  const { privateKey, publicCertificate } = pair;

  const { header } = await assertionOf({
    privateKey,
    publicCertificate: `${publicCertificate}\n${another.publicCertificate}`,
  });

  const digest = createHash("sha256").update(Buffer.from(pair.der, "base64")).digest("base64url");
  expect(header["x5t#S256"]).toBe(digest);
});
