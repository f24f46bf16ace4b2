// Installs dependencies when there are none, or when they are not those of the lockfile, so that
// `npm run demo` and `npm test` work as the first command in a fresh clone. Plain JavaScript: it runs
// before there is a compiler.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`msal-ts needs Node.js 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

if (!isInstalled()) {
  console.error("Installing dependencies (once, and whenever package-lock.json changes) ...");
  // `npm ci` is exact, and refuses a lockfile that it finds incomplete. npm is known to write such lockfiles
  // (binaries for other platforms left out, npm/cli#4828), and `npm install` copes with them.
  if (!npm("ci") && !npm("install", "--no-save")) process.exit(1);
}

/** Is everything of the lockfile in node_modules? npm keeps a list there of what it has installed. */
function isInstalled() {
  const wanted = packagesOf("package-lock.json");
  const found = packagesOf("node_modules/.package-lock.json");
  // Optional packages are mostly binaries for other platforms.
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      !path.includes("node_modules/") ||
      optional ||
      (path in found && found[path].version === version),
  );
}

/** @param {string} lockfile */
function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(root + lockfile, "utf8")).packages;
  } catch {
    return {};
  }
}

/** Its talk goes to stderr, so that stdout stays the demo's. @param {string[]} args */
function npm(...args) {
  const options = { cwd: root, stdio: ["ignore", 2, 2] };
  const own = process.env.npm_execpath;
  const { status } = own?.endsWith("npm-cli.js")
    ? spawnSync(process.execPath, [own, ...args, "--no-audit", "--no-fund"], options)
    : spawnSync("npm", [...args, "--no-audit", "--no-fund"], {
        ...options,
        shell: process.platform === "win32",
      });
  return status === 0;
}
