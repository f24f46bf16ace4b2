/**
 * MSAL Python, as Debian has it, in a process of its own; `python/msal_client.py` is its other end.
 *
 * @module
 */
import { startProcess } from "./python-process.js";

export { isPythonMissing } from "./python-process.js";

/** What to make an application of. Names are MSAL Python's. */
interface PythonAppConfig {
  class: "ConfidentialClientApplication" | "PublicClientApplication";
  client_id: string;
  /** Further arguments of the constructor, for example `authority`. */
  options: Record<string, unknown>;
  /** What its cache begins with; absent: empty. */
  cache?: string;
  /** Requests to this host go to the emulator. */
  route?: { host: string; url: string; ca: string };
}

/** What MSAL Python answers when it has tokens, and when it has none. */
export interface PythonResult {
  access_token?: string;
  refresh_token?: string;
  id_token_claims?: Record<string, unknown>;
  error?: string;
  error_description?: string;
  error_codes?: number[];
}

/** An account as MSAL Python hands it out. */
export interface PythonAccount {
  home_account_id: string;
  environment: string;
  username: string;
}

/** An application of MSAL Python. */
export interface PythonApp {
  /** Calls a method with arguments by name. */
  call<T = PythonResult>(method: string, args?: Record<string, unknown>): Promise<T>;
  /** Calls `acquire_token_interactive`; `visit` is the browser. */
  signIn(args: Record<string, unknown>, visit: (url: string) => void): Promise<PythonResult>;
  /** Its cache, as it would be written to disk. */
  serialize(): Promise<string>;
}

/** A running MSAL Python. */
export interface Python {
  version: string;
  open(config: PythonAppConfig): Promise<PythonApp>;
  /** Moves its clock ahead. */
  advance(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts MSAL Python. It answers one request after the other. */
export async function startPython(): Promise<Python> {
  const { ask, answer, close } = startProcess("msal_client.py");
  return {
    version: await answer<string>(),
    open: async (config) => {
      const app = await ask<number>({ open: config });
      return {
        call: (method, args = {}) => ask({ app, call: method, arguments: args }),
        signIn: (args, visit) => ask({ app, sign_in: args }, visit),
        serialize: () => ask<string>({ app, serialize: true }),
      };
    },
    advance: (seconds) => ask<void>({ advance: seconds }),
    close,
  };
}
