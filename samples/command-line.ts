/**
 * Command line: keeps its tokens and its HTTP cache in files, so that its user signs in once, not at each run.
 *
 *     command-line [--account NAME]    calls an API in the name of whoever is signed in
 *     command-line --logout            signs everybody out
 *
 * The token cache holds tokens in the clear, in a file that only its owner can read. Of two runs that write at
 * the same moment the later one wins; what the other got is asked for again.
 *
 * Spec: RFC 8252.
 *
 * On the emulator: `npm run sample -- command-line`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with the redirect URI http://localhost of the platform "Mobile
 *                           and desktop applications"
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *     CACHE_FOLDER          optional: where the files are, .msal-ts-sample in the home folder if absent
 *     BROWSER               optional: "none" shows the link instead of opening a browser
 *
 * In a project of your own it needs the packages msal-ts, open and write-file-atomic.
 */
import { mkdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  type Account,
  isTokenError,
  PublicClientApplication,
  SerializableTokenCache,
  type TokenResponse,
} from "msal-ts";
import writeFileAtomic from "write-file-atomic";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";
const CACHE_FOLDER = process.env.CACHE_FOLDER ?? join(homedir(), ".msal-ts-sample");

/** Milliseconds the user may take to sign in. */
const PATIENCE = 5 * 60_000;

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID } = settings("AZURE_TENANT_ID", "AZURE_CLIENT_ID");
  const { values } = parseArgs({
    options: { account: { type: "string" }, logout: { type: "boolean" } },
  });

  const tokenCache = await readTokenCache();
  const httpCache = await readHttpCache();
  const app = new PublicClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    logger: { ...console, debug: () => {}, info: () => {} }, // says so, if no browser opens
    tokenCache,
    httpCache,
  });
  try {
    await (values.logout ? logout(app) : callApi(app, values.account));
  } finally {
    // Whatever happened: a refresh token may have been renewed on the way.
    if (tokenCache.hasStateChanged) await writePrivately("tokens.json", tokenCache.serialize());
    await writePrivately("http.json", JSON.stringify([...httpCache]));
  }
}

async function callApi(app: PublicClientApplication, username: string | undefined): Promise<void> {
  const account = await chooseAccount(app, username);
  const { access_token, token_source } = await getToken(app, account, username);
  console.log(`A token from the ${token_source}.`);
  const response = await fetch(API_URL, { headers: { authorization: `Bearer ${access_token}` } });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  console.log("The API answered:", await response.json());
}

/** Whom to work for. With several accounts that is for the user to say, not for us to guess. */
async function chooseAccount(
  app: PublicClientApplication,
  username: string | undefined,
): Promise<Account | undefined> {
  const accounts = await app.getAccounts({ username });
  if (accounts.length <= 1) return accounts[0];
  const names = accounts.map((account) => account.username).join(", ");
  throw new Error(`Several are signed in: ${names}. Say which with --account NAME.`);
}

/** A token for the API: without the user if that is possible, and with the browser if not. */
async function getToken(
  app: PublicClientApplication,
  account: Account | undefined,
  username: string | undefined,
): Promise<TokenResponse> {
  const silent = await app.acquireTokenSilentWithError([API_SCOPE], account);
  if (silent !== null && !isTokenError(silent)) return silent;

  const result = await app.acquireTokenInteractive([API_SCOPE], {
    timeout: PATIENCE,
    loginHint: account?.username ?? username,
    claimsChallenge: silent?.claims,
    onBeforeLaunchingUi: () => console.log("Sign in with the browser, please."),
    openBrowser: process.env.BROWSER === "none" ? showLink : undefined,
  });
  if (isTokenError(result)) throw new Error(result.error_description ?? result.error);
  return result;
}

function showLink(url: string): void {
  console.log(`Open this link: ${url}`);
}

async function logout(app: PublicClientApplication): Promise<void> {
  for (const account of await app.getAccounts()) {
    await app.removeAccount(account);
    console.log(`Signed out: ${account.username}.`);
  }
}

/** What earlier runs kept; nothing, if there were none. */
async function readTokenCache(): Promise<SerializableTokenCache> {
  const cache = new SerializableTokenCache();
  try {
    cache.deserialize(await readIfThere("tokens.json"));
  } catch {
    console.error("The token cache is damaged; please sign in again.");
  }
  return cache;
}

/** Answers of the provider that are worth keeping, discovery above all. Cheap to get again. */
async function readHttpCache(): Promise<Map<string, string>> {
  try {
    return new Map(JSON.parse((await readIfThere("http.json")) ?? "[]"));
  } catch {
    return new Map();
  }
}

async function readIfThere(name: string): Promise<string | undefined> {
  try {
    return await readFile(join(CACHE_FOLDER, name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file that only its owner can read, all of it or nothing. */
async function writePrivately(name: string, text: string): Promise<void> {
  await mkdir(CACHE_FOLDER, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(CACHE_FOLDER, name), text, { mode: 0o600 });
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
