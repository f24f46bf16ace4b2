/**
 * The world that foreign clients meet: an emulator on HTTPS, and whom they sign in to it.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@msal-ts/emulator";
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
