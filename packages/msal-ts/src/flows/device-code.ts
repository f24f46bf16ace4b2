/**
 * Device authorization grant: the user types a code on another device while this one polls.
 *
 * Spec: RFC 8628; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 *
 * @module
 */
import { knownAuthority, resolveAuthority } from "../authority/resolve-authority.js";
import { saveUserTokens } from "../cache/save-tokens.js";
import { wholeSeconds } from "../cache/schema.js";
import { type Call, now, withCorrelationId } from "../call.js";
import { isMsalError, type MsalError, type MsalServiceError } from "../errors.js";
import { unlessStopped, wait } from "../http/abort.js";
import { API, REFRESH_REASON, recordOutcome, telemetryHeaders } from "../http/telemetry.js";
import { mergeClaims } from "../oauth/claims.js";
import { requestDeviceCode } from "../oauth/device-authorization.js";
import { checkExtraTokenParameters, type ExtraParameters } from "../oauth/extra-parameters.js";
import { checkUserScopes, decorateScopes } from "../oauth/scopes.js";
import { requestToken, type TokenReply } from "../oauth/token-request.js";
import { isTokenError, type TokenErrorResponse, type TokenResult } from "../result.js";
import { checkDeviceFlow } from "./device-code-arguments.js";

const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code";

/** RFC 8628 §3.2: between polls, when the provider does not say. Seconds. */
const DEFAULT_INTERVAL = 5;
/** How long a code works, when the provider does not say. Seconds. */
const DEFAULT_LIFETIME = 1800;
/** RFC 8628 §3.5: what `slow_down` adds to the interval. Seconds. */
const SLOWER = 5;
/** Longest wait after failures, unless the provider asks for more. Seconds. */
const LONGEST_BACKOFF = 60;

/** Options of {@link initiateDeviceFlow}. */
export interface InitiateDeviceFlowOptions {
  signal?: AbortSignal | undefined;
}

/** Options of {@link acquireTokenByDeviceFlow}. */
export interface AcquireTokenByDeviceFlowOptions {
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  /** Stops polling at once. */
  signal?: AbortSignal | undefined;
}

/**
 * A sign-in under way on another device: show its `message`, then poll. Plain data: JSON-safe. Whoever
 * has its `device_code` gets the tokens.
 */
export interface DeviceFlow {
  /** Code to type, for example `F8XK2M9QP`. */
  user_code: string;
  /** What is polled with. */
  device_code: string;
  /** Page to type the code on: an http or https URL. */
  verification_uri: string;
  /** The same page with the code filled in, for example for a QR code; absent from Microsoft Entra. */
  verification_uri_complete?: string | undefined;
  /** What the user has to do, in one sentence, ready to print. */
  message: string;
  /** Seconds the code works, from when it was asked for. */
  expires_in: number;
  /** Seconds between two polls. Grows when the provider asks to slow down. */
  interval: number;
  /** When the code stops working; seconds since the epoch. Set it to 0 to stop the polling within a second. */
  expires_at: number;
  /** What was asked for: the tokens' scopes when the provider does not name any. */
  readonly scope?: readonly string[] | undefined;
  /** Quoted in every request of this sign-in; a GUID. */
  readonly correlation_id?: string | undefined;
}

/**
 * Asks for a code (RFC 8628 §3.1).
 *
 * @returns What to show the user; or the provider's refusal.
 */
export async function initiateDeviceFlow(
  call: Call,
  scopes: readonly string[],
): Promise<DeviceFlow | TokenErrorResponse> {
  checkUserScopes(scopes);
  const { client } = call;
  const scope = decorateScopes(call, scopes);
  const authority = knownAuthority(client) ?? (await resolveAuthority(call));
  // From before the request: our deadline is never later than the provider's.
  const requestedAt = Math.trunc(now(call));
  const reply = await requestDeviceCode(call, authority, scope);
  if (isTokenError(reply)) return reply;
  const expires_in = someSeconds(reply.expires_in) ?? DEFAULT_LIFETIME;
  return {
    ...reply,
    expires_in,
    interval: someSeconds(reply.interval) ?? DEFAULT_INTERVAL,
    expires_at: requestedAt + expires_in,
    scope,
    correlation_id: call.correlationId,
  };
}

function someSeconds(value: unknown): number | undefined {
  const seconds = wholeSeconds(value);
  return seconds !== undefined && seconds > 0 ? seconds : undefined;
}

/**
 * Polls until the user has decided, the code has expired or the caller stops it (RFC 8628 §3.4, §3.5). The
 * first poll goes out at once.
 *
 * @returns Tokens, already cached; or why there are none: declined, expired, or still pending when it ended.
 */
export async function acquireTokenByDeviceFlow(
  begun: Call,
  flow: DeviceFlow,
  options: AcquireTokenByDeviceFlowOptions,
): Promise<TokenResult> {
  checkDeviceFlow(flow);
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const claims = mergeClaims(begun.client.clientCapabilities, options.claimsChallenge);
  const call = flow.correlation_id ? withCorrelationId(begun, flow.correlation_id) : begun;
  const scope = [...(flow.scope ?? [])];
  const poll = pollOf(call, flow.device_code, claims, extra);
  const pace = paceOf(call, flow);
  let last: TokenErrorResponse = EXPIRED;
  while (pace.goesOn()) {
    const answer = await orFailure(call, unlessStopped(call, pace.isStopped, poll));
    if (answer === undefined) break;
    const reply = isMsalError(answer) ? keepPollingIn(answer) : answer;
    if (reply === undefined) {
      await pace.backOff(answer as MsalError);
      continue;
    }
    if (!isTokenError(reply)) {
      end(call, undefined);
      const authority = knownAuthority(call.client) ?? (await resolveAuthority(call));
      return saveUserTokens(call, reply, { grantType: GRANT_TYPE, authority, scope, data: extra });
    }
    last = reply;
    if (reply.error === "slow_down") pace.slowDown();
    else if (reply.error !== "authorization_pending") break;
    await pace.pause(retryAfterOf(answer));
  }
  end(call, last.error);
  return last;
}

const EXPIRED: TokenErrorResponse = {
  error: "expired_token",
  error_description:
    "The device code has expired, or its polling was stopped, before the identity provider said anything about it. Begin a new sign-in.",
};

function end({ client, correlationId }: Call, error: string | undefined): void {
  recordOutcome(client.telemetry, API.deviceFlow, correlationId, error);
}

/** One request that is sent again and again (RFC 8628 §3.4). */
function pollOf(
  { client, correlationId }: Call,
  device_code: string,
  claims: string | undefined,
  extra: ExtraParameters,
): (call: Call) => Promise<TokenReply | TokenErrorResponse> {
  // The same for every poll: what failed before was told with the first.
  const headers = telemetryHeaders(
    client.telemetry,
    API.deviceFlow,
    correlationId,
    REFRESH_REASON.none,
  );
  return async (call) =>
    requestToken(call, knownAuthority(client) ?? (await resolveAuthority(call)), {
      api: API.deviceFlow,
      reason: REFRESH_REASON.none,
      // Both names, as in MSAL Python: the first version of Microsoft's endpoint knows it as `code`.
      parameters: { grant_type: GRANT_TYPE, device_code, code: device_code, claims },
      // It was asked for with the code.
      scope: [],
      extra,
      headers,
      poll: true,
    });
}

/** What kept a poll from its answer this time and need not the next: no connection, no time, a busy service. */
const PASSING: readonly string[] = ["network_error", "timeout", "service_error"];

async function orFailure<T>(call: Call, answer: Promise<T>): Promise<T | MsalError> {
  try {
    return await answer;
  } catch (error) {
    if (call.signal?.aborted || !isMsalError(error) || !PASSING.includes(error.code)) throw error;
    return error;
  }
}

/** RFC 8628 §3.5: "keep polling" keeps its meaning under a status of 429, with which some say it. */
function keepPollingIn({ response }: Partial<MsalServiceError>): TokenErrorResponse | undefined {
  try {
    const reply: unknown = JSON.parse(response ?? "");
    const keepPolling = ["authorization_pending", "slow_down"];
    return isTokenError(reply) && keepPolling.includes(reply.error) ? reply : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds that came with the answer; 0 if none did. */
function retryAfterOf(answer: object): number {
  return isMsalError(answer) ? ((answer as Partial<MsalServiceError>).retryAfter ?? 0) : 0;
}

/** When to poll again, and how long at all. The flow's `interval` and `expires_at` are read anew each time. */
function paceOf(call: Call, flow: DeviceFlow) {
  const lifetime = flow.expires_in ?? DEFAULT_LIFETIME;
  const deadline = flow.expires_at ?? now(call) + lifetime;
  /** What a frozen flow could not be told. */
  let slower = 0;
  let failures = 0;

  const goesOn = () => now(call) < (flow.expires_at ?? deadline);
  const held = () =>
    typeof flow.interval === "number" && flow.interval > 0 ? flow.interval : DEFAULT_INTERVAL;
  const interval = () => held() + slower;

  /** A second at a time: whoever sets `expires_at` to 0 is not kept waiting. */
  async function sleep(seconds: number): Promise<void> {
    for (let left = seconds; left > 0 && goesOn(); left--) await wait(call, Math.min(left, 1));
  }

  return {
    goesOn,
    isStopped: () => flow.expires_at <= 0,
    slowDown() {
      if (!Reflect.set(flow, "interval", held() + SLOWER)) slower += SLOWER;
    },
    /** An interval; as long as the provider asks, if that is longer. */
    pause(retryAfter: number) {
      failures = 0;
      return sleep(Math.max(interval(), retryAfter));
    },
    /** Twice as long for each failure in a row; as long as the provider asks, if that is longer. */
    backOff(failure: MsalError) {
      failures++;
      const longer = Math.min(interval() * 2 ** failures, LONGEST_BACKOFF);
      const seconds = Math.max(interval(), longer, retryAfterOf(failure));
      call.client.logger.warn(
        `A poll for the tokens of a device code got no answer (${failure.code}); the next follows in ${seconds} seconds.`,
      );
      return sleep(seconds);
    },
  };
}
