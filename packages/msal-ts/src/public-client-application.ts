import { beginCallOf, ClientApplication } from "./client-application.js";
import type { PublicClientApplicationOptions } from "./client-options.js";
import { MsalError } from "./errors.js";
import { acquireTokenInteractive, type InteractiveOptions } from "./flows/interactive.js";
import { CONSOLE_WINDOW_HANDLE } from "./flows/interactive-arguments.js";
import type { TokenResult } from "./result.js";

/** The options of each method, so that a mistyped one is noticed. */
const INTERACTIVE: readonly (keyof InteractiveOptions)[] = [
  "prompt",
  "loginHint",
  "domainHint",
  "claimsChallenge",
  "timeout",
  "port",
  "extraScopesToConsent",
  "maxAge",
  "parentWindowHandle",
  "onBeforeLaunchingUi",
  "openBrowser",
  "successPage",
  "errorPage",
  "extraQueryParameters",
  "extraTokenParameters",
  "signal",
];

/** An application on its users' devices, which can keep no secret: desktop, command line, mobile. */
export class PublicClientApplication extends ClientApplication {
  /** As `parentWindowHandle`: the window of the console that the application runs in. */
  static readonly CONSOLE_WINDOW_HANDLE: typeof CONSOLE_WINDOW_HANDLE = CONSOLE_WINDOW_HANDLE;

  /**
   * @param clientId - The application's id, from its registration.
   * @throws {@link MsalError} `invalid_argument` or `invalid_authority`, naming what is wrong.
   */
  constructor(clientId: string, options: PublicClientApplicationOptions = {}) {
    if ((options as { clientCredential?: unknown } | null)?.clientCredential !== undefined) {
      throw new MsalError(
        "invalid_argument",
        "A PublicClientApplication must have no clientCredential: whoever has the application would have the secret. On a server, use ConfidentialClientApplication.",
      );
    }
    super(clientId, options);
  }

  /**
   * Signs a user in with the system's browser and waits for it. The application's registration needs
   * the redirect URI `http://localhost` (platform "Mobile and desktop applications").
   *
   * @param scopes - What the token is to permit, for example `["User.Read"]`.
   * @returns The token, already cached; or the provider's refusal.
   * @throws {@link MsalError} `timeout` if the user takes longer than allowed, `browser_error` if the
   * port is in use, `unsupported_runtime` where there is no browser to open.
   */
  async acquireTokenInteractive(
    scopes: readonly string[],
    options: InteractiveOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenInteractive(beginCallOf(this, options, INTERACTIVE), scopes, options);
  }
}
