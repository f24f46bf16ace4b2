/**
 * Daemon with a secret: a job without users gets tokens for itself and calls an API.
 *
 * Spec: RFC 6749 §4.4.
 *
 * On the emulator: `npm run sample -- daemon-secret`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with the application permission User.Read.All of Microsoft
 *                           Graph, consented to by an administrator
 *     AZURE_CLIENT_SECRET   one of its secrets
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *
 * In a project of your own it needs the package msal-ts.
 */
import { ConfidentialClientApplication, isTokenError } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/.default";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/users?$top=5";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
  );
  // One client for as long as the process lives: its cache is what saves the requests.
  const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    clientCredential: AZURE_CLIENT_SECRET,
  });

  await job(app);
  await job(app); // the next time around, the token is still good
}

/** What the daemon is there for. It asks for a token each time; the client knows whether it has one. */
async function job(app: ConfidentialClientApplication): Promise<void> {
  const result = await app.acquireTokenForClient([API_SCOPE]);
  if (isTokenError(result)) throw new Error(result.error_description ?? result.error);
  console.log(`A token from the ${result.token_source}, good for ${result.expires_in} seconds.`);

  const response = await fetch(API_URL, {
    headers: { authorization: `Bearer ${result.access_token}` },
  });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  console.log("The API answered:", await response.json());
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
