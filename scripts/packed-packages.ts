/**
 * What users install is the tarball, not this repository: a file left out of it, a declaration that leans
 * on a dependency we forgot, types that only resolve here. So each package is packed as for publishing,
 * unpacked in an empty folder with nothing but its declared dependencies, type-checked without
 * `skipLibCheck`, and imported.
 *
 * @module
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { compile } from "./compile.js";
import {
  errorIn,
  type Outcome,
  type Package,
  packages,
  readJson,
  root,
  run,
  runNpm,
  textsIn,
} from "./workspace.js";

const REQUIRED: readonly string[] = ["package.json", "dist/index.d.ts", "README.md", "LICENSE"];

/** What a build leaves in `dist` and bundles into `lib`; what else is in a tarball got there by accident. */
const BUILT = /^(?:dist|lib(?:\/nodejs)?)\/(.+?)\.(?:js|js\.map|d\.ts)$/;

/** What several entries of a bundle, or an `import()` in it, have to themselves. */
const CHUNK = /^lib\/(?:nodejs\/)?chunks\/[\w-]+\.js$/;

interface Tarball {
  package: Package;
  path: string;
  files: string[];
  size: number;
}

export function checkPackedPackages(): Outcome {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "msal-ts-packed-")));
  try {
    const tarballs = packages().map((item) => pack(item, folder));
    const problems = tarballs.flatMap((tarball) => [
      ...filesProblems(tarball),
      ...consumerProblems(tarball, tarballs, join(folder, basename(tarball.package.folder))),
    ]);
    return { problems, note: tarballs.map(sizes).join("; ") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function pack(item: Package, folder: string): Tarball {
  const args = ["pack", "--json", "--loglevel=error", "--pack-destination", folder];
  const { ok, stdout, stderr } = runNpm(args, { cwd: join(root, item.folder), output: "keep" });
  if (!ok) throw new Error(`npm pack in ${item.folder} failed: ${stderr}`);
  const [packed] = JSON.parse(stdout) as {
    filename: string;
    size: number;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error(`npm pack in ${item.folder} named no tarball.`);
  const path = join(folder, packed.filename);
  return { package: item, path, files: packed.files.map((file) => file.path), size: packed.size };
}

function filesProblems({ package: { folder, manifest }, files }: Tarball): string[] {
  const named = textsIn([manifest.exports, manifest.imports, manifest.bin])
    .filter((path) => path.startsWith("./"))
    .map((path) => path.slice(2));
  return [
    ...REQUIRED.filter((path) => !files.includes(path)).map(
      (path) => `${folder}: the tarball lacks ${path}.`,
    ),
    ...named
      .filter((path) => !files.includes(path))
      .map((path) => `${folder}: package.json names ${path}, which the tarball lacks.`),
    ...files
      .filter((path) => !REQUIRED.includes(path) && !isBuilt(folder, path))
      .map(
        (path) =>
          `${folder}: the tarball holds ${path}, which is not built from src; is dist stale?`,
      ),
  ];
}

function isBuilt(folder: string, path: string): boolean {
  if (CHUNK.test(path)) return true;
  const [, name] = BUILT.exec(path) ?? [];
  return name !== undefined && existsSync(join(root, folder, "src", `${name}.ts`));
}

/** Uses the package as somebody would who has installed it and nothing else. */
function consumerProblems(tarball: Tarball, all: readonly Tarball[], folder: string): string[] {
  const { manifest, folder: source } = tarball.package;
  install(tarball, all, join(folder, "node_modules"));

  // The consumer's world is the one that the package was written for: with DOM or Node's types, or without.
  const { lib, types } = readJson<{ compilerOptions: { lib?: string[]; types?: string[] } }>(
    join(root, source, "tsconfig.json"),
  ).compilerOptions;
  const world = { lib: lib ?? ["ES2022"], types: types ?? ["node"] };
  if (world.types.includes("node")) link("@types/node", root, join(folder, "node_modules"));

  const line = `export * as everything from "${manifest.name}";\n`;
  const complaints = compile({
    files: new Map([[`${folder}/consumer.mts`, line]]),
    compilerOptions: { ...world, skipLibCheck: false },
    folder,
  });
  // Declarations of others are theirs to mend; what ours miss in them is a complaint about ours.
  const ours = complaints.filter(({ file }) => file === undefined || file.startsWith(folder));
  const problems = ours.map(
    ({ file, line, message }) =>
      `${source} installed: ${file?.replace(`${folder}/`, "") ?? "settings"}:${line}: ${message}`,
  );

  const program = `if (Object.keys(await import("${manifest.name}")).length === 0) throw new Error("It exports nothing.");`;
  const loaded = run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: folder,
    output: "keep",
  });
  if (!loaded.ok) {
    problems.push(
      `${source} installed: import("${manifest.name}") fails: ${errorIn(loaded.stderr)}`,
    );
  }
  return problems;
}

/** Unpacks a tarball into a `node_modules`, and beside it what it depends on. */
function install(tarball: Tarball, all: readonly Tarball[], modules: string): void {
  const { manifest, folder } = tarball.package;
  const home = join(modules, manifest.name);
  if (existsSync(home)) return;
  mkdirSync(home, { recursive: true });
  const { ok, stderr } = run(
    "tar",
    ["-xzf", basename(tarball.path), "--strip-components=1", "-C", home],
    {
      cwd: dirname(tarball.path),
      output: "keep",
    },
  );
  if (!ok) throw new Error(`tar cannot unpack ${tarball.path}: ${stderr}`);

  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter(
    (name) => !peerDependenciesMeta[name]?.optional,
  );
  for (const name of [...Object.keys(dependencies), ...peers]) {
    const ours = all.find((other) => other.package.manifest.name === name);
    if (ours !== undefined) install(ours, all, modules);
    else link(name, join(root, folder), modules);
  }
}

/** A link to a dependency as npm has installed it for this repository. */
function link(name: string, from: string, modules: string): void {
  const places = [join(from, "node_modules", name), join(root, "node_modules", name)];
  const installed = places.find((place) => existsSync(place));
  if (installed === undefined) throw new Error(`${name} is not installed; run npm install.`);
  if (existsSync(join(modules, name))) return;
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(realpathSync(installed), join(modules, name), "junction");
}

function sizes({ package: { folder, manifest }, files, size }: Tarball): string {
  const code = files.filter((path) => path.endsWith(".js"));
  const zipped = gzipSync(
    code.map((path) => readFileSync(join(root, folder, path), "utf8")).join(""),
  );
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  return `${manifest.name} ${kB(size)}, its JavaScript alone ${kB(zipped.length)} gzipped`;
}
