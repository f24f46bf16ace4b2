/**
 * From options to what a client application holds between calls. No network, no signature.
 *
 * @module
 */
import { createTransport } from "#transport";
import { parseAuthority } from "./authority/authority-url.js";
import { TokenCache } from "./cache/token-cache.js";
import type { Client, Clock, Logger } from "./call.js";
import { checkClientId, checkOptions } from "./client-options.js";
import type { HttpClient } from "./http/http-client.js";
import { MAX_BODY } from "./http/send.js";
import { createTelemetry } from "./http/telemetry.js";
import { clientAuthentication } from "./oauth/client-authentication.js";
import { VERSION } from "./version.js";

const DEFAULT_AUTHORITY = "https://login.microsoftonline.com/common";
const DEFAULT_TIMEOUT = 30_000;

/**
 * Checks everything a developer wrote, and keeps a copy of it.
 *
 * @throws MsalError `invalid_argument` or `invalid_authority`.
 */
export function createClient(clientId: unknown, options: unknown): Client {
  checkClientId(clientId);
  checkOptions(options);
  const { clientCredential: credential, timeout, tokenCache, httpClient } = options;
  return {
    clientId,
    authorityUrl: parseAuthority(
      options.authority === undefined ? DEFAULT_AUTHORITY : options.authority,
    ),
    authority: undefined,
    aliases: undefined,
    validateAuthority: options.validateAuthority ?? true,
    instanceDiscovery: options.instanceDiscovery ?? true,
    cache: tokenCache ?? new TokenCache(),
    authentication:
      credential === undefined ? undefined : clientAuthentication(clientId, credential),
    httpClient:
      httpClient === undefined
        ? createTransport({ verify: options.verify ?? true, maxBody: MAX_BODY })
        : withFetchOptions(httpClient),
    timeout: timeout ?? DEFAULT_TIMEOUT,
    headers: identification(options.appName, options.appVersion),
    clientCapabilities: [...(options.clientCapabilities ?? [])],
    excludeScopes: [...(options.excludeScopes ?? [])],
    clock: clockOf(options.clock),
    logger: options.logger ?? SILENT,
    piiLog: options.enablePiiLog ?? false,
    waitUntil: options.waitUntil,
    telemetry: createTelemetry(),
    flights: new Map(),
    resting: new Map(),
  };
}

const SYSTEM_CLOCK: Required<Clock> = {
  now: () => Date.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const done = () => {
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const timer = setTimeout(done, seconds * 1000);
      const abort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
    }),
};

function clockOf(clock: Clock | undefined): Required<Clock> {
  if (clock === undefined) return SYSTEM_CLOCK;
  return {
    now: () => clock.now(),
    sleep: (seconds, signal) => (clock.sleep ? clock : SYSTEM_CLOCK).sleep!(seconds, signal),
  };
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Somebody else's client is told what `fetch` understands, and nothing of ours. */
function withFetchOptions(httpClient: HttpClient): HttpClient {
  return (url, { method, headers, body, signal, redirect }) =>
    httpClient(url, { method, headers, ...(body !== undefined && { body }), signal, redirect });
}

/** Headers by which the identity provider knows its clients. */
function identification(name: string | undefined, version: string | undefined) {
  const { process } = globalThis as { process?: { platform?: unknown; arch?: unknown } };
  const headers: Record<string, string> = {
    "x-client-sku": "MSAL.TypeScript",
    "x-client-ver": VERSION,
    "x-ms-lib-capability": "retry-after, h429",
  };
  if (typeof process?.platform === "string") headers["x-client-os"] = process.platform;
  if (typeof process?.arch === "string") headers["x-client-cpu"] = process.arch;
  if (name) headers["x-app-name"] = name;
  if (version) headers["x-app-ver"] = version;
  return headers;
}
