/**
 * What Node's own transport does beyond `fetch`: certificates, connections tried again, no compression.
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ClientRequest, ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { type Emulator, startEmulator } from "@msal-ts/emulator";
import { ConfidentialClientApplication, isTokenError, MsalError, unwrap } from "msal-ts";
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

  test.for([
    ["closed", "destroy"],
    ["reset", "resetAndDestroy"],
  ] as const)("that was %s while idle is replaced", async ([, close]) => {
    const provider = await startProvider(tokens);
    const app = clientOf(provider);
    await app.acquireTokenForClient(["api://1/.default"]);
    expect(provider.connections).toHaveLength(1);

    // In one go: the client cannot know yet.
    provider.connections[0]?.[close]();
    const result = await app.acquireTokenForClient(["api://2/.default"]);

    expect(result).toHaveProperty("access_token");
    expect(provider.connections).toHaveLength(2);
    expect(provider.requests).toHaveLength(2);
  });
});

describe("a connection that broke while idle", () => {
  test("is not replaced for a code, which is good for one redemption", async () => {
    // The client cannot tell whether the request arrived before the connection broke.
    const provider = await startProvider((response, request) =>
      request.body.includes("code=") ? request.socket.resetAndDestroy() : tokens(response, request),
    );
    const app = clientOf(provider);
    await app.acquireTokenForClient(SCOPES);
    const flow = await app.initiateAuthCodeFlow(["User.Read"]);

    const redeeming = app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "a code" });

    expect(await rejection(redeeming)).toMatchObject({ code: "network_error" });
    expect(provider.connections).toHaveLength(1);
    expect(provider.requests).toHaveLength(2);
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
