/**
 * A federated user and a scripted federation server.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { idToken, type Reply, setupScript, userTokens, WEB_APP } from "../setup.js";

export const EDITH = "edith@contoso.com";
/** It must look different wherever it is escaped. */
export const EDITHS_PASSWORD = `p&ss"w'rd<of>\\Edith`;

export const MEX = "https://fs.contoso.com/adfs/services/trust/mex";
export const ENDPOINT_13 = "https://fs.contoso.com/adfs/services/trust/13/usernamemixed";
export const ENDPOINT_2005 = "https://fs.contoso.com/adfs/services/trust/2005/usernamemixed";
export const ACTION_13 = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue";
export const ACTION_2005 = "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue";
export const SAML_1 = "urn:oasis:names:tc:SAML:1.0:assertion";

/** A user realm of Edith's; `undefined` leaves a member out. */
export function realm(members: Record<string, unknown> = {}): Reply {
  const body = {
    ver: "1.0",
    account_type: "Federated",
    domain_name: "contoso.com",
    cloud_audience_urn: "urn:federation:MicrosoftOnline",
    federation_protocol: "WSTrust",
    federation_metadata_url: MEX,
    federation_active_auth_url: ENDPOINT_2005,
    ...members,
  };
  return { body };
}

/** A user realm without metadata: the endpoint is the one it names. */
export function plainRealm(url: unknown = ENDPOINT_13): Reply {
  return realm({ federation_metadata_url: undefined, federation_active_auth_url: url });
}

interface Port {
  address?: string;
  action?: string;
  /** Instead of one that fits. */
  binding?: string;
  /** What the policy says of the transport. */
  transport?: string;
  /** What the policy asks for in place of a username and a password. */
  tokens?: string;
}

const USERNAME_TOKEN =
  "<sp:SignedEncryptedSupportingTokens><wsp:Policy><sp:UsernameToken><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken></wsp:Policy></sp:SignedEncryptedSupportingTokens>";

/** Metadata with these ports, each with a policy for a username and a password. */
export function metadata(...ports: Port[]): string {
  const parts = ports.map(
    (
      {
        address = ENDPOINT_13,
        action = ACTION_13,
        binding,
        transport = "<sp:TransportBinding/>",
        tokens = USERNAME_TOKEN,
      },
      i,
    ) => ({
      policy: `<wsp:Policy wsu:Id="p${i}"><wsp:ExactlyOne><wsp:All>${transport}${tokens}</wsp:All></wsp:ExactlyOne></wsp:Policy>`,
      binding:
        binding ??
        `<wsdl:binding name="b${i}"><wsp:PolicyReference URI="#p${i}"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation><soap12:operation soapAction="${action}"/></wsdl:operation></wsdl:binding>`,
      port: `<wsdl:port binding="tns:b${i}"><wsa10:EndpointReference><wsa10:Address>${address}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`,
    }),
  );
  return `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsa10="http://www.w3.org/2005/08/addressing" xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">${parts.map((part) => part.policy + part.binding).join("")}<wsdl:service>${parts.map(({ port }) => port).join("")}</wsdl:service></wsdl:definitions>`;
}

/** A message of SOAP 1.2. */
export function soap(body: string): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;
}

/** A response with a token in it. */
export function tokenResponse(
  token: string = '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion">Edith</saml:Assertion>',
  type: string | undefined = SAML_1,
): string {
  return `<t:RequestSecurityTokenResponse xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512"><t:RequestedSecurityToken>${token}</t:RequestedSecurityToken>${type === "" ? "" : `<t:TokenType>${type}</t:TokenType>`}</t:RequestSecurityTokenResponse>`;
}

/** Entra's answer to an assertion: tokens that name nobody. */
export const TOKENS: Reply = {
  body: userTokens({
    id_token: idToken({ aud: WEB_APP, preferred_username: undefined, name: undefined }),
  }),
};

/** Signs Edith in where these answers are given, in their order. */
export function signEdithIn(...replies: Reply[]) {
  const { webApp, requests, script } = setupScript(...replies);
  const app = webApp();
  const result = app.acquireTokenByUsernamePassword(EDITH, EDITHS_PASSWORD, ["User.Read"]);
  // Looked at later; not unheard until then.
  result.catch(() => {});
  return { app, requests, script, result };
}

/** The assertion in a request, as the federation server wrote it. */
export function assertionIn(form: Readonly<Record<string, string>> | undefined): Buffer {
  return Buffer.from(form?.assertion ?? "", "base64url");
}

const FIXTURES = fileURLToPath(
  new URL("../../../../../shared/fixtures/ws-trust/", import.meta.url),
);

/** Recorded documents are not part of the repository; where they must not be missing, a test without them fails. */
export const areFixturesMissing: boolean = process.env.CI !== "true" && !existsSync(FIXTURES);

export function fixture(name: string): string {
  return readFileSync(`${FIXTURES}${name}`, "utf8");
}
