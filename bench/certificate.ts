/**
 * The certificate of the server, which clients authenticate with as well: made anew for each run.
 *
 * @module
 */
import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import type { Certificate } from "./libraries/library.js";

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const DAY = 86_400_000;

/** Makes a certificate of `localhost` that signs itself. `sha1`: what older libraries call it by. */
export async function makeCertificate(): Promise<Certificate & { sha1: string }> {
  const { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } = await import(
    "@peculiar/x509"
  );
  const keys = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const made = await X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost",
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + DAY),
    keys,
    signingAlgorithm: RSA,
    extensions: [new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }])],
  });
  const certificate = made.toString("pem");
  const { fingerprint, fingerprint256 } = new X509Certificate(certificate);
  return {
    certificate,
    privateKey: PemConverter.encode(
      await webcrypto.subtle.exportKey("pkcs8", keys.privateKey),
      "PRIVATE KEY",
    ),
    thumbprint: fingerprint256.replaceAll(":", ""),
    sha1: fingerprint.replaceAll(":", ""),
  };
}
