/**
 * Headers that tell the identity platform how well its clients fare: which call asks and why, what
 * failed since the last success.
 *
 * Spec: Microsoft's server telemetry, version 4.
 *
 * @module
 */

/** Calls, as telemetry numbers them. */
export const API = {
  silent: 84,
  refreshToken: 85,
  interactive: 169,
  usernamePassword: 301,
  onBehalfOf: 523,
  deviceFlow: 622,
  clientCredentials: 730,
  authCode: 832,
} as const;

/** Why a request was sent although there is a cache. */
export const REFRESH_REASON = {
  none: 0,
  forced: 1,
  absent: 2,
  expired: 3,
  aging: 4,
} as const;

export type RefreshReason = (typeof REFRESH_REASON)[keyof typeof REFRESH_REASON];

/** Failures are recorded while they fit into a header; characters. */
const MAX_RECORDED = 350;

/** What happened since the last success. */
export interface Telemetry {
  /** Tokens served from the cache. */
  hits: number;
  /** Failures as the header has them: number and correlation id of each call, and its error. */
  calls: string;
  errors: string;
  /** Characters that failures took, whether they were recorded or not. */
  size: number;
}

/** Nothing happened yet. */
export function createTelemetry(): Telemetry {
  return { hits: 0, calls: "", errors: "", size: 0 };
}

/** Headers for one request. */
export function telemetryHeaders(
  { hits, calls, errors }: Telemetry,
  api: number,
  correlationId: string,
  reason: RefreshReason,
): Record<string, string> {
  return {
    "client-request-id": correlationId,
    "x-client-current-telemetry": `4|${api},${reason}|`,
    "x-client-last-telemetry": `4|${hits}|${calls}|${errors}|`,
  };
}

/** Remembers how a call ended: a success clears everything, a failure is recorded. */
export function recordOutcome(
  telemetry: Telemetry,
  api: number,
  correlationId: string,
  error: string | undefined,
): void {
  if (error === undefined) {
    telemetry.hits = 0;
    telemetry.calls = "";
    telemetry.errors = "";
    telemetry.size = 0;
    return;
  }
  // The word travels back in a header: only what an OAuth error code may consist of.
  const word = error.replace(/[^\x21-\x7e]|[|,]/g, "_");
  telemetry.size += `,${api},${correlationId},${word}`.length;
  if (telemetry.size >= MAX_RECORDED) return;
  // Asked of the calls: the error of the first may be empty.
  const comma = telemetry.calls === "" ? "" : ",";
  telemetry.calls += `${comma}${api},${correlationId}`;
  telemetry.errors += `${comma}${word}`;
}
