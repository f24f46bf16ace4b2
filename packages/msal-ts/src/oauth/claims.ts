/**
 * The `claims` parameter: what a resource challenged for, and what the client can handle.
 *
 * Spec: OpenID Connect Core §5.5; Microsoft's `xms_cc` (client capabilities).
 *
 * @module
 */
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";

/**
 * Value of the `claims` parameter; undefined when there is nothing to ask for. The client's
 * capabilities replace those that a challenge names.
 *
 * @throws {@link MsalError} `invalid_argument` if the challenge is not a JSON object.
 */
export function mergeClaims(
  capabilities: readonly string[],
  challenge: string | undefined,
): string | undefined {
  if (challenge === undefined || challenge === "") {
    return capabilities.length === 0 ? undefined : withCapabilities({}, capabilities);
  }
  const claims = parseChallenge(challenge);
  return capabilities.length === 0 ? challenge : withCapabilities(claims, capabilities);
}

function withCapabilities(
  claims: Record<string, unknown>,
  capabilities: readonly string[],
): string {
  const accessToken = (claims.access_token ?? {}) as Record<string, unknown>;
  return JSON.stringify({
    ...claims,
    access_token: { ...accessToken, xms_cc: { values: capabilities } },
  });
}

function parseChallenge(challenge: unknown): Record<string, unknown> {
  let value: unknown;
  try {
    value = typeof challenge === "string" ? JSON.parse(challenge) : undefined;
  } catch {
    // Told below.
  }
  const members = isObject(value) ? value.access_token : undefined;
  if (isObject(value) && (members === undefined || members === null || isObject(members))) {
    return value;
  }
  throw new MsalError(
    "invalid_argument",
    `claimsChallenge must be a JSON object as text, for example {"access_token":{"nbf":{"essential":true}}}; it is ${describe(challenge)}. In a WWW-Authenticate header it is base64: decode it first.`,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
