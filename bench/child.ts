/**
 * The process that one figure comes from. It measures one library, and prints one line of JSON.
 *
 *     node dist/child.js LIBRARY cost OPERATION SIZE MILLISECONDS
 *     node dist/child.js LIBRARY rate URL LANES MILLISECONDS
 *
 * @module
 */
import type { Certificate, Library } from "./libraries/library.js";
import { costOf, rateOf } from "./timing.js";

const [name = "", how = "", what = "", size = "", budget = ""] = process.argv.slice(2);
const { library } = (await import(`./libraries/${name}.js`)) as { library: Library };
const value = how === "rate" ? await rate() : await cost();
console.log(JSON.stringify({ value }));
// Connections that others keep open would hold it back.
process.exit();

async function cost(): Promise<number> {
  const certificate = JSON.parse(process.env.BENCH_CERTIFICATE ?? "") as Certificate;
  const operation = library.operations[what];
  if (operation === undefined) throw new Error(`${name} has no operation ${what}`);
  return costOf(await operation(Number(size), certificate), Number(budget));
}

async function rate(): Promise<number> {
  if (library.misses === undefined) throw new Error(`${name} sends no requests`);
  return rateOf(library.misses({ url: what }), Number(size), Number(budget));
}
