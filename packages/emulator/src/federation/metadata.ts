/**
 * The federation server's description of itself (MEX, §17.2): among endpoints for Windows and for
 * certificates those that take a username and a password.
 *
 * Spec: WSDL 1.1; WS-SecurityPolicy 1.2 §8
 *
 * @module
 */
import type { Call } from "../call.js";
import { escapeXml } from "./xml.js";

/** Versions of WS-Trust: 1.3 and its draft. */
export type WsTrustVersion = "1.3" | "2005";

export const MEX_PATH = "/adfs/services/trust/mex";

/** Paths of the endpoints that take a username and a password. */
export const USERNAME_MIXED: Record<WsTrustVersion, string> = {
  "1.3": "/adfs/services/trust/13/usernamemixed",
  "2005": "/adfs/services/trust/2005/usernamemixed",
};

/** What a version of WS-Trust is called in each vocabulary. */
export const WS_TRUST: Record<
  WsTrustVersion,
  {
    readonly namespace: string;
    readonly policy: string;
    readonly tokens: string;
    readonly path: string;
  }
> = {
  "1.3": {
    namespace: "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
    policy: "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
    tokens: "SignedEncryptedSupportingTokens",
    path: "13",
  },
  "2005": {
    namespace: "http://schemas.xmlsoap.org/ws/2005/02/trust",
    policy: "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy",
    tokens: "SignedSupportingTokens",
    path: "2005",
  },
};

/** Kinds of endpoint: what proves who asks, and the port where it is not the usual one. */
const KINDS = ["windowstransport", "certificatemixed", "usernamemixed"] as const;

type Kind = (typeof KINDS)[number];

/** The document, its bindings in ADFS's order: the draft comes first. */
export function metadata(call: Call): string {
  const { wsTrust } = call.emulation.config.federation;
  const offered = (["2005", "1.3"] as const)
    .filter((version) => wsTrust.includes(version))
    .flatMap((version) => KINDS.map((kind) => [version, kind] as const));
  return `<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="SecurityTokenService" targetNamespace="${TARGET}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="${TARGET}" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsa10="http://www.w3.org/2005/08/addressing" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy">
${offered.map(([version, kind]) => policy(version, kind)).join("\n")}
${offered.map(([version, kind]) => binding(version, kind)).join("\n")}
  <wsdl:service name="SecurityTokenService">
${offered.map(([version, kind]) => port(call, version, kind)).join("\n")}
  </wsdl:service>
</wsdl:definitions>`;
}

const TARGET = "http://schemas.microsoft.com/ws/2008/06/identity/securitytokenservice";

/** ADFS names a binding by what it takes and the version it speaks. */
function nameOf(version: WsTrustVersion, kind: Kind): string {
  const names = {
    windowstransport: "CustomBinding",
    certificatemixed: "CertificateWSTrustBinding",
    usernamemixed: "UserNameWSTrustBinding",
  };
  return `${names[kind]}_IWSTrust${version === "1.3" ? "13" : "Feb2005"}Async`;
}

function policy(version: WsTrustVersion, kind: Kind): string {
  const { policy: namespace, tokens } = WS_TRUST[version];
  const transport = `<sp:TransportBinding xmlns:sp="${namespace}"><wsp:Policy><sp:TransportToken><wsp:Policy><sp:HttpsToken/></wsp:Policy></sp:TransportToken></wsp:Policy></sp:TransportBinding>`;
  const proof = {
    windowstransport: `<http:NegotiateAuthentication xmlns:http="http://schemas.microsoft.com/ws/06/2004/policy/http"/>`,
    certificatemixed: `<sp:EndorsingSupportingTokens xmlns:sp="${namespace}"><wsp:Policy><sp:X509Token><wsp:Policy><sp:WssX509V3Token10/></wsp:Policy></sp:X509Token></wsp:Policy></sp:EndorsingSupportingTokens>`,
    usernamemixed: `<sp:${tokens} xmlns:sp="${namespace}"><wsp:Policy><sp:UsernameToken><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken></wsp:Policy></sp:${tokens}>`,
  };
  return `  <wsp:Policy wsu:Id="${nameOf(version, kind)}_policy"><wsp:ExactlyOne><wsp:All>${transport}${proof[kind]}</wsp:All></wsp:ExactlyOne></wsp:Policy>`;
}

function binding(version: WsTrustVersion, kind: Kind): string {
  const name = nameOf(version, kind);
  return `  <wsdl:binding name="${name}" type="tns:IWSTrust${version === "1.3" ? "13" : "Feb2005"}Async"><wsp:PolicyReference URI="#${name}_policy"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="TrustIssue"><soap12:operation soapAction="${WS_TRUST[version].namespace}/RST/Issue" style="document"/></wsdl:operation></wsdl:binding>`;
}

function port(call: Call, version: WsTrustVersion, kind: Kind): string {
  const name = nameOf(version, kind);
  const address = escapeXml(`${call.base}/adfs/services/trust/${WS_TRUST[version].path}/${kind}`);
  return `    <wsdl:port name="${name}" binding="tns:${name}"><soap12:address location="${address}"/><wsa10:EndpointReference><wsa10:Address>${address}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`;
}
