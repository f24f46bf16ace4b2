/**
 * The specifications end with tables of edge cases, and each row is a promise: a test carries the row's id at the
 * head of its title, `flows APP-01: …`, `wstrust 7, 8: …`. A promise that nobody keeps is not seen when reading
 * tests, so the rows are listed in `acceptance-rows.ts`, and looked for here.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AcceptanceRow, acceptanceRows, SPECIFICATIONS } from "./acceptance-rows.js";
import { JOINT, type TestTitle, testTitles } from "./test-titles.js";
import { type Outcome, root } from "./workspace.js";

/** Beside the repository, where there are any. */
const SPECIFICATION_FOLDER = "../shared/spec";

const NAMES = SPECIFICATIONS.join("|");

/** Ids at the head of a title: `flows X-18, B-3: …`. Without the name of a specification: of the one before. */
const HEAD = new RegExp(`^((?:${NAMES}) (?:[A-Z]+[0-9A-Z]*-)?[0-9§][^:]*): `);
const ID = new RegExp(`^(?:(${NAMES}) )?((?:[A-Z][0-9A-Z]*-)?\\d+|§[\\d.]+)$`);
/** The id of a row that is somewhere else in a title. */
const ASTRAY = new RegExp(`\\b(?:${NAMES}) (?!B-)(?:[A-Z][0-9A-Z]*-\\d+|\\d+(?=[:,)]))`);
/** Sections, and the table of what differs on purpose: their ids may be in titles, and need not be. */
const OTHER = /^(§|B-)/;

export function checkAcceptance(): Outcome {
  const rows = acceptanceRows();
  const known = new Map(rows.map((row) => [`${row.specification} ${row.id}`, row]));
  const covered = new Set<string>();
  const problems: string[] = [];

  for (const title of testTitles()) {
    for (const text of title.path) {
      const ids = idsIn(text);
      if (ids === undefined) {
        problems.push(
          `${at(title)}: ids of rows stand at the head of a title, as in "flows X-18, B-3: …".`,
        );
        continue;
      }
      for (const id of ids) {
        const row = known.get(id);
        if (row === undefined) problems.push(`${at(title)}: there is no row ${id}.`);
        else if (row.notApplicable !== undefined)
          problems.push(`${at(title)}: acceptance-rows.ts says that ${id} cannot apply.`);
        covered.add(id);
      }
    }
  }

  const missing = rows.filter((row) => !row.notApplicable && !covered.has(nameOf(row)));
  for (const specification of SPECIFICATIONS) {
    const own = rows.filter((row) => row.specification === specification);
    const out = own.filter((row) => row.notApplicable !== undefined);
    const open = missing.filter((row) => row.specification === specification);
    const done = own.length - out.length - open.length;
    console.log(
      `${specification.padEnd(10)} ${done} covered, ${out.length} not applicable, ${open.length} missing`,
    );
    for (const row of out) console.log(`  not applicable: ${nameOf(row)}: ${row.notApplicable}`);
  }
  problems.push(...missing.map((row) => `missing: ${nameOf(row)}: ${row.text}`));

  const there = existsSync(join(root, SPECIFICATION_FOLDER));
  if (there) problems.push(...differences(known));
  const skipped = there
    ? []
    : [`acceptance: ${SPECIFICATION_FOLDER} is not here to compare the list with`];
  return { problems, skipped, note: `${rows.length} rows` };
}

/** Ids of rows in a title, each with its specification; `undefined` when one stands where it does not count. */
function idsIn(text: string): string[] | undefined {
  const [, head] = HEAD.exec(text) ?? [];
  if (ASTRAY.test(head === undefined ? text : text.slice(head.length))) return undefined;
  const ids: string[] = [];
  let specification: string | undefined;
  for (const part of head?.split(", ") ?? []) {
    const [, named, id] = ID.exec(part) ?? [];
    if (id === undefined) return undefined;
    specification = named ?? specification;
    if (!OTHER.test(id)) ids.push(`${specification} ${id}`);
  }
  return ids;
}

/** Where the list and the tables of the specifications disagree. */
function differences(known: ReadonlyMap<string, AcceptanceRow>): string[] {
  const theirs = SPECIFICATIONS.flatMap((specification) =>
    idsOfTables(specification).map((id) => `${specification} ${id}`),
  );
  const unlisted = theirs.filter((name) => !known.has(name));
  const invented = [...known.keys()].filter((name) => !theirs.includes(name));
  return [
    ...unlisted.map((name) => `acceptance-rows.ts lacks ${name} of the specification.`),
    ...invented.map((name) => `acceptance-rows.ts has ${name}, which the specification lacks.`),
  ];
}

/** First column of the tables under the heading "Edge cases pinned by tests", to the next heading of its level. */
function idsOfTables(specification: string): string[] {
  const page = readFileSync(join(root, SPECIFICATION_FOLDER, `${specification}.md`), "utf8");
  const ids: string[] = [];
  let level: string | undefined;
  for (const line of page.split(/\r?\n/)) {
    const [, marks, heading = ""] = /^(#+) (.*)/.exec(line) ?? [];
    if (marks !== undefined && heading.includes("Edge cases pinned by tests")) level = marks;
    else if (marks !== undefined && marks.length <= (level?.length ?? 0)) level = undefined;
    const [, id] = /^\| *((?:[A-Z][0-9A-Z]*-)?\d+)\b/.exec(line) ?? [];
    if (level !== undefined && id !== undefined) ids.push(id);
  }
  return ids;
}

function nameOf({ specification, id }: AcceptanceRow): string {
  return `${specification} ${id}`;
}

function at({ file, path }: TestTitle): string {
  return `${file}: ${path.join(JOINT)}`;
}
