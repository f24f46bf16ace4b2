/**
 * What throws: one family of errors with a stable `code`. What the identity provider answers is a
 * value instead, see `result.ts`.
 *
 * @module
 */
import type { TokenErrorResponse } from "./result.js";

/** Why something was thrown. A minor release may add a code; it never changes what one means. */
export type MsalErrorCode =
  | "invalid_argument"
  | "invalid_authority"
  | "state_mismatch"
  | "invalid_auth_response"
  | "invalid_id_token"
  | "invalid_cache"
  | "network_error"
  | "timeout"
  | "service_error"
  | "invalid_response"
  | "oauth_error"
  | "no_token"
  | "missing_dependency"
  | "unsupported_runtime"
  | "store_error"
  | "store_locked"
  | "browser_error"
  | "broker_error";

/**
 * Something the caller did, or something that kept the library from an answer.
 *
 * Its message stands alone: what was expected, what came, what to do next. It holds no token, secret,
 * code, assertion or URL query.
 */
export class MsalError extends Error {
  /** What went wrong, for programs. */
  readonly code: MsalErrorCode;

  constructor(code: MsalErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** Also true for an error of another installed copy of this package, where `instanceof` is not. */
  get isMsalError(): true {
    return true;
  }

  static {
    MsalError.prototype.name = "MsalError";
  }
}

/** How much of an answer's text {@link MsalServiceError.response} keeps. */
const KEPT_RESPONSE = 64 * 1024;

/** A status of 500 and more, or an answer that is not what the protocol says. */
export class MsalServiceError extends MsalError {
  /** HTTP status of the answer. */
  readonly status: number;
  /**
   * Seconds to wait: what the service asked for (`Retry-After`), or what is left of the time in which it is
   * not asked again. Absent when nobody asked for any.
   */
  declare readonly retryAfter?: number;
  /** Text of the answer, its first 64 kB. Not enumerable, so that no logger prints it by itself. */
  declare readonly response: string;

  constructor(
    code: MsalErrorCode,
    message: string,
    answer: { status: number; retryAfter?: number | undefined; response: string },
  ) {
    super(code, message);
    this.status = answer.status;
    if (answer.retryAfter !== undefined) this.retryAfter = answer.retryAfter;
    hide(this, "response", answer.response.slice(0, KEPT_RESPONSE));
  }

  static {
    MsalServiceError.prototype.name = "MsalServiceError";
  }
}

/** An OAuth error as an exception, for those who prefer one. Thrown by `unwrap` alone. */
export class MsalOAuthError extends MsalError {
  /** The provider's answer, as it came. Not enumerable. */
  declare readonly response: TokenErrorResponse;

  constructor(response: TokenErrorResponse) {
    super(
      "oauth_error",
      response.error_description
        ? `${response.error}: ${response.error_description}`
        : `The identity provider answered with the error "${response.error}" and no description.`,
    );
    hide(this, "response", response);
  }

  static {
    MsalOAuthError.prototype.name = "MsalOAuthError";
  }
}

function hide(error: MsalError, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, enumerable: false });
}

/** Whether something thrown is of this family, of whatever copy of the package. */
export function isMsalError(error: unknown): error is MsalError {
  return error instanceof Error && (error as { isMsalError?: unknown }).isMsalError === true;
}
