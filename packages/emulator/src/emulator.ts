/**
 * The emulator as its users see it.
 *
 * @module
 */
import type { EmulatorConfig } from "./config/config.js";
import { type ResolvedConfig, resolveConfig } from "./config/resolve-config.js";
import { createEmulation } from "./emulation.js";
import type { Fault } from "./faults.js";
import type { RecordedRequest } from "./recorder.js";
import { createHandler, type Handler } from "./routes.js";
import { type ApproveDeviceOptions, approveDevice, type SignInOptions, signIn } from "./sign-in.js";

/** A running emulator of the Microsoft identity platform. */
export interface Emulator {
  /** Base URL, for example `"http://localhost:8400"`. In process, where nothing listens, `"https://localhost"`. */
  readonly url: string;
  /** PEM of its certificate authority; absent unless it listens on https. */
  readonly ca: string | undefined;
  /** What it runs with, defaults included: tenants, users, apps, their ids and secrets. Frozen. */
  readonly config: ResolvedConfig;
  /** All requests that came in, oldest first; the last 10,000 are kept, fewer if they are large. Empty it when you like. */
  readonly requests: RecordedRequest[];
  /** Answers a request whatever the host in its URL, without a socket. Stands in for the global `fetch`. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** Authority URL for a tenant: its GUID, a domain of its, `"common"`, `"organizations"` or `"consumers"`. */
  readonly authority: (tenant: string) => string;
  /**
   * Walks the sign-in pages without a browser and returns what reaches the redirect URI, errors too.
   *
   * @throws Error with the AADSTS message if the platform shows an error and never redirects.
   */
  readonly signIn: (authUri: string, options: SignInOptions) => Promise<Record<string, string>>;
  /**
   * Walks the pages on which a user types the code of a device, signs in and lets the device's app go on, or not.
   *
   * @throws Error with the AADSTS message if the platform shows an error, for example for a code it does not know.
   */
  readonly approveDevice: (userCode: string, options: ApproveDeviceOptions) => Promise<void>;
  /** Its clock: seconds since the epoch. Hand `{ now: idp.now }` on to whoever should agree with it. */
  readonly now: () => number;
  /** Moves its clock ahead. */
  readonly advance: (seconds: number) => void;
  /** Makes the next request whose path matches go wrong; see {@link Fault}. */
  readonly failNext: (fault: Fault) => void;
  /** Stops listening and breaks what is still open. From then on every request fails. */
  readonly close: () => Promise<void>;
}

/** Where an emulator listens. */
export interface Listener {
  readonly url: string;
  readonly ca: string | undefined;
  close(): Promise<void>;
}

/** Base URL where nothing listens: https, as clients insist on, and never a host of somebody else's. */
const IN_PROCESS: Listener = { url: "https://localhost", ca: undefined, close: async () => {} };

/**
 * Creates an emulator in this process: no socket; reach it through its `fetch`.
 *
 * @throws TypeError that names the member of `config` that is wrong, what was expected and what came.
 */
export function createEmulator(config: EmulatorConfig = {}): Emulator {
  return prepareEmulator(config).connect(IN_PROCESS);
}

/** An emulator that can answer but does not know yet where it listens. */
export function prepareEmulator(config: EmulatorConfig): {
  readonly handler: Handler;
  connect(listener: Listener): Emulator;
} {
  const emulation = createEmulation(resolveConfig(config), IN_PROCESS.url);
  const handler = createHandler(emulation);

  function connect({ url, ca, close }: Listener): Emulator {
    emulation.url = url;
    const { ending } = emulation;

    const answer: Handler = (request) =>
      abortable(() => handler(request), request.signal, ending.signal);
    const fetch = async (input: string | URL | Request, init?: RequestInit) =>
      answer(new Request(input, init));

    return {
      url,
      ca,
      config: emulation.config,
      requests: emulation.recorder.requests,
      fetch,
      authority: (tenant) => `${url}/${tenant}`,
      signIn: (authUri, options) => signIn(answer, authUri, options),
      approveDevice: (userCode, options) =>
        approveDevice(answer, `${url}/devicelogin`, userCode, options),
      now: emulation.now,
      advance: emulation.advance,
      failNext: emulation.faults.add,
      close: () => {
        ending.abort(new TypeError("fetch failed: the emulator is closed"));
        return close();
      },
    };
  }

  return { handler, connect };
}

/** Rejects with a signal's reason as soon as it is aborted. */
function abortable<T>(work: () => Promise<T>, ...signals: readonly AbortSignal[]): Promise<T> {
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted) return Promise.reject(aborted.reason);
  return new Promise((resolve, reject) => {
    const forget = signals.map((signal) => {
      const abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      return () => signal.removeEventListener("abort", abort);
    });
    work()
      .then(resolve, reject)
      .finally(() => {
        for (const each of forget) each();
      });
  });
}
