import { createHash, X509Certificate } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { CONSUMERS_ID, PERSONAL, setup } from "../setup.js";

test("at least two RSA keys of 2048 bits are published, each with its certificate", async () => {
  const { get } = setup();

  const { body } = await get("https://localhost/common/discovery/v2.0/keys");

  expect(body.keys.length).toBeGreaterThanOrEqual(2);
  for (const key of body.keys) {
    const der = Buffer.from(key.x5c[0], "base64");
    const certificate = new X509Certificate(der);
    expect(key).toMatchObject({ kty: "RSA", use: "sig", e: "AQAB", kid: key.x5t });
    expect(key).not.toHaveProperty("alg");
    expect(key.x5t).toBe(createHash("sha1").update(der).digest("base64url"));
    expect(certificate.publicKey.export({ format: "jwk" }).n).toBe(key.n);
    expect(Buffer.from(key.n, "base64url")).toHaveLength(256);
  }
});

test("each key names its issuer: the template, or the tenant of personal accounts", async () => {
  const { get } = setup();

  const { body } = await get("https://login.windows.net/common/discovery/v2.0/keys");

  const issuers = new Set(body.keys.map(({ issuer }) => issuer));
  expect(issuers).toEqual(
    new Set([
      "https://login.microsoftonline.com/{tenantid}/v2.0",
      `https://login.microsoftonline.com/${CONSUMERS_ID}/v2.0`,
    ]),
  );
});

test("personal accounts' tokens are signed with the key that names their issuer", async () => {
  const { get, redeem } = setup();

  const { body } = await redeem({ tenant: "common", username: PERSONAL });

  const { keys } = (await get("https://localhost/common/discovery/v2.0/keys")).body;
  const header = decodeProtectedHeader(body.id_token);
  expect(keys.find(({ kid }) => kid === header.kid)?.issuer).toContain(CONSUMERS_ID);
});

test("the v1 key set has the same keys and no issuers", async () => {
  const { get } = setup();

  const v1 = (await get("https://localhost/common/discovery/keys")).body.keys;
  const v2 = (await get("https://localhost/common/discovery/v2.0/keys")).body.keys;

  expect(v1.map(({ kid }) => kid)).toEqual(v2.map(({ kid }) => kid));
  for (const key of v1) expect(key).not.toHaveProperty("issuer");
});

test("emulators of one process share their keys", async () => {
  const [one, other] = [setup(), setup()];

  const { body } = await one.redeem();

  const { keys } = (await other.get("https://localhost/common/discovery/v2.0/keys")).body;
  await expect(jwtVerify(body.id_token, createLocalJWKSet({ keys }))).resolves.toBeDefined();
});
