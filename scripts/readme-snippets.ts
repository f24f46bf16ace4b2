/**
 * A snippet is the first thing a reader copies, and nothing breaks when the code beside it moves on. So
 * every `ts` block of the READMEs and guides is compiled as a file of its own, strictly, against the built
 * packages. A block that needs something from outside says so: `declare const request: Request;`.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./compile.js";
import { filesUnder, type Outcome, packages, type RepoPath, root } from "./workspace.js";

const LANGUAGES: readonly string[] = ["ts", "mts", "typescript"];

export function checkReadmeSnippets(): Outcome {
  const problems: string[] = [];
  const files = new Map<string, string>();
  const pageOf = new Map<string, RepoPath>();
  for (const page of pages()) {
    for (const { line, code, closed } of blocksOf(page)) {
      if (!closed) problems.push(`${page}:${line}: this block is never closed.`);
      // No file is written: the compiler is told that there is one, in a folder that sees the packages.
      const file = `${root}snippets/${page.replaceAll("/", "__")}.${line}.ts`;
      files.set(file, code);
      pageOf.set(file, page);
    }
  }
  const compilerOptions = { lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"] };
  for (const { file = "", line, message } of compile({ files, compilerOptions, folder: root })) {
    problems.push(`${pageOf.get(file) ?? file}:${line}: ${message}`);
  }
  return { problems, note: `${files.size} snippets` };
}

/** The READMEs and guides that there are. */
function pages(): RepoPath[] {
  const readmes = ["README.md", ...packages().map(({ folder }) => `${folder}/README.md`)];
  const guides = existsSync(join(root, "docs")) ? filesUnder("docs", ".md") : [];
  return [...readmes.filter((page) => existsSync(join(root, page))), ...guides];
}

interface Block {
  /** Where its fence opens, counted from 1. */
  line: number;
  /** Its code, behind as many empty lines as stand before it on the page: a complaint's line is the page's line. */
  code: string;
  closed: boolean;
}

function blocksOf(page: RepoPath): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; wanted: boolean; block: Block } | undefined;
  for (const [index, text] of readFileSync(join(root, page), "utf8").split(/\r?\n/).entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*(\w*)/.exec(text);
    if (open === undefined) {
      const [, marks = "", language = ""] = fence ?? [];
      if (fence === null) continue;
      const block = { line: index + 1, code: "\n".repeat(index + 1), closed: false };
      open = { fence: marks, wanted: LANGUAGES.includes(language), block };
      if (open.wanted) blocks.push(block);
    } else if (fence?.[1]?.startsWith(open.fence) && fence[2] === "") {
      open.block.closed = true;
      open = undefined;
    } else {
      open.block.code += `${text}\n`;
    }
  }
  return blocks;
}
