/**
 * Token events, and clients on a scripted identity provider: a request that nobody scripted fails the
 * test by itself.
 *
 * @module
 */
import {
  type CacheEntry,
  type Clock,
  ConfidentialClientApplication,
  type CredentialType,
  type HttpClient,
  MsalError,
  PublicClientApplication,
  SerializableTokenCache,
  type TokenCache,
  type TokenEvent,
} from "msal-ts";
import { expect, onTestFinished } from "vitest";

export const HOST = "login.microsoftonline.com";
export const UID = "00000000-aaaa-4aaa-8aaa-000000000001";
export const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
export const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
export const HOME = `${UID}.${TENANT}`;
export const NOW = 1_700_000_000;

const SECTIONS: readonly CredentialType[] = [
  "AccessToken",
  "RefreshToken",
  "IdToken",
  "Account",
  "AppMetadata",
];

/** JSON in base64url. */
export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** An unsigned JWT. */
export function jwt(claims: Record<string, unknown>): string {
  return `${encode({ alg: "none" })}.${encode(claims)}.c2ln`;
}

export function clientInfo(uid: string = UID, utid: string = TENANT): string {
  return encode({ uid, utid });
}

/** ID token that a client of {@link setup} accepts. */
export function idToken(claims: Record<string, unknown> = {}, now: number = NOW): string {
  return jwt({
    iss: `https://${HOST}/${TENANT}/v2.0`,
    aud: CLIENT_ID,
    sub: "subject",
    oid: UID,
    tid: TENANT,
    preferred_username: "Ada@Contoso.example",
    iat: now,
    exp: now + 3600,
    ...claims,
  });
}

/** What an event is about; members of `response` on top of those of a sign-in. */
export interface EventOptions {
  environment?: string;
  tenant?: string;
  uid?: string;
  utid?: string;
  client?: string;
  scope?: readonly string[];
  response?: Record<string, unknown>;
}

/** A user's sign-in: all five kinds of rows. */
export function signIn(options: EventOptions = {}): TokenEvent {
  const { environment = HOST, tenant = TENANT, client = CLIENT_ID } = options;
  return {
    client_id: client,
    scope: options.scope ?? ["User.Read"],
    token_endpoint: `https://${environment}/${tenant}/oauth2/v2.0/token`,
    environment,
    grant_type: "authorization_code",
    response: {
      access_token: "at-user",
      refresh_token: "rt-user",
      id_token: idToken({ aud: client, oid: options.uid ?? UID }),
      client_info: clientInfo(options.uid, options.utid),
      token_type: "Bearer",
      expires_in: 3600,
      ...options.response,
    },
  };
}

/** An app's own token. */
export function appToken(options: EventOptions = {}): TokenEvent {
  const event = signIn({ scope: ["https://vault.azure.net/.default"], ...options });
  return {
    ...event,
    grant_type: "client_credentials",
    response: {
      access_token: "at-app",
      token_type: "Bearer",
      expires_in: 3600,
      ...options.response,
    },
  };
}

/** A cache that was read from text. */
export function loaded(state: unknown): SerializableTokenCache {
  const cache = new SerializableTokenCache();
  cache.deserialize(JSON.stringify(state));
  return cache;
}

/** What a cache would write, parsed. */
export function saved(cache: SerializableTokenCache): Record<string, Record<string, CacheEntry>> {
  return JSON.parse(cache.serialize()) as Record<string, Record<string, CacheEntry>>;
}

/** All rows, by section. */
export function rows(cache: TokenCache): Record<string, readonly CacheEntry[]> {
  return Object.fromEntries(SECTIONS.map((type) => [type, cache.find(type)]));
}

/** What a function throws. */
export function thrownBy(work: () => unknown): MsalError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(MsalError);
    return error as MsalError;
  }
  throw new Error("Nothing was thrown.");
}

/** An answer of the token endpoint: its JSON, and the status when it is not that of success. */
interface Reply {
  status?: number;
  body: Record<string, unknown>;
  /** What happens between the request and its answer. */
  meanwhile?: () => Promise<unknown>;
}

/** A token request, parsed. */
interface SeenRequest {
  url: string;
  form: Record<string, string>;
}

export interface SetupOptions {
  cache?: TokenCache;
  clientId?: string;
  authority?: string;
  /** Answers to the requests to come, in order. */
  replies?: Reply[];
  now?: number;
}

/** Clients of one cache on a clock that stands still. */
export function setup(options: SetupOptions = {}) {
  const replies = [...(options.replies ?? [])];
  const requests: SeenRequest[] = [];
  const unscripted: string[] = [];
  onTestFinished(() => expect(unscripted, "requests that nobody scripted").toEqual([]));
  const time = { now: options.now ?? NOW };
  const clock: Clock = { now: () => time.now, sleep: async () => {} };
  const warnings: string[] = [];
  const httpClient: HttpClient = async (url, init) => {
    const reply = replies.shift();
    if (reply === undefined) {
      unscripted.push(`${init.method} ${url}`);
      throw new Error("nobody scripted this request");
    }
    requests.push({ url, form: Object.fromEntries(new URLSearchParams(init.body ?? "")) });
    await reply.meanwhile?.();
    return Response.json(reply.body, { status: reply.status ?? 200 });
  };
  const cache = options.cache ?? new SerializableTokenCache();
  const shared = {
    authority: options.authority ?? `https://${HOST}/${TENANT}`,
    tokenCache: cache,
    httpClient,
    clock,
    logger: {
      debug: () => {},
      info: () => {},
      warn: (message: string) => void warnings.push(message),
      error: () => {},
    },
  };
  const clientId = options.clientId ?? CLIENT_ID;
  return {
    cache,
    time,
    requests,
    warnings,
    app: new PublicClientApplication(clientId, shared),
    daemon: new ConfidentialClientApplication(clientId, { ...shared, clientCredential: "secret" }),
  };
}

/** The one account of a client. */
export async function onlyAccount(app: PublicClientApplication) {
  const accounts = await app.getAccounts();
  expect(accounts).toHaveLength(1);
  return accounts[0]!;
}
