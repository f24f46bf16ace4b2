/**
 * Rows in memory, and the ways that lead to them. A look-up costs the same however many users,
 * tenants, scopes or tokens there are: no function here walks a whole section.
 *
 * @module
 */
import type { Account } from "../result.js";
import { isBoundType, keyOf } from "./keys.js";
import {
  type CacheEntry,
  type CredentialType,
  folded,
  SECTIONS,
  text,
  wholeSeconds,
} from "./schema.js";

/** A row, and what of it look-ups compare, computed once. */
export interface Row {
  readonly type: CredentialType;
  /** Where it is kept: our key for it, or the one that another library gave it. */
  readonly key: string;
  readonly entry: CacheEntry;
}

/** An access token. */
export interface AccessRow extends Row {
  /** Scopes in lower case. */
  readonly scopes: ReadonlySet<string>;
  /** Seconds since the epoch; 0 when the row does not say. */
  readonly expiresOn: number;
  /** When it should be renewed although it is valid; absent when nobody said. */
  readonly refreshOn: number | undefined;
  /** Key that it is bound to; `""` when it is bound and the row does not say to which. */
  readonly keyId: string | undefined;
  /** SHA-256 of the assertion it was exchanged for; absent for any other grant. */
  readonly assertionHash: string | undefined;
}

/** Everything about one home account in one environment. */
export interface HomeRows {
  readonly AccessToken: Set<AccessRow>;
  readonly RefreshToken: Set<Row>;
  readonly IdToken: Set<Row>;
  readonly Account: Set<Row>;
  /** What the rows say about the account, once somebody asked. */
  account: Account | undefined;
}

/** Access tokens of one owner, client and realm. */
interface Bucket {
  readonly rows: Set<AccessRow>;
  /** By scope; made when a bucket outgrows what is cheaper to try one by one. */
  byScope: Map<string, Set<AccessRow>> | undefined;
  /** Of the tokens that assertions were exchanged for, the latest of each target: silent calls need no other. */
  readonly exchanged: Map<string, AccessRow>;
}

const SMALL_BUCKET = 8;

export interface CacheIndex {
  /** Sections by name, in the order they appeared; those we do not know are kept as they came. */
  readonly sections: Map<string, Map<string, Row> | ForeignSection>;
  readonly access: Map<string, Bucket>;
  /** Access tokens by the assertion they were exchanged for. */
  readonly assertions: Map<string, Set<AccessRow>>;
  /** By environment and home account. */
  readonly homes: Map<string, HomeRows>;
  /** Home accounts of an environment, in the order of their first row. */
  readonly accounts: Map<string, Map<string, HomeRows>>;
  /** By environment and username. */
  readonly usernames: Map<string, Set<Row>>;
  readonly metadata: Map<string, Row>;
  /** Counts changes. */
  version: number;
  /** Told of each row that is kept or removed; absent: nobody has to know. */
  changed?: ((row: Row) => void) | undefined;
}

/** A section of another library's. */
interface ForeignSection {
  readonly foreign: unknown;
}

/** No rows. */
export function createIndex(): CacheIndex {
  return {
    sections: new Map(),
    access: new Map(),
    assertions: new Map(),
    homes: new Map(),
    accounts: new Map(),
    usernames: new Map(),
    metadata: new Map(),
    version: 0,
  };
}

/** The rows of one section; none when it does not exist. */
export function rowsIn(index: CacheIndex, type: CredentialType): ReadonlyMap<string, Row> {
  const section = index.sections.get(type);
  return section instanceof Map ? section : new Map();
}

/** Keeps a row, in place of the one under the same key. */
export function putRow(
  index: CacheIndex,
  type: CredentialType,
  entry: CacheEntry,
  key: string = keyOf(type, entry),
): void {
  let section = index.sections.get(type);
  if (!(section instanceof Map)) {
    section = new Map();
    index.sections.set(type, section);
  }
  const old = section.get(key);
  if (old !== undefined) {
    if (sameEntry(old.entry, entry)) return;
    unlink(index, old);
  }
  const row = rowOf(type, key, entry);
  section.set(key, row);
  link(index, row);
  index.version++;
  index.changed?.(row);
}

/** Removes a row; nothing happens when it is gone already. */
export function deleteRow(index: CacheIndex, row: Row): void {
  const section = index.sections.get(row.type);
  if (!(section instanceof Map) || section.get(row.key) !== row) return;
  section.delete(row.key);
  unlink(index, row);
  index.version++;
  index.changed?.(row);
}

/** Everything about one home account in one environment; undefined when there is nothing. */
export function homeRows(
  index: CacheIndex,
  environment: string,
  homeAccountId: string,
): HomeRows | undefined {
  return index.homes.get(pair(environment.toLowerCase(), homeAccountId.toLowerCase()));
}

/** The app metadata row of a client; undefined when the client is not known. */
export function metadataRow(
  index: CacheIndex,
  environment: string,
  clientId: string,
): Row | undefined {
  return index.metadata.get(pair(environment.toLowerCase(), clientId.toLowerCase()));
}

/** Access tokens that may serve: of this owner, client and realm, with one of the scopes at least. */
export function accessCandidates(
  index: CacheIndex,
  where: { homeAccountId: string; clientId: string },
  environment: string,
  realm: string,
  scopes: readonly string[],
): Iterable<AccessRow> {
  const bucket = index.access.get(
    bucketKey(where.homeAccountId, environment, where.clientId, realm),
  );
  if (bucket === undefined) return [];
  if (bucket.rows.size <= SMALL_BUCKET) return bucket.rows;
  const byScope = bucket.byScope ?? indexScopes(bucket);
  let fewest: Set<AccessRow> | undefined;
  for (const scope of scopes) {
    const rows = byScope.get(scope.toLowerCase());
    if (rows === undefined) return [];
    if (fewest === undefined || rows.size < fewest.size) fewest = rows;
  }
  return fewest ?? [];
}

function rowOf(type: CredentialType, key: string, entry: CacheEntry): Row | AccessRow {
  if (type !== "AccessToken") return { type, key, entry };
  const keyId = text(entry, "key_id");
  const named = entry.credential_type !== "AccessToken" || isBoundType(folded(entry, "token_type"));
  const bound = named || keyId !== undefined;
  return {
    type,
    key,
    entry,
    scopes: new Set((text(entry, "target") ?? "").toLowerCase().split(/\s+/)),
    expiresOn: wholeSeconds(entry.expires_on) ?? 0,
    refreshOn: wholeSeconds(entry.refresh_on),
    keyId: bound ? (keyId ?? "") : undefined,
    // msal-node's name for it is the second one.
    assertionHash: text(entry, "user_assertion_hash") ?? text(entry, "userAssertionHash"),
  };
}

function link(index: CacheIndex, row: Row): void {
  const { type, entry } = row;
  const environment = folded(entry, "environment");
  const home = folded(entry, "home_account_id");
  if (type === "AppMetadata") {
    index.metadata.set(pair(environment, folded(entry, "client_id")), row);
    return;
  }
  if (type === "AccessToken") linkAccess(index, row as AccessRow);
  // An app's own tokens belong to nobody.
  if (home === "") return;
  const rows = homeOf(index, environment, home);
  (rows[type] as Set<Row>).add(row);
  rows.account = undefined;
  if (type !== "Account") return;
  let accounts = index.accounts.get(environment);
  if (accounts === undefined) {
    accounts = new Map();
    index.accounts.set(environment, accounts);
  }
  accounts.set(home, rows);
  const name = pair(environment, folded(entry, "username"));
  addTo(index.usernames, name, row);
}

function unlink(index: CacheIndex, row: Row): void {
  const { type, entry } = row;
  const environment = folded(entry, "environment");
  const home = folded(entry, "home_account_id");
  if (type === "AppMetadata") {
    index.metadata.delete(pair(environment, folded(entry, "client_id")));
    return;
  }
  if (type === "AccessToken") unlinkAccess(index, row as AccessRow);
  if (home === "") return;
  const rows = homeOf(index, environment, home);
  (rows[type] as Set<Row>).delete(row);
  rows.account = undefined;
  if (type === "Account") {
    const name = pair(environment, folded(entry, "username"));
    removeFrom(index.usernames, name, row);
    if (rows.Account.size === 0) index.accounts.get(environment)?.delete(home);
  }
  if (SECTIONS.every((s) => s === "AppMetadata" || rows[s].size === 0)) {
    index.homes.delete(pair(environment, home));
  }
}

function homeOf(index: CacheIndex, environment: string, home: string): HomeRows {
  const key = pair(environment, home);
  let rows = index.homes.get(key);
  if (rows === undefined) {
    rows = {
      AccessToken: new Set(),
      RefreshToken: new Set(),
      IdToken: new Set(),
      Account: new Set(),
      account: undefined,
    };
    index.homes.set(key, rows);
  }
  return rows;
}

function linkAccess(index: CacheIndex, row: AccessRow): void {
  if (row.assertionHash !== undefined) {
    addTo(index.assertions, row.assertionHash, row);
    // Without an owner it would pass for the app's own.
    if (folded(row.entry, "home_account_id") === "") return;
  }
  const key = bucketKeyOf(row);
  let bucket = index.access.get(key);
  if (bucket === undefined) {
    bucket = { rows: new Set(), byScope: undefined, exchanged: new Map() };
    index.access.set(key, bucket);
  }
  if (row.assertionHash !== undefined) {
    const target = folded(row.entry, "target");
    const former = bucket.exchanged.get(target);
    if (former !== undefined) removeFromBucket(bucket, former);
    bucket.exchanged.set(target, row);
  }
  bucket.rows.add(row);
  if (bucket.byScope !== undefined) linkScopes(bucket.byScope, row);
}

function unlinkAccess(index: CacheIndex, row: AccessRow): void {
  if (row.assertionHash !== undefined) removeFrom(index.assertions, row.assertionHash, row);
  const key = bucketKeyOf(row);
  const bucket = index.access.get(key);
  if (bucket === undefined) return;
  removeFromBucket(bucket, row);
  if (bucket.rows.size === 0) index.access.delete(key);
}

function removeFromBucket(bucket: Bucket, row: AccessRow): void {
  bucket.rows.delete(row);
  const target = folded(row.entry, "target");
  if (bucket.exchanged.get(target) === row) bucket.exchanged.delete(target);
  if (bucket.byScope === undefined) return;
  for (const scope of row.scopes) removeFrom(bucket.byScope, scope, row);
}

function addTo<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function removeFrom<T>(sets: Map<string, Set<T>>, key: string, value: T): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}

function indexScopes(bucket: Bucket): Map<string, Set<AccessRow>> {
  const byScope = new Map<string, Set<AccessRow>>();
  for (const row of bucket.rows) linkScopes(byScope, row);
  bucket.byScope = byScope;
  return byScope;
}

function linkScopes(byScope: Map<string, Set<AccessRow>>, row: AccessRow): void {
  for (const scope of row.scopes) addTo(byScope, scope, row);
}

function bucketKeyOf({ entry }: AccessRow): string {
  return bucketKey(
    folded(entry, "home_account_id"),
    folded(entry, "environment"),
    folded(entry, "client_id"),
    folded(entry, "realm"),
  );
}

function bucketKey(home: string, environment: string, client: string, realm: string): string {
  return `${home}\n${environment}\n${client}\n${realm}`.toLowerCase();
}

function pair(a: string, b: string): string {
  return `${a}\n${b}`;
}

function sameEntry(a: CacheEntry, b: CacheEntry): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
