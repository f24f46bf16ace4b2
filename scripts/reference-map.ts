/**
 * The library promises everything that the reference documents. `docs/reference-map.md` shows where each part of that
 * promise is kept, and by which tests; it is made from `reference-items.ts`, which knows nothing of the code,
 * from the types that `index.ts` exports and from the titles of the tests. What has no code or no test is
 * found out here, and so is a page that is older than any of them.
 *
 * `npm run reference-map` writes the page.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PublicName, PublicNames } from "./public-names.js";
import { DROPPED_ITEMS, REFERENCE_ITEMS, type ReferenceItem } from "./reference-items.js";
import { JOINT, type TestTitle, testTitles } from "./test-titles.js";
import { type Outcome, type RepoPath, root } from "./workspace.js";

const PAGE: RepoPath = "docs/reference-map.md";

/** Of a table of tests the page names this many: a row more is no other proof. */
const SHOWN = 3;

const MISSING = "**missing**";

const HEAD = `# The reference, and where it is kept here

Each class, method, parameter, return shape and constant that the documentation of MSAL Python 1.24 names, its name in
TypeScript, the file that declares it, and titles of the tests that prove it. Made by \`npm run reference-map\` from
\`scripts/reference-items.ts\`; \`npm test -- reference\` fails when a row has no code or no test, or when this page is not up to date.

\`→\` is what a call returns, \`options.name\` a member of the last argument. All methods but those of caches and
\`AuthorityBuilder\` return a promise.
`;

export function checkReferenceMap(): Outcome {
  const { page, problems } = makePage();
  const path = join(root, PAGE);
  const old = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (problems.length === 0 && old !== page) {
    problems.push(`${PAGE} is not up to date: npm run reference-map.`);
  }
  return { problems, note: `${REFERENCE_ITEMS.length} items` };
}

/** Writes the page as far as it can be written. */
export function writeReferenceMap(): Outcome {
  const { page, problems } = makePage();
  writeFileSync(join(root, PAGE), page);
  return { problems };
}

function makePage(): { page: string; problems: string[] } {
  const names = new PublicNames();
  const titles = testTitles();
  const problems: string[] = [];
  const sections = new Map<string, string[]>();
  const seen = new Set<string>();

  for (const item of REFERENCE_ITEMS) {
    const { reference, here } = item;
    if (seen.has(reference)) problems.push(`${reference}: listed twice.`);
    seen.add(reference);
    const found = names.find(here);
    if (found === undefined) problems.push(`${reference}: no code: there is no ${here}.`);
    const tests = testsOf(item, titles, found, problems);
    const row = [
      code(reference),
      code(here),
      found?.file ?? MISSING,
      tests.join("<br>") || MISSING,
    ];
    const section = headingOf(reference);
    sections.set(section, [...(sections.get(section) ?? []), `| ${row.join(" | ")} |`]);
  }

  const tables = [...sections].map(
    ([heading, rows]) =>
      `## ${heading}\n\n| Reference | Here | File | Tests |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`,
  );
  const dropped = DROPPED_ITEMS.map(
    ({ reference, dropped }) => `| ${code(reference)} | ${dropped} |`,
  );
  const rest = `## Left out on purpose\n\n| Reference | Why |\n| --- | --- |\n${dropped.join("\n")}\n`;
  return { page: [HEAD, ...tables, rest].join("\n"), problems };
}

/** Cells with the titles that prove an item. */
function testsOf(
  { reference, here, tests }: ReferenceItem,
  titles: readonly TestTitle[],
  found: PublicName | undefined,
  problems: string[],
): string[] {
  if (tests.length === 0) problems.push(`${reference}: no test.`);
  const files = new Set<RepoPath>();
  const cells = tests.flatMap((wanted) => {
    const matches = titles.filter((title) => isMeant(title, wanted));
    if (matches.length === 0)
      problems.push(`${reference}: no test whose title begins "${wanted}".`);
    for (const { file } of matches) files.add(file);
    const all = [...new Set(matches.map(({ path }) => plain(path.join(JOINT))))];
    return all.length > SHOWN ? [...all.slice(0, SHOWN), "and more like these"] : all;
  });
  // A test can hardly prove what its file never names.
  const name = found?.mention;
  const says = (file: RepoPath) => readFileSync(join(root, file), "utf8").includes(name ?? "");
  if (name !== undefined && files.size > 0 && ![...files].some(says)) {
    problems.push(`${reference}: none of its tests' files mentions ${name} (${here}).`);
  }
  return cells;
}

/** By the id of a row at the head of a title, or by how a title begins, with or without its groups. */
function isMeant({ path }: TestTitle, wanted: string): boolean {
  if (/^[a-z-]+ ([A-Z0-9]+-)?\d+$/.test(wanted)) {
    return path.some((text) => rowsIn(text).includes(wanted));
  }
  return path.some((_, index) => path.slice(index).join(JOINT).startsWith(wanted));
}

function rowsIn(text: string): string[] {
  const [head = ""] = /^[a-z-]+ [A-Z0-9§][^:]*(?=: )/.exec(text) ?? [];
  let specification = "";
  return head.split(", ").map((part) => {
    const [first = "", second] = part.split(" ");
    if (second !== undefined) specification = first;
    return `${specification} ${second ?? first}`;
  });
}

function headingOf(reference: string): string {
  const [name = ""] = reference.split(/[.( ]/);
  return /^AZURE_|^AuthorityBuilder/.test(name) ? "Authorities" : name;
}

function code(name: string): string {
  return `\`${name}\``;
}

/** Titles are text: nothing in them is Markdown, and a bar would end the cell. */
function plain(title: string): string {
  return title.replace(/[\\`*_{}[\]<>|~$]/g, "\\$&");
}
