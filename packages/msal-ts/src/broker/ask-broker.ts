/**
 * Questions to a broker, and its answers as results: checked, then remembered, then handed out.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import { clientInfoOf } from "../cache/client-info.js";
import { BROKER } from "../cache/rows.js";
import { saveLocalTokens } from "../cache/save-tokens.js";
import { type Call, now } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { withinTimeout } from "../http/abort.js";
import type { ExtraParameters } from "../oauth/extra-parameters.js";
import { checkAuthTime } from "../oauth/id-token.js";
import type { IdTokenClaims, TokenErrorResponse, TokenResponse } from "../result.js";
import type { BrokerFailure, BrokerRequest, BrokerToken } from "./broker.js";

/** What is wanted of a broker. */
export interface Wanted {
  authority: Authority;
  scopes: readonly string[];
  claims: string | undefined;
  /** What the caller adds to the request; it says what the token is bound to, too. */
  extra: ExtraParameters;
  /** What else is to be said. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /** Seconds since the user typed a password that are accepted; absent: any. */
  maxAge?: number | undefined;
}

/** How the broker is to be asked. */
export interface Asking<T> {
  /** Milliseconds; absent: for ever. */
  timeout: number | undefined;
  ask: (request: BrokerRequest) => Promise<T>;
}

/**
 * Asks the broker.
 *
 * @returns What it answered, and as a failure what it threw.
 * @throws {@link MsalError} `broker_error` if it is no answer, or the application is not registered for
 * brokers; `timeout`.
 */
export async function askBroker<T>(
  call: Call,
  wanted: Wanted,
  { timeout, ask }: Asking<T>,
): Promise<T | BrokerFailure> {
  const { client, correlationId } = call;
  const { protocol, host } = client.authorityUrl;
  const trusted = !client.validateAuthority || !client.instanceDiscovery;
  const { maxAge } = wanted;
  const timedOut = () =>
    new MsalError(
      "timeout",
      `The broker did not answer within ${timeout} ms (the option timeout). Try again, or allow more time.`,
    );
  client.logger.debug(`Asking the broker for a token, correlation id ${correlationId}.`);
  const answer = await withinTimeout(call, timeout, timedOut, async (signal) => {
    const request: BrokerRequest = {
      clientId: client.clientId,
      correlationId,
      signal: signal.native,
      authority: `${protocol}//${host}/${wanted.authority.realm}`,
      scopes: [...wanted.scopes],
      ...(wanted.claims !== undefined && { claims: wanted.claims }),
      parameters: {
        ...wanted.extra,
        ...(maxAge !== undefined && { max_age: String(maxAge) }),
        ...(trusted && { validateAuthority: "no" }),
        ...wanted.parameters,
      },
    };
    try {
      return await ask(request);
    } catch (error) {
      return { status: "Unexpected", context: thrown(error) };
    }
  });
  if (!isFailure(answer)) return answer;
  const failure = checkFailure(answer);
  checkRegistration(client.clientId, failure);
  return failure;
}

function thrown(error: unknown): string {
  return error instanceof Error ? error.message : `It threw ${describe(error)}`;
}

/** Whether the broker has no token. */
export function isFailure(answer: unknown): answer is BrokerFailure {
  return typeof (answer as Partial<BrokerFailure> | null | undefined)?.status === "string";
}

/** Of a failure what people and programs can read; a broker may say anything. */
function checkFailure({ status, context, code, tag }: BrokerFailure): BrokerFailure {
  const isWord = (value: unknown) => typeof value === "string" || typeof value === "number";
  return {
    status,
    ...(typeof context === "string" && { context }),
    ...(isWord(code) && { code }),
    ...(isWord(tag) && { tag }),
  };
}

/** What Microsoft Entra says to an application whose registration lacks the broker's redirect URI. */
const UNREGISTERED: readonly string[] = ["AADSTS50011", "AADSTS7000218"];

function checkRegistration(clientId: string, { context }: BrokerFailure): void {
  if (!UNREGISTERED.some((number) => context?.includes(number))) return;
  throw new MsalError(
    "broker_error",
    `The application's registration must have the redirect URI ms-appx-web://Microsoft.AAD.BrokerPlugin/${clientId} (platform "Mobile and desktop applications"; on macOS msauth.com.msauth.unsignedapp://auth). Add it, and allow public client flows.`,
  );
}

/** A failure, as calls return it. */
export function refusal({ status, context, code, tag }: BrokerFailure): TokenErrorResponse {
  const said = context?.trim() || "The broker did not say what went wrong";
  const numbers = `Error code: ${code ?? "unknown"}, Tag: ${tag ?? "unknown"}`;
  return {
    error: "broker_error",
    error_description: `${said.replace(/\.$/, "")}. Status: ${namedStatus(status)}, ${numbers}`,
  };
}

/** As the native runtime writes it, whether the broker did so or not. */
function namedStatus(status: string): string {
  return status.startsWith("Status_") ? status : `Status_${status}`;
}

/** Whether the user can help. */
export function needsUser({ status }: BrokerFailure): boolean {
  return ["Status_InteractionRequired", "Status_AccountUnusable"].includes(namedStatus(status));
}

/** Whether the user typed a password as lately as is wanted. */
export function isRecent(call: Call, { maxAge }: Wanted, token: BrokerToken): boolean {
  if (maxAge === undefined) return true;
  try {
    checkAuthTime(token.idTokenClaims as IdTokenClaims, maxAge, now(call));
    return true;
  } catch {
    return false;
  }
}

/** What is known besides. */
export interface Known {
  /** What the user typed: the account's name when nobody else says it. */
  username?: string | undefined;
  /** Environment that the cache knew the account in when the broker was asked; absent: none. */
  signedInAt?: string | undefined;
}

/**
 * Keeps a broker's token.
 *
 * @throws {@link MsalError} `broker_error` for an SSH certificate that is none; `invalid_id_token` for a
 * token of another tenant, or of a user who typed the password too long ago. Nothing is kept then.
 */
export async function saveBrokerToken(
  call: Call,
  wanted: Wanted,
  token: BrokerToken,
  known: Known = {},
): Promise<TokenResponse> {
  const { authority, extra, scopes, maxAge } = wanted;
  const claims = token.idTokenClaims as IdTokenClaims;
  if (maxAge !== undefined) checkAuthTime(claims, maxAge, now(call));
  if (extra.token_type === "ssh-cert" && !token.accessToken.startsWith("AAAA")) {
    throw new MsalError(
      "broker_error",
      "The broker must answer with an SSH certificate, which begins with AAAA; it answered with something else. It may be too old for certificates. Nothing was cached.",
    );
  }
  const dot = token.homeAccountId.indexOf(".");
  const uid = token.homeAccountId.slice(0, dot);
  const reply = {
    access_token: token.accessToken,
    token_type: extra.token_type || "Bearer",
    expires_in: Math.trunc(token.expiresOn - now(call)),
    client_info: clientInfoOf({ uid, utid: token.homeAccountId.slice(dot + 1) }),
    ...(token.idToken && { id_token: token.idToken }),
    ...(token.scopes.length > 0 && { scope: token.scopes.join(" ") }),
  };
  const username = token.username || known.username;
  const grant = { grantType: BROKER, authority, scope: scopes, data: extra, username };
  return saveLocalTokens(call, reply, grant, {
    claims,
    homeAccountId: token.homeAccountId,
    accountId: token.accountId,
    signedInAt: known.signedInAt,
  });
}

/**
 * A token as it must be for us to go on with it; a copy, which is ours.
 *
 * @throws {@link MsalError} `broker_error` that names the member.
 */
export function checkToken(answer: unknown): BrokerToken {
  const token = (typeof answer === "object" && answer !== null ? answer : {}) as BrokerToken;
  const { accessToken, accountId, homeAccountId, expiresOn, scopes, idToken, username } = token;
  const idTokenClaims = copyOf(token.idTokenClaims);
  const members: readonly [string, boolean, string, unknown][] = [
    ["accessToken", isText(accessToken), "a string", accessToken],
    ["accountId", isText(accountId), "a string", accountId],
    ["homeAccountId", isHome(homeAccountId), 'a string like "uid.utid"', homeAccountId],
    ["expiresOn", Number.isFinite(expiresOn), "a number of seconds since the epoch", expiresOn],
    ["scopes", Array.isArray(scopes) && scopes.every(isText), "an array of strings", scopes],
    ["idTokenClaims", isObject(idTokenClaims), "an object of JSON", token.idTokenClaims],
    ["idToken", idToken === undefined || typeof idToken === "string", "a string", idToken],
    ["username", username === undefined || typeof username === "string", "a string", username],
  ];
  for (const [name, fits, wanted, value] of members) {
    if (fits) continue;
    throw new MsalError(
      "broker_error",
      `The broker must answer with a token whose ${name} is ${wanted}, or with a failure that has a status; the ${name} of its answer is ${describe(value)}. Nothing was cached.`,
    );
  }
  return {
    ...{ accessToken, accountId, homeAccountId, expiresOn, idToken, username },
    scopes: [...scopes],
    idTokenClaims: idTokenClaims as Record<string, unknown>,
  };
}

/** What of a value JSON can hold; undefined if it cannot hold it at all. */
function copyOf(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isHome(value: unknown): boolean {
  return typeof value === "string" && /^[^.\s]+\.[^\s]+$/.test(value);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
