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
import { createTunnel, leaveWith } from "./tunnel.js";

/** How requests of one protocol are sent. */
interface Connector {
  request: (url: string, options: RequestOptions) => ClientRequest;
  agent: Agent;
  /** Event of a socket that says that a connection stands. */
  connected: "connect" | "secureConnect";
}

interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** Milliseconds that an idle connection is kept. */
const IDLE = 60_000;

/** Connections by protocol, proxy and what they trust: clients that trust the same share them. */
const connectors = new Map<string, Promise<Connector>>();

/**
 * Makes the default `httpClient`. It loads `node:https` with its first request.
 *
 * @throws MsalError `invalid_argument` if `verify` is no certificate, or names a file that holds none.
 */
export function createTransport({ verify, proxies, maxBody }: TransportOptions): HttpClient {
  const trust = trusted(verify);
  return async (url, init: TransportInit) => {
    const proxy = init.direct ? undefined : proxies?.proxyFor(url);
    const connector = await (url.startsWith("http:") ? inTheClear(proxy) : overTls(trust, proxy));
    return retried((state) => exchange(connector, url, init, maxBody, state));
  };
}

/** What `verify` means to `node:tls`. */
interface Trust {
  rejectUnauthorized?: boolean;
  ca?: string;
}

function trusted(verify: boolean | string): Trust {
  if (verify === true) return {};
  if (verify === false) return { rejectUnauthorized: false };
  if (verify.includes("-----BEGIN")) return { ca: checkedBundle(verify, "the PEM text given") };
  let bundle: string;
  try {
    bundle = process.getBuiltinModule("node:fs").readFileSync(verify, "utf8");
  } catch (cause) {
    throw new MsalError(
      "invalid_argument",
      `The option verify must be true, false, PEM text or the path of a file with certificates in PEM; ${quote(verify)} cannot be read (${(cause as NodeJS.ErrnoException).code ?? describe(cause)}).`,
      { cause },
    );
  }
  return { ca: checkedBundle(bundle, quote(verify)) };
}

function checkedBundle(bundle: string, where: string): string {
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const blocks = bundle.match(/-----BEGIN [A-Z ]*CERTIFICATE-----[^-]*-----END/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(`${block} CERTIFICATE-----`);
    if (blocks.length > 0) return bundle;
  } catch {
    // Told below.
  }
  throw new MsalError(
    "invalid_argument",
    `The option verify must name certificates in PEM; ${blocks.length === 0 ? "there is none" : "one cannot be read"} in ${where}.`,
  );
}

function overTls(trust: Trust, proxy: URL | undefined): Promise<Connector> {
  const key = `https ${trust.rejectUnauthorized} ${trust.ca} ${proxy?.href}`;
  return connector(key, async () => {
    const { request, Agent } = await import("node:https");
    const options = { keepAlive: true, timeout: IDLE, ...trust };
    const agent = proxy ? await createTunnel(proxy, options) : new Agent(options);
    return { request, agent, connected: "secureConnect" };
  });
}

function inTheClear(proxy: URL | undefined): Promise<Connector> {
  return connector(`http ${proxy?.href}`, async () => {
    const { request, Agent } = await import("node:http");
    const options = { keepAlive: true, timeout: IDLE };
    const agent = proxy ? await createTunnel(proxy, options) : new Agent(options);
    return { request, agent, connected: "connect" };
  });
}

function connector(key: string, make: () => Promise<Connector>): Promise<Connector> {
  let made = connectors.get(key);
  if (made === undefined) {
    made = make();
    connectors.set(key, made);
    // A package that was missing may be there the next time.
    made.catch(() => connectors.delete(key));
  }
  return made;
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
  { request, agent, connected }: Connector,
  url: string,
  init: TransportInit,
  maxBody: number,
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
    leaveWith(outgoing, init);
    // A proxy that has refused is not asked again.
    outgoing.on("proxyConnect", ({ statusCode }: { statusCode: number }) => {
      if (statusCode !== 200) state.connected = true;
    });
    outgoing.on("socket", (socket: Socket) => {
      if (init.background) socket.unref();
      if (outgoing.reusedSocket || (connected === "connect" && !socket.connecting)) {
        state.connected = true;
      }
      socket.once(connected, () => {
        state.connected = true;
      });
    });
    outgoing.on("error", (error) => {
      // The server closed an idle connection just as we took it up again. It has hardly read anything,
      // and what asks for a token may be asked twice, unless it works once.
      const stale = outgoing.reusedSocket && (error as { code?: string }).code === "ECONNRESET";
      if (stale && !init.once) state.connected = false;
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
