/**
 * What one emulator is and remembers while it runs.
 *
 * @module
 */
import { setMaxListeners } from "node:events";
import type { ResolvedConfig } from "./config/resolve-config.js";
import type { DeviceRequest } from "./device/device-requests.js";
import { createDirectory, type Directory } from "./directory.js";
import { createFaults, type Faults } from "./faults.js";
import { createRecorder, type Recorder } from "./recorder.js";
import { createSealer, type Sealer } from "./sealed.js";

/** Everything handlers need to know and may change. */
export interface Emulation {
  readonly config: ResolvedConfig;
  readonly directory: Directory;
  readonly sealer: Sealer;
  readonly faults: Faults;
  readonly recorder: Recorder;
  /** Ids of redeemed codes, with the second after which they need no remembering. */
  readonly redeemedCodes: Map<string, number>;
  /** Scopes users have consented to, by {@link consentKey}. */
  readonly consents: Map<string, Set<string>>;
  /** Requests of devices, by the code their users type. */
  readonly deviceRequests: Map<string, DeviceRequest>;
  /** Aborted when it is closed, and with it what is still under way. */
  readonly ending: AbortController;
  /** Where the emulator itself listens, for example `http://localhost:8400`. */
  url: string;
  /** Seconds since the epoch, advanced as asked. */
  now(): number;
  advance(seconds: number): void;
}

/** Dates of messages have years of four digits. Seconds since the epoch, a century off for tokens to expire in. */
const END_OF_TIME = Date.UTC(9900, 0) / 1000;

/** A fresh emulation. */
export function createEmulation(config: ResolvedConfig, url: string): Emulation {
  const ending = new AbortController();
  // Every request under way listens.
  setMaxListeners(0, ending.signal);
  let ahead = 0;

  function advance(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw new TypeError(`advance() takes seconds, zero or more; got ${String(seconds)}`);
    }
    if (Date.now() / 1000 + ahead + seconds > END_OF_TIME) {
      throw new TypeError(`advance() leads no further than the year 9900; got ${seconds} seconds`);
    }
    ahead += seconds;
  }

  return {
    config,
    directory: createDirectory(config),
    sealer: createSealer(),
    faults: createFaults(ending.signal),
    recorder: createRecorder(),
    redeemedCodes: new Map(),
    consents: new Map(),
    deviceRequests: new Map(),
    ending,
    url,
    now: () => Math.floor(Date.now() / 1000 + ahead),
    advance,
  };
}

/** Key of a user's consents for a client. */
export function consentKey(username: string, clientId: string): string {
  return `${username.toLowerCase()} ${clientId}`;
}
