/**
 * What a question asks of a library: the same for each.
 *
 * @module
 */
import type { Size } from "./answers.js";

/** One call that a cache answers; throws when it does not. */
export type Hit = () => Promise<unknown>;

/** Ways to find something in a cache. */
export type LookUp =
  | "client credentials"
  | "silent"
  | "on-behalf-of"
  | "account by id"
  | "account by name"
  | "all accounts, each"
  | "sign out";

/** Users who are there to be signed out, beyond those who stay. */
export const LEAVING = 300;

/** A library whose cache can be text. */
export interface Library {
  readonly version: string;
  /** As the library itself wrote it, for so many users. */
  text(users: number, size: Size): Promise<string>;
  /** Reads it into memory. */
  load(text: string): { save(): string };
  /** A look-up in a cache of so many users, or tenants for the application's own tokens; undefined: it knows none. */
  lookUp(which: LookUp, count: number): Promise<Hit | undefined>;
}
