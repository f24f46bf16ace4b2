/**
 * Which modules a file names. Three checks ask this, of sources and of built files, and a compiler's
 * syntax tree answers where a regular expression would read imports out of comments and texts.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import ts from "typescript";
import { type RepoPath, root } from "./workspace.js";

export interface Import {
  /** As written, for example `./call.js` or `node:https`. */
  specifier: string;
  /**
   * `static`: loaded with the file. `dynamic`: `import()`, loaded when that line runs. `type`: gone
   * once compiled; `import { type A }` is not, it leaves an import for its side effects.
   */
  kind: "static" | "dynamic" | "type";
  /** Counted from 1. */
  line: number;
}

export function importsOf(file: RepoPath): Import[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), "utf8"),
    ts.ScriptTarget.Latest,
  );
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const named = nameOf(node);
    if (named !== undefined) {
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      found.push({ ...named, line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The file of the repository that a relative specifier means, with its ending as written. */
export function target(from: RepoPath, specifier: string): RepoPath {
  return normalize(join(dirname(from), specifier))
    .split(sep)
    .join("/");
}

function nameOf(node: ts.Node): Omit<Import, "line"> | undefined {
  if (ts.isImportDeclaration(node)) {
    return named(node.moduleSpecifier, node.importClause?.isTypeOnly ? "type" : "static");
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return named(node.moduleSpecifier, node.isTypeOnly ? "type" : "static");
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return named(node.arguments[0], "dynamic");
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return named(node.argument.literal, "type");
  }
  return undefined;
}

function named(node: ts.Node | undefined, kind: Import["kind"]): Omit<Import, "line"> | undefined {
  return node !== undefined && ts.isStringLiteralLike(node)
    ? { specifier: node.text, kind }
    : undefined;
}
