/**
 * The emulator on a socket: loopback alone, over http or https.
 *
 * @module
 */
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { CIAM_HOST, findCloud, isB2cHost, LOOPBACK } from "./clouds.js";
import { type Check, flag, number, object, optional } from "./config/check.js";
import type { EmulatorConfig } from "./config/config.js";
import { type Emulator, prepareEmulator } from "./emulator.js";
import { DroppedConnection } from "./faults.js";
import type { Handler } from "./routes.js";
import { signingKeys } from "./signing-keys.js";
import { issueServerCertificate, type ServerCertificate } from "./tls/certificate-authority.js";

/** How an emulator listens. */
export interface StartOptions {
  /** 1 to 65535. @defaultValue `0`: a free one */
  readonly port?: number | undefined;
  /** With a certificate authority of its own, made at start; its PEM is `idp.ca`. @defaultValue `false` */
  readonly https?: boolean | undefined;
}

/**
 * Starts an emulator that listens on 127.0.0.1 and, where there is IPv6, on ::1. Its `url` says `localhost`.
 *
 * @throws TypeError that names the member of `config` or `options` that is wrong, what was expected and what came.
 */
export async function startEmulator(
  config: EmulatorConfig = {},
  options: StartOptions = {},
): Promise<Emulator> {
  const { port = 0, https = false } = checkOptions(config, options);
  const { handler, connect } = prepareEmulator(config);
  // Its keys too, so that the first token takes no longer than the others.
  const [certificate] = await Promise.all([
    https ? issueServerCertificate() : undefined,
    signingKeys(),
  ]);
  const servers = await listen(() => createServer(handler, certificate), port);
  const { port: used } = (servers[0] as Server).address() as AddressInfo;
  return connect({
    url: `${https ? "https" : "http"}://localhost:${used}`,
    ca: certificate?.ca,
    close: async () => {
      await Promise.all(servers.map(closeServer));
    },
  });
}

const startOptions: Check<StartOptions> = object<StartOptions>({
  port: optional(
    number(
      "a whole number from 0 to 65535",
      (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
    ),
  ),
  https: optional(flag),
});

function checkOptions(config: object, options: unknown): StartOptions {
  for (const name of ["port", "https"]) {
    if (config === null || typeof config !== "object" || !Object.hasOwn(config, name)) continue;
    throw new TypeError(
      `config.${name} is unknown: it belongs into the second argument, startEmulator(config, { ${name} })`,
    );
  }
  return startOptions(options, "options");
}

function createServer(handler: Handler, certificate: ServerCertificate | undefined): Server {
  const listener = getRequestListener(
    (request, bindings) => answer(handler, request, bindings as HttpBindings),
    // The globals are the caller's: a library for tests does not replace them.
    { overrideGlobalObjects: false },
  );
  return certificate ? createHttpsServer(certificate, listener) : createHttpServer(listener);
}

async function answer(
  handler: Handler,
  request: Request,
  bindings: HttpBindings,
): Promise<Response> {
  if (!isOurs(new URL(request.url).hostname)) return new Response(null, { status: 421 });
  try {
    return await handler(request);
  } catch (error) {
    if (!(error instanceof DroppedConnection)) throw error;
    bindings.incoming.socket.destroy();
    return new Response(null); // goes nowhere
  }
}

/** Names that lead to this machine by somebody else's DNS are not answered: their pages could read everything. */
function isOurs(hostname: string): boolean {
  if (LOOPBACK.includes(hostname) || findCloud(hostname) !== undefined) return true;
  return isB2cHost(hostname) || CIAM_HOST.test(hostname);
}

/** How often another port is tried when the free one of IPv4 is taken on IPv6. */
const ATTEMPTS = 5;

/** Listens with one port on both loopback addresses; on IPv4 alone where there is no IPv6. */
async function listen(create: () => Server, port: number): Promise<Server[]> {
  for (let attempt = 1; ; attempt++) {
    const first = await listenOn(create(), port, "127.0.0.1");
    const { port: used } = first.address() as AddressInfo;
    try {
      return [first, await listenOn(create(), used, "::1")];
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return [first];
      await closeServer(first);
      if (code !== "EADDRINUSE" || port !== 0 || attempt === ATTEMPTS) throw error;
    }
  }
}

function listenOn(server: Server, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
