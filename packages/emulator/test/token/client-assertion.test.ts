import { randomUUID } from "node:crypto";
import { type JWTHeaderParameters, SignJWT } from "jose";
import { expect, test } from "vitest";
import { type Answer, type Bench, CONTOSO, setup } from "../setup.js";
import { makeCertificate, type TestCertificate } from "./certificate.js";

const CLIENT = "aaaaaaaa-0000-4000-8000-000000000008";
const ours = makeCertificate();
const stranger = makeCertificate();

function withCertificate(): Bench {
  return setup({
    apps: [{ clientId: CLIENT, name: "Daemon", certificates: [ours.pem], secrets: ["s"] }],
  });
}

interface AssertionOptions {
  readonly header?: JWTHeaderParameters;
  readonly claims?: { readonly [claim: string]: unknown };
  readonly certificate?: TestCertificate;
}

function makeAssertion(bench: Bench, options: AssertionOptions = {}): Promise<string> {
  const { certificate = ours, header = { alg: "RS256", x5t: ours.x5t } } = options;
  const now = bench.idp.now();
  return new SignJWT({
    aud: `${bench.idp.authority(CONTOSO)}/oauth2/v2.0/token`,
    iss: CLIENT,
    sub: CLIENT,
    jti: randomUUID(),
    nbf: now,
    exp: now + 600,
    ...options.claims,
  })
    .setProtectedHeader({ typ: "JWT", ...header })
    .sign(certificate.key);
}

async function ask(bench: Bench, assertion: string, client_id = CLIENT): Promise<Answer> {
  return bench.token(CONTOSO, {
    grant_type: "client_credentials",
    client_id,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
    scope: "api://contoso-tasks/.default",
  });
}

test.for([
  ["RS256 and x5t", { alg: "RS256", x5t: ours.x5t }],
  ["PS256 and x5t#S256", { alg: "PS256", "x5t#S256": ours.x5tS256 }],
  ["RS256 and x5t#S256", { alg: "RS256", "x5t#S256": ours.x5tS256 }],
  ["RS256 and x5c", { alg: "RS256", x5c: [ours.der] }],
  ["PS256, x5t#S256 and x5c", { alg: "PS256", "x5t#S256": ours.x5tS256, x5c: [ours.der] }],
] as const)("an assertion with %s authenticates", async ([, header]) => {
  const bench = withCertificate();
  const { x5c, ...rest } = { x5c: undefined, ...header };

  const assertion = await makeAssertion(bench, {
    header: { ...rest, ...(x5c && { x5c: [...x5c] }) },
  });
  const { status, body } = await ask(bench, assertion);

  expect(status).toBe(200);
  expect(await bench.verify(body.access_token)).toMatchObject({ azp: CLIENT, azpacr: "2" });
});

test("the same assertion may be used again", async () => {
  const bench = withCertificate();
  const assertion = await makeAssertion(bench);

  expect((await ask(bench, assertion)).status).toBe(200);
  expect((await ask(bench, assertion)).status).toBe(200);
});

// Audience, made of the tenant's GUID.
test.for([
  ["the endpoint with the tenant as sent", () => `https://localhost/${CONTOSO}/oauth2/v2.0/token`],
  ["the endpoint as discovered", (id: string) => `https://localhost/${id}/oauth2/v2.0/token`],
  ["the v1 endpoint", (id: string) => `https://localhost/${id}/oauth2/token`],
  ["the issuer", (id: string) => `https://localhost/${id}/v2.0`],
] as const)("its audience may be %s", async ([, aud]) => {
  const bench = withCertificate();
  const claims = { aud: aud(bench.tenantId(CONTOSO)) };

  const { status } = await ask(bench, await makeAssertion(bench, { claims }));

  expect(status).toBe(200);
});

// What is wrong with it, its claims, the number.
test.for([
  ["an audience elsewhere", { aud: "https://evil.example/token" }, 700023],
  [
    "another tenant's audience",
    { aud: "https://localhost/fabrikam.com/oauth2/v2.0/token" },
    700023,
  ],
  ["no audience", { aud: [] }, 700023],
  ["another subject", { sub: "99999999-9999-4999-8999-999999999999" }, 50048],
  [
    "another app",
    { iss: "11111111-1111-4111-8111-111111111111", sub: "11111111-1111-4111-8111-111111111111" },
    700021,
  ],
  ["an end that is text", { exp: "abc" }, 50027],
  ["an end that is a number as text", { exp: "99999999999" }, 50027],
  ["an end that is null", { exp: null }, 50027],
  ["a beginning that is no date", { nbf: 1e20 }, 50027],
  ["an end that is no date", { exp: 1e300 }, 50027],
  ["an audience that is a number", { aud: 5 }, 700023],
  ["an audience of numbers", { aud: [5] }, 700023],
  ["an audience that is an object", { aud: {} }, 700023],
  ["an issuer that is a number", { iss: 5, sub: 5 }, 50027],
  ["an issuer of another type than the subject", { iss: 5 }, 50048],
  ["no issuer", { iss: undefined, sub: undefined }, 50027],
  ["an end long ago", { exp: 1_600_000_000, nbf: 1_599_999_000 }, 700024],
  ["a beginning far ahead", { exp: 4_000_000_000, nbf: 3_999_999_000 }, 700024],
] as const)("%s is refused", async ([, claims, code]) => {
  const bench = withCertificate();

  const assertion = await makeAssertion(bench, { claims });
  const { status, body } = await ask(bench, assertion);

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [code] });
});

// Seconds after its end, and the answer.
test.for([
  [290, 200],
  [300, 401],
] as const)("%i s after its end it is answered with %i", async ([late, status]) => {
  const bench = withCertificate();
  const assertion = await makeAssertion(bench);

  bench.idp.advance(600 + late);

  expect((await ask(bench, assertion)).status).toBe(status);
});

test("a certificate that is not registered is told by its thumbprint", async () => {
  const bench = withCertificate();
  const header = { alg: "RS256", x5t: stranger.x5t };

  const { status, body } = await ask(
    bench,
    await makeAssertion(bench, { header, certificate: stranger }),
  );

  const hex = Buffer.from(stranger.x5t, "base64url").toString("hex").toUpperCase();
  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [700027] });
  expect(body.error_description).toContain("[Reason - The key was not found.");
  expect(body.error_description).toContain(`'${hex}'`);
});

test.for([
  ["x5t", { alg: "RS256", x5t: ours.x5t }],
  ["x5c", { alg: "RS256", x5c: [ours.der] }],
] as const)(
  "a stranger who names our certificate by %s fails the signature",
  async ([, header]) => {
    const bench = withCertificate();
    const { x5c, ...rest } = { x5c: undefined, ...header };

    const assertion = await makeAssertion(bench, {
      header: { ...rest, ...(x5c && { x5c: [...x5c] }) },
      certificate: stranger,
    });
    const { body } = await ask(bench, assertion);

    expect(body.error_codes).toEqual([700027]);
    expect(body.error_description).toContain("Client assertion failed signature validation.");
  },
);

test("x5c alone convinces nobody: its leaf has to be registered", async () => {
  const bench = withCertificate();
  const header = { alg: "RS256", x5c: [stranger.der] };

  const { body } = await ask(bench, await makeAssertion(bench, { header, certificate: stranger }));

  expect(body.error_codes).toEqual([700027]);
});

test("an unsigned assertion fails", async () => {
  const bench = withCertificate();
  const [, payload] = (await makeAssertion(bench)).split(".");
  const header = Buffer.from(JSON.stringify({ alg: "none", x5t: ours.x5t })).toString("base64url");

  const { body } = await ask(bench, `${header}.${payload}.`);

  expect(body.error_codes).toEqual([700027]);
});

test.for(["nonsense", "a.b.c"])("%s is no JWT", async (assertion) => {
  const bench = withCertificate();

  const { status, body } = await ask(bench, assertion);

  expect(status).toBe(401);
  expect(body).toMatchObject({ error: "invalid_client", error_codes: [50027] });
});

test("an assertion without end or without name for its key is malformed", async () => {
  const bench = withCertificate();

  const endless = await makeAssertion(bench, { claims: { exp: undefined } });
  const nameless = await makeAssertion(bench, { header: { alg: "RS256" } });

  expect((await ask(bench, endless)).body.error_codes).toEqual([50027]);
  expect((await ask(bench, nameless)).body.error_codes).toEqual([50027]);
});
