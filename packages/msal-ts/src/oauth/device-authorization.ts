/**
 * One request to the device authorization endpoint, and what it answers.
 *
 * Spec: RFC 8628 §3.1, §3.2.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import type { Call } from "../call.js";
import { type HttpAnswer, type HttpRequest, withoutQuery } from "../http/http-request.js";
import { unexpected } from "../http/json.js";
import { send } from "../http/send.js";
import { isTokenError, type TokenErrorResponse } from "../result.js";
import { oauthAnswer } from "./oauth-answer.js";

/** A device code, with whatever else came beside it. */
export interface DeviceAuthorization extends Record<string, unknown> {
  user_code: string;
  device_code: string;
  verification_uri: string;
  verification_uri_complete?: string;
  message: string;
}

/**
 * Asks for a device code.
 *
 * @returns The code; or the provider's refusal, in its own words.
 * @throws MsalServiceError `invalid_response` for an answer that nobody should be shown.
 */
export async function requestDeviceCode(
  call: Call,
  authority: Authority,
  scope: readonly string[],
): Promise<DeviceAuthorization | TokenErrorResponse> {
  const { client, correlationId } = call;
  const request: HttpRequest = {
    method: "POST",
    url: authority.deviceAuthorizationEndpoint,
    headers: { ...client.headers, "client-request-id": correlationId },
    form: new URLSearchParams({ client_id: client.clientId, scope: scope.join(" ") }),
  };
  client.logger.debug(
    `Asking ${withoutQuery(request.url)} for a device code, correlation id ${correlationId}.`,
  );
  const answer = await send(call, request);
  const reply = oauthAnswer(request, answer);
  return isTokenError(reply) ? reply : checked(request, answer, reply);
}

function checked(
  request: HttpRequest,
  answer: HttpAnswer,
  reply: Record<string, unknown>,
): DeviceAuthorization {
  const { user_code, device_code, message, verification_uri_complete: complete } = reply;
  // Before RFC 8628 it was called verification_url; some still do.
  const verification_uri = reply.verification_uri ?? reply.verification_url;
  if (!isPrintable(user_code) || /[\t\r\n]/.test(user_code)) {
    throw unexpected(request, answer, "has no user_code, which must be a string to type");
  }
  if (typeof device_code !== "string" || device_code === "") {
    throw unexpected(request, answer, "has no device_code, which must be a string");
  }
  if (!isWebPage(verification_uri)) {
    throw unexpected(
      request,
      answer,
      "has no verification_uri, which must be an http or https URL",
    );
  }
  const { verification_uri_complete, verification_url, ...rest } = reply;
  return {
    ...rest,
    user_code,
    device_code,
    verification_uri,
    ...(isWebPage(complete) && { verification_uri_complete: complete }),
    message: isPrintable(message)
      ? message
      : `To sign in, use a web browser to open the page ${verification_uri} and enter the code ${user_code} to authenticate.`,
  };
}

/** Text that a terminal shows and does not obey. */
function isPrintable(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !/(?![\t\r\n])\p{Cc}/u.test(value);
}

/** A URL that an application may hand to a browser unread. */
function isWebPage(value: unknown): value is string {
  return (
    typeof value === "string" && /^https?:\/\/[^\s\p{Cc}]+$/iu.test(value) && URL.canParse(value)
  );
}
