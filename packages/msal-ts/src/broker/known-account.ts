/**
 * What a broker does for an account that is known already, and for a password: all without asking the user.
 *
 * @module
 */
import { hostsOf } from "../authority/clouds.js";
import { type BrokerAccount, readBrokerAccount } from "../cache/accounts.js";
import { openRows } from "../cache/token-cache.js";
import type { Call } from "../call.js";
import { quote } from "../describe.js";
import { isMsalError, MsalError } from "../errors.js";
import { withinTimeout } from "../http/abort.js";
import type { Account, TokenResult } from "../result.js";
import {
  askBroker,
  checkToken,
  isFailure,
  isRecent,
  refusal,
  saveBrokerToken,
  type Wanted,
} from "./ask-broker.js";
import type { BrokerFailure } from "./broker.js";
import { type StartedBroker, startedBroker, withoutPassword } from "./start-broker.js";

/** Whose token is wanted. */
type Whose = Pick<Account, "homeAccountId" | "localAccountId">;

/** And the environment that the cache knew the account in when the call began; undefined: none. */
type KnownWhose = Whose & { signedInAt: string | undefined };

/**
 * A token for an account, if the broker has one. A refusal is final for whom the broker itself signed in;
 * for others somebody else may have what it takes.
 *
 * @returns `null` when the broker has nothing to say about the account.
 */
export async function acquireTokenSilentByBroker(
  call: Call,
  wanted: Wanted,
  whose: KnownWhose,
  forceRefresh: boolean,
): Promise<TokenResult | null> {
  const account = await brokerAccount(call, wanted.authority.environment, whose);
  if (account === undefined) return null;
  const started = await startedBroker(call);
  if (started === undefined) return null;
  const result = await askFor(call, started, wanted, { ...whose, ...account }, forceRefresh);
  if (result === null || !isFailure(result)) return result;
  call.client.logger.debug(`The broker has no token: ${quote(result.status)}.`);
  return account.own ? refusal(result) : null;
}

async function brokerAccount(
  call: Call,
  environment: string,
  whose: Whose,
): Promise<BrokerAccount | undefined> {
  const names = [environment, ...hostsOf(environment)];
  return readBrokerAccount(
    await openRows(call, { user: whose.homeAccountId }, "any"),
    names,
    whose,
  );
}

async function askFor(
  call: Call,
  { broker }: StartedBroker,
  wanted: Wanted,
  { homeAccountId, signedInAt, id }: KnownWhose & BrokerAccount,
  forceRefresh: boolean,
): Promise<TokenResult | BrokerFailure | null> {
  const answer = await askBroker(call, wanted, {
    timeout: call.client.timeout,
    ask: (request) => broker.acquireTokenSilently(id, { ...request, forceRefresh }),
  });
  if (answer === undefined || answer === null) return null;
  if (isFailure(answer)) return answer;
  const token = checkToken(answer);
  if (token.homeAccountId.toLowerCase() !== homeAccountId.toLowerCase()) {
    const context = "The broker answered with the token of another account; it was not cached.";
    return { status: "AccountSwitched", context };
  }
  if (!isRecent(call, wanted, token)) {
    const context = "The user did not type the password as lately as maxAge asks for.";
    return { status: "InteractionRequired", context };
  }
  return saveBrokerToken(call, wanted, token, { signedInAt });
}

/**
 * Signs a user in with a password, through the broker.
 *
 * @returns `null` if there is no broker that takes passwords.
 */
export async function acquireTokenByPasswordOfBroker(
  call: Call,
  wanted: () => Promise<Wanted>,
  username: string,
  password: string,
): Promise<TokenResult | null> {
  const started = await startedBroker(call);
  if (started === undefined) return null;
  const { broker, passwords } = started;
  if (broker.signInWithPassword === undefined) {
    call.client.logger.info("The broker is not asked: it takes no passwords.");
    return null;
  }
  const asked = await wanted();
  const held = { password };
  const answer = await askBroker(call, asked, {
    timeout: call.client.timeout,
    ask: async (request) => {
      passwords.add(held);
      try {
        return await broker.signInWithPassword?.(username, password, request);
      } finally {
        // Not earlier: it may go on with it when nobody waits any more.
        passwords.delete(held);
      }
    },
  });
  if (!isFailure(answer)) return saveBrokerToken(call, asked, checkToken(answer), { username });
  const { context } = answer;
  return refusal({ ...answer, context: context && withoutPassword(context, password) });
}

/** Signs an account out of the broker. That it cannot is logged: what is in the cache goes all the same. */
export async function signOutOfBroker(
  call: Call,
  environment: string,
  whose: Whose,
): Promise<void> {
  const account = await brokerAccount(call, environment, whose);
  if (account === undefined) return;
  const started = await startedBroker(call);
  if (started === undefined) return;
  const { client, correlationId } = call;
  const { timeout, clientId, logger } = client;
  const failed = (why: string) =>
    logger.warn(`The broker did not sign the account out (${why}); the cache forgets it.`);
  try {
    const answer = await withinTimeout(
      call,
      timeout,
      () => new MsalError("timeout", `no answer within ${timeout} ms`),
      async ({ native: signal }) =>
        started.broker.signOut(account.id, { clientId, correlationId, signal }),
    );
    if (isFailure(answer)) failed(quote(answer.status));
  } catch (error) {
    call.signal?.throwIfAborted();
    failed(isMsalError(error) ? error.message : "an unexpected error");
  }
}
