/**
 * Token store of your own: a web farm's token cache in a database, here SQLite.
 *
 * `SqliteTokenStore` is all of it: one table of entries, and one of partitions with a mark that changes with each
 * write. What it has to do is checked by `testTokenStore` of msal-ts/testing; see samples/test. Whoever can read
 * the file can read the tokens: keep it where only the application can, or encrypt the values by `EntryCipher`.
 *
 * On the emulator: `npm run sample -- sqlite-token-store`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration
 *     AZURE_CLIENT_SECRET   one of its secrets
 *     MSAL_CACHE_FILE       where the database is to be
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE             optional: another API than Microsoft Graph
 *
 * In a project of your own it needs the packages msal-ts and node-sqlite3-wasm. (Since Node.js 22.13 there is
 * node:sqlite, with the same statements.)
 */
import { fileURLToPath } from "node:url";
import {
  ConfidentialClientApplication,
  PersistedTokenCache,
  type StoredEntry,
  type TokenStore,
  unwrap,
} from "msal-ts";
import sqlite from "node-sqlite3-wasm";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/.default";

const SCHEMA = `
  PRAGMA busy_timeout = 3000;
  CREATE TABLE IF NOT EXISTS entries (
    partition TEXT, key TEXT, value TEXT, expires_at INTEGER, PRIMARY KEY (partition, key)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS partitions (mark INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE);
`;

/** Each partition whose tokens have all expired: what is left, an account for example, is of no use without them. */
const SWEEP = `
  DELETE FROM entries WHERE partition IN
    (SELECT partition FROM entries GROUP BY partition HAVING max(expires_at) < unixepoch());
  DELETE FROM partitions WHERE name NOT IN (SELECT partition FROM entries);
`;

export class SqliteTokenStore implements TokenStore {
  readonly #database: sqlite.Database;

  constructor(file: string) {
    this.#database = new sqlite.Database(file);
    this.#database.exec(SCHEMA);
    this.#inTransaction(() => this.#database.exec(SWEEP));
  }

  async read(partition: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    signal?.throwIfAborted();
    const rows = this.#database.all("SELECT key, value FROM entries WHERE partition = ?", [
      partition,
    ]);
    return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
  }

  async write(
    partition: string,
    changes: ReadonlyMap<string, StoredEntry | null>,
    signal?: AbortSignal,
  ): Promise<void> {
    signal?.throwIfAborted();
    const database = this.#database;
    this.#inTransaction(() => {
      for (const [key, entry] of changes) {
        if (entry === null) {
          database.run("DELETE FROM entries WHERE partition = ? AND key = ?", [partition, key]);
        } else {
          const row = [partition, key, entry.value, entry.expiresAt ?? null];
          database.run("REPLACE INTO entries VALUES (?, ?, ?, ?)", row);
        }
      }
      // A mark is never given twice: neither to this partition, nor to one of its name that comes after it.
      database.run("REPLACE INTO partitions (name) VALUES (?)", [partition]);
      database.run(
        "DELETE FROM partitions WHERE name = ?1 AND ?1 NOT IN (SELECT partition FROM entries)",
        [partition],
      );
    });
  }

  async version(partition: string, signal?: AbortSignal): Promise<string | undefined> {
    signal?.throwIfAborted();
    const row = this.#database.get("SELECT mark FROM partitions WHERE name = ?", [partition]);
    return row === null ? undefined : String(row.mark);
  }

  async *partitions(signal?: AbortSignal): AsyncIterable<string> {
    signal?.throwIfAborted();
    for (const { name } of this.#database.all("SELECT name FROM partitions")) yield String(name);
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  /** All or nothing, and nobody else writes meanwhile. */
  #inTransaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, MSAL_CACHE_FILE } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "MSAL_CACHE_FILE",
  );
  // Two servers of one web farm: what the first one obtained the second one finds.
  for (const server of ["first", "second"]) {
    const tokenCache = new PersistedTokenCache(new SqliteTokenStore(MSAL_CACHE_FILE));
    const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
      authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
      clientCredential: AZURE_CLIENT_SECRET,
      tokenCache,
    });
    const { token_source } = unwrap(await app.acquireTokenForClient([API_SCOPE]));
    console.log(`The ${server} server: a token from the ${token_source}.`);
    await tokenCache.close();
  }
}

/** The environment variables of these names. */
function settings<Name extends string>(...names: Name[]): Record<Name, string> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(
      `Not set: ${missing.join(", ")}. The head of this sample says what belongs there.`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Record<Name, string>;
}

// The tests import the class, and run nothing by that.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
