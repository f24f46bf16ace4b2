/**
 * The library and the emulator meet over HTTP alone. If they shared code, a specification misread once
 * would be misread the same way on both sides, and every test would still be green. What is built around the
 * library knows it by its public names, and is not known to it.
 *
 * @module
 */
import { importsOf, target } from "./imports.js";
import { filesUnder, type Outcome, packages, type RepoPath } from "./workspace.js";

/** What each may import of this repository's other packages. Tests may import more: they run on the emulator. */
const BORDERS: Readonly<Record<RepoPath, readonly string[]>> = {
  "packages/emulator": [],
  "packages/msal-ts/src": [],
  "packages/cache-file/src": ["msal-ts"],
  "packages/cache-redis/src": ["msal-ts"],
};

export function checkPackageBorders(): Outcome {
  const all = packages();
  const problems: string[] = [];
  let files = 0;
  for (const [island, friends] of Object.entries(BORDERS)) {
    const home = all.find(({ folder }) => island === folder || island.startsWith(`${folder}/`));
    const strangers = all
      .filter((other) => other !== home && !friends.includes(other.manifest.name))
      .map(({ manifest }) => manifest.name);
    const rule =
      friends.length === 0 ? "stands on its own" : `may know ${friends.join(", ")} alone`;
    const isStranger = (name: string) =>
      strangers.some((stranger) => name === stranger || name.startsWith(`${stranger}/`));

    for (const file of filesUnder(island, ".ts")) {
      files++;
      for (const { specifier, line } of importsOf(file)) {
        const outside =
          specifier.startsWith(".") && !target(file, specifier).startsWith(`${island}/`);
        if (outside || isStranger(specifier)) {
          problems.push(`${file}:${line}: imports ${specifier}; ${island} ${rule}.`);
        }
      }
    }

    const { dependencies, peerDependencies, optionalDependencies, devDependencies } =
      home?.manifest ?? {};
    const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    if (island === home?.folder) Object.assign(declared, devDependencies);
    for (const name of Object.keys(declared).filter(isStranger)) {
      problems.push(`${home?.folder}/package.json: depends on ${name}; ${island} ${rule}.`);
    }
  }
  return { problems, note: `${files} files` };
}
