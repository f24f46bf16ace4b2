/**
 * Looks into a cache file as another program would: is all there, and each token its owner's?
 */
import { readFile } from "node:fs/promises";
import { homeAccountId, refreshTokenOf } from "./users.js";

type Rows = Record<string, { home_account_id?: string; secret?: string }>;

/** Throws when the file does not parse, a user is missing, or a row is not its owner's. @returns Accounts in it. */
export async function checkFile(path: string, users: Iterable<string>): Promise<number> {
  const text = await readFile(path, "utf8");
  const { Account = {}, RefreshToken = {} } = JSON.parse(text) as Record<string, Rows>;
  const tokens = new Map<string, string>();
  for (const [key, { home_account_id = "", secret = "" }] of Object.entries(RefreshToken)) {
    if (!key.startsWith(home_account_id)) throw new Error("A row under another's key.");
    tokens.set(home_account_id, secret);
  }
  for (const [home, secret] of tokens) {
    const [user = ""] = home.split(".");
    if (secret !== refreshTokenOf(user)) throw new Error("A refresh token of somebody else.");
  }
  const accounts = new Set(Object.values(Account).map((row) => row.home_account_id));
  const missing = [...users].filter(
    (user) => !accounts.has(homeAccountId(user)) || !tokens.has(homeAccountId(user)),
  );
  if (missing.length > 0) throw new Error(`${missing.length} users are missing.`);
  return accounts.size;
}
