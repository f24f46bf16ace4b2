/**
 * What a client application may be told, and what of it is wrong.
 *
 * @module
 */
import type { AuthorityBuilder } from "./authority/authority-builder.js";
import { isRegion } from "./authority/region-name.js";
import type { Broker } from "./broker/broker.js";
import { TokenCache } from "./cache/token-cache.js";
import type { Clock, Logger } from "./call.js";
import { describe, describeNumber, isPlainObject, quote } from "./describe.js";
import { MsalError } from "./errors.js";
import type { HttpCache } from "./http/http-cache.js";
import type { HttpClient } from "./http/http-client.js";
import type { Proxies } from "./http/proxies.js";
import type { ClientCredential } from "./oauth/client-authentication.js";

/** Options that every client application has. */
export interface CommonClientOptions {
  /**
   * Who issues tokens: a URL with a tenant, or what an {@link AuthorityBuilder} makes of a cloud and a tenant.
   * AD FS is `https://{host}/adfs`, B2C `https://{name}.b2clogin.com/{tenant}/{policy}`, External ID
   * `https://{name}.ciamlogin.com`.
   *
   * @defaultValue `https://login.microsoftonline.com/common`
   */
  authority?: string | URL | AuthorityBuilder | undefined;
  /**
   * Asks Microsoft whether an unknown host is one of its clouds. Known hosts are never asked about.
   *
   * @defaultValue `true`
   */
  validateAuthority?: boolean | undefined;
  /**
   * `false`: never asks Microsoft about a host, neither whether it is trusted nor for its other names.
   * For private clouds, custom domains of External ID and other providers that you know: an unknown host
   * is then trusted to name endpoints on other hosts.
   *
   * @defaultValue `true`
   */
  instanceDiscovery?: boolean | undefined;
  /** Where tokens are kept. @defaultValue a fresh cache in memory */
  tokenCache?: TokenCache | undefined;
  /**
   * Sends requests, the one to the instance metadata service included (`azureRegion: true`); any `fetch` fits.
   * It must follow no redirects. @defaultValue what suits the runtime
   */
  httpClient?: HttpClient | undefined;
  /**
   * Certificates that the default `httpClient` accepts (Node.js alone): `false` accepts any, text is a
   * bundle in PEM or the path of one.
   *
   * @defaultValue `true`: what the system trusts
   */
  verify?: boolean | string | undefined;
  /**
   * Proxies that the default `httpClient` goes through (Node.js alone, with the package `https-proxy-agent`):
   * URLs, with user name and password if a proxy asks for them. They replace what the environment says; `{}`
   * goes without. The instance metadata service is never asked through a proxy.
   *
   * @defaultValue the environment variable `HTTPS_PROXY`, but for loopback and the hosts that `NO_PROXY` names
   */
  proxies?: Proxies | undefined;
  /** Milliseconds for one HTTP request, from connecting to the last byte. @defaultValue `30_000` */
  timeout?: number | undefined;
  /**
   * Where answers are kept that need not be asked for again: what was discovered about the authority, for a
   * day; that the provider is busy, for as long as it asks (up to an hour); to a public client, that it
   * refused, for a minute. A `Map` will do; kept in a file, it spares a command line the same requests in its
   * next run. It holds no token and no secret, but descriptions of errors may name a user; and whoever can
   * write to it can make calls fail, or name another tenant for a domain: let its owner alone do so.
   *
   * @defaultValue a fresh one in memory
   */
  httpCache?: HttpCache | undefined;
  /** What the application can handle, for example `["CP1"]`: claims challenges. */
  clientCapabilities?: readonly string[] | undefined;
  /** Of `openid`, `profile`, `offline_access`, those not to ask for; `openid` is always asked for. */
  excludeScopes?: readonly string[] | undefined;
  /** Name and version of the application, told to the identity provider. */
  appName?: string | undefined;
  appVersion?: string | undefined;
  /** Lets log lines name people, those of a broker too. Tokens and secrets are never logged. @defaultValue `false` */
  enablePiiLog?: boolean | undefined;
  /** Told what happens; `console` fits. @defaultValue silent */
  logger?: Logger | undefined;
  /** Where to read the time, and to wait. @defaultValue the system's */
  clock?: Clock | undefined;
  /**
   * Told of work that goes on after a call has answered; on Workers `(work) => ctx.waitUntil(work)`.
   * Absent: such work goes on while the process lives, and keeps it alive no longer.
   */
  waitUntil?: ((background: Promise<unknown>) => void) | undefined;
}

/** Options of applications that run on their users' devices. */
export interface BrokerOptions {
  /**
   * Signs users in with the `broker` wherever it can be used, and goes on as ever where it cannot: with an
   * authority of ADFS, B2C or CIAM, without a broker, or when it does not start. The log says why then.
   *
   * The application's registration needs the redirect URI
   * `ms-appx-web://Microsoft.AAD.BrokerPlugin/{client id}`.
   *
   * @defaultValue `false`
   */
  allowBroker?: boolean | undefined;
  /**
   * The broker that `allowBroker` uses: what `nativeBroker` makes of the plugin of
   * `@azure/msal-node-extensions`, or one of your own. Started when it is first needed.
   */
  broker?: Broker | undefined;
}

/** Options of a {@link ClientApplication}. */
export interface ClientApplicationOptions extends CommonClientOptions, BrokerOptions {
  /** Proves that the application is who it says; absent for a public client. */
  clientCredential?: ClientCredential | undefined;
  /**
   * Claims signed into the client assertion, for example `{ client_ip: "203.0.113.7" }`; they replace those
   * of the same name (`aud`, `iss`, `sub`, `exp`, `iat`, `nbf`, `jti`). Needs a certificate.
   */
  clientClaims?: Record<string, unknown> | undefined;
  /**
   * Region of Azure whose endpoint is asked for the application's own tokens, for example `"westus2"`.
   * `true`: the region it runs in, from the environment variable `REGION_NAME` or the instance metadata
   * service; the global endpoint when neither tells. All other tokens come from the global endpoint.
   *
   * @defaultValue `false`
   */
  azureRegion?: string | boolean | undefined;
}

/** Options of a {@link PublicClientApplication}: it runs where no secret can be kept, so it has none. */
export interface PublicClientApplicationOptions extends CommonClientOptions, BrokerOptions {}

/** Options of a {@link ConfidentialClientApplication}. */
export interface ConfidentialClientApplicationOptions extends CommonClientOptions {
  /** Proves that the application is who it says: a secret, a certificate, or an assertion signed elsewhere. */
  clientCredential: ClientCredential;
  /**
   * Claims signed into the client assertion, for example `{ client_ip: "203.0.113.7" }`; they replace those
   * of the same name (`aud`, `iss`, `sub`, `exp`, `iat`, `nbf`, `jti`). Needs a certificate.
   */
  clientClaims?: Record<string, unknown> | undefined;
  /**
   * Region of Azure whose endpoint is asked for the application's own tokens, for example `"westus2"`.
   * `true`: the region it runs in, from the environment variable `REGION_NAME` or the instance metadata
   * service; the global endpoint when neither tells. All other tokens come from the global endpoint.
   *
   * @defaultValue `false`
   */
  azureRegion?: string | boolean | undefined;
}

/** The largest delay that a timer takes. */
const MAX_TIMEOUT = 2 ** 31 - 1;

const BROKER_METHODS: readonly Exclude<keyof Broker, "signInWithPassword">[] = [
  "start",
  "signInSilently",
  "signInInteractively",
  "acquireTokenSilently",
  "signOut",
];

/** What each option must be; the words complete "must be ...". */
const CHECKS: Record<keyof ClientApplicationOptions, [(value: unknown) => boolean, string]> = {
  authority: [() => true, "a URL"],
  clientCredential: [() => true, "a secret, a certificate or an assertion"],
  clientClaims: [isJson, 'an object that JSON can hold, for example { client_ip: "203.0.113.7" }'],
  azureRegion: [
    (v) => isBoolean(v) || isRegion(v),
    'the name of a region, for example "westus2", true for the one it runs in, or false',
  ],
  validateAuthority: [isBoolean, "true or false"],
  instanceDiscovery: [isBoolean, "true or false"],
  tokenCache: [(v) => v instanceof TokenCache, "a TokenCache of this package"],
  httpClient: [isFunction, "a function like fetch"],
  verify: [
    (v) => isBoolean(v) || isText(v),
    "true, false, certificates in PEM or the path of a file with them",
  ],
  proxies: [() => true, "an object with the URLs of proxies"],
  timeout: [
    (v) => typeof v === "number" && v > 0 && v <= MAX_TIMEOUT,
    `a number of milliseconds, more than 0 and at most ${MAX_TIMEOUT}`,
  ],
  httpCache: [
    (v) => hasMethods(v, ["get", "set", "delete", "keys"]),
    "a Map of strings, or an object with its functions get, set, delete and keys",
  ],
  clientCapabilities: [isTexts, 'an array of strings, for example ["CP1"]'],
  excludeScopes: [isTexts, 'an array of strings, for example ["offline_access"]'],
  appName: [isHeaderText, "a string of printable ASCII characters"],
  appVersion: [isHeaderText, "a string of printable ASCII characters"],
  enablePiiLog: [isBoolean, "true or false"],
  allowBroker: [isBoolean, "true or false"],
  broker: [
    (v) => hasMethods(v, BROKER_METHODS),
    "a Broker; nativeBroker makes one of the plugin of @azure/msal-node-extensions",
  ],
  logger: [
    (v) => hasMethods(v, ["debug", "info", "warn", "error"]),
    "an object with the functions debug, info, warn and error, as console is",
  ],
  clock: [
    (v) => hasMethods(v, ["now"]) && isFunctionOrAbsent((v as Clock).sleep),
    "an object with the function now (seconds since the epoch), and the function sleep if you like",
  ],
  waitUntil: [isFunction, "a function that takes a promise"],
};

/**
 * Checks options one by one.
 *
 * @throws {@link MsalError} `invalid_argument` that names the option, what it must be and what it is.
 */
export function checkOptions(options: unknown): asserts options is ClientApplicationOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new MsalError(
      "invalid_argument",
      `options must be an object; it is ${describe(options)}.`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const check = Object.hasOwn(CHECKS, name) && CHECKS[name as keyof ClientApplicationOptions];
    if (!check) {
      throw new MsalError(
        "invalid_argument",
        `There is no option ${quote(name)}. The options are ${Object.keys(CHECKS).join(", ")}.`,
      );
    }
    const [fits, wanted] = check;
    if (!fits(value)) {
      throw new MsalError(
        "invalid_argument",
        `The option ${name} must be ${wanted}; it is ${name === "timeout" ? describeNumber(value) : describe(value)}.`,
      );
    }
  }
  if ((options as ClientApplicationOptions).excludeScopes?.includes("openid")) {
    throw new MsalError(
      "invalid_argument",
      'The option excludeScopes must not name "openid": without it the provider does not say who signed in.',
    );
  }
}

/**
 * Checks a client id.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkClientId(clientId: unknown): asserts clientId is string {
  if (isText(clientId) && clientId.trim() === clientId) return;
  throw new MsalError(
    "invalid_argument",
    `clientId must be the application's id, a string without white space around it; it is ${describe(clientId)}. Is the environment variable it comes from set?`,
  );
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

function isFunctionOrAbsent(value: unknown): boolean {
  return value === undefined || isFunction(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function isJson(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  try {
    JSON.stringify(value);
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function isHeaderText(value: unknown): boolean {
  return typeof value === "string" && /^[\x20-\x7e]*$/.test(value);
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if ((typeof value !== "object" && !isFunction(value)) || value === null) return false;
  return names.every((name) => isFunction((value as Record<string, unknown>)[name]));
}
