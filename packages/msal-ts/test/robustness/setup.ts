/**
 * What the robustness tests share: a client application on the emulator, on a network that can fail.
 *
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { createEmulator, type Emulator, type EmulatorConfig } from "@msal-ts/emulator";
import {
  type Account,
  type ClientApplication,
  ConfidentialClientApplication,
  type ConfidentialClientApplicationOptions,
  type HttpClient,
  type HttpInit,
  type Logger,
  type TokenResponse,
  unwrap,
} from "msal-ts";
import { onTestFinished } from "vitest";
import { overSockets } from "../sockets.js";

export const CLIENT_ID = "11111111-1111-4111-8111-111111111111";
export const SECRET = "contoso-web-app-secret";
const TENANT = "c0a7050c-0000-4000-8000-000000000001";
export const AUTHORITY: string = `https://login.microsoftonline.com/${TENANT}`;
export const DOMAIN_AUTHORITY = "https://login.microsoftonline.com/contoso.onmicrosoft.com";
export const GRAPH: readonly string[] = ["https://graph.microsoft.com/.default"];
export const REDIRECT_URI = "http://localhost/callback";
export const USERNAME = "ada@contoso.onmicrosoft.com";
export const PASSWORD = "Passw0rd!";

/** How the network is: `hanging` never answers, `failing` answers 503. */
export type Weather = "up" | "down" | "hanging" | "failing";

/** A network between a client and the emulator. */
interface Network {
  weather: Weather;
  readonly httpClient: HttpClient;
  /** What was sent, oldest first. */
  readonly sent: { url: string; init: HttpInit }[];
  tokenRequests(): number;
  discoveries(): number;
  /** Keeps requests on their way until the returned function is called. */
  hold(): () => void;
}

/** A network to the emulator that does as it is told. */
function networkTo(idp: Pick<Emulator, "fetch">): Network {
  const sent: Network["sent"] = [];
  const reach = overSockets(idp.fetch);
  let gate: Promise<void> | undefined;
  const network: Network = {
    weather: "up",
    sent,
    tokenRequests: () => sent.filter(({ init }) => init.method === "POST").length,
    discoveries: () => sent.filter(({ init }) => init.method === "GET").length,
    hold() {
      let open: () => void = () => {};
      gate = new Promise((resolve) => {
        open = resolve;
      });
      return () => {
        gate = undefined;
        open();
      };
    },
    async httpClient(url, init) {
      sent.push({ url, init });
      await gate;
      switch (network.weather) {
        case "up":
          return reach(url, init);
        case "down":
          throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
        case "failing":
          return new Response("try again", { status: 503, headers: { "retry-after": "7" } });
        case "hanging":
          return new Promise((_, reject) => {
            if (init.signal.aborted) reject(init.signal.reason);
            init.signal.addEventListener("abort", () => reject(init.signal.reason));
          });
      }
    },
  };
  return network;
}

/** Log lines by level. */
interface Recorder extends Logger {
  readonly lines: { level: string; message: string }[];
}

/** A logger that remembers. */
function recorder(): Recorder {
  const lines: Recorder["lines"] = [];
  const log = (level: string) => (message: string) => {
    lines.push({ level, message });
  };
  return {
    lines,
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
}

export interface Setup {
  idp: Emulator;
  network: Network;
  logger: Recorder;
  app: ConfidentialClientApplication;
}

/** A web app in the Contoso tenant, and everything around it. Closed when the test ends. */
export function setup(
  options: Partial<ConfidentialClientApplicationOptions> = {},
  config: EmulatorConfig = {},
): Setup {
  const idp = createEmulator(config);
  onTestFinished(() => idp.close());
  const network = networkTo(idp);
  const logger = recorder();
  const app = new ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: SECRET,
    httpClient: network.httpClient,
    logger,
    clock: { now: idp.now, sleep: async () => {} },
    ...options,
  });
  return { idp, network, logger, app };
}

/** Signs a user in; afterwards the cache holds an access and a refresh token. */
export async function signIn(
  app: ClientApplication,
  idp: Emulator,
  username: string = USERNAME,
): Promise<TokenResponse & { account: Account }> {
  const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
  const answer = await idp.signIn(flow.authUri, { username, password: PASSWORD });
  const result = unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
  return result as TokenResponse & { account: Account };
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It was expected to reject, and resolved.");
}

/** A value of a type that the compiler forbids: what a JavaScript caller may pass. */
export function wrong(value: unknown): never {
  return value as never;
}

/** Resolves when everything that is ready to run has run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const pem = { format: "pem" } as const;

/** A fresh RSA key, PKCS#8 in PEM. */
export function rsaKey(passphrase?: string, modulusLength = 2048): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength });
  const encrypted = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
  return privateKey.export({ type: "pkcs8", ...pem, ...encrypted }).toString();
}

/** A fresh elliptic-curve key, PKCS#8 in PEM. */
export function ecKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", ...pem }).toString();
}
