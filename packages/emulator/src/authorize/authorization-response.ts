/**
 * The answer of the authorize endpoint, on its way to the redirect URI (§4.2).
 *
 * Spec: RFC 6749 §4.1.2; OAuth 2.0 Multiple Response Type Encoding Practices; Form Post Response Mode
 *
 * @module
 */
import type { Call } from "../call.js";
import { type EntraError, errorBody } from "../entra-error.js";
import { formPostPage } from "../pages/form-post-page.js";
import { sendPage } from "../pages/page.js";
import { NOT_STORED, respond } from "../respond.js";
import type { Recipient } from "./authorization-request.js";

/** Sends an answer the way the client asked for. */
export async function sendAnswer(
  call: Call,
  recipient: Recipient,
  answer: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { redirect, responseMode, state } = recipient;
  const complete = { ...answer, ...(state !== undefined && { state }) };
  if (responseMode === "form_post")
    return sendPage(call, formPostPage(redirect.uri, complete), headers);
  const location = new URL(redirect.uri);
  if (responseMode === "fragment") {
    location.hash = new URLSearchParams(complete).toString();
  } else {
    for (const [name, value] of Object.entries(complete)) location.searchParams.set(name, value);
  }
  return respond(call, null, 302, { location: location.href, ...NOT_STORED, ...headers });
}

/** Tells the client why there is no code. */
export function sendError(call: Call, recipient: Recipient, error: EntraError): Promise<Response> {
  const body = errorBody(error, call);
  return sendAnswer(call, recipient, {
    error: error.entry.authorizeError ?? body.error,
    error_description: body.error_description,
    ...(body.error_uri && { error_uri: body.error_uri }),
    ...(typeof body.suberror === "string" && { suberror: body.suberror }),
    ...textsOf(error.members),
  });
}

/** What was asked for on top, as far as a URL can say it: `claims`, for example. */
function textsOf(members: EntraError["members"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}
