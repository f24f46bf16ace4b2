/**
 * The X.509 library, loaded when the first certificate is made: it takes longer than all the rest of us.
 *
 * @module
 */
import { createRequire } from "node:module";

type X509 = typeof import("@peculiar/x509");

const require = createRequire(import.meta.url);

let loaded: X509 | undefined;

/** The library. The polyfill that its dependency injection insists on is gone again: `Reflect` is the caller's. */
export function loadX509(): X509 {
  loaded ??= loadBesidePolyfill();
  return loaded;
}

/**
 * Lets the polyfill extend an object of ours while the library loads, and nobody else runs. Whoever wants it
 * for themselves loads it anew. The helpers of TypeScript, too, would stay behind among the globals.
 */
function loadBesidePolyfill(): X509 {
  const polyfill = require.resolve("reflect-metadata");
  const isTheirs = polyfill in require.cache;
  const names = new Set(Reflect.ownKeys(globalThis));
  const { Reflect: real } = globalThis;
  globalThis.Reflect = Object.create(real);
  try {
    require("reflect-metadata");
    return require("@peculiar/x509") as X509;
  } finally {
    globalThis.Reflect = real;
    if (!isTheirs) delete require.cache[polyfill];
    for (const name of Reflect.ownKeys(globalThis)) {
      if (!names.has(name)) Reflect.deleteProperty(globalThis, name);
    }
  }
}
