/**
 * Connections through a proxy. The package `https-proxy-agent` makes them; what it leaves open is closed
 * here: an answer of the proxy's never passes for one of the host behind it, and a proxy that keeps silent
 * is left when the request is.
 *
 * Spec: RFC 9110 §9.3.6 (CONNECT), §11.7 (Proxy-Authorization); RFC 7617.
 *
 * @module
 */
import type { Agent, ClientRequest, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import type { Socket } from "node:net";
import { MsalError } from "../errors.js";
import type { TransportInit } from "../http/http-client.js";

/** How long a request waits for its way through a proxy: it has no socket yet that could be closed. */
type Patience = Pick<TransportInit, "ending" | "background">;

const patience = new WeakMap<ClientRequest, Patience>();

/** Lets a request leave a proxy that keeps silent, and a process end meanwhile if nobody waits for the answer. */
export function leaveWith(request: ClientRequest, { ending, background }: TransportInit): void {
  patience.set(request, { ending, background });
}

/**
 * Makes an agent whose connections lead through a proxy.
 *
 * @param options - For connections to the proxy, and for those through it.
 * @throws MsalError `missing_dependency`.
 */
export async function createTunnel(proxy: URL, options: AgentOptions): Promise<Agent> {
  const shown = `${proxy.protocol}//${proxy.host}`;
  const { HttpsProxyAgent } = await load(shown);

  class Tunnel extends HttpsProxyAgent<string> {
    override async connect(
      request: ClientRequest,
      target: RequestOptions & { secureEndpoint: boolean },
    ): Promise<Socket> {
      let status = 0;
      request.once("proxyConnect", (answer: { statusCode: number }) => {
        status = answer.statusCode;
      });
      const { ending, background } = patience.get(request) ?? {};
      // Of its own: the request's may abort later, when others use the connection.
      const controller = new AbortController();
      const leave = () => controller.abort();
      const forget = ending?.onAbort(leave);
      if (ending?.aborted) leave();
      // The package keeps the socket to itself until the proxy has answered, but lets it have a signal.
      const connectOpts = { ...this.connectOpts, signal: controller.signal };
      const attempt: this = Object.create(this, { connectOpts: { value: connectOpts } });
      const connect = () => super.connect.call(attempt, request, target as never);
      const socket = await (background ? unreferenced(connect) : connect()).finally(forget);
      if (status === 200) return socket;
      // The package would have the answer read as if the host behind the proxy had given it.
      socket.destroy();
      throw refusal(shown, target, status);
    }
  }

  const agent = new Tunnel(shown, { ...options, headers: authorization(proxy) });
  // The package forgets them once it has read its own.
  Object.assign(agent.options, options);
  return agent;
}

async function load(shown: string): Promise<typeof import("https-proxy-agent")> {
  let cause: unknown;
  try {
    const found = await import("https-proxy-agent");
    // Old versions, which other packages bring along, have no such class.
    if (typeof found.HttpsProxyAgent === "function") return found;
  } catch (error) {
    cause = error;
  }
  throw new MsalError(
    "missing_dependency",
    `Requests go through the proxy ${shown}, which takes the package https-proxy-agent (version 9), and it cannot be loaded. Install it: npm install https-proxy-agent. To go without the proxy, set the option proxies to {}, or name the host in NO_PROXY.`,
    { cause },
  );
}

/** In a header of our own: with a URL that holds them, the package shows them to whoever sets `DEBUG`. */
function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "Proxy-Authorization": `Basic ${Buffer.from(words).toString("base64")}` };
}

/** What `connect` opens at once keeps no process alive; over TLS to the proxy, that cannot be seen. */
function unreferenced<T>(connect: () => T): T {
  const channels = process.getBuiltinModule("node:diagnostics_channel");
  const opened = (message: unknown) => (message as { socket: Socket }).socket.unref();
  channels.subscribe("net.client.socket", opened);
  try {
    return connect();
  } finally {
    channels.unsubscribe("net.client.socket", opened);
  }
}

function refusal(shown: string, { host, port }: RequestOptions, status: number): Error {
  const why =
    status === 407
      ? "it asks for a user name and password, or refuses those in its URL (http://user:password@host:port)"
      : "it does not let this host through, or cannot reach it";
  return new Error(
    `the proxy ${shown} answered CONNECT to ${host}:${port} with status ${status}: ${why}`,
  );
}
