/**
 * Account rows as accounts.
 *
 * @module
 */
import { objectFromBase64 } from "../oauth/base64.js";
import type { Account } from "../result.js";
import { accountRowsNamed, type CacheIndex, homeRows, homesIn } from "./cache-index.js";
import type { HomeRows } from "./home-rows.js";
import type { Row } from "./row.js";
import { BROKER } from "./rows.js";
import { folded, text } from "./schema.js";

/** Kind of the account that Cloud Shell is signed in as. */
export const CLOUD_SHELL = "CLOUDSHELL";

/** Kinds of accounts that are ours: Microsoft Entra's, those of ADFS, and Cloud Shell's where there is no other. */
const AUTHORITY_TYPES: readonly string[] = ["MSSTS", "ADFS", CLOUD_SHELL];

/** One account of an environment; undefined when nobody of that id signed in there. */
export function readAccount(
  index: CacheIndex,
  environment: string,
  homeAccountId: string,
): Account | undefined {
  const rows = homeRows(index, environment, homeAccountId);
  return rows === undefined ? undefined : accountOf(rows);
}

/** All accounts of an environment: one for each home account, however many tenants it signed in to. */
export function readAccounts(index: CacheIndex, environment: string): Account[] {
  const accounts: Account[] = [];
  for (const home of homesIn(index, environment)) {
    const account = accountOf(home.rows());
    if (account !== undefined) accounts.push(account);
  }
  return accounts;
}

/** Accounts of an environment that have a username in one of their tenants, in any case. */
export function readAccountsByUsername(
  index: CacheIndex,
  environment: string,
  username: string,
): Account[] {
  const accounts = new Map<string, Account>();
  for (const row of accountRowsNamed(index, environment, username)) {
    const home = folded(row.entry.home_account_id);
    const account = readAccount(index, environment, home);
    if (account !== undefined) accounts.set(home, account);
  }
  return [...accounts.values()];
}

/** How a broker is asked for an account. */
export interface BrokerAccount {
  /** What the broker calls it, if it knows it. */
  id: string;
  /** The broker signed it in: nobody else has anything to get a token with. */
  own: boolean;
}

/**
 * What to ask a broker for when it is about an account; undefined if somebody else is known to have signed
 * it in.
 *
 * @param environments - The authority's own first.
 */
export function readBrokerAccount(
  index: CacheIndex,
  environments: readonly string[],
  { homeAccountId, localAccountId }: Pick<Account, "homeAccountId" | "localAccountId">,
): BrokerAccount | undefined {
  const rows = environments.flatMap((environment) => [
    ...(homeRows(index, environment, homeAccountId)?.Account ?? []),
  ]);
  const marked = rows.find(({ entry }) => text(entry.account_source) === BROKER);
  const id = text((marked ?? rows[0])?.entry.local_account_id) ?? localAccountId;
  const foreign = rows.every(({ entry }) => text(entry.account_source) !== undefined);
  if (!id || (marked === undefined && rows.length > 0 && foreign)) return undefined;
  return { id, own: marked !== undefined };
}

/** A copy for a caller to do with what it likes. */
function accountOf(rows: HomeRows): Account | undefined {
  rows.account ??= describeAccount(rows);
  return rows.account && { ...rows.account };
}

/** The row of the home tenant speaks for all; without one, the row written last. */
function describeAccount(rows: HomeRows): Account | undefined {
  let chosen: Row | undefined;
  for (const row of rows.Account) {
    if (!AUTHORITY_TYPES.includes(text(row.entry.authority_type) ?? "")) continue;
    if (chosen === undefined || isOfCloudShell(chosen)) chosen = row;
    else if (!isHome(chosen) && !isOfCloudShell(row)) chosen = row;
  }
  if (chosen === undefined) return undefined;
  const { entry } = chosen;
  const account: Account = {
    homeAccountId: text(entry.home_account_id) ?? "",
    environment: text(entry.environment) ?? "",
    username: text(entry.username) ?? "",
    localAccountId: text(entry.local_account_id) ?? "",
    realm: text(entry.realm) ?? "",
    authorityType: text(entry.authority_type) ?? "",
  };
  const name = nameIn(rows, chosen) ?? text(entry.name);
  if (name !== undefined) account.name = name;
  return account;
}

function isOfCloudShell({ entry }: Row): boolean {
  return text(entry.authority_type) === CLOUD_SHELL;
}

function isHome({ entry }: Row): boolean {
  const tenant = folded(entry.home_account_id).split(".")[1];
  return tenant !== undefined && tenant === folded(entry.realm);
}

/** All libraries keep ID tokens; msal-node's name in the account row is not renewed by the others. */
function nameIn(rows: HomeRows, account: Row): string | undefined {
  for (const row of rows.IdToken) {
    if (folded(row.entry.realm) !== folded(account.entry.realm)) continue;
    const claims = objectFromBase64(text(row.entry.secret)?.split(".")[1] ?? "");
    if (typeof claims?.name === "string" && claims.name !== "") return claims.name;
  }
  return undefined;
}
