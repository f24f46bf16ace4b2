/**
 * What tests of brokers begin with: a broker that says what it is told to, and an identity platform that
 * nobody should ask instead.
 *
 * @module
 */
import type {
  Broker,
  BrokerAnswer,
  BrokerFailure,
  BrokerInteractiveRequest,
  BrokerRequest,
  BrokerSilentRequest,
  BrokerStartOptions,
  BrokerToken,
  PublicClientApplication,
  PublicClientApplicationOptions,
} from "msal-ts";
import { ADA, CONTOSO, idToken, type Reply, START, setupScript, USER } from "../setup.js";

/** What the broker calls Ada. */
export const ACCOUNT_ID = "s-1-ada";

/** A token for Ada with other members where they are given. */
export function brokerToken(members: Partial<BrokerToken> = {}): BrokerToken {
  return {
    accessToken: "access-token-of-the-broker",
    accountId: ACCOUNT_ID,
    homeAccountId: USER.homeAccountId,
    expiresOn: START + 3600,
    scopes: ["User.Read"],
    idTokenClaims: { sub: "pairwise", oid: USER.oid, tid: CONTOSO, preferred_username: ADA },
    idToken: idToken({ aud: "whoever the broker asked as" }),
    ...members,
  };
}

/** A failure with a status. */
export function failure(status: string, context = "It went wrong."): BrokerFailure {
  return { status, context, code: 3_399_614_473, tag: 508_634_112 };
}

/** What was asked of the broker. */
export interface Question {
  operation: Exclude<keyof Broker, "start">;
  /** Account id, or username and password. */
  about?: string[];
  request: Partial<BrokerInteractiveRequest & BrokerSilentRequest>;
}

type Said = BrokerAnswer | undefined | Error | ((request: BrokerRequest) => unknown);

/** A broker that answers each operation with what it was told last. */
export class FakeBroker implements Broker {
  readonly questions: Question[] = [];
  readonly starts: BrokerStartOptions[] = [];
  answers: Partial<Record<Question["operation"], Said>> = {};
  startFails: Error | undefined;

  async start(options: BrokerStartOptions): Promise<void> {
    this.starts.push(options);
    if (this.startFails) throw this.startFails;
  }

  signInSilently(request: BrokerRequest): Promise<BrokerAnswer> {
    return this.#answer("signInSilently", request) as Promise<BrokerAnswer>;
  }

  signInInteractively(request: BrokerInteractiveRequest): Promise<BrokerAnswer> {
    return this.#answer("signInInteractively", request) as Promise<BrokerAnswer>;
  }

  acquireTokenSilently(
    accountId: string,
    request: BrokerSilentRequest,
  ): Promise<BrokerAnswer | undefined> {
    return this.#answer("acquireTokenSilently", request, [accountId]) as Promise<
      BrokerAnswer | undefined
    >;
  }

  signOut(accountId: string, request: BrokerRequest): Promise<BrokerFailure | undefined> {
    return this.#answer("signOut", request, [accountId]) as Promise<BrokerFailure | undefined>;
  }

  /** The operations that were asked for, in their order. */
  operations(): string[] {
    return this.questions.map(({ operation }) => operation);
  }

  protected async answer(
    operation: Question["operation"],
    request: BrokerRequest,
    about: string[],
  ): Promise<unknown> {
    return this.#answer(operation, request, about);
  }

  async #answer(
    operation: Question["operation"],
    request: BrokerRequest,
    about?: string[],
  ): Promise<unknown> {
    this.questions.push({ operation, ...(about && { about }), request });
    const said = this.answers[operation];
    if (said instanceof Error) throw said;
    return typeof said === "function" ? said(request) : said;
  }
}

/** A {@link FakeBroker} that takes passwords. */
class PasswordBroker extends FakeBroker {
  signInWithPassword(
    username: string,
    password: string,
    request: BrokerRequest,
  ): Promise<BrokerAnswer> {
    const answer = this.answer("signInWithPassword", request, [username, password]);
    return answer as Promise<BrokerAnswer>;
  }
}

/** An application with a broker; the network answers as scripted, and fails the test if it is asked for more. */
export function setupBroker(
  options: PublicClientApplicationOptions = {},
  answers: FakeBroker["answers"] = {},
  ...replies: Reply[]
): ReturnType<typeof setupScript> & { broker: FakeBroker; app: PublicClientApplication } {
  const script = setupScript(...replies);
  const broker = new PasswordBroker();
  broker.answers = answers;
  const app = script.desktopApp({ allowBroker: true, broker, ...options });
  return { ...script, broker, app };
}
