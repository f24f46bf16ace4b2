/**
 * Private keys on Node: every PEM that OpenSSL reads, encrypted ones included, checked at once.
 *
 * @module
 */
import { MsalError } from "../errors.js";
import type { KeyMaterial } from "../oauth/private-key.js";

/**
 * The key as DER of unencrypted PKCS#8.
 *
 * @throws MsalError `invalid_argument` if it cannot be read, is no RSA key, or is not the certificate's.
 */
export function readPrivateKey(material: KeyMaterial): Uint8Array<ArrayBuffer> {
  const { createPrivateKey, X509Certificate } = process.getBuiltinModule("node:crypto");
  const { privateKey, passphrase, certificate } = material;
  let key: ReturnType<typeof createPrivateKey>;
  try {
    key = createPrivateKey({ key: privateKey, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    // OpenSSL's own words ("bad decrypt", "unsupported") say less than what the caller can look at.
    const encrypted = /ENCRYPTED/.test(privateKey);
    throw new MsalError(
      "invalid_argument",
      encrypted && passphrase === undefined
        ? "clientCredential.privateKey is encrypted: give clientCredential.passphrase too."
        : encrypted
          ? "clientCredential.privateKey cannot be decrypted with clientCredential.passphrase. Check that the passphrase belongs to this key."
          : "clientCredential.privateKey cannot be read. It must be an RSA private key in PEM (PKCS#8 or PKCS#1), complete with its BEGIN and END lines.",
    );
  }
  if (key.asymmetricKeyType !== "rsa") {
    throw new MsalError(
      "invalid_argument",
      `clientCredential.privateKey must be an RSA key, which is what Microsoft Entra accepts; this is an ${key.asymmetricKeyType ?? "unknown"} key.`,
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < 2048) {
    throw new MsalError(
      "invalid_argument",
      `clientCredential.privateKey must have 2048 bits or more; it has ${bits}.`,
    );
  }
  if (certificate !== undefined) {
    let matches: boolean;
    try {
      matches = new X509Certificate(certificate).checkPrivateKey(key);
    } catch {
      throw new MsalError(
        "invalid_argument",
        "clientCredential.publicCertificate cannot be read. It must be an X.509 certificate in PEM, complete with its BEGIN and END lines.",
      );
    }
    if (!matches) {
      throw new MsalError(
        "invalid_argument",
        "clientCredential.privateKey is not the key of clientCredential.publicCertificate (of its first certificate, when it holds several). Give the pair that belongs together.",
      );
    }
  }
  return Uint8Array.from(key.export({ type: "pkcs8", format: "der" }));
}
