/**
 * Asking a federation server for an assertion about a user, with the user's password.
 *
 * Spec: WS-Trust 1.3 §4, and its draft of February 2005.
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { quote } from "../describe.js";
import { MsalError, MsalServiceError } from "../errors.js";
import { type HttpAnswer, type HttpRequest, withoutQuery } from "../http/http-request.js";
import { send } from "../http/send.js";
import type { TokenErrorResponse } from "../result.js";
import { type AssertionRequest, envelope, escapeXml, unescapeXml } from "./envelope.js";
import type { FederationEndpoint } from "./mex.js";
import { WS_TRUST_VERSIONS, type WsTrustVersion } from "./namespaces.js";
import { type Assertion, type Fault, readAssertion, readFault } from "./response.js";
import type { XmlReader } from "./xml.js";

/**
 * Asks for an assertion.
 *
 * @returns The assertion; or an OAuth error, if the server takes username or password for wrong.
 * @throws {@link MsalServiceError} `service_error` or `invalid_response` for whatever else it answers.
 */
export async function requestAssertion(
  call: Call,
  endpoint: FederationEndpoint,
  asked: AssertionRequest,
  readXml: XmlReader,
): Promise<Assertion | TokenErrorResponse> {
  const { address } = endpoint;
  const version = versionOf(endpoint);
  const request: HttpRequest = {
    method: "POST",
    url: address,
    headers: { SOAPAction: version.action },
    text: {
      type: "application/soap+xml; charset=utf-8",
      content: envelope(address, version, asked, now(call)),
      username: asked.username,
      secrets: [asked.password, escapeXml(asked.password)],
    },
    // SOAP says it in the message: a wrong password comes with the status 500.
    anyStatus: true,
  };
  call.client.logger.debug(`Asking ${withoutQuery(address)} for an assertion.`);
  const answer = await send(call, request);
  const shown = { ...answer, text: presentable(answer.text, asked) };
  const document = readXml(answer.text);
  if (document === undefined) throw noMessage(call, request, shown);
  const fault = readFault(document);
  if (fault !== undefined) return refusal(call, request, shown, fault, asked);
  const assertion = readAssertion(document, answer.text);
  if (typeof assertion !== "string") return assertion;
  throw failed(
    "invalid_response",
    `The federation server's answer to POST ${withoutQuery(address)} (status ${answer.status}) ${assertion}. The server may be set up for something else: show this to its administrator.`,
    shown,
  );
}

/** By the SOAP action that the metadata names; by ADFS's address, where there was no metadata. */
function versionOf({ address, action }: FederationEndpoint): WsTrustVersion {
  const version = WS_TRUST_VERSIONS.find((known) =>
    action === undefined ? address.includes(known.path) : known.action === action,
  );
  if (version !== undefined) return version;
  throw new MsalError(
    "invalid_response",
    `The federation server's endpoint ${quote(withoutQuery(address))} must take WS-Trust 1.3 or 2005; its SOAP action is ${action === undefined ? "not known" : quote(action)}. Ask the server's administrator to check its metadata, or sign the user in with a browser.`,
  );
}

/** A wrong password is the provider's refusal, as elsewhere; every other fault is a failure of the service. */
function refusal(
  call: Call,
  request: HttpRequest,
  answer: HttpAnswer,
  fault: Fault,
  asked: AssertionRequest,
): TokenErrorResponse {
  const code = wordsOf(fault.code, asked);
  const words = wordsOf(fault.reason, asked);
  if (fault.code?.split(":").at(-1) === "FailedAuthentication") {
    return {
      error: "invalid_grant",
      error_description: `The federation server refused the username or the password (${code})${words ? `: ${words}` : "."}`,
      correlation_id: call.correlationId,
    };
  }
  throw failed(
    "service_error",
    `The federation server refused the request: POST ${withoutQuery(request.url)} was answered with the fault ${code ?? "without a code"} (status ${answer.status})${words ? `: ${words}` : "."}`,
    answer,
  );
}

/** What the server says, without what it was told: as it was, or as the request wrote it. */
function wordsOf(said: string | undefined, { password }: AssertionRequest): string | undefined {
  return said?.replaceAll(escapeXml(password), "***").replaceAll(password, "***").slice(0, 300);
}

function noMessage(call: Call, request: HttpRequest, answer: HttpAnswer): MsalServiceError {
  const what = `POST ${withoutQuery(request.url)} was answered with status ${answer.status}`;
  const failing = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  return failing
    ? failed(
        "service_error",
        `The federation server failed: ${what}. Try again${answer.retryAfter === undefined ? " later" : ` after ${answer.retryAfter} seconds`}. Correlation id: ${call.correlationId}.`,
        answer,
      )
    : failed(
        "invalid_response",
        `${what} and no SOAP message, which must be well-formed XML without a DTD. Something between here and the federation server may have answered in its place: check the proxy.`,
        answer,
      );
}

/** An answer's text as an error may keep it: none that could hold an assertion, or an echo of what was sent. */
function presentable(text: string, { password }: AssertionRequest): string {
  const sensitive = /Assertion|RequestedSecurityToken|EncryptedData|UsernameToken/i;
  const once = unescapeXml(text);
  // An echo of the request itself is escaped in it, and escaped again in the answer.
  const echoed = [text, once, unescapeXml(once)].some((form) => form.includes(password));
  return sensitive.test(text) || echoed ? "" : text;
}

function failed(
  code: "service_error" | "invalid_response",
  message: string,
  answer: HttpAnswer,
): MsalServiceError {
  return new MsalServiceError(code, message, { ...answer, response: answer.text });
}
