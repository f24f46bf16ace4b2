// Installs dependencies when there are none, or when they are not those of the lockfile, so that
// `npm run demo` and `npm test` work as the first command in a fresh clone. Plain JavaScript: it runs
// before there is a compiler.
import { execSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.installed-from`;
const wanted = createHash("sha256").update(readFileSync(`${root}package-lock.json`)).digest("hex");

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`msal-ts needs Node.js 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.error("Installing dependencies (once, and whenever package-lock.json changes) ...");
  execSync("npm ci --no-audit --no-fund", { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(stamp, wanted);
}
