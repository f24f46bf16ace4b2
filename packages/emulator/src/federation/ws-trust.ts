/**
 * The federation server's endpoints for a username and a password (§17.2).
 *
 * Spec: WS-Trust 1.3 §4 and its draft of 2005; SOAP 1.2; WS-Security UsernameToken Profile 1.1
 *
 * @module
 */
import type { Call } from "../call.js";
import type { User } from "../config/resolve-config.js";
import { domainOf } from "../directory.js";
import { respond } from "../respond.js";
import { issueAssertion, type SamlVersion } from "./assertion.js";
import { USERNAME_MIXED, WS_TRUST, type WsTrustVersion } from "./metadata.js";
import { AUDIENCE, isFederated } from "./user-realm.js";
import { escapeXml, find, readXml, type XmlElement } from "./xml.js";

const SOAP = "http://www.w3.org/2003/05/soap-envelope";
const ADDRESSING = "http://www.w3.org/2005/08/addressing";
const SECURITY =
  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const UTILITY =
  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const POLICY = "http://schemas.xmlsoap.org/ws/2004/09/policy";

const KEY_TYPES: Record<WsTrustVersion, string> = {
  "1.3": "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer",
  "2005": "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey",
};

const TOKEN_TYPES: Record<SamlVersion, string> = {
  "1.1": "urn:oasis:names:tc:SAML:1.0:assertion",
  "2.0": "urn:oasis:names:tc:SAML:2.0:assertion",
};

/** Seconds that two clocks may differ. */
const CLOCK_SKEW = 300;

/** A refusal as SOAP writes it. */
class SoapFault extends Error {
  override readonly name = "SoapFault";
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** Answers a request for an assertion. */
export function usernameMixed(call: Call, version: WsTrustVersion): Response {
  const { wsTrust } = call.emulation.config.federation;
  if (!wsTrust.includes(version)) return respond(call, "", 404, {});
  if (!call.request.headers["content-type"]?.startsWith("application/soap+xml")) {
    return respond(call, "", 415, {});
  }
  try {
    const envelope = readXml(call.body);
    if (!envelope) throw new SoapFault("a:InvalidRequest", "The request is not well formed.");
    checkAddressing(call, envelope, version);
    checkTime(call, envelope);
    checkRequest(envelope, version);
    return soap(call, 200, tokenResponse(call, authenticate(call, envelope), version));
  } catch (thrown) {
    if (!(thrown instanceof SoapFault)) throw thrown;
    return soap(call, 500, fault(thrown));
  }
}

/** The action in the header of HTTP, the one of the message and the endpoint's are one and the same. */
function checkAddressing(call: Call, envelope: XmlElement, version: WsTrustVersion): void {
  const action = `${WS_TRUST[version].namespace}/RST/Issue`;
  const header = (name: string) =>
    find(envelope, `{${SOAP}}Header`, `{${ADDRESSING}}${name}`)?.text.trim();
  const named = call.request.headers.soapaction?.replace(/^"|"$/g, "");
  if (header("Action") !== action || named !== action) {
    throw new SoapFault("a:ActionNotSupported", "The message cannot be processed at the receiver.");
  }
  if (header("To") !== `${call.base}${USERNAME_MIXED[version]}`) {
    throw new SoapFault("a:DestinationUnreachable", "The message cannot be processed: wrong To.");
  }
  if (!header("MessageID")) throw new SoapFault("a:InvalidRequest", "The message has no id.");
}

function checkTime(call: Call, envelope: XmlElement): void {
  const path = [`{${SOAP}}Header`, `{${SECURITY}}Security`, `{${UTILITY}}Timestamp`];
  const [created = Number.NaN, expires = Number.NaN] = ["Created", "Expires"].map(
    (name) => Date.parse(find(envelope, ...path, `{${UTILITY}}${name}`)?.text ?? "") / 1000,
  );
  // Written so that what is no time fails, too.
  if (created <= call.now + CLOCK_SKEW && expires > call.now - CLOCK_SKEW) return;
  throw new SoapFault(
    "a:InvalidSecurity",
    "An error occurred when verifying security for the message.",
  );
}

function checkRequest(envelope: XmlElement, version: WsTrustVersion): void {
  const { namespace } = WS_TRUST[version];
  const request = find(envelope, `{${SOAP}}Body`, `{${namespace}}RequestSecurityToken`);
  const member = (name: string) => find(request, `{${namespace}}${name}`)?.text.trim();
  if (member("RequestType") !== `${namespace}/Issue` || member("KeyType") !== KEY_TYPES[version]) {
    throw new SoapFault("a:InvalidRequest", "The request was invalid or malformed.");
  }
  const audience = find(
    request,
    `{${POLICY}}AppliesTo`,
    `{${ADDRESSING}}EndpointReference`,
    `{${ADDRESSING}}Address`,
  );
  if (audience?.text.trim() !== AUDIENCE) {
    throw new SoapFault(
      "a:RequestFailed",
      `MSIS3127: The specified request failed. There is no relying party '${audience?.text ?? ""}'.`,
    );
  }
}

function authenticate(call: Call, envelope: XmlElement): User {
  const token = find(
    envelope,
    `{${SOAP}}Header`,
    `{${SECURITY}}Security`,
    `{${SECURITY}}UsernameToken`,
  );
  const username = find(token, `{${SECURITY}}Username`)?.text ?? "";
  const password = find(token, `{${SECURITY}}Password`)?.text ?? "";
  const { config, directory } = call.emulation;
  const user = directory.user(username);
  if (
    user &&
    !user.disabled &&
    isFederated(config, domainOf(user.username)) &&
    user.password === password
  ) {
    return user;
  }
  throw new SoapFault(
    "a:FailedAuthentication",
    "ID3242: The security token could not be authenticated or authorized.",
  );
}

function tokenResponse(call: Call, user: User, version: WsTrustVersion): string {
  const { namespace } = WS_TRUST[version];
  const saml = call.emulation.config.federation.saml;
  const response = `<t:RequestSecurityTokenResponse xmlns:t="${namespace}">
<t:RequestedSecurityToken>${issueAssertion(call, user, saml)}</t:RequestedSecurityToken>
<t:TokenType>${TOKEN_TYPES[saml]}</t:TokenType>
<t:RequestType>${namespace}/Issue</t:RequestType>
<t:KeyType>${KEY_TYPES[version]}</t:KeyType>
</t:RequestSecurityTokenResponse>`;
  if (version === "2005") return message(`${namespace}/RSTR/Issue`, response);
  return message(
    `${namespace}/RSTRC/IssueFinal`,
    `<t:RequestSecurityTokenResponseCollection xmlns:t="${namespace}">${response}</t:RequestSecurityTokenResponseCollection>`,
  );
}

function fault({ code, message: reason }: SoapFault): string {
  return message(
    "http://www.w3.org/2005/08/addressing/soap/fault",
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value xmlns:a="${WS_TRUST["2005"].namespace}">${code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${escapeXml(reason)}</s:Text></s:Reason></s:Fault>`,
  );
}

function message(action: string, body: string): string {
  return `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}"><s:Header><a:Action s:mustUnderstand="1">${action}</a:Action></s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

function soap(call: Call, status: number, body: string): Response {
  return respond(call, body, status, {
    "content-type": "application/soap+xml; charset=utf-8",
    "cache-control": "private",
  });
}
