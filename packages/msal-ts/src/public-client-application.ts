import { beginCallOf, ClientApplication } from "./client-application.js";
import type { PublicClientApplicationOptions } from "./client-options.js";
import { MsalError } from "./errors.js";
import {
  type AcquireTokenByDeviceFlowOptions,
  acquireTokenByDeviceFlow,
  type DeviceFlow,
  type InitiateDeviceFlowOptions,
  initiateDeviceFlow,
} from "./flows/device-code.js";
import { acquireTokenInteractive, type InteractiveOptions } from "./flows/interactive.js";
import { CONSOLE_WINDOW_HANDLE } from "./flows/interactive-arguments.js";
import type { TokenErrorResponse, TokenResult } from "./result.js";

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
const INITIATE_DEVICE: readonly (keyof InitiateDeviceFlowOptions)[] = ["signal"];
const POLL: readonly (keyof AcquireTokenByDeviceFlowOptions)[] = [
  "claimsChallenge",
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
   * the redirect URI `http://localhost` (platform "Mobile and desktop applications"). With the option
   * `allowBroker` a broker does it, and asks the user only if it has to. In Azure Cloud Shell, `prompt: "none"`
   * gets a token of whoever is signed in to it.
   *
   * @param scopes - What the token is to permit, for example `["User.Read"]`.
   * @returns The token, already cached; or the provider's refusal.
   * @throws {@link MsalError} `timeout` if the user takes longer than allowed, `browser_error` if the
   * port is in use, `unsupported_runtime` where there is no browser to open, `broker_error` if the application
   * is not registered for brokers.
   */
  async acquireTokenInteractive(
    scopes: readonly string[],
    options: InteractiveOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenInteractive(beginCallOf(this, options, INTERACTIVE), scopes, options);
  }

  /**
   * Begins a sign-in on another device, for where there is no browser: show the user the flow's `message`,
   * then give the flow to {@link acquireTokenByDeviceFlow}.
   *
   * @param scopes - What the token is to permit, for example `["User.Read"]`; may be left out.
   * @returns The flow; or the provider's refusal, which has a member `error`.
   */
  async initiateDeviceFlow(
    scopes: readonly string[] = [],
    options: InitiateDeviceFlowOptions = {},
  ): Promise<DeviceFlow | TokenErrorResponse> {
    return initiateDeviceFlow(beginCallOf(this, options, INITIATE_DEVICE), scopes);
  }

  /**
   * Waits until the user has signed in on the other device. To stop waiting, abort the `signal`, or set
   * the flow's `expires_at` to 0.
   *
   * @param flow - What {@link initiateDeviceFlow} returned. Its `interval` grows when the provider asks to slow down.
   * @returns Tokens, already cached; or why there are none: declined, expired, or still pending when it was stopped.
   */
  async acquireTokenByDeviceFlow(
    flow: DeviceFlow,
    options: AcquireTokenByDeviceFlowOptions = {},
  ): Promise<TokenResult> {
    return acquireTokenByDeviceFlow(beginCallOf(this, options, POLL), flow, options);
  }
}
