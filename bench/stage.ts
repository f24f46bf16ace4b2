/**
 * What the processes that are measured need around them, and how they are run: a server in a process of
 * its own, a certificate, and what tells them to trust it.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { makeCertificate } from "./certificate.js";

/** Where processes run that are measured. */
export interface Stage {
  /** Base URL of the server. */
  url: string;
  /**
   * Runs a program to its end.
   *
   * @param limit - Milliseconds that it may take.
   * @returns What it printed, and milliseconds from start to end; undefined when it took longer.
   * @throws Error when it failed.
   */
  run(command: readonly string[], limit: number): { output: string; elapsed: number } | undefined;
  close(): Promise<void>;
}

/** Debian's: it brings `python3-msal`. */
export const PYTHON = "/usr/bin/python3";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Path of a compiled file of this folder. */
export function compiled(name: string): string {
  return join(HERE, name);
}

/** Path of a Python program. */
export function pythonProgram(name: string): string {
  return join(HERE, "../python", name);
}

/** Starts the server. */
export async function openStage(): Promise<Stage> {
  const certificate = await makeCertificate();
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-bench-"));
  const trusted = join(folder, "localhost.pem");
  writeFileSync(trusted, certificate.certificate);

  const server = spawn(process.execPath, [compiled("server.js")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  server.stdin.write(`${JSON.stringify(certificate)}\n`);
  const lines = createInterface({ input: server.stdout });
  const [port] = (await Promise.race([
    once(lines, "line"),
    once(server, "exit").then(([code]) => {
      throw new Error(`The server ended with ${code} before it listened.`);
    }),
  ])) as [string];

  // Nothing of whoever runs this: a proxy would be in the way.
  const env = {
    PATH: process.env.PATH,
    BENCH_CERTIFICATE: JSON.stringify(certificate),
    NODE_EXTRA_CA_CERTS: trusted,
    REQUESTS_CA_BUNDLE: trusted,
    BENCH_URL: `https://localhost:${port}`,
  };
  return {
    url: env.BENCH_URL,
    run([program = "", ...args], limit) {
      const begun = performance.now();
      const { status, stdout, stderr, error } = spawnSync(program, args, {
        encoding: "utf8",
        env,
        // Packages are found from here.
        cwd: HERE,
        timeout: limit,
        killSignal: "SIGKILL",
      });
      const elapsed = performance.now() - begun;
      if ((error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT") return undefined;
      if (status === 0) return { output: stdout, elapsed };
      throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stderr.trim()}`);
    },
    async close() {
      server.stdin.end();
      if (server.exitCode === null) await once(server, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
