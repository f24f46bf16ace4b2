import type { TokenCache } from "./cache/token-cache.js";
import { beginCall, type Call, type Client } from "./call.js";
import type { ClientApplicationOptions } from "./client-options.js";
import { createClient } from "./create-client.js";
import { describe, quote } from "./describe.js";
import { MsalError } from "./errors.js";
import {
  type GetAccountsOptions,
  getAccounts,
  type RemoveAccountOptions,
  removeAccount,
} from "./flows/accounts.js";
import {
  type AcquireTokenByAuthCodeFlowOptions,
  type AuthCodeFlow,
  acquireTokenByAuthCodeFlow,
  type InitiateAuthCodeFlowOptions,
  initiateAuthCodeFlow,
} from "./flows/auth-code.js";
import type { AuthResponse } from "./flows/auth-response.js";
import {
  type AcquireTokenByAuthorizationCodeOptions,
  type AuthorizationRequestUrlOptions,
  acquireTokenByAuthorizationCode,
  getAuthorizationRequestUrl,
} from "./flows/authorization-code.js";
import {
  type AcquireTokenByRefreshTokenOptions,
  acquireTokenByRefreshToken,
} from "./flows/refresh-token.js";
import {
  acquireTokenSilent,
  acquireTokenSilentWithError,
  type SilentOptions,
} from "./flows/silent.js";
import {
  acquireTokenByUsernamePassword,
  type UsernamePasswordOptions,
} from "./flows/username-password.js";
import { signalOf } from "./http/abort.js";
import type { Account, TokenResponse, TokenResult } from "./result.js";

/** The options of each method, so that a mistyped one is noticed. */
const INITIATE: readonly (keyof InitiateAuthCodeFlowOptions)[] = [
  "redirectUri",
  "state",
  "prompt",
  "loginHint",
  "domainHint",
  "claimsChallenge",
  "maxAge",
  "responseMode",
  "extraQueryParameters",
  "signal",
];
const REDEEM: readonly (keyof AcquireTokenByAuthCodeFlowOptions)[] = [
  "scopes",
  "extraTokenParameters",
  "signal",
];
const REQUEST_URL: readonly (keyof AuthorizationRequestUrlOptions)[] = [
  "loginHint",
  "state",
  "redirectUri",
  "responseType",
  "prompt",
  "nonce",
  "domainHint",
  "claimsChallenge",
  "extraQueryParameters",
  "signal",
];
const CODE: readonly (keyof AcquireTokenByAuthorizationCodeOptions)[] = [
  "redirectUri",
  "nonce",
  "claimsChallenge",
  "extraTokenParameters",
  "signal",
];
const SILENT: readonly (keyof SilentOptions)[] = [
  "forceRefresh",
  "claimsChallenge",
  "extraTokenParameters",
  "signal",
];
const MIGRATE: readonly (keyof AcquireTokenByRefreshTokenOptions)[] = [
  "extraTokenParameters",
  "signal",
];
const PASSWORD: readonly (keyof UsernamePasswordOptions)[] = [
  "claimsChallenge",
  "extraTokenParameters",
  "signal",
];
const ACCOUNTS: readonly (keyof GetAccountsOptions)[] = ["username", "homeAccountId", "signal"];
const REMOVE: readonly (keyof RemoveAccountOptions)[] = ["signal"];

/** What the subclasses of this package need of a client application. */
let clientOf: (application: ClientApplication) => Client;

/**
 * An application registered with Microsoft Entra. Usually one of its two kinds is what you want: a
 * {@link PublicClientApplication} runs on its users' devices, a {@link ConfidentialClientApplication} on
 * your servers.
 *
 * Making one sends nothing; endpoints are discovered when they are first needed.
 */
export class ClientApplication {
  /** As `azureRegion`: use the region that the application runs in. */
  static readonly ATTEMPT_REGION_DISCOVERY: true = true;

  readonly #client: Client;

  static {
    clientOf = (application) => application.#client;
  }

  /**
   * @param clientId - The application's id, from its registration.
   * @throws {@link MsalError} `invalid_argument` or `invalid_authority`, naming what is wrong.
   */
  constructor(clientId: string, options: ClientApplicationOptions = {}) {
    this.#client = createClient(clientId, options);
  }

  /** The application's id. */
  get clientId(): string {
    return this.#client.clientId;
  }

  /** Where its tokens are kept. */
  get tokenCache(): TokenCache {
    return this.#client.cache;
  }

  /**
   * Begins a sign-in in a browser: send the user to `authUri`, keep the whole flow in the session, and
   * give both the flow and what came back to {@link acquireTokenByAuthCodeFlow}.
   *
   * @param scopes - What the token is to permit, for example `["User.Read"]`; may span several resources.
   */
  async initiateAuthCodeFlow(
    scopes: readonly string[],
    options: InitiateAuthCodeFlowOptions = {},
  ): Promise<AuthCodeFlow> {
    return initiateAuthCodeFlow(this.#begin(options, INITIATE), scopes, options);
  }

  /**
   * Ends a sign-in: checks that the answer belongs to it, and redeems its code.
   *
   * @param flow - What {@link initiateAuthCodeFlow} returned. It is not changed.
   * @param authResponse - What reached the redirect URI.
   * @returns Tokens, already cached; or the provider's refusal.
   * @throws {@link MsalError} `state_mismatch` if the answer belongs to another sign-in,
   * `invalid_auth_response` if it is none, `invalid_id_token` if the tokens are not for this sign-in.
   */
  async acquireTokenByAuthCodeFlow(
    flow: AuthCodeFlow,
    authResponse: AuthResponse,
    options: AcquireTokenByAuthCodeFlowOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenByAuthCodeFlow(this.#begin(options, REDEEM), flow, authResponse, options);
  }

  /**
   * The URL to send a user to, when state, nonce and PKCE are the caller's own business.
   *
   * @deprecated {@link initiateAuthCodeFlow} makes all of them, and checks them.
   */
  async getAuthorizationRequestUrl(
    scopes: readonly string[],
    options: AuthorizationRequestUrlOptions = {},
  ): Promise<string> {
    return getAuthorizationRequestUrl(this.#begin(options, REQUEST_URL), scopes, options);
  }

  /**
   * Redeems the code that reached the redirect URI.
   *
   * @deprecated {@link acquireTokenByAuthCodeFlow} checks state and PKCE as well.
   * @returns Tokens, already cached; or the provider's refusal.
   * @throws {@link MsalError} `invalid_id_token` if the nonce is not that of the ID token; nothing is cached.
   */
  async acquireTokenByAuthorizationCode(
    code: string,
    scopes: readonly string[],
    options: AcquireTokenByAuthorizationCodeOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenByAuthorizationCode(this.#begin(options, CODE), code, scopes, options);
  }

  /**
   * A token for an account that signed in before, without asking anybody: from the cache, or for a
   * refresh token in it.
   *
   * @param account - One of {@link getAccounts}; `null` and `undefined` are answered with `null`.
   * @returns `null` when there is no token and none can be had without the user.
   */
  async acquireTokenSilent(
    scopes: readonly string[],
    account: Account | null | undefined,
    options: SilentOptions = {},
  ): Promise<TokenResponse | null> {
    return acquireTokenSilent(this.#begin(options, SILENT), scopes, account, options);
  }

  /**
   * As {@link acquireTokenSilent}, but tells why the provider refused.
   *
   * @returns `null` only when the cache holds nothing to try.
   */
  async acquireTokenSilentWithError(
    scopes: readonly string[],
    account: Account | null | undefined,
    options: SilentOptions = {},
  ): Promise<TokenResult | null> {
    return acquireTokenSilentWithError(this.#begin(options, SILENT), scopes, account, options);
  }

  /**
   * Redeems a refresh token that comes from elsewhere, an older library for example, and keeps what comes.
   * For accounts in the cache there is no need: {@link acquireTokenSilent} redeems theirs.
   *
   * @returns Tokens, already cached; or the provider's refusal.
   */
  async acquireTokenByRefreshToken(
    refreshToken: string,
    scopes: readonly string[],
    options: AcquireTokenByRefreshTokenOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenByRefreshToken(this.#begin(options, MIGRATE), refreshToken, scopes, options);
  }

  /**
   * Signs a user in with a password, of this provider or of the federation server of the user's company
   * (which takes the package `saxes`). It does not work for personal accounts, nor where a second factor is
   * asked for, and teaches users to type their password anywhere: prefer a browser.
   *
   * @param username - What the user signs in with, for example `"ada@contoso.com"`.
   * @param scopes - What the token is to permit, for example `["User.Read"]`.
   * @returns Tokens, already cached; or the refusal: a wrong password is `invalid_grant`.
   */
  async acquireTokenByUsernamePassword(
    username: string,
    password: string,
    scopes: readonly string[],
    options: UsernamePasswordOptions = {},
  ): Promise<TokenResult> {
    const call = this.#begin(options, PASSWORD);
    return acquireTokenByUsernamePassword(call, username, password, scopes, options);
  }

  /** Accounts that signed in, one for each person, however many tenants they signed in to. */
  async getAccounts(options: GetAccountsOptions = {}): Promise<Account[]> {
    return getAccounts(this.#begin(options, ACCOUNTS), options);
  }

  /**
   * Forgets an account and the tokens of this application for it; a broker signs it out of this application,
   * too. The session in the browser stays.
   */
  async removeAccount(account: Account, options: RemoveAccountOptions = {}): Promise<void> {
    return removeAccount(this.#begin(options, REMOVE), account);
  }

  #begin(options: { signal?: AbortSignal | undefined }, names: readonly string[]): Call {
    return begin(this.#client, options, names);
  }
}

/**
 * Begins a call of an application.
 *
 * @param names - The options that the call has.
 * @param others - Options that it has not, and itself says why.
 */
export function beginCallOf(
  application: ClientApplication,
  options: { signal?: AbortSignal | undefined },
  names: readonly string[],
  others: readonly string[] = [],
): Call {
  return begin(clientOf(application), options, names, others);
}

function begin(
  client: Client,
  options: { signal?: AbortSignal | undefined },
  names: readonly string[],
  others: readonly string[] = [],
): Call {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new MsalError(
      "invalid_argument",
      `options must be an object; it is ${describe(options)}.`,
    );
  }
  for (const name in options) {
    if (names.includes(name) || others.includes(name)) continue;
    throw new MsalError(
      "invalid_argument",
      `There is no option ${quote(name)} here. The options are ${names.join(", ")}.`,
    );
  }
  const { signal } = options;
  if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
    throw new MsalError(
      "invalid_argument",
      `signal must be an AbortSignal; it is ${describe(signal)}.`,
    );
  }
  return beginCall(client, signal && signalOf(signal));
}
