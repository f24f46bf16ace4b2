/**
 * Username and password: for tests and for what nothing else can do; it knows no second factor.
 *
 * The app sees the password, and the sign-in fails where a second factor, a consent or a change of password
 * is due. Where a person sits in front of it, use the desktop or the browserless app.
 *
 * Spec: RFC 6749 §4.3.
 *
 * On the emulator: `npm run sample -- username-password`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with "Allow public client flows"
 *     AZURE_USERNAME        of a work or school account
 *     AZURE_PASSWORD        its password
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *
 * In a project of your own it needs the package msal-ts; for users of a federation server saxes as well.
 */
import { isTokenError, PublicClientApplication, type TokenResponse } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_USERNAME, AZURE_PASSWORD } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_USERNAME",
    "AZURE_PASSWORD",
  );
  const app = new PublicClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
  });

  const first = await getToken(app, AZURE_USERNAME, AZURE_PASSWORD);
  console.log(`Signed in as ${first.account?.username}.`);

  const { access_token, token_source } = await getToken(app, AZURE_USERNAME, AZURE_PASSWORD);
  console.log(`A token from the ${token_source}.`);
  const response = await fetch(API_URL, { headers: { authorization: `Bearer ${access_token}` } });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  console.log("The API answered:", await response.json());
}

/** A token for the API. The password is sent only if there is nothing in the cache to get one with. */
async function getToken(
  app: PublicClientApplication,
  username: string,
  password: string,
): Promise<TokenResponse> {
  const [account] = await app.getAccounts({ username });
  const silent = await app.acquireTokenSilent([API_SCOPE], account);
  if (silent !== null) return silent;

  const result = await app.acquireTokenByUsernamePassword(username, password, [API_SCOPE]);
  if (isTokenError(result)) throw new Error(result.error_description ?? result.error);
  return result;
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
