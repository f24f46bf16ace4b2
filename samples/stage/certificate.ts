/**
 * A certificate for daemons that authenticate with one. By `@peculiar/x509`, which makes what `node:crypto`
 * can only read.
 *
 * @module
 */
import "reflect-metadata";
import { webcrypto } from "node:crypto";

/** A self-signed certificate, valid for a day; both members are PEM. */
export interface Certificate {
  publicCertificate: string;
  privateKey: string;
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const DAY = 86_400_000;

export async function makeCertificate(): Promise<Certificate> {
  // After reflect-metadata: it looks for it when it is loaded.
  const { PemConverter, X509CertificateGenerator } = await import("@peculiar/x509");
  const keys = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=Contoso daemon",
    notBefore: new Date(),
    notAfter: new Date(Date.now() + DAY),
    keys,
    signingAlgorithm: RSA,
  });
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    publicCertificate: certificate.toString("pem"),
    privateKey: PemConverter.encode(pkcs8, "PRIVATE KEY"),
  };
}
