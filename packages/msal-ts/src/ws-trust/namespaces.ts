/**
 * Names of the vocabularies that federation servers speak, in Clark notation, and the versions of WS-Trust.
 *
 * @module
 */

const within = (namespace: string) => (local: string) => `{${namespace}}${local}`;

/** WSDL 1.1, and its binding to SOAP 1.2. */
export const wsdl: (local: string) => string = within("http://schemas.xmlsoap.org/wsdl/");
export const soapBinding: (local: string) => string = within(
  "http://schemas.xmlsoap.org/wsdl/soap12/",
);
/** WS-Policy. */
export const wsp: (local: string) => string = within(
  "http://schemas.xmlsoap.org/ws/2004/09/policy",
);
/** WS-SecurityPolicy 1.2, and its draft of 2005. */
export const sp: (local: string) => string = within(
  "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
);
export const sp2005: (local: string) => string = within(
  "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy",
);
/** WS-Addressing 1.0. */
export const wsa: (local: string) => string = within("http://www.w3.org/2005/08/addressing");
/** WS-Security utilities. */
export const wsu: (local: string) => string = within(
  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
);
/** Envelopes of SOAP 1.2 and 1.1. */
export const soap12: (local: string) => string = within("http://www.w3.org/2003/05/soap-envelope");
export const soap11: (local: string) => string = within(
  "http://schemas.xmlsoap.org/soap/envelope/",
);

/** What differs between versions of WS-Trust. */
export interface WsTrustVersion {
  readonly namespace: string;
  /** SOAP action of a request for a token. */
  readonly action: string;
  /** Part of the address of ADFS's endpoint for a username and a password. */
  readonly path: string;
  /** A token that whoever bears it may use. */
  readonly keyType: string;
  readonly requestType: string;
}

/** WS-Trust 1.3 §4, which is preferred. */
export const WS_TRUST_13: WsTrustVersion = {
  namespace: "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
  action: "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue",
  path: "/trust/13/usernamemixed",
  keyType: "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer",
  requestType: "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue",
};

/** The draft of February 2005. */
const WS_TRUST_2005: WsTrustVersion = {
  namespace: "http://schemas.xmlsoap.org/ws/2005/02/trust",
  action: "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue",
  path: "/trust/2005/usernamemixed",
  keyType: "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey",
  requestType: "http://schemas.xmlsoap.org/ws/2005/02/trust/Issue",
};

export const WS_TRUST_VERSIONS: readonly WsTrustVersion[] = [WS_TRUST_2005, WS_TRUST_13];
