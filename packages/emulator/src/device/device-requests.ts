/**
 * What devices wait for: requests with the code that a user types for each.
 *
 * Spec: RFC 8628 §3.2, §6.1
 *
 * @module
 */
import { randomInt } from "node:crypto";
import type { Call, Parameters } from "../call.js";
import { EntraError, entraError } from "../entra-error.js";
import type { TokenVersion } from "../token/issuer.js";

/** Who let a device go on, and in which tenant. */
interface Approval {
  readonly username: string;
  readonly authTime: number;
  readonly sid: string;
  readonly satisfied: readonly string[];
  readonly tenantId: string;
}

/** A device that waits, or has waited, for its user. */
export interface DeviceRequest {
  readonly userCode: string;
  readonly clientId: string;
  /** Tenant segment of the URL that was called. */
  readonly segment: string;
  readonly version: TokenVersion;
  readonly parameters: Parameters;
  readonly scope: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  decision: "pending" | "declined" | "redeemed" | Approval;
}

/** Seconds a code works. */
export const LIFETIME = 900;

/** What a user types has no letter that looks like a digit, and makes no words. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXYZ23456789";
const LENGTH = 9;

const DEVICE_CODE = "device code";

/** Remembers a request until it has expired. @returns It, and the code that its device polls with. */
export function addDeviceRequest(
  call: Call,
  asked: Omit<DeviceRequest, "userCode" | "issuedAt" | "decision">,
): { readonly userCode: string; readonly deviceCode: string } {
  const { deviceRequests, sealer } = call.emulation;
  // Oldest first: whatever has expired is refused for that.
  for (const [code, { issuedAt }] of deviceRequests) {
    if (call.now < issuedAt + LIFETIME) break;
    deviceRequests.delete(code);
  }
  let userCode = randomCode();
  while (deviceRequests.has(userCode)) userCode = randomCode();
  deviceRequests.set(userCode, { ...asked, userCode, issuedAt: call.now, decision: "pending" });
  return { userCode, deviceCode: sealer.seal(DEVICE_CODE, { userCode, issuedAt: call.now }) };
}

function randomCode(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

/**
 * The request whose code a user has typed, in any case, if it is still to be decided.
 *
 * @throws EntraError 90119, 70018, 70019 or 90120
 */
export function findUndecided(call: Call, typed: string): DeviceRequest {
  const userCode = typed.replace(/[\s-]/g, "").toUpperCase();
  if (userCode === "") throw entraError(90119);
  const request = call.emulation.deviceRequests.get(userCode);
  if (!request) throw entraError(70018);
  checkTime(call, request);
  if (request.decision !== "pending") throw entraError(90120);
  return request;
}

/**
 * The request that a device polls for.
 *
 * @throws EntraError 70018 or 70019
 */
export function findByDeviceCode(call: Call, deviceCode: string): DeviceRequest {
  const { sealer, deviceRequests } = call.emulation;
  const opened = sealer.open<Pick<DeviceRequest, "userCode" | "issuedAt">>(DEVICE_CODE, deviceCode);
  if (!opened) {
    const text = "The device_code sent to the /token endpoint wasn't recognized.";
    throw new EntraError(70018, text, { error: "bad_verification_code" });
  }
  checkTime(call, opened);
  return deviceRequests.get(opened.userCode) as DeviceRequest;
}

function checkTime(call: Call, { issuedAt }: { readonly issuedAt: number }): void {
  if (call.now >= issuedAt + LIFETIME) throw entraError(70019);
}
