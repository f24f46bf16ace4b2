/**
 * What came back to the redirect URI, in whatever form a web framework hands it over.
 *
 * Spec: RFC 6749 §4.1.2 ("Parameters MUST NOT be included more than once", §3.1).
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** What came back to the redirect URI: a query, a form, or the URL itself. A parameter given twice is refused. */
export type AuthResponse =
  | Record<string, string | string[] | undefined>
  | URLSearchParams
  | URL
  | FormData;

/**
 * The parameters of an answer; empty ones count as absent.
 *
 * @throws {@link MsalError} `invalid_auth_response` for a parameter that is there twice or is no text,
 * `invalid_argument` for what is no answer at all.
 */
export function readAuthResponse(response: unknown): Record<string, string | undefined> {
  const answer: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of entriesOf(response)) {
    if (value === undefined || value === "") continue;
    if (typeof value !== "string") {
      throw invalid(`holds ${quote(name)} as ${describe(value)}, where text is expected`);
    }
    if (answer[name] !== undefined) throw invalid(`holds ${quote(name)} more than once`);
    answer[name] = value;
  }
  return answer;
}

function entriesOf(response: unknown): Iterable<readonly [string, unknown]> {
  if (response instanceof URL) return response.searchParams;
  if (response instanceof URLSearchParams || response instanceof FormData) return response;
  if (typeof response !== "object" || response === null || Array.isArray(response)) {
    throw new MsalError(
      "invalid_argument",
      `authResponse must be the parameters that reached the redirect URI: an object, URLSearchParams, FormData, or the URL; it is ${describe(response)}.`,
    );
  }
  return Object.entries(response).flatMap(([name, value]): [string, unknown][] =>
    Array.isArray(value) ? value.map((one: unknown) => [name, one]) : [[name, value]],
  );
}

function invalid(reason: string): MsalError {
  return new MsalError(
    "invalid_auth_response",
    `The answer at the redirect URI ${reason}. An honest identity provider does not answer so: begin a new sign-in.`,
  );
}
