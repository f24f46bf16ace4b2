import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { isTokenError, MsalServiceError, type TokenErrorResponse } from "msal-ts";
import { describe, expect, test } from "vitest";
import { type Reply, START, setupScript } from "../setup.js";
import {
  ACTION_13,
  ACTION_2005,
  areFixturesMissing,
  assertionIn,
  EDITH,
  EDITHS_PASSWORD,
  ENDPOINT_13,
  ENDPOINT_2005,
  fixture,
  metadata,
  plainRealm,
  realm,
  SAML_1,
  signEdithIn,
  soap,
  TOKENS,
  tokenResponse,
} from "./setup.js";

const ISSUED = { body: soap(tokenResponse()) };
const ESCAPED_PASSWORD = "p&amp;ss&quot;w&apos;rd&lt;of&gt;\\Edith";
const REASON = "MSIS3127: The specified request failed. <&> ü";

function fault(code: string | undefined, reason: string | undefined): string {
  const subcode = code && `<s:Subcode><s:Value xmlns:a="x">${code}</s:Value></s:Subcode>`;
  const text = reason?.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return soap(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value>${subcode ?? ""}</s:Code>${text === undefined ? "" : `<s:Reason><s:Text xml:lang="en-US">${text}</s:Text></s:Reason>`}</s:Fault>`,
  );
}

/** The error of a sign-in whose federation server gives this answer. */
async function errorOf(answer: Reply): Promise<MsalServiceError> {
  const { result } = signEdithIn(plainRealm(), answer);
  const error: unknown = await result.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(MsalServiceError);
  return error as MsalServiceError;
}

describe("the request", () => {
  test("wstrust §5: has the elements that a federation server looks for", async () => {
    const { requests, result } = signEdithIn(plainRealm(), ISSUED, TOKENS);

    await result;

    const { method, headers, body = "" } = requests[1] ?? {};
    expect(method).toBe("POST");
    expect(headers).toMatchObject({
      "content-type": "application/soap+xml; charset=utf-8",
      soapaction: ACTION_13,
    });
    const iso = (time: number) => new Date(time * 1000).toISOString().replace(".000", "");
    expect(body.replace(/\n/g, "")).toMatch(
      new RegExp(
        `<s:Header><wsa:Action s:mustUnderstand="1">${ACTION_13}</wsa:Action><wsa:MessageID>urn:uuid:[0-9a-f-]{36}</wsa:MessageID>` +
          `<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>` +
          `<wsa:To s:mustUnderstand="1">${ENDPOINT_13}</wsa:To><wsse:Security .*<wsu:Created>${iso(START)}</wsu:Created><wsu:Expires>${iso(START + 600)}</wsu:Expires>` +
          `.*<wsse:Username>${EDITH}</wsse:Username>.*<wsa:Address>urn:federation:MicrosoftOnline</wsa:Address>` +
          `.*<wst:KeyType>.*/200512/Bearer</wst:KeyType><wst:RequestType>.*/200512/Issue</wst:RequestType>`,
      ),
    );
  });

  test("wstrust 7: escapes the password", async () => {
    const { webApp, requests } = setupScript(plainRealm(), ISSUED, TOKENS);

    await webApp().acquireTokenByUsernamePassword(EDITH, `a&b"c'd<e>f\r\n`, []);

    expect(requests[1]?.body).toContain(
      "<wsse:Password>a&amp;b&quot;c&apos;d&lt;e&gt;f&#13;\n</wsse:Password>",
    );
  });

  test("wstrust §10: escapes username, audience and address", async () => {
    const address = `${ENDPOINT_13}?a=1&b=2`;
    const { webApp, requests } = setupScript(
      realm({ cloud_audience_urn: "urn:a&b" }),
      { body: metadata({ address: address.replace("&", "&amp;") }) },
      ISSUED,
      TOKENS,
    );

    await webApp().acquireTokenByUsernamePassword("e<d>&th@contoso.com", EDITHS_PASSWORD, []);

    expect(requests[2]?.url).toBe(address);
    expect(requests[2]?.body).toContain("<wsse:Username>e&lt;d&gt;&amp;th@contoso.com</wsse:");
    expect(requests[2]?.body).toContain("<wsa:Address>urn:a&amp;b</wsa:Address>");
    expect(requests[2]?.body).toContain(`>${ENDPOINT_13}?a=1&amp;b=2</wsa:To>`);
  });

  test("refuses a password that XML cannot carry, before it is sent", async () => {
    const { webApp } = setupScript(plainRealm());

    const result = webApp().acquireTokenByUsernamePassword(EDITH, "a\u0000b", []);

    await expect(result).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^password must hold no control characters/),
    });
  });

  test.for([undefined, null, ""])(
    "wstrust §10: is for MicrosoftOnline when the audience is %s",
    async (cloud_audience_urn) => {
      const reply = realm({
        cloud_audience_urn,
        federation_metadata_url: undefined,
        federation_active_auth_url: ENDPOINT_13,
      });
      const { requests, result } = signEdithIn(reply, ISSUED, TOKENS);

      await result;

      expect(requests[1]?.body).toContain("<wsa:Address>urn:federation:MicrosoftOnline</");
    },
  );

  // Without metadata the address says which version is meant.
  test.for([
    [ENDPOINT_13, ACTION_13],
    [ENDPOINT_2005, ACTION_2005],
  ] as const)("wstrust 8: %s is asked in its own version", async ([address, action]) => {
    const { requests, result } = signEdithIn(plainRealm(address), ISSUED, TOKENS);

    await result;

    expect(requests[1]).toMatchObject({ url: address, headers: { soapaction: action } });
    expect(requests[1]?.body).toContain(`xmlns:wst="${action.replace("/RST/Issue", "")}"`);
  });

  // Neither WS-Trust 1.3 nor 2005, or no address at all.
  test.for([
    ["another address", [plainRealm("https://fs.contoso.com/elsewhere")], "is not known"],
    ["another action", [realm(), { body: metadata({ action: "http://bogus" }) }], "http://bogus"],
    ["no address", [plainRealm("")], "it says neither"],
  ] as const)("wstrust 9: %s is refused, and nothing sent there", async ([, replies, says]) => {
    const { result } = signEdithIn(...replies);

    await expect(result).rejects.toMatchObject({
      code: "invalid_response",
      message: expect.stringContaining(says),
    });
  });
});

describe("the assertion", () => {
  test.skipIf(areFixturesMissing)(
    "wstrust 6: is handed on as it was recorded, byte for byte",
    async () => {
      const recorded = { body: fixture("rst_response.xml") };
      const { requests, result } = signEdithIn(plainRealm(), recorded, TOKENS);

      await result;

      const { form } = requests[2] ?? {};
      expect(form?.grant_type).toBe("urn:ietf:params:oauth:grant-type:saml1_1-bearer");
      const assertion = assertionIn(form);
      expect(assertion.toString()).toContain("<saml:Assertion");
      expect(assertion).toHaveLength(5408);
      expect(createHash("sha256").update(assertion).digest("hex")).toBe(
        "1efb3a23039ef97dd745287656f541d37f47157e58af8669a2138f3a395671dc",
      );
    },
  );

  // Texts that XML, written anew, would not have again.
  test.for([
    [`<ns:w xmlns:ns="a"><foo xmlns="b"  x='1'>  <bar/></foo ></ns:w>`],
    [`\r\n <A b="x>y" c='&lt;/t:RequestedSecurityToken>'></A>\r\n`],
    ["<!-- </t:RequestedSecurityToken> --><A>&#x41;ä😀</A>"],
    ["<A><![CDATA[</t:RequestedSecurityToken>]]></A>"],
    ["<A\n/>"],
  ])("wstrust 4: %j is cut out as it stands", async ([token = ""]) => {
    const { requests, result } = signEdithIn(
      plainRealm(),
      { body: soap(tokenResponse(token)) },
      TOKENS,
    );

    await result;

    expect(assertionIn(requests[2]?.form).toString()).toBe(token);
  });

  test("wstrust §10: is that of the first response, whatever its prefix", async () => {
    const first = tokenResponse("<A>first</A>").replaceAll("t:", "a-b:").replace(":t=", ":a-b=");
    const body = `<c:RequestSecurityTokenResponseCollection xmlns:c="http://docs.oasis-open.org/ws-sx/ws-trust/200512">${first}${tokenResponse("<A>second</A>")}</c:RequestSecurityTokenResponseCollection>`;
    const { requests, result } = signEdithIn(plainRealm(), { body: soap(body) }, TOKENS);

    await result;

    expect(assertionIn(requests[2]?.form).toString()).toBe("<A>first</A>");
  });

  const SAML_PROFILE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1";

  // The type of the token, and the grant that redeems it (wstrust §7).
  test.for([
    [SAML_1, "saml1_1-bearer"],
    [`${SAML_PROFILE}#SAMLV1.1`, "saml1_1-bearer"],
    ["urn:oasis:names:tc:SAML:2.0:assertion", "saml2-bearer"],
    [`${SAML_PROFILE}#SAMLV2.0`, "saml2-bearer"],
    ["\n  urn:oasis:names:tc:SAML:2.0:assertion\n", "saml2-bearer"],
  ])("wstrust §7: %j is redeemed by %s", async ([type, grant]) => {
    const { requests, result } = signEdithIn(
      plainRealm(),
      { body: soap(tokenResponse(undefined, type)) },
      TOKENS,
    );

    await result;

    expect(requests[2]?.form.grant_type).toBe(`urn:ietf:params:oauth:grant-type:${grant}`);
  });

  test("of another kind is not redeemed", async () => {
    const body = soap(tokenResponse(undefined, "urn:oasis:names:tc:SAML:1.0:ASSERTION"));
    const { result } = signEdithIn(plainRealm(), { body });

    await expect(result).rejects.toMatchObject({
      code: "invalid_response",
      message: expect.stringContaining("must issue a SAML 1.1 or 2.0 assertion"),
    });
  });

  test("is sent to the token endpoint with what a password would be, and no X-AnchorMailbox", async () => {
    const { requests, result } = signEdithIn(plainRealm(), ISSUED, TOKENS);

    await result;

    expect(requests[2]?.form).toMatchObject({
      client_info: "1",
      scope: "User.Read offline_access openid profile",
      client_secret: expect.any(String),
    });
    expect(requests[2]?.form.assertion).toMatch(/^[\w-]+$/);
    expect(requests[2]?.headers["x-client-current-telemetry"]).toBe("4|301,0|");
    expect(requests[2]?.headers).not.toHaveProperty("x-anchormailbox");
  });
});

describe("the refusal", () => {
  // SOAP 1.2 and SOAP 1.1.
  test.for([
    fault("a:FailedAuthentication", "ID3242: The security token could not be authenticated."),
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>ID3242: No.</faultstring></e:Fault></e:Body></e:Envelope>',
  ])("wstrust §10: of a password is invalid_grant", async (body) => {
    const { result } = signEdithIn(plainRealm(), { status: 500, body });

    expect(await result).toEqual({
      error: "invalid_grant",
      error_description: expect.stringMatching(
        /^The federation server refused the username or the password \(\w+:FailedAuthentication\): ID3242/,
      ),
      correlation_id: expect.any(String),
    });
  });

  test("counts in the telemetry of the next request", async () => {
    const refused = { status: 500, body: fault("a:FailedAuthentication", undefined) };
    const { app, result, script, requests } = signEdithIn(plainRealm(), refused);
    expect(isTokenError(await result)).toBe(true);
    script(ISSUED, TOKENS);

    await app.acquireTokenByUsernamePassword(EDITH, EDITHS_PASSWORD, ["User.Read"]);

    expect(requests.at(-1)?.headers["x-client-last-telemetry"]).toMatch(
      /^4\|0\|301,[0-9a-f-]{36}\|invalid_grant\|$/,
    );
  });

  // Code and reason of a fault, and what the message says.
  test.for([
    ["wstrust 5", "a:RequestFailed", REASON],
    ["wstrust 12", undefined, REASON],
    ["wstrust 12", "a:RequestFailed", undefined],
    ["wstrust 12", undefined, undefined],
  ] as const)("%s: for another reason throws, code %s, reason %s", async ([, code, reason]) => {
    const error = await errorOf({ status: 500, body: fault(code, reason) });

    expect(error).toMatchObject({ code: "service_error", status: 500 });
    expect(error.message).toContain(`fault ${code ?? "without a code"} (status 500)`);
    if (reason !== undefined) expect(error.message).toContain(reason);
  });

  // As it was typed, and as it was written in the request, by a server that escapes it once more.
  test.for([EDITHS_PASSWORD, ESCAPED_PASSWORD])(
    "does not repeat the password that the server repeats as %s",
    async (echo) => {
      const body = fault("a:RequestFailed", `Cannot read ${echo}`);
      const { error_description } = (await signEdithIn(plainRealm(), {
        status: 500,
        body: body.replace("a:RequestFailed", "a:FailedAuthentication"),
      }).result) as TokenErrorResponse;

      const error = await errorOf({ status: 500, body });

      expect(error.message).toContain("Cannot read ***");
      expect(inspect(error, { showHidden: true })).not.toContain("Edith");
      expect(error_description).toMatch(/: Cannot read \*\*\*$/);
    },
  );

  test.for([[undefined], ["FailedAuthentication"]])(
    "is short, however much the server has to say, code %s",
    async ([word = "x"]) => {
      const long = `a${"a".repeat(500_000)}`;
      const { result } = signEdithIn(plainRealm(), {
        status: 500,
        body: fault(`${long}:${word}`, `${EDITHS_PASSWORD}${long}`),
      });

      const outcome: unknown = await result.catch((reason: unknown) => reason);

      const { message, error_description } = outcome as Record<string, string>;
      expect((message ?? error_description ?? long).length).toBeLessThan(1000);
    },
  );
});

describe("an answer that is none", () => {
  test("wstrust 10: a token without its type", async () => {
    const body = soap(tokenResponse("<A>signed</A>", ""));

    const error = await errorOf({ body });

    expect(error).toMatchObject({ code: "invalid_response", status: 200, response: "" });
    expect(error.message).toContain("holds a token without a TokenType");
    expect(inspect(error, { showHidden: true })).not.toContain("signed");
  });

  test.for([
    ["an empty token", soap(tokenResponse(" ")), "holds no RequestedSecurityToken"],
    ["neither token nor fault", soap("<x/>"), "holds neither a token nor a fault"],
  ])("%s", async ([, body, says]) => {
    const error = await errorOf({ body });

    expect(error).toMatchObject({ code: "invalid_response" });
    expect(error.message).toContain(says);
  });

  // A proxy, a maintenance page, nothing at all.
  test.for([
    [200, "<html><br></html>", "invalid_response"],
    [200, "", "invalid_response"],
    [400, "Bad request", "invalid_response"],
    [429, "", "service_error"],
    [503, "<html>Down", "service_error"],
    [200, `<!DOCTYPE x>${soap(tokenResponse())}`, "invalid_response"],
  ] as const)("wstrust 11: status %d with %j is %s", async ([status, body, code]) => {
    const error = await errorOf({ status, body, headers: { "retry-after": "7" } });

    expect(error).toMatchObject({ code, status, retryAfter: 7 });
    expect(error.response).toBe(body.includes("Assertion") ? "" : body);
  });
});

test("a transport that quotes what it sent does not make the password public", async () => {
  const escaped = EDITHS_PASSWORD.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const { result } = signEdithIn(plainRealm(), ({ url }) => {
    const sent = `${escaped.replaceAll("'", "&apos;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}`;
    return new Error(`POST ${url} failed: ${JSON.stringify({ sent, raw: EDITHS_PASSWORD })}`);
  });

  const error = await result.catch((reason: unknown) => reason);

  expect(error).toMatchObject({ code: "network_error" });
  expect(inspect(error, { depth: 9 })).not.toMatch(/Edith|ss"|quot/);
});
