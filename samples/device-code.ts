/**
 * Browserless app: where there is no browser, the user signs in on another device by typing a code there.
 *
 * Spec: RFC 8628.
 *
 * On the emulator: `npm run sample -- device-code`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with "Allow public client flows"
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *
 * In a project of your own it needs the package msal-ts.
 */
import { isTokenError, PublicClientApplication } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID } = settings("AZURE_TENANT_ID", "AZURE_CLIENT_ID");
  const app = new PublicClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
  });

  // Ctrl-C ends the waiting, and with it the sign-in.
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("Stopped.")));

  const flow = await app.initiateDeviceFlow([API_SCOPE], { signal: stop.signal });
  if (isTokenError(flow)) throw new Error(flow.error_description ?? flow.error);
  console.log(flow.message);

  const result = await app.acquireTokenByDeviceFlow(flow, { signal: stop.signal });
  if (isTokenError(result)) {
    // What users do, said in their words; everything else in the provider's.
    if (result.error === "authorization_declined") throw new Error("You declined.");
    if (result.error === "expired_token") throw new Error("Too late: the code has expired.");
    throw new Error(result.error_description ?? result.error);
  }
  console.log(`Signed in as ${result.account?.username}.`);

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
