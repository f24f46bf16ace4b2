/**
 * Where tests run over sockets: a certificate for the server on loopback, made before there is any test
 * process, because that is when Node.js reads whom it is to trust.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueServerCertificate } from "../../emulator/dist/tls/certificate-authority.js";

/** Names the certificate's file in `MSAL_TS_TRANSPORT_SERVER`. */
export async function setup(): Promise<(() => void) | undefined> {
  if (!process.env.MSAL_TS_TRANSPORT) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-sockets-"));
  const [server, trusted] = [join(folder, "server.pem"), join(folder, "ca.pem")];
  const { ca, cert, key } = await issueServerCertificate();
  writeFileSync(server, `${key}\n${cert}\n`, { mode: 0o600 });
  writeFileSync(trusted, ca);
  process.env.MSAL_TS_TRANSPORT_SERVER = server;
  process.env.NODE_EXTRA_CA_CERTS = trusted;
  return () => rmSync(folder, { recursive: true, force: true });
}
