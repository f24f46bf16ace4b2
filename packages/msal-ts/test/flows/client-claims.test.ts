import { decodeJwt } from "jose";
import { type ConfidentialClientApplicationOptions, PublicClientApplication } from "msal-ts";
import { beforeAll, expect, test } from "vitest";
import { APP_SCOPES, appTokens, START, setupScript, TOKEN_ENDPOINT, WEB_APP } from "../setup.js";
import { makePair, type Pair } from "./certificates.js";

let pair: Pair;

beforeAll(async () => {
  pair = await makePair();
});

/** A client that signs, and the claims of the assertions that it sends. */
function setupSigner(clientClaims: Record<string, unknown>, calls: number) {
  const replies = Array.from({ length: calls }, () => ({ body: appTokens({ expires_in: 0 }) }));
  const { webApp, requests, ...rest } = setupScript(...replies);
  const { privateKey, sha256: thumbprint } = pair;
  const app = webApp({ clientCredential: { privateKey, thumbprint }, clientClaims });
  const assertions = () => requests.map(({ form }) => form.client_assertion ?? "");
  return { app, claims: () => assertions().map((jwt) => decodeJwt(jwt)), assertions, ...rest };
}

test("flows AST-01: an extra claim is signed along with the usual ones", async () => {
  const { app, claims } = setupSigner({ client_ip: "1.2.3.4" }, 1);

  await app.acquireTokenForClient(APP_SCOPES);

  expect(claims()).toEqual([
    {
      aud: TOKEN_ENDPOINT,
      iss: WEB_APP,
      sub: WEB_APP,
      iat: START,
      nbf: START,
      exp: START + 600,
      jti: expect.any(String),
      client_ip: "1.2.3.4",
    },
  ]);
});

test("flows X-16: a claim of the application's own replaces the usual one, and the assertion is used again", async () => {
  const { app, claims, assertions } = setupSigner({ aud: "https://elsewhere.example" }, 2);

  await app.acquireTokenForClient(APP_SCOPES);
  await app.acquireTokenForClient(APP_SCOPES);

  expect(claims()[0]?.aud).toBe("https://elsewhere.example");
  expect(assertions()[1]).toBe(assertions()[0]);
});

test("an assertion is used no longer than the application lets it live", async () => {
  const { app, assertions, clock } = setupSigner({ exp: START + 120 }, 3);

  await app.acquireTokenForClient(APP_SCOPES);
  clock.advance(59);
  await app.acquireTokenForClient(APP_SCOPES);
  clock.advance(2);
  await app.acquireTokenForClient(APP_SCOPES);

  expect(assertions()[1]).toBe(assertions()[0]);
  expect(assertions()[2]).not.toBe(assertions()[0]);
});

// Where the claims would be signed by nobody, or cannot be written.
test.for<[string, Record<string, unknown>]>([
  ["with a secret", { clientCredential: "a-secret-of-the-app", clientClaims: { a: 1 } }],
  ["with an assertion", { clientCredential: { clientAssertion: "a.b.c" }, clientClaims: { a: 1 } }],
  ["as text", { clientCredential: "a-secret-of-the-app", clientClaims: "client_ip" }],
  ["as a list", { clientCredential: "a-secret-of-the-app", clientClaims: [] }],
  ["with a function", { clientCredential: "a-secret-of-the-app", clientClaims: { f: () => {} } }],
])("clientClaims %s are refused", ([, options]) => {
  const { webApp } = setupScript();

  expect(() => webApp(options as Partial<ConfidentialClientApplicationOptions>)).toThrow(
    /clientClaims/,
  );
});

test("a public client has no claims to sign", () => {
  expect(() => new PublicClientApplication("id", { clientClaims: { a: 1 } } as object)).toThrow(
    /clientClaims needs a clientCredential/,
  );
});
