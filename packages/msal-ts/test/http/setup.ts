/**
 * What the HTTP tests share: servers on loopback that answer, misbehave and count, and the two transports.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import {
  ConfidentialClientApplication,
  type ConfidentialClientApplicationOptions,
  type HttpClient,
} from "msal-ts";
import { onTestFinished } from "vitest";
import { createTransport } from "../../dist/http/fetch-transport.js";
import { initOf } from "../sockets.js";

export const CLIENT_ID = "11111111-1111-4111-8111-111111111111";
export const SCOPES: readonly string[] = ["https://graph.microsoft.com/.default"];
export const TOKENS = { access_token: "a token", token_type: "Bearer", expires_in: 3600 };

export const MEGABYTE: number = 1024 * 1024;

/** The transports that a client may use: Node's, which is the default here, and that of the other runtimes. */
export const TRANSPORTS: readonly (readonly [string, () => HttpClient | undefined])[] = [
  ["node:https", () => undefined],
  [
    "fetch",
    () => {
      const transport = createTransport({ verify: true, maxBody: MEGABYTE });
      return (url, init) => transport(url, initOf(init));
    },
  ],
];

/** A request that came in. */
interface Incoming {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Of the connection it came on. */
  socket: Socket;
}

/** An identity provider that answers as it is told. */
export interface Provider {
  authority: string;
  /** Connections that clients opened. */
  connections: Socket[];
  /** Token requests, read to their end. */
  requests: Incoming[];
}

/** Answers one token request. */
export type Answer = (response: ServerResponse, request: Incoming) => void;

/** Answers with tokens. */
export const tokens: Answer = (response) => json(response, 200, TOKENS);

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** An OpenID configuration. */
export function configurationOf(authority: string): Record<string, string> {
  return {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/authorize`,
    token_endpoint: `${authority}/token`,
  };
}

/** Listens on loopback until the test ends. */
export async function listen(server: Server): Promise<{ port: number; connections: Socket[] }> {
  const connections: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    connections.push(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of connections) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, connections };
}

/** Starts a provider whose discovery works and whose token endpoint answers as told. */
export async function startProvider(
  answer: Answer,
  discovery?: (response: ServerResponse, authority: string) => void,
): Promise<Provider> {
  const requests: Incoming[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const incoming: Incoming = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
      socket: request.socket,
    };
    if (incoming.method === "POST") {
      requests.push(incoming);
      answer(response, incoming);
    } else if (discovery) {
      discovery(response, authority);
    } else {
      json(response, 200, configurationOf(authority));
    }
  });
  const { port, connections } = await listen(server);
  const authority = `http://127.0.0.1:${port}/contoso`;
  return { authority, connections, requests };
}

/** A client of that provider. */
export function clientOf(
  { authority }: Pick<Provider, "authority">,
  options: Partial<ConfidentialClientApplicationOptions> = {},
): ConfidentialClientApplication {
  return new ConfidentialClientApplication(CLIENT_ID, {
    authority,
    clientCredential: "the secret",
    ...options,
  });
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It was expected to reject, and resolved.");
}

/** Resolves when a condition holds; the test's own timeout ends the wait. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
