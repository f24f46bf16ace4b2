/**
 * The redirect URI of a native application: an HTTP server on the loopback addresses, for one answer.
 *
 * Every program and every web page on this computer can send it requests. It says nothing to those that
 * are not the answer, and keeps waiting.
 *
 * Spec: RFC 8252 §7.3, §8.3.
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MsalError } from "../errors.js";
import type { LoopbackServer } from "../http/desktop.js";

/** How often another port is tried when the free one of IPv4 is taken on IPv6. */
const ATTEMPTS = 10;

/** Bytes of a request line and headers. Cookies of `localhost` are many on a developer's computer. */
const MAX_HEADER = 64 * 1024;

/** Milliseconds that a request may take to arrive, and that a page may take to be sent. */
const PATIENCE = 10_000;
const LINGER = 1000;

/** Another site that has its name resolved to this address (DNS rebinding) gives itself away here. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** What a page may do: look as it likes, and nothing else. */
const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // The URL of the page holds the code.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  connection: "close",
};

/** Nothing of the request: whoever sent it is not the identity provider. */
const NEUTRAL_PAGE =
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Nothing here</title><p>This is not the answer to the sign-in that is under way. You can close this window.</p></html>\n';

/**
 * Listens with one port on 127.0.0.1 and ::1; on 127.0.0.1 alone where there is no IPv6.
 *
 * @param port - 0: a free one.
 * @throws MsalError `browser_error` if the port is taken, `invalid_argument` if it must not be used.
 */
export async function listen(port: number): Promise<LoopbackServer> {
  const { createServer } = await import("node:http");
  let answer = (request: IncomingMessage, response: ServerResponse): void => {
    refuse(request, response, 400);
  };
  const create = () =>
    createServer(
      {
        maxHeaderSize: MAX_HEADER,
        headersTimeout: PATIENCE,
        requestTimeout: PATIENCE,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => {
        const status = problemOf(request);
        if (status === undefined) answer(request, response);
        else refuse(request, response, status);
      },
    );
  const servers = await listenOnBoth(create, port);
  /** Resolves when the page is sent, or nobody is there any more to send it to. */
  let sent: Promise<unknown> = Promise.resolve();
  return {
    port: portOf(servers[0]!),
    receive: (pageFor) =>
      new Promise((resolve) => {
        let received = false;
        answer = (request, response) => {
          const { searchParams } = new URL(request.url ?? "/", "http://localhost");
          const page = received ? undefined : pageFor(searchParams);
          if (page === undefined) return refuse(request, response, 400);
          received = true;
          // The connection ends with the page. That the response has ended says less: it may still be on its way.
          sent = new Promise((resolve) => request.socket.once("close", resolve));
          response.writeHead(200, HEADERS).end(page);
          resolve(searchParams);
        };
      }),
    async close() {
      // First of all: close() takes a connection for idle whose page is still on its way.
      await within(LINGER, sent);
      await Promise.all(servers.map(closeServer));
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** The status that says why a request cannot be the answer; `undefined` if it can. */
function problemOf({ method, url = "", headers }: IncomingMessage): number | undefined {
  if (!LOOPBACK_HOST.test(headers.host ?? "")) return 400;
  if (!/^\/(?:\?|$)/.test(url)) return 404;
  if (method !== "GET") return 405;
  return undefined;
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  // Nobody reads what a POST brings along.
  request.resume();
  response.writeHead(status, { ...HEADERS, ...(status === 405 && { allow: "GET" }) });
  response.end(NEUTRAL_PAGE);
}

async function listenOnBoth(create: () => Server, port: number): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await listenOn(create(), port, "127.0.0.1").catch((error: unknown) => {
      throw unusable(port, error);
    });
    try {
      return [first, await listenOn(create(), portOf(first), "::1")];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return [first];
      await closeServer(first);
      // Whoever else has the port on ::1 would get the answer: browsers try it first. Windows keeps ports
      // for itself (EACCES), and not the same ones for both.
      const another = code === "EADDRINUSE" || code === "EACCES";
      if (!another || port !== 0 || attempt === ATTEMPTS) throw unusable(port, error);
    }
  }
}

function listenOn(server: Server, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Stays: an error after that (no more file descriptors) is no reason to end the process.
    server.on("error", reject);
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function unusable(port: number, cause: unknown): MsalError {
  const { code = "an unknown error" } = cause as NodeJS.ErrnoException;
  const which = port === 0 ? "on localhost" : `on port ${port} of localhost`;
  if (code === "EACCES" && port !== 0) {
    return new MsalError(
      "invalid_argument",
      `port must be one that this user may listen on; it is ${port}, which the system refuses (EACCES). Leave it out, or use 0, for a free one.`,
      { cause },
    );
  }
  return new MsalError(
    "browser_error",
    code === "EADDRINUSE" && port !== 0
      ? `The sign-in cannot listen ${which}: the port is in use (EADDRINUSE), perhaps by another sign-in that still waits. Close that program, or leave the option port out for a free one.`
      : `The sign-in cannot listen ${which} (${code}), where the browser is to bring the answer. Check what keeps programs from listening there.`,
    { cause },
  );
}

/** Waits, but not for ever. */
async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}
