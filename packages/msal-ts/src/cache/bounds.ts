/**
 * What keeps a cache in memory from growing: expired access tokens leave, and when there is a limit the
 * least recently used rows do. Both in small steps, as rows are added; a hit only leaves a mark.
 *
 * @module
 */
import { type CacheIndex, deleteRow, homeOf, rowsIn } from "./cache-index.js";
import type { Row } from "./row.js";
import { SECTIONS, wholeSeconds } from "./schema.js";
import { nextToLeave } from "./turns.js";

/** Access tokens looked at for each event: in the long run one row in eight is of no use any more. */
const SWEPT = 8;

/**
 * Removes expired access tokens among the next few.
 *
 * @param now - Seconds since the epoch.
 */
export function sweepExpired(index: CacheIndex, now: number): void {
  for (let looked = 0; looked < SWEPT; looked++) {
    // Sees rows that come while it is under way, and does not mind those that go.
    index.swept ??= rowsIn(index, "AccessToken").values();
    const next = index.swept.next();
    if (next.done) {
      index.swept = undefined;
      return;
    }
    const row: Row = next.value;
    // A row that does not say when it ends is another library's to remove.
    const end = wholeSeconds(row.entry.expires_on);
    if (end !== undefined && end < now) deleteRow(index, row);
  }
}

/**
 * Removes rows until there are no more than there may be.
 *
 * @param kept - Rows that stay, even if they are too many by themselves.
 */
export function makeRoom(index: CacheIndex, kept: readonly Row[]): void {
  const { turns } = index;
  if (turns === undefined) return;
  const spared = new Set(kept);
  while (sizeOf(index) > turns.maxEntries) {
    const row = nextToLeave(turns, spared, (one) => homeOf(index, one));
    if (row === undefined) return;
    deleteRow(index, row);
  }
}

function sizeOf(index: CacheIndex): number {
  return SECTIONS.reduce((sum, type) => sum + rowsIn(index, type).size, 0);
}
