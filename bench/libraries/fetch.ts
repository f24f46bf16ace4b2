/**
 * The floor of whoever sends requests by `fetch`.
 *
 * @module
 */
import { missesByFetch } from "./floor.js";
import type { Library } from "./library.js";

/** Requests alone. */
export const library: Library = { operations: {}, misses: missesByFetch };
