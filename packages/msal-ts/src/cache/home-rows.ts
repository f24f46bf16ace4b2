/**
 * The rows of one home account in one environment. Most of those that a large cache holds are not asked
 * for before they are written again, so they are spread out when the first look-up comes.
 *
 * @module
 */
import type { Account } from "../result.js";
import type { AccessRow, Row } from "./row.js";
import { type CredentialType, folded } from "./schema.js";

/** Everything about one home account in one environment. */
export interface HomeRows {
  readonly AccessToken: Set<AccessRow>;
  readonly RefreshToken: Set<Row>;
  readonly IdToken: Set<Row>;
  readonly Account: Set<Row>;
  /** Access tokens by client, then by realm; both in lower case. */
  readonly buckets: Map<string, Map<string, Bucket>>;
  /** What the rows say about the account, once somebody asked. */
  account: Account | undefined;
}

/** Access tokens of one owner, client and realm. */
interface Bucket {
  readonly rows: Set<AccessRow>;
  /** By scope; made when a bucket outgrows what is cheaper to try one by one. */
  byScope: Map<string, Set<AccessRow>> | undefined;
  /** Of the tokens that assertions were exchanged for, the latest of each target: silent calls need no other. */
  exchanged: Map<string, AccessRow> | undefined;
}

const SMALL_BUCKET = 8;

/** {@link Home.used} of one that somebody needs now. */
export const USED = -1;

/** The rows of a home account, in the order they came. */
export class Home {
  /** Somebody needed it since its rows came last to their turn to leave; one bit for each queue. */
  used = 0;
  /** The last of the rows that nobody looked at yet; each knows the one before it. */
  #last: Row | undefined;
  #rows: HomeRows | undefined;
  #size = 0;

  /** How many rows there are. */
  get size(): number {
    return this.#size;
  }

  add(row: Row): void {
    this.#size++;
    if (this.#rows !== undefined) {
      spread(this.#rows, row);
      return;
    }
    row.before = this.#last;
    this.#last = row;
  }

  delete(row: Row): void {
    this.#size--;
    const rows = this.rows();
    (rows[row.type as Exclude<CredentialType, "AppMetadata">] as Set<Row>).delete(row);
    rows.account = undefined;
    if (row.type === "AccessToken") removeAccess(rows, row as AccessRow);
  }

  rows(): HomeRows {
    this.#rows ??= this.#spread();
    return this.#rows;
  }

  #spread(): HomeRows {
    const rows: HomeRows = {
      AccessToken: new Set(),
      RefreshToken: new Set(),
      IdToken: new Set(),
      Account: new Set(),
      buckets: new Map(),
      account: undefined,
    };
    const pending: Row[] = [];
    for (let row = this.#last; row !== undefined; row = row.before) pending.push(row);
    this.#last = undefined;
    for (const row of pending.reverse()) {
      row.before = undefined;
      spread(rows, row);
    }
    return rows;
  }
}

/** Access tokens of a home that may serve: of this client and realm, with one of the scopes at least. */
export function candidatesOf(
  { buckets }: HomeRows,
  clientId: string,
  realm: string,
  scopes: readonly string[],
): Iterable<AccessRow> {
  const bucket = buckets.get(clientId.toLowerCase())?.get(realm.toLowerCase());
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

function spread(rows: HomeRows, row: Row): void {
  (rows[row.type as Exclude<CredentialType, "AppMetadata">] as Set<Row>).add(row);
  rows.account = undefined;
  if (row.type === "AccessToken") addAccess(rows, row as AccessRow);
}

function addAccess({ buckets }: HomeRows, row: AccessRow): void {
  const [client, realm] = [folded(row.entry.client_id), folded(row.entry.realm)];
  let ofClient = buckets.get(client);
  if (ofClient === undefined) {
    ofClient = new Map();
    buckets.set(client, ofClient);
  }
  let bucket = ofClient.get(realm);
  if (bucket === undefined) {
    bucket = { rows: new Set(), byScope: undefined, exchanged: undefined };
    ofClient.set(realm, bucket);
  }
  if (row.assertionHash !== undefined) {
    const target = folded(row.entry.target);
    const former = bucket.exchanged?.get(target);
    if (former !== undefined) removeFromBucket(bucket, former);
    bucket.exchanged ??= new Map();
    bucket.exchanged.set(target, row);
  }
  bucket.rows.add(row);
  if (bucket.byScope !== undefined) linkScopes(bucket.byScope, row);
}

function removeAccess({ buckets }: HomeRows, row: AccessRow): void {
  const [client, realm] = [folded(row.entry.client_id), folded(row.entry.realm)];
  const ofClient = buckets.get(client);
  const bucket = ofClient?.get(realm);
  if (ofClient === undefined || bucket === undefined) return;
  removeFromBucket(bucket, row);
  if (bucket.rows.size === 0) ofClient.delete(realm);
  if (ofClient.size === 0) buckets.delete(client);
}

function removeFromBucket(bucket: Bucket, row: AccessRow): void {
  bucket.rows.delete(row);
  const target = folded(row.entry.target);
  if (bucket.exchanged?.get(target) === row) bucket.exchanged.delete(target);
  if (bucket.byScope === undefined) return;
  for (const scope of row.scopes) {
    const rows = bucket.byScope.get(scope);
    rows?.delete(row);
    if (rows?.size === 0) bucket.byScope.delete(scope);
  }
}

function indexScopes(bucket: Bucket): Map<string, Set<AccessRow>> {
  const byScope = new Map<string, Set<AccessRow>>();
  for (const row of bucket.rows) linkScopes(byScope, row);
  bucket.byScope = byScope;
  return byScope;
}

function linkScopes(byScope: Map<string, Set<AccessRow>>, row: AccessRow): void {
  for (const scope of row.scopes) {
    const rows = byScope.get(scope);
    if (rows === undefined) byScope.set(scope, new Set([row]));
    else rows.add(row);
  }
}
