/**
 * The same answers over a transport of ours and a real connection, for tests that answer requests in this
 * process: `MSAL_TS_TRANSPORT=node` or `fetch` has all of them do that.
 *
 * What is asked goes to a TLS server on loopback, which hands it to the answerer in this process and writes
 * down its answer. What the answerer throws reaches the client as it was thrown.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { HttpClient, HttpInit } from "msal-ts";
import { vi } from "vitest";
import { signalOf } from "../dist/http/abort.js";
import { createTransport as createFetchTransport } from "../dist/http/fetch-transport.js";
import type { Transport, TransportInit } from "../dist/http/http-client.js";
import { createTransport as createNodeTransport } from "../dist/node/transport.js";

type Answer = Awaited<ReturnType<HttpClient>>;

/** One request under way. */
interface Exchange {
  url: string;
  init: HttpInit;
  answerer: HttpClient;
  /** Who answers counts: what is sent twice is answered once. */
  wasAsked: boolean;
  /** What the answerer threw. */
  thrown?: { error: unknown };
}

const TRANSPORTS: Record<string, (options: { verify: boolean; maxBody: number }) => Transport> = {
  node: createNodeTransport,
  fetch: createFetchTransport,
};

/** By the id that a request names. */
const exchanges = new Map<string, Exchange>();

let server: Promise<Server> | undefined;

/** What a client of somebody else's is told, in the words of a transport of ours. */
export function initOf({ method, headers, body, signal }: HttpInit): TransportInit {
  const how = { background: false, once: false, prompt: false, direct: false };
  return { method, headers, body, ending: signalOf(signal), ...how };
}

/** The answerer itself, or the way to it over sockets if the environment asks for that. */
export function overSockets(answerer: HttpClient): HttpClient {
  const name = process.env.MSAL_TS_TRANSPORT;
  if (!name) return answerer;
  const transport = TRANSPORTS[name]?.({ verify: true, maxBody: 1024 * 1024 });
  if (transport === undefined) throw new Error(`There is no transport ${name}.`);
  return async (url, init) => {
    // Sockets do not run on a test's own timers.
    if (vi.isFakeTimers()) return answerer(url, init);
    server ??= listen();
    const { port } = (await server).address() as AddressInfo;
    const id = crypto.randomUUID();
    const exchange: Exchange = { url, init, answerer, wasAsked: false };
    exchanges.set(id, exchange);
    const here = `https://127.0.0.1:${port}/${id}`;
    const ours = { ...initOf(init), headers: { ...init.headers } };
    try {
      return await transport(here, ours);
    } catch (error) {
      throw exchange.thrown === undefined ? error : exchange.thrown.error;
    } finally {
      exchanges.delete(id);
    }
  };
}

async function listen(): Promise<Server> {
  // Of sockets-certificate.ts.
  const pem = readFileSync(process.env.MSAL_TS_TRANSPORT_SERVER ?? "");
  const made = createServer({ key: pem, cert: pem, keepAliveTimeout: 60_000 }, relay);
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  made.unref();
  return made;
}

async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = exchanges.get(request.url?.slice(1) ?? "");
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (exchange === undefined || exchange.wasAsked) return void request.socket.destroy();
  exchange.wasAsked = true;
  const { url, init, answerer } = exchange;
  const { body: _, ...rest } = init;
  const body = Buffer.concat(chunks).toString();
  const headers = Object.fromEntries(
    Object.keys(init.headers).map((name) => [name, String(request.headers[name.toLowerCase()])]),
  );
  try {
    const answer = await answerer(url, { ...rest, headers, ...(body !== "" && { body }) });
    await write(answer, response);
  } catch (error) {
    exchange.thrown = { error };
    request.socket.destroy();
  }
}

async function write(answer: Answer, response: ServerResponse): Promise<void> {
  const text = await answer.text();
  for (const name of ["content-type", "retry-after", "location"]) {
    const value = answer.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  response.writeHead(answer.status).end(text);
}
