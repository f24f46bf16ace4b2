/**
 * The keys tokens are signed with.
 *
 * @module
 */
import { createHash, webcrypto } from "node:crypto";
import {
  type CompactJWSHeaderParameters,
  CompactSign,
  compactVerify,
  createLocalJWKSet,
  type JWK,
  type JWTPayload,
} from "jose";
import { opaque, sha256 } from "./identifiers.js";
import { loadX509 } from "./tls/x509.js";

/** One published key pair. */
interface SigningKey {
  /** base64url SHA-1 of the certificate; also its `x5t`. */
  readonly kid: string;
  readonly privateKey: webcrypto.CryptoKey;
  /** Public members of its JWK: `kty`, `n`, `e`, `x5c` and so on. */
  readonly jwk: Readonly<Record<string, unknown>>;
}

/** Who signs what: work and school accounts, their next key, published ahead of use, and personal accounts. */
export interface SigningKeys {
  readonly current: SigningKey;
  readonly next: SigningKey;
  readonly personal: SigningKey;
}

let keys: Promise<SigningKeys> | undefined;

/** The keys of this process, made on first use: RSA key generation is slow, and tests make many emulators. */
export function signingKeys(): Promise<SigningKeys> {
  keys ??= makeKeys();
  return keys;
}

async function makeKeys(): Promise<SigningKeys> {
  const [current, next, personal] = await Promise.all([makeKey(), makeKey(), makeKey()]);
  return { current, next, personal };
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

const YEARS = 5;

async function makeKey(): Promise<SigningKey> {
  const { X509CertificateGenerator } = loadX509();
  const pair = await webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]);
  const notAfter = new Date();
  notAfter.setFullYear(notAfter.getFullYear() + YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=accounts.accesscontrol.windows.net",
    notAfter,
    signingAlgorithm: RSA,
    keys: pair,
  });
  const { kty, n, e } = await webcrypto.subtle.exportKey("jwk", pair.publicKey);
  const der = Buffer.from(certificate.rawData);
  const kid = createHash("sha1").update(der).digest("base64url");
  const jwk = { kty, use: "sig", kid, x5t: kid, n, e, x5c: [der.toString("base64")] };
  return { kid, privateKey: pair.privateKey, jwk };
}

/** A signed JWT. */
export async function signJwt(
  claims: Readonly<Record<string, unknown>>,
  options: { personal?: boolean; thumbprint?: boolean; hashedNonce?: boolean } = {},
): Promise<string> {
  const { current, personal } = await signingKeys();
  const key = options.personal ? personal : current;
  const header = {
    typ: "JWT",
    alg: "RS256",
    kid: key.kid,
    ...(options.thumbprint && { x5t: key.kid }),
  };
  if (!options.hashedNonce) return sign(key, header, claims);

  // Tokens for Microsoft Graph show a nonce and are signed with its hash: only Graph is meant to verify them.
  const nonce = opaque(24);
  const hashed = { nonce: sha256(nonce).toString("base64url"), ...header };
  const [, payload, signature] = (await sign(key, hashed, claims)).split(".");
  const shown = Buffer.from(JSON.stringify({ nonce, ...header })).toString("base64url");
  return `${shown}.${payload}.${signature}`;
}

/** What a JWT of ours claims; undefined for one that is not ours, or was changed. Its times are not looked at. */
export async function verifyJwt(jwt: string): Promise<JWTPayload | undefined> {
  const keys = Object.values(await signingKeys()).map(({ jwk }) => jwk as JWK);
  try {
    const { payload } = await compactVerify(jwt, createLocalJWKSet({ keys }), {
      algorithms: ["RS256"],
    });
    return JSON.parse(new TextDecoder().decode(payload)) as JWTPayload;
  } catch {
    return undefined;
  }
}

function sign(
  key: SigningKey,
  header: CompactJWSHeaderParameters,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(key.privateKey);
}
