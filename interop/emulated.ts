/**
 * The world that foreign clients meet: an emulator on HTTPS, and whom they sign in to it.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@msal-ts/emulator";
import { importPKCS8, SignJWT } from "jose";
import { type ClientCertificate, makeCertificate } from "./certificate.js";

/** Contoso, by GUID: what caches call `realm`. */
export const TENANT = "c0a7050c-0000-4000-8000-000000000001";

/** A web app of Contoso's that proves itself by either kind of credential. */
export const WEB_APP = {
  clientId: "0f0e0d0c-0b0a-4908-8706-050403020100",
  secret: "interop-web-app-secret",
  redirectUri: "http://localhost/callback",
} as const;

/** An app of Contoso's on its users' devices; in the emulator's own world. */
export const DESKTOP_APP = "22222222-2222-4222-8222-222222222222";

/** An API of Contoso's that calls the next one in its users' names; in the emulator's own world, too. */
export const TASKS_API = {
  clientId: "55555555-5555-4555-8555-555555555555",
  secret: "contoso-tasks-api-secret",
  scope: "api://contoso-tasks/Tasks.Read",
} as const;

export const ADA = { username: "ada@contoso.onmicrosoft.com", password: "Passw0rd!" } as const;
export const GRACE = { username: "grace@contoso.onmicrosoft.com", password: "Passw0rd!" } as const;

/** Her company has a federation server. */
export const EDITH = { username: "edith@contoso.com", password: "Passw0rd!" } as const;

/** What every access token here is for. */
export const GRAPH = "https://graph.microsoft.com/.default";

/** An emulator on HTTPS, with {@link WEB_APP} registered. */
export interface Emulated {
  idp: Emulator;
  /** PEM of its certificate authority. */
  ca: string;
  /** The same as a file. */
  caFile: string;
  certificate: ClientCertificate;
  /** What was asked of the token endpoint since it was last asked for: grant types. */
  grants(): (string | undefined)[];
  close(): Promise<void>;
}

/** Starts an emulator on a free port of the loopback interface. */
export async function startEmulated(): Promise<Emulated> {
  const certificate = await makeCertificate();
  const { clientId, secret, redirectUri } = WEB_APP;
  const app = {
    clientId,
    redirectUris: { web: [redirectUri] },
    secrets: [secret],
    certificates: [certificate.certificate],
  };
  const federation = { domains: ["contoso.com"] };
  const idp = await startEmulator({ apps: [app], users: [EDITH], federation }, { https: true });
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-interop-"));
  const ca = idp.ca ?? "";
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, ca);
  return {
    idp,
    ca,
    caFile,
    certificate,
    grants: () =>
      idp.requests
        .splice(0)
        .filter(({ url }) => new URL(url).pathname.endsWith("/token"))
        .map(({ form }) => form.grant_type),
    close: async () => {
      rmSync(folder, { recursive: true });
      await idp.close();
    },
  };
}

/** An assertion of {@link WEB_APP}'s, as a key vault would sign it. */
export async function signAssertion({ idp, certificate }: Emulated): Promise<string> {
  const { clientId } = WEB_APP;
  const now = Math.trunc(idp.now());
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({
      alg: "PS256",
      typ: "JWT",
      "x5t#S256": Buffer.from(certificate.sha256, "hex").toString("base64url"),
    })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${idp.authority(TENANT)}/oauth2/v2.0/token`)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + 600)
    .sign(await importPKCS8(certificate.privateKey, "PS256"));
}
