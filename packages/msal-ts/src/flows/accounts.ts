/**
 * Accounts that signed in: listing them, and signing them out of the cache.
 *
 * @module
 */
import { hostsOf } from "../authority/clouds.js";
import { aliasesOf } from "../authority/resolve-authority.js";
import {
  CLOUD_SHELL,
  readAccount,
  readAccounts,
  readAccountsByUsername,
} from "../cache/accounts.js";
import { type CacheIndex, deleteRow, homeRows, metadataRow } from "../cache/cache-index.js";
import type { Age } from "../cache/cache-rows.js";
import type { HomeRows } from "../cache/home-rows.js";
import type { Owner } from "../cache/owner.js";
import type { Row } from "../cache/row.js";
import { folded } from "../cache/schema.js";
import { openRows, rowsBehind } from "../cache/token-cache.js";
import type { Call } from "../call.js";
import { isInCloudShell } from "../cloud-shell/environment.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import type { Account } from "../result.js";
import { checkAccount } from "./check-account.js";

/** Options of {@link getAccounts}. */
export interface GetAccountsOptions {
  /** Only accounts of this username, in any case. */
  username?: string | undefined;
  /** Only the account of this id. */
  homeAccountId?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of {@link removeAccount}. */
export interface RemoveAccountOptions {
  signal?: AbortSignal | undefined;
}

/** Accounts under the authority's host; under another name of it when there are none. */
export async function getAccounts(call: Call, options: GetAccountsOptions): Promise<Account[]> {
  for (const name of ["username", "homeAccountId"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "string") {
      throw new MsalError(
        "invalid_argument",
        `${name} must be a string; it is ${describe(value)}.`,
      );
    }
  }
  const { environment } = call.client.authorityUrl;
  const rows = await rowsToList(call, options, "warm");
  const found = accountsIn(rows, environment, options).filter(isUsable);
  if (found.length > 0) return found;
  const names = [environment, ...(await aliasesOf(call, environment))];
  const renewed = await rowsToList(call, options, "fresh");
  for (const name of names) {
    const accounts = accountsIn(renewed, name, options).filter(isUsable);
    if (accounts.length > 0) return accounts;
  }
  call.client.logger.debug(
    "No account was found. Tokens that were obtained without the profile scope carry no username.",
  );
  return [];
}

/** The rows in which those who are asked for may be. */
async function rowsToList(
  call: Call,
  { homeAccountId }: GetAccountsOptions,
  age: Age,
): Promise<readonly CacheIndex[]> {
  if (homeAccountId !== undefined) return [await openRows(call, { user: homeAccountId }, age)];
  return rowsBehind(call.client.cache).openAll(call, ["user", "assertion"], age);
}

/** Cloud Shell's own account is of no use elsewhere. */
function isUsable({ authorityType }: Account): boolean {
  return authorityType !== CLOUD_SHELL || isInCloudShell();
}

/** One account for each user, however many of the rows it is in. */
function accountsIn(
  rows: readonly CacheIndex[],
  environment: string,
  options: GetAccountsOptions,
): Account[] {
  const [index] = rows;
  if (index !== undefined && rows.length === 1) return accountsOf(index, environment, options);
  const accounts = new Map<string, Account>();
  for (const each of rows) {
    for (const account of accountsOf(each, environment, options)) {
      const id = account.homeAccountId.toLowerCase();
      if (!accounts.has(id)) accounts.set(id, account);
    }
  }
  return [...accounts.values()];
}

function accountsOf(
  index: CacheIndex,
  environment: string,
  { username, homeAccountId }: GetAccountsOptions,
): Account[] {
  if (homeAccountId !== undefined) {
    const account = readAccount(index, environment, homeAccountId);
    if (account === undefined) return [];
    const named = username === undefined || isNamed(index, environment, account, username);
    return named ? [account] : [];
  }
  return username === undefined
    ? readAccounts(index, environment)
    : readAccountsByUsername(index, environment, username);
}

function isNamed(index: CacheIndex, environment: string, account: Account, name: string): boolean {
  const rows = homeRows(index, environment, account.homeAccountId)?.Account ?? [];
  return [...rows].some((row) => folded(row.entry.username) === name.toLowerCase());
}

/**
 * Forgets an account: it, and the tokens of this client and its family, under all names of its
 * environment. Tokens of unrelated clients stay. A broker signs it out first.
 */
export async function removeAccount(call: Call, account: Account): Promise<void> {
  checkAccount(account);
  const environment: unknown = account.environment;
  if (typeof environment !== "string" || environment === "") {
    throw new MsalError(
      "invalid_argument",
      `account must be one of those that getAccounts() returns, with an environment; its environment is ${describe(environment)}.`,
    );
  }
  const { homeAccountId, localAccountId } = account;
  const host = environment.toLowerCase();
  if (call.client.allowBroker) {
    const { signOutOfBroker } = await import("../broker/known-account.js");
    await signOutOfBroker(call, host, { homeAccountId, localAccountId });
  }
  const own = call.client.authorityUrl.environment;
  const ownNames = [own, ...(await aliasesOf(call, own))];
  const names = ownNames.includes(host) ? ownNames : hostsOf(host);
  const rows = rowsBehind(call.client.cache);
  const owner: Owner = { user: homeAccountId };
  forget(call, await openRows(call, owner, "fresh"), names, account);
  await rows.settle(call, owner);
  // What assertions of this user were exchanged for is apart only where a store is.
  for (const index of await rows.openAll(call, ["assertion"], "fresh")) {
    forget(call, index, names, account);
  }
  await rows.settle(call);
}

function forget(call: Call, index: CacheIndex, names: readonly string[], account: Account): void {
  const owned = names.flatMap((name) => homeRows(index, name, account.homeAccountId) ?? []);
  const clients = familyOf(call, index, names, owned);
  const ours = (row: Row) => clients.has(folded(row.entry.client_id));
  for (const rows of owned) {
    for (const row of [...rows.AccessToken, ...rows.IdToken, ...rows.RefreshToken]) {
      if (ours(row)) deleteRow(index, row);
    }
    for (const row of [...rows.Account]) deleteRow(index, row);
  }
}

/** Client ids, in lower case, that sign out together: this one, and those of its family under any name. */
function familyOf(
  call: Call,
  index: CacheIndex,
  names: readonly string[],
  owned: readonly HomeRows[],
): ReadonlySet<string> {
  const { clientId } = call.client;
  const familyIn = (name: string, client: string): unknown =>
    metadataRow(index, name, client)?.entry.family_id;
  const clients = new Set([clientId.toLowerCase()]);
  const families = new Set(names.map((name) => familyIn(name, clientId)).filter(Boolean));
  for (const rows of owned) {
    for (const row of [...rows.RefreshToken, ...rows.AccessToken, ...rows.IdToken]) {
      const client = folded(row.entry.client_id);
      const family = row.entry.family_id ?? familyIn(folded(row.entry.environment), client);
      if (families.has(family)) clients.add(client);
    }
  }
  return clients;
}
