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
  /**
   * Sends a request, and waits for its `result`; an `error` is thrown. One at a time.
   *
   * @param visit - What to do with a URL that is to be visited before there is a result.
   */
  ask<T>(request: object, visit?: (url: string) => void): Promise<T>;
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
  const answer = async <T>(visit?: (url: string) => void): Promise<T> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error("MSAL Python ended before it answered; see above.");
      const message = JSON.parse(value) as { result: T } | { error: string } | { visit: string };
      if ("error" in message) throw new Error(message.error);
      if ("result" in message) return message.result;
      visit?.(message.visit);
    }
  };
  return {
    ask: (request, visit) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer(visit);
    },
    answer: () => answer(),
    close: () => end(child),
  };
}

async function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, "exit");
}
