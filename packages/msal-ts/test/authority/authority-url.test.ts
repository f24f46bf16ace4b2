import { ClientApplication } from "msal-ts";
import { expect, test } from "vitest";
import { APP_SCOPES, appTokens, contents, setupScript } from "../setup.js";

/** An OpenID configuration of an authority that answers in its own name. */
function configuration(base: string): object {
  return {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
  };
}

// An authority of a host that the developer vouches for, and the URL of its configuration.
test.for<[string, string, string]>([
  [
    "authority 7",
    "https://example.com/tenant/subpath?foo=bar#fragment",
    "https://example.com/tenant/subpath/v2.0/.well-known/openid-configuration?foo=bar",
  ],
  [
    "authority 8",
    "https://example.com/tenant?foo=bar#fragment",
    "https://example.com/tenant/v2.0/.well-known/openid-configuration?foo=bar",
  ],
  [
    "authority 8",
    "https://example.com/tenant#fragment",
    "https://example.com/tenant/v2.0/.well-known/openid-configuration",
  ],
  [
    "authority §11",
    "https://Example.com:8443/Tenant//",
    "https://example.com:8443/Tenant/v2.0/.well-known/openid-configuration",
  ],
])("%s: the configuration of %s is at %s", async ([, authority, url]) => {
  const { webApp, requests, script } = setupScript();
  const { origin } = new URL(authority);
  script({ body: configuration(`${origin}/tenant`) }, { body: appTokens() });
  const app = webApp({ authority, validateAuthority: false });

  await app.acquireTokenForClient(APP_SCOPES);

  expect(requests[0]).toMatchObject({ method: "GET", url });
  expect(requests[1]?.url).toBe(`${origin}/tenant/oauth2/v2.0/token`);
  // Environments carry no port, as in MSAL Python.
  expect(contents(app.tokenCache).accessTokens).toMatchObject([
    { environment: "example.com", realm: "tenant" },
  ]);
});

// What is no authority, and the word that the message has for what is wrong.
test.for<[string, unknown, string]>([
  ["authority 9", "http://login.microsoftonline.com/tenant", "https"],
  ["authority 9", "http://example.com/tenant", "https"],
  ["authority 9", "ftp://example.com/tenant", "https"],
  ["authority 10", "https://example.com", "tenant"],
  ["authority 10", "https://example.com/", "tenant"],
  ["authority 10", "https://example.com//tenant", "tenant"],
  ["authority 10", "https://login.microsoftonline.com", "tenant"],
  ["flows B-24", "login.microsoftonline.com/common", "https://"],
  ["flows B-24", "", "empty"],
  ["flows B-24", "https://", "URL"],
  ["flows B-24", "https://user:secret@example.com/tenant", "password"],
  ["flows B-24", "https://login.microsoftonline.com/{tenant}", "{tenant}"],
  ["flows B-24", "https://login.microsoftonline.com/<tenant>", "<tenant>"],
  ["flows B-24", "https://login.microsoftonline.com/common/oauth2/v2.0/token", "tenant"],
])("%s: %s is refused by the constructor with invalid_authority", ([, authority, word]) => {
  const construct = () => new ClientApplication("id", { authority: authority as string });

  expect(construct).toThrow(
    expect.objectContaining({
      code: "invalid_authority",
      message: expect.stringContaining(word),
    }),
  );
  expect(construct).not.toThrow(/secret/);
});

test.for<[unknown]>([[7], [{}], [null], [[]]])(
  "what is no URL at all is refused by the constructor: %j",
  ([authority]) => {
    expect(() => new ClientApplication("id", { authority: authority as string })).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  },
);

// Decision 11.
test.for([
  ["http://localhost"],
  ["http://localhost:8400"],
  ["http://127.0.0.1:8400"],
  ["http://[::1]:8400"],
])("on loopback http will do, and nobody else is asked about the host: %s", async ([origin]) => {
  const { webApp, requests } = setupScript(
    { body: configuration(`${origin}/tenant`) },
    { body: appTokens() },
  );
  const app = webApp({ authority: `${origin}/tenant` });

  await app.acquireTokenForClient(APP_SCOPES);
  await app.getAccounts();

  expect(requests.map(({ url }) => url)).toEqual([
    `${origin}/tenant/v2.0/.well-known/openid-configuration`,
    `${origin}/tenant/oauth2/v2.0/token`,
  ]);
});

test.for([["http://localhost.example.com/t"], ["http://127.0.0.2/t"], ["http://0.0.0.0/t"]])(
  "what only looks like loopback has to be https: %s",
  ([authority]) => {
    expect(() => new ClientApplication("id", { authority })).toThrow(
      expect.objectContaining({ code: "invalid_authority" }),
    );
  },
);

// Plain http is for this machine alone, also where a server on it points elsewhere.
test.for<[string, string]>([
  ["token_endpoint", "http://evil.example/token"],
  ["authorization_endpoint", "http://evil.example/authorize"],
  ["issuer", "http://evil.example/tenant"],
  ["issuer", "http://localhost:8401/tenant"],
])("a server on loopback may not name as its %s %s", async ([name, url]) => {
  const authority = "http://localhost:8400/tenant";
  const { webApp } = setupScript({ body: { ...configuration(authority), [name]: url } });

  await expect(webApp({ authority }).initiateAuthCodeFlow(["s"])).rejects.toMatchObject({
    code: "invalid_authority",
    message: expect.stringContaining(name),
  });
});
