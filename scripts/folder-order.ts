/**
 * The library's folders are floors: a file imports from its own folder or from one below it, so that
 * reading a flow leads down to the protocol and never in circles. `import type` is free, for it is gone
 * once compiled.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { importsOf, target } from "./imports.js";
import {
  filesUnder,
  type Manifest,
  type Outcome,
  type RepoPath,
  readJson,
  root,
  textsIn,
} from "./workspace.js";

const LIBRARY: RepoPath = "packages/msal-ts";
const SOURCES: RepoPath = `${LIBRARY}/src`;
const INDEX: RepoPath = `${SOURCES}/index.ts`;

/** Folders from the top down; those in one line are neighbours and leave each other alone. */
const FLOORS: readonly (readonly string[])[] = [
  ["testing"],
  ["flows"],
  ["broker", "cloud-shell", "ws-trust"],
  ["authority"],
  ["cache"],
  ["oauth"],
  ["http"],
  ["node"],
];

/** Files beside `index.ts` that everybody may import. All others there, the clients, are above every folder. */
const GROUND: readonly string[] = ["call", "describe", "errors", "result", "version"];

export function checkFolderOrder(): Outcome {
  const manifest = readJson<Manifest>(join(root, LIBRARY, "package.json"));
  const files = filesUnder(SOURCES, ".ts");
  const problems: string[] = [];
  for (const file of files) {
    const from = placeOf(file);
    if (from === undefined) {
      problems.push(`${file}: its folder is not in FLOORS of scripts/folder-order.ts.`);
      continue;
    }
    for (const { specifier, kind, line } of importsOf(file)) {
      if (kind === "type" || file === INDEX) continue;
      for (const imported of sourcesOf(manifest, file, specifier)) {
        const to = placeOf(imported);
        if (imported === INDEX) {
          problems.push(
            `${file}:${line}: imports index.ts, which is for users; import the file itself.`,
          );
        } else if (to !== undefined && from.name !== to.name && from.floor >= to.floor) {
          problems.push(
            `${file}:${line}: ${from.name} imports ${specifier} of ${to.name}, which is not below it (import type would be free).`,
          );
        }
      }
    }
  }
  problems.push(...statementsInIndex());
  return { problems, note: `${files.length} files` };
}

/** Where a source file stands: the higher the number, the lower the floor. */
function placeOf(file: RepoPath): { name: string; floor: number } | undefined {
  const [folder = "", ...inside] = file.slice(SOURCES.length + 1).split("/");
  if (inside.length > 0) {
    const floor = FLOORS.findIndex((names) => names.includes(folder));
    return floor < 0 ? undefined : { name: folder, floor };
  }
  return GROUND.includes(folder.replace(/\.ts$/, ""))
    ? { name: "the common ground", floor: FLOORS.length }
    : { name: "the top", floor: -1 };
}

/** The source files behind a specifier; none for another package. */
function sourcesOf(manifest: Manifest, from: RepoPath, specifier: string): RepoPath[] {
  const source = (path: RepoPath) => path.replace(/\.js$/, ".ts").replace(/\.d\.ts$/, ".ts");
  if (specifier.startsWith(".")) return [source(target(from, specifier))];
  const choices = (manifest.imports as Record<string, unknown> | undefined)?.[specifier];
  const paths = new Set(textsIn(choices).map(source));
  return [...paths].map((path) => path.replace(/^\.\/(?:dist|lib)/, SOURCES));
}

/** `index.ts` is the table of contents: `export { name } from "./file.js"`, line by line. */
function statementsInIndex(): string[] {
  const text = readFileSync(join(root, INDEX), "utf8");
  const source = ts.createSourceFile(INDEX, text, ts.ScriptTarget.Latest);
  return source.statements
    .filter(
      (statement) =>
        !ts.isExportDeclaration(statement) ||
        statement.moduleSpecifier === undefined ||
        statement.exportClause === undefined ||
        !ts.isNamedExports(statement.exportClause),
    )
    .map((statement) => {
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart(source));
      return `${INDEX}:${line + 1}: index.ts only re-exports by name: export { name } from "./file.js".`;
    });
}
