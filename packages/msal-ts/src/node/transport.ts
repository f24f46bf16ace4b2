/**
 * The transport of Node: `node:https` with connections kept open. Several times the throughput of
 * `fetch` there, and a quarter of its start-up.
 *
 * @module
 */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import type { Socket } from "node:net";
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import type { Transport, TransportInit, TransportOptions } from "../http/http-client.js";

/** How requests of one protocol are sent. */
interface Connector {
  request: (options: RequestOptions) => ClientRequest;
  agent: Agent;
  /** For what works once: each request has a connection of its own, which nobody can have closed meanwhile. */
  single: Agent;
  /** Where the agent leads through a proxy: lets a request leave it. */
  leaveWith: typeof import("./tunnel.js").leaveWith | undefined;
  /** Event of a socket that says that a connection stands. */
  connected: "connect" | "secureConnect";
}

/** Where a request goes. */
interface Target {
  text: string;
  url: URL;
  /** The same for `node:http`. */
  options: RequestOptions;
}

interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** A number: as a character it would have V8 keep the whole bundle in two bytes each, and take longer to load it. */
const BYTE_ORDER_MARK = 0xfeff;

/** Milliseconds that an idle connection is kept. */
const IDLE = 60_000;

/** Whom connections trust, and how they are made, by proxy: clients that trust the same share them. */
interface Trust {
  /** What it means to `node:tls`. */
  options: { rejectUnauthorized?: boolean; ca?: string };
  connectors: Map<string, Promise<Connector>>;
}

/** By certificates. */
const trusts = new Map<string, Trust>();

/** Connections on this computer, which prove nothing. */
const untrusted = new Map<string, Promise<Connector>>();

/**
 * Makes the default `httpClient`. It loads `node:https` with its first request.
 *
 * @throws MsalError `invalid_argument` if `verify` is no certificate, or names a file that holds none.
 */
export function createTransport({ verify, proxies, maxBody }: TransportOptions): Transport {
  const trust = trustOf(trusted(verify));
  // Where the last request went, and mostly the next one goes.
  let last: Target | undefined;
  return async (text, init) => {
    if (last?.text !== text) last = targetOf(text);
    const { url, options } = last;
    const proxy = init.direct ? undefined : proxies?.proxyFor(url);
    const inClear = url.protocol === "http:";
    const connector = await (inClear ? inTheClear(proxy) : overTls(trust, proxy));
    const state: State = { connected: false, wasIdle: false };
    try {
      return await exchange(connector, options, init, maxBody, state);
    } catch (error) {
      if (state.connected || init.ending.aborted) throw error;
      // Once more, if there never was a connection: nothing has been sent then, so nothing happens twice.
      // Who has closed one idle connection unseen, while a process was suspended, may have closed them all.
      if (state.wasIdle) closeIdle(connector.agent);
      return exchange(connector, options, init, maxBody, state);
    }
  };
}

function closeIdle({ freeSockets }: Agent): void {
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}

/** One for all who trust the same: a bundle of certificates is too long to be compared with each request. */
function trustOf(options: Trust["options"]): Trust {
  const key = `${options.rejectUnauthorized} ${options.ca}`;
  const trust = trusts.get(key) ?? { options, connectors: new Map() };
  trusts.set(key, trust);
  return trust;
}

function trusted(verify: boolean | string): Trust["options"] {
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
  return connector(trust.connectors, proxy, async () => {
    const { request, Agent } = await import("node:https");
    const options = { timeout: IDLE, ...trust.options };
    const make = (more: AgentOptions) => named(new Agent({ ...options, ...more }));
    const way = proxy ? await through(proxy, options) : direct(make);
    return { request, ...way, connected: "secureConnect" };
  });
}

/** All its connections trust the same, so that a server names them; Node has a name hold every certificate. */
function named(agent: Agent): Agent {
  agent.getName = (server) => `${server?.host}:${server?.port}`;
  return agent;
}

function inTheClear(proxy: URL | undefined): Promise<Connector> {
  return connector(untrusted, proxy, async () => {
    const { request, Agent } = await import("node:http");
    const options = { timeout: IDLE };
    const make = (more: AgentOptions) => new Agent({ ...options, ...more });
    const way = proxy ? await through(proxy, options) : direct(make);
    return { request, ...way, connected: "connect" };
  });
}

/** How requests get to where they go. */
type Way = Pick<Connector, "agent" | "single" | "leaveWith">;

const KEPT: AgentOptions = { keepAlive: true };
const NOT_KEPT: AgentOptions = { keepAlive: false };

function direct(make: (more: AgentOptions) => Agent): Way {
  return { agent: make(KEPT), single: make(NOT_KEPT), leaveWith: undefined };
}

async function through(proxy: URL, options: AgentOptions): Promise<Way> {
  const { createTunnel, leaveWith } = await import("./tunnel.js");
  const make = (more: AgentOptions) => createTunnel(proxy, { ...options, ...more });
  return { agent: await make(KEPT), single: await make(NOT_KEPT), leaveWith };
}

function connector(
  connectors: Trust["connectors"],
  proxy: URL | undefined,
  make: () => Promise<Connector>,
): Promise<Connector> {
  const key = proxy?.href ?? "";
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
  /** The connection had been idle, and stood no more. */
  wasIdle: boolean;
}

function exchange(
  { request, agent, single, leaveWith, connected }: Connector,
  target: RequestOptions,
  init: TransportInit,
  maxBody: number,
  state: State,
): Promise<Answer> {
  const { method, headers, body, ending } = init;
  return new Promise((resolve, reject) => {
    ending.throwIfAborted();
    const outgoing = request({
      method,
      agent: init.once ? single : agent,
      headers: body === undefined ? headers : { "content-length": lengthOf(body), ...headers },
      // Last: to add to what was spread costs V8 more than all the rest.
      ...target,
    });
    if (leaveWith !== undefined) {
      leaveWith(outgoing, init);
      // A proxy that has refused is not asked again.
      outgoing.on("proxyConnect", ({ statusCode }: { statusCode: number }) => {
        if (statusCode !== 200) state.connected = true;
      });
    }
    // By hand: the option signal costs a fifth of a request.
    underWay++;
    const forget = ending.onAbort(() => outgoing.destroy());
    let isSettled = false;
    outgoing.on("close", () => {
      underWay--;
      // Whoever would have been the last to be answered may have failed.
      if (underWay < 2) handOnAll();
      forget();
      if (!isSettled) reject(new Error("the connection was closed without an answer"));
    });
    outgoing.on("socket", (socket: Socket) => {
      if (init.background) socket.unref();
      if (outgoing.reusedSocket || (connected === "connect" && !socket.connecting)) {
        state.connected = true;
        return;
      }
      socket.once(connected, () => {
        state.connected = true;
      });
    });
    outgoing.on("error", (error) => {
      isSettled = true;
      // The server closed an idle connection just as we took it up again. It has hardly read anything,
      // and what asks for a token may be asked twice. (What works once is on no idle connection.)
      const stale = outgoing.reusedSocket && (error as { code?: string }).code === "ECONNRESET";
      if (stale) Object.assign(state, { connected: false, wasIdle: true });
      reject(error);
    });
    outgoing.on("response", (incoming) => {
      isSettled = true;
      receive(incoming, maxBody, init.prompt, resolve, reject);
    });
    outgoing.end(body);
  });
}

function lengthOf(body: string): string {
  return String(Buffer.byteLength(body));
}

function targetOf(text: string): Target {
  const url = new URL(text);
  const { protocol, hostname, port, pathname, search } = url;
  const host = hostname.replace(/^\[|\]$/g, "");
  const options = { protocol, host, path: pathname + search, ...(port !== "" && { port }) };
  return { text, url, options };
}

/** Reads an answer to its end. By events: iterating over a stream costs more than reading it. */
function receive(
  incoming: IncomingMessage,
  maxBody: number,
  prompt: boolean,
  resolve: (answer: Answer) => void,
  reject: (reason: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const end = () => {
    const answer = answerOf(incoming, Buffer.concat(chunks), maxBody);
    if (prompt) resolve(answer);
    else handOn(() => resolve(answer));
  };
  incoming.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    // One byte too many is enough for `send` to refuse it.
    if (size <= maxBody) return;
    end();
    incoming.destroy();
  });
  incoming.on("end", end);
  incoming.on("error", reject);
}

/** Requests that are not over, of all clients. */
let underWay = 0;

/** What waits for the end of this round of the event loop. */
let arrived: (() => void)[] = [];

/** As it was when this file was loaded: a test that replaces it later has to wait for no answer. */
const atEndOfRound = setImmediate;

/**
 * Hands an answer on. When several requests are under way, those that are answered in one round of the event
 * loop go on together, step by step: the processor has the code of each step at hand then, and what they ask
 * next leaves together. That saves a fifth of the work.
 */
function handOn(resolve: () => void): void {
  arrived.push(resolve);
  // The only one, or the last: there is nothing to wait for.
  if (underWay < 2) handOnAll();
  else if (arrived.length === 1) atEndOfRound(handOnAll);
}

function handOnAll(): void {
  const all = arrived;
  arrived = [];
  for (const each of all) each();
}

function answerOf({ statusCode, headers }: IncomingMessage, body: Buffer, maxBody: number): Answer {
  let text = body.toString("utf8");
  // As fetch decodes: without a byte order mark.
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
  if (body.length > maxBody) text = text.padEnd(maxBody + 1);
  return {
    status: statusCode ?? 0,
    headers: {
      get(name) {
        const value = headers[name];
        return value === undefined ? null : Array.isArray(value) ? value.join(", ") : value;
      },
    },
    text: async () => text,
  };
}
