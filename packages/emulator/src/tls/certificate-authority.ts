/**
 * A certificate authority of our own and the one certificate it issues: for loopback.
 *
 * Spec: RFC 5280 §4.2, whose extensions OpenSSL checks when it is strict
 *
 * @module
 */
import { webcrypto } from "node:crypto";
import { loadX509 } from "./x509.js";

/** What a TLS server needs, and what its clients need to trust it. All PEM. */
export interface ServerCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

const DAY = 86_400_000;
/** Clients accept server certificates of up to 398 days. */
const LIFETIME_DAYS = 397;

/** Makes a fresh authority and has it issue a certificate for localhost, 127.0.0.1 and ::1. */
export async function issueServerCertificate(): Promise<ServerCertificate> {
  const x509 = loadX509();
  const [authorityKeys, serverKeys] = await Promise.all([makeKeys(), makeKeys()]);
  const validity = {
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + LIFETIME_DAYS * DAY - DAY),
  };
  const name = "CN=msal-ts emulator CA, O=msal-ts emulator";
  const authorityKeyId = await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name,
    keys: authorityKeys,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      authorityKeyId,
    ],
  });
  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: "CN=localhost",
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    ca: authority.toString("pem"),
    cert: server.toString("pem"),
    key: x509.PemConverter.encode(key, "PRIVATE KEY"),
  };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ["sign", "verify"]);
}
