/**
 * A custom httpClient: every request of the library goes through a function of yours, here to log and count.
 *
 * It is the place for traces, metrics, a proxy or another HTTP library. Any `fetch` fits. What such a function
 * must not do: follow redirects, and send something again.
 *
 * On the emulator: `npm run sample -- custom-http-client`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration
 *     AZURE_CLIENT_SECRET   one of its secrets
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE             optional: another API than Microsoft Graph
 *
 * In a project of your own it needs the package msal-ts.
 */
import { ConfidentialClientApplication, type HttpClient, isTokenError } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/.default";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
  );
  const log: Sent[] = [];
  const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    clientCredential: AZURE_CLIENT_SECRET,
    httpClient: observed(fetch, (sent) => log.push(sent)),
  });

  for (let call = 1; call <= 3; call++) {
    const result = await app.acquireTokenForClient([API_SCOPE]);
    if (isTokenError(result)) throw new Error(result.error_description ?? result.error);
    console.log(`Call ${call}: a token from the ${result.token_source}.`);
  }
  console.log(`${log.length} requests were sent:`);
  for (const { method, target, outcome, milliseconds } of log) {
    console.log(`  ${method} ${target}: ${outcome} after ${milliseconds.toFixed(0)} ms`);
  }
}

/** What may be known of a request. Not its body, its headers or its query: they hold secrets, tokens and names. */
interface Sent {
  method: string;
  /** Host and path. With passwords a path may name the user: leave it out there. */
  target: string;
  /** The status, or the name of what was thrown. */
  outcome: string;
  milliseconds: number;
}

/** An HTTP client that tells of each request, failed ones included, and changes nothing. */
function observed(send: HttpClient, tell: (sent: Sent) => void): HttpClient {
  return async (url, init) => {
    const { host, pathname } = new URL(url);
    const begun = performance.now();
    const done = (outcome: string) =>
      tell({
        ...{ method: init.method, target: host + pathname, outcome },
        milliseconds: performance.now() - begun,
      });
    try {
      const response = await send(url, init);
      done(String(response.status));
      return response;
    } catch (error) {
      done(error instanceof Error ? error.name : "failed");
      throw error;
    }
  };
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
