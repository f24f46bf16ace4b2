/**
 * The seam to a broker: a program of the operating system that signs users in for all applications, and
 * vouches for the device while it does (Windows: the Web Account Manager).
 *
 * @module
 */
import type { Logger } from "../call.js";

/**
 * Signs users in with what the operating system has for that. What a broker answers is a value, its
 * failures too; what it throws instead is taken for a failure.
 */
export interface Broker {
  /**
   * Called once by each client, before anything else, when the client first needs it.
   *
   * @throws Whatever says why it cannot be used here: the client goes on without it.
   */
  start(options: BrokerStartOptions): void | Promise<void>;
  /** A token for whoever is signed in to this computer, without asking anybody. */
  signInSilently(request: BrokerRequest): Promise<BrokerAnswer>;
  /** Asks the user to sign in, or to pick an account. */
  signInInteractively(request: BrokerInteractiveRequest): Promise<BrokerAnswer>;
  /**
   * A token for an account, without asking anybody.
   *
   * @param accountId - The `accountId` of an earlier answer.
   * @returns Undefined if the broker knows no such account.
   */
  acquireTokenSilently(
    accountId: string,
    request: BrokerSilentRequest,
  ): Promise<BrokerAnswer | undefined>;
  /**
   * Signs an account out of this application.
   *
   * @returns Why it could not; nothing when it has, or knows no such account.
   */
  signOut(accountId: string, request: BrokerSignOutRequest): Promise<BrokerFailure | undefined>;
  /** A token for a username and a password. Absent: passwords go where they go without a broker. */
  signInWithPassword?(
    username: string,
    password: string,
    request: BrokerRequest,
  ): Promise<BrokerAnswer>;
}

/** What a {@link Broker} is told when it starts. */
export interface BrokerStartOptions {
  /** The application's id. */
  clientId: string;
  /** Whether what it logs may name people. Tokens and secrets are never logged. */
  enablePiiLog: boolean;
  /** Takes what it has to say: `debug`, and `error` for what ends it. What looks like a secret is taken out. */
  logger: Pick<Logger, "debug" | "error">;
}

/** What every request to a {@link Broker} says. */
export interface BrokerSignOutRequest {
  /** The application's id. */
  clientId: string;
  /** A GUID, for logs. */
  correlationId: string;
  /** Aborts when nobody waits for the answer any more. A broker that cannot be stopped may ignore it. */
  signal: AbortSignal;
}

/** What a {@link Broker} is asked for. */
export interface BrokerRequest extends BrokerSignOutRequest {
  /** `https://<host>/<tenant>` */
  authority: string;
  /** As the caller wrote them, without `openid` and the like. */
  scopes: readonly string[];
  /** The claims request (OpenID Connect Core §5.5): a JSON object, as text. */
  claims?: string | undefined;
  /**
   * What else the request is to say, for example `{ max_age: "60" }`. `validateAuthority: "no"` says that the
   * caller trusts the authority unseen.
   */
  parameters: Readonly<Record<string, string>>;
}

/** As {@link BrokerRequest}, about a known account. */
export interface BrokerSilentRequest extends BrokerRequest {
  /** Wants a token that is newer than the last one. */
  forceRefresh: boolean;
}

/** As {@link BrokerRequest}, where the user may be asked. */
export interface BrokerInteractiveRequest extends BrokerRequest {
  /** Window that the dialog belongs to; absent: the console's. */
  windowHandle?: number | bigint | Uint8Array | undefined;
  /** Username to sign in with; absent: the user picks an account. */
  loginHint?: string | undefined;
}

/** A token, or why there is none. */
export type BrokerAnswer = BrokerToken | BrokerFailure;

/** A token of a {@link Broker}. */
export interface BrokerToken {
  accessToken: string;
  /** What the broker calls the account; opaque. Asked for again in `acquireTokenSilently`. */
  accountId: string;
  /** `<object id>.<tenant id>` of the home tenant. */
  homeAccountId: string;
  /** When the token expires; seconds since the epoch. */
  expiresOn: number;
  /** Scopes it was granted for; empty: those that were asked for. */
  scopes: readonly string[];
  /** Claims of the ID token, which the broker has checked. */
  idTokenClaims: Readonly<Record<string, unknown>>;
  /** The ID token as it came. */
  idToken?: string | undefined;
  /** For an account whose ID token names nobody. */
  username?: string | undefined;
}

/** Why a {@link Broker} has no token. */
export interface BrokerFailure {
  /**
   * What kind of failure, in the broker's word. `InteractionRequired` and `AccountUnusable`: the user can
   * help. Others, for example: `UserCanceled`, `NoNetwork`, `ApiContractViolation`.
   */
  status: string;
  /** What went wrong, for people. */
  context?: string | undefined;
  /** The broker's own numbers. */
  code?: string | number | undefined;
  tag?: string | number | undefined;
}
