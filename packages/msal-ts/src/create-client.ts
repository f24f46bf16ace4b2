/**
 * From options to what a client application holds between calls. No network, no signature.
 *
 * @module
 */
import { createTransport } from "#transport";
import { parseAuthority } from "./authority/authority-url.js";
import { TokenCache } from "./cache/token-cache.js";
import { type Client, type Clock, type Logger, SILENT } from "./call.js";
import { type ClientApplicationOptions, checkClientId, checkOptions } from "./client-options.js";
import { describeNumber } from "./describe.js";
import { MsalError } from "./errors.js";
import { systemSleep } from "./http/abort.js";
import type { HttpClient, HttpInit, Transport } from "./http/http-client.js";
import { chooseProxies } from "./http/proxies.js";
import { MAX_BODY } from "./http/send.js";
import { createTelemetry } from "./http/telemetry.js";
import { type ClientAuthentication, clientAuthentication } from "./oauth/client-authentication.js";
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
  if (options.allowBroker && options.clientCredential !== undefined) {
    throw new MsalError(
      "invalid_argument",
      "The option allowBroker must not go with a clientCredential: brokers sign users in on their own devices, where no secret can be kept.",
    );
  }
  const { timeout, tokenCache, httpClient } = options;
  const proxies = chooseProxies(options.proxies);
  return {
    clientId,
    authorityUrl: parseAuthority(
      options.authority === undefined ? DEFAULT_AUTHORITY : options.authority,
    ),
    authority: undefined,
    aliasAuthorities: new Map(),
    aliases: undefined,
    validateAuthority: options.validateAuthority ?? true,
    instanceDiscovery: options.instanceDiscovery ?? true,
    cache: tokenCache ?? new TokenCache(),
    authentication: authenticationOf(clientId, options),
    httpClient:
      httpClient === undefined
        ? createTransport({ verify: options.verify ?? true, proxies, maxBody: MAX_BODY })
        : withFetchOptions(httpClient),
    httpCache: options.httpCache ?? new Map(),
    memory: new Map(),
    salt: undefined,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    azureRegion: options.azureRegion || undefined,
    detectedRegion: undefined,
    headers: identification(options.appName, options.appVersion),
    clientCapabilities: [...(options.clientCapabilities ?? [])],
    excludeScopes: [...(options.excludeScopes ?? [])],
    clock: options.clock === undefined ? SYSTEM_CLOCK : checkedClock(options.clock),
    logger: options.logger === undefined ? SILENT : guarded(options.logger),
    piiLog: options.enablePiiLog ?? false,
    allowBroker: options.allowBroker ?? false,
    broker: options.broker,
    startedBroker: undefined,
    waitUntil: options.waitUntil,
    telemetry: createTelemetry(),
    flights: new Map(),
    hostsWithoutRealms: new Map(),
    resting: new Map(),
    assertionHashes: new Map(),
  };
}

const SYSTEM_CLOCK: Required<Clock> = { now: () => Date.now() / 1000, sleep: systemSleep };

/** A clock that tells no time would make every token a valid one. */
function checkedClock(clock: Clock): Required<Clock> {
  const time: unknown = clock.now();
  if (Number.isFinite(time)) {
    return {
      now: () => clock.now(),
      sleep: (seconds, signal) =>
        clock.sleep === undefined ? systemSleep(seconds, signal) : clock.sleep(seconds, signal),
    };
  }
  throw new MsalError(
    "invalid_argument",
    `The option clock must tell the seconds since the epoch; its now() returned ${describeNumber(time)}.`,
  );
}

/** What would begin a line of its own in a log, or command a terminal. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** A log that fails must not cost anybody a token, and what others say must not pass for a line of ours. */
function guarded(logger: Logger): Logger {
  const guard = (level: keyof Logger) => (message: string) => {
    try {
      logger[level](message.replace(CONTROLS, " "));
    } catch {
      // There is nowhere left to tell it.
    }
  };
  return {
    debug: guard("debug"),
    info: guard("info"),
    warn: guard("warn"),
    error: guard("error"),
  };
}

function authenticationOf(
  clientId: string,
  { clientCredential, clientClaims, azureRegion }: ClientApplicationOptions,
): ClientAuthentication | undefined {
  if (azureRegion && clientCredential === undefined) {
    throw new MsalError(
      "invalid_argument",
      "The option azureRegion needs a clientCredential: regions are for an application's own tokens, and without a credential it gets none.",
    );
  }
  if (clientCredential === undefined && clientClaims === undefined) return undefined;
  // A copy: what is signed must not change with what the caller does to its own later.
  return clientAuthentication(clientId, clientCredential, asJson(clientClaims));
}

/** As it will be signed: without members that are undefined, which would take the usual claim away. */
function asJson(claims: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  return claims && (JSON.parse(JSON.stringify(claims)) as Record<string, unknown>);
}

/** Somebody else's client is told what `fetch` understands, and nothing of ours. */
function withFetchOptions(httpClient: HttpClient): Transport {
  return (url, { method, headers, body, ending }) => {
    const init: HttpInit = { method, headers, signal: ending.native, redirect: "manual" };
    if (body !== undefined) init.body = body;
    return httpClient(url, init);
  };
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
