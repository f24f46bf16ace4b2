/**
 * Type-checks files the way a user's compiler would. Snippets and the consumers of packed packages are
 * not part of any project here, so `tsc --build` does not see them.
 *
 * @module
 */
import ts from "typescript";
import { root } from "./workspace.js";

export interface Compilation {
  /** What to check: absolute path and text. The files need not exist. */
  files: ReadonlyMap<string, string>;
  /** As in a `tsconfig.json`; over the strict settings of this repository. */
  compilerOptions: Record<string, unknown>;
  /** Where `types` are looked for. */
  folder: string;
}

/** A complaint of the compiler; without a file when it concerns the settings. */
export interface Complaint {
  file: string | undefined;
  /** Counted from 1. */
  line: number;
  message: string;
}

export function compile({ files, compilerOptions, folder }: Compilation): Complaint[] {
  const settings = {
    extends: `${root}tsconfig.base.json`,
    compilerOptions: {
      ...{ composite: false, declaration: false, isolatedDeclarations: false, sourceMap: false },
      ...{ noEmit: true, moduleDetection: "force", ...compilerOptions },
    },
    files: [...files.keys()],
  };
  const { options, errors } = ts.parseJsonConfigFileContent(settings, ts.sys, folder);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, version) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, version);
  };
  host.getCurrentDirectory = () => folder;
  const program = ts.createProgram({ rootNames: [...files.keys()], options, host });
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(complaint);
}

function complaint({ file, start, code, messageText }: ts.Diagnostic): Complaint {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
  const message = `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, "\n  ")}`;
  return { file: file?.fileName, line, message };
}
