/**
 * What Node's own transport does beyond `fetch`: certificates, connections tried again, no compression.
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  type ClientRequest,
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { type Emulator, startEmulator } from "@msal-ts/emulator";
import {
  ConfidentialClientApplication,
  isTokenError,
  MsalError,
  PublicClientApplication,
  unwrap,
} from "msal-ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createTransport } from "../../dist/http/fetch-transport.js";
import { makePair } from "../flows/certificates.js";
import {
  CLIENT_ID,
  clientOf,
  configurationOf,
  json,
  listen,
  MEGABYTE,
  rejection,
  SCOPES,
  startProvider,
  TOKENS,
  tokens,
  until,
} from "./setup.js";

describe("verify", () => {
  let idp: Emulator;
  let other: Emulator;
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-verify-"));
  const bundle = join(folder, "bundle.pem");

  beforeAll(async () => {
    [idp, other] = await Promise.all([
      startEmulator({}, { https: true }),
      startEmulator({}, { https: true }),
    ]);
    writeFileSync(bundle, `# Our own authorities\n${other.ca}\n${idp.ca}`);
  });
  afterAll(async () => {
    await Promise.all([idp.close(), other.close()]);
    rmSync(folder, { recursive: true });
  });

  const ask = (verify: boolean | string | undefined) =>
    new ConfidentialClientApplication(CLIENT_ID, {
      authority: idp.authority("contoso.onmicrosoft.com"),
      clientCredential: "contoso-web-app-secret",
      verify,
    }).acquireTokenForClient(SCOPES);

  test.for<[string, () => boolean | string | undefined]>([
    ["false accepts any certificate", () => false],
    ["text is a bundle", () => idp.ca],
    ["text may hold several certificates", () => `${other.ca}\n${idp.ca}`],
    ["a path leads to a bundle", () => bundle],
  ])("%s", async ([, verify]) => {
    expect(await ask(verify())).toHaveProperty("access_token");
  });

  test.for<[string, () => boolean | string | undefined]>([
    ["absent: what the system trusts", () => undefined],
    ["true: what the system trusts", () => true],
    ["another authority's certificate", () => other.ca],
  ])("%s does not accept it", async ([, verify]) => {
    const before = idp.requests.length;

    const error = await rejection(ask(verify()));

    expect(error).toMatchObject({
      code: "network_error",
      message: expect.stringMatching(/CERT|SIGN/),
    });
    expect(idp.requests).toHaveLength(before);
  });

  test("one client's false is not another's", async () => {
    expect(await ask(false)).toHaveProperty("access_token");

    expect(await rejection(ask(true))).toMatchObject({ code: "network_error" });
  });

  test.for([
    ["that does not exist", () => join(folder, "nothing.pem"), "ENOENT"],
    ["of a folder", () => folder, "EISDIR"],
  ] as const)("a path %s is refused when the client is made", async ([, path, code]) => {
    const make = () =>
      new ConfidentialClientApplication(CLIENT_ID, {
        clientCredential: "x",
        verify: path(),
      });

    expect(make).toThrow(MsalError);
    expect(make).toThrow(code);
    expect(make).toThrow(path());
  });

  test.for([
    [
      "PEM that is no certificate",
      "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n",
    ],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----\n"],
  ] as const)("%s is refused when the client is made", ([, pem]) => {
    const make = () => ask(pem);

    expect(make).toThrow(MsalError);
    expect(make).toThrow(/verify/);
  });

  test.for([
    ["without certificates", "# None yet\n", "there is none"],
    [
      "with a private key alone",
      "-----BEGIN PRIVATE KEY-----\nbm9uZQ==\n-----END PRIVATE KEY-----\n",
      "there is none",
    ],
    [
      "with garbage between BEGIN and END",
      "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n",
      "one cannot be read",
    ],
  ] as const)("a file %s is refused when the client is made", ([title, text, says]) => {
    const path = join(folder, `${title}.pem`);
    writeFileSync(path, text);

    const make = () =>
      new ConfidentialClientApplication(CLIENT_ID, { clientCredential: "x", verify: path });

    expect(make).toThrow(MsalError);
    expect(make).toThrow(says);
    expect(make).toThrow(path);
  });

  test.for([false, "-----BEGIN CERTIFICATE-----", "/a/path"])(
    "fetch cannot do it, and says so: %j",
    (verify) => {
      let thrown: unknown;
      try {
        createTransport({ verify, maxBody: MEGABYTE });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({
        code: "unsupported_runtime",
        message: expect.stringContaining("verify"),
      });
    },
  );
});

describe("a connection", () => {
  /** Resets each connection as soon as it stands. */
  async function resetting() {
    const server = createServer((socket) => socket.resetAndDestroy());
    return listen(server);
  }

  test("that never came to be is tried once more", async () => {
    const { port, connections } = await resetting();
    // The TLS handshake is part of it.
    const app = clientOf({ authority: `https://127.0.0.1:${port}/contoso` });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "network_error", cause: { code: "ECONNRESET" } });
    expect(connections).toHaveLength(2);
  });

  test("that comes to be the second time is used", async () => {
    const idp = await startEmulator({}, { https: true });
    onTestFinished(() => idp.close());
    const target = Number(new URL(idp.url).port);
    const { connect } = await import("node:net");
    let count = 0;
    const server = createServer((socket) => {
      count++;
      if (count === 1) return socket.resetAndDestroy();
      const upstream = connect(target, "127.0.0.1");
      upstream.on("error", () => socket.destroy());
      return socket.pipe(upstream).pipe(socket);
    });
    const { port } = await listen(server);
    const app = new ConfidentialClientApplication(CLIENT_ID, {
      authority: `https://localhost:${port}/contoso.onmicrosoft.com`,
      clientCredential: "contoso-web-app-secret",
      verify: idp.ca,
    });

    // Whatever discovery says about ports: the connection got through.
    await app.acquireTokenForClient(SCOPES).catch(() => {});

    expect(idp.requests.length).toBeGreaterThan(0);
    expect(count).toBe(2);
  });

  test("that stood and broke is not tried again", async () => {
    const server = createServer((socket) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    const { port, connections } = await listen(server);
    const app = clientOf({ authority: `http://127.0.0.1:${port}/contoso` });

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
      code: "network_error",
      cause: { code: "ECONNRESET" },
    });
    expect(connections).toHaveLength(1);
  });

  // How many connections are idle: all of them were closed while nobody looked, as in a suspended process.
  test.for([
    [1, "closed", "destroy"],
    [1, "reset", "resetAndDestroy"],
    [3, "closed", "destroy"],
    [3, "reset", "resetAndDestroy"],
  ] as const)("of %d that were all %s while idle is replaced", async ([count, , close]) => {
    const { app, provider } = await withIdle(count);

    // In one go: the client cannot know yet.
    for (const connection of provider.connections) connection[close]();
    const result = await app.acquireTokenForClient(["api://next/.default"]);

    expect(result).toHaveProperty("access_token");
    expect(provider.connections).toHaveLength(count + 1);
    expect(provider.requests).toHaveLength(count + 1);
  });
});

/** A client with so many idle connections. */
async function withIdle(wanted: number) {
  let count = wanted;
  const held: (() => void)[] = [];
  const provider = await startProvider((response) => {
    held.push(() => json(response, 200, TOKENS));
    count--;
    if (count <= 0) for (const answer of held.splice(0)) answer();
  });
  const app = clientOf(provider);
  await app.initiateAuthCodeFlow(["User.Read"]);
  const scopes = Array.from({ length: wanted }, (_, i) => `api://${i}/.default`);
  await Promise.all(scopes.map((scope) => app.acquireTokenForClient([scope])));
  expect(provider.connections).toHaveLength(wanted);
  return { app, provider };
}

// Good for one redemption: the client cannot tell whether a request arrived before its connection broke.
describe("a code", () => {
  const redeem = async (app: ConfidentialClientApplication) => {
    const flow = await app.initiateAuthCodeFlow(["User.Read"]);
    return app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "a code" });
  };

  test.for(["destroy", "resetAndDestroy"] as const)(
    "goes over a connection of its own, which nobody can have closed before (%s)",
    async (close) => {
      const { app, provider } = await withIdle(2);

      for (const connection of provider.connections) connection[close]();
      await redeem(app);

      expect(provider.connections).toHaveLength(3);
      expect(provider.requests.at(-1)?.headers.connection).toBe("close");
    },
  );

  test("is sent once, even if the connection breaks before the answer", async () => {
    const provider = await startProvider((_, { socket }) => socket.resetAndDestroy());

    expect(await rejection(redeem(clientOf(provider)))).toMatchObject({ code: "network_error" });
    expect(provider.requests).toHaveLength(1);
  });
});

/** A provider with a certificate of its own. */
async function startTls(prepare: (response: ServerResponse) => void = () => {}) {
  const { privateKey, publicCertificate } = await makePair();
  const server = createTlsServer(
    { key: privateKey, cert: publicCertificate },
    (request, response) => {
      prepare(response);
      json(response, 200, request.method === "GET" ? configurationOf(authority) : TOKENS);
    },
  );
  /** Whether each handshake went on with the session of an earlier one. */
  const resumed: boolean[] = [];
  server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  const { port, connections } = await listen(server);
  const authority = `https://127.0.0.1:${port}/contoso`;
  return { authority, certificate: publicCertificate, connections, resumed };
}

test("a new connection goes on with the TLS session of the last one", async () => {
  const { authority, certificate, resumed } = await startTls((response) => {
    response.setHeader("connection", "close");
  });
  const app = clientOf({ authority }, { verify: certificate });

  for (let i = 0; i < 3; i++) await app.acquireTokenForClient([`api://${i}/.default`]);

  // One for the discovery, three for the tokens.
  expect(resumed).toEqual([false, true, true, true]);
});

test("a connection gathers no listeners, however often it is used", async () => {
  const { authority, certificate, connections } = await startTls();
  const app = clientOf({ authority }, { verify: certificate });
  const counts: number[] = [];
  const count = (message: unknown) => {
    const { socket } = (message as { request: ClientRequest }).request;
    const names = socket?.eventNames() ?? [];
    counts.push(names.reduce((sum, name) => sum + (socket?.listenerCount(name) ?? 0), 0));
  };
  subscribe("http.client.response.finish", count);
  onTestFinished(() => {
    unsubscribe("http.client.response.finish", count);
  });

  for (let i = 0; i < 50; i++) await app.acquireTokenForClient([`api://${i}/.default`]);

  expect(connections).toHaveLength(1);
  expect(counts).toHaveLength(51);
  expect(counts.at(-1)).toBe(counts[1]);
});

describe("clients that trust the same", () => {
  test("share connections over http", async () => {
    const provider = await startProvider(tokens);

    for (let i = 0; i < 3; i++) await clientOf(provider).acquireTokenForClient(SCOPES);

    expect(provider.requests).toHaveLength(3);
    expect(provider.connections).toHaveLength(1);
  });

  test.for<[string, (pem: string) => boolean | string]>([
    ["anybody", () => false],
    ["one bundle", (pem) => pem],
  ])("share connections over TLS (%s)", async ([, verify]) => {
    const { authority, certificate, connections } = await startTls();
    const options = { verify: verify(certificate) };

    for (let i = 0; i < 3; i++) {
      await clientOf({ authority }, options).acquireTokenForClient(SCOPES);
    }

    expect(connections).toHaveLength(1);
  });

  test("share none with those that trust others", async () => {
    const { authority, certificate, connections } = await startTls();

    for (const verify of [certificate, false]) {
      await clientOf({ authority }, { verify }).acquireTokenForClient(SCOPES);
    }

    expect(connections).toHaveLength(2);
  });
});

describe("requests that are under way together", () => {
  /** Two, for the last but one is not waited for either. */
  const silentRequests = (app: ConfidentialClientApplication, signal: AbortSignal) =>
    Promise.all(
      ["api://91/.default", "api://92/.default"].map((scope) =>
        app.acquireTokenForClient([scope], { signal }),
      ),
    );
  const scopeOf = (body: string) => new URLSearchParams(body).get("scope") ?? "";
  const scopes = Array.from({ length: 40 }, (_, i) => `api://${i}/.default`);

  test("each get what was answered to them", async () => {
    const provider = await startProvider((response, { body, socket }) => {
      const scope = scopeOf(body);
      if (scope.includes("/6/")) return void response.end("x".repeat(2 * MEGABYTE));
      if (scope.includes("/7/")) return void socket.destroy();
      if (scope.includes("/8/")) return json(response, 400, { error: `no ${scope}` });
      if (scope.includes("/9/")) return undefined;
      return json(response, 200, { ...TOKENS, access_token: scope });
    });
    const app = clientOf(provider);
    const leaving = new AbortController();
    const asked = scopes.map((scope) => {
      const options = scope.includes("/9/") ? { signal: leaving.signal } : {};
      return app.acquireTokenForClient([scope], options).then(
        (result) => (isTokenError(result) ? result.error : result.access_token),
        (error: Error) => (error instanceof MsalError ? error.code : error.name),
      );
    });
    await until(() => provider.requests.length === scopes.length);
    leaving.abort();

    const expected = scopes.map((scope) => {
      if (scope.includes("/6/")) return "invalid_response";
      if (scope.includes("/7/")) return "network_error";
      if (scope.includes("/8/")) return `no ${scope}`;
      return scope.includes("/9/") ? "AbortError" : scope;
    });
    expect(await Promise.all(asked)).toEqual(expected);
  });

  test("wait for none that is not answered, although a test has stopped time", async () => {
    const provider = await startProvider((response, { body }) => {
      if (!scopeOf(body).includes("/9")) json(response, 200, TOKENS);
    });
    const app = clientOf(provider);
    const leaving = new AbortController();
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const silent = silentRequests(app, leaving.signal);
    await app.acquireTokenForClient(["api://0/.default"]);

    const result = await app.acquireTokenForClient(["api://1/.default"]);

    expect(unwrap(result).access_token).toBe(TOKENS.access_token);
    leaving.abort(new Error("enough"));
    await expect(silent).rejects.toThrow("enough");
  });

  test("lose nothing that came for what may be used up, be it as their callers leave", async () => {
    const rotated = {
      ...{ ...TOKENS, refresh_token: "rotated", scope: "User.Read" },
      client_info: Buffer.from('{"uid":"u","utid":"t"}').toString("base64url"),
    };
    let answer: (() => void) | undefined;
    const provider = await startProvider((response, { body }) => {
      if (body.includes("refresh_token=")) answer = () => json(response, 200, rotated);
    });
    const app = clientOf(provider);
    const leaving = new AbortController();
    silentRequests(app, leaving.signal).catch(() => {});
    const caller = new AbortController();
    const { signal } = caller;
    const redeeming = app.acquireTokenByRefreshToken("old", ["User.Read"], { signal });
    redeeming.catch(() => {});
    await until(() => answer !== undefined);
    // After the answer, and before the round of the event loop ends in which it came.
    const leave = (message: unknown) => {
      (message as { response: IncomingMessage }).response.once("end", async () => {
        for (let step = 0; step < 200; step++) await undefined;
        caller.abort();
      });
    };
    subscribe("http.client.response.finish", leave);
    onTestFinished(() => {
      unsubscribe("http.client.response.finish", leave);
    });

    answer?.();
    await until(() => app.tokenCache.find("RefreshToken").length > 0);

    expect(app.tokenCache.find("RefreshToken")).toMatchObject([{ secret: "rotated" }]);
    leaving.abort();
  });

  test("are all answered, in one round of the event loop, although a test has stopped time", async () => {
    const held: (() => void)[] = [];
    const provider = await startProvider((response) => {
      held.push(() => json(response, 200, TOKENS));
      if (held.length === scopes.length) for (const answer of held) answer();
    });
    const app = clientOf(provider);
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());

    const results = await Promise.all(scopes.map((scope) => app.acquireTokenForClient([scope])));

    expect(results.map((result) => unwrap(result).access_token)).toEqual(
      scopes.map(() => TOKENS.access_token),
    );
  });
});

test("asks for no compression", async () => {
  const provider = await startProvider(tokens);

  await clientOf(provider).acquireTokenForClient(SCOPES);

  expect(provider.requests[0]?.headers["accept-encoding"]).toBeUndefined();
});

test("an answer that is none ends the request at once", async () => {
  const server = createServer((socket) => {
    socket.once("data", () =>
      socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    );
  });
  const { port } = await listen(server);
  const app = clientOf({ authority: `http://127.0.0.1:${port}/contoso` });

  expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
    code: "network_error",
    message: expect.stringContaining("closed without an answer"),
  });
});

describe("a request goes where it was sent", () => {
  /** A TLS provider that writes down which secret came to which of its names. */
  async function startNamed() {
    const { privateKey, publicCertificate } = await makePair();
    const seen: [host: string | undefined, secret: string | null][] = [];
    const server = createTlsServer(
      { key: privateKey, cert: publicCertificate },
      async (request, response) => {
        const { host } = request.headers;
        let body = "";
        for await (const chunk of request) body += chunk;
        if (request.method === "GET")
          return json(response, 200, configurationOf(`https://${host}/contoso`));
        seen.push([host, new URLSearchParams(body).get("client_secret")]);
        return json(response, 200, TOKENS);
      },
    );
    const { port, connections } = await listen(server);
    return { port, connections, seen };
  }

  const ask = (host: string, clientCredential: string) =>
    clientOf(
      { authority: `https://${host}/contoso` },
      { verify: false, clientCredential },
    ).acquireTokenForClient(SCOPES);

  test("by its host: no name goes over another's connection", async () => {
    const { port, connections, seen } = await startNamed();

    await ask(`127.0.0.1:${port}`, "first");
    await ask(`localhost:${port}`, "second");

    expect(seen).toEqual([
      [`127.0.0.1:${port}`, "first"],
      [`localhost:${port}`, "second"],
    ]);
    expect(connections).toHaveLength(2);
  });

  test("by its port", async () => {
    const [one, other] = [await startNamed(), await startNamed()];

    await ask(`127.0.0.1:${one.port}`, "first");
    await ask(`127.0.0.1:${other.port}`, "second");

    expect(one.seen).toEqual([[`127.0.0.1:${one.port}`, "first"]]);
    expect(other.seen).toEqual([[`127.0.0.1:${other.port}`, "second"]]);
  });

  test("by its path, whatever else the client asks at that moment", async () => {
    const bodies: Record<string, string> = {};
    const server = createHttpServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      if (request.method === "POST") bodies[request.url ?? ""] = body;
      const device_authorization_endpoint = `${authority}/devicecode`;
      if (request.method === "GET") {
        return json(response, 200, {
          ...configurationOf(authority),
          device_authorization_endpoint,
        });
      }
      return json(response, 400, { error: "invalid_request" });
    });
    const { port } = await listen(server);
    const authority = `http://127.0.0.1:${port}/contoso`;
    const app = new PublicClientApplication(CLIENT_ID, { authority });
    await app.acquireTokenByRefreshToken("before", ["User.Read"]);

    await Promise.all([
      app.acquireTokenByRefreshToken("a refresh token", ["User.Read"]),
      app.initiateDeviceFlow(["User.Read"]),
    ]);

    expect(bodies["/contoso/token"]).toContain("refresh_token=a+refresh+token");
    expect(bodies["/contoso/devicecode"]).not.toContain("refresh_token");
  });
});

test("a caller who has left is not sent for, however few steps ago", async () => {
  const provider = await startProvider(tokens);
  const app = clientOf(provider);
  await app.acquireTokenForClient(["api://first/.default"]);

  for (let steps = 0; steps < 40; steps++) {
    const caller = new AbortController();
    const { signal } = caller;
    const sent = provider.requests.length;
    const asked = app.acquireTokenForClient([`api://${steps}/.default`], { signal });
    const isOver = { now: false };
    asked.then(() => Object.assign(isOver, { now: true })).catch(() => {});
    for (let step = 0; step < steps; step++) await undefined;
    caller.abort();
    await rejection(asked);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(provider.requests.length).toBe(sent);
  }
});
