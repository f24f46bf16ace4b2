/**
 * The transports against servers that are slow, long-winded, rude or gone: what holds for both.
 */
import { createServer } from "node:net";
import { MsalError, MsalServiceError } from "msal-ts";
import { describe, expect, test } from "vitest";
import {
  clientOf,
  configurationOf,
  json,
  listen,
  MEGABYTE,
  rejection,
  SCOPES,
  startProvider,
  TOKENS,
  TRANSPORTS,
  tokens,
  until,
} from "./setup.js";

const scopesOf = (i: number) => [`api://${i}/.default`];

describe.for(TRANSPORTS)("%s", ([, transport]) => {
  const using = () => ({ httpClient: transport() });

  test("asks for a token", async () => {
    const provider = await startProvider(tokens);

    const result = await clientOf(provider, using()).acquireTokenForClient(SCOPES);

    expect(result).toMatchObject({ access_token: TOKENS.access_token });
    const [request] = provider.requests;
    expect(request?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    expect(request?.headers["content-length"]).toBe(String(request?.body.length));
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
      grant_type: "client_credentials",
      client_secret: "the secret",
      scope: SCOPES[0],
    });
  });

  test("sends and reads what is not ASCII, wherever it is cut", async () => {
    const text = "schlüssel – 日本語 – 🔑";
    const provider = await startProvider(async (response) => {
      const bytes = Buffer.from(JSON.stringify({ error: "x", error_description: text }));
      response.writeHead(400, { "content-length": bytes.length });
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });

    const app = clientOf(provider, { ...using(), clientCredential: text });
    const result = await app.acquireTokenForClient(SCOPES);

    expect(result).toEqual({ error: "x", error_description: text });
    expect(new URLSearchParams(provider.requests[0]?.body).get("client_secret")).toBe(text);
  });

  test("keeps its connection for the next request", async () => {
    const provider = await startProvider(tokens);
    const app = clientOf(provider, using());

    for (let i = 0; i < 5; i++) await app.acquireTokenForClient(scopesOf(i));

    expect(provider.requests).toHaveLength(5);
    // Some runtimes open another before the first is free again.
    expect(provider.connections.length).toBeLessThanOrEqual(2);
  });

  describe("timeout", () => {
    const expectTimeout = (error: unknown) => {
      expect(error).toBeInstanceOf(MsalError);
      expect(error).not.toBeInstanceOf(MsalServiceError);
      expect(error).toMatchObject({ code: "timeout", message: expect.stringContaining("150 ms") });
    };

    test("runs to the first byte", async () => {
      const provider = await startProvider(() => {});
      const app = clientOf(provider, { ...using(), timeout: 150 });

      expectTimeout(await rejection(app.acquireTokenForClient(SCOPES)));

      expect(provider.requests).toHaveLength(1);
      await until(() => provider.requests[0]!.socket.destroyed);
    });

    test("runs to the last byte, however steadily they drip", async () => {
      const provider = await startProvider((response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const drip = setInterval(() => response.write(" "), 10);
        response.on("close", () => clearInterval(drip));
      });
      const app = clientOf(provider, { ...using(), timeout: 150 });

      expectTimeout(await rejection(app.acquireTokenForClient(SCOPES)));

      await until(() => provider.requests[0]!.socket.destroyed);
    });

    test("runs for discovery too, and the next call begins afresh", async () => {
      let asked = 0;
      const provider = await startProvider(tokens, () => {
        asked++;
      });
      const app = clientOf(provider, { ...using(), timeout: 150 });

      expectTimeout(await rejection(app.acquireTokenForClient(SCOPES)));
      expectTimeout(await rejection(app.acquireTokenForClient(SCOPES)));

      expect(asked).toBe(2);
    });

    test("runs anew for each request of a call", async () => {
      const slowly = (act: () => void) => setTimeout(act, 400);
      const provider = await startProvider((response) => slowly(() => json(response, 200, TOKENS)));
      const app = clientOf(provider, { ...using(), timeout: 700 });

      for (let i = 0; i < 2; i++) {
        expect(await app.acquireTokenForClient(scopesOf(i))).toHaveProperty("access_token");
      }
    });
  });

  test.for([
    ["before the first byte", () => {}],
    ["amid the body", (response) => response.writeHead(200).write('{"access_token":')],
  ] satisfies [string, Parameters<typeof startProvider>[0]][])(
    "an abort %s ends the request",
    async ([, answer]) => {
      const provider = await startProvider(answer);
      const controller = new AbortController();
      const reason = new Error("enough");
      const call = clientOf(provider, using()).acquireTokenForClient(SCOPES, {
        signal: controller.signal,
      });
      const outcome = rejection(call);
      await until(() => provider.requests.length === 1);
      await new Promise((resolve) => setTimeout(resolve, 20));

      controller.abort(reason);

      expect(await outcome).toBe(reason);
      await until(() => provider.requests[0]!.socket.destroyed);
    },
  );

  test.for([
    ["with its length", { "content-length": String(50 * MEGABYTE) }],
    ["in chunks", {}],
  ] as const)(
    "an answer longer than a megabyte is refused, and not read on: %s",
    async ([, headers]) => {
      let written = 0;
      const provider = await startProvider((response) => {
        response.writeHead(200, headers);
        const chunk = Buffer.alloc(64 * 1024, "x");
        const more = () => {
          while (!response.destroyed && written < 50 * MEGABYTE) {
            written += chunk.length;
            if (!response.write(chunk)) return response.once("drain", more);
          }
          return response.end();
        };
        more();
      });

      const error = await rejection(clientOf(provider, using()).acquireTokenForClient(SCOPES));

      expect(error).toBeInstanceOf(MsalServiceError);
      expect(error).toMatchObject({ code: "invalid_response", status: 200 });
      expect((error as MsalServiceError).response.length).toBeLessThanOrEqual(64 * 1024);
      await until(() => provider.requests[0]!.socket.destroyed);
      expect(written).toBeLessThan(25 * MEGABYTE);
    },
  );

  test("an answer of just a megabyte is read", async () => {
    const frame = JSON.stringify({ ...TOKENS, padding: "" }).length;
    const answer = JSON.stringify({ ...TOKENS, padding: "x".repeat(MEGABYTE - frame) });
    const provider = await startProvider((response) => response.writeHead(200).end(answer));

    const result = await clientOf(provider, using()).acquireTokenForClient(SCOPES);

    expect(answer).toHaveLength(MEGABYTE);
    expect(result).toMatchObject({ access_token: TOKENS.access_token });
  });

  test.for([301, 302, 303, 307, 308])("%i is not followed", async (status) => {
    const elsewhere = await startProvider(tokens);
    const provider = await startProvider((response) =>
      response.writeHead(status, { location: `${elsewhere.authority}/token` }).end(),
    );

    const error = await rejection(clientOf(provider, using()).acquireTokenForClient(SCOPES));

    expect(error).toBeInstanceOf(MsalServiceError);
    expect(error).toMatchObject({ code: "invalid_response", status });
    expect(elsewhere.connections).toEqual([]);
  });

  test("discovery follows no redirect either", async () => {
    const elsewhere = await startProvider(tokens);
    const provider = await startProvider(tokens, (response) =>
      response.writeHead(302, { location: elsewhere.authority }).end(),
    );

    const error = await rejection(clientOf(provider, using()).acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "invalid_response", status: 302 });
    expect(elsewhere.connections).toEqual([]);
  });

  test("a refused connection is a network error with its code", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    await new Promise((resolve) => server.close(resolve));

    const app = clientOf({ authority: `http://127.0.0.1:${port}/contoso` }, using());
    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({
      code: "network_error",
      message: expect.stringContaining("ECONNREFUSED"),
      cause: { code: "ECONNREFUSED" },
    });
  });

  test("a host that does not exist is a network error that names it", async () => {
    const app = clientOf(
      { authority: "https://nowhere.invalid/contoso" },
      {
        ...using(),
        instanceDiscovery: false,
      },
    );

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
      code: "network_error",
      message: expect.stringContaining("nowhere.invalid"),
    });
  });

  test("a request that was read and not answered is not sent twice", async () => {
    const provider = await startProvider(
      (_response, request) => request.socket.destroy(),
      // Each request on a connection of its own.
      (response, authority) => {
        response.setHeader("connection", "close");
        json(response, 200, configurationOf(authority));
      },
    );

    const error = await rejection(clientOf(provider, using()).acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "network_error" });
    expect(provider.requests).toHaveLength(1);
    expect(provider.connections).toHaveLength(2);
  });

  test.for([
    ["closes without a word", ""],
    ["speaks no HTTP", "220 mail.contoso.com ESMTP\r\n"],
    ["stops amid the headers", "HTTP/1.1 200 OK\r\ncontent-ty"],
    ["promises more than it sends", 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"a":1}'],
    ["stops amid the chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}"],
  ] as const)("a server that %s is a network error", async ([, words]) => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.end(words));
    });
    const { port } = await listen(server);
    const app = clientOf({ authority: `http://127.0.0.1:${port}/contoso` }, using());

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code: "network_error" });
  });

  test("an outage is over when it is over", async () => {
    let broken = true;
    const provider = await startProvider((response, request) =>
      broken ? request.socket.destroy() : tokens(response, request),
    );
    const app = clientOf(provider, using());
    await rejection(app.acquireTokenForClient(SCOPES));

    broken = false;

    expect(await app.acquireTokenForClient(SCOPES)).toHaveProperty("access_token");
  });

  test("a hundred calls for different tokens all get theirs", async () => {
    const provider = await startProvider((response, { body }) =>
      json(response, 200, { ...TOKENS, access_token: new URLSearchParams(body).get("scope") }),
    );
    const app = clientOf(provider, using());

    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => app.acquireTokenForClient(scopesOf(i))),
    );

    expect(results.map((result) => "access_token" in result && result.access_token)).toEqual(
      Array.from({ length: 100 }, (_, i) => scopesOf(i)[0]),
    );
  });
});
