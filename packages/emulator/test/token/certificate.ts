/**
 * Certificates and client assertions, made with OpenSSL's and jose's means instead of the emulator's.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** A key and its certificate. */
export interface TestCertificate {
  readonly pem: string;
  readonly key: KeyObject;
  /** base64 DER, as `x5c` has it. */
  readonly der: string;
  /** base64url SHA-1. */
  readonly x5t: string;
  /** base64url SHA-256. */
  readonly x5tS256: string;
}

/** The command line tool: these are to be certificates that others made. */
export const OPENSSL = "openssl";

/** Makes a self-signed certificate. */
export function makeCertificate(): TestCertificate {
  const text = execFileSync(
    OPENSSL,
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", "-"],
    { stdio: ["ignore", "pipe", "ignore"] },
  ).toString();
  const pem = text.slice(text.indexOf("-----BEGIN CERTIFICATE"));
  const certificate = new X509Certificate(pem);
  const thumbprint = (hex: string) =>
    Buffer.from(hex.replaceAll(":", ""), "hex").toString("base64url");
  return {
    pem,
    key: createPrivateKey(text),
    der: certificate.raw.toString("base64"),
    x5t: thumbprint(certificate.fingerprint),
    x5tS256: thumbprint(certificate.fingerprint256),
  };
}
