/**
 * What a question asks of a library: the same for each.
 *
 * @module
 */
import type { Size } from "./answers.js";

/** A library whose cache can be text. */
export interface Library {
  readonly version: string;
  /** As the library itself wrote it, for so many users. */
  text(users: number, size: Size): Promise<string>;
  /** Reads it into memory. */
  load(text: string): { save(): string };
}
