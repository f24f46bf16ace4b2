/**
 * Keys and self-signed certificates, made for the tests that need them.
 *
 * @module
 */
import {
  createHash,
  type KeyObject,
  KeyObject as KeyObjectClass,
  X509Certificate,
} from "node:crypto";

/** A certificate and its key. */
export interface Pair {
  readonly key: KeyObject;
  /** PKCS#8 PEM. */
  readonly privateKey: string;
  /** PEM. */
  readonly publicCertificate: string;
  /** Base64 of its DER, as `x5c` has it. */
  readonly der: string;
  /** Thumbprints in hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

/** A new RSA pair. */
export function makePair(): Promise<Pair> {
  return make({
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  });
}

/** A new pair on an elliptic curve, which the platform does not accept. */
export function makeEcPair(): Promise<Pair> {
  return make({ name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" });
}

async function make(
  algorithm: (RsaHashedKeyGenParams | EcKeyGenParams) & { hash: string },
): Promise<Pair> {
  // Its dependency injection insists on the polyfill, which must come first.
  await import("reflect-metadata");
  const { SubjectAlternativeNameExtension, X509CertificateGenerator } = await import(
    "@peculiar/x509"
  );
  const keys = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=msal-ts tests",
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2120-01-01T00:00:00Z"),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const der = new X509Certificate(certificate.toString("pem")).raw;
  const key = KeyObjectClass.from(keys.privateKey);
  return {
    key,
    privateKey: key.export({ type: "pkcs8", format: "pem" }).toString(),
    publicCertificate: certificate.toString("pem"),
    der: der.toString("base64"),
    sha1: createHash("sha1").update(der).digest("hex"),
    sha256: createHash("sha256").update(der).digest("hex"),
  };
}
