/**
 * Resource owner password credentials grant: the application itself asks for the password. A federated
 * user's goes to the federation server, whose assertion is redeemed instead.
 *
 * Spec: RFC 6749 §4.3.
 *
 * @module
 */
import {
  type Authority,
  knownAuthority,
  resolveAuthority,
} from "../authority/resolve-authority.js";
import { discoverFederation } from "../authority/user-realm.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import type { Call } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { API, REFRESH_REASON } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import { checkExtraTokenParameters, type ExtraParameters } from "../oauth/extra-parameters.js";
import { checkUserScopes, decorateScopes } from "../oauth/scopes.js";
import { requestToken } from "../oauth/token-request.js";
import { isTokenError, type TokenResult } from "../result.js";

const GRANT_TYPE = "password";

/** Options of {@link acquireTokenByUsernamePassword}. */
export interface UsernamePasswordOptions {
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}

/** What is to be redeemed, and for what. */
export interface PasswordGrant {
  username: string;
  password: string;
  scope: readonly string[];
  claims: string | undefined;
  extra: ExtraParameters;
}

/**
 * Signs a user in with a password.
 *
 * @returns Tokens, already cached; or the refusal, a wrong password among them.
 */
export async function acquireTokenByUsernamePassword(
  call: Call,
  username: string,
  password: string,
  scopes: readonly string[],
  options: UsernamePasswordOptions,
): Promise<TokenResult> {
  checkUsername(username);
  checkPassword(password);
  checkUserScopes(scopes);
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const { client } = call;
  const wanted: PasswordGrant = {
    username,
    password,
    scope: decorateScopes(call, scopes),
    claims: mergeClaims(client.clientCapabilities, options.claimsChallenge),
    extra,
  };
  const local = client.allowBroker ? await redeemByBroker(call, wanted, [...scopes]) : null;
  if (local !== null) return local;
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  // ADFS knows its own users.
  const federation =
    authority.kind === "adfs" ? undefined : await discoverFederation(call, username);
  if (federation === undefined) return redeemPassword(call, authority, wanted);
  const { redeemAssertion } = await import("./federated-password.js");
  return redeemAssertion(call, authority, federation, wanted);
}

/** The broker's answer; `null` if there is none that takes passwords. */
async function redeemByBroker(
  call: Call,
  { username, password, claims, extra }: PasswordGrant,
  scopes: readonly string[],
): Promise<TokenResult | null> {
  const { acquireTokenByPasswordOfBroker } = await import("../broker/known-account.js");
  const wanted = async () => ({ authority: await resolveAuthority(call), scopes, claims, extra });
  return acquireTokenByPasswordOfBroker(call, wanted, username, password);
}

/** RFC 6749 §4.3.2. */
async function redeemPassword(
  call: Call,
  authority: Authority,
  { username, password, scope, claims, extra }: PasswordGrant,
): Promise<TokenResult> {
  const reply = await requestToken(call, authority, {
    api: API.usernamePassword,
    reason: REFRESH_REASON.none,
    parameters: { grant_type: GRANT_TYPE, username, password, claims },
    scope,
    extra,
    headers: routing(username),
  });
  if (isTokenError(reply)) return reply;
  return saveUserTokens(call, reply, {
    grantType: GRANT_TYPE,
    authority,
    scope,
    username,
    data: extra,
  });
}

/** Routes the request to where the user's mailbox is; none for a name with characters that no header takes. */
function routing(username: string): Record<string, string> {
  return /^[\x21-\x7e]+$/.test(username) ? { "X-AnchorMailbox": `upn:${username}` } : {};
}

function checkUsername(username: unknown): asserts username is string {
  const isName =
    typeof username === "string" &&
    username.trim() !== "" &&
    // What would be another path where a name belongs.
    !/^\.{1,2}$/.test(username);
  if (isName && !/[\p{Cc}\p{Cs}]/u.test(username)) return;
  throw new MsalError(
    "invalid_argument",
    `username must be what the user signs in with, for example "ada@contoso.com"; it is ${isName ? "a string with control characters" : describe(username)}.`,
  );
}

function checkPassword(password: unknown): asserts password is string {
  if (typeof password === "string" && password !== "") return;
  throw new MsalError(
    "invalid_argument",
    `password must be the user's password, a string; it is ${describe(password)}. Is the environment variable it comes from set?`,
  );
}
