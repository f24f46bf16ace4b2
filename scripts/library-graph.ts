/**
 * The library runs wherever there is `fetch`, and starts fast: what `import "msal-ts"` loads is its own
 * files alone, and no `node:` module. Single modules of `jose` come when they are used, because the whole
 * package is dozens of files, and what only few need is an optional peer, imported when it is used. One
 * careless import would end that without any test noticing on Node, so the built files are followed import
 * by import, and then loaded under watch.
 *
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { type Import, importsOf, target } from "./imports.js";
import {
  errorIn,
  filesUnder,
  type Manifest,
  type Outcome,
  type RepoPath,
  readJson,
  root,
  run,
  textsIn,
} from "./workspace.js";

const LIBRARY: RepoPath = "packages/msal-ts";

/** What may be loaded later, whoever asks: modules of the one package that the library depends on. */
const MODULES = /^jose\/./;

/** Conditions of package.json that lead to different files; Node.js alone could do with a builtin module. */
const CONDITIONS: readonly string[] = ["node", "bun", "browser"];

/** Optional peers: what may be loaded later, and when that is. */
const LATER: Readonly<Record<string, string>> = {
  "https-proxy-agent": "when a request goes through a proxy",
  open: "when a user signs in with the system's browser",
  saxes: "when a federated user signs in with a password",
};

/** Refuses builtin modules to files; Node's own loading of itself does not pass through here. */
const WATCH = `
import { isBuiltin, register } from "node:module";
const hooks = \`
  import { isBuiltin } from "node:module";
  export function resolve(specifier, context, next) {
    if (isBuiltin(specifier) && context.parentURL?.startsWith("file:"))
      throw new Error(context.parentURL + " loads " + specifier);
    return next(specifier, context);
  }\`;
register("data:text/javascript," + encodeURIComponent(hooks));
process.getBuiltinModule = (name) => { throw new Error("process.getBuiltinModule loads " + name); };
await import("msal-ts");
`;

export function checkLibraryGraph(): Outcome {
  const manifest = readJson<Manifest>(join(root, LIBRARY, "package.json"));
  const problems: string[] = [];
  const seen = new Set<RepoPath>();

  const follow = (file: RepoPath, chain: string): void => {
    if (seen.has(file)) return;
    if (!existsSync(join(root, file))) {
      problems.push(`${chain}: there is no such file.`);
      return;
    }
    seen.add(file);
    for (const found of importsOf(file).filter(({ kind }) => kind === "static")) {
      for (const next of targets(manifest, file, found)) {
        if (next.startsWith(`${LIBRARY}/`)) follow(next, `${chain} → ${shorten(next)}`);
        else if (isBuiltin(next))
          problems.push(`${chain} → ${next}: a module only Node has; import() it when it is used.`);
        else problems.push(`${chain} → ${next}: the library is loaded alone; import() it later.`);
      }
    }
  };
  const entries = textsIn(manifest.exports).filter((path) => path.endsWith(".js"));
  for (const entry of entries) follow(target(`${LIBRARY}/package.json`, entry), shorten(entry));

  problems.push(...loadedLater(manifest));

  for (const condition of CONDITIONS) {
    const program = [`--conditions=${condition}`, "--input-type=module", "--eval", WATCH];
    const loaded = run(process.execPath, program, { output: "keep" });
    if (loaded.ok) continue;
    problems.push(`import "msal-ts" under the condition ${condition}: ${errorIn(loaded.stderr)}`);
  }

  const ofNode = [...seen].filter((file) => file.includes("/lib/nodejs/"));
  const bytes = ofNode.reduce((sum, file) => sum + statSync(join(root, file)).size, 0);
  const kB = Math.round(bytes / 1024);
  return { problems, note: `${ofNode.length} files on Node.js, ${kB} kB` };
}

/** Imports on use, wherever they are, of packages that nobody allowed. */
function loadedLater(manifest: Manifest): string[] {
  return filesUnder(`${LIBRARY}/src`, ".ts").flatMap((file) =>
    importsOf(file)
      .filter(({ kind, specifier }) => kind === "dynamic" && !/^[.#]/.test(specifier))
      .filter(({ specifier }) => !isBuiltin(specifier) && !MODULES.test(specifier))
      .filter(({ specifier }) => !isPeer(manifest, specifier))
      .map(
        ({ specifier, line }) =>
          `${file}:${line}: import("${specifier}"): only modules of jose ("jose/…") and optional peers that LATER of scripts/library-graph.ts names may be loaded later.`,
      ),
  );
}

function isPeer({ peerDependencies, peerDependenciesMeta }: Manifest, name: string): boolean {
  const isDeclared = peerDependencies?.[name] !== undefined;
  return name in LATER && isDeclared && peerDependenciesMeta?.[name]?.optional === true;
}

/** Where an import may lead, on whichever runtime. */
function targets(manifest: Manifest, from: RepoPath, { specifier }: Import): RepoPath[] {
  if (specifier.startsWith(".")) return [target(from, specifier)];
  if (!specifier.startsWith("#")) return [specifier];
  const choices = (manifest.imports as Record<string, unknown> | undefined)?.[specifier];
  return textsIn(choices)
    .filter((path) => path.endsWith(".js"))
    .map((path) => target(`${LIBRARY}/package.json`, path));
}

function shorten(path: string): string {
  return path.replace(`${LIBRARY}/`, "").replace("./", "");
}
