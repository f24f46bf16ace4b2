/**
 * What the library's tests are called, every row of a table by its own name: acceptance and the reference map ask
 * which tests there are; those of the emulator prove nothing about the library. Vitest lists them without running any; it has to load their files for that, so it is
 * asked once.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RepoPath, readJson, repoPath, runTool } from "./workspace.js";

export interface TestTitle {
  file: RepoPath;
  /** The test's own title behind those of the groups around it, outermost first. */
  path: readonly string[];
}

/** How Vitest joins the titles of groups and test. */
export const JOINT = " > ";

/** Where its tests are. */
const LIBRARY: readonly RepoPath[] = ["packages/msal-ts/test", "interop"];

/** Milliseconds. Twenty times what it takes. */
const LIMIT = 90_000;

let titles: readonly TestTitle[] | undefined;

/** By file; within a file in their order. */
export function testTitles(): readonly TestTitle[] {
  titles ??= list();
  return titles;
}

function list(): TestTitle[] {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-titles-"));
  const file = join(folder, "titles.json");
  try {
    // In one process that loads what files share once: in a fifth of the time.
    const args = ["list", ...LIBRARY, "--no-isolate", `--json=${file}`];
    const { ok, stderr } = runTool("vitest", "vitest", args, {
      // Tests that would step aside on this machine are tests all the same, and Vitest lists none of those.
      env: { CI: "true", MSAL_TS_MISSING: "" },
      output: "keep",
      timeout: LIMIT,
    });
    // One file that cannot be loaded may be the reason for all of them: the first complaint will do.
    if (!ok) throw new Error(`vitest list: ${stderr.trim().split("\n", 1)[0]}`);
    return readJson<{ name: string; file: string }[]>(file)
      .map(({ name, file }) => ({ file: repoPath(file), path: name.split(JOINT) }))
      .sort((a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
