/**
 * The plain format: the unified schema that all MSALs share, JSON of sections of rows, read by partition.
 * Whatever is unknown in it stays.
 *
 * A row belongs to the partition that it names itself. App metadata names none: it is read with each
 * partition that has rows of its environment and client. What the schema has no place for is kept in a
 * section of our own: entries that are no rows, and what came along with a token that was exchanged for an
 * assertion (on-behalf-of). Under the schema's own keys those would replace the rows of the user.
 *
 * @module
 */
import {
  type CacheEntry,
  type CredentialType,
  entryKey,
  partitionOf,
  type StoredEntry,
  splitEntryKey,
} from "msal-ts";
import { type Change, type Contents, damaged, isObject } from "./contents.js";

/** Our section: partition → key of the entry → { value, expiresAt? }. */
const OWN = "MsalTsEntries";

const TYPES: readonly CredentialType[] = [
  ...(["AccessToken", "Account", "IdToken", "RefreshToken", "AppMetadata"] as const),
];

type Section = Map<string, unknown>;
type Own = Map<string, StoredEntry>;

/** An empty file, or none. */
export function emptyPlain(): Contents {
  return new PlainContents(new Map(), new Map(), new Map());
}

/**
 * The content of a plain file.
 *
 * @throws MsalError `invalid_cache`.
 */
export function parsePlain(json: Record<string, unknown>, path: string): Contents {
  const sections = new Map<string, unknown>();
  const rows = new Map<string, Set<string>>();
  let own = new Map<string, Own>();
  for (const [name, section] of Object.entries(json)) {
    if (name === OWN) {
      own = parseOwn(section, path);
    } else if (!isType(name)) {
      sections.set(name, section);
    } else {
      if (!isObject(section)) throw damaged(path, `must hold an object as ${name}, and does not`);
      sections.set(name, new Map(Object.entries(section)));
      for (const [key, row] of Object.entries(section)) {
        const partition = ownerOf(name, row);
        if (partition !== undefined) include(rows, partition, entryKey(name, key));
      }
    }
  }
  return new PlainContents(sections, rows, own);
}

class PlainContents implements Contents {
  /** In the order of the file; known ones as maps, so that a row called `__proto__` is a row. */
  readonly #sections: ReadonlyMap<string, unknown>;
  /** Keys of the entries in the schema's own sections, by partition; without app metadata. */
  readonly #rows: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #own: ReadonlyMap<string, Own>;

  constructor(
    sections: ReadonlyMap<string, unknown>,
    rows: ReadonlyMap<string, ReadonlySet<string>>,
    own: ReadonlyMap<string, Own>,
  ) {
    this.#sections = sections;
    this.#rows = rows;
    this.#own = own;
  }

  async read(partition: string): Promise<ReadonlyMap<string, string>> {
    const entries = new Map<string, string>();
    const clients = new Set<string>();
    for (const name of this.#rows.get(partition) ?? []) {
      const row = this.#row(name);
      entries.set(name, JSON.stringify(row));
      clients.add(clientOf(row));
    }
    for (const [key, row] of this.#section("AppMetadata")) {
      const isNeeded = isObject(row) && clients.has(clientOf(row));
      if (isNeeded) entries.set(entryKey("AppMetadata", key), JSON.stringify(row));
    }
    for (const [name, { value }] of this.#own.get(partition) ?? []) entries.set(name, value);
    return entries;
  }

  partitions(): Iterable<string> {
    return new Set([...this.#rows.keys(), ...this.#own.keys()]);
  }

  async with(changes: readonly Change[], now: number): Promise<Contents> {
    const draft = new Draft(this.#sections, this.#rows, this.#own);
    for (const change of changes) draft.apply(change);
    draft.dropExpired(now);
    if (!draft.changed) return this;
    return new PlainContents(draft.sections, draft.rows, draft.own);
  }

  text(): string {
    const sections = [...this.#sections].map(([name, section]): [string, unknown] => [
      name,
      section instanceof Map ? Object.fromEntries(section) : section,
    ]);
    const own = [...this.#own].map(([name, entries]) => [name, Object.fromEntries(entries)]);
    if (own.length > 0) sections.push([OWN, Object.fromEntries(own)]);
    return JSON.stringify(Object.fromEntries(sections));
  }

  #section(type: CredentialType): ReadonlyMap<string, unknown> {
    return (this.#sections.get(type) as Section | undefined) ?? new Map();
  }

  #row(name: string): CacheEntry {
    const place = splitEntryKey(name);
    return (place && (this.#section(place.credentialType).get(place.key) as CacheEntry)) ?? {};
  }
}

/** A copy that changes; what it does not touch it shares with the original. */
class Draft {
  readonly sections: Map<string, unknown>;
  readonly rows: Map<string, ReadonlySet<string>>;
  readonly own: Map<string, Own>;
  changed = false;
  readonly #copied = new Set<unknown>();

  constructor(
    sections: ReadonlyMap<string, unknown>,
    rows: ReadonlyMap<string, ReadonlySet<string>>,
    own: ReadonlyMap<string, Own>,
  ) {
    this.sections = new Map(sections);
    this.rows = new Map(rows);
    this.own = new Map(own);
  }

  apply({ partition, entries }: Change): void {
    // Rows first: app metadata goes where the rows are that it is for.
    const isMetadata = (name: string) => splitEntryKey(name)?.credentialType === "AppMetadata";
    const all = [...entries];
    for (const [name, entry] of all.filter(([name]) => !isMetadata(name))) {
      this.#set(partition, name, entry);
    }
    for (const [name, entry] of all.filter(([name]) => isMetadata(name))) {
      this.#setMetadata(partition, name, entry);
    }
  }

  /** Of the schema's own rows only those that assertions were exchanged for: there is no end to them. */
  dropExpired(now: number): void {
    const affected = new Set<string>();
    for (const [partition, entries] of this.own) {
      for (const [name, { expiresAt }] of entries) {
        if (expiresAt === undefined || expiresAt >= now) continue;
        this.#setOwn(partition, name, undefined);
        affected.add(partition);
      }
    }
    for (const [partition, names] of this.rows) {
      if (!partition.startsWith("obo:")) continue;
      for (const name of names) {
        const { credentialType, key } = splitEntryKey(name)!;
        const row = this.#section(credentialType).get(key) as CacheEntry;
        if (!(Number(row.expires_on) < now) || typeof row.user_assertion_hash !== "string")
          continue;
        this.#removeRow(partition, name);
        affected.add(partition);
      }
    }
    // What has no end of its own lasts as long as the tokens it came with.
    for (const partition of affected) {
      const entries = this.own.get(partition);
      const isNeeded = [...(entries?.values() ?? [])].some(
        (entry) => entry.expiresAt !== undefined,
      );
      if (!isNeeded && !this.rows.has(partition)) this.own.delete(partition);
    }
  }

  #set(partition: string, name: string, entry: StoredEntry | null): void {
    const place = splitEntryKey(name);
    const row = entry && place && rowOf(entry.value);
    const fits =
      row && ownerOf(place.credentialType, row) === partition && !this.#isTaken(partition, name);
    if (!fits) {
      if (this.rows.get(partition)?.has(name)) this.#removeRow(partition, name);
      this.#setOwn(partition, name, entry ?? undefined);
      return;
    }
    this.#setOwn(partition, name, undefined);
    this.#putRow(place.credentialType, place.key, row);
    const names = this.rows.get(partition);
    if (!names?.has(name)) this.rows.set(partition, new Set(names).add(name));
  }

  #setMetadata(partition: string, name: string, entry: StoredEntry | null): void {
    const { key } = splitEntryKey(name)!;
    if (entry === null) {
      this.#setOwn(partition, name, undefined);
      const row = this.#section("AppMetadata").get(key);
      // Others need it as well.
      if (isObject(row) && !this.#clients(this.rows.keys()).has(clientOf(row))) {
        this.#copy("AppMetadata").delete(key);
      }
      return;
    }
    const row = rowOf(entry.value);
    const fits = row !== undefined && this.#clients([partition]).has(clientOf(row));
    this.#setOwn(partition, name, fits ? undefined : entry);
    if (fits) this.#putRow("AppMetadata", key, row);
  }

  /** Whether the key holds somebody else's row, or something that is no row. */
  #isTaken(partition: string, name: string): boolean {
    const { credentialType, key } = splitEntryKey(name)!;
    const there = this.#section(credentialType).get(key);
    return there !== undefined && ownerOf(credentialType, there) !== partition;
  }

  #clients(partitions: Iterable<string>): Set<string> {
    const clients = new Set<string>();
    for (const partition of partitions) {
      for (const name of this.rows.get(partition) ?? []) {
        const { credentialType, key } = splitEntryKey(name)!;
        clients.add(clientOf(this.#section(credentialType).get(key) as CacheEntry));
      }
    }
    return clients;
  }

  #putRow(type: CredentialType, key: string, row: CacheEntry): void {
    const there = this.#section(type).get(key);
    if (there !== undefined && JSON.stringify(there) === JSON.stringify(row)) return;
    this.#copy(type).set(key, row);
  }

  #removeRow(partition: string, name: string): void {
    const { credentialType, key } = splitEntryKey(name)!;
    this.#copy(credentialType).delete(key);
    const names = new Set(this.rows.get(partition));
    names.delete(name);
    if (names.size === 0) this.rows.delete(partition);
    else this.rows.set(partition, names);
  }

  #setOwn(partition: string, name: string, entry: StoredEntry | undefined): void {
    const there = this.own.get(partition);
    const known = there?.get(name);
    if (known?.value === entry?.value && known?.expiresAt === entry?.expiresAt) return;
    this.changed = true;
    const entries = new Map(there);
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
    if (entries.size === 0) this.own.delete(partition);
    else this.own.set(partition, entries);
  }

  #section(type: CredentialType): ReadonlyMap<string, unknown> {
    return (this.sections.get(type) as Section | undefined) ?? new Map();
  }

  #copy(type: CredentialType): Section {
    this.changed = true;
    const there = this.sections.get(type);
    if (there !== undefined && this.#copied.has(there)) return there as Section;
    const copy: Section = new Map(there as Section | undefined);
    this.#copied.add(copy);
    this.sections.set(type, copy);
    return copy;
  }
}

/** A row, if its text is what the file would say of it; other texts are kept to the letter. */
function rowOf(value: string): CacheEntry | undefined {
  try {
    const row: unknown = JSON.parse(value);
    return isObject(row) && JSON.stringify(row) === value ? row : undefined;
  } catch {
    return undefined;
  }
}

function ownerOf(type: CredentialType, row: unknown): string | undefined {
  return isObject(row) ? partitionOf(type, row) : undefined;
}

/** What ties app metadata to rows. */
function clientOf({ environment, client_id }: CacheEntry): string {
  return JSON.stringify([environment, client_id]).toLowerCase();
}

function include(rows: Map<string, Set<string>>, partition: string, name: string): void {
  const names = rows.get(partition);
  if (names === undefined) rows.set(partition, new Set([name]));
  else names.add(name);
}

function parseOwn(section: unknown, path: string): Map<string, Own> {
  return new Map(
    Object.entries(objectIn(section, path)).map(([partition, entries]) => [
      partition,
      new Map(
        Object.entries(objectIn(entries, path)).map(([name, entry]) => {
          const { value, expiresAt } = objectIn(entry, path);
          if (typeof value !== "string") throw damaged(path, `has no texts in ${OWN}`);
          return [name, typeof expiresAt === "number" ? { value, expiresAt } : { value }];
        }),
      ),
    ]),
  );
}

function objectIn(value: unknown, path: string): Record<string, unknown> {
  if (isObject(value)) return value;
  throw damaged(path, `must hold objects in ${OWN}, and does not`);
}

function isType(name: string): name is CredentialType {
  return (TYPES as readonly string[]).includes(name);
}
