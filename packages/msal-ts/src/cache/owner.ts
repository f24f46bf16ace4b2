/**
 * Whose rows are whose. A cache with a store behind it keeps the rows of each owner apart, in a
 * partition of their own.
 *
 * @module
 */
import { type CacheEntry, type CredentialType, SECTIONS, text } from "./schema.js";

/** A user; an application in one tenant; or an assertion that was exchanged (on-behalf-of). */
export type Owner =
  | { readonly user: string }
  | { readonly app: string; readonly realm: string }
  | { readonly assertion: string };

/** What the names of partitions of one kind begin with. */
export const PARTITION_PREFIX = { user: "user:", app: "app:", assertion: "obo:" } as const;

/** Name of an owner's partition: letters, digits and `-._~:%`, in lower case but for an assertion's hash. */
export function partitionName(owner: Owner): string {
  if ("user" in owner) return `${PARTITION_PREFIX.user}${safe(owner.user.toLowerCase())}`;
  if ("assertion" in owner) return `${PARTITION_PREFIX.assertion}${safe(owner.assertion)}`;
  const { app, realm } = owner;
  return `${PARTITION_PREFIX.app}${safe(app.toLowerCase())}:${safe(realm.toLowerCase())}`;
}

const UNSAFE = /[^A-Za-z0-9\-._~]/g;

/** Names become keys, paths and patterns elsewhere: nothing in them may mean anything there. */
function safe(part: string): string {
  return part.replace(UNSAFE, (character) => `%${character.charCodeAt(0).toString(16)}%`);
}

/**
 * Name of the partition that a row of the unified schema belongs to. For those who write a
 * {@link TokenStore} over a format that does not know partitions, such as a file that all MSALs share.
 *
 * @returns Undefined for app metadata, which is kept with each of the rows that it came with, and for rows
 * that say neither whose they are nor for which application.
 */
export function partitionOf(credentialType: CredentialType, entry: CacheEntry): string | undefined {
  if (credentialType === "AppMetadata") return undefined;
  const owner = ownerOf(entry);
  return owner && partitionName(owner);
}

/** Whose row it is; undefined when it does not say. */
export function ownerOf(entry: CacheEntry): Owner | undefined {
  const assertion = text(entry.user_assertion_hash) ?? text(entry.userAssertionHash);
  if (assertion !== undefined) return { assertion };
  const user = text(entry.home_account_id);
  if (user !== undefined) return { user };
  const app = text(entry.client_id);
  return app === undefined ? undefined : { app, realm: text(entry.realm) ?? "" };
}

/** Key of a row in a {@link TokenStore}: its section, and its key there. */
export function entryKey(credentialType: CredentialType, key: string): string {
  return `${credentialType}:${key}`;
}

/** Section of a row, and its key there; undefined when the key of the entry is none of ours. */
export function splitEntryKey(
  key: string,
): { readonly credentialType: CredentialType; readonly key: string } | undefined {
  const credentialType = SECTIONS.find((section) => key.startsWith(`${section}:`));
  return credentialType && { credentialType, key: key.slice(credentialType.length + 1) };
}
