import { beginCallOf, ClientApplication } from "./client-application.js";
import type { ConfidentialClientApplicationOptions } from "./client-options.js";
import { describe } from "./describe.js";
import { MsalError } from "./errors.js";
import {
  acquireTokenForClient,
  type ClientCredentialsOptions,
} from "./flows/client-credentials.js";
import { acquireTokenOnBehalfOf, type OnBehalfOfOptions } from "./flows/on-behalf-of.js";
import type { TokenResult } from "./result.js";

/** The options of each method, so that a mistyped one is noticed. */
const CREDENTIALS: readonly (keyof ClientCredentialsOptions)[] = [
  "claimsChallenge",
  "extraTokenParameters",
  "signal",
];
/** Looked for there as well; what it says about it is a better answer. */
const REFUSED_BY_CREDENTIALS: readonly string[] = ["forceRefresh"];
const ON_BEHALF_OF: readonly (keyof OnBehalfOfOptions)[] = [
  "claimsChallenge",
  "extraTokenParameters",
  "signal",
];

/** An application on a server, which can keep a secret: web app, API, daemon. */
export class ConfidentialClientApplication extends ClientApplication {
  /**
   * @param clientId - The application's id, from its registration.
   * @throws {@link MsalError} `invalid_argument` or `invalid_authority`, naming what is wrong.
   */
  constructor(clientId: string, options: ConfidentialClientApplicationOptions) {
    const given = options as
      | { clientCredential?: unknown; allowBroker?: unknown; broker?: unknown }
      | null
      | undefined;
    if (given?.clientCredential === undefined || given.clientCredential === null) {
      throw new MsalError(
        "invalid_argument",
        `A ConfidentialClientApplication must have a clientCredential: a secret, a certificate or an assertion; it is ${describe(given?.clientCredential)}. Is the environment variable it comes from set? Without a credential, use PublicClientApplication.`,
      );
    }
    const name = given.allowBroker ? "allowBroker" : given.broker ? "broker" : undefined;
    if (name !== undefined) {
      throw new MsalError(
        "invalid_argument",
        `A ConfidentialClientApplication must have no ${name}: brokers sign users in on their own devices, for a PublicClientApplication.`,
      );
    }
    super(clientId, options);
  }

  /**
   * A token for the application itself, from the cache or new.
   *
   * @param scopes - One resource with `/.default`, for example `["https://graph.microsoft.com/.default"]`.
   * @returns The token; or the provider's refusal.
   */
  async acquireTokenForClient(
    scopes: readonly string[],
    options: ClientCredentialsOptions = {},
  ): Promise<TokenResult> {
    const call = beginCallOf(this, options, CREDENTIALS, REFUSED_BY_CREDENTIALS);
    return acquireTokenForClient(call, scopes, options);
  }

  /**
   * A token for an API that this one calls, in the name of the user who called this one. It is kept with
   * the assertion it was exchanged for: two assertions, even of the same user, never share a token.
   *
   * @param userAssertion - The access token that the caller sent, without the word `Bearer`.
   * @returns The token, from the cache or new; or the provider's refusal, with `claims` to hand back to the
   * caller when the user has to do something first.
   */
  async acquireTokenOnBehalfOf(
    userAssertion: string,
    scopes: readonly string[],
    options: OnBehalfOfOptions = {},
  ): Promise<TokenResult> {
    const call = beginCallOf(this, options, ON_BEHALF_OF);
    return acquireTokenOnBehalfOf(call, userAssertion, scopes, options);
  }
}
