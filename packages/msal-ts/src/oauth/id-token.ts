/**
 * ID tokens that came straight from the token endpoint.
 *
 * Spec: OpenID Connect Core §3.1.3.7. Their signature is not checked: TLS to the token endpoint is the
 * proof of origin (its item 6).
 *
 * @module
 */
import { MsalError } from "../errors.js";
import type { IdTokenClaims } from "../result.js";
import { objectFromBase64 } from "./base64.js";

/** Seconds that two clocks may differ. */
const SKEW = 120;

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** What an ID token must say. */
export interface ExpectedIdToken {
  clientId: string;
  /** The discovered issuer; `{tenantid}` in it stands for the token's own `tid`. */
  issuer: string;
  /** Other hosts that the issuer may name: the aliases of the authority's own. */
  issuerHosts: readonly string[];
  /** As it was sent; absent when none was. */
  nonce?: string | undefined;
  /** Seconds since the user typed a password that are accepted; absent: any. */
  maxAge?: number | undefined;
}

/**
 * What an ID token claims.
 *
 * @throws {@link MsalError} `invalid_id_token` if it is not a JWT.
 */
export function decodeIdToken(idToken: string): IdTokenClaims {
  const [, payload, signature] = idToken.split(".");
  const claims =
    payload !== undefined && signature !== undefined ? objectFromBase64(payload) : undefined;
  if (claims === undefined) {
    throw new MsalError(
      "invalid_id_token",
      "The identity provider's id_token is not a JWT (three parts, the second a JSON object). Nothing was cached.",
    );
  }
  return claims as IdTokenClaims;
}

/**
 * Checks the claims that decide whether the token was meant for this client and this sign-in.
 *
 * @returns Warnings: times that do not fit the local clock, which may itself be wrong.
 * @throws {@link MsalError} `invalid_id_token` for a wrong audience, issuer, nonce or `auth_time`.
 */
export function checkIdToken(
  claims: IdTokenClaims,
  expected: ExpectedIdToken,
  now: number,
): string[] {
  checkAudience(claims, expected.clientId);
  if (!issuerFits(claims, expected)) {
    throw refuse(
      `its issuer (iss) must be ${expected.issuer}, the issuer of the authority; it is ${text(claims.iss)}`,
    );
  }
  if (expected.nonce !== undefined && claims.nonce !== expected.nonce) {
    throw refuse(
      "its nonce is not the one this sign-in was begun with, so it may belong to another one. Begin a new sign-in",
    );
  }
  if (expected.maxAge !== undefined) checkAuthTime(claims, expected.maxAge, now);
  return timeWarnings(claims, now);
}

/**
 * Checks for whom the token is.
 *
 * @throws {@link MsalError} `invalid_id_token`.
 */
export function checkAudience(claims: IdTokenClaims, clientId: string): void {
  const audience: unknown = claims.aud;
  if (audience === clientId) return;
  if (Array.isArray(audience) && audience.includes(clientId)) return;
  throw refuse(
    `its audience (aud) must be the client id ${text(clientId)}, upper and lower case included; it is ${text(audience)}`,
  );
}

/**
 * Checks when the user typed a password.
 *
 * @throws {@link MsalError} `invalid_id_token`.
 */
export function checkAuthTime(claims: IdTokenClaims, maxAge: number, now: number): void {
  const authTime = claims.auth_time;
  if (typeof authTime !== "number" || authTime <= 0) {
    throw refuse(
      `a sign-in with maxAge needs the claim auth_time, and it has none. Add it to the application's optional claims, or leave maxAge out`,
    );
  }
  if (now - SKEW > authTime + maxAge) {
    throw refuse(
      `the user signed in ${Math.trunc(now - authTime)} seconds ago (auth_time), which is more than the ${maxAge} that maxAge allows`,
    );
  }
}

function timeWarnings(claims: IdTokenClaims, now: number): string[] {
  const warnings: string[] = [];
  const clock = "Check this computer's clock and time zone.";
  if (typeof claims.exp !== "number" || now - SKEW > claims.exp) {
    warnings.push(
      `The ID token has expired by the local clock (exp ${text(claims.exp)}, now ${Math.trunc(now)}). ${clock}`,
    );
  }
  if (typeof claims.nbf === "number" && now + SKEW < claims.nbf) {
    warnings.push(
      `The ID token is not valid yet by the local clock (nbf ${claims.nbf}, now ${Math.trunc(now)}). ${clock}`,
    );
  }
  return warnings;
}

/** Whether `iss` is the expected issuer, under its own host or another name of it. */
function issuerFits(claims: IdTokenClaims, expected: ExpectedIdToken): boolean {
  const { iss, tid } = claims;
  if (typeof iss !== "string") return false;
  // Without the profile scope there is no tid: any tenant's issuer fits the template then.
  const tenant = typeof tid === "string" ? tid : GUID.exec(iss)?.[0];
  const wanted = expected.issuer.replace("{tenantid}", () => tenant ?? "");
  if (iss === wanted) return true;
  return expected.issuerHosts.some((host) => {
    const url = new URL(wanted);
    url.host = host;
    return iss === decodeURI(url.href);
  });
}

function refuse(reason: string): MsalError {
  return new MsalError(
    "invalid_id_token",
    `The ID token was refused: ${reason}. Nothing was cached.`,
  );
}

function text(value: unknown): string {
  return (JSON.stringify(value) ?? "absent").slice(0, 200);
}
