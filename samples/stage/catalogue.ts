/**
 * Which samples there are: each file of this folder is one, and the first line of its head says what it shows.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the samples. This file runs as `samples/dist/stage/catalogue.js`. */
const FOLDER = fileURLToPath(new URL("../..", import.meta.url));

export interface Sample {
  /** For example `web-app`. */
  name: string;
  /** What it shows, in a sentence. */
  title: string;
  /** What Node.js runs. */
  script: string;
}

export function readCatalogue(): Sample[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => {
      const [, title] = /^\/\*\*\n \* (.*)$/m.exec(readFileSync(join(FOLDER, file), "utf8")) ?? [];
      if (title === undefined) throw new Error(`samples/${file} has no head.`);
      const name = file.slice(0, -".ts".length);
      return { name, title, script: join(FOLDER, "dist", `${name}.js`) };
    });
}
