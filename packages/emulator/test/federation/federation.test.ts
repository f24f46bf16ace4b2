import { randomUUID } from "node:crypto";
import type { EmulatorConfig, FederationConfig } from "@msal-ts/emulator";
import { describe, expect, test } from "vitest";
import { ADA, CONTOSO, claimsOf, PASSWORD, setup } from "../setup.js";

const EDITH = "edith@contoso.com";
const DESKTOP_ID = "22222222-2222-4222-8222-222222222222";
const AUDIENCE = "urn:federation:MicrosoftOnline";
const TRUST = "https://localhost/adfs/services/trust";

const world = (federation: Partial<FederationConfig> = {}): EmulatorConfig => ({
  users: [{ username: EDITH }, { username: "gone@contoso.com", disabled: true }],
  federation: { domains: ["Contoso.com"], ...federation },
});

/** What differs between the two versions of WS-Trust. */
const V13 = {
  path: "13",
  namespace: "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
  keyType: "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Bearer",
};
const V2005 = {
  path: "2005",
  namespace: "http://schemas.xmlsoap.org/ws/2005/02/trust",
  keyType: "http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey",
};

interface Asked {
  version?: typeof V13;
  username?: string;
  password?: string;
  to?: string;
  action?: string;
  audience?: string;
  keyType?: string;
  /** Seconds since the epoch. */
  created?: number;
  headers?: Record<string, string>;
  body?: string;
}

/** An emulator with a federation server, and a client of it. */
function federated(federation?: Partial<FederationConfig>) {
  const bench = setup(world(federation));
  const { idp } = bench;

  async function ask(asked: Asked = {}): Promise<{ status: number; text: string }> {
    const { version = V13, username = EDITH, password = PASSWORD, created = idp.now() } = asked;
    const action = asked.action ?? `${version.namespace}/RST/Issue`;
    const address = `${TRUST}/${version.path}/usernamemixed`;
    const time = (seconds: number) => new Date(seconds * 1000).toISOString();
    const body = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><s:Header><a:Action>${action}</a:Action><a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:To>${asked.to ?? address}</a:To><o:Security xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><u:Timestamp><u:Created>${time(created)}</u:Created><u:Expires>${time(created + 600)}</u:Expires></u:Timestamp><o:UsernameToken><o:Username>${username}</o:Username><o:Password>${password}</o:Password></o:UsernameToken></o:Security></s:Header><s:Body><t:RequestSecurityToken xmlns:t="${version.namespace}"><p:AppliesTo xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"><a:EndpointReference><a:Address>${asked.audience ?? AUDIENCE}</a:Address></a:EndpointReference></p:AppliesTo><t:KeyType>${asked.keyType ?? version.keyType}</t:KeyType><t:RequestType>${version.namespace}/Issue</t:RequestType></t:RequestSecurityToken></s:Body></s:Envelope>`;
    const response = await idp.fetch(address, {
      method: "POST",
      headers: {
        "content-type": "application/soap+xml; charset=utf-8",
        soapaction: action,
        ...asked.headers,
      },
      body: asked.body ?? body,
    });
    return { status: response.status, text: await response.text() };
  }

  /** The assertion in an answer, as it stands. */
  async function assertion(asked?: Asked): Promise<string> {
    const { text } = await ask(asked);
    return /<t:RequestedSecurityToken>(.*)<\/t:RequestedSecurityToken>/s.exec(text)?.[1] ?? "";
  }

  /** Redeems an assertion. */
  const redeem = (text: string, kind = "saml1_1", members: Record<string, string> = {}) =>
    bench.token(CONTOSO, {
      grant_type: `urn:ietf:params:oauth:grant-type:${kind}-bearer`,
      client_id: DESKTOP_ID,
      scope: "openid profile offline_access User.Read",
      client_info: "1",
      assertion: Buffer.from(text).toString("base64url"),
      ...members,
    });

  return { ...bench, ask, assertion, redeem };
}

describe("user realm", () => {
  // Of the domain, whoever the user is.
  test.for([
    ["nobody@contoso.com", "Federated"],
    [ADA, "Managed"],
    ["radia@outlook.com", "Unknown"],
    ["x@example.com", "Unknown"],
    ["x", "Unknown"],
  ])("of %s is %s", async ([username, account_type]) => {
    const { get, idp } = federated();

    const { body } = await get(`${idp.url}/common/userrealm/${username}?api-version=1.0`);

    expect(body).toMatchObject({
      account_type,
      ver: "1.0",
      cloud_instance_name: "microsoftonline.com",
    });
    expect("federation_metadata_url" in body).toBe(account_type === "Federated");
  });

  test("says where the federation server is, however its path is spelled", async () => {
    const { get } = federated();

    const { body } = await get(
      "https://login.windows.net/common/UserRealm/edith%40CONTOSO.com?api-version=1.0",
    );

    const base = "https://login.microsoftonline.com/adfs/services/trust";
    expect(body).toMatchObject({
      domain_name: "contoso.com",
      cloud_audience_urn: AUDIENCE,
      federation_protocol: "WSTrust",
      federation_metadata_url: `${base}/mex`,
      federation_active_auth_url: `${base}/13/usernamemixed`,
    });
  });
});

describe("the federation server", () => {
  test("describes its endpoints, those for passwords among others", async () => {
    const { idp } = federated();

    const text = await (await idp.fetch(`${TRUST}/mex`)).text();

    for (const path of ["13/usernamemixed", "2005/usernamemixed", "13/windowstransport"]) {
      expect(text).toContain(`<wsa10:Address>${TRUST}/${path}</wsa10:Address>`);
    }
    expect(text.indexOf("2005/usernamemixed")).toBeLessThan(text.indexOf("13/usernamemixed"));
  });

  test("speaks the versions of WS-Trust that it is told to", async () => {
    const { idp, ask } = federated({ wsTrust: ["2005"] });

    const text = await (await idp.fetch(`${TRUST}/mex`)).text();

    expect(text).not.toContain("/13/");
    expect((await ask()).status).toBe(404);
    expect((await ask({ version: V2005 })).status).toBe(200);
  });

  test.for([V13, V2005])("issues an assertion for a password, %j", async (version) => {
    const { ask } = federated();

    const { status, text } = await ask({ version, username: EDITH.toUpperCase() });

    expect(status).toBe(200);
    expect(text).toContain("<t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion</t:TokenType>");
    expect(text).toContain(`<saml:AttributeValue>${EDITH}</saml:AttributeValue>`);
    expect(text.includes("RequestSecurityTokenResponseCollection")).toBe(version === V13);
  });

  const now = Math.floor(Date.now() / 1000);

  // What is asked, and the fault.
  test.for([
    [{ password: "wrong" }, "a:FailedAuthentication", "ID3242"],
    [{ username: "nobody@contoso.com" }, "a:FailedAuthentication", "ID3242"],
    [{ username: "gone@contoso.com" }, "a:FailedAuthentication", "ID3242"],
    [{ username: ADA }, "a:FailedAuthentication", "ID3242"],
    [{ audience: "urn:other" }, "a:RequestFailed", "MSIS3127"],
    [{ created: now - 1000 }, "a:InvalidSecurity", "verifying security"],
    [{ created: now + 1000 }, "a:InvalidSecurity", "verifying security"],
    [{ action: `${V2005.namespace}/RST/Issue` }, "a:ActionNotSupported", "receiver"],
    [{ headers: { soapaction: "other" } }, "a:ActionNotSupported", "receiver"],
    [{ to: `${TRUST}/2005/usernamemixed` }, "a:DestinationUnreachable", "To"],
    [{ keyType: V2005.keyType }, "a:InvalidRequest", "malformed"],
    [{ body: "<s:Envelope>" }, "a:InvalidRequest", "well formed"],
  ] as const)("refuses %j with %s", async ([asked, code, reason]) => {
    const { ask } = federated();

    const { status, text } = await ask(asked);

    expect(status).toBe(500);
    expect(text).toContain(`>${code}</s:Value>`);
    expect(text).toContain(reason);
  });

  test("takes SOAP 1.2 alone", async () => {
    const { ask } = federated();

    expect((await ask({ headers: { "content-type": "text/xml" } })).status).toBe(415);
  });

  test.for([
    [{ domains: ["elsewhere.com"] }, "config.federation: domains must be a domain of a tenant"],
    [{ domains: ["contoso.com"], saml: "3.0" }, 'config.federation.saml must be one of "1.1"'],
    [{ domains: ["contoso.com"], wsTrust: ["1.4"] }, "config.federation.wsTrust[0] must be one"],
  ] as const)("%j is no federation", ([federation, says]) => {
    expect(() => setup({ federation: federation as never })).toThrow(says);
  });
});

describe("SAML grants", () => {
  test.for([
    ["1.1", "saml1_1"],
    ["2.0", "saml2"],
  ] as const)("redeem an assertion of SAML %s", async ([saml, kind]) => {
    const { assertion, redeem, verify } = federated({ saml });

    // With white space around it, as a client may cut it out.
    const { status, body } = await redeem(`\n${await assertion()}\n`, kind);

    expect(status).toBe(200);
    expect(await verify(body.id_token)).toMatchObject({ preferred_username: EDITH });
    expect(body.refresh_token).toBeTypeOf("string");
  });

  test("take it in base64, too", async () => {
    const { assertion, redeem } = federated();
    const encoded = Buffer.from(await assertion()).toString("base64");

    const { body } = await redeem("", "saml1_1", { assertion: encoded });

    expect(claimsOf(body.access_token)).toMatchObject({ upn: EDITH });
  });

  // What was done to it on the way: forged, written anew, of another emulator.
  test.for([
    ["another name", (text: string) => text.replaceAll(EDITH, ADA)],
    ["other quotes", (text: string) => text.replace('MajorVersion="1"', "MajorVersion='1'")],
    ["a space", (text: string) => text.replace("<saml:Conditions ", "<saml:Conditions  ")],
    ["no signature", (text: string) => text.replace(/<ds:Signature .*<\/ds:Signature>/s, "")],
    ["half a signature", (text: string) => text.replace(/[\w-]{9}(<\/ds:SignatureValue>)/, "$1")],
    ["nothing left", () => "<saml:Assertion/>"],
  ] as const)("refuse one with %s", async ([, change]) => {
    const { assertion, redeem } = federated();

    const { status, body } = await redeem(change(await assertion()));

    expect(status).toBe(400);
    expect(body).toMatchObject({ error: "invalid_grant", error_codes: [50013] });
  });

  test("refuse one of another emulator, and one of another version", async () => {
    const mine = federated();
    const other = federated();

    const foreign = await mine.redeem(await other.assertion());
    const wrong = await mine.redeem(await mine.assertion(), "saml2");

    expect(foreign.body).toMatchObject({ error_codes: [50013] });
    expect(wrong.body).toMatchObject({ error_codes: [50013] });
  });

  test("refuse one whose time is over", async () => {
    const { assertion, redeem, idp } = federated();
    const text = await assertion();

    idp.advance(3600 + 299);
    expect((await redeem(text)).status).toBe(200);
    idp.advance(1);
    expect((await redeem(text)).body).toMatchObject({
      error: "invalid_grant",
      error_codes: [500133],
    });
  });

  test("a federated user's password is not known to the platform", async () => {
    const { token } = federated();

    const { body } = await token(CONTOSO, {
      grant_type: "password",
      client_id: DESKTOP_ID,
      username: EDITH,
      password: PASSWORD,
      scope: "User.Read",
    });

    expect(body).toMatchObject({ error: "invalid_grant", error_codes: [50126] });
  });
});
