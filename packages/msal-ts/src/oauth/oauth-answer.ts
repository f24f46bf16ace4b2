/**
 * What an OAuth endpoint answers: a JSON object, which is what was asked for or a refusal.
 *
 * Spec: RFC 6749 §5.2.
 *
 * @module
 */

import type { HttpAnswer, HttpRequest } from "../http/http-request.js";
import { jsonObject, unexpected } from "../http/json.js";
import { isTokenError, type TokenErrorResponse } from "../result.js";

/**
 * The object in an answer.
 *
 * @throws MsalServiceError `invalid_response` if it is neither of the two.
 */
export function oauthAnswer(
  request: HttpRequest,
  answer: HttpAnswer,
): Record<string, unknown> | TokenErrorResponse {
  const reply = jsonObject(request, answer);
  if (isTokenError(reply)) return reply;
  if (reply.error !== undefined && reply.error !== null) {
    throw unexpected(request, answer, "has a member error that is no string");
  }
  if (answer.status < 200 || answer.status > 299) {
    throw unexpected(request, answer, "has no member error, which a refusal must have");
  }
  return reply;
}
