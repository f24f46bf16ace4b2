/**
 * Rows in memory, and the ways that lead to them. A look-up costs the same however many users,
 * tenants, scopes or tokens there are: no function here walks a whole section.
 *
 * @module
 */
import { candidatesOf, Home, type HomeRows, USED } from "./home-rows.js";
import { keyOf } from "./keys.js";
import { type AccessRow, type Row, rowOf } from "./row.js";
import { type CacheEntry, type CredentialType, folded } from "./schema.js";
import { createTurns, leaveTurns, type Turns, takeTurn } from "./turns.js";

export interface CacheIndex {
  /** Sections by name, in the order they appeared; those we do not know are kept as they came. */
  readonly sections: Map<string, Map<string, Row> | ForeignSection>;
  /** Access tokens by the assertion they were exchanged for. */
  readonly assertions: Map<string, Set<AccessRow>>;
  /** By their names, in lower case. */
  readonly environments: Map<string, Environment>;
  /** Where the search for expired access tokens goes on; absent: at the first. */
  swept: Iterator<Row> | undefined;
  /** In which order rows leave when there are too many; absent: there may be any number. */
  readonly turns: Turns | undefined;
  /** Counts changes. */
  version: number;
  /** Told of each row that is kept, changed or not, or removed; absent: nobody has to know. */
  changed?: ((row: Row) => void) | undefined;
}

/** The ways to the rows of one environment; names and ids in lower case. */
interface Environment {
  /** By home account, in the order of their first row; `""` stands for the applications' own. */
  readonly homes: Map<string, Home>;
  /** Rows of accounts by username; a set where several share one. */
  readonly usernames: Map<string, Row | Set<Row>>;
  /** App metadata by client. */
  readonly metadata: Map<string, Row>;
}

/** A section of another library's. */
interface ForeignSection {
  readonly foreign: unknown;
}

/**
 * No rows.
 *
 * @param maxEntries - How many rows there may be; absent: any number.
 */
export function createIndex(maxEntries?: number): CacheIndex {
  return {
    sections: new Map(),
    assertions: new Map(),
    environments: new Map(),
    swept: undefined,
    turns: maxEntries === undefined ? undefined : createTurns(maxEntries),
    version: 0,
  };
}

/** The rows of one section; none when it does not exist. */
export function rowsIn(index: CacheIndex, type: CredentialType): ReadonlyMap<string, Row> {
  const section = index.sections.get(type);
  return section instanceof Map ? section : new Map();
}

/** Keeps a row, in place of the one under the same key; returns it as it is kept. */
export function putRow(
  index: CacheIndex,
  type: CredentialType,
  entry: CacheEntry,
  key: string = keyOf(type, entry),
): Row {
  let section = index.sections.get(type);
  if (!(section instanceof Map)) {
    section = new Map();
    index.sections.set(type, section);
  }
  const old = section.get(key);
  if (old !== undefined) {
    if (sameEntry(old.entry, entry)) {
      // Where a store stands behind it, another process may have removed it there.
      index.changed?.(old);
      return old;
    }
    unlink(index, old);
  }
  const row = rowOf(type, key, entry);
  section.set(key, row);
  link(index, row);
  index.version++;
  index.changed?.(row);
  return row;
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

/** Everything about one home account in one environment, for somebody who needs it; undefined when there is nothing. */
export function homeRows(
  index: CacheIndex,
  environment: string,
  homeAccountId: string,
): HomeRows | undefined {
  const home = index.environments
    .get(environment.toLowerCase())
    ?.homes.get(homeAccountId.toLowerCase());
  if (home === undefined) return undefined;
  home.used = USED;
  return home.rows();
}

/** The home account that a row belongs to; undefined when it belongs to none. */
export function homeOf(index: CacheIndex, { entry }: Row): Home | undefined {
  return index.environments
    .get(folded(entry.environment))
    ?.homes.get(folded(entry.home_account_id));
}

/** Home accounts of an environment, the applications' own rows among them. */
export function homesIn(index: CacheIndex, environment: string): Iterable<Home> {
  return index.environments.get(environment.toLowerCase())?.homes.values() ?? [];
}

/** Rows of accounts that have a username in an environment, both in any case. */
export function accountRowsNamed(
  index: CacheIndex,
  environment: string,
  username: string,
): Iterable<Row> {
  const named = index.environments
    .get(environment.toLowerCase())
    ?.usernames.get(username.toLowerCase());
  if (named === undefined) return [];
  return named instanceof Set ? named : [named];
}

/** The app metadata row of a client; undefined when the client is not known. */
export function metadataRow(
  index: CacheIndex,
  environment: string,
  clientId: string,
): Row | undefined {
  return index.environments.get(environment.toLowerCase())?.metadata.get(clientId.toLowerCase());
}

/** Access tokens that may serve: of this owner, client and realm, with one of the scopes at least. */
export function accessCandidates(
  index: CacheIndex,
  where: { homeAccountId: string; clientId: string },
  environment: string,
  realm: string,
  scopes: readonly string[],
): Iterable<AccessRow> {
  const rows = homeRows(index, environment, where.homeAccountId);
  return rows === undefined ? [] : candidatesOf(rows, where.clientId, realm, scopes);
}

function link(index: CacheIndex, row: Row): void {
  const { type, entry } = row;
  const environment = environmentOf(index, folded(entry.environment));
  if (type === "AppMetadata") {
    environment.metadata.set(folded(entry.client_id), row);
    if (index.turns !== undefined) takeTurn(index.turns, row, undefined);
    return;
  }
  const id = folded(entry.home_account_id);
  const exchanged = type === "AccessToken" ? (row as AccessRow).assertionHash : undefined;
  if (exchanged !== undefined) addTo(index.assertions, exchanged, row as AccessRow);
  let home: Home | undefined;
  if (hasHome(row, id)) {
    home = environment.homes.get(id);
    if (home === undefined) {
      home = new Home();
      environment.homes.set(id, home);
    }
    home.add(row);
    if (type === "Account") addName(environment, folded(entry.username), row);
  }
  if (index.turns !== undefined) takeTurn(index.turns, row, home);
}

function unlink(index: CacheIndex, row: Row): void {
  const { type, entry } = row;
  const environment = environmentOf(index, folded(entry.environment));
  if (type === "AppMetadata") {
    const client = folded(entry.client_id);
    // Libraries write the key in different cases: there may be another row of the same client.
    if (environment.metadata.get(client) === row) environment.metadata.delete(client);
    if (index.turns !== undefined) leaveTurns(index.turns, row, undefined);
    return;
  }
  const id = folded(entry.home_account_id);
  const exchanged = type === "AccessToken" ? (row as AccessRow).assertionHash : undefined;
  if (exchanged !== undefined) removeFrom(index.assertions, exchanged, row as AccessRow);
  const home = hasHome(row, id) ? environment.homes.get(id) : undefined;
  home?.delete(row);
  if (type === "Account") removeName(environment, folded(entry.username), row);
  if (home?.size === 0) environment.homes.delete(id);
  if (index.turns !== undefined) leaveTurns(index.turns, row, home);
}

function environmentOf({ environments }: CacheIndex, name: string): Environment {
  let environment = environments.get(name);
  if (environment === undefined) {
    environment = { homes: new Map(), usernames: new Map(), metadata: new Map() };
    environments.set(name, environment);
  }
  return environment;
}

/** Nobody's rows are of no use, but for an application's own tokens; an exchanged one would pass for such a token. */
function hasHome(row: Row, home: string): boolean {
  if (home !== "") return true;
  return row.type === "AccessToken" && (row as AccessRow).assertionHash === undefined;
}

function addName({ usernames }: Environment, name: string, row: Row): void {
  const others = usernames.get(name);
  if (others === undefined) usernames.set(name, row);
  else if (others instanceof Set) others.add(row);
  else usernames.set(name, new Set([others, row]));
}

function removeName({ usernames }: Environment, name: string, row: Row): void {
  const named = usernames.get(name);
  if (named === row) usernames.delete(name);
  if (!(named instanceof Set)) return;
  named.delete(row);
  if (named.size === 0) usernames.delete(name);
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

function sameEntry(a: CacheEntry, b: CacheEntry): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
