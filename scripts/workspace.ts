/**
 * What every check needs: where the repository is, which packages it has, how to start a program. It
 * stands apart so that a check's own file holds nothing but the check.
 *
 * @module
 */
import { type StdioOptions, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. This file runs as `scripts/dist/workspace.js`. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Paths are spelled with `/` and from the repository's folder on, for example `packages/msal-ts/src/call.ts`. */
export type RepoPath = string;

export interface Package {
  /** For example `packages/msal-ts`. */
  folder: RepoPath;
  manifest: Manifest;
}

/** Those parts of a `package.json` that checks look at. */
export interface Manifest {
  name: string;
  exports?: unknown;
  imports?: unknown;
  bin?: unknown;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  optionalDependencies?: Record<string, string>;
}

/** What a check found. */
export interface Outcome {
  /** What is wrong and where, a line each; empty when the check passed. */
  problems: readonly string[];
  /** What was looked at, in a few words. */
  note?: string;
  /** How many tests ran, if the check consists of tests. Any other check counts as one. */
  tests?: { passed: number; failed: number };
  /** Tests that did not run, by name. */
  skipped?: readonly string[];
}

/** The packages that are published: everything in `packages/`. */
export function packages(): Package[] {
  return readdirSync(join(root, "packages"))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: readJson<Manifest>(join(root, folder, "package.json")),
    }));
}

export function readJson<Shape>(path: string): Shape {
  return JSON.parse(readFileSync(path, "utf8")) as Shape;
}

/** All files under a folder whose names end in `ending`; without what npm and the compiler put there. */
export function filesUnder(folder: RepoPath, ending: string): RepoPath[] {
  const found: RepoPath[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!["node_modules", "dist", ".git"].includes(entry.name))
        found.push(...filesUnder(path, ending));
    } else if (entry.name.endsWith(ending)) {
      found.push(path);
    }
  }
  return found.sort();
}

/** All texts in a part of a `package.json`, however deep: the targets of `exports`, `imports` or `bin`. */
export function textsIn(part: unknown): string[] {
  if (typeof part === "string") return [part];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(textsIn) : [];
}

export function repoPath(absolute: string): RepoPath {
  return relative(root, absolute).split(sep).join("/");
}

export interface RunOptions {
  /** Working directory; the repository when absent. */
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
  /** Milliseconds after which it is stopped, and has failed. @defaultValue none */
  timeout?: number;
  /** What is printed goes to the terminal (`show`), or comes back (`keep`). @defaultValue `"show"` */
  output?: "show" | "keep";
}

export interface RunResult {
  ok: boolean;
  /** What was printed, when it was kept. */
  stdout: string;
  stderr: string;
}

/** Starts a program and waits until it ends. A program that cannot be started is one that failed. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): RunResult {
  const keep = options.output === "keep";
  const stdio: StdioOptions = keep ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
  const result = spawnSync(program, args, {
    cwd: options.cwd ?? root,
    // Some tools take CI=true for a terminal that shows colours.
    env: { ...process.env, ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }), ...options.env },
    stdio,
    encoding: "utf8",
    ...(options.timeout !== undefined && { timeout: options.timeout, killSignal: "SIGKILL" }),
    maxBuffer: 64 * 1024 * 1024,
  });
  return {
    ok: result.status === 0,
    stdout: result.stdout ?? "",
    stderr: (result.stderr ?? "") + (result.error?.message ?? ""),
  };
}

/** The line of a failed program's complaints that names the error, among those that say where. */
export function errorIn(stderr: string): string {
  return (/^\w*Error\b.*$/m.exec(stderr)?.[0] ?? stderr).trim();
}

/** Runs the command of an installed npm package, for example `runTool("typescript", "tsc", ["--build"])`. */
export function runTool(
  packageName: string,
  command: string,
  args: readonly string[],
  options?: RunOptions,
): RunResult {
  const folder = join(root, "node_modules", packageName);
  const { bin } = readJson<{ bin: string | Record<string, string> }>(join(folder, "package.json"));
  const script = typeof bin === "string" ? bin : bin[command];
  if (script === undefined) throw new Error(`${packageName} has no command ${command}.`);
  return run(process.execPath, [join(folder, script), ...args], options);
}

/** Runs npm: the one that runs us, which also works where `npm` is a batch file. */
export function runNpm(args: readonly string[], options?: RunOptions): RunResult {
  const own = process.env.npm_execpath;
  return own?.endsWith("npm-cli.js")
    ? run(process.execPath, [own, ...args], options)
    : run("npm", args, options);
}
