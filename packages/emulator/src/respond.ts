/**
 * Answers with the headers the platform sends.
 *
 * @module
 */
import type { Call } from "./call.js";
import { findCloud } from "./clouds.js";
import { EntraError, errorBody } from "./entra-error.js";

const SECURITY = {
  "x-content-type-options": "nosniff",
  p3p: 'CP="DSP CUR OTPi IND OTRi ONL FIN"',
  "x-xss-protection": "0",
};

/** For the clouds' hosts alone: browsers would hold it against all other servers on localhost, too. */
const STRICT_TRANSPORT = { "strict-transport-security": "max-age=31536000; includeSubDomains" };

/** Headers of an answer that nobody may keep. */
export const NOT_STORED: Readonly<Record<string, string>> = {
  "cache-control": "no-store, no-cache",
  pragma: "no-cache",
  expires: "-1",
};

/** Headers of discovery documents, the refusals among them too. */
export const PUBLIC_DOCUMENT: Readonly<Record<string, string>> = {
  "cache-control": "max-age=86400, private",
  "access-control-allow-methods": "GET, OPTIONS",
};

/** An answer with the headers that all have (§2.1). */
export function respond(
  call: Call,
  body: string | null,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(body, {
    status,
    headers: {
      ...(findCloud(call.url.hostname) && STRICT_TRANSPORT),
      ...SECURITY,
      ...(call.platform !== "adfs" && {
        "x-ms-request-id": call.traceId,
        "x-ms-ests-server": "2.1.0.0 - EMULATOR ProdSlices",
      }),
      ...(call.clientRequestId && { "client-request-id": call.clientRequestId }),
      ...headers,
    },
  });
}

/** A JSON answer. */
export function json(
  call: Call,
  body: object,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  return respond(call, JSON.stringify(body), status, {
    "content-type": "application/json; charset=utf-8",
    ...headers,
  });
}

/** A refusal as JSON, with the status that belongs to its `error`. */
export function jsonError(
  call: Call,
  error: EntraError,
  headers: Readonly<Record<string, string>>,
): Response {
  return json(call, errorBody(error, call), headers, error.entry.status ?? 400);
}

/** `x-ms-clitelem`: version, error, sub error, age of the refresh token in milliseconds, ring. */
export function clientTelemetry(code = 0, ageInSeconds?: number): string {
  return `1,${code},0,${ageInSeconds === undefined ? "" : ageInSeconds * 1000},`;
}

/** The refusal, if that is what was thrown; anything else is a fault of ours and goes on. */
export function refusal(thrown: unknown): EntraError {
  if (thrown instanceof EntraError) return thrown;
  throw thrown;
}
