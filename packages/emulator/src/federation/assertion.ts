/**
 * SAML assertions: issued by the federation server, trusted by the platform.
 *
 * The signature is one of our own making, over the bytes as they stand: whoever hands the assertion on
 * changed by a single one, as a client does that writes the XML anew, finds it refused.
 *
 * Spec: SAML 1.1 and 2.0 §2
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Call } from "../call.js";
import type { User } from "../config/resolve-config.js";
import { entraError, timestamp } from "../entra-error.js";
import { sha256 } from "../identifiers.js";
import { AUDIENCE } from "./user-realm.js";
import { escapeXml } from "./xml.js";

/** Versions of SAML. */
export type SamlVersion = "1.1" | "2.0";

/** Seconds an assertion is valid. */
const LIFETIME = 3600;

/** Clocks may differ by this much. Seconds. */
const CLOCK_SKEW = 300;

/** What signatures are sealed under. */
const SIGNATURE = "assertion";

/** What a signature vouches for. */
interface Signed {
  readonly digest: string;
  readonly version: SamlVersion;
  readonly username: string;
  readonly audience: string;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly notOnOrAfter: number;
}

/** When an assertion is valid, as SAML writes it. */
interface Validity {
  readonly from: string;
  readonly to: string;
}

/** An assertion about a user, signed. */
export function issueAssertion(call: Call, user: User, version: SamlVersion): string {
  const notBefore = call.now;
  const notOnOrAfter = notBefore + LIFETIME;
  const validity = { from: iso(notBefore), to: iso(notOnOrAfter) };
  const [content, end] =
    version === "1.1" ? saml11(call, user, validity) : saml20(call, user, validity);
  const signed: Signed = {
    digest: digest(`${content}${end}`),
    version,
    username: user.username,
    audience: AUDIENCE,
    notBefore,
    notOnOrAfter,
  };
  const value = call.emulation.sealer.seal(SIGNATURE, signed);
  return `${content}<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:DigestValue>${signed.digest}</ds:DigestValue></ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>${end}`;
}

/**
 * Whom an assertion is about.
 *
 * @throws EntraError 50013 unless we signed it, for the platform; 500133 when its time has not come or is over.
 */
export function verifyAssertion(call: Call, assertion: string, version: SamlVersion): string {
  const text = assertion.trim();
  const [signature = "", value = ""] =
    /<ds:Signature .*<ds:SignatureValue>([\w-]+)<\/ds:SignatureValue><\/ds:Signature>/s.exec(
      text,
    ) ?? [];
  const signed = call.emulation.sealer.open<Signed>(SIGNATURE, value);
  const intact = signed?.digest === digest(text.replace(signature, ""));
  if (!signed || !intact || signed.version !== version) throw entraError(50013);
  const { notBefore, notOnOrAfter } = signed;
  if (call.now < notBefore - CLOCK_SKEW || call.now >= notOnOrAfter + CLOCK_SKEW) {
    throw entraError(500133, { now: timestamp(call.now), to: timestamp(notOnOrAfter) });
  }
  return signed.username;
}

function digest(text: string): string {
  return sha256(text).toString("base64");
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Base64 of the user's id: what ties the two directories together. */
function immutableId(user: User): string {
  return Buffer.from(user.oid.replaceAll("-", ""), "hex").toString("base64");
}

/** All of it, and its end tag, before which the signature goes. */
function saml11(call: Call, user: User, { from, to }: Validity): [string, string] {
  const id = immutableId(user);
  const content = `<saml:Assertion MajorVersion="1" MinorVersion="1" AssertionID="_${randomUUID()}" Issuer="${escapeXml(issuer(call))}" IssueInstant="${from}" xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion">
  <saml:Conditions NotBefore="${from}" NotOnOrAfter="${to}"><saml:AudienceRestrictionCondition><saml:Audience>${AUDIENCE}</saml:Audience></saml:AudienceRestrictionCondition></saml:Conditions>
  <saml:AttributeStatement>
    <saml:Subject><saml:NameIdentifier Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">${id}</saml:NameIdentifier></saml:Subject>
    <saml:Attribute AttributeName="UPN" AttributeNamespace="http://schemas.xmlsoap.org/claims"><saml:AttributeValue>${escapeXml(user.username)}</saml:AttributeValue></saml:Attribute>
    <saml:Attribute AttributeName="ImmutableID" AttributeNamespace="http://schemas.microsoft.com/LiveID/Federation/2008/05"><saml:AttributeValue>${id}</saml:AttributeValue></saml:Attribute>
  </saml:AttributeStatement>
`;
  return [content, "</saml:Assertion>"];
}

function saml20(call: Call, user: User, { from, to }: Validity): [string, string] {
  const id = immutableId(user);
  const content = `<Assertion ID="_${randomUUID()}" IssueInstant="${from}" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">
  <Issuer>${escapeXml(issuer(call))}</Issuer>
  <Subject><NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${id}</NameID><SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData NotOnOrAfter="${to}"/></SubjectConfirmation></Subject>
  <Conditions NotBefore="${from}" NotOnOrAfter="${to}"><AudienceRestriction><Audience>${AUDIENCE}</Audience></AudienceRestriction></Conditions>
  <AttributeStatement>
    <Attribute Name="IDPEmail"><AttributeValue>${escapeXml(user.username)}</AttributeValue></Attribute>
    <Attribute Name="ImmutableID"><AttributeValue>${id}</AttributeValue></Attribute>
  </AttributeStatement>
`;
  return [content, "</Assertion>"];
}

/** ADFS's name, which has no https and never had. */
function issuer(call: Call): string {
  return `${call.base.replace(/^https/, "http")}/adfs/services/trust`;
}
