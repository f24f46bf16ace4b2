/**
 * The types that users see, under the strictest compiler settings. Checked by the compiler: nothing here
 * runs, and each expected error that is none is one.
 */
import {
  type Account,
  type AuthCodeFlow,
  AuthorityBuilder,
  type AuthResponse,
  AZURE_CHINA,
  AZURE_PUBLIC,
  AZURE_US_GOVERNMENT,
  type Broker,
  type CacheEntry,
  ClientApplication,
  type ClientApplicationOptions,
  ConfidentialClientApplication,
  type DeviceFlow,
  type HttpCache,
  type HttpClient,
  isTokenError,
  MsalError,
  type MsalErrorCode,
  type MsalOAuthError,
  type MsalServiceError,
  type NativeBrokerPlugin,
  nativeBroker,
  PublicClientApplication,
  SerializableTokenCache,
  TokenCache,
  type TokenErrorResponse,
  type TokenResponse,
  type TokenResult,
  unwrap,
} from "msal-ts";

/** Fails to compile unless the two types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

declare const env: Record<string, string | undefined>;
declare const scopes: readonly string[];
declare const signal: AbortSignal;
declare const broker: Broker;
declare const plugin: NativeBrokerPlugin;

const pca = new PublicClientApplication("id");
const cca = new ConfidentialClientApplication("id", { clientCredential: "secret" });
const app = new ClientApplication("id", {});

export function clients(): void {
  same<typeof app.clientId, string>(true);
  same<typeof app.tokenCache, TokenCache>(true);
  // @ts-expect-error: what it is made for stays.
  app.clientId = "another";
  // @ts-expect-error: the client id comes first.
  new PublicClientApplication({ clientId: "id" });
  // @ts-expect-error: and is text.
  new PublicClientApplication(env.CLIENT_ID);
  // @ts-expect-error: whoever has the application would have its secret.
  new PublicClientApplication("id", { clientCredential: "secret" });
  // @ts-expect-error: a confidential client needs a credential,
  new ConfidentialClientApplication("id");
  // @ts-expect-error: in its options,
  new ConfidentialClientApplication("id", {});
  // @ts-expect-error: and one that is there.
  new ConfidentialClientApplication("id", { clientCredential: env.SECRET });
  // @ts-expect-error: brokers are for public clients.
  new ConfidentialClientApplication("id", { clientCredential: "secret", allowBroker: true });
  // @ts-expect-error: neither of the two options.
  new ConfidentialClientApplication("id", { clientCredential: "secret", broker });
  new PublicClientApplication("id", { allowBroker: true, broker, enablePiiLog: true });
  new ClientApplication("id", { allowBroker: undefined, broker: undefined });
  // @ts-expect-error: a plugin is no broker yet;
  new PublicClientApplication("id", { broker: plugin });
  same<ReturnType<typeof nativeBroker>, Broker>(true);
  new PublicClientApplication("id", { broker: nativeBroker(plugin) });
  // @ts-expect-error: proxies have the names of protocols, without more.
  new PublicClientApplication("id", { proxies: { "https://": "http://proxy:8080" } });
  // @ts-expect-error: no such option.
  new PublicClientApplication("id", { tokencache: new TokenCache() });
  // @ts-expect-error: rows are counted, not bytes.
  new TokenCache({ maxBytes: 1_000_000 });
  // @ts-expect-error: a client application alone may do without a credential, but not with rubbish.
  new ClientApplication("id", { clientCredential: 42 });
  // @ts-expect-error: an application's own token is for those that can keep a secret.
  pca.acquireTokenForClient(scopes);
}

export function optionsThatMayBeAbsent(): void {
  const options: ClientApplicationOptions = {
    authority: env.AUTHORITY,
    clientCredential: env.SECRET,
    appName: env.APP_NAME,
    appVersion: env.APP_VERSION,
    verify: env.CA_BUNDLE,
    proxies: { https: env.HTTPS_PROXY, http: undefined },
    timeout: undefined,
    logger: undefined,
    clock: undefined,
    tokenCache: undefined,
    httpClient: undefined,
    waitUntil: undefined,
  };
  new ClientApplication("id", options);
  void pca.initiateAuthCodeFlow(scopes, {
    redirectUri: env.REDIRECT_URI,
    loginHint: env.USER,
    domainHint: env.DOMAIN,
    prompt: env.PROMPT,
    state: env.STATE,
    claimsChallenge: env.CLAIMS,
    maxAge: undefined,
    responseMode: undefined,
    signal: undefined,
  });
  void cca.acquireTokenByUsernamePassword("ada@contoso.com", "password", scopes);
  void pca.acquireTokenByUsernamePassword("ada@contoso.com", "password", scopes, {
    claimsChallenge: env.CLAIMS,
    extraTokenParameters: { dc: "prod" },
    signal: undefined,
  });
  // @ts-expect-error: a variable of the environment that may not be set.
  void pca.acquireTokenByUsernamePassword("ada@contoso.com", env.PASSWORD, scopes);
  void pca.getAccounts({ username: env.USER, homeAccountId: env.ID, signal });
}

export function credentials(): void {
  const make = (clientCredential: NonNullable<ClientApplicationOptions["clientCredential"]>) =>
    new ConfidentialClientApplication("id", { clientCredential });
  make("secret");
  make({ privateKey: "PEM", thumbprint: "hex" });
  make({ privateKey: "PEM", publicCertificate: "PEM", passphrase: env.PASSPHRASE });
  make({ clientAssertion: "JWT" });
  make({ clientAssertion: () => "JWT" });
  make({
    async clientAssertion(info) {
      same<typeof info.audience, string>(true);
      same<typeof info.clientId, string>(true);
      same<typeof info.tenant, string>(true);
      same<typeof info.signal, AbortSignal>(true);
      return "JWT";
    },
  });
  // @ts-expect-error: a certificate without its key.
  make({ thumbprint: "hex" });
  // @ts-expect-error: a function that makes no text.
  make({ clientAssertion: () => 42 });
}

export function seams(): void {
  const httpClients: HttpClient[] = [
    fetch,
    globalThis.fetch.bind(globalThis),
    (url, init) => fetch(url, init),
    async () => new Response(),
    async () => ({ status: 200, headers: new Headers(), text: async () => "" }),
  ];
  for (const httpClient of httpClients) new PublicClientApplication("id", { httpClient });
  // @ts-expect-error: not an answer.
  new PublicClientApplication("id", { httpClient: async () => "{}" });
  new PublicClientApplication("id", { logger: console, timeout: 1000, verify: false });
  new PublicClientApplication("id", { waitUntil: (work) => void work.finally(() => {}) });
  new PublicClientApplication("id", { waitUntil: (_work: Promise<unknown>) => {} });
  new PublicClientApplication("id", {
    clock: { now: () => 0, sleep: async (_seconds: number, _signal: AbortSignal) => {} },
  });
  new PublicClientApplication("id", { tokenCache: new SerializableTokenCache() });
  new PublicClientApplication("id", { tokenCache: new TokenCache({ maxEntries: undefined }) });
  new PublicClientApplication("id", {
    clientCapabilities: Object.freeze(["CP1"]),
    excludeScopes: ["profile"] as const,
  });
  for (const authority of ["https://x/y", new URL("https://x/y")]) {
    new PublicClientApplication("id", { authority });
  }
  for (const cloud of [AZURE_PUBLIC, AZURE_CHINA, AZURE_US_GOVERNMENT]) {
    const authority = new AuthorityBuilder(cloud, "common");
    same<ReturnType<typeof authority.toString>, string>(true);
    new PublicClientApplication("id", { authority });
  }
  // @ts-expect-error: both parts.
  new AuthorityBuilder(AZURE_PUBLIC);
}

export async function silently(): Promise<void> {
  const [account] = await app.getAccounts();
  same<typeof account, Account | undefined>(true);
  const result = await app.acquireTokenSilent(scopes, account);
  same<typeof result, TokenResponse | null>(true);
  await app.acquireTokenSilent(["User.Read"] as const, null, { forceRefresh: true, signal });
  await app.acquireTokenSilent(Object.freeze(["User.Read"]), undefined, {
    forceRefresh: undefined,
  });
  const withError = await app.acquireTokenSilentWithError(scopes, account, {});
  same<typeof withError, TokenResult | null>(true);
  if (account) same<Awaited<ReturnType<typeof app.removeAccount>>, void>(true);
  // @ts-expect-error: there may be no account.
  await app.removeAccount(account);
  // @ts-expect-error: scopes are a list.
  await app.acquireTokenSilent("User.Read", account);
  // @ts-expect-error: an account, not its name.
  await app.acquireTokenSilent(scopes, "ada@contoso.com");
  // @ts-expect-error: for whom?
  await app.acquireTokenSilent(scopes);
  // @ts-expect-error: mistyped.
  await app.acquireTokenSilent(scopes, account, { forcerefresh: true });
  // @ts-expect-error: options, not the signal itself.
  await app.acquireTokenSilent(scopes, account, signal);
}

export async function narrowing(): Promise<void> {
  const result = await cca.acquireTokenForClient(scopes, { claimsChallenge: env.CLAIMS });
  same<typeof result, TokenResult>(true);
  // @ts-expect-error: it may be an error.
  result.access_token;
  if ("error" in result) {
    same<typeof result, TokenErrorResponse>(true);
    result.error satisfies string;
    result.error_codes satisfies number[] | undefined;
    result.error_description satisfies string | undefined;
  } else {
    same<typeof result, TokenResponse>(true);
    result.access_token satisfies string;
    result.expires_in satisfies number;
    result.token_source satisfies "identity_provider" | "cache" | "broker";
    result.account?.homeAccountId satisfies string | undefined;
    result.id_token_claims?.oid satisfies string | undefined;
    result.id_token_claims?.anything satisfies unknown;
    // @ts-expect-error: no index signature.
    result.anything;
  }
  if (isTokenError(result)) same<typeof result, TokenErrorResponse>(true);
  else same<typeof result, TokenResponse>(true);

  const unwrapped = unwrap(result);
  same<typeof unwrapped, TokenResponse>(true);
  const [account] = await app.getAccounts();
  const silent = unwrap(await app.acquireTokenSilentWithError(scopes, account));
  same<typeof silent, TokenResponse>(true);
  const orNull = unwrap(await app.acquireTokenSilent(scopes, account));
  same<typeof orNull, TokenResponse>(true);

  // @ts-expect-error: a new token would say the same.
  await cca.acquireTokenForClient(scopes, { forceRefresh: true });
}

export async function signingIn(): Promise<void> {
  const flow = await pca.initiateAuthCodeFlow(scopes, { responseMode: "form_post", maxAge: 0 });
  same<typeof flow, AuthCodeFlow>(true);
  flow.authUri satisfies string;
  flow.state satisfies string;
  const answers: AuthResponse[] = [
    { code: "code", state: "state" },
    { code: ["code"], state: undefined } as Record<string, string | string[] | undefined>,
    new URLSearchParams(),
    new URL("http://localhost"),
    new FormData(),
  ];
  for (const answer of answers) {
    const result = await pca.acquireTokenByAuthCodeFlow(flow, answer, { scopes, signal });
    same<typeof result, TokenResult>(true);
  }
  // @ts-expect-error: parameters, not text.
  await pca.acquireTokenByAuthCodeFlow(flow, "?code=code");
  // @ts-expect-error: no such mode for a server.
  await pca.initiateAuthCodeFlow(scopes, { responseMode: "fragment" });
  // @ts-expect-error: seconds.
  await pca.initiateAuthCodeFlow(scopes, { maxAge: "60" });
}

export async function interactively(): Promise<void> {
  const result = await pca.acquireTokenInteractive(scopes, {
    prompt: env.PROMPT,
    loginHint: env.USER,
    domainHint: env.DOMAIN,
    claimsChallenge: env.CLAIMS,
    timeout: 60_000,
    port: 0,
    extraScopesToConsent: Object.freeze(["Mail.Read"]),
    maxAge: undefined,
    parentWindowHandle: PublicClientApplication.CONSOLE_WINDOW_HANDLE,
    onBeforeLaunchingUi: ({ ui }) => same<typeof ui, "browser" | "broker">(true),
    openBrowser: (url) => same<typeof url, string>(true),
    successPage: env.SUCCESS_PAGE,
    errorPage: env.ERROR_PAGE,
    extraQueryParameters: { ui_locales: "de" },
    extraTokenParameters: undefined,
    signal,
  });
  same<typeof result, TokenResult>(true);
  await pca.acquireTokenInteractive(["User.Read"] as const, { openBrowser: async () => {} });
  for (const parentWindowHandle of [1, 1n, new Uint8Array(8), undefined]) {
    await pca.acquireTokenInteractive(scopes, { parentWindowHandle });
  }
  // @ts-expect-error: not any symbol.
  await pca.acquireTokenInteractive(scopes, { parentWindowHandle: Symbol("console") });
  // @ts-expect-error: where the answer arrives is the library's to choose.
  await pca.acquireTokenInteractive(scopes, { redirectUri: "http://localhost" });
  // @ts-expect-error: users sign in on their own devices.
  await cca.acquireTokenInteractive(scopes);
}

export async function devices(): Promise<void> {
  const begun = await pca.initiateDeviceFlow();
  same<typeof begun, DeviceFlow | TokenErrorResponse>(true);
  await pca.initiateDeviceFlow(scopes, { signal });
  if ("error" in begun) return;
  same<typeof begun, DeviceFlow>(true);
  begun.expires_at = 0;
  begun.interval = 10;
  const result = await pca.acquireTokenByDeviceFlow(begun, {
    claimsChallenge: env.CLAIMS,
    signal: undefined,
  });
  same<typeof result, TokenResult>(true);
  // @ts-expect-error: a refusal is no flow.
  await pca.acquireTokenByDeviceFlow({} as TokenErrorResponse);
  // @ts-expect-error: for users' devices alone.
  cca.initiateDeviceFlow(scopes);
  // @ts-expect-error: one list.
  await pca.initiateDeviceFlow("User.Read");
}

export function errors(error: unknown): void {
  if (error instanceof MsalError) {
    same<typeof error.code, MsalErrorCode>(true);
    same<typeof error.isMsalError, true>(true);
    error satisfies Error;
    // @ts-expect-error: no such code.
    error.code === "no_such_code";
    // @ts-expect-error: it stays what it is.
    error.code = "timeout";
  }
  same<MsalServiceError["status"], number>(true);
  same<MsalServiceError["retryAfter"], number | undefined>(true);
  same<MsalServiceError["response"], string>(true);
  same<MsalOAuthError["response"], TokenErrorResponse>(true);
}

export function caches(cache: SerializableTokenCache): void {
  same<ReturnType<typeof cache.serialize>, string>(true);
  cache.deserialize(env.CACHE);
  cache.deserialize(null);
  cache.hasStateChanged = false;
  const rows = cache.find("AccessToken", { target: scopes, query: { client_id: env.CLIENT_ID } });
  same<typeof rows, readonly CacheEntry[]>(true);
  cache.add({ response: {}, scope: scopes, client_id: env.CLIENT_ID }, 0);
  // @ts-expect-error: rows are copies, and frozen.
  rows[0].secret = "changed";
  // @ts-expect-error: the schema's own names.
  cache.find("accesstoken");
  // @ts-expect-error: an event has a response.
  cache.add({});
  new (class extends TokenCache {
    override add(...parameters: Parameters<TokenCache["add"]>): void {
      super.add(...parameters);
    }
  })();
}

/** An HTTP cache is what a Map of strings offers, and no less. */
export function httpCaches(): void {
  const httpCache: HttpCache = new Map<string, string>();
  new PublicClientApplication("id", { httpCache });
  new ConfidentialClientApplication("id", { clientCredential: "s", httpCache: new Map() });
  new ClientApplication("id", { httpCache: undefined });
  // @ts-expect-error: its values are text.
  new ClientApplication("id", { httpCache: new Map<string, number>() });
  // @ts-expect-error: a store that answers later is none.
  new ClientApplication("id", { httpCache: { ...httpCache, get: async () => "text" } });
}
