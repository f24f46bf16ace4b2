/**
 * The library and the emulator meet over HTTP alone. If they shared code, a specification misread once
 * would be misread the same way on both sides, and every test would still be green.
 *
 * @module
 */
import { importsOf, target } from "./imports.js";
import { filesUnder, type Outcome, packages, type RepoPath } from "./workspace.js";

/** What may import no other package of this repository. The library's tests may: they run on the emulator. */
const ISLANDS: readonly RepoPath[] = ["packages/emulator", "packages/msal-ts/src"];

export function checkPackageBorders(): Outcome {
  const all = packages();
  const problems: string[] = [];
  let files = 0;
  for (const island of ISLANDS) {
    const home = all.find(({ folder }) => island === folder || island.startsWith(`${folder}/`));
    const strangers = all.filter((other) => other !== home).map(({ manifest }) => manifest.name);
    const isStranger = (name: string) =>
      strangers.some((stranger) => name === stranger || name.startsWith(`${stranger}/`));

    for (const file of filesUnder(island, ".ts")) {
      files++;
      for (const { specifier, line } of importsOf(file)) {
        const outside =
          specifier.startsWith(".") && !target(file, specifier).startsWith(`${island}/`);
        if (outside || isStranger(specifier)) {
          problems.push(`${file}:${line}: imports ${specifier}; ${island} stands on its own.`);
        }
      }
    }

    const { dependencies, peerDependencies, optionalDependencies, devDependencies } =
      home?.manifest ?? {};
    const declared = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    if (island === home?.folder) Object.assign(declared, devDependencies);
    for (const name of Object.keys(declared).filter(isStranger)) {
      problems.push(
        `${home?.folder}/package.json: depends on ${name}; ${island} stands on its own.`,
      );
    }
  }
  return { problems, note: `${files} files` };
}
