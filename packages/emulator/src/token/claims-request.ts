/**
 * The `claims` parameter: what a client wants in its tokens, and what it can do (OpenID Connect Core §5.5).
 *
 * @module
 */
import { entraError } from "../entra-error.js";

/** What we read of a claims request. */
export interface ClaimsRequest {
  /** Client capabilities, in lower case, for example `["cp1"]`. */
  readonly capabilities: readonly string[];
  /** Ids of Conditional Access policies to satisfy, in lower case. */
  readonly policies: readonly string[];
}

/** @throws EntraError 9002313 when it is no JSON object. */
export function readClaimsRequest(claims: string | undefined): ClaimsRequest {
  if (!claims) return { capabilities: [], policies: [] };
  const accessToken = member(parse(claims), "access_token");
  const values = (claim: string): readonly string[] => {
    const list = member(member(accessToken, claim), "values");
    return Array.isArray(list) ? list.map((value) => String(value).toLowerCase()) : [];
  };
  return { capabilities: values("xms_cc"), policies: values("capolids") };
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, in the platform's words.
  }
  throw entraError(9002313);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
