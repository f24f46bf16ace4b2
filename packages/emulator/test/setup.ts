/**
 * An emulator and the requests tests make of it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type App, createEmulator, type Emulator, type EmulatorConfig } from "@msal-ts/emulator";
import { createLocalJWKSet, decodeJwt, type JWTPayload, jwtVerify } from "jose";
import { onTestFinished } from "vitest";

export const ADA = "ada@contoso.onmicrosoft.com";
export const GRACE = "grace@contoso.onmicrosoft.com";
export const GUEST = "guest@contoso.onmicrosoft.com";
export const ALAN = "alan@fabrikam.onmicrosoft.com";
export const PERSONAL = "radia@outlook.com";
export const PASSWORD = "Passw0rd!";
export const CONTOSO = "contoso.onmicrosoft.com";
export const FABRIKAM = "fabrikam.onmicrosoft.com";
export const CONSUMERS_ID = "9188040d-6c67-4c5b-b112-36a304b66dad";

export const VERIFIER = "the-verifier-of-these-tests-0123456789-abcdefgh";
export const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

/** Members of all the JSON answers there are, as if each had them: the tests say which do. */
export interface Json {
  readonly error: string;
  readonly error_description: string;
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly expires_in: number;
  readonly refresh_token_expires_in: number;
  readonly client_info: string;
  readonly keys: PublishedKey[];
  readonly metadata: readonly { readonly preferred_network: string }[];
  readonly [member: string]: unknown;
}

/** A key as the key set shows it. */
interface PublishedKey {
  readonly kty: string;
  readonly kid: string;
  readonly x5t: string;
  readonly x5c: [string];
  readonly n: string;
  readonly e: string;
  readonly issuer: string;
}

/** An answer whose body was JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

export interface Bench {
  readonly idp: Emulator;
  /** The app with this name. */
  app(name: string): App;
  tenantId(domain: string): string;
  get(url: string): Promise<Answer>;
  /** Posts to the token endpoint of a tenant. */
  token(
    tenant: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** An authorize URL for the desktop app, or for whatever `parameters` say. */
  authUri(tenant: string, parameters?: Record<string, string>): string;
  /** Signs Ada in at the desktop app and redeems the code; everything can be said otherwise. */
  redeem(options?: {
    tenant?: string;
    username?: string;
    authorize?: Record<string, string>;
    token?: Record<string, string>;
    headers?: Record<string, string>;
  }): Promise<Answer>;
  /** Verifies a token with the published keys. */
  verify(jwt: string): Promise<JWTPayload>;
}

export const WEB = "Contoso web app";
export const DESKTOP = "Contoso desktop app";
export const INTERNAL = "Contoso internal app";
export const SPA = "Contoso single-page app";
export const TASKS = "Contoso tasks API";
export const REDIRECT = "http://localhost:4321";
export const WEB_REDIRECT = "http://localhost:4321/callback";

/** A fresh emulator, closed when the test is over. */
export function setup(config: EmulatorConfig = {}): Bench {
  const idp = createEmulator(config);
  onTestFinished(() => idp.close());
  return bench(idp);
}

export function bench(idp: Emulator): Bench {
  const app = (name: string) => found(idp.config.apps.find((entry) => entry.name === name));
  const tenantId = (domain: string) =>
    found(idp.config.tenants.find(({ domains }) => domains.includes(domain))).id;

  async function read(response: Response): Promise<Answer> {
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Json,
    };
  }
  const get = async (url: string) => read(await idp.fetch(url));
  const token = async (tenant: string, form: Record<string, string>, headers = {}) =>
    read(
      await idp.fetch(`${idp.authority(tenant)}/oauth2/v2.0/token`, {
        method: "POST",
        body: new URLSearchParams(form),
        headers,
      }),
    );
  const authUri = (tenant: string, parameters: Record<string, string> = {}) =>
    `${idp.authority(tenant)}/oauth2/v2.0/authorize?${new URLSearchParams(
      without({
        client_id: app(DESKTOP).clientId,
        response_type: "code",
        redirect_uri: REDIRECT,
        scope: "openid profile offline_access User.Read",
        code_challenge: CHALLENGE,
        code_challenge_method: "S256",
        ...parameters,
      }),
    )}`;

  const redeem: Bench["redeem"] = async (options = {}) => {
    const { tenant = CONTOSO, username = ADA, authorize = {}, token: form = {} } = options;
    const answer = await idp.signIn(authUri(tenant, authorize), { username, password: PASSWORD });
    const fields = {
      grant_type: "authorization_code",
      client_id: authorize.client_id ?? app(DESKTOP).clientId,
      redirect_uri: authorize.redirect_uri ?? REDIRECT,
      code: answer.code ?? "",
      code_verifier: VERIFIER,
      client_info: "1",
      ...form,
    };
    return token(tenant, without(fields), options.headers);
  };

  const verify = async (jwt: string) => {
    const { body } = await get(`${idp.authority("common")}/discovery/v2.0/keys`);
    const { payload } = await jwtVerify(
      jwt,
      createLocalJWKSet({ keys: body.keys.map((key) => ({ ...key, x5c: [...key.x5c] })) }),
      {
        currentDate: new Date(idp.now() * 1000),
      },
    );
    return payload;
  };

  return { idp, app, tenantId, get, token, authUri, redeem, verify };
}

/** Leaves out what is empty. */
function without(fields: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The configuration of the test has no such entry.");
  return value;
}

/** The claims of a token that nobody is meant to verify, such as Graph's. */
export function claimsOf(jwt: string): JWTPayload {
  return decodeJwt(jwt);
}

/** Credentials of the web app. */
export function webClient({ app }: Bench): { client_id: string; client_secret: string } {
  const { clientId, secrets } = app(WEB);
  return { client_id: clientId, client_secret: secrets[0] ?? "" };
}
