/**
 * MSAL Python, as Debian has it, in a process of its own; `python/msal_client.py` is its other end.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("./python/msal_client.py", import.meta.url));

/** The runner could not provide it; see `scripts/tools.ts`. */
export const isPythonMissing: boolean =
  process.env.MSAL_TS_MISSING?.split(",").includes("python3-msal") ?? false;

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
  // Of the environment it needs nothing, and a proxy would be in the way.
  const child = spawn(PYTHON, [SCRIPT], { stdio: ["pipe", "pipe", "inherit"], env: {} });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("MSAL Python ended before it answered; see above.");
    const message = JSON.parse(value) as { result: T } | { error: string };
    if ("error" in message) throw new Error(message.error);
    return message.result;
  };
  const ask = <T>(request: object): Promise<T> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer<T>();
  };

  return {
    version: await answer<string>(),
    open: async (config) => {
      const app = await ask<number>({ open: config });
      return {
        call: (method, args = {}) => ask({ app, call: method, arguments: args }),
        serialize: () => ask<string>({ app, serialize: true }),
      };
    },
    advance: (seconds) => ask<void>({ advance: seconds }),
    close: () => end(child),
  };
}

async function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, "exit");
}
