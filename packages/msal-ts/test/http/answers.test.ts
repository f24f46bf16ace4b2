/**
 * What the token endpoint may answer besides tokens, over both transports.
 */
import { inspect } from "node:util";
import { MsalServiceError } from "msal-ts";
import { describe, expect, test } from "vitest";
import { clientOf, json, rejection, SCOPES, startProvider, TRANSPORTS } from "./setup.js";

describe.for(TRANSPORTS)("%s", ([, transport]) => {
  const ask = async (
    status: number,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<unknown> => {
    const provider = await startProvider((response) =>
      response.writeHead(status, headers).end(body),
    );
    return clientOf(provider, { httpClient: transport() }).acquireTokenForClient(SCOPES);
  };

  test.for([500, 502, 503, 504, 599])("%i is the service's error", async (status) => {
    const body = JSON.stringify({ error: "temporarily_unavailable" });

    const error = await rejection(ask(status, body));

    expect(error).toBeInstanceOf(MsalServiceError);
    expect(error).toMatchObject({ code: "service_error", status, response: body });
    expect(error).not.toHaveProperty("retryAfter");
    expect((error as Error).message).toContain(String(status));
    expect(inspect(error)).not.toContain("temporarily_unavailable");
  });

  test.for([
    ["7", 7],
    ["0", 0],
    [" 120 ", 120],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", undefined],
    ["-1", undefined],
    ["1e9", undefined],
    ["", undefined],
  ] as const)("Retry-After: %j is %s seconds", async ([value, seconds]) => {
    const error = await rejection(ask(503, "", { "retry-after": value }));

    expect((error as MsalServiceError).retryAfter).toBe(seconds);
  });

  test("Retry-After may be a date", async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();

    const error = (await rejection(ask(503, "", { "retry-after": date }))) as MsalServiceError;

    expect(error.retryAfter).toBeGreaterThan(60);
    expect(error.retryAfter).toBeLessThanOrEqual(90);
  });

  test("a service error keeps 64 kB of the answer", async () => {
    const error = await rejection(ask(500, "x".repeat(100_000)));

    expect((error as MsalServiceError).response).toBe("x".repeat(64 * 1024));
  });

  test.for([
    [200, ""],
    [200, "<html>Please sign in to the Wi-Fi</html>"],
    [200, '{"access_token":"cut o'],
    [200, '[{"access_token":"in an array"}]'],
    [200, '"access_token"'],
    [200, "null"],
    [200, '{"access_token":42}'],
    [200, '{"access_token":"a","refresh_token":{}}'],
    [200, '{"access_token":"a","id_token":[]}'],
    [200, '{"access_token":"a","scope":["a","b"]}'],
    [400, "Bad Request"],
    [400, ""],
    [400, "[]"],
    [400, "{}"],
    [400, '{"access_token":"tokens with a 400"}'],
    [400, '{"error":{"code":"nested"}}'],
    [400, '{"error":42}'],
    [404, "<html>Not here</html>"],
    [429, "slow down"],
    [304, ""],
  ] as const)("%i with %j is no answer", async ([status, body]) => {
    const error = await rejection(ask(status, body, { "retry-after": "3" }));

    expect(error).toBeInstanceOf(MsalServiceError);
    expect(error).toMatchObject({
      code: "invalid_response",
      status,
      response: body,
      retryAfter: 3,
      message: expect.stringContaining(`POST http://127.0.0.1:`),
    });
  });

  test.for([400, 401, 403, 429])(
    "%i with an OAuth error is the provider's word",
    async (status) => {
      const refusal = {
        error: "invalid_client",
        error_description: "AADSTS7000215: no.",
        extra: [1],
      };

      expect(await ask(status, JSON.stringify(refusal))).toEqual(refusal);
    },
  );

  test("JSON with a byte order mark and no content type is JSON", async () => {
    const answer = await ask(200, '\uFEFF{"access_token":"a","expires_in":"3600"}');

    expect(answer).toMatchObject({ access_token: "a", expires_in: 3600 });
  });

  test.for([
    ["an OpenID configuration that is a page", 200, "<html>", "invalid_response"],
    ["an OpenID configuration that is empty", 200, "{}", "invalid_authority"],
    ["a tenant that does not exist", 400, '{"error":"invalid_tenant"}', "invalid_authority"],
    ["an outage of discovery", 503, "", "service_error"],
  ] as const)("%s", async ([, status, body, code]) => {
    const provider = await startProvider(
      (response) => json(response, 200, {}),
      (response) => response.writeHead(status).end(body),
    );
    const app = clientOf(provider, { httpClient: transport() });

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({ code });
    expect(provider.requests).toEqual([]);
  });
});
