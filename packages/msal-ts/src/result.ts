/**
 * What calls return. What the provider answers is a value, in its own words: a token or an OAuth error.
 *
 * @module
 */
import { describe } from "./describe.js";
import { MsalError, MsalOAuthError } from "./errors.js";

/** A token, or the provider's reason why there is none. Narrow with {@link isTokenError}. */
export type TokenResult = TokenResponse | TokenErrorResponse;

/** A token response: the provider's JSON (RFC 6749 §5.1) and what we add. Further members are there at run time. */
export interface TokenResponse {
  /** The token; `""` when the provider issued an ID token alone. */
  access_token: string;
  /** How to present it, for example `Bearer`. */
  token_type: string;
  /** Seconds from now that the token is valid. */
  expires_in: number;
  /** Seconds from now that a resource may accept it while the identity platform is down. */
  ext_expires_in?: number | undefined;
  /** Scopes it was granted for, separated by spaces; absent from a cached token. */
  scope?: string | undefined;
  /** The ID token as it came, for example to hand on to another service; absent from a cached token. */
  id_token?: string | undefined;
  /** What the ID token says; checked before it was cached. Absent from a cached token. */
  id_token_claims?: IdTokenClaims | undefined;
  /** Microsoft's account identifiers, base64url. */
  client_info?: string | undefined;
  /** Where the token comes from; `broker` is also Azure Cloud Shell. */
  token_source: "identity_provider" | "cache" | "broker";
  /** Whose token it is; absent for an app's own token. */
  account?: Account | undefined;
}

/** An OAuth error (RFC 6749 §5.2), verbatim. */
export interface TokenErrorResponse {
  /** What is wrong, for programs: `invalid_grant`, `interaction_required`, … */
  error: string;
  /** What is wrong, for people; Microsoft's begin with an `AADSTS` number. */
  error_description?: string | undefined;
  error_uri?: string | undefined;
  /** Microsoft's numbers, for example `[50126]`. */
  error_codes?: number[] | undefined;
  /** Microsoft's finer reason, for example `basic_action`. */
  suberror?: string | undefined;
  /** From a silent call: the `suberror` if an application can act on it, otherwise `""`. */
  classification?: string | undefined;
  /** Claims challenge to hand on as `claimsChallenge` of an interactive sign-in: JSON as text. */
  claims?: string | undefined;
  /** What to quote to Microsoft's support, with the two below. */
  correlation_id?: string | undefined;
  trace_id?: string | undefined;
  timestamp?: string | undefined;
}

/** An account that signed in. Plain data: JSON-safe, comparable by `homeAccountId`. */
export interface Account {
  /** Who this is everywhere: `<object id>.<tenant id>` of the home tenant; ADFS: the `sub` claim. */
  homeAccountId: string;
  /** Host of the authority the account signed in to, for example `login.microsoftonline.com`. */
  environment: string;
  /** What the user types to sign in; `""` when the provider did not say (no `profile` scope). */
  username: string;
  /** Object id in the tenant signed in to; of whom a broker signed in, its own id for the account. `""` when unknown. */
  localAccountId: string;
  /** Tenant signed in to, as the cache knows it: its GUID, or `common` and the like. */
  realm: string;
  /** `MSSTS` for Microsoft Entra, `ADFS`; `CLOUDSHELL` for whom Azure Cloud Shell is signed in as. */
  authorityType: string;
  /** Display name; absent when the provider did not say. */
  name?: string | undefined;
}

/** Claims of an ID token (OpenID Connect Core §2). Times are seconds since the epoch. */
export interface IdTokenClaims {
  iss: string;
  sub: string;
  aud: string;
  exp: number;
  iat: number;
  /** Object id of the user in the tenant `tid`. */
  oid?: string;
  /** Tenant that issued the token. */
  tid?: string;
  preferred_username?: string;
  [claim: string]: unknown;
}

/** Whether this is the provider's refusal and not a token. */
export function isTokenError(value: unknown): value is TokenErrorResponse {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { error?: unknown }).error === "string"
  );
}

/**
 * The token, for those who prefer exceptions.
 *
 * @throws {@link MsalOAuthError} if the result is an error of the provider.
 * @throws {@link MsalError} `no_token` if a silent call found nothing (`null`).
 */
export function unwrap<T>(result: T | TokenErrorResponse | null): T {
  if (result === null || result === undefined) {
    throw new MsalError(
      "no_token",
      `There is no token: the cache holds none that fits, and nothing to get one with (the result is ${describe(result)}). Sign the user in.`,
    );
  }
  if (isTokenError(result)) throw new MsalOAuthError(result);
  return result as T;
}
