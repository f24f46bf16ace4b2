/**
 * Runs one of Vitest's projects and counts its tests one by one: the reporter that people read says how
 * many there were, but not to a program.
 *
 * @module
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, readJson, repoPath, runTool } from "./workspace.js";

/** Those parts of Vitest's JSON report that we read. */
interface Report {
  testResults: {
    /** Absolute path of the test file. */
    name: string;
    status: string;
    assertionResults: { fullName: string; status: string }[];
  }[];
}

/** Milliseconds that one project may take. Ten times what it does: a test that hangs is one that failed. */
const LIMIT = 8 * 60_000;

interface TestOptions {
  /** Arguments of Vitest: which files, and which not. */
  files?: readonly string[];
  /** Added to the environment of the tests. */
  env?: Record<string, string>;
}

/** @param missing Names of the tools that are not there; see `tools.ts`. */
export function runTests(
  project: string,
  missing: readonly string[],
  { files = [], env = {} }: TestOptions = {},
): Outcome {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-tests-"));
  const file = join(folder, "report.json");
  try {
    const { ok } = runTool(
      "vitest",
      "vitest",
      [
        "run",
        `--project=${project}`,
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
        ...files,
      ],
      { env: { MSAL_TS_MISSING: missing.join(","), ...env }, timeout: LIMIT },
    );
    return count(existsSync(file) ? readJson<Report>(file) : { testResults: [] }, ok);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count({ testResults }: Report, ok: boolean): Outcome {
  const problems: string[] = [];
  const skipped: string[] = [];
  const tests = { passed: 0, failed: 0 };
  for (const { name, status, assertionResults } of testResults) {
    const file = repoPath(name);
    for (const test of assertionResults) {
      const title = `${file}: ${test.fullName}`;
      if (test.status === "passed") tests.passed++;
      else if (test.status === "failed") problems.push(title);
      else skipped.push(title);
    }
    // A file that cannot be loaded, or whose set-up fails, has no failed tests to show for it.
    const explained = assertionResults.some((test) => test.status === "failed");
    if (status === "failed" && !explained) problems.push(`${file}: the file itself failed.`);
  }
  if (problems.length === 0 && !ok) problems.push("Vitest failed outside of any test; see above.");
  tests.failed = problems.length;
  return { problems, tests, skipped, note: `${testResults.length} files` };
}
