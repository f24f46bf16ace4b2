/**
 * Client authentication by a signed JWT.
 *
 * Spec: RFC 7523 §3; Microsoft's part: learn.microsoft.com/entra/identity-platform/certificate-credentials
 *
 * @module
 */
import { type KeyObject, X509Certificate } from "node:crypto";
import { compactVerify, decodeJwt, decodeProtectedHeader } from "jose";
import type { Call } from "../call.js";
import { findCloud } from "../clouds.js";
import type { App } from "../config/resolve-config.js";
import type { Authority } from "../directory.js";
import { entraError, timestamp } from "../entra-error.js";

/** Clocks of clients may differ from ours by this much. Seconds. */
const CLOCK_SKEW = 300;

/** A registered certificate, ready to compare and to verify with. */
interface Certificate {
  readonly sha1: Buffer;
  readonly sha256: Buffer;
  readonly key: KeyObject;
}

/** The parts of an assertion that are checked. */
interface Assertion {
  readonly jwt: string;
  readonly header: { x5t?: unknown; "x5t#S256"?: unknown; x5c?: unknown; alg?: unknown };
  /** Whatever the client wrote. */
  readonly claims: { readonly [claim in "iss" | "sub" | "aud" | "exp" | "nbf"]?: unknown };
}

/**
 * Verifies an assertion: its certificate, signature, subject, audience and time.
 *
 * @throws EntraError 50027, 700027, 50048, 700021, 700023 or 700024
 */
export async function verifyClientAssertion(
  call: Call,
  authority: Authority,
  client: App,
  jwt: string,
): Promise<void> {
  const assertion = decode(jwt);
  const certificate = findCertificate(assertion, client);
  await checkSignature(assertion, certificate);
  checkSubject(assertion, client);
  checkAudience(call, authority, assertion);
  checkTime(call, assertion);
}

function decode(jwt: string): Assertion {
  try {
    return { jwt, header: decodeProtectedHeader(jwt), claims: decodeJwt(jwt) };
  } catch {
    throw entraError(50027);
  }
}

const registered = new WeakMap<App, readonly Certificate[]>();

/** An app's certificates, read once. */
function certificatesOf(client: App): readonly Certificate[] {
  let certificates = registered.get(client);
  if (!certificates) {
    certificates = client.certificates.map((pem) => readCertificate(new X509Certificate(pem)));
    registered.set(client, certificates);
  }
  return certificates;
}

function readCertificate(certificate: X509Certificate): Certificate {
  const digest = (text: string) => Buffer.from(text.replaceAll(":", ""), "hex");
  return {
    sha1: digest(certificate.fingerprint),
    sha256: digest(certificate.fingerprint256),
    key: certificate.publicKey,
  };
}

/** The registered certificate that the header names: by `x5t#S256`, by `x5t`, or by being the first of `x5c`. */
function findCertificate({ header }: Assertion, client: App): Certificate {
  const certificates = certificatesOf(client);
  const { x5t, "x5t#S256": x5tS256 } = header;
  if (typeof x5tS256 === "string") {
    const named = Buffer.from(x5tS256, "base64url");
    return certificates.find(({ sha256 }) => sha256.equals(named)) ?? refuseKey(client, named);
  }
  const named =
    typeof x5t === "string" ? Buffer.from(x5t, "base64url") : leafThumbprint(header.x5c);
  return certificates.find(({ sha1 }) => sha1.equals(named)) ?? refuseKey(client, named);
}

function leafThumbprint(x5c: unknown): Buffer {
  const leaf: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof leaf !== "string") throw entraError(50027);
  try {
    return readCertificate(new X509Certificate(Buffer.from(leaf, "base64"))).sha1;
  } catch {
    throw entraError(50027);
  }
}

function refuseKey(client: App, thumbprint: Buffer): never {
  const reason = `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint.toString("hex").toUpperCase()}', Please visit the Azure Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id '${client.clientId}'.]`;
  throw entraError(700027, { reason });
}

async function checkSignature({ jwt }: Assertion, certificate: Certificate): Promise<void> {
  try {
    await compactVerify(jwt, certificate.key, { algorithms: ["RS256", "PS256"] });
  } catch {
    throw entraError(700027, { reason: "Client assertion failed signature validation." });
  }
}

function checkSubject({ claims: { sub, iss } }: Assertion, client: App): void {
  if (sub !== iss) throw entraError(50048);
  if (typeof iss !== "string") throw entraError(50027);
  if (iss.toLowerCase() !== client.clientId) throw entraError(700021);
}

/** The audience is the token endpoint, its tenant as sent or as discovered, or the tenant's issuer. */
function checkAudience(call: Call, authority: Authority, { claims }: Assertion): void {
  const sent = call.url.pathname.split("/")[1] as string;
  const accepted = new Set<string>(
    [call.base, call.origin].map((origin) => `${origin}${call.url.pathname}`.toLowerCase()),
  );
  for (const origin of originsOf(call)) {
    for (const tenant of [sent, authority.segment, authority.tenant?.id ?? sent]) {
      accepted.add(`${origin}/${tenant}/oauth2/v2.0/token`.toLowerCase());
      accepted.add(`${origin}/${tenant}/oauth2/token`.toLowerCase());
      accepted.add(`${origin}/${tenant}/v2.0`.toLowerCase());
    }
  }
  const audiences = [claims.aud].flat();
  const fits = audiences.some(
    (each) => typeof each === "string" && accepted.has(each.toLowerCase()),
  );
  if (!fits) throw entraError(700023);
}

/** All names of the host that was called. */
function originsOf(call: Call): string[] {
  const cloud = findCloud(call.url.hostname);
  return cloud ? cloud.aliases.map((alias) => `https://${alias}`) : [call.origin];
}

function checkTime(call: Call, { claims: { exp, nbf: from = 0 } }: Assertion): void {
  if (!isTime(exp) || !isTime(from)) throw entraError(50027);
  if (call.now < exp + CLOCK_SKEW && call.now >= from - CLOCK_SKEW) return;
  throw entraError(700024, {
    now: timestamp(call.now),
    from: timestamp(from),
    to: timestamp(exp),
  });
}

/** The last second that has a date. */
const END_OF_TIME = 8.64e12;

/** Whether a claim is a NumericDate (RFC 7519 §2). */
function isTime(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= END_OF_TIME;
}
