/**
 * A proxy of the tests' own: it takes `CONNECT`, remembers what it was asked, and does as it is told.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { listen } from "./setup.js";

/** What a proxy was asked. */
interface Asked {
  /** Host and port that were to be reached. */
  target: string;
  headers: IncomingHttpHeaders;
}

/** A proxy that listens. */
interface RunningProxy {
  url: string;
  port: number;
  asked: Asked[];
  connections: Socket[];
}

interface ProxyOptions {
  /** URL whose host all connections lead to, whatever is asked for. */
  to?: string;
  /** Answers `CONNECT` in its own way. */
  answer?: (socket: Duplex, asked: Asked) => void;
  /** Speaks TLS itself. */
  tls?: { key: string; cert: string };
}

/** Starts a proxy on loopback, until the test ends. */
export async function startProxy({ to, answer, tls }: ProxyOptions = {}): Promise<RunningProxy> {
  const asked: Asked[] = [];
  const server: Server = tls ? createTlsServer(tls) : createServer();
  server.on("request", (_request, response) => response.writeHead(405).end());
  server.on("connect", ({ url: target = "", headers }, socket: Duplex) => {
    const request: Asked = { target, headers };
    asked.push(request);
    socket.on("error", () => {});
    if (answer !== undefined) {
      // Unread and half open, it would not notice that the client has left.
      socket.on("end", () => socket.end()).resume();
      return answer(socket, request);
    }
    const { hostname, port } = new URL(to ?? `http://${target}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    return undefined;
  });
  const { port, connections } = await listen(server);
  return { url: `${tls ? "https" : "http"}://127.0.0.1:${port}`, port, asked, connections };
}
