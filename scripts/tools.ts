/**
 * Programs that a check needs and npm does not bring. A new one is one line in {@link TOOLS}.
 *
 * How runner and tests agree on them:
 *
 * 1. Before its checks, the runner looks for the tools these checks need, and installs what is missing where
 *    it may: as root on Debian and its kin.
 * 2. It tells the tests which are still missing in `MSAL_TS_MISSING`, by name, separated by commas. All there,
 *    or no runner: empty or not set.
 * 3. A test that needs one of them steps aside by itself:
 *
 *    ```ts
 *    const missing = process.env.MSAL_TS_MISSING?.split(",") ?? [];
 *    test.skipIf(missing.includes("python3-msal"))("MSAL Python reads our cache file", …);
 *    ```
 * 4. The runner names every test that was skipped, and the tools with the reason they are missing. With
 *    `CI=true` each skipped test, and each missing tool, counts as failed.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { run } from "./workspace.js";

interface Tool {
  /** What tests call it. */
  name: string;
  /** A command that succeeds when it is there. */
  probe: readonly [program: string, ...args: string[]];
  /** The Debian package that brings it. */
  debian: string;
  /** Checks with tests that need it. */
  checks: readonly string[];
}

const PYTHON = "/usr/bin/python3";

const TOOLS: readonly Tool[] = [
  {
    name: "python3-msal",
    probe: [PYTHON, "-c", "import msal"],
    debian: "python3-msal",
    checks: ["interop"],
  },
  {
    name: "python3-msal-extensions",
    probe: [PYTHON, "-c", "import msal_extensions"],
    debian: "python3-msal-extensions",
    checks: ["interop"],
  },
  {
    name: "gnome-keyring",
    probe: ["/usr/bin/gnome-keyring-daemon", "--version"],
    debian: "gnome-keyring",
    checks: ["unit"],
  },
  {
    name: "dbus",
    probe: ["/usr/bin/dbus-run-session", "--version"],
    debian: "dbus",
    checks: ["unit"],
  },
  {
    name: "chromium",
    probe: ["/usr/bin/chromium", "--version"],
    debian: "chromium",
    checks: ["unit"],
  },
  {
    name: "redis-server",
    probe: ["redis-server", "--version"],
    debian: "redis-server",
    checks: ["unit"],
  },
  {
    name: "redis-sentinel",
    probe: ["redis-sentinel", "--version"],
    debian: "redis-sentinel",
    checks: ["unit"],
  },
];

export interface MissingTool {
  tool: Tool;
  /** Why it is not there, and what to do. */
  reason: string;
}

/** Sees to it that the tools of these checks are there. What comes back is missing nevertheless. */
export function provideTools(checks: readonly string[]): MissingTool[] {
  return TOOLS.filter((tool) => tool.checks.some((check) => checks.includes(check)))
    .filter((tool) => !isThere(tool))
    .flatMap((tool) => {
      const reason = install(tool);
      return reason === undefined ? [] : [{ tool, reason }];
    });
}

function isThere({ probe: [program, ...args] }: Tool): boolean {
  return run(program, args, { output: "keep" }).ok;
}

/** Installs a tool; says why not if it cannot. */
function install(tool: Tool): string | undefined {
  const remedy = `on Debian: apt-get install ${tool.debian}`;
  if (!existsSync("/usr/bin/apt-get"))
    return `not installed, and there is no apt-get here (${remedy})`;
  if (process.getuid?.() !== 0) return `not installed, and installing takes root (${remedy})`;

  console.log(`Installing ${tool.debian} ...`);
  const first = aptGet("install", "-y", "--no-install-recommends", tool.debian);
  // A fresh image knows no packages, an old one knows versions that are gone; otherwise the lists will do.
  const failed =
    first === undefined
      ? undefined
      : (aptGet("update") ?? aptGet("install", "-y", "--no-install-recommends", tool.debian));
  if (failed !== undefined) return `apt-get failed: ${failed}`;
  return isThere(tool)
    ? undefined
    : `${tool.debian} is installed, but ${tool.probe.join(" ")} fails`;
}

/** Its last line of complaint if it failed. */
function aptGet(...args: string[]): string | undefined {
  const { ok, stderr } = run("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    output: "keep",
  });
  return ok ? undefined : (stderr.trim().split("\n").at(-1) ?? "no reason given");
}
