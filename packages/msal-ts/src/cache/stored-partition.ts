/**
 * One partition of a store, as far as it is in memory: its rows, and what the store has not got yet.
 *
 * @module
 */
import { type CacheIndex, createIndex, deleteRow, putRow, rowsIn } from "./cache-index.js";
import { entryKey, ownerOf, PARTITION_PREFIX, partitionName, splitEntryKey } from "./owner.js";
import type { Row } from "./row.js";
import {
  type CacheEntry,
  type CredentialType,
  isTooDeep,
  SECTIONS,
  wholeSeconds,
} from "./schema.js";
import type { StoredEntry } from "./token-store.js";

/** How long a refresh token lasts that nobody redeems, at Microsoft Entra. Seconds. */
const REFRESH_TOKEN_LIFETIME = 90 * 24 * 3600;

/** A partition in memory. */
export interface StoredPartition {
  readonly name: string;
  readonly index: CacheIndex;
  /** The store was read at least once. */
  loaded: boolean;
  /** When the store was last asked, by the client's clock; seconds since the epoch. */
  checkedAt: number;
  /** What the store said then; undefined when it does not say. */
  version: string | undefined;
  /** A read under way. */
  reading: Promise<void> | undefined;
  /** A write under way: whether the store took it. */
  writing: Promise<boolean> | undefined;
  /** Keys of entries that the store has not got as they are in memory. */
  readonly dirty: Set<string>;
  /** Keys of entries that are being written. */
  readonly sent: Set<string>;
  /** Keys of entries that changed while a read was under way: it may not have seen them. */
  readonly meanwhile: Set<string>;
  /** The store did not take something in its time: it may have been given newer things since. */
  late: boolean;
  /** Somebody needed it since its turn to leave came last. */
  used: boolean;
  /** How many wait with it in their hands: it stays in memory. */
  held: number;
}

/**
 * A partition of which nothing is known yet.
 *
 * @param changed - Called when there is something to write.
 */
export function createPartition(name: string, changed: () => void): StoredPartition {
  const index = createIndex();
  const partition: StoredPartition = {
    ...{ name, index, loaded: false, checkedAt: Number.NEGATIVE_INFINITY, version: undefined },
    ...{ reading: undefined, writing: undefined, late: false, used: true, held: 0 },
    dirty: new Set(),
    sent: new Set(),
    meanwhile: new Set(),
  };
  index.changed = (row) => {
    const key = entryKey(row.type, row.key);
    partition.dirty.add(key);
    if (partition.reading !== undefined) partition.meanwhile.add(key);
    changed();
  };
  return partition;
}

/**
 * Takes over what the store has. What changed in memory and is not written yet stays as it is.
 *
 * @returns How many entries were left out: damaged ones, and those of somebody else.
 */
export function takeOver(partition: StoredPartition, entries: ReadonlyMap<string, string>): number {
  const { index, dirty, sent, meanwhile } = partition;
  // Before anything is taken over: a map that breaks off is no answer.
  const all: readonly (readonly [unknown, unknown])[] = [...entries.entries()];
  const isOurs = (name: string) => dirty.has(name) || sent.has(name) || meanwhile.has(name);
  const { changed } = index;
  index.changed = undefined;
  let refused = 0;
  const kept = new Set<string>();
  try {
    for (const [name, value] of all) {
      const place = typeof name === "string" ? splitEntryKey(name) : undefined;
      const entry = place && parse(value);
      if (
        typeof name !== "string" ||
        !place ||
        !entry ||
        !belongs(partition.name, place.credentialType, entry)
      ) {
        refused++;
        continue;
      }
      kept.add(name);
      if (!isOurs(name)) putRow(index, place.credentialType, entry, place.key);
    }
    for (const row of rowsOf(index)) {
      const name = entryKey(row.type, row.key);
      if (!kept.has(name) && !isOurs(name)) deleteRow(index, row);
    }
  } finally {
    index.changed = changed;
  }
  return refused;
}

/**
 * Takes over what the store has before it is told late what it should have known earlier. Where another
 * process has obtained a newer token since, ours is given up; where it has signed the user out, everything is.
 */
export function catchUp(partition: StoredPartition, entries: ReadonlyMap<string, string>): void {
  const { name: owner, index, dirty, meanwhile } = partition;
  const accounts = () => rowsIn(index, "Account").size;
  const before = accounts();
  for (const name of [...dirty]) {
    if (!isNewer(partition, name, entries.get(name))) continue;
    dirty.delete(name);
    meanwhile.delete(name);
  }
  const refused = takeOver(partition, entries);
  // A sign-in would have brought an account of its own.
  const isSignedOut = before > 0 && accounts() === 0 && refused === 0;
  if (!isSignedOut || !owner.startsWith(PARTITION_PREFIX.user)) return;
  for (const row of rowsOf(index)) deleteRow(index, row);
}

/** Whether the store's token was obtained after the one in memory. What was removed here stays removed. */
function isNewer({ name: owner, index }: StoredPartition, name: string, value: unknown): boolean {
  const place = splitEntryKey(name);
  const row = place && rowsIn(index, place.credentialType).get(place.key);
  const entry = parse(value);
  if (!row || !entry || !belongs(owner, row.type, entry)) return false;
  return obtainedAt(row.type, entry) > obtainedAt(row.type, row.entry);
}

/** Seconds since the epoch; 0 for what does not say. */
function obtainedAt(type: CredentialType, entry: CacheEntry): number {
  if (type === "AccessToken") return wholeSeconds(entry.cached_at) ?? 0;
  return type === "RefreshToken" ? (wholeSeconds(entry.last_modification_time) ?? 0) : 0;
}

/**
 * What the store has to be told, by key of the entry, and how many entries cannot be told. Rows that serve
 * nobody any more leave first.
 */
export function changesOf(
  { name: partition, index, dirty, loaded }: StoredPartition,
  now: number,
): { readonly changes: Map<string, StoredEntry | null>; readonly unfit: number } {
  for (const row of [...rowsIn(index, "AccessToken").values()]) {
    // A row that does not say when it ends is another library's to remove.
    const end = wholeSeconds(row.entry.expires_on);
    if (end !== undefined && end < now) deleteRow(index, row);
  }
  // What the store has beside them is not known before it was read.
  const alone = SECTIONS.every((type) => type === "AppMetadata" || rowsIn(index, type).size === 0);
  if (loaded && alone) {
    for (const row of [...rowsIn(index, "AppMetadata").values()]) deleteRow(index, row);
  }
  const changes = new Map<string, StoredEntry | null>();
  let unfit = 0;
  for (const name of dirty) {
    const place = splitEntryKey(name);
    const row = place && rowsIn(index, place.credentialType).get(place.key);
    const entry = row === undefined ? null : stored(partition, row);
    if (entry === undefined) unfit++;
    else changes.set(name, entry);
  }
  return { changes, unfit };
}

/** Undefined for what JSON cannot say: an application may hand anything to `add()`. */
function stored(partition: string, { type, entry }: Row): StoredEntry | undefined {
  let value: string;
  try {
    value = JSON.stringify(entry);
  } catch {
    return undefined;
  }
  const expiresAt = lastUse(partition, type, entry);
  return expiresAt === undefined ? { value } : { value, expiresAt };
}

/** Only tokens say when they end; the rest is needed as long as one of them is there. */
function lastUse(partition: string, type: CredentialType, entry: CacheEntry): number | undefined {
  if (type === "AccessToken") return wholeSeconds(entry.expires_on);
  // No refresh token is redeemed on the word of an old assertion: it need not outlive the access token.
  const isExchanged = partition.startsWith(PARTITION_PREFIX.assertion);
  if (type !== "RefreshToken" || isExchanged) return undefined;
  const written = wholeSeconds(entry.last_modification_time);
  return written === undefined ? undefined : written + REFRESH_TOKEN_LIFETIME;
}

/** All rows, in the order of their sections. */
function rowsOf(index: CacheIndex): Row[] {
  return SECTIONS.flatMap((type) => [...rowsIn(index, type).values()]);
}

/** Nobody's row is read from another's partition, whoever put it there. */
function belongs(partition: string, type: CredentialType, entry: CacheEntry): boolean {
  if (type === "AppMetadata") return true;
  const owner = ownerOf(entry);
  if (owner === undefined) return false;
  if (partitionName(owner) === partition) return true;
  // Beside the access token of an exchange stand its user's other rows.
  const isExchanged = partition.startsWith(PARTITION_PREFIX.assertion);
  return isExchanged && type !== "AccessToken" && "user" in owner;
}

/** The store is as untrusted as the network: what is not a row is none. */
function parse(value: unknown): CacheEntry | undefined {
  if (typeof value !== "string") return undefined;
  try {
    const entry: unknown = JSON.parse(value);
    const isObject = typeof entry === "object" && entry !== null && !Array.isArray(entry);
    const isRow = isObject && !isTooDeep(entry);
    return isRow ? (entry as CacheEntry) : undefined;
  } catch {
    return undefined;
  }
}
