/**
 * What stands behind a cache that outlives its process.
 *
 * @module
 */

/** One entry as it is written. */
export interface StoredEntry {
  /** JSON: a row of the unified schema, with its token in the clear. */
  value: string;
  /** Seconds since the epoch; when the entry is of no use any more. Absent: as long as others of its partition are. */
  expiresAt?: number | undefined;
}

/**
 * A place where entries outlive the process: a file, a database. Entries are kept by partition; partitions
 * and keys are opaque texts (partitions of letters, digits and `-._~:%`). What belongs to one user, one
 * application's tenant or one assertion is one partition.
 *
 * Several processes write at the same moment, and what one has written all of them read from then on:
 * `read()` must not answer from a copy that lags behind. `testTokenStore` of `msal-ts/testing` finds out
 * whether a store keeps what is promised here.
 *
 * Whatever a store throws is logged by kind and never costs anybody a token that was obtained. A store
 * should give up within a few seconds; after five it is not waited for any longer.
 */
export interface TokenStore {
  /** All entries of one partition: entry key → text; an empty map for a partition that there is not. */
  read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Sets and removes single entries, all of them or none; `null` removes. Never touches what it was not told of. */
  write(
    partition: string,
    changes: ReadonlyMap<string, StoredEntry | null>,
    signal?: AbortSignal,
  ): Promise<void>;
  /** A cheap mark that changes whenever the partition does; without it partitions are read again after `maxAge`. */
  version?(partition: string, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * What partitions there are; without it `getAccounts()` needs a `homeAccountId`, and `removeAccount()` does not
   * reach what another process exchanged assertions of the user for.
   */
  partitions?(signal?: AbortSignal): AsyncIterable<string>;
  close?(): Promise<void>;
}
