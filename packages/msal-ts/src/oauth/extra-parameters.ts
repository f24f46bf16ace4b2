/**
 * Parameters that a caller adds to a request, and what of them binds a token to a key.
 *
 * Spec: RFC 6749 §8.2; Microsoft's key-bound tokens (`token_type`, `key_id`, `req_cnf`).
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Parameters by name. */
export type ExtraParameters = Readonly<Record<string, string>>;

/** Set by the library itself: another value would make another request than the one that was checked. */
const OURS: readonly string[] = [
  ...["client_id", "client_secret", "client_assertion", "client_assertion_type", "client_info"],
  ...["grant_type", "scope", "claims", "code", "code_verifier", "redirect_uri", "refresh_token"],
  ...["assertion", "requested_token_use", "username", "password", "device_code"],
  ...["response_type", "response_mode", "state", "nonce", "code_challenge"],
  ...["code_challenge_method"],
];

/**
 * Checks parameters to add, and copies them.
 *
 * @param option - Name of the option they came in.
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkExtraParameters(option: string, extra: unknown): ExtraParameters {
  if (extra === undefined) return {};
  if (typeof extra !== "object" || extra === null || Array.isArray(extra)) {
    throw new MsalError(
      "invalid_argument",
      `${option} must be an object of strings, for example { dc: "prod" }; it is ${describe(extra)}.`,
    );
  }
  for (const [name, value] of Object.entries(extra)) {
    if (typeof value !== "string") {
      throw new MsalError(
        "invalid_argument",
        `${option}.${name} must be a string; it is ${describe(value)}.`,
      );
    }
    if (OURS.includes(name)) {
      throw new MsalError(
        "invalid_argument",
        `${option} must not contain ${quote(name)}, which the library sets itself.`,
      );
    }
  }
  return { ...(extra as ExtraParameters) };
}

/**
 * As {@link checkExtraParameters}, for the body of a token request, where some ask for a key-bound token.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkExtraTokenParameters(extra: unknown): ExtraParameters {
  const parameters = checkExtraParameters("extraTokenParameters", extra);
  if (parameters.token_type !== "ssh-cert") return parameters;
  for (const name of ["req_cnf", "key_id"]) {
    if (parameters[name]) continue;
    throw new MsalError(
      "invalid_argument",
      `extraTokenParameters must contain ${name} beside token_type "ssh-cert": the certificate is for that key.`,
    );
  }
  return parameters;
}

/**
 * The key that a token with these parameters is bound to; undefined for a bearer token, `""` when the
 * parameters do not name it.
 */
export function boundKey({ token_type, key_id, req_cnf }: ExtraParameters): string | undefined {
  if (key_id) return key_id;
  const bearer = token_type === undefined || token_type.toLowerCase() === "bearer";
  return bearer && req_cnf === undefined ? undefined : "";
}
