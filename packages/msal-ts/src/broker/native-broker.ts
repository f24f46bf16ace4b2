/**
 * The broker of Windows, macOS and Linux, by the plugin that `@azure/msal-node-extensions` has for it.
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
} from "./broker.js";

/**
 * What is used of the plugin: `NativeBrokerPlugin` of `@azure/msal-node-extensions`, or anything else that
 * implements `INativeBrokerPlugin` of `@azure/msal-node`.
 */
export interface NativeBrokerPlugin {
  /** Whether the native runtime loaded. */
  isBrokerAvailable: boolean;
  setLogger(options: NativeBrokerLogger): void;
  getAccountById(accountId: string, correlationId: string): Promise<NativeBrokerAccount>;
  acquireTokenSilent(request: NativeBrokerRequest): Promise<NativeBrokerResult>;
  acquireTokenInteractive(
    request: NativeBrokerRequest,
    windowHandle?: Uint8Array,
  ): Promise<NativeBrokerResult>;
  signOut(request: { clientId: string; accountId: string; correlationId: string }): Promise<void>;
}

/** How the plugin is told where to log. */
export interface NativeBrokerLogger {
  loggerCallback?: (level: number, message: string, containsPii: boolean) => void;
  piiLoggingEnabled?: boolean;
  logLevel?: number;
}

/** What the plugin is asked for. */
export interface NativeBrokerRequest {
  clientId: string;
  authority: string;
  correlationId: string;
  redirectUri: string;
  scopes: string[];
  claims?: string;
  accountId?: string;
  forceRefresh?: boolean;
  extraParameters?: Record<string, string>;
  loginHint?: string;
  prompt?: string;
}

/** An account, as the plugin tells it. */
export interface NativeBrokerAccount {
  homeAccountId: string;
  username: string;
  nativeAccountId?: string;
}

/** A token, as the plugin tells it. */
export interface NativeBrokerResult {
  account: NativeBrokerAccount | null;
  accessToken: string;
  idToken: string;
  idTokenClaims: object;
  expiresOn: Date | null;
  scopes: string[];
}

/** `LogLevel.Verbose` of msal-node: all that people can read. */
const VERBOSE = 3;

/** The runtime's kind of failure for an account that it does not know. */
const ACCOUNT_NOT_FOUND = "AccountNotFound";

/** The plugin's words for the runtime's kinds of failures; its own words for all others are the runtime's. */
const STATUSES: Readonly<Record<string, string>> = {
  interaction_required: "InteractionRequired",
  no_network_connectivity: "NoNetwork",
  server_unavailable: "ServerTemporarilyUnavailable",
  user_canceled: "UserCanceled",
  untrusted_authority: "AuthorityUntrusted",
  no_account_found: ACCOUNT_NOT_FOUND,
};

/**
 * Makes a {@link Broker} of the native broker plugin, for the option `broker`:
 *
 * `broker: nativeBroker(new NativeBrokerPlugin())`
 *
 * The plugin has one logger: that of the client that started it last. A dialog that is
 * open cannot be closed by it; an answer that comes when nobody waits any more is dropped.
 */
export function nativeBroker(plugin: NativeBrokerPlugin): Broker {
  return {
    start: (options) => start(plugin, options),
    signInSilently: (request) => answerOf(() => plugin.acquireTokenSilent(nativeRequest(request))),
    signInInteractively: (request) => signInInteractively(plugin, request),
    acquireTokenSilently: (accountId, request) => acquireTokenSilently(plugin, accountId, request),
    signInWithPassword: (username, password, request) => {
      const named = { MSALRuntime_Username: username, MSALRuntime_Password: password };
      const parameters = { ...request.parameters, ...named };
      return answerOf(() => plugin.acquireTokenSilent(nativeRequest({ ...request, parameters })));
    },
    signOut: async (accountId, { clientId, correlationId }) => {
      try {
        await plugin.signOut({ clientId, accountId, correlationId });
        return undefined;
      } catch (error) {
        const failure = failureOf(error);
        return failure.status === ACCOUNT_NOT_FOUND ? undefined : failure;
      }
    },
  };
}

function start(plugin: NativeBrokerPlugin, { enablePiiLog, logger }: BrokerStartOptions): void {
  if (!plugin.isBrokerAvailable) {
    throw new Error("its native runtime is not available on this computer (isBrokerAvailable)");
  }
  plugin.setLogger({
    loggerCallback: (_level, message, containsPii) => {
      if (enablePiiLog || !containsPii) logger.debug(message);
    },
    piiLoggingEnabled: enablePiiLog,
    logLevel: VERBOSE,
  });
}

function signInInteractively(
  plugin: NativeBrokerPlugin,
  request: BrokerInteractiveRequest,
): Promise<BrokerAnswer> {
  const asked = nativeRequest(request);
  // With this prompt the plugin opens the dialog at once; without one it would try silently once more.
  asked.prompt = "select_account";
  if (request.loginHint !== undefined) asked.loginHint = request.loginHint;
  const handle = handleBytes(request.windowHandle);
  return answerOf(() => plugin.acquireTokenInteractive(asked, handle));
}

/** The plugin would sign in whoever is there for an account that it does not know: the account is read first. */
async function acquireTokenSilently(
  plugin: NativeBrokerPlugin,
  accountId: string,
  request: BrokerSilentRequest,
): Promise<BrokerAnswer | undefined> {
  try {
    const account: NativeBrokerAccount | null | undefined = await plugin.getAccountById(
      accountId,
      request.correlationId,
    );
    if (!account?.homeAccountId) return undefined;
  } catch (error) {
    // It trips over an account that is not there, which is no failure with a code.
    const failure = failureOf(error);
    const unknown = [ACCOUNT_NOT_FOUND, UNEXPECTED].includes(failure.status);
    return unknown ? undefined : failure;
  }
  const { forceRefresh } = request;
  return answerOf(() =>
    plugin.acquireTokenSilent({ ...nativeRequest(request), accountId, forceRefresh }),
  );
}

function nativeRequest(request: BrokerRequest): NativeBrokerRequest {
  const { clientId, authority, correlationId, scopes, claims, parameters } = request;
  return {
    clientId,
    authority,
    correlationId,
    redirectUri: redirectUri(),
    scopes: [...scopes],
    ...(claims !== undefined && { claims }),
    extraParameters: { ...parameters },
  };
}

/** On Windows the runtime puts its own in its place, but wants one. */
function redirectUri(): string {
  const { process } = globalThis as { process?: { platform?: string } };
  return process?.platform === "darwin"
    ? "msauth.com.msauth.unsignedapp://auth"
    : "https://login.microsoftonline.com/common/oauth2/nativeclient";
}

/** A window's handle as the runtime reads it: the bytes of a pointer. */
function handleBytes(handle: number | bigint | Uint8Array | undefined): Uint8Array | undefined {
  if (handle === undefined) return undefined;
  const bytes = new Uint8Array(8);
  if (handle instanceof Uint8Array) return asBuffer(handle);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(handle), true);
  return asBuffer(bytes);
}

/** The runtime is an addon of Node.js, which has a class of its own for bytes. */
function asBuffer(bytes: Uint8Array): Uint8Array {
  const { Buffer } = globalThis as { Buffer?: { from(bytes: Uint8Array): Uint8Array } };
  return Buffer?.from(bytes) ?? bytes;
}

async function answerOf(ask: () => Promise<NativeBrokerResult>): Promise<BrokerAnswer> {
  let result: NativeBrokerResult;
  try {
    result = await ask();
  } catch (error) {
    return failureOf(error);
  }
  const { account, accessToken, idToken, idTokenClaims, expiresOn, scopes } = result;
  return {
    accessToken,
    accountId: account?.nativeAccountId ?? "",
    homeAccountId: account?.homeAccountId ?? "",
    // No time at all is none that lasts.
    expiresOn: expiresOn === null ? 0 : expiresOn.getTime() / 1000,
    scopes: scopes.filter((scope) => scope !== ""),
    idTokenClaims: { ...idTokenClaims },
    ...(idToken && { idToken }),
    ...(account?.username && { username: account.username }),
  };
}

/** Status of what is no failure of the runtime's, but of the plugin. */
const UNEXPECTED = "Unexpected";

function failureOf(error: unknown): BrokerFailure {
  const { errorCode, errorMessage, statusCode, tag } = (error ?? {}) as Record<string, unknown>;
  const message = errorMessage || (error instanceof Error ? error.message : undefined);
  return {
    status: typeof errorCode === "string" ? (STATUSES[errorCode] ?? errorCode) : UNEXPECTED,
    context: typeof message === "string" ? message : undefined,
    code: typeof statusCode === "number" ? statusCode : undefined,
    tag: typeof tag === "string" || typeof tag === "number" ? tag : undefined,
  };
}
