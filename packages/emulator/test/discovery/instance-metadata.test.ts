import { expect, test } from "vitest";
import { CONTOSO, setup } from "../setup.js";

const SERVICE = "http://169.254.169.254/metadata/instance/compute";
const METADATA = { headers: { Metadata: "true" } };

test("the region is told as text, and in a description of the machine", async () => {
  const { idp } = setup({ azureRegion: "westeurope" });

  const text = await idp.fetch(`${SERVICE}/location?format=text&api-version=2021-01-01`, METADATA);
  const json = await idp.fetch(`${SERVICE}?api-version=2021-02-01`, METADATA);

  expect(await text.text()).toBe("westeurope");
  expect(await json.json()).toMatchObject({ location: "westeurope" });
});

// Requests that the service refuses, and what it says.
test.for<[string, RequestInit, Record<string, unknown>]>([
  ["?api-version=2021-02-01", {}, { error: "Bad request. Required metadata header not specified" }],
  [
    "?api-version=1999-01-01",
    METADATA,
    { "newest-versions": expect.arrayContaining(["2021-02-01"]) },
  ],
  ["?format=json", METADATA, { "newest-versions": expect.any(Array) }],
])("the metadata service refuses %s", async ([query, init, body]) => {
  const { idp } = setup({ azureRegion: "westeurope" });

  const response = await idp.fetch(`${SERVICE}${query}`, init);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject(body);
});

test("outside of Azure there is no such service", async () => {
  const { idp } = setup();

  expect((await idp.fetch(`${SERVICE}?api-version=2021-02-01`, METADATA)).status).toBe(404);
});

test("a region has a token endpoint of its own, and the issuer and pages of its cloud", async () => {
  const { get, tenantId } = setup();
  const central = `https://login.microsoftonline.com/${tenantId(CONTOSO)}`;

  const { body } = await get(
    `https://westus2.login.microsoft.com/${CONTOSO}/v2.0/.well-known/openid-configuration`,
  );

  expect(body).toMatchObject({
    issuer: `${central}/v2.0`,
    token_endpoint: `https://westus2.login.microsoft.com/${tenantId(CONTOSO)}/oauth2/v2.0/token`,
    authorization_endpoint: `${central}/oauth2/v2.0/authorize`,
  });
});
