/**
 * What a caller may get wrong about a device code flow.
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { checkScopes } from "../oauth/scopes.js";
import { isTokenError } from "../result.js";
import type { DeviceFlow } from "./device-code.js";

/**
 * Checks a flow that a caller hands in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkDeviceFlow(flow: unknown): asserts flow is DeviceFlow {
  if (isTokenError(flow)) {
    throw new MsalError(
      "invalid_argument",
      `flow must be a flow that initiateDeviceFlow began; it is the provider's refusal to begin one, ${quote(flow.error)}. Look for a member error before you poll.`,
    );
  }
  if (typeof flow !== "object" || flow === null || Array.isArray(flow)) {
    throw new MsalError(
      "invalid_argument",
      `flow must be the object that initiateDeviceFlow returned; it is ${describe(flow)}.`,
    );
  }
  const members = flow as Record<string, unknown>;
  const { device_code, correlation_id, scope } = members;
  if (typeof device_code !== "string" || device_code === "") {
    throw damaged("device_code", "a string", device_code);
  }
  for (const name of ["interval", "expires_in", "expires_at"]) {
    const value = members[name];
    if (value !== undefined && (typeof value !== "number" || Number.isNaN(value))) {
      throw damaged(name, "a number of seconds", value);
    }
  }
  // It travels in a header.
  const fits = typeof correlation_id === "string" && /^[\w-]{1,64}$/.test(correlation_id);
  if (correlation_id !== undefined && !fits)
    throw damaged("correlation_id", "an id", correlation_id);
  if (scope !== undefined) {
    if (!Array.isArray(scope)) throw damaged("scope", "an array of strings", scope);
    checkScopes(scope);
  }
}

function damaged(name: string, wanted: string, value: unknown): MsalError {
  return new MsalError(
    "invalid_argument",
    `flow must be the whole object that initiateDeviceFlow returned; its ${name} must be ${wanted}, and is ${describe(value)}.`,
  );
}
