import { expect, test } from "vitest";
import { PASSWORD, setup } from "../setup.js";
import {
  ACTION_13,
  ACTION_2005,
  areFixturesMissing,
  EDITH,
  ENDPOINT_2005,
  fixture,
  MEX,
  metadata,
  plainRealm,
  realm,
  signEdithIn,
  soap,
  TOKENS,
  tokenResponse,
} from "./setup.js";

const ISSUED = { body: soap(tokenResponse()) };

test("of two endpoints of the emulator the one of WS-Trust 1.3 is taken, though the other comes first", async () => {
  const { idp, webApp } = setup({
    users: [{ username: EDITH }],
    federation: { domains: ["contoso.com"] },
  });

  await webApp().acquireTokenByUsernamePassword(EDITH, PASSWORD, ["User.Read"]);

  expect(idp.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
    "GET /common/userrealm/edith%40contoso.com",
    "GET /adfs/services/trust/mex",
    "POST /adfs/services/trust/13/usernamemixed",
    expect.stringMatching(/^POST .*\/token$/),
  ]);
});

/** The endpoints of an AD FS beside those for passwords, and what their policies ask for. */
const OTHER_ENDPOINTS = {
  windowstransport:
    '<http:NegotiateAuthentication xmlns:http="http://schemas.microsoft.com/ws/06/2004/policy/http"/>',
  certificatemixed:
    "<sp:EndorsingSupportingTokens><wsp:Policy><sp:X509Token><wsp:Policy><sp:WssX509V3Token10/></wsp:Policy></sp:X509Token></wsp:Policy></sp:EndorsingSupportingTokens>",
  kerberosmixed:
    "<sp:EndorsingSupportingTokens><wsp:Policy><sp:KerberosToken/></wsp:Policy></sp:EndorsingSupportingTokens>",
  issuedtokenmixedsymmetricbasic256:
    "<sp:EndorsingSupportingTokens><wsp:Policy><sp:IssuedToken/></wsp:Policy></sp:EndorsingSupportingTokens>",
};

// Servers with a dozen endpoints each, in the order of their versions.
test.for([
  ["wstrust 1", "corp.sts.microsoft.com", ["2005", "13"]],
  ["wstrust 3", "arvmserver2012.archan.us", ["13", "2005"]],
] as const)("%s: of all that %s has, passwords go to WS-Trust 1.3", async ([, host, versions]) => {
  const trust = `https://${host}/adfs/services/trust`;
  const ports = versions.flatMap((version) => {
    const action = version === "13" ? ACTION_13 : ACTION_2005;
    const others = Object.entries(OTHER_ENDPOINTS).map(([name, tokens]) => ({ name, tokens }));
    const endpoints = [...others.slice(0, 2), { name: "usernamemixed" }, ...others.slice(2)];
    return endpoints.map(({ name, ...rest }) => ({
      address: `${trust}/${version}/${name}`,
      action,
      ...rest,
    }));
  });
  const { requests, result } = signEdithIn(
    realm({ federation_metadata_url: `${trust}/mex` }),
    { body: metadata(...ports) },
    ISSUED,
    TOKENS,
  );

  await result;

  expect(requests[2]?.url).toBe(`${trust}/13/usernamemixed`);
  expect(requests[2]?.headers.soapaction).toBe(ACTION_13);
});

test.skipIf(areFixturesMissing)(
  "wstrust 2: the metadata of fs.arupela.com leads to its endpoint of WS-Trust 1.3",
  async () => {
    const { requests, result } = signEdithIn(
      realm(),
      { body: fixture("arupela.mex.xml") },
      ISSUED,
      TOKENS,
    );

    await result;

    expect(requests[1]).toMatchObject({ method: "GET", url: MEX });
    expect(requests[2]?.url).toBe("https://fs.arupela.com/adfs/services/trust/13/usernamemixed");
    expect(requests[2]?.headers.soapaction).toBe(ACTION_13);
  },
);

const WRONG_TRANSPORT =
  '<wsdl:binding name="b0"><wsp:PolicyReference URI="#p0"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/jms"/><wsdl:operation><soap12:operation soapAction="x"/></wsdl:operation></wsdl:binding>';
const NO_SOAP =
  '<wsdl:binding name="b0"><wsp:PolicyReference URI="#p0"/><wsdl:operation/></wsdl:binding>';
const NO_POLICY_ID = WRONG_TRANSPORT.replace("soap/jms", "soap/http").replace("#p0", "#undefined");
const OTHER_POLICY = WRONG_TRANSPORT.replace("soap/jms", "soap/http").replace("#p0", "#other");

// What stands before an endpoint that fits, and is passed over (wstrust §4.2, §4.3).
test.for([
  ["over http", { address: "http://fs.contoso.com/adfs/services/trust/13/usernamemixed" }],
  ["on another scheme", { address: "ftp://fs.contoso.com/adfs" }],
  ["without an address", { address: "" }],
  ["with another transport", { binding: WRONG_TRANSPORT }],
  ["without SOAP 1.2", { binding: NO_SOAP }],
  ["with another policy", { binding: OTHER_POLICY }],
  ["without a binding", { binding: "" }],
  ["whose policy asks for no secure transport", { transport: "" }],
] as const)("wstrust §10: an endpoint %s is passed over", async ([, port]) => {
  const fitting = { address: ENDPOINT_2005, action: ACTION_2005 };
  const { requests, result } = signEdithIn(
    realm(),
    { body: metadata(port, fitting) },
    ISSUED,
    TOKENS,
  );

  await result;

  expect(requests[2]?.url).toBe(ENDPOINT_2005);
});

test("wstrust §4.1: a policy without an id is nobody's", async () => {
  const nameless = metadata({ binding: NO_POLICY_ID }).replace(' wsu:Id="p0"', "");
  const { result } = signEdithIn(realm(), { body: nameless });

  await expect(result).rejects.toMatchObject({
    message: expect.stringContaining("it names none"),
  });
});

test("an address in capitals is https, too", async () => {
  const address = "HTTPS://FS.contoso.com/adfs/services/trust/13/usernamemixed";
  const { requests, result } = signEdithIn(
    realm(),
    { body: metadata({ address }) },
    ISSUED,
    TOKENS,
  );

  await result;

  expect(requests[2]?.url).toBe(address);
});

test("metadata without an endpoint for passwords end the sign-in before the password is sent", async () => {
  const { result } = signEdithIn(realm(), { body: metadata() });

  await expect(result).rejects.toMatchObject({
    code: "invalid_response",
    message: expect.stringContaining("takes a username and a password over https; it names none"),
  });
});

const EXPANDING = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><d>&b;</d>`;
const EXTERNAL = `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>`;

// Metadata that are not read (wstrust §10).
test.for([
  ["a DTD", metadata({}).replace(/^/, "<!DOCTYPE definitions>")],
  ["entities that grow", EXPANDING],
  ["an external entity", EXTERNAL],
  ["an entity that nobody declared", "<d>&x;</d>"],
  ["elements without end", "<d>".repeat(5000)],
  ["elements in elements in elements", `${"<d>".repeat(5000)}${"</d>".repeat(5000)}`],
  ["a prefix that nobody declared", "<wsdl:definitions/>"],
  ["a web page", "<!DOCTYPE html><html><body>Sign in<br></body></html>"],
  ["nothing", ""],
])("wstrust 11: metadata with %s are refused", async ([, body]) => {
  const { result } = signEdithIn(realm(), { body });

  await expect(result).rejects.toMatchObject({
    name: "MsalServiceError",
    code: "invalid_response",
    message: expect.stringContaining("must be well-formed XML without a DTD"),
  });
});

test.for([
  [404, "invalid_response"],
  [302, "invalid_response"],
  [503, "service_error"],
] as const)("metadata with status %d are %s", async ([status, code]) => {
  const { result } = signEdithIn(realm(), { status, body: "gone" });

  await expect(result).rejects.toMatchObject({ name: "MsalServiceError", code, status });
});

// A password goes nowhere but over https (wstrust §10).
test.for([
  ["metadata", realm({ federation_metadata_url: "http://fs.contoso.com/mex" })],
  ["metadata", realm({ federation_metadata_url: "http://localhost/mex" })],
  ["metadata", realm({ federation_metadata_url: "fs.contoso.com/mex" })],
  ["endpoint", plainRealm("http://fs.contoso.com/adfs/services/trust/13/usernamemixed")],
  ["endpoint", plainRealm("file:///adfs/services/trust/13/usernamemixed")],
] as const)("%s without https are asked nothing", async ([what, reply]) => {
  const { result } = signEdithIn(reply);

  await expect(result).rejects.toMatchObject({
    code: "invalid_response",
    message: expect.stringContaining(`${what} must have an https URL`),
  });
});
