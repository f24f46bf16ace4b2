import { expect, test } from "vitest";
import { setup } from "../setup.js";

const AT = "https://login.microsoftonline.com/common/discovery/instance";

function ask(authorizationEndpoint: string, version = "1.1", at = AT): string {
  const query = { "api-version": version, authorization_endpoint: authorizationEndpoint };
  return `${at}?${new URLSearchParams(query)}`;
}

test("a known host is told with the aliases of all clouds, in the platform's order", async () => {
  const { get } = setup();

  const { status, body } = await get(
    ask("https://login.microsoftonline.com/tenant/oauth2/v2.0/authorize"),
  );

  expect(status).toBe(200);
  expect(body["api-version"]).toBe("1.1");
  expect(body.tenant_discovery_endpoint).toBe(
    "https://login.microsoftonline.com/tenant/v2.0/.well-known/openid-configuration",
  );
  expect(body.metadata[0]).toEqual({
    preferred_network: "login.microsoftonline.com",
    preferred_cache: "login.windows.net",
    aliases: [
      "login.microsoftonline.com",
      "login.windows.net",
      "login.microsoft.com",
      "sts.windows.net",
    ],
  });
  expect(body.metadata.map((entry) => entry.preferred_network)).toEqual([
    "login.microsoftonline.com",
    "login.partner.microsoftonline.cn",
    "login.microsoftonline.de",
    "login.microsoftonline.us",
    "login-us.microsoftonline.com",
    "login.sovcloud-identity.fr",
    "login.sovcloud-identity.de",
    "login.sovcloud-identity.sg",
  ]);
});

test("api-version 1.0 has no metadata, and a v1 endpoint leads to the v1 document", async () => {
  const { get } = setup();

  const { body } = await get(ask("https://login.windows.net/common/oauth2/authorize", "1.0"));

  expect(body).toEqual({
    tenant_discovery_endpoint: "https://login.windows.net/common/.well-known/openid-configuration",
    "api-version": "1.0",
  });
});

test("the emulator's own host is known, with an entry of its own", async () => {
  const { get } = setup();
  const own = "http://localhost:8400";

  const { body } = await get(
    ask(`${own}/common/oauth2/v2.0/authorize`, "1.1", `${own}/common/discovery/instance`),
  );

  expect(body.metadata.at(-1)).toEqual({
    preferred_network: "localhost:8400",
    preferred_cache: "localhost:8400",
    aliases: ["localhost:8400", "localhost"],
  });
});

test("an unknown host is an invalid instance", async () => {
  const { get } = setup();

  const { status, headers, body } = await get(ask("https://evil.example/common/oauth2/authorize"));

  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: "invalid_instance",
    error_codes: [50049],
    error_uri: "https://login.microsoftonline.com/error?code=50049",
  });
  expect(body.error_description).toMatch(/^AADSTS50049: Unknown or invalid instance\./);
  expect(headers.get("cache-control")).toBe("private");
});

test.for([
  ["no parameters", AT],
  ["no endpoint", `${AT}?api-version=1.1`],
  ["an endpoint that is no URL", ask("login.microsoftonline.com/common")],
  ["an endpoint without tenant", ask("https://login.microsoftonline.com/")],
  ["another version", ask("https://login.microsoftonline.com/common/oauth2/authorize", "9")],
] as const)("%s is malformed", async ([, url]) => {
  const { get } = setup();

  const { status, body } = await get(url);

  expect(status).toBe(400);
  expect(body.error_codes).toEqual([50050]);
});
