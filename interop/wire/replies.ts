/**
 * What the recording server answers: the usual, where a case does not say otherwise.
 *
 * @module
 */
import { ADA, CLIENT, OID, START, TENANT } from "./case.js";

/** What is asked for. */
export type Endpoint =
  | "instance"
  | "configuration"
  | "userRealm"
  | "metadata"
  | "federation"
  | "region"
  | "deviceCode"
  | "token";

/** A request, taken apart as far as answers depend on it. */
export interface Asked {
  url: URL;
  form: URLSearchParams;
}

/** An answer. */
export interface Reply {
  /** @defaultValue 200 */
  status?: number;
  headers?: Record<string, string>;
  /** Text, or what is sent as JSON. */
  body: unknown;
}

type ReplyTo = Reply | ((asked: Asked) => Reply);

/** Answers by endpoint; of a list, one after the other, and the last for all that follow. */
export type Replies = Partial<Record<Endpoint, ReplyTo | readonly ReplyTo[]>>;

/** Host of the federation server. */
export const FEDERATION = "https://fs.contoso.com";
export const WS_TRUST_13 = `${FEDERATION}/adfs/services/trust/13/usernamemixed`;
export const WS_TRUST_2005 = `${FEDERATION}/adfs/services/trust/2005/usernamemixed`;

/** Which endpoint a request is for; undefined if nobody knows. */
export function endpointOf({ pathname }: URL): Endpoint | undefined {
  if (pathname.endsWith("/discovery/instance")) return "instance";
  if (pathname.endsWith("/.well-known/openid-configuration")) return "configuration";
  if (pathname.startsWith("/common/userrealm/")) return "userRealm";
  if (pathname.endsWith("/mex")) return "metadata";
  if (pathname.endsWith("/usernamemixed")) return "federation";
  if (pathname.startsWith("/metadata/instance/")) return "region";
  if (/\/devicecode\/?$/.test(pathname)) return "deviceCode";
  if (/\/token\/?$/.test(pathname)) return "token";
  return undefined;
}

/** An answer of the script, else the usual one. */
export function reply(script: Replies, endpoint: Endpoint, asked: Asked, answered: number): Reply {
  const scripted = script[endpoint] ?? USUAL[endpoint];
  const one = Array.isArray(scripted)
    ? (scripted as readonly ReplyTo[])[Math.min(answered, scripted.length - 1)]
    : (scripted as ReplyTo);
  if (one === undefined) throw new Error(`The list of replies of ${endpoint} is empty.`);
  return typeof one === "function" ? one(asked) : one;
}

/** An OAuth error. */
export function refusal(error: string, more: Record<string, unknown> = {}): Reply {
  return { status: 400, body: { error, error_description: "Refused.", ...more } };
}

/** Tokens of Ada's; for client credentials the application's own. */
export function tokens(more: Record<string, unknown> = {}): (asked: Asked) => Reply {
  return ({ url, form }) => {
    const grant = form.get("grant_type");
    const access = { token_type: "Bearer", expires_in: 3600, access_token: "access token" };
    if (grant === "client_credentials") return { body: { ...access, ...more } };
    const body = {
      ...access,
      scope: form.get("scope") ?? "User.Read Mail.Read",
      refresh_token: "refresh token",
      client_info: base64url({ uid: OID, utid: TENANT }),
      // Of a code it would have to carry the nonce that only the browser was told.
      ...(grant !== "authorization_code" && { id_token: idToken(issuerOf(url)) }),
      ...more,
    };
    return { body };
  };
}

function idToken(iss: string): string {
  const times = { iat: START, nbf: START, exp: START + 86_400 };
  const user = { sub: "ada", oid: OID, preferred_username: ADA, name: "Ada Lovelace" };
  const claims = { ...times, ...user, aud: CLIENT, iss, tid: TENANT };
  return [{ alg: "none" }, claims, {}].map(base64url).join(".");
}

export function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Hosts that answer with the first one's endpoints. */
const PUBLIC = ["login.microsoftonline.com", "login.windows.net", "sts.windows.net"];

/** Where the endpoints beside an OpenID configuration are. */
function baseOf({ hostname, host, pathname }: URL): string {
  const path = pathname.replace(/\/(v2\.0\/)?\.well-known\/.*$/, "").replace(/\/+$/, "");
  const answering = PUBLIC.includes(hostname) ? "login.microsoftonline.com" : host;
  if (path === "/adfs") return `https://${answering}/adfs/oauth2`;
  // A tenant's domain becomes its GUID.
  return `https://${answering}${path.replace("/contoso.onmicrosoft.com", `/${TENANT}`)}/oauth2/v2.0`;
}

function issuerOf({ hostname, host, pathname }: URL): string {
  if (pathname.startsWith("/adfs/")) return `https://${host}/adfs`;
  return `https://${PUBLIC.includes(hostname) || hostname.endsWith(".login.microsoft.com") ? "login.microsoftonline.com" : host}/${TENANT}/v2.0`;
}

function configuration({ url }: Asked): Reply {
  const base = baseOf(url);
  const adfs = base.endsWith("/adfs/oauth2");
  const issuer = adfs ? base.replace("/oauth2", "") : issuerOf(new URL(`${base}/token`));
  return {
    body: {
      issuer,
      authorization_endpoint: `${base}/authorize${adfs ? "/" : ""}`,
      token_endpoint: `${base}/token${adfs ? "/" : ""}`,
      device_authorization_endpoint: `${base}/devicecode`,
    },
  };
}

/** Also for a host that Microsoft does not know otherwise. */
function instance({ url }: Asked): Reply {
  const asked = new URL(url.searchParams.get("authorization_endpoint") ?? "");
  const authority = asked.href.replace(/\/oauth2\/(v2\.0\/)?authorize$/, "");
  const group = (...aliases: string[]) => ({
    preferred_network: aliases[0],
    preferred_cache: aliases[1] ?? aliases[0],
    aliases,
  });
  return {
    body: {
      tenant_discovery_endpoint: `${authority}/v2.0/.well-known/openid-configuration`,
      metadata: [
        group(...PUBLIC, "login.microsoft.com"),
        group("login.contoso.example", "sts.contoso.example"),
      ],
    },
  };
}

/** A device code. */
export const DEVICE_CODE = {
  user_code: "F8XK2M9QP",
  device_code: "the device code",
  verification_uri: "https://microsoft.com/devicelogin",
  message: "Go there and type it.",
  expires_in: 900,
  interval: 5,
};

/** A managed user. */
const USER_REALM = { ver: "1.0", account_type: "Managed", domain_name: "contoso.com" };

/** A user of the federation server. */
export const FEDERATED = {
  ver: "1.0",
  account_type: "Federated",
  federation_protocol: "WSTrust",
  federation_metadata_url: `${FEDERATION}/adfs/services/trust/mex`,
  federation_active_auth_url: WS_TRUST_2005,
  cloud_audience_urn: "urn:federation:MicrosoftOnline",
};

/** The federation server's description of itself, with an endpoint for each address in its order. */
export function mexDocument(...addresses: readonly string[]): Reply {
  const kinds = addresses.map((address) => {
    const old = address === WS_TRUST_2005;
    return {
      address,
      name: old ? "UserName2005" : "UserName13",
      sp: old
        ? "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy"
        : "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702",
      tokens: old ? "SignedSupportingTokens" : "SignedEncryptedSupportingTokens",
      action: old
        ? "http://schemas.xmlsoap.org/ws/2005/02/trust/RST/Issue"
        : "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue",
    };
  });
  const policies = kinds.map(
    ({ name, sp, tokens: supporting }) =>
      `<wsp:Policy wsu:Id="${name}_policy"><wsp:ExactlyOne><wsp:All><sp:TransportBinding xmlns:sp="${sp}"/><sp:${supporting} xmlns:sp="${sp}"><wsp:Policy><sp:UsernameToken><wsp:Policy><sp:WssUsernameToken10/></wsp:Policy></sp:UsernameToken></wsp:Policy></sp:${supporting}></wsp:All></wsp:ExactlyOne></wsp:Policy>`,
  );
  const bindings = kinds.map(
    ({ name, action }) =>
      `<wsdl:binding name="${name}"><wsp:PolicyReference URI="#${name}_policy"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="Issue"><soap12:operation soapAction="${action}"/></wsdl:operation></wsdl:binding>`,
  );
  const ports = kinds.map(
    ({ name, address }) =>
      `<wsdl:port name="${name}" binding="tns:${name}"><wsa10:EndpointReference><wsa10:Address>${address}</wsa10:Address></wsa10:EndpointReference></wsdl:port>`,
  );
  return {
    body: `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsa10="http://www.w3.org/2005/08/addressing" xmlns:tns="urn:tns">${policies.join("")}${bindings.join("")}<wsdl:service>${ports.join("")}</wsdl:service></wsdl:definitions>`,
  };
}

/** An assertion of the federation server's. */
export function assertion(tokenType = "urn:oasis:names:tc:SAML:1.0:assertion"): Reply {
  return {
    headers: { "content-type": "application/soap+xml; charset=utf-8" },
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><t:RequestSecurityTokenResponseCollection xmlns:t="http://docs.oasis-open.org/ws-sx/ws-trust/200512"><t:RequestSecurityTokenResponse><t:RequestedSecurityToken>
  <saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID='_1'><saml:Subject>Ada &amp; søn</saml:Subject></saml:Assertion></t:RequestedSecurityToken><t:TokenType>${tokenType}</t:TokenType></t:RequestSecurityTokenResponse></t:RequestSecurityTokenResponseCollection></s:Body></s:Envelope>`,
  };
}

const USUAL: Record<Endpoint, ReplyTo> = {
  instance,
  configuration,
  userRealm: { body: USER_REALM },
  metadata: mexDocument(WS_TRUST_2005, WS_TRUST_13),
  federation: assertion(),
  region: { body: "westeurope" },
  deviceCode: { body: DEVICE_CODE },
  token: tokens(),
};
