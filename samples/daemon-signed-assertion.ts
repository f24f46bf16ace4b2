/**
 * Daemon with an assertion signed elsewhere: the key stays in a key vault, which signs for the daemon.
 *
 * Spec: RFC 7523 §2.2 and §3; learn.microsoft.com/entra/identity-platform/certificate-credentials;
 * learn.microsoft.com/rest/api/keyvault/keys/sign/sign
 *
 * On the emulator: `npm run sample -- daemon-signed-assertion`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID                its GUID or a domain
 *     AZURE_CLIENT_ID                an app registration with the application permission User.Read.All of
 *                                    Microsoft Graph, consented to by an administrator
 *     AZURE_CLIENT_CERTIFICATE_PATH  PEM file with the certificate that is registered there, without its key
 *     KEY_VAULT_KEY_ID               that key: https://NAME.vault.azure.net/keys/NAME/VERSION
 *     KEY_VAULT_TOKEN                access to the vault, for example what this command prints:
 *                                    az account get-access-token --resource https://vault.azure.net \
 *                                      --query accessToken --output tsv
 *     AZURE_AUTHORITY_HOST           optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL             optional: another API than Microsoft Graph
 *
 * Where the platform signs, as Kubernetes does for workloads, `clientAssertion` is shorter: it reads the file
 * that AZURE_FEDERATED_TOKEN_FILE names, each time it is called.
 *
 * In a project of your own it needs the package msal-ts.
 */
import { createHash, randomUUID, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type ClientAssertionInfo, ConfidentialClientApplication, isTokenError } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/.default";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/users?$top=5";

/** Seconds an assertion is valid. One is made for each request that is really sent. */
const LIFETIME = 300;

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_CERTIFICATE_PATH, ...vault } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "KEY_VAULT_KEY_ID",
    "KEY_VAULT_TOKEN",
  );
  const certificate = readCertificate(await readFile(AZURE_CLIENT_CERTIFICATE_PATH));
  const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
    authority: new URL(AZURE_TENANT_ID, AUTHORITY_HOST),
    clientCredential: { clientAssertion: (info) => makeAssertion(info, certificate, vault) },
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

function readCertificate(pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error("The file AZURE_CLIENT_CERTIFICATE_PATH must hold a certificate.");
  }
}

interface Vault {
  KEY_VAULT_KEY_ID: string;
  KEY_VAULT_TOKEN: string;
}

/** A JWT that says who we are; the vault signs it. */
async function makeAssertion(
  { clientId, audience, signal }: ClientAssertionInfo,
  certificate: X509Certificate,
  vault: Vault,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex");
  const header = { alg: "PS256", typ: "JWT", "x5t#S256": thumbprint.toString("base64url") };
  const claims = {
    ...{ iss: clientId, sub: clientId, aud: audience, jti: randomUUID() },
    ...{ iat: now, nbf: now, exp: now + LIFETIME },
  };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${await signInVault(text, vault, signal)}`;
}

/** Signs a text with the vault's key, by its REST API; base64url. */
async function signInVault(text: string, vault: Vault, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${vault.KEY_VAULT_KEY_ID}/sign?api-version=7.4`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${vault.KEY_VAULT_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({
      alg: "PS256",
      value: createHash("sha256").update(text).digest("base64url"),
    }),
    signal,
  });
  if (!response.ok) throw new Error(`The key vault answered ${response.status}.`);
  const { value } = (await response.json()) as { value: string };
  console.log("The key vault has signed an assertion.");
  return value;
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
