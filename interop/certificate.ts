/**
 * A certificate that a client authenticates with.
 *
 * @module
 */
import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";

/** A self-signed RSA certificate. */
export interface ClientCertificate {
  /** PEM. */
  certificate: string;
  /** PKCS#8 PEM. */
  privateKey: string;
  /** Thumbprints in hexadecimal, as the portal shows them. */
  sha1: string;
  sha256: string;
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const DAY = 86_400_000;

/** Makes a fresh one, valid for a day. */
export async function makeCertificate(): Promise<ClientCertificate> {
  const { PemConverter, X509CertificateGenerator } = await import("@peculiar/x509");
  const keys = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=daemon",
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAY),
    keys,
    signingAlgorithm: RSA,
  });
  const certificate = made.toString("pem");
  const { fingerprint, fingerprint256 } = new X509Certificate(certificate);
  return {
    certificate,
    privateKey: PemConverter.encode(
      await webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
      "PRIVATE KEY",
    ),
    sha1: fingerprint.replaceAll(":", ""),
    sha256: fingerprint256.replaceAll(":", ""),
  };
}
