// What users install is bundled: a process that imports the library reads a handful of files, where the
// compiler's output has one for each of some ninety modules, and each costs half a millisecond. Plain
// JavaScript: it runs wherever the packages are built.
//
// The entries are what package.json names in "exports" and "imports": lib/NAME.js is made of dist/NAME.js.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const LIBRARY = fileURLToPath(new URL("../packages/msal-ts/", import.meta.url));

/** Bundles the library, unless the bundle is newer than what it is made of. */
async function bundle() {
  if (isFresh()) return;
  const names = entries(JSON.parse(readFileSync(`${LIBRARY}package.json`, "utf8")));
  const core = loadedWith(join(LIBRARY, "dist/index.js"));
  const build = await rolldown({
    cwd: LIBRARY,
    input: Object.fromEntries(names.map((name) => [name, `./dist/${name}.js`])),
    // What package.json resolves stays for it to resolve: which transport fits, which packages are there.
    external: (id) => !/^[./]/.test(id),
    platform: "neutral",
  });
  rmSync(`${LIBRARY}lib`, { recursive: true, force: true });
  await build.write({
    dir: `${LIBRARY}lib`,
    format: "esm",
    comments: false,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    // One file for all that importing the library loads; what comes later is split as it comes.
    codeSplitting: { groups: [{ name: "core", test: (id) => core.has(id) }] },
  });
  await build.close();
}

/** Names of the files that package.json leads to. */
function entries({ exports, imports }) {
  const paths = JSON.stringify([exports, imports]).matchAll(/"\.\/lib\/([^"]+)\.js"/g);
  return [...new Set([...paths].map(([, name]) => name))];
}

/** A compiled file, and what it imports at once, all the way down. */
function loadedWith(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\b[^;]*?from "(\.[^"]+)";/gm,
  );
  for (const [, path] of imports) loadedWith(join(dirname(file), path), seen);
  return seen;
}

function isFresh() {
  if (!existsSync(`${LIBRARY}lib`)) return false;
  const made = newest(`${LIBRARY}lib`, Math.min);
  return newest(`${LIBRARY}dist`, Math.max) < made && mtime(`${LIBRARY}package.json`) < made;
}

function newest(folder, choose) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
  return choose(...files.map((name) => mtime(join(folder, name))));
}

function mtime(path) {
  return statSync(path).mtimeMs;
}

// For Vitest, which calls it before all tests.
export { bundle as setup };

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await bundle();
