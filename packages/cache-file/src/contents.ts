/**
 * What a file holds, in either of its formats.
 *
 * @module
 */
import { MsalError, type StoredEntry } from "msal-ts";

/** What is written at once: changes of one partition, all of them or none. */
export interface Change {
  partition: string;
  entries: ReadonlyMap<string, StoredEntry | null>;
}

/** The content of a file at one moment. Never changes. */
export interface Contents {
  read(partition: string): Promise<ReadonlyMap<string, string>>;
  partitions(): Iterable<string>;
  /**
   * What it is after changes, without what has expired; itself when nothing differs.
   *
   * @param now - Seconds since the epoch.
   */
  with(changes: readonly Change[], now: number): Promise<Contents>;
  /** As it is in the file. */
  text(): string;
}

/** An object from outside; not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The file is not what it should be. Never its content: it holds tokens. */
export function damaged(path: string, reason: string): MsalError {
  return new MsalError(
    "invalid_cache",
    `The cache file ${JSON.stringify(path)} ${reason}. It was left as it is; moveAside() of the store renames it, and begins afresh.`,
  );
}
