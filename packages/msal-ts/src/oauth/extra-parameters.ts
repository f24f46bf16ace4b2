/**
 * Parameters that a caller adds to a request, and what of them binds a token to a key.
 *
 * Spec: RFC 6749 §8.2; Microsoft's key-bound tokens (`token_type`, `key_id`, `req_cnf`).
 *
 * @module
 */
import { describe, isPlainObject, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Parameters by name. */
export type ExtraParameters = Readonly<Record<string, string>>;

/** Set by the library itself: another value would make another request than the one that was checked. */
const OURS: readonly string[] = [
  ...["client_id", "client_secret", "client_assertion", "client_assertion_type", "client_info"],
  ...["grant_type", "scope", "claims", "code", "code_verifier", "redirect_uri", "refresh_token"],
  ...["assertion", "requested_token_use", "username", "password", "device_code"],
  ...["response_type", "response_mode", "state", "nonce", "code_challenge"],
  ...["code_challenge_method", "max_age", "login_hint", "prompt", "domain_hint", "x-anchormailbox"],
];

/**
 * Checks parameters to add, and copies them.
 *
 * @param option - Name of the option they came in.
 * @param allowed - Names that the caller of this call sets, and not the library.
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkExtraParameters(
  option: string,
  extra: unknown,
  allowed: readonly string[] = [],
): ExtraParameters {
  if (extra === undefined) return {};
  if (!isPlainObject(extra)) {
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
    const ours = name.toLowerCase();
    if (OURS.includes(ours) && !allowed.includes(ours)) {
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
export function checkExtraTokenParameters(
  extra: unknown,
  allowed?: readonly string[],
): ExtraParameters {
  const parameters = checkExtraParameters("extraTokenParameters", extra, allowed);
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

/** What a token is bound to. */
export interface Binding {
  /** Name of the key; `""` when nobody named it. */
  key: string;
  /** Type of the token in lower case; absent: any. */
  type: string | undefined;
}

/** What a token with these parameters is bound to; undefined for a bearer token. */
export function bindingOf(parameters: Readonly<Record<string, unknown>>): Binding | undefined {
  const { token_type, key_id, req_cnf } = parameters;
  const type = typeof token_type === "string" ? token_type.toLowerCase() : undefined;
  const bearer = type === undefined || type === "bearer";
  if (typeof key_id === "string" && key_id !== "") return { key: key_id, type };
  return bearer && req_cnf === undefined ? undefined : { key: "", type };
}
