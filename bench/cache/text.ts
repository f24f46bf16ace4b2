/**
 * Prints a cache of so many users, as a library writes it.
 *
 *     node bench/dist/cache/text.js msal-ts 1000
 *
 * @module
 */
import type { TextCache } from "../libraries/library.js";

const [name = "", users = ""] = process.argv.slice(2);
const { textCache } = (await import(`../libraries/${name}.js`)) as { textCache: TextCache };
process.stdout.write(await textCache.text(Number(users)));
