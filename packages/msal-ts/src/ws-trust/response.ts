/**
 * What a federation server answers: an assertion, or a fault.
 *
 * Spec: WS-Trust 1.3 §4.1; SOAP 1.2 §5.4 and SOAP 1.1 §4.4.
 *
 * @module
 */
import { soap11, soap12, WS_TRUST_VERSIONS } from "./namespaces.js";
import { find, findBelow, type XmlElement } from "./xml.js";

/** An assertion about a user. */
export interface Assertion {
  /** Exactly as the server wrote it: it is signed. */
  assertion: string;
  /** URI that says of what kind it is. */
  tokenType: string;
}

/** Why there is no assertion. */
export interface Fault {
  /** As it was written, with its prefix: `a:FailedAuthentication`. */
  code: string | undefined;
  reason: string | undefined;
}

/**
 * The assertion of the first response in a message. Cut out of the message's own text: written anew, even
 * as the same XML, its signature would fit no more.
 *
 * @returns What is missing, if there is none; completes "The answer … ".
 */
export function readAssertion(document: XmlElement, text: string): Assertion | string {
  const name = (local: string) =>
    WS_TRUST_VERSIONS.map(({ namespace }) => `{${namespace}}${local}`);
  const first = (element: XmlElement | undefined, local: string) =>
    name(local)
      .map((wanted) => findBelow(element, wanted))
      .find((found) => found !== undefined);
  const response = first(find(document, soap12("Body")), "RequestSecurityTokenResponse");
  if (response === undefined) return "holds neither a token nor a fault";
  const token = response.children.find((child) =>
    name("RequestedSecurityToken").includes(child.name),
  );
  if (token === undefined || token.children.length === 0) return "holds no RequestedSecurityToken";
  const type = response.children.find((child) => name("TokenType").includes(child.name));
  const tokenType = type?.text.trim();
  if (!tokenType) return "holds a token without a TokenType";
  return { assertion: text.slice(token.start, token.end), tokenType };
}

/** The fault of a message; undefined if it has none. */
export function readFault(document: XmlElement): Fault | undefined {
  const fault = find(document, soap12("Body"), soap12("Fault"));
  if (fault !== undefined) {
    const code = find(fault, soap12("Code"), soap12("Subcode"), soap12("Value"));
    const reason = find(fault, soap12("Reason"), soap12("Text"));
    return { code: words(code), reason: words(reason) };
  }
  const old = find(document, soap11("Body"), soap11("Fault"));
  if (old === undefined) return undefined;
  return { code: words(find(old, "faultcode")), reason: words(find(old, "faultstring")) };
}

function words(element: XmlElement | undefined): string | undefined {
  return element?.text.trim() || undefined;
}
