/**
 * Interactive sign-in: the system's browser opens, the user signs in, and the answer comes to a port of
 * this computer. Underneath it is the authorization code grant.
 *
 * Spec: RFC 8252 §4.1, §7.3; RFC 6749 §4.1.
 *
 * @module
 */
import { resolveAuthority } from "../authority/resolve-authority.js";
import { type Call, SILENT } from "../call.js";
import { isInCloudShell } from "../cloud-shell/environment.js";
import { MsalError } from "../errors.js";
import { withinTimeout } from "../http/abort.js";
import type { LoopbackServer } from "../http/desktop.js";
import { API } from "../http/telemetry.js";
import {
  checkExtraParameters,
  checkExtraTokenParameters,
  type ExtraParameters,
} from "../oauth/extra-parameters.js";
import { checkSome, checkUserScopes, decorateScopes, sortScopes } from "../oauth/scopes.js";
import type { TokenResult } from "../result.js";
import { type AuthCodeFlow, beginSignIn, endSignIn } from "./auth-code.js";
import { readAuthResponse } from "./auth-response.js";
import { type CONSOLE_WINDOW_HANDLE, checkInteractive } from "./interactive-arguments.js";
import { ERROR_PAGE, fillIn, SUCCESS_PAGE } from "./interactive-pages.js";

/** Options of {@link acquireTokenInteractive}. */
export interface InteractiveOptions {
  /**
   * `login`, `none`, `consent`, `select_account`, `create`; absent: the provider decides. With `none`, Azure
   * Cloud Shell is asked for a token of its user, and a broker asks nobody.
   */
  prompt?: string | undefined;
  /** Username to sign in with, filled in for the user. */
  loginHint?: string | undefined;
  /** `organizations`, `consumers` or a tenant's domain: skips the question which kind of account. */
  domainHint?: string | undefined;
  /** Claims a resource asked for in its `WWW-Authenticate` header: a JSON object, as text. */
  claimsChallenge?: string | undefined;
  /** Milliseconds to wait for the user. Absent: until the user is done, or `signal` aborts. */
  timeout?: number | undefined;
  /** Port of `http://localhost` where the answer is to arrive. @defaultValue `0`: a free one */
  port?: number | undefined;
  /** Scopes that the user is asked for as well, of other resources too. This token is not for them. A broker ignores them. */
  extraScopesToConsent?: readonly string[] | undefined;
  /** Seconds since the user typed a password that are accepted; 0: now. Checked when the code is redeemed. */
  maxAge?: number | undefined;
  /**
   * Window that a broker's dialog belongs to; `PublicClientApplication.CONSOLE_WINDOW_HANDLE` for a
   * command line. Required where a broker is used; a browser has windows of its own and needs none.
   */
  parentWindowHandle?: number | bigint | Uint8Array | typeof CONSOLE_WINDOW_HANDLE | undefined;
  /** Called just before something opens, for example to tell the user where to look. */
  onBeforeLaunchingUi?: ((info: { ui: "browser" | "broker" }) => void) | undefined;
  /** Opens a URL instead of the system's browser. What it throws ends the sign-in. */
  openBrowser?: ((url: string) => void | Promise<void>) | undefined;
  /**
   * HTML to show when the user has signed in; `$name` is replaced by the parameter `name` of the answer,
   * escaped. Styles and `data:` images are shown; scripts do not run, and nothing is loaded.
   */
  successPage?: string | undefined;
  /** As `successPage`, when the sign-in was refused: `$error`, `$error_description`, `$error_uri`. */
  errorPage?: string | undefined;
  /** Parameters to add to the URL. */
  extraQueryParameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Parameters to add to the body of the token request. `token_type`, `key_id` and `req_cnf` ask for a
   * token that is bound to a key; it is kept apart from bearer tokens.
   */
  extraTokenParameters?: Readonly<Record<string, string>> | undefined;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Signs a user in and gets a token.
 *
 * @returns Tokens, already cached; or the provider's refusal, of the sign-in or of the code.
 * @throws MsalError `timeout`, `browser_error`, `unsupported_runtime`.
 */
export async function acquireTokenInteractive(
  call: Call,
  scopes: readonly string[],
  given: InteractiveOptions,
): Promise<TokenResult> {
  checkUserScopes(scopes);
  checkInteractive(given);
  // Ours from here on: the caller may do with its own what it likes while we wait.
  const options = { ...given };
  const inUrl = checkExtraParameters("extraQueryParameters", options.extraQueryParameters);
  const extra = checkExtraTokenParameters(options.extraTokenParameters);
  const { prompt, loginHint, domainHint, claimsChallenge, maxAge } = options;
  const scope = decorateScopes(call, scopes);
  const asked = sortScopes([...scope, ...(options.extraScopesToConsent ?? [])]);
  // Without a scope of its own the token is for all that the user was asked for.
  const wanted = scopes.length === 0 ? asked : scope;
  const elsewhere = await signInWithoutBrowser(call, [...scopes], options, { ...inUrl, ...extra });
  if (elsewhere !== null) return elsewhere;

  const { listen, openInBrowser } = await import("#desktop");
  const server = await listen(options.port ?? 0);
  let flow: AuthCodeFlow;
  let answer: URLSearchParams;
  try {
    const redirectUri = `http://localhost:${server.port}`;
    const signIn = { redirectUri, prompt, loginHint, domainHint, claimsChallenge, maxAge };
    flow = await beginSignIn(call, asked, signIn, inUrl);
    answer = await askUser(call, server, flow, options, openInBrowser);
  } finally {
    await server.close();
  }
  const redemption = { api: API.interactive, scope: wanted, extra };
  return endSignIn(call, flow, readAuthResponse(answer), redemption);
}

/** Cloud Shell's user is signed in already; a broker has dialogs of its own. `null`: it takes a browser. */
async function signInWithoutBrowser(
  call: Call,
  scopes: readonly string[],
  options: InteractiveOptions,
  extra: ExtraParameters,
): Promise<TokenResult | null> {
  if (options.prompt === "none" && isInCloudShell()) {
    checkSome(scopes);
    const authority = await resolveAuthority(call);
    const { requestCloudShellToken } = await import("../cloud-shell/request-token.js");
    return requestCloudShellToken(call, { authority, scopes, extra });
  }
  if (!call.client.allowBroker) return null;
  const { acquireTokenInteractiveByBroker } = await import("./interactive-by-broker.js");
  return acquireTokenInteractiveByBroker(call, scopes, options, extra);
}

type OpenInBrowser = typeof import("#desktop").openInBrowser;

/** Opens the browser, and waits for what it brings back. */
function askUser(
  call: Call,
  server: LoopbackServer,
  flow: AuthCodeFlow,
  options: InteractiveOptions,
  openInBrowser: OpenInBrowser,
): Promise<URLSearchParams> {
  const { timeout } = options;
  let unopened: MsalError | undefined;
  const opener: OpenInBrowser = (url, notOpened) =>
    openInBrowser(url, (why) => {
      unopened = why;
      notOpened(why);
    });
  const timedOut = () =>
    new MsalError(
      "timeout",
      `${unopened === undefined ? "" : `${unopened.message} `}The sign-in in the browser was not finished within ${timeout} ms (the option timeout). Begin a new one, or allow more time.`,
      unopened && { cause: unopened },
    );
  const over = new AbortController();
  return withinTimeout(call, timeout, timedOut, async (signal) => {
    const answer = server.receive((query) => pageFor(call, flow, query, options));
    const isOver = () => over.signal.aborted || signal.aborted;
    const failure = launch(call, flow.authUri, options, opener, isOver);
    return Promise.race([answer, failure]);
  }).finally(() => over.abort());
}

/** The page for the answer to this sign-in. Whoever does not know its state is shown nothing of it. */
function pageFor(
  { client }: Call,
  flow: AuthCodeFlow,
  query: URLSearchParams,
  { successPage = SUCCESS_PAGE, errorPage = ERROR_PAGE }: InteractiveOptions,
): string | undefined {
  const [state, ...others] = query.getAll("state");
  const codes = query.getAll("code").filter(Boolean);
  const answers = codes.length > 0 || query.getAll("error").some(Boolean);
  if (state !== flow.state || others.length > 0 || !answers) {
    client.logger.debug("A request that is not the answer to the sign-in was turned away.");
    return undefined;
  }
  // Two codes are refused when the answer is read (RFC 6749 §3.1).
  return fillIn(codes.length === 1 ? successPage : errorPage, query);
}

/**
 * Opens the browser.
 *
 * @param isOver - Whether nobody waits any more.
 * @returns Only rejects: that a browser is open says nothing about its user.
 */
function launch(
  call: Call,
  url: string,
  options: InteractiveOptions,
  openInBrowser: OpenInBrowser,
  isOver: () => boolean,
): Promise<never> {
  const { logger } = call.client;
  return new Promise((_, reject) => {
    const notOpened = (why: MsalError) => {
      if (isOver()) return;
      // The one URL with its query that is logged: the user needs it, and it holds no secret.
      logger.warn(`${why.message} To sign in, open this link: ${url}`);
      const endless = options.timeout === undefined && call.signal === undefined;
      if (logger !== SILENT || !endless) return;
      reject(
        new MsalError(
          why.code,
          `${why.message} Nobody could be told the link: set the client's option logger, or the option openBrowser.`,
          { cause: why },
        ),
      );
    };
    const open = async () => {
      await options.onBeforeLaunchingUi?.({ ui: "browser" });
      if (isOver()) return;
      if (options.openBrowser) return options.openBrowser(url);
      logger.info("Opening the browser to sign in.");
      return openInBrowser(url, notOpened);
    };
    open().catch(reject);
  });
}
