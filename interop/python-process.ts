/**
 * A Python program that answers one line of JSON on stdout for each on stdin.
 *
 * @module
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const PYTHON = "/usr/bin/python3";

/** The runner could not provide it; see `scripts/tools.ts`. */
export const isPythonMissing: boolean =
  process.env.MSAL_TS_MISSING?.split(",").includes("python3-msal") ?? false;

/** A running program. */
export interface PythonProcess {
  /** Sends a request, and waits for its `result`; an `error` is thrown. One at a time. */
  ask<T>(request: object): Promise<T>;
  /** Waits for what it says by itself. */
  answer<T>(): Promise<T>;
  close(): Promise<void>;
}

/**
 * Starts a program.
 *
 * @param script - Its name in `python/`.
 */
export function startProcess(script: string): PythonProcess {
  const path = fileURLToPath(new URL(`./python/${script}`, import.meta.url));
  // Of the environment it needs nothing, and a proxy would be in the way.
  const child = spawn(PYTHON, [path], { stdio: ["pipe", "pipe", "inherit"], env: {} });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("MSAL Python ended before it answered; see above.");
    const message = JSON.parse(value) as { result: T } | { error: string };
    if ("error" in message) throw new Error(message.error);
    return message.result;
  };
  return {
    ask: (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    answer,
    close: () => end(child),
  };
}

async function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, "exit");
}
