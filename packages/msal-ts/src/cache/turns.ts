/**
 * Whose turn it is to leave a cache that is full: what can be had again without anybody noticing first,
 * what only the user can bring back last.
 *
 * @module
 */
import type { Home } from "./home-rows.js";
import type { AccessRow, Row } from "./row.js";

/** Rows in the order in which they leave. */
export interface Turns {
  /** How many rows there may be. */
  readonly maxEntries: number;
  /** One queue for each rank, the next to leave at its beginning; those before it have to be empty. */
  readonly queues: readonly Set<Row>[];
}

const RANK = {
  /** Access tokens that the application gets with its own credential, or for an assertion at hand. */
  ownAccess: 0,
  /** Access tokens of users: a refresh token brings another. */
  userAccess: 1,
  /** ID tokens, and accounts without a refresh token. */
  identity: 2,
  /** Refresh tokens: without them the user has to sign in again. */
  refresh: 3,
  metadata: 4,
} as const;

/** Rows looked at in search of one that nobody used; then the oldest goes, used or not. */
const LOOKED_AT = 100;

/** No rows. */
export function createTurns(maxEntries: number): Turns {
  return { maxEntries, queues: Object.values(RANK).map(() => new Set()) };
}

/** Puts a row at the end of its queue. An account with a refresh token has no turn: it stays as long as that. */
export function takeTurn({ queues }: Turns, row: Row, home: Home | undefined): void {
  if (row.type === "Account" && isRefreshable(home)) return;
  queues[rankOf(row)]?.add(row);
  if (row.type !== "RefreshToken") return;
  for (const account of home?.rows().Account ?? []) queues[RANK.identity]?.delete(account);
}

/** Forgets a row that left. */
export function leaveTurns({ queues }: Turns, row: Row, home: Home | undefined): void {
  queues[rankOf(row)]?.delete(row);
  if (row.type !== "RefreshToken" || isRefreshable(home)) return;
  for (const account of home?.rows().Account ?? []) queues[RANK.identity]?.add(account);
}

/**
 * The row that leaves next: of the first queue with any, one that nobody used lately. Second
 * chance: a row that was used since its last turn goes to the end instead.
 *
 * @param spared - Rows that stay.
 * @param homeOf - The home account of a row: all but access tokens count as used when that is.
 */
export function nextToLeave(
  { queues }: Turns,
  spared: ReadonlySet<Row>,
  homeOf: (row: Row) => Home | undefined,
): Row | undefined {
  for (const queue of queues) {
    const row = leastUsed(queue, spared, (one) =>
      one.type === "AccessToken"
        ? takeMark(one as AccessRow)
        : takeBit(homeOf(one), 1 << queues.indexOf(queue)),
    );
    if (row !== undefined) return row;
  }
  return undefined;
}

function leastUsed(
  queue: Set<Row>,
  spared: ReadonlySet<Row>,
  wasUsed: (row: Row) => boolean,
): Row | undefined {
  let oldest: Row | undefined;
  let left = Math.min(queue.size, LOOKED_AT);
  for (const row of queue) {
    if (left-- === 0) break;
    if (spared.has(row)) continue;
    if (!wasUsed(row)) return row;
    oldest ??= row;
    queue.delete(row);
    queue.add(row);
  }
  return oldest;
}

function takeMark(row: AccessRow): boolean {
  const { used } = row;
  row.used = false;
  return used;
}

function takeBit(home: Home | undefined, bit: number): boolean {
  if (home === undefined || (home.used & bit) === 0) return false;
  home.used &= ~bit;
  return true;
}

function rankOf(row: Row): number {
  if (row.type === "RefreshToken") return RANK.refresh;
  if (row.type === "AppMetadata") return RANK.metadata;
  if (row.type !== "AccessToken") return RANK.identity;
  const { entry, assertionHash } = row as AccessRow;
  return entry.home_account_id && assertionHash === undefined ? RANK.userAccess : RANK.ownAccess;
}

function isRefreshable(home: Home | undefined): boolean {
  return home !== undefined && home.rows().RefreshToken.size > 0;
}
