/**
 * Daemon with a certificate: as with a secret, but what proves who it is never leaves the machine.
 *
 * Spec: RFC 7523 §2.2.
 *
 * On the emulator: `npm run sample -- daemon-certificate`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID                    its GUID or a domain
 *     AZURE_CLIENT_ID                    an app registration with the application permission User.Read.All of
 *                                        Microsoft Graph, consented to by an administrator
 *     AZURE_CLIENT_CERTIFICATE_PATH      PEM file with the certificate that is registered there, and its key
 *     AZURE_CLIENT_CERTIFICATE_PASSWORD  optional: of the key
 *     AZURE_AUTHORITY_HOST               optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL                 optional: another API than Microsoft Graph
 *
 * A .pfx file becomes PEM by `openssl pkcs12 -in my.pfx -out my.pem`.
 *
 * In a project of your own it needs the package msal-ts.
 */
import { readFile } from "node:fs/promises";
import { ConfidentialClientApplication, isTokenError } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/.default";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/users?$top=5";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH",
  );
  const pem = await readFile(AZURE_CLIENT_CERTIFICATE_PATH, "utf8");
  const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    clientCredential: {
      privateKey: blocks(pem, /(?:ENCRYPTED |RSA )?PRIVATE KEY/),
      publicCertificate: blocks(pem, /CERTIFICATE/),
      passphrase: process.env.AZURE_CLIENT_CERTIFICATE_PASSWORD || undefined,
    },
  });

  const result = await app.acquireTokenForClient([API_SCOPE]);
  if (isTokenError(result)) throw new Error(result.error_description ?? result.error);
  console.log(`A token from the ${result.token_source}, good for ${result.expires_in} seconds.`);

  const response = await fetch(API_URL, {
    headers: { authorization: `Bearer ${result.access_token}` },
  });
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  console.log("The API answered:", await response.json());
}

/** Those parts of a PEM file that have this label. */
function blocks(pem: string, label: RegExp): string {
  const { source } = label;
  const found = pem.match(new RegExp(`-----BEGIN ${source}-----[^-]+-----END ${source}-----`, "g"));
  if (found === null) {
    throw new Error(`The file AZURE_CLIENT_CERTIFICATE_PATH must hold a certificate and its key.`);
  }
  return found.join("\n");
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
