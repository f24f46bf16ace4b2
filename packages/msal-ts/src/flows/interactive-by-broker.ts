/**
 * Interactive sign-in by a broker, which asks the user only if it has to.
 *
 * @module
 */
import { resolveAuthority } from "../authority/resolve-authority.js";
import {
  askBroker,
  checkToken,
  isFailure,
  isRecent,
  needsUser,
  refusal,
  saveBrokerToken,
  type Wanted,
} from "../broker/ask-broker.js";
import type { Broker, BrokerInteractiveRequest, BrokerToken } from "../broker/broker.js";
import { acquireTokenSilentByBroker } from "../broker/known-account.js";
import { startedBroker } from "../broker/start-broker.js";
import { type Call, withSignal } from "../call.js";
import { isMsalError, MsalError } from "../errors.js";
import { withinTimeout } from "../http/abort.js";
import { mergeClaims } from "../oauth/claims.js";
import type { ExtraParameters } from "../oauth/extra-parameters.js";
import { isTokenError, type TokenResult } from "../result.js";
import { getAccounts } from "./accounts.js";
import type { InteractiveOptions } from "./interactive.js";
import { CONSOLE_WINDOW_HANDLE } from "./interactive-arguments.js";

/**
 * Signs a user in by the client's broker.
 *
 * @param scopes - A copy of the caller's.
 * @param extra - Extra parameters, of the URL and of the token request: a broker knows one kind.
 * @returns `null` if there is no broker to use; the log has said why.
 */
export async function acquireTokenInteractiveByBroker(
  call: Call,
  scopes: readonly string[],
  options: InteractiveOptions,
  extra: ExtraParameters,
): Promise<TokenResult | null> {
  const started = await startedBroker(call);
  if (started === undefined) return null;
  const { client } = call;
  const { timeout, domainHint } = options;
  if (options.parentWindowHandle === undefined) {
    throw new MsalError(
      "invalid_argument",
      "parentWindowHandle must name the window that the broker's dialog belongs to: your window's handle, or PublicClientApplication.CONSOLE_WINDOW_HANDLE for a command line. It is undefined.",
    );
  }
  if (options.extraScopesToConsent?.length) {
    client.logger.warn(
      "extraScopesToConsent is ignored: a broker asks for the token's scopes alone.",
    );
  }
  const wanted: Wanted = {
    authority: await resolveAuthority(call),
    scopes,
    claims: mergeClaims(client.clientCapabilities, options.claimsChallenge),
    extra,
    ...(domainHint !== undefined && { parameters: { domain_hint: domainHint } }),
    maxAge: options.maxAge,
  };
  const timedOut = () =>
    new MsalError(
      "timeout",
      `The sign-in by the broker was not finished within ${timeout} ms (the option timeout). Begin a new one, or allow more time.`,
    );
  return withinTimeout(call, timeout, timedOut, (signal) =>
    signIn(withSignal(call, signal), started.broker, wanted, options),
  );
}

/** From what disturbs the user least to what disturbs most. */
async function signIn(
  call: Call,
  broker: Broker,
  wanted: Wanted,
  options: InteractiveOptions,
): Promise<TokenResult> {
  const { prompt, loginHint } = options;
  // Any other prompt asks for the user, and gets the user.
  if (prompt === undefined || prompt === "" || prompt === "none") {
    const known = loginHint ? await tryKnownAccount(call, wanted, loginHint) : null;
    if (known !== null) return known;
    const current = await tryCurrentUser(call, broker, wanted, prompt === "none", loginHint);
    if (current !== null) return current;
  }
  return askUser(call, broker, wanted, options);
}

/** The one account that has the name. What goes wrong here is tried again with more effort. */
async function tryKnownAccount(
  call: Call,
  wanted: Wanted,
  loginHint: string,
): Promise<TokenResult | null> {
  try {
    const [account, ...others] = await getAccounts(call, { username: loginHint });
    if (account === undefined || others.length > 0) return null;
    const whose = { ...account, signedInAt: account.environment };
    const result = await acquireTokenSilentByBroker(call, wanted, whose, false);
    return isTokenError(result) ? null : result;
  } catch (error) {
    call.signal?.throwIfAborted();
    // Also a store that does not tell who is in it, a broker that hangs, an answer that is none.
    if (!isMsalError(error)) throw error;
    call.client.logger.debug(`No token of the account that loginHint names (${error.code}).`);
    return null;
  }
}

/** Whoever is signed in to this computer. */
async function tryCurrentUser(
  call: Call,
  broker: Broker,
  wanted: Wanted,
  mayNotAsk: boolean,
  loginHint: string | undefined,
): Promise<TokenResult | null> {
  const answer = await askBroker(call, wanted, {
    timeout: call.client.timeout,
    ask: (request) => broker.signInSilently(request),
  });
  if (isFailure(answer)) return !mayNotAsk && needsUser(answer) ? null : refusal(answer);
  const token = checkToken(answer);
  if (loginHint && !isNamed(token, loginHint)) {
    if (!mayNotAsk) return null;
    return refusal({
      status: "InteractionRequired",
      context:
        'The user who is signed in to this computer is not the one that loginHint names, and with prompt "none" nobody else can be asked for. Leave the prompt out',
    });
  }
  if (!mayNotAsk && !isRecent(call, wanted, token)) return null;
  return saveBrokerToken(call, wanted, token);
}

/** Whether the user who signed in is the one that was hinted at. */
function isNamed({ idTokenClaims, username }: BrokerToken, loginHint: string): boolean {
  const name = idTokenClaims.preferred_username ?? idTokenClaims.upn ?? username;
  return typeof name === "string" && name.toLowerCase() === loginHint.toLowerCase();
}

async function askUser(
  call: Call,
  broker: Broker,
  wanted: Wanted,
  { prompt, loginHint, parentWindowHandle, onBeforeLaunchingUi }: InteractiveOptions,
): Promise<TokenResult> {
  const { logger } = call.client;
  const picks = prompt === "select_account";
  if (picks && loginHint) {
    logger.warn('loginHint is ignored: with prompt "select_account" the user picks an account.');
  } else if (prompt && !picks) {
    logger.warn(`A broker knows no prompt ${JSON.stringify(prompt)}: it asks as it always does.`);
  }
  const console = parentWindowHandle === CONSOLE_WINDOW_HANDLE;
  await onBeforeLaunchingUi?.({ ui: "broker" });
  call.signal?.throwIfAborted();
  const answer = await askBroker(call, wanted, {
    timeout: undefined,
    ask: (request) => {
      const asked: BrokerInteractiveRequest = { ...request };
      if (!picks && loginHint) asked.loginHint = loginHint;
      if (!console) asked.windowHandle = parentWindowHandle as number | bigint | Uint8Array;
      // The window has a thread of its own there.
      else asked.parameters = { ...request.parameters, msal_gui_thread: "true" };
      return broker.signInInteractively(asked);
    },
  });
  if (isFailure(answer)) return refusal(answer);
  return saveBrokerToken(call, wanted, checkToken(answer));
}
