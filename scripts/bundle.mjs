// What users install is bundled: a process that imports the library reads a handful of files, where the
// compiler's output has one for each of some ninety modules, and each costs half a millisecond. Plain
// JavaScript: it runs wherever the packages are built.
//
// The entries are what package.json names in "exports" and "imports": lib/NAME.js is made of dist/NAME.js,
// and so is lib/nodejs/NAME.js, which brings along what "imports" lead to on Node.js: to look that up takes
// longer there than to read it.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const LIBRARY = fileURLToPath(new URL("../packages/msal-ts/", import.meta.url));

/** Folder of what is made for Node.js. */
const NODEJS = "nodejs/";

/** Bundles the library, unless the bundle is newer than what it is made of. */
async function bundle() {
  const manifest = JSON.parse(readFileSync(`${LIBRARY}package.json`, "utf8"));
  const names = entries(manifest);
  if (isFresh(names)) return;
  const ofNode = names.filter((name) => name.startsWith(NODEJS));
  rmSync(`${LIBRARY}lib`, { recursive: true, force: true });
  await write("lib", without(ofNode, names), {});
  const short = ofNode.map((name) => name.slice(NODEJS.length));
  await write(`lib/${NODEJS}`, short, onNode(manifest));
}

/**
 * Writes a bundle of some entries.
 *
 * @param alias - Files by names that would be left to package.json.
 */
async function write(dir, names, alias) {
  const core = loadedWith(join(LIBRARY, "dist/index.js"), alias);
  const build = await rolldown({
    cwd: LIBRARY,
    input: Object.fromEntries(names.map((name) => [name, `./dist/${name}.js`])),
    // What package.json resolves stays for it to resolve: which transport fits, which packages are there.
    external: (id) => !/^[./]/.test(id) && !Object.hasOwn(alias, id),
    platform: "neutral",
    resolve: { alias },
  });
  await build.write({
    dir: `${LIBRARY}${dir}`,
    format: "esm",
    comments: false,
    // Short names for what is local take a seventh off the import. Names of functions and classes stay, and
    // so do lines: stack traces tell as much as before.
    minify: { mangle: { keepNames: true }, compress: false, codegen: { removeWhitespace: false } },
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

function without(some, all) {
  return all.filter((one) => !some.includes(one));
}

/** Compiled files by the names under which package.json has them on Node.js. */
function onNode({ imports }) {
  const files = Object.entries(imports).map(([name, { node }]) => [
    name,
    join(LIBRARY, node.replace(/^\.\/lib\//, "dist/")),
  ]);
  return Object.fromEntries(files);
}

/** A compiled file, and what it imports at once, all the way down. */
function loadedWith(file, alias, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const imports = readFileSync(file, "utf8").matchAll(
    /^(?:import|export)\b[^;]*?from "([^"]+)";/gm,
  );
  for (const [, id] of imports) {
    const path = id.startsWith(".") ? join(dirname(file), id) : alias[id];
    if (path !== undefined) loadedWith(path, alias, seen);
  }
  return seen;
}

/** What the bundle is made by. */
const MAKERS = ["./bundle.mjs", "../package-lock.json"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/** Whether every entry is there, a run may have been interrupted, and nothing is older than what it is made of. */
function isFresh(names) {
  if (!names.every((name) => existsSync(`${LIBRARY}lib/${name}.js`))) return false;
  const made = newest(`${LIBRARY}lib`, Math.min);
  const makers = [`${LIBRARY}package.json`, ...MAKERS].map(mtime);
  return Math.max(newest(`${LIBRARY}dist`, Math.max), ...makers) < made;
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
