/**
 * What every step of one public call needs, made once per call and handed down, so that nobody passes
 * a logger, a correlation id or an `AbortSignal` by hand.
 *
 * @module
 */
import type { AuthorityUrl } from "./authority/authority-url.js";
import type { Authority } from "./authority/resolve-authority.js";
import type { Broker } from "./broker/broker.js";
import type { StartedBroker } from "./broker/start-broker.js";
import type { AssertionHashes } from "./cache/assertion-hash.js";
import type { TokenCache } from "./cache/token-cache.js";
import type { Signal } from "./http/abort.js";
import type { HttpCache } from "./http/http-cache.js";
import type { Transport } from "./http/http-client.js";
import type { Flight } from "./http/share.js";
import type { Telemetry } from "./http/telemetry.js";
import type { ClientAuthentication } from "./oauth/client-authentication.js";

/** Where a client reads the time, and waits. */
export interface Clock {
  /** Seconds since the epoch; fractions allowed. */
  now(): number;
  /** Resolves after that many seconds, rejects with the signal's reason when it aborts. Absent: the system's timer. */
  sleep?(seconds: number, signal: AbortSignal): Promise<void>;
}

/** Where a client tells what it does. `console` fits. Messages hold no token and no secret, ever. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The logger of a client that was given none. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** What a client application holds between calls. */
export interface Client {
  readonly clientId: string;
  readonly authorityUrl: AuthorityUrl;
  /** The authority, once its endpoints are known; at once for known clouds. */
  authority: Authority | undefined;
  /** The same authority under other names of its host, as far as they were needed. */
  readonly aliasAuthorities: Map<string, Authority>;
  /** Other names of an unknown host, once the network has been asked. */
  aliases: readonly string[] | undefined;
  readonly validateAuthority: boolean;
  readonly instanceDiscovery: boolean;
  readonly cache: TokenCache;
  readonly authentication: ClientAuthentication | undefined;
  readonly httpClient: Transport;
  /** Answers that are kept for a while; the caller's, who may keep it between runs. */
  readonly httpCache: HttpCache;
  /** As that, but nobody else can read or write it. */
  readonly memory: HttpCache;
  /** What hashes of passwords differ by from one client to the next; absent until there is one. */
  salt: string | undefined;
  /** Milliseconds for one HTTP request, from connecting to the last byte. */
  readonly timeout: number;
  /** Region to ask for an application's own tokens; `true`: the one it runs in; absent: none. */
  readonly azureRegion: string | true | undefined;
  /** The region it runs in, once it was looked for; `""` when it was not found. */
  detectedRegion: string | undefined;
  /** What identifies us on token requests. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientCapabilities: readonly string[];
  readonly excludeScopes: readonly string[];
  readonly clock: Required<Clock>;
  readonly logger: Logger;
  /** Whether log lines may name people. Never tokens. */
  readonly piiLog: boolean;
  /** Whether users are to be signed in by a broker where there is one. */
  readonly allowBroker: boolean;
  readonly broker: Broker | undefined;
  /** The broker, once it was needed; resolves to undefined if it cannot be used. */
  startedBroker: Promise<StartedBroker | undefined> | undefined;
  readonly waitUntil: ((background: Promise<unknown>) => void) | undefined;
  readonly telemetry: Telemetry;
  /** Requests under way, by what makes them identical. */
  readonly flights: Map<string, Flight>;
  /** Hosts that answered that they know no user realms, and until when that is believed: seconds since the epoch. */
  readonly hostsWithoutRealms: Map<string, number>;
  /** When a refresh that failed in the background may be tried again: seconds since the epoch, by flight. */
  readonly resting: Map<string, number>;
  /** Hashes of assertions that were exchanged. */
  readonly assertionHashes: AssertionHashes;
}

/** One public call under way. */
export interface Call {
  readonly client: Client;
  /** The caller's, or that of the shared request that this call is part of. */
  readonly signal: Signal | undefined;
  /** Quoted in every request of this call; a GUID. */
  readonly correlationId: string;
  /** Nobody waits for this: it must not keep the process alive. */
  readonly background: boolean;
}

/** Begins a call; rejects it at once if its signal has aborted already. */
export function beginCall(client: Client, signal: Signal | undefined): Call {
  signal?.throwIfAborted();
  return new PublicCall(client, signal);
}

/** The same call, which ends by another signal. */
export function withSignal(call: Call, signal: Signal | undefined): Call {
  const { client, correlationId, background } = call;
  return { client, signal, correlationId, background };
}

/** The same call, under the id that a flow began with. */
export function withCorrelationId(
  { client, signal, background }: Call,
  correlationId: string,
): Call {
  return { client, signal, correlationId, background };
}

/** A class: an object with a getter of its own costs a quarter of a cache hit. */
class PublicCall implements Call {
  readonly client: Client;
  readonly signal: Signal | undefined;
  readonly background = false;
  #correlationId: string | undefined;

  constructor(client: Client, signal: Signal | undefined) {
    this.client = client;
    this.signal = signal;
  }

  /** Made when first read: a cache hit sends nothing. */
  get correlationId(): string {
    this.#correlationId ??= crypto.randomUUID();
    return this.#correlationId;
  }
}

/** A person's id or name as it may be logged: whole, if the application allows it. */
export function person(call: Call, id: string): string {
  return call.client.piiLog ? id : "********";
}

/** Seconds since the epoch, by the client's clock. */
export function now(call: Call): number {
  return call.client.clock.now();
}
