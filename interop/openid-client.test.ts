/**
 * openid-client, a certified relying party, signs in to the emulator. It takes us for any OpenID provider:
 * discovery, issuer, nonce and signatures are all checked.
 *
 * @module
 */
import * as client from "openid-client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ADA, type Emulated, GRAPH, startEmulated, TENANT, WEB_APP } from "./emulated.js";
import { trustingFetch } from "./trusting-fetch.js";

const SCOPE = "openid profile email offline_access User.Read";

let emulated: Emulated;

beforeAll(async () => {
  emulated = await startEmulated();
  vi.stubGlobal("fetch", trustingFetch(emulated.ca));
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await emulated.close();
});

async function discover(secret: string = WEB_APP.secret): Promise<client.Configuration> {
  const config = await client.discovery(
    new URL(`${emulated.idp.authority(TENANT)}/v2.0`),
    WEB_APP.clientId,
    secret,
    client.ClientSecretPost(secret),
  );
  // Verifies signatures of ID tokens even where TLS would do.
  client.enableNonRepudiationChecks(config);
  return config;
}

async function signIn(config: client.Configuration) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: WEB_APP.redirectUri,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    max_age: "300",
  });
  const answer = await emulated.idp.signIn(url.href, ADA);
  const callback = new URL(WEB_APP.redirectUri);
  callback.search = String(new URLSearchParams(answer));
  return client.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier,
    expectedState,
    expectedNonce,
    maxAge: 300,
    idTokenExpected: true,
  });
}

test("discovers the endpoints, under an issuer that is the address asked", async () => {
  const metadata = (await discover()).serverMetadata();

  expect(metadata.issuer).toBe(`${emulated.idp.url}/${TENANT}/v2.0`);
  expect(metadata).toMatchObject({
    token_endpoint: `${emulated.idp.url}/${TENANT}/oauth2/v2.0/token`,
    jwks_uri: `${emulated.idp.url}/${TENANT}/discovery/v2.0/keys`,
  });
});

test("signs a user in with PKCE, and verifies the ID token with our keys", async () => {
  const tokens = await signIn(await discover());

  expect(tokens.claims()).toMatchObject({
    aud: WEB_APP.clientId,
    tid: TENANT,
    preferred_username: ADA.username,
    auth_time: expect.any(Number),
  });
  expect(tokens.refresh_token).toBeTypeOf("string");
  const keys = emulated.idp.requests.filter(({ url }) => url.endsWith("/discovery/v2.0/keys"));
  expect(keys).toHaveLength(1);
});

test("redeems a refresh token, and verifies the new ID token", async () => {
  const config = await discover();
  const first = await signIn(config);

  const second = await client.refreshTokenGrant(config, first.refresh_token ?? "");

  expect(second.access_token).not.toBe(first.access_token);
  expect(second.claims()?.sub).toBe(first.claims()?.sub);
});

test("gets an app's own token", async () => {
  const tokens = await client.clientCredentialsGrant(await discover(), { scope: GRAPH });

  expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 3599 });
});

test("is told that a secret is wrong", async () => {
  const config = await discover("wrong");

  const error = await client.clientCredentialsGrant(config, { scope: GRAPH }).catch((e) => e);

  expect(error).toBeInstanceOf(client.ResponseBodyError);
  expect(error).toMatchObject({ status: 401, error: "invalid_client" });
  expect(error.error_description).toMatch(/^AADSTS7000215: /);
});
