/**
 * Desktop app: signs its user in with the system's browser, and calls an API in their name.
 *
 * Spec: RFC 8252.
 *
 * On the emulator: `npm run sample -- desktop-app`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with the redirect URI http://localhost of the platform "Mobile
 *                           and desktop applications"
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *     BROWSER               optional: "none" shows the link instead of opening a browser
 *
 * In a project of your own it needs the packages msal-ts and open; open is what finds the browser.
 */
import { type Account, isTokenError, PublicClientApplication, type TokenResponse } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";

/** Milliseconds the user may take to sign in. */
const PATIENCE = 5 * 60_000;

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID } = settings("AZURE_TENANT_ID", "AZURE_CLIENT_ID");
  const app = new PublicClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    logger: { ...console, debug: () => {}, info: () => {} }, // says so, if no browser opens
  });

  const { account } = await getToken(app, undefined);
  console.log(`Signed in as ${account?.username}.`);

  // Later, for example when the user presses a button: nobody is asked again.
  const { access_token, token_source } = await getToken(app, account);
  console.log(`A token from the ${token_source}.`);
  const response = await fetch(API_URL, { headers: { authorization: `Bearer ${access_token}` } });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  console.log("The API answered:", await response.json());
}

/** A token for the API: without the user if that is possible, and with the browser if not. */
async function getToken(
  app: PublicClientApplication,
  account: Account | undefined,
): Promise<TokenResponse> {
  const silent = await app.acquireTokenSilentWithError([API_SCOPE], account);
  if (silent !== null && !isTokenError(silent)) return silent;

  const result = await app.acquireTokenInteractive([API_SCOPE], {
    timeout: PATIENCE,
    // Several people may be signed in to the browser: this one, or whom the user picks.
    ...(account ? { loginHint: account.username } : { prompt: "select_account" }),
    // What the provider found missing, a second factor for example.
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
