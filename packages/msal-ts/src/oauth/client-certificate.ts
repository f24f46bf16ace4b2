/**
 * Assertions that a client signs with its certificate's key.
 *
 * Spec: RFC 7523 §3; RFC 7515 §4.1.6–8. Microsoft's part:
 * learn.microsoft.com/entra/identity-platform/certificate-credentials
 *
 * @module
 */
import { readPrivateKey } from "#private-key";
import { type Call, now } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import type { Proof } from "../http/http-request.js";
import { base64url, bytesFromBase64 } from "./base64.js";
import { proofByAssertion } from "./proof.js";

/** How long an assertion of ours is valid, and how long it is used; seconds. */
const LIFETIME = 600;
const MARGIN = 60;
const REUSE = LIFETIME - MARGIN;

/** A certificate registered for the application, and its private key. */
export interface ClientCertificate {
  /** RSA private key in PEM, PKCS#8 or PKCS#1. */
  privateKey: string;
  /**
   * Thumbprint of the certificate in hexadecimal, as the portal shows it; colons and spaces are
   * ignored. SHA-1 (40 digits) signs with RS256, SHA-256 (64 digits) with PS256. Absent: computed
   * from `publicCertificate`, SHA-256 except for ADFS.
   */
  thumbprint?: string | undefined;
  /** Certificate in PEM, or the chain, leaf first. Sent along (`x5c`) for subject-name and issuer authentication. */
  publicCertificate?: string | undefined;
  /** Decrypts `privateKey` (Node.js alone). */
  passphrase?: string | undefined;
}

/** For whom a proof is made. */
export interface Audience {
  tokenEndpoint: string;
  tenant: string;
  /** ADFS knows certificates by their SHA-1 thumbprint. */
  adfs: boolean;
}

/** A certificate that can sign. */
export interface CheckedCertificate {
  /** Private key: DER of PKCS#8, not encrypted. */
  pkcs8: Uint8Array<ArrayBuffer>;
  /** Bytes; absent: computed from the chain's first certificate. */
  thumbprint: Uint8Array<ArrayBuffer> | undefined;
  /** Base64 of each certificate's DER, leaf first. */
  chain: string[] | undefined;
  /** Signed along, and in place of claims of the same name. */
  clientClaims: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Checks a certificate and its key; on Node.js all of it, elsewhere what can be seen without a request.
 *
 * @throws {@link MsalError} `invalid_argument`, or `unsupported_runtime` for a key that only Node.js can decrypt.
 */
export function checkCertificate(
  credential: object,
  clientClaims: Readonly<Record<string, unknown>> | undefined,
): CheckedCertificate {
  const { privateKey, thumbprint, publicCertificate, passphrase } = credential as Record<
    string,
    unknown
  >;
  const member = (name: string, value: unknown, what: string) => {
    if (typeof value !== "string" || value.trim() === "") {
      throw new MsalError(
        "invalid_argument",
        `clientCredential.${name} must be ${what}; it is ${describe(value)}.`,
      );
    }
    return value;
  };
  const optional = (name: string, value: unknown, what: string) =>
    value === undefined ? undefined : member(name, value, what);
  const key = member("privateKey", privateKey, "an RSA private key in PEM");
  const phrase = optional("passphrase", passphrase, "the passphrase of the private key");
  const certificates = optional("publicCertificate", publicCertificate, "a certificate in PEM");
  const digest = optional("thumbprint", thumbprint, "the certificate's thumbprint in hexadecimal");
  if (digest === undefined && certificates === undefined) {
    throw new MsalError(
      "invalid_argument",
      "clientCredential needs thumbprint or publicCertificate beside privateKey: the identity provider finds the certificate by its thumbprint.",
    );
  }
  const chain = certificates === undefined ? undefined : extractCertificates(certificates);
  if (chain?.some((certificate) => !bytesFromBase64(certificate)?.length)) {
    throw new MsalError(
      "invalid_argument",
      "clientCredential.publicCertificate must be one or more X.509 certificates in PEM; between its BEGIN and END lines is no base64.",
    );
  }
  return {
    thumbprint: digest === undefined ? undefined : thumbprintBytes(digest),
    chain,
    clientClaims,
    pkcs8: readPrivateKey({
      privateKey: key,
      passphrase: phrase,
      certificate: chain && bytesFromBase64(chain[0]!),
    }),
  };
}

function thumbprintBytes(thumbprint: string): Uint8Array<ArrayBuffer> {
  const hex = thumbprint.replace(/[\s:]/g, "");
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(hex)) {
    throw new MsalError(
      "invalid_argument",
      `clientCredential.thumbprint must be 40 hexadecimal digits (SHA-1) or 64 (SHA-256), as the portal shows it; it is ${describe(thumbprint)}.`,
    );
  }
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/**
 * The certificates in PEM text as base64, in their order; text without BEGIN and END is one itself.
 *
 * @throws {@link MsalError} `invalid_argument` if it is a private key.
 */
function extractCertificates(pem: string): string[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/gi);
  const certificates = Array.from(blocks, (block) => block[1]!.replace(/\s+/g, ""));
  if (certificates.length > 0) return certificates;
  if (/PRIVATE KEY/.test(pem)) {
    throw new MsalError(
      "invalid_argument",
      "clientCredential.publicCertificate must be a certificate; it is a private key. Give the file that begins with BEGIN CERTIFICATE.",
    );
  }
  return [pem.replace(/\s+/g, "")];
}

/** Makes assertions, one for each audience and lifetime. */
export function assertionSigner(
  clientId: string,
  checked: CheckedCertificate,
): (call: Call, audience: Audience) => Promise<Proof> {
  const signed = new Map<string, { proof: Promise<Proof>; from: number; until: number }>();
  return async (call, audience) => {
    const time = now(call);
    let current = signed.get(audience.tokenEndpoint);
    // Signed in the future: the clock was ahead, and nobody accepts it yet.
    if (current === undefined || current.until <= time || time < current.from) {
      const proof = sign(clientId, checked, audience, Math.trunc(time)).then(proofByAssertion);
      current = { proof, from: time, until: Math.min(time + REUSE, expiry(checked) - MARGIN) };
      signed.set(audience.tokenEndpoint, current);
      proof.catch(() => signed.delete(audience.tokenEndpoint));
    }
    return current.proof;
  };
}

/** When the application itself wants its assertions to end; never, if it does not say. */
function expiry({ clientClaims }: CheckedCertificate): number {
  return typeof clientClaims?.exp === "number" ? clientClaims.exp : Number.POSITIVE_INFINITY;
}

async function sign(
  clientId: string,
  { pkcs8, thumbprint: given, chain, clientClaims }: CheckedCertificate,
  { tokenEndpoint, adfs }: Audience,
  time: number,
): Promise<string> {
  // The module alone: the package has four times as many files.
  const { SignJWT } = await import("jose/jwt/sign");
  const thumbprint = given ?? (await digest(adfs ? "SHA-1" : "SHA-256", chain![0]!));
  const sha1 = thumbprint.length === 20;
  const alg = sha1 ? "RS256" : "PS256";
  const jwt = new SignJWT({
    aud: tokenEndpoint,
    iss: clientId,
    sub: clientId,
    iat: time,
    nbf: time,
    exp: time + LIFETIME,
    jti: crypto.randomUUID(),
    // The application's own word counts, for whatever it names.
    ...clientClaims,
  }).setProtectedHeader({
    alg,
    typ: "JWT",
    [sha1 ? "x5t" : "x5t#S256"]: base64url(thumbprint),
    ...(chain && { x5c: chain }),
  });
  try {
    const name = sha1 ? "RSASSA-PKCS1-v1_5" : "RSA-PSS";
    const algorithm = { name, hash: "SHA-256" };
    return await jwt.sign(
      await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]),
    );
  } catch {
    // Where there is no Node.js the key is looked into here for the first time.
    throw new MsalError(
      "invalid_argument",
      "clientCredential.privateKey cannot sign. It must be an RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).",
    );
  }
}

async function digest(algorithm: "SHA-1" | "SHA-256", certificate: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytesFromBase64(certificate)!));
}
