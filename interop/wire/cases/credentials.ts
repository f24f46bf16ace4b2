/**
 * What confidential clients prove themselves with.
 *
 * @module
 */
import { createPrivateKey } from "node:crypto";
import { makeCertificate } from "../../certificate.js";
import { SECRET } from "../case.js";

const { privateKey, certificate, sha1: thumbprint } = await makeCertificate();
const PASSPHRASE = "key to the key";
const encrypted = createPrivateKey(privateKey).export({
  type: "pkcs8",
  format: "pem",
  cipher: "aes-256-cbc",
  passphrase: PASSPHRASE,
});

/** A secret, in options of the constructor. */
export const BY_SECRET = { clientCredential: SECRET };
/** A certificate that the platform knows by its thumbprint. */
export const BY_CERTIFICATE = { clientCredential: { privateKey, thumbprint } };
/** The same, sent along. */
export const BY_CHAIN = {
  clientCredential: { privateKey, thumbprint, publicCertificate: certificate },
};
/** The same, its key encrypted. */
export const BY_ENCRYPTED_KEY = {
  clientCredential: { privateKey: encrypted, thumbprint, passphrase: PASSPHRASE },
};
/** An assertion that was signed elsewhere. */
export const BY_ASSERTION = { clientCredential: { clientAssertion: "signed.else.where" } };

/** A row for each kind of credential, for tables of other calls. */
export const CREDENTIALS = {
  "a secret": { class: "ConfidentialClientApplication", options: BY_SECRET },
  "a certificate": { class: "ConfidentialClientApplication", options: BY_CERTIFICATE },
  "an assertion": { class: "ConfidentialClientApplication", options: BY_ASSERTION },
} as const;
