import {
  ClientApplication,
  ConfidentialClientApplication,
  isTokenError,
  MsalError,
  PublicClientApplication,
} from "msal-ts";
import { expect, test } from "vitest";
import { APP_SCOPES, setup, setupScript } from "../setup.js";

/** What a constructor throws. */
function thrownBy(construct: () => unknown): unknown {
  try {
    construct();
  } catch (error) {
    return error;
  }
  return undefined;
}

// Credentials and brokers that do not go with the class they are given to.
test.for<[string, () => unknown]>([
  ["clientCredential", () => new PublicClientApplication("id", { clientCredential: "" } as object)],
  [
    "clientCredential",
    () => new PublicClientApplication("id", { clientCredential: "x" } as object),
  ],
  [
    "allowBroker",
    () => new ClientApplication("id", { clientCredential: "x", allowBroker: true } as object),
  ],
  [
    "allowBroker",
    () =>
      new ConfidentialClientApplication("id", {
        clientCredential: "x",
        allowBroker: true,
      } as { clientCredential: string }),
  ],
])("flows X-12: %s is refused at once where it does not belong", ([name, construct]) => {
  expect(thrownBy(construct)).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(name),
  });
});

// Flows B-50: a confidential client without a usable credential.
test.for<[unknown]>([[undefined], [null], [""], [" "], [7], [[]], [{}]])(
  "flows X-15, B-50: a credential that is none is refused at once: %j",
  ([clientCredential]) => {
    const error = thrownBy(
      () => new ConfidentialClientApplication("id", { clientCredential } as never),
    );

    expect(error).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("clientCredential"),
    });
  },
);

// Half a certificate, or one with members of the wrong kind, and the member that the message names.
test.for<[object, string]>([
  [{ privateKey: "-----BEGIN PRIVATE KEY-----" }, "thumbprint"],
  [{ thumbprint: "ab".repeat(20) }, "privateKey"],
  [{ publicCertificate: "-----BEGIN CERTIFICATE-----" }, "privateKey"],
  [{ privateKey: "", thumbprint: "ab".repeat(20) }, "privateKey"],
  [{ privateKey: null, thumbprint: "ab".repeat(20) }, "privateKey"],
  [{ clientAssertion: "" }, "clientAssertion"],
  [{ clientAssertion: null }, "clientAssertion"],
  [{ clientAssertion: 7 }, "clientAssertion"],
])("flows X-15: half a credential is refused at once: %j", ([clientCredential, name]) => {
  const error = thrownBy(
    () => new ConfidentialClientApplication("id", { clientCredential } as never),
  );

  expect(error).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining(name),
  });
});

// A list of strings without "openid".
test.for<[unknown]>([["offline_access"], [["openid"]], [["profile", "openid"]], [{}], [[7]]])(
  "flows X-13: excludeScopes %j is refused at once",
  ([excludeScopes]) => {
    const error = thrownBy(() => new ClientApplication("id", { excludeScopes } as object));

    expect(error).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("excludeScopes"),
    });
  },
);

test("an option that does not exist is refused with its name", () => {
  const error = thrownBy(() => new ClientApplication("id", { clientSecret: "x" } as object));

  expect(error).toBeInstanceOf(MsalError);
  expect(error).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("clientSecret"),
  });
});

test("an option that is undefined counts as absent", () => {
  const app = new ClientApplication("id", {
    clientCredential: undefined,
    authority: undefined,
    tokenCache: undefined,
    excludeScopes: undefined,
    logger: undefined,
  });

  expect(app.clientId).toBe("id");
});

test("making a client sends nothing", () => {
  const { webApp, requests } = setupScript();

  webApp({ authority: "https://unknown.example/contoso.com" });

  expect(requests).toEqual([]);
});

test("clients that share a cache see each other's tokens; others do not", async () => {
  const { webApp, tokenRequests } = setup();
  const first = webApp();
  await first.acquireTokenForClient(APP_SCOPES);

  const shared = await webApp({ tokenCache: first.tokenCache }).acquireTokenForClient(APP_SCOPES);
  const apart = await webApp().acquireTokenForClient(APP_SCOPES);

  expect(isTokenError(shared) || shared.token_source).toBe("cache");
  expect(isTokenError(apart) || apart.token_source).toBe("identity_provider");
  expect(tokenRequests()).toHaveLength(2);
});
