/**
 * Renewing a token that still serves, while its caller has it already.
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { isMsalError } from "../errors.js";
import { shareInBackground } from "../http/share.js";
import { isTokenError, type TokenResult } from "../result.js";

/** How long after a failure the next attempt may be made: an outage is not to be answered with a storm. Seconds. */
const REST = 30;

/** Failures that are remembered at once; more of them say that everything fails. */
const MAX_RESTING = 1000;

/**
 * Begins to renew, unless that is under way or failed a moment ago. What goes wrong is logged and
 * reaches no caller: the token at hand is good.
 */
export function renewInBackground(
  call: Call,
  key: string,
  renew: (call: Call) => Promise<TokenResult | null>,
): void {
  const { resting, logger } = call.client;
  if ((resting.get(key) ?? 0) > now(call)) return;
  resting.delete(key);
  const failed = (reason: string) => {
    if (resting.size >= MAX_RESTING) resting.clear();
    resting.set(key, now(call) + REST);
    logger.warn(
      `A token could not be renewed in the background (${reason}); the one in the cache still serves.`,
    );
  };
  const attempt = async (shared: Call) => {
    const result = await renew(shared);
    if (isTokenError(result)) failed(result.error);
    return result;
  };
  shareInBackground(call, key, attempt, (error) =>
    failed(isMsalError(error) ? `${error.code}: ${error.message}` : "an unexpected error"),
  );
}
