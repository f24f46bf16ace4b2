/**
 * `npm test`: every check there is, one after the other, cheap ones first, and all of them even if one
 * fails, so that a contributor sees everything at once. Its last line, `N passed, N failed`, is what a
 * machine reads; tests count one by one, every other check as one.
 *
 * `npm test -- lint types` runs only those named.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkAcceptance } from "./acceptance.js";
import { checkFolderOrder } from "./folder-order.js";
import { checkLibraryGraph } from "./library-graph.js";
import { checkPackageBorders } from "./package-borders.js";
import { checkPackedPackages } from "./packed-packages.js";
import { checkReadmeSnippets } from "./readme-snippets.js";
import { checkReferenceMap } from "./reference-map.js";
import { checkScenarioMap } from "./scenario-map.js";
import { runTests } from "./tests.js";
import { provideTools } from "./tools.js";
import { type Outcome, root, run, runTool } from "./workspace.js";

interface Check {
  /** What to type to run it alone. */
  name: string;
  /** What it finds out. */
  title: string;
  /** It looks at what `types` has built. */
  built?: true;
  run(missing: readonly string[]): Outcome;
}

/** Biome, unlike the others, takes more than NO_COLOR to leave colours out. */
const plain: readonly string[] = process.stdout.isTTY ? [] : ["--colors=off"];

/** Tests of the library that answer requests in their own process. */
const ANSWERED = [
  ...["authority/", "broker/", "cache/", "cloud-shell/", "flows/", "http/http-cache.test.ts"],
  ...["robustness/", "ws-trust/"],
];

/** Of these, what asks nobody, or has a browser of its own, whose requests go elsewhere. */
const ASKING_NOBODY = [
  ...["cache/cache-index", "cache/entry-cipher", "cache/flat", "cache/isolation"],
  ...["flows/interactive-chromium", "robustness/bad-input", "robustness/every-argument"],
];

const CHECKS: readonly Check[] = [
  {
    name: "lint",
    title: "format and lint",
    run: () =>
      command("biome ci", "@biomejs/biome", "biome", "ci", "--error-on-warnings", ...plain, "."),
  },
  {
    name: "borders",
    title: "the emulator and the library share no code",
    run: checkPackageBorders,
  },
  { name: "folders", title: "the library's folders import downwards", run: checkFolderOrder },
  { name: "map", title: "each sample is on the map of scenarios", run: checkScenarioMap },
  {
    name: "types",
    title: "types",
    run: build,
  },
  {
    name: "graph",
    title: "importing the library loads only itself",
    built: true,
    run: checkLibraryGraph,
  },
  {
    name: "dead-code",
    title: "no unused files, exports and dependencies",
    built: true,
    run: () => command("knip", "knip", "knip", "--no-progress"),
  },
  {
    name: "snippets",
    title: "the snippets of the READMEs compile",
    built: true,
    run: checkReadmeSnippets,
  },
  {
    name: "packed",
    title: "packages work when installed alone",
    built: true,
    run: checkPackedPackages,
  },
  {
    name: "acceptance",
    title: "each edge case of the specifications has a test",
    built: true,
    run: checkAcceptance,
  },
  {
    name: "reference",
    title: "each item of the reference has its code and its tests",
    built: true,
    run: checkReferenceMap,
  },
  {
    name: "unit",
    title: "unit and integration tests",
    built: true,
    run: (missing) => runTests("unit", missing),
  },
  {
    name: "over-node",
    title: "the library's tests over node:https",
    built: true,
    run: (missing) => runOver("node", missing),
  },
  {
    name: "over-fetch",
    title: "the library's tests over fetch and TLS",
    built: true,
    run: (missing) => runOver("fetch", missing),
  },
  {
    name: "samples",
    title: "each sample runs",
    built: true,
    run: (missing) => runTests("samples", missing),
  },
  {
    name: "soak",
    title: "many processes, one file: a tenth of npm run soak",
    built: true,
    run: checkSoak,
  },
  {
    name: "interop",
    title: "tests against software of others",
    built: true,
    run: (missing) => runTests("interop", missing),
  },
];

main(process.argv.slice(2));

function main(names: readonly string[]): void {
  const unknown = names.find((name) => !CHECKS.some((check) => check.name === name));
  if (unknown !== undefined) {
    const known = CHECKS.map((check) => check.name).join(", ");
    console.error(`There is no check "${unknown}"; there are ${known}.`);
    process.exitCode = 1;
    return;
  }
  const checks = select(names);
  const missing = provideTools(checks.map((check) => check.name));
  const missingNames = missing.map(({ tool }) => tool.name);

  const summary: string[] = [];
  const skipped: string[] = [];
  const total = { passed: 0, failed: 0 };
  for (const check of checks) {
    console.log(bold(`\n── ${check.name}: ${check.title}`));
    const started = performance.now();
    const outcome = attempt(check, missingNames);
    for (const problem of outcome.problems) console.log(red(problem));

    const failed = outcome.problems.length > 0;
    const tests = outcome.tests ?? { passed: failed ? 0 : 1, failed: failed ? 1 : 0 };
    total.passed += tests.passed;
    total.failed += tests.failed;
    skipped.push(...(outcome.skipped ?? []));

    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const counts = outcome.tests ? `${tests.passed} passed, ${tests.failed} failed` : undefined;
    const remarks = [counts, outcome.note].filter((text) => text !== undefined).join(", ");
    const word = failed ? red("failed") : green("passed");
    summary.push(`${word} ${check.name.padEnd(10)} ${seconds.padStart(6)} s  ${remarks}`.trimEnd());
  }

  console.log(bold("\n── summary"));
  for (const line of summary) console.log(line);
  for (const { tool, reason } of missing) console.log(yellow(`missing: ${tool.name}: ${reason}`));
  for (const test of skipped) console.log(yellow(`skipped: ${test}`));
  finish(total.passed, total.failed, skipped.length, missing.length);
}

/** The checks of these names, or all; and with those that look at built files the one that builds. */
function select(names: readonly string[]): Check[] {
  const isNamed = ({ name }: Check) => names.length === 0 || names.includes(name);
  const build = CHECKS.some((check) => isNamed(check) && check.built);
  return CHECKS.filter((check) => isNamed(check) || (build && check.name === "types"));
}

/** A check that breaks down has found something, too. */
function attempt(check: Check, missing: readonly string[]): Outcome {
  try {
    return check.run(missing);
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}

/** Tests once more, their answers over a transport, TLS and sockets; see `packages/msal-ts/test/sockets.ts`. */
function runOver(transport: string, missing: readonly string[]): Outcome {
  return runTests("unit", missing, {
    files: [
      ...ANSWERED.map((path) => `packages/msal-ts/test/${path}`),
      ...ASKING_NOBODY.map((path) => `--exclude=**/test/${path}.test.ts`),
    ],
    env: { MSAL_TS_TRANSPORT: transport },
  });
}

/** Compiles everything, and bundles what users install. */
function build(): Outcome {
  const { problems } = command("tsc --build", "typescript", "tsc", "--build");
  if (problems.length > 0) return { problems };
  const bundled = run(process.execPath, [join(root, "scripts/bundle.mjs")]);
  return { problems: bundled.ok ? [] : ["scripts/bundle.mjs failed; see above."] };
}

function checkSoak(): Outcome {
  // Redis has its tenth among the tests, which know whether there is a server.
  const args = [join(root, "bench/dist/soak.js"), "--scale=0.1", "file-sign-ins", "file-kills"];
  const { ok } = run(process.execPath, args, { timeout: 300_000 });
  return { problems: ok ? [] : ["Something was lost, or it took too long; see above."] };
}

function command(said: string, packageName: string, name: string, ...args: string[]): Outcome {
  const { ok } = runTool(packageName, name, args);
  return { problems: ok ? [] : [`${said} found something; see above.`] };
}

/** Prints the totals, and hands them to whoever asked for them with `MSAL_TS_TOTALS`, a file. */
function finish(passed: number, failed: number, skipped: number, missing: number): void {
  // Where nobody reads along, what did not run might never run.
  const strict = process.env.CI === "true";
  const failures = strict ? failed + skipped + missing : failed;
  const rest = strict || skipped === 0 ? "" : `, ${skipped} skipped`;
  const totals = `${passed} passed, ${failures} failed${rest}`;
  if (strict && skipped + missing > 0) {
    console.log(
      `With CI=true, what was skipped or is missing counts as failed: ${skipped + missing}.`,
    );
  }
  if (process.env.MSAL_TS_TOTALS) writeFileSync(process.env.MSAL_TS_TOTALS, `${totals}\n`);
  console.log(totals);
  process.exitCode = failures === 0 ? 0 : 1;
}

function bold(text: string): string {
  return paint(1, text);
}

function red(text: string): string {
  return paint(31, text);
}

function green(text: string): string {
  return paint(32, text);
}

function yellow(text: string): string {
  return paint(33, text);
}

/** Colours are for terminals. */
function paint(code: number, text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\u001b[${code}m${text}\u001b[0m` : text;
}
