/**
 * The SOAP message that asks a federation server for an assertion.
 *
 * Spec: WS-Trust 1.3 §4.1; WS-Security UsernameToken Profile 1.1 §3.1; SOAP 1.2; WS-Addressing 1.0.
 *
 * @module
 */
import { MsalError } from "../errors.js";
import type { WsTrustVersion } from "./namespaces.js";

/** Seconds that the message may be under way. */
const LIFETIME = 600;

/** What an assertion is asked for with. */
export interface AssertionRequest {
  username: string;
  password: string;
  /** Whom the assertion is for. */
  audience: string;
}

/**
 * Writes the message.
 *
 * @param now - Seconds since the epoch.
 * @throws {@link MsalError} `invalid_argument` if the password holds what XML cannot carry.
 */
export function envelope(
  address: string,
  version: WsTrustVersion,
  { username, password, audience }: AssertionRequest,
  now: number,
): string {
  if (NOT_XML.test(password)) {
    throw new MsalError(
      "invalid_argument",
      "password must hold no control characters: the user is federated, and XML, in which the federation server takes the password, cannot carry them.",
    );
  }
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">
<s:Header>
<wsa:Action s:mustUnderstand="1">${version.action}</wsa:Action>
<wsa:MessageID>urn:uuid:${crypto.randomUUID()}</wsa:MessageID>
<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>
<wsa:To s:mustUnderstand="1">${escapeXml(address)}</wsa:To>
<wsse:Security s:mustUnderstand="1" xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd">
<wsu:Timestamp wsu:Id="_0"><wsu:Created>${dateTime(now)}</wsu:Created><wsu:Expires>${dateTime(now + LIFETIME)}</wsu:Expires></wsu:Timestamp>
<wsse:UsernameToken wsu:Id="ADALUsernameToken"><wsse:Username>${escapeXml(username)}</wsse:Username><wsse:Password>${escapeXml(password)}</wsse:Password></wsse:UsernameToken>
</wsse:Security>
</s:Header>
<s:Body>
<wst:RequestSecurityToken xmlns:wst="${version.namespace}">
<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><wsa:EndpointReference><wsa:Address>${escapeXml(audience)}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>
<wst:KeyType>${version.keyType}</wst:KeyType>
<wst:RequestType>${version.requestType}</wst:RequestType>
</wst:RequestSecurityToken>
</s:Body>
</s:Envelope>`;
}

/** XML 1.0 §2.2: no other control characters than these three, no halves of characters. */
const NOT_XML = /(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u;

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  '"': "&quot;",
  "'": "&apos;",
  "<": "&lt;",
  ">": "&gt;",
  // As itself it would be read as a line feed (XML 1.0 §2.11).
  "\r": "&#13;",
};

/** Text as it may stand in XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&"'<>\r]/g, (character) => ENTITIES[character] as string);
}

const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(ENTITIES).map(([character, entity]) => [entity, character] as const),
  ["&#39;", "'"],
  ["&#34;", '"'],
]);

/** Text as XML or HTML means it, as far as {@link escapeXml} and its like go. */
export function unescapeXml(text: string): string {
  return text.replace(/&#?\w{2,4};/g, (entity) => CHARACTERS.get(entity) ?? entity);
}

/** `YYYY-MM-DDTHH:MM:SSZ` */
function dateTime(seconds: number): string {
  return new Date(Math.trunc(seconds) * 1000).toISOString().replace(/\.\d+/, "");
}
