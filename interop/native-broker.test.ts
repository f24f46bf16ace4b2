/**
 * `nativeBroker` before a plugin that implements `INativeBrokerPlugin` of msal-node, as that of
 * `@azure/msal-node-extensions` does, with the errors of msal-node. The native runtime is not here.
 */
import {
  type AccountInfo,
  AuthError,
  type AuthenticationResult,
  ClientAuthError,
  type INativeBrokerPlugin,
  InteractionRequiredAuthError,
  LogLevel,
} from "@azure/msal-node";
import { type Account, type Logger, nativeBroker, PublicClientApplication } from "msal-ts";
import { expect, test } from "vitest";

type LoggerOptions = Parameters<INativeBrokerPlugin["setLogger"]>[0];
type NativeRequest = Parameters<INativeBrokerPlugin["acquireTokenSilent"]>[0];
type NativeSignOutRequest = Parameters<INativeBrokerPlugin["signOut"]>[0];

const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const TENANT = "c0a7050c-0000-4000-8000-000000000001";
const AUTHORITY = `https://login.microsoftonline.com/${TENANT}`;
const OID = "0a0a0a0a-0000-4000-8000-00000000ada0";
const ADA = "ada@contoso.onmicrosoft.com";
const NOW = 1_700_000_000;
const SCOPES = ["User.Read"];
const CONSOLE: typeof PublicClientApplication.CONSOLE_WINDOW_HANDLE =
  PublicClientApplication.CONSOLE_WINDOW_HANDLE;

const ACCOUNT: AccountInfo = {
  homeAccountId: `${OID}.${TENANT}`,
  environment: "login.windows.net",
  tenantId: TENANT,
  username: ADA,
  localAccountId: OID,
  nativeAccountId: "native-id-of-ada",
};

function tokens(members: Partial<AuthenticationResult> = {}): AuthenticationResult {
  return {
    authority: AUTHORITY,
    uniqueId: OID,
    tenantId: TENANT,
    scopes: ["User.Read", ""],
    account: ACCOUNT,
    idToken: "",
    idTokenClaims: { sub: "pairwise", oid: OID, tid: TENANT, preferred_username: ADA },
    accessToken: "token-of-the-runtime",
    fromCache: false,
    expiresOn: new Date((NOW + 3600) * 1000),
    tokenType: "Bearer",
    correlationId: "",
    ...members,
  };
}

type Operation = Exclude<keyof INativeBrokerPlugin, "isBrokerAvailable" | "setLogger">;

/** A plugin that answers as told. */
class FakePlugin implements INativeBrokerPlugin {
  isBrokerAvailable = true;
  readonly asked: unknown[][] = [];
  answers: Partial<Record<Operation, unknown>> = {};
  logger: LoggerOptions | undefined;

  setLogger(loggerOptions: LoggerOptions): void {
    this.logger = loggerOptions;
  }

  getAccountById(accountId: string): Promise<AccountInfo> {
    return this.#answer("getAccountById", accountId) as Promise<AccountInfo>;
  }

  getAllAccounts(): Promise<AccountInfo[]> {
    return this.#answer("getAllAccounts") as Promise<AccountInfo[]>;
  }

  acquireTokenSilent(request: NativeRequest): Promise<AuthenticationResult> {
    return this.#answer("acquireTokenSilent", request) as Promise<AuthenticationResult>;
  }

  acquireTokenInteractive(
    request: NativeRequest,
    windowHandle?: Buffer,
  ): Promise<AuthenticationResult> {
    const answer = this.#answer("acquireTokenInteractive", request, windowHandle);
    return answer as Promise<AuthenticationResult>;
  }

  async signOut(request: NativeSignOutRequest): Promise<void> {
    await this.#answer("signOut", request);
  }

  async #answer(operation: Operation, ...request: unknown[]): Promise<unknown> {
    this.asked.push([operation, ...request]);
    const said = this.answers[operation];
    if (said instanceof Error) throw said;
    return said;
  }
}

const interactionRequired = new InteractionRequiredAuthError(
  "interaction_required",
  "",
  "Somebody has to sign in.",
);

function setup(answers: FakePlugin["answers"] = {}, options: { enablePiiLog?: boolean } = {}) {
  const plugin = new FakePlugin();
  plugin.answers = answers;
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const app = new PublicClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    allowBroker: true,
    broker: nativeBroker(plugin),
    clock: { now: () => NOW },
    logger,
    httpClient: async (url) => expect.fail(`nobody should be asked, ${url} was`),
    ...options,
  });
  return { app, plugin, lines };
}

/** An application whose user the plugin has signed in. */
async function signedIn(answers: FakePlugin["answers"]) {
  const all = setup({ acquireTokenSilent: tokens() });
  await all.app.acquireTokenInteractive(SCOPES, { parentWindowHandle: CONSOLE });
  const [account] = (await all.app.getAccounts()) as [Account];
  all.plugin.asked.length = 0;
  all.plugin.answers = answers;
  return { ...all, account };
}

const REQUEST = {
  clientId: CLIENT_ID,
  authority: AUTHORITY,
  correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  redirectUri: expect.stringMatching(/.+/),
  scopes: SCOPES,
};

test("whoever is signed in gets a token; the account is the plugin's", async () => {
  const { app, plugin } = setup({ acquireTokenSilent: tokens() });

  const result = await app.acquireTokenInteractive(SCOPES, { parentWindowHandle: CONSOLE });

  expect(result).toMatchObject({
    access_token: "token-of-the-runtime",
    token_type: "Bearer",
    expires_in: 3600,
    scope: "User.Read",
    token_source: "broker",
    account: {
      homeAccountId: ACCOUNT.homeAccountId,
      localAccountId: "native-id-of-ada",
      username: ADA,
    },
  });
  expect(result).not.toHaveProperty("id_token");
  expect(plugin.asked).toEqual([["acquireTokenSilent", { ...REQUEST, extraParameters: {} }]]);
});

// How a window is named, and what the plugin gets.
test.for<[unknown, Buffer | undefined, Record<string, string>]>([
  [CONSOLE, undefined, { msal_gui_thread: "true" }],
  [0x1234, Buffer.from([0x34, 0x12, 0, 0, 0, 0, 0, 0]), {}],
  [0x1234n, Buffer.from([0x34, 0x12, 0, 0, 0, 0, 0, 0]), {}],
  [new Uint8Array([7, 8]), Buffer.from([7, 8]), {}],
])("the window %s reaches the plugin as its bytes", async ([window, bytes, extraParameters]) => {
  const { app, plugin } = setup({
    acquireTokenSilent: interactionRequired,
    acquireTokenInteractive: tokens(),
  });

  const result = await app.acquireTokenInteractive(SCOPES, {
    parentWindowHandle: window as bigint,
    loginHint: ADA,
    claimsChallenge: '{"access_token":{}}',
  });

  expect(result).toMatchObject({ access_token: "token-of-the-runtime" });
  const [operation, request, handle] = plugin.asked.at(-1) ?? [];
  expect(operation).toBe("acquireTokenInteractive");
  expect(request).toEqual({
    ...REQUEST,
    claims: '{"access_token":{}}',
    prompt: "select_account",
    loginHint: ADA,
    extraParameters,
  });
  expect(handle).toEqual(bytes);
  if (bytes !== undefined) expect(Buffer.isBuffer(handle)).toBe(true);
});

test("a known account is read first, then its token is asked for by the plugin's id", async () => {
  const { app, plugin, account } = await signedIn({
    getAccountById: ACCOUNT,
    acquireTokenSilent: tokens({ accessToken: "new" }),
  });

  const result = await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });

  expect(result).toMatchObject({ access_token: "new", token_source: "broker" });
  expect(plugin.asked).toEqual([
    ["getAccountById", "native-id-of-ada"],
    [
      "acquireTokenSilent",
      { ...REQUEST, accountId: "native-id-of-ada", forceRefresh: true, extraParameters: {} },
    ],
  ]);
});

// What the plugin does about an account it does not know; signing in whoever is there would be the next thing.
test.for([
  ["says so", new ClientAuthError("no_account_found", "")],
  ["trips over it", new TypeError("Cannot read properties of null (reading 'homeAccountId')")],
  ["answers nothing", null],
] as const)("an unknown account gets no token of anybody else: the plugin %s", async ([, said]) => {
  const { app, plugin, account } = await signedIn({
    getAccountById: said,
    acquireTokenSilent: tokens(),
  });

  const result = await app.acquireTokenSilent(["Mail.Read"], account);

  expect(result).toBeNull();
  expect(plugin.asked.map(([operation]) => operation)).toEqual(["getAccountById"]);
});

test("what the runtime refuses is a value with the runtime's words and numbers", async () => {
  const refused = Object.assign(new AuthError("ApiContractViolation", "", "Not like that."), {
    name: "NativeAuthError",
    statusCode: 3_399_614_473,
    tag: "4ugn7",
  });
  const { app, plugin } = setup({ acquireTokenSilent: refused });
  const ask = () => app.acquireTokenInteractive(SCOPES, { parentWindowHandle: CONSOLE });

  const violation = await ask();
  plugin.answers.acquireTokenSilent = new ClientAuthError("user_canceled", "");
  const canceled = await ask();

  expect(violation).toEqual({
    error: "broker_error",
    error_description:
      "Not like that. Status: Status_ApiContractViolation, Error code: 3399614473, Tag: 4ugn7",
  });
  expect(canceled).toMatchObject({
    error: "broker_error",
    error_description: expect.stringContaining("Status_UserCanceled"),
  });
});

test("a refusal of a known account is told as well, whichever request it was", async () => {
  const { app, plugin, account } = await signedIn({
    getAccountById: new ClientAuthError("no_network_connectivity", ""),
  });
  const ask = () => app.acquireTokenSilentWithError(["Mail.Read"], account);

  const reading = await ask();
  plugin.answers = { getAccountById: ACCOUNT, acquireTokenSilent: interactionRequired };
  const asking = await ask();

  expect(reading).toMatchObject({ error_description: expect.stringContaining("Status_NoNetwork") });
  expect(asking).toMatchObject({
    error_description: expect.stringContaining("Status_InteractionRequired"),
  });
});

test("a password goes to the runtime as two parameters", async () => {
  const { app, plugin } = setup({ acquireTokenSilent: tokens() });

  const result = await app.acquireTokenByUsernamePassword(ADA, "a-password", SCOPES);

  expect(result).toMatchObject({ token_source: "broker" });
  expect(plugin.asked).toEqual([
    [
      "acquireTokenSilent",
      {
        ...REQUEST,
        extraParameters: { MSALRuntime_Username: ADA, MSALRuntime_Password: "a-password" },
      },
    ],
  ]);
});

// What the plugin does when it is to sign out; the account is forgotten in any case.
test.for([
  ["signs out", undefined, 0],
  ["knows no such account", new ClientAuthError("no_account_found", ""), 0],
  ["fails", new ClientAuthError("no_network_connectivity", ""), 1],
] as const)("removeAccount: the plugin %s", async ([, signOut, complaints]) => {
  const { app, plugin, account, lines } = await signedIn({ signOut });

  await app.removeAccount(account);

  const { clientId, correlationId } = REQUEST;
  expect(plugin.asked).toEqual([
    ["signOut", { clientId, correlationId, accountId: "native-id-of-ada" }],
  ]);
  expect(await app.getAccounts()).toEqual([]);
  expect(lines.filter((line) => line.includes("did not sign the account out"))).toHaveLength(
    complaints,
  );
});

test("a plugin whose runtime did not load is not used, and the log says so", async () => {
  const { app, plugin, lines } = setup();
  plugin.isBrokerAvailable = false;

  const signIn = app.acquireTokenInteractive(SCOPES, {
    openBrowser: () => {
      throw new Error("The browser it is.");
    },
  });

  await expect(signIn).rejects.toThrow("The browser it is.");
  expect(plugin.asked).toEqual([]);
  expect(lines.join("\n")).toMatch(/No broker is used: .*isBrokerAvailable/);
});

test.for([true, false])(
  "lines of the plugin that name people are logged with enablePiiLog alone: %s",
  async (enablePiiLog) => {
    const { app, plugin, lines } = setup({ acquireTokenSilent: tokens() }, { enablePiiLog });
    await app.acquireTokenInteractive(SCOPES, { parentWindowHandle: CONSOLE });
    lines.length = 0;

    plugin.logger?.loggerCallback?.(LogLevel.Info, "Somebody signed in.", false);
    plugin.logger?.loggerCallback?.(LogLevel.Info, `${ADA} signed in.`, true);

    expect(plugin.logger).toMatchObject({ piiLoggingEnabled: enablePiiLog });
    expect(lines).toEqual([
      "Broker: Somebody signed in.",
      ...(enablePiiLog ? [`Broker: ${ADA} signed in.`] : []),
    ]);
  },
);
