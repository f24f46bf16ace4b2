/**
 * A sample that is not on the map is found by nobody, and a link that leads nowhere is worse than none. So
 * each sample has its place on the map, `docs/scenarios.svg`, and in the table beneath it, and what these
 * link to is there. The map is parsed: a browser shows nothing of one that is not well-formed.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SaxesParser } from "saxes";
import { type Outcome, type RepoPath, root } from "./workspace.js";

const PAGE: RepoPath = "docs/scenarios.md";
const MAP: RepoPath = "docs/scenarios.svg";
const SAMPLES: RepoPath = "samples";

export function checkScenarioMap(): Outcome {
  const samples = readdirSync(join(root, SAMPLES)).filter((file) => file.endsWith(".ts"));
  const page = readFileSync(join(root, PAGE), "utf8");
  const map = readMap(readFileSync(join(root, MAP), "utf8"));
  const problems = [...map.problems];
  const linked: [RepoPath, string[]][] = [
    [MAP, map.links],
    [PAGE, Array.from(page.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link)],
  ];
  for (const [file, links] of linked) {
    const targets = links
      .filter((link) => !link.includes(":"))
      .map((link) => ({ link, path: join(dirname(file), link.split("#")[0] ?? "") }));
    for (const { link, path } of targets) {
      if (!existsSync(join(root, path))) problems.push(`${file}: ${link} leads nowhere.`);
    }
    const places = targets.map(({ path }) => path);
    for (const sample of samples) {
      if (places.includes(join(SAMPLES, sample))) continue;
      problems.push(`${file}: there is no link to ${SAMPLES}/${sample}.`);
    }
  }
  return { problems, note: `${samples.length} samples` };
}

/** The links of the map, and what keeps people from reading it. */
function readMap(svg: string): { links: string[]; problems: string[] } {
  const links: string[] = [];
  const names = new Set<string>();
  const problems: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", ({ message }) => problems.push(`${MAP}:${message}`));
  parser.on("opentag", ({ name, attributes }) => {
    names.add(name);
    if (name === "a") links.push(attributes.href ?? "");
  });
  parser.write(svg).close();
  for (const name of ["title", "desc"].filter((each) => !names.has(each))) {
    problems.push(`${MAP}: there is no <${name}>, which is what a screen reader says.`);
  }
  return { links, problems };
}
