/**
 * Where and with what figures were taken.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { PYTHON } from "./stage.js";

/** Packages of npm that are compared. */
const PACKAGES = ["msal-ts", "@azure/msal-node", "@azure/identity", "openid-client"];

const VERSIONS = "import sys, msal; print(sys.version.split()[0], msal.__version__)";

const require = createRequire(import.meta.url);

/** The machine, in one line. */
export function machine(): string {
  const cores = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} cores (${cores[0]?.model.trim() ?? "unknown"}), ${memory} GiB, ${type()} ${release()}`;
}

/** How busy it is: processes that want a core, over the last minute. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

/** Versions of everything that is compared, in one line. */
export function versions(): string {
  const packages = PACKAGES.map((name) => `${name} ${versionOf(name)}`);
  const python = pythonVersions();
  const rest = python === undefined ? [] : [`MSAL Python ${python[1]} on CPython ${python[0]}`];
  return [`Node.js ${process.version}`, ...packages, ...rest].join(", ");
}

/** Of CPython and of its MSAL; undefined where it is not installed. */
export function pythonVersions(): readonly [python: string, msal: string] | undefined {
  const { status, stdout } = spawnSync(PYTHON, ["-c", VERSIONS], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [python = "", msal = ""] = stdout.trim().split(" ");
  return [python, msal];
}

function versionOf(name: string): string {
  // Not every package lets its package.json be imported.
  const file = (require.resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, "package.json"))
    .find((path) => existsSync(path));
  if (file === undefined) return "(not installed)";
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
