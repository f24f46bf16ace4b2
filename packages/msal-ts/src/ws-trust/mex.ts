/**
 * Where a federation server takes a username and a password, by its own metadata.
 *
 * Spec: WS-MetadataExchange; WSDL 1.1; WS-PolicyAttachment; WS-SecurityPolicy 1.2 §8.
 *
 * @module
 */
import type { Call } from "../call.js";
import { MsalError } from "../errors.js";
import { fetchDocument } from "../http/document.js";
import { type HttpAnswer, type HttpRequest, withoutQuery } from "../http/http-request.js";
import { unexpected } from "../http/json.js";
import { soapBinding, sp, sp2005, WS_TRUST_13, wsa, wsdl, wsp, wsu } from "./namespaces.js";
import { isSecure } from "./secure-url.js";
import { childrenOf, find, findBelow, type XmlElement, type XmlReader } from "./xml.js";

/** Where to ask for an assertion. */
export interface FederationEndpoint {
  address: string;
  /** SOAP action; absent when only the address is known. */
  action: string | undefined;
}

const SOAP_OVER_HTTP = "http://schemas.xmlsoap.org/soap/http";

/** Seconds that metadata is believed. */
const LIFETIME = 3600;

/**
 * Reads a federation server's metadata.
 *
 * @throws {@link MsalError} `invalid_response` if no endpoint takes a username and a password over https.
 */
export async function discoverEndpoint(
  call: Call,
  url: string,
  readXml: XmlReader,
): Promise<FederationEndpoint> {
  const request: HttpRequest = { method: "GET", url };
  return fetchDocument(call, {
    request,
    // In our own memory: whoever names the endpoint is sent the password.
    cache: call.client.memory,
    lifetime: LIFETIME,
    grace: 0,
    read: (answer) => readEndpoint(call, request, answer, readXml),
    keeps: () => true,
  });
}

function readEndpoint(
  call: Call,
  request: HttpRequest,
  answer: HttpAnswer,
  readXml: XmlReader,
): FederationEndpoint {
  if (answer.status < 200 || answer.status > 299) {
    throw unexpected(
      request,
      answer,
      "is no metadata of a federation server, which has the status 200",
    );
  }
  const definitions = readXml(answer.text);
  if (definitions === undefined) {
    throw unexpected(
      request,
      answer,
      "is no metadata of a federation server: it must be well-formed XML without a DTD",
    );
  }
  const endpoints = endpointsIn(call, definitions);
  const endpoint = endpoints.find(({ action }) => action === WS_TRUST_13.action) ?? endpoints[0];
  if (endpoint !== undefined) return endpoint;
  throw new MsalError(
    "invalid_response",
    `The metadata of the federation server (${withoutQuery(request.url)}) must name a WS-Trust endpoint that takes a username and a password over https; it names none. Ask the server's administrator to enable /adfs/services/trust/13/usernamemixed, or sign the user in with a browser.`,
  );
}

/** Ports whose binding has a policy that allows a username and a password, in the document's order. */
function endpointsIn(call: Call, definitions: XmlElement): FederationEndpoint[] {
  const policies = passwordPolicies(definitions);
  const bindings = bindingsIn(definitions);
  const ports = childrenOf(definitions, wsdl("service")).flatMap((service) =>
    childrenOf(service, wsdl("port")),
  );
  return ports.flatMap((port) => {
    const binding = bindings.get(port.attributes.get("binding")?.split(":").at(-1) ?? "");
    const address = find(port, wsa("EndpointReference"), wsa("Address"))?.text;
    if (binding === undefined || !policies.has(binding.policy)) return [];
    return address !== undefined && isSecure(call, address)
      ? [{ address, action: binding.action }]
      : [];
  });
}

function passwordPolicies(definitions: XmlElement): Set<string> {
  const fitting = childrenOf(definitions, wsp("Policy")).filter(
    (policy) =>
      allowsPassword(policy, sp, "SignedEncryptedSupportingTokens") ||
      allowsPassword(policy, sp2005, "SignedSupportingTokens"),
  );
  const ids = fitting.map((policy) => policy.attributes.get(wsu("Id")));
  return new Set(ids.flatMap((id) => (id === undefined ? [] : [`#${id}`])));
}

function allowsPassword(
  policy: XmlElement,
  vocabulary: (local: string) => string,
  tokens: string,
): boolean {
  const token = find(
    policy,
    ...[wsp("ExactlyOne"), wsp("All"), vocabulary(tokens)],
    ...[wsp("Policy"), vocabulary("UsernameToken")],
    ...[wsp("Policy"), vocabulary("WssUsernameToken10")],
  );
  return token !== undefined && findBelow(policy, vocabulary("TransportBinding")) !== undefined;
}

interface Binding {
  policy: string;
  action: string | undefined;
}

/** Bindings to SOAP over HTTP, by name. One that lacks something is passed over. */
function bindingsIn(definitions: XmlElement): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const binding of childrenOf(definitions, wsdl("binding"))) {
    const name = binding.attributes.get("name");
    const transport = find(binding, soapBinding("binding"))?.attributes.get("transport");
    const policy = childrenOf(binding, wsp("PolicyReference")).at(-1)?.attributes.get("URI");
    if (name === undefined || policy === undefined || transport !== SOAP_OVER_HTTP) continue;
    const operation = find(binding, wsdl("operation"), soapBinding("operation"));
    bindings.set(name, { policy, action: operation?.attributes.get("soapAction") });
  }
  return bindings;
}
