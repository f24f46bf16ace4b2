import { expect, test } from "vitest";
import { ADA, APP_SCOPES, CONTOSO, PASSWORD, setupScript } from "../setup.js";

/** One authority of each kind that is discovered, and the URL below which its endpoints are. */
const AUTHORITIES = {
  adfs: ["https://fs.contoso.com/adfs", "https://fs.contoso.com/adfs/oauth2"],
  b2c: [
    "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signin",
    "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_signin/oauth2/v2.0",
  ],
  ciam: ["https://contoso.ciamlogin.com", `https://contoso.ciamlogin.com/${CONTOSO}/oauth2/v2.0`],
  entra: [
    "https://login.microsoftonline.us/contoso.com",
    `https://login.microsoftonline.us/${CONTOSO}/oauth2/v2.0`,
  ],
} as const;

type Kind = keyof typeof AUTHORITIES;

/** What is wrong with a configuration, the code of the error, and a word of its message. */
const BAD: readonly [string, (good: Record<string, string>) => unknown, string, string][] = [
  ["HTML", () => "<!DOCTYPE html><title>Sign in</title>", "invalid_response", "JSON"],
  ["truncated", (good) => JSON.stringify(good).slice(0, -9), "invalid_response", "JSON"],
  ["nothing", () => "", "invalid_response", "JSON"],
  ["null", () => "null", "invalid_response", "JSON"],
  ["a list", () => [], "invalid_response", "JSON"],
  ["no issuer", ({ issuer, ...rest }) => rest, "invalid_authority", "issuer"],
  ["an issuer that is a list", (good) => ({ ...good, issuer: [] }), "invalid_authority", "issuer"],
  [
    "another's issuer",
    (good) => ({ ...good, issuer: "https://evil.example/adfs" }),
    "invalid_authority",
    "evil.example",
  ],
  [
    "an issuer that begins alike",
    (good) => ({ ...good, issuer: good.issuer?.replace(/(https:\/\/[^/]+)/, "$1.evil.example") }),
    "invalid_authority",
    "evil.example",
  ],
  [
    "another's token endpoint",
    (good) => ({ ...good, token_endpoint: "https://evil.example/adfs/oauth2/token" }),
    "invalid_authority",
    "token_endpoint",
  ],
  [
    "another's page to sign in",
    (good) => ({ ...good, authorization_endpoint: "https://evil.example/adfs/oauth2/authorize" }),
    "invalid_authority",
    "authorization_endpoint",
  ],
  [
    "another's device endpoint",
    (good) => ({ ...good, device_authorization_endpoint: "https://evil.example/devicecode" }),
    "invalid_authority",
    "device_authorization_endpoint",
  ],
  [
    "a token endpoint without https",
    (good) => ({ ...good, token_endpoint: good.token_endpoint?.replace("https", "http") }),
    "invalid_authority",
    "https",
  ],
  [
    "a token endpoint with a password in it",
    (good) => ({ ...good, token_endpoint: good.token_endpoint?.replace("//", "//user:secret@") }),
    "invalid_authority",
    "token_endpoint",
  ],
  [
    "a page to sign in with a fragment, which would swallow the request",
    (good) => ({ ...good, authorization_endpoint: `${good.authorization_endpoint}#top` }),
    "invalid_authority",
    "authorization_endpoint",
  ],
  [
    "a token endpoint that is a number",
    (good) => ({ ...good, token_endpoint: 7 }),
    "invalid_authority",
    "token_endpoint",
  ],
];

const CASES = (Object.keys(AUTHORITIES) as Kind[]).flatMap((kind) =>
  BAD.map(([what, spoil, code, word]) => [kind, what, spoil, code, word] as const),
);

test.for(CASES)(
  "%s, described by %s: refused before a secret or a password is sent",
  async ([kind, , spoil, code, word]) => {
    const [authority, base] = AUTHORITIES[kind];
    const good = {
      issuer: `${new URL(base).origin}/${CONTOSO}/v2.0`,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
    };
    const bad = { body: spoil(good) };
    const { webApp, requests } = setupScript(bad, bad, bad);
    const app = webApp({ authority });
    const refused = { code, message: expect.stringContaining(word) };

    await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject(refused);
    await expect(app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["s"])).rejects.toMatchObject(
      refused,
    );
    await expect(app.acquireTokenOnBehalfOf("a.b.c", ["s"])).rejects.toMatchObject(refused);

    expect(requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET"]);
  },
);

// Ways to write a URL on the provider's host that another reader of URLs takes for one elsewhere, or for none.
test.for<[string, string]>([
  [
    String.raw`https://fs.contoso.com\@evil.example/token`,
    "https://fs.contoso.com/@evil.example/token",
  ],
  ["https://fs.con\ttoso.com/adfs/token", "https://fs.contoso.com/adfs/token"],
  [" https:fs.contoso.com/adfs/token\n", "https://fs.contoso.com/adfs/token"],
  ["HTTPS://FS.Contoso.com/adfs/../token", "https://fs.contoso.com/token"],
])(
  "the endpoint %j is asked as %s, so that nobody can read it otherwise",
  async ([written, url]) => {
    const { webApp, requests } = setupScript(
      {
        body: {
          issuer: "https://fs.contoso.com/adfs",
          authorization_endpoint: written,
          token_endpoint: written,
          device_authorization_endpoint: written,
        },
      },
      { status: 400, body: { error: "invalid_client" } },
    );
    const app = webApp({ authority: AUTHORITIES.adfs[0] });

    await app.acquireTokenForClient(APP_SCOPES);

    expect(requests[1]?.url).toBe(url);
    const { authUri } = await app.initiateAuthCodeFlow(["s"]);
    expect(authUri).toMatch(`${url}?`);
  },
);

test("what an authorization endpoint has in its query stays, but for what the request says itself", async () => {
  const endpoint =
    "https://fs.contoso.com/adfs/oauth2/authorize?p=x&state=theirs&redirect_uri=evil";
  const { webApp } = setupScript({
    body: {
      issuer: "https://fs.contoso.com/adfs",
      authorization_endpoint: endpoint,
      token_endpoint: "https://fs.contoso.com/adfs/oauth2/token",
    },
  });
  const redirectUri = "http://localhost:3000";

  const { authUri, state } = await webApp({
    authority: AUTHORITIES.adfs[0],
  }).initiateAuthCodeFlow(["s"], { redirectUri });

  const { searchParams } = new URL(authUri);
  expect(searchParams.get("p")).toBe("x");
  expect(searchParams.getAll("state")).toEqual([state]);
  expect(searchParams.getAll("redirect_uri")).toEqual([redirectUri]);
});

test("a provider that the developer alone knows may have its endpoints on other hosts", async () => {
  const { webApp, requests } = setupScript(
    {
      body: {
        issuer: "https://id.private.example/tenant",
        authorization_endpoint: "https://id.private.example/authorize",
        token_endpoint: "https://tokens.private.example/tenant/token",
      },
    },
    { status: 400, body: { error: "invalid_client" } },
  );
  const app = webApp({ authority: "https://id.private.example/tenant", instanceDiscovery: false });

  expect(await app.acquireTokenForClient(APP_SCOPES)).toMatchObject({ error: "invalid_client" });
  expect(requests[1]?.url).toBe("https://tokens.private.example/tenant/token");
});

// What AD FS and B2C may answer to a request for tokens, beside tokens.
test.for<[Kind, unknown, string]>(
  (["adfs", "b2c", "ciam"] as const).flatMap((kind) => [
    [kind, "<html>Service Unavailable</html>", "invalid_response"],
    [kind, '{"access_token":"ey', "invalid_response"],
    [kind, { access_token: 7, token_type: "bearer" }, "invalid_response"],
    [kind, { access_token: "a", id_token: "no.jwt" }, "invalid_id_token"],
    [kind, { access_token: "a", id_token: { sub: "edith" } }, "invalid_response"],
  ]),
)("%s answers a password with %j: %s, and nothing is cached", async ([kind, body, code]) => {
  const [authority, base] = AUTHORITIES[kind];
  const { webApp, script } = setupScript({
    body: {
      issuer: `${new URL(base).origin}/${CONTOSO}/v2.0`,
      authorization_endpoint: `${base}/authorize`,
      token_endpoint: `${base}/token`,
    },
  });
  if (kind !== "adfs") script({ status: 404 });
  script({ body });
  const app = webApp({ authority });

  await expect(app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["s"])).rejects.toMatchObject({
    code,
  });

  expect(await app.getAccounts()).toEqual([]);
});
