/**
 * What tests begin with: an identity platform or a script of answers in its place, applications in
 * front of it, and a clock that the test owns.
 *
 * Every application made here freezes its arguments deeply, so that each test also shows that nothing
 * a caller passes in is ever changed; and when a test ends, no log line may hold a secret that was sent
 * or a token that came.
 *
 * @module
 */
import { createEmulator, type EmulatorConfig, type RecordedRequest } from "@msal-ts/emulator";
import {
  type AuthCodeFlow,
  type ClientApplication,
  ClientApplication as ClientApplicationClass,
  type ClientApplicationOptions,
  ConfidentialClientApplication,
  type ConfidentialClientApplicationOptions,
  type HttpClient,
  PublicClientApplication,
  type PublicClientApplicationOptions,
  type TokenCache,
  type TokenEvent,
} from "msal-ts";
import { expect, onTestFinished } from "vitest";
import { overSockets } from "./sockets.js";

/** Tenants, users and clients of the emulator's built-in world. */
export const CONTOSO = "c0a7050c-0000-4000-8000-000000000001";
export const FABRIKAM = "fab51ca3-0000-4000-8000-000000000002";
export const ADA = "ada@contoso.onmicrosoft.com";
export const PASSWORD = "Passw0rd!";
export const WEB_APP = "11111111-1111-4111-8111-111111111111";
export const WEB_APP_SECRET = "contoso-web-app-secret";
export const DESKTOP_APP = "22222222-2222-4222-8222-222222222222";
/** Two clients of one family. */
export const AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
export const AZURE_POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2";

/** Contoso in the public cloud: known, so that nothing has to be discovered. */
export const HOST = "login.microsoftonline.com";
export const AUTHORITY = `https://${HOST}/${CONTOSO}`;
export const TOKEN_ENDPOINT = `${AUTHORITY}/oauth2/v2.0/token`;
export const REDIRECT_URI = "http://localhost/callback";
export const APP_SCOPES: readonly string[] = ["https://graph.microsoft.com/.default"];

/** Who signs in where answers are scripted. */
export const USER = {
  oid: "0a0a0a0a-0000-4000-8000-00000000ada0",
  homeAccountId: `0a0a0a0a-0000-4000-8000-00000000ada0.${CONTOSO}`,
  username: ADA,
} as const;

/** When a scripted test begins; seconds since the epoch. */
export const START = 1_700_000_000;

/** A line of the log. */
interface LogLine {
  level: "debug" | "info" | "warn" | "error";
  message: string;
}

/** What `initiateAuthCodeFlow` begins and a browser brings back. */
interface SignInOptions {
  scopes?: readonly string[];
  username?: string;
}

/** An identity platform in this process, and clients of it. */
export function setup(config: EmulatorConfig = {}) {
  const idp = createEmulator(config);
  onTestFinished(() => idp.close());
  const clock = {
    now: idp.now,
    advance: idp.advance,
    sleep: async (seconds: number) => idp.advance(seconds),
  };
  const around = surroundings(overSockets(idp.fetch), clock, () => idp.requests);

  /** Signs in through the pages; the tokens are in the application's cache then. */
  async function signIn(app: ClientApplication, options: SignInOptions = {}) {
    const { scopes = ["User.Read"], username = ADA } = options;
    const redirectUri = app instanceof PublicClientApplication ? "http://localhost" : REDIRECT_URI;
    const flow = await app.initiateAuthCodeFlow(scopes, { redirectUri });
    const answer = await idp.signIn(flow.authUri, { username, password: PASSWORD });
    return app.acquireTokenByAuthCodeFlow(flow, answer);
  }

  /** The requests that asked for tokens. */
  const tokenRequests = () => idp.requests.filter(({ url }) => url.endsWith("/token"));

  return { idp, clock, signIn, tokenRequests, ...around };
}

/** One scripted answer: a function sees the request first; an error is thrown, as by a broken network. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body?: unknown }
  | Error
  | ((request: RecordedRequest) => Reply | Promise<Reply>);

/** An answer that waits until the test gives it: `asked` resolves when its request is there. */
export function held() {
  let arrive = (): void => {};
  const asked = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let give = (_: Reply): void => {};
  const given = new Promise<Reply>((resolve) => {
    give = resolve;
  });
  const reply: Reply = () => {
    arrive();
    return given;
  };
  return { reply, asked, give: (answer: Reply) => give(answer) };
}

/**
 * A script of answers in place of the identity platform, in their order, and clients that get them. A
 * request that nobody scripted fails the test, and so does an answer that nobody asked for.
 */
export function setupScript(...replies: Reply[]) {
  const requests: (RecordedRequest & { readonly body: string })[] = [];
  const unexpected: string[] = [];
  const received: unknown[] = [];
  let time = START;
  let slept = 0;
  const clock = {
    now: () => time,
    advance: (seconds: number) => {
      time += seconds;
    },
    sleep: async (seconds: number) => {
      time += seconds;
      slept += seconds;
    },
    /** Seconds that were waited for. */
    slept: () => slept,
  };
  const httpClient: HttpClient = async (url, init) => {
    const { method, body: sent = "" } = init;
    const headers = lowerCase(init.headers);
    const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    const form = isForm ? Object.fromEntries(new URLSearchParams(sent)) : {};
    const request = { method, url, headers, form, body: sent };
    requests.push(request);
    let reply = replies.shift();
    if (reply === undefined) {
      unexpected.push(`${init.method} ${url} ${init.body ?? ""}`);
      throw new Error(`Nobody scripted an answer to ${init.method} ${url}.`);
    }
    while (typeof reply === "function") reply = await reply(request);
    if (reply instanceof Error) throw reply;
    const { status = 200, body = "" } = reply;
    received.push(body);
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return { status, headers: new Headers(reply.headers), text: async () => text };
  };
  onTestFinished(() => {
    expect(unexpected, "requests that nobody scripted").toEqual([]);
    expect(replies, "answers that nobody asked for").toEqual([]);
  });
  const around = surroundings(
    overSockets(httpClient),
    clock,
    () => requests,
    () => received,
  );
  return {
    clock,
    requests,
    httpClient,
    script: (...more: Reply[]) => replies.push(...more),
    ...around,
  };
}

/** What clients need beside the network, whoever answers. */
function surroundings(
  httpClient: HttpClient,
  clock: { now: () => number; sleep: (seconds: number) => Promise<void> },
  requests: () => readonly RecordedRequest[],
  received: () => readonly unknown[] = () => [],
) {
  const log: LogLine[] = [];
  const write = (level: LogLine["level"]) => (message: string) => void log.push({ level, message });
  const logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  const background: Promise<unknown>[] = [];
  const common = {
    authority: AUTHORITY,
    httpClient,
    clock,
    logger,
    waitUntil: (work: Promise<unknown>) => void background.push(work),
  };
  onTestFinished(() => expectNoSecrets(log, requests(), received()));
  return {
    log,
    warnings: () => log.filter(({ level }) => level === "warn").map(({ message }) => message),
    /** Resolves when what goes on in the background is over. */
    settled: () => Promise.all(background),
    /** The web app, with its secret unless `options` say otherwise. */
    webApp: (
      options: Partial<ConfidentialClientApplicationOptions> = {},
      clientId: string = WEB_APP,
    ) =>
      frozen(
        new ConfidentialClientApplication(
          clientId,
          deepFreeze({ ...common, clientCredential: WEB_APP_SECRET, ...options }),
        ),
      ),
    /** The desktop app. */
    desktopApp: (options: PublicClientApplicationOptions = {}, clientId: string = DESKTOP_APP) =>
      frozen(new PublicClientApplication(clientId, deepFreeze({ ...common, ...options }))),
    /** A client that is neither of the two. */
    plainApp: (options: ClientApplicationOptions = {}, clientId: string = DESKTOP_APP) =>
      frozen(new ClientApplicationClass(clientId, deepFreeze({ ...common, ...options }))),
  };
}

/** The application, with every argument of its methods frozen deeply first: all but a device flow, which is told to slow down. */
function frozen<T extends ClientApplication>(app: T): T {
  return new Proxy(app, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      const isLeft = (arg: unknown) =>
        name === "acquireTokenByDeviceFlow" &&
        typeof arg === "object" &&
        "device_code" in (arg ?? {});
      return (...args: unknown[]) =>
        member.apply(
          target,
          args.map((arg) => (isLeft(arg) ? arg : deepFreeze(arg))),
        );
    },
  });
}

/** Freezes plain objects and lists, all the way down; whatever has a class of its own is left alone. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !Array.isArray(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

const SECRET_PARAMETERS = [
  ...["client_secret", "client_assertion", "refresh_token", "code", "code_verifier"],
  ...["access_token", "id_token", "device_code", "password", "assertion"],
];

/** Shorter values could stand in a log line by chance. */
const RECOGNIZABLE = 12;

function expectNoSecrets(
  log: readonly LogLine[],
  requests: readonly RecordedRequest[],
  received: readonly unknown[],
): void {
  const all = log.map(({ message }) => message).join("\n");
  for (const values of [...requests.map(({ form }) => form), ...received]) {
    if (typeof values !== "object" || values === null) continue;
    for (const name of SECRET_PARAMETERS) {
      const value = (values as Record<string, unknown>)[name];
      if (typeof value !== "string" || value.length < RECOGNIZABLE) continue;
      expect(all.includes(value), `a ${name} in the log`).toBe(false);
    }
  }
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** `client_info` as the platform writes it. */
export function clientInfo(uid: string = USER.oid, utid: string = CONTOSO): string {
  return base64url(JSON.stringify({ uid, utid }));
}

/** An ID token for {@link USER} with other claims where they are given; `undefined` leaves one out. */
export function idToken(claims: Record<string, unknown> = {}): string {
  const all = {
    aud: WEB_APP,
    iss: `${AUTHORITY}/v2.0`,
    iat: START - 300,
    nbf: START - 300,
    exp: START + 3600,
    sub: "pairwise-subject-of-ada",
    oid: USER.oid,
    tid: CONTOSO,
    preferred_username: ADA,
    name: "Ada Lovelace",
    ...claims,
  };
  return [{ alg: "RS256", typ: "JWT" }, all]
    .map((part) => base64url(JSON.stringify(part)))
    .join(".")
    .concat(".signature");
}

/** A token response for {@link USER} with other members where they are given; `undefined` leaves one out. */
export function userTokens(members: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    token_type: "Bearer",
    scope: "User.Read openid profile",
    expires_in: 3600,
    ext_expires_in: 3600,
    access_token: "access-token-of-ada",
    refresh_token: "refresh-token-of-ada",
    id_token: idToken(),
    client_info: clientInfo(),
    ...members,
  };
}

/** A token response for an application itself. */
export function appTokens(members: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    token_type: "Bearer",
    expires_in: 3599,
    access_token: "access-token-of-app",
    ...members,
  };
}

/** Puts a user's tokens into a cache, as a sign-in at {@link START} would. */
export function remember(
  cache: TokenCache,
  members: Record<string, unknown> = {},
  event: Partial<TokenEvent> = {},
  now: number = START,
): void {
  const client_id = event.client_id ?? WEB_APP;
  cache.add(
    {
      client_id,
      scope: ["User.Read", "openid", "profile"],
      token_endpoint: TOKEN_ENDPOINT,
      environment: HOST,
      grant_type: "authorization_code",
      response: userTokens({ id_token: idToken({ aud: client_id }), ...members }),
      ...event,
    },
    now,
  );
}

/** Sections of a cache with what is in them. */
export function contents(cache: TokenCache) {
  return {
    accessTokens: cache.find("AccessToken"),
    refreshTokens: cache.find("RefreshToken"),
    idTokens: cache.find("IdToken"),
    accounts: cache.find("Account"),
    metadata: cache.find("AppMetadata"),
  };
}

/** A cache with nothing in it. */
export const EMPTY = {
  accessTokens: [],
  refreshTokens: [],
  idTokens: [],
  accounts: [],
  metadata: [],
};

/** Parameters of the URL that a sign-in begins with. */
export function queryOf(flow: AuthCodeFlow): Record<string, string> {
  return Object.fromEntries(new URL(flow.authUri).searchParams);
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
