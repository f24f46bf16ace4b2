/**
 * Migration from ADAL: takes over the refresh tokens of the older library, so that nobody signs in again.
 *
 * Spec: RFC 6749 §6.
 *
 * On the emulator: `npm run sample -- adal-migration`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       the app registration that those refresh tokens were issued to
 *     ADAL_CACHE_FILE       what ADAL for Node.js kept, as JSON: a list of objects with refreshToken, resource,
 *                           userId and _clientId
 *     MSAL_CACHE_FILE       where the new cache is to be; only its owner can read it
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *
 * In a project of your own it needs the packages msal-ts and write-file-atomic.
 */
import { readFile } from "node:fs/promises";
import { isTokenError, PublicClientApplication, SerializableTokenCache } from "msal-ts";
import writeFileAtomic from "write-file-atomic";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, ADAL_CACHE_FILE, MSAL_CACHE_FILE } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "ADAL_CACHE_FILE",
    "MSAL_CACHE_FILE",
  );
  const tokenCache = new SerializableTokenCache();
  // An app with a secret is a ConfidentialClientApplication here as well.
  const app = new PublicClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    tokenCache,
  });

  const entries = oneOfEachUser(await readAdalCache(ADAL_CACHE_FILE, AZURE_CLIENT_ID));
  for (const { refreshToken, resource, userId } of entries) {
    // ADAL had resources where there are scopes now: all that was consented to for one is its .default.
    const result = await app.acquireTokenByRefreshToken(refreshToken, [`${resource}/.default`]);
    // One of many: the others are still worth taking over. This user signs in again, once.
    if (isTokenError(result)) console.log(`${userId} could not be taken over: ${result.error}.`);
    else console.log(`${userId} was taken over.`);
  }
  await writeFileAtomic(MSAL_CACHE_FILE, tokenCache.serialize(), { mode: 0o600 });

  // From here on the app is as any other: accounts, and silent calls for them.
  for (const account of await app.getAccounts()) console.log(`Account: ${account.username}`);
}

/** Those members of an entry of ADAL's that are worth something today. */
interface AdalEntry {
  refreshToken: string;
  /** For example `https://graph.microsoft.com`. */
  resource: string;
  userId: string;
  _clientId: string;
}

/** The entries with a refresh token that this app may redeem. */
async function readAdalCache(file: string, clientId: string): Promise<AdalEntry[]> {
  const entries = parseJson(await readFile(file, "utf8"));
  if (!Array.isArray(entries)) throw new Error("ADAL_CACHE_FILE must hold a list, as JSON.");
  return (entries as (Partial<AdalEntry> | null)[])
    .filter((entry): entry is AdalEntry =>
      [entry?.refreshToken, entry?.resource, entry?.userId].every((it) => typeof it === "string"),
    )
    .filter((entry) => entry._clientId === clientId);
}

/** What a text says; nothing, if it is no JSON. The error of JSON.parse would quote it, tokens and all. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A user's refresh tokens are good for every resource, so that one is enough; the last is the newest. */
function oneOfEachUser(entries: readonly AdalEntry[]): AdalEntry[] {
  return [...new Map(entries.map((entry) => [entry.userId, entry])).values()];
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

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
