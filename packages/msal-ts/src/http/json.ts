/**
 * Answers that should be JSON objects.
 *
 * @module
 */
import { MsalServiceError } from "../errors.js";
import { type HttpAnswer, type HttpRequest, nameOf } from "./http-request.js";

/**
 * The JSON object in an answer.
 *
 * @throws {@link MsalServiceError} `invalid_response` if there is none.
 */
export function jsonObject(request: HttpRequest, answer: HttpAnswer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    throw unexpected(request, answer, "is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unexpected(request, answer, "is JSON but not an object");
  }
  return value as Record<string, unknown>;
}

/** The error for an answer that breaks the protocol; `what` completes "The answer to POST … ". */
export function unexpected(
  request: HttpRequest,
  answer: HttpAnswer,
  what: string,
): MsalServiceError {
  return new MsalServiceError(
    "invalid_response",
    `The answer to ${nameOf(request)} (status ${answer.status}) ${what}. Something between here and the identity provider may have answered in its place: check the authority's host and the proxy. The text is in the error's response.`,
    { ...answer, response: answer.text },
  );
}
