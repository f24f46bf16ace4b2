import { ClientApplication, MsalError } from "msal-ts";
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
  ["flows B-24", "https://contoso.b2clogin.com/contoso.onmicrosoft.com/{policy}", "{policy}"],
  ["flows B-24", "https://contoso.b2clogin.com/tfp/contoso.com/<policy>", "<policy>"],
  ["flows B-24", "https://contoso.b2clogin.com/contoso.onmicrosoft.com/undefined", "not set"],
  ["flows B-24", "https://undefined.ciamlogin.com", "not set"],
  ["flows B-24", "https://null.b2clogin.com/contoso.com/B2C_1_signin", "not set"],
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

// Hosts that look like one of Microsoft's. Microsoft is asked about them, as about any other.
test.for([
  ["https://contoso.b2clogin.com.evil.example/contoso.com/policy"],
  ["https://evil-b2clogin.com/contoso.com/policy"],
  ["https://b2clogin.com/contoso.com/policy"],
  ["https://contoso.ciamlogin.com.evil.example/contoso.com"],
  ["https://evil-ciamlogin.com/contoso.com"],
  ["https://ciamlogin.com/contoso.com"],
  ["https://contoso.ciamlogin.com./contoso.com"],
  ["https://login.microsoftonline.com./common"],
  ["https://login.microsoftonline.com:8443/common"],
  ["https://login.microsoftonline.com.evil.example/common"],
  ["https://l\u043egin.microsoftonline.com/common"],
  ["https://evil.example/adfsx"],
  ["https://evil.example\\.ciamlogin.com/contoso.com"],
])("%s is not taken for what it looks like", async ([authority]) => {
  const { webApp, requests } = setupScript({ status: 400, body: { error: "invalid_instance" } });

  await expect(webApp({ authority }).acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
    code: "invalid_authority",
    message: expect.stringContaining("invalid_instance"),
  });
  expect(requests.map(({ url }) => new URL(url).host)).toEqual(["login.microsoftonline.com"]);
});

// What is written, and the host and path of its configuration.
test.for([
  ["https://CONTOSO.B2CLogin.com/Contoso.com/Policy", "contoso.b2clogin.com/Contoso.com/Policy"],
  ["https://contoso.ciamlogin.com/a/../%2e%2e/b", "contoso.ciamlogin.com/b"],
  ["https://contoso.b2clogin.com:443/t/B2C_1_a-b~c", "contoso.b2clogin.com/t/B2C_1_a-b~c"],
  ["https://contoso.b2clogin.com/t/B2C_1_..%2f..%2fx", "contoso.b2clogin.com/t/B2C_1_..%2f..%2fx"],
])("%s is looked for at %s, and nowhere else", async ([authority, place]) => {
  const { webApp, requests } = setupScript({ status: 404 });

  await expect(webApp({ authority }).acquireTokenForClient(APP_SCOPES)).rejects.toThrow(MsalError);

  expect(requests.map(({ url }) => url)).toEqual([
    `https://${place}/v2.0/.well-known/openid-configuration`,
  ]);
});

// An authority that is not there, and the form that its kind has.
test.for([
  ["https://login.microsoftonline.com/contoso.com", "https://login.microsoftonline.com/{tenant}"],
  ["https://fs.contoso.com/adfs", "https://{host}/adfs"],
  [
    "https://contoso.b2clogin.com/contoso.com",
    "https://{name}.b2clogin.com/{name}.onmicrosoft.com/{policy}",
  ],
  ["https://contoso.ciamlogin.com", "https://{name}.ciamlogin.com/{tenant}"],
])("that there is no %s is said with the form %s", async ([authority, form]) => {
  const { webApp } = setupScript({ status: 404 });

  await expect(webApp({ authority }).acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
    code: "invalid_authority",
    message: expect.stringContaining(`the form is ${form}.`),
  });
});
