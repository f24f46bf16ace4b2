/**
 * What a client asks of the authorize endpoint, checked in the order of §4.3.
 *
 * Spec: RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1
 *
 * @module
 */
import { adfsScope } from "../adfs/scopes.js";
import type { Call, Parameters } from "../call.js";
import type { App } from "../config/resolve-config.js";
import type { Authority } from "../directory.js";
import { entraError } from "../entra-error.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { checkClientId, findClient } from "../token/client-authentication.js";
import type { TokenVersion } from "../token/issuer.js";
import {
  checkDefaultAlone,
  checkScope,
  findResource,
  isDefaultScope,
  type RequestedScopes,
  readScopes,
} from "../token/scopes.js";
import { findRedirectUri, type RedirectUri } from "./redirect-uri.js";

/** How the answer reaches the redirect URI. */
type ResponseMode = "query" | "fragment" | "form_post";

/** Who gets the answer, be it an error. */
export interface Recipient {
  readonly authority: Authority;
  readonly client: App;
  readonly redirect: RedirectUri;
  readonly responseMode: ResponseMode;
  readonly state: string | undefined;
}

/** What a sign-in has to know of the request it belongs to, wherever it ends. */
export interface SignInRequest {
  readonly authority: Authority;
  readonly client: App;
  readonly parameters: Parameters;
  readonly prompt: string | undefined;
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly scope: string;
  readonly requested: RequestedScopes;
}

/** A request all of whose parameters are in order. */
export interface AuthorizationRequest extends Recipient, SignInRequest {
  readonly version: TokenVersion;
  readonly responseTypes: ReadonlySet<string>;
  readonly challenge: { readonly method: string; readonly value: string } | undefined;
}

/**
 * Finds out who gets the answer. What goes wrong here is shown on a page: to redirect could lead anywhere.
 *
 * @throws EntraError
 */
export function findRecipient(call: Call, segment: string, parameters: Parameters): Recipient {
  const authority = call.emulation.directory.authority(segment);
  const clientId = checkClientId(parameters.client_id);
  const client = findClient(call, authority, clientId);
  const redirect = findRedirectUri(client, parameters.redirect_uri);
  const responseMode = usableResponseMode(parameters);
  return { authority, client, redirect, responseMode, state: parameters.state };
}

const MODES: readonly string[] = ["query", "fragment", "form_post"];

/** The mode asked for if it can be used, so that a refusal of it can be told. */
function usableResponseMode({ response_mode, response_type = "" }: Parameters): ResponseMode {
  const usual = /token/.test(response_type) ? "fragment" : "query";
  const fits =
    MODES.includes(response_mode ?? "") && !(response_mode === "query" && usual !== "query");
  return fits ? (response_mode as ResponseMode) : usual;
}

/**
 * Checks everything else. What goes wrong here is told to the client.
 *
 * @throws EntraError
 */
export function checkAuthorizationRequest(
  call: Call,
  recipient: Recipient,
  parameters: Parameters,
  version: TokenVersion,
): AuthorizationRequest {
  checkRequestObject(parameters);
  const responseTypes = checkResponseType(recipient, parameters);
  checkResponseMode(recipient, parameters);
  const prompt = checkPrompt(parameters);
  const maxAge = checkMaxAge(parameters);
  if (responseTypes.has("id_token") && !parameters.nonce)
    throw entraError(900144, { name: "nonce" });
  const challenge = checkChallenge(parameters);
  readClaimsRequest(parameters.claims);
  const scopes = checkScopeParameter(call, recipient, parameters, version);
  checkOpenId(responseTypes, scopes.requested);
  return {
    ...recipient,
    ...scopes,
    parameters,
    version,
    responseTypes,
    prompt,
    maxAge,
    challenge,
  };
}

/** OpenID Connect Core §3.1.2.6: a parameter whose contents would be left unread is refused. */
function checkRequestObject(parameters: Parameters): void {
  for (const name of ["request", "request_uri"]) {
    if (!parameters[name]) continue;
    const reason = `The '${name}' parameter is not supported.`;
    throw entraError(90023, { reason }, { error: `${name}_not_supported` });
  }
}

/** What may be asked for together, sorted. */
const RESPONSE_TYPES = ["code", "id_token", "code id_token", "id_token token", "token"];

function checkResponseType({ client }: Recipient, { response_type }: Parameters): Set<string> {
  if (!response_type?.trim()) throw entraError(900144, { name: "response_type" });
  const types = new Set(response_type.split(" ").filter(Boolean));
  if (!RESPONSE_TYPES.includes([...types].sort().join(" "))) {
    throw entraError(70005, { response_type });
  }
  if (types.has("id_token") && !client.enableIdTokenIssuance) {
    throw entraError(700054, { response_type: "id_token" });
  }
  if (types.has("token") && !client.enableAccessTokenIssuance) {
    throw entraError(700054, { response_type: "token" });
  }
  return types;
}

function checkResponseMode({ responseMode }: Recipient, { response_mode }: Parameters): void {
  if (response_mode && response_mode !== responseMode) throw entraError(70007, { response_mode });
}

const PROMPTS = ["login", "none", "consent", "select_account", "create", "no_session"];

function checkPrompt({ prompt }: Parameters): string | undefined {
  if (!prompt) return undefined;
  if (PROMPTS.includes(prompt)) return prompt;
  throw entraError(90023, { reason: `'${prompt}' is not a valid value of 'prompt'.` });
}

function checkMaxAge({ max_age }: Parameters): number | undefined {
  if (!max_age) return undefined;
  if (/^\d{1,10}$/.test(max_age)) return Number(max_age);
  throw entraError(90023, { reason: `'${max_age}' is not a valid value of 'max_age'.` });
}

/** RFC 7636 §4.2: 43 to 128 characters; without a method it is plain. */
function checkChallenge(parameters: Parameters): AuthorizationRequest["challenge"] {
  const { code_challenge: value, code_challenge_method: method = "plain" } = parameters;
  if (!value) {
    if (parameters.code_challenge_method) throw entraError(50147);
    return undefined;
  }
  if (method !== "S256" && method !== "plain") throw entraError(50147);
  if (value.length < 43 || value.length > 128) throw entraError(501491);
  return { method, value };
}

/**
 * What a client asks for on behalf of a user.
 *
 * @throws EntraError
 */
export function checkScopeParameter(
  call: Call,
  asking: Pick<SignInRequest, "authority" | "client">,
  parameters: Parameters,
  version: TokenVersion,
): Pick<SignInRequest, "scope" | "requested"> {
  const scope =
    call.platform === "adfs"
      ? adfsScope(call, asking.client, parameters)
      : scopeOf(parameters, version);
  const requested = readScopes(scope, asking.client);
  checkScopes(call, asking, requested);
  checkDefaultAlone(call.emulation.directory, requested);
  return { scope, requested };
}

/** v1 names a resource, not scopes; an ID token and a refresh token come with it. */
function scopeOf({ scope, resource }: Parameters, version: TokenVersion): string {
  if (version === 1) {
    const permissions = resource ? ` ${resource}/.default` : "";
    return `openid profile email offline_access${permissions}`;
  }
  if (resource) throw entraError(901002);
  if (!scope?.trim()) throw entraError(900144, { name: "scope" });
  return scope;
}

/** An ID token is OpenID Connect's: without its scope there is none to ask for. */
function checkOpenId(responseTypes: ReadonlySet<string>, { oidc }: RequestedScopes): void {
  if (!responseTypes.has("id_token") || oidc.includes("openid")) return;
  throw entraError(90023, { reason: "The scope must include 'openid' for an ID token." });
}

/** Several resources may be consented to at once, as long as each of them and each scope is there. */
function checkScopes(
  call: Call,
  { authority, client }: Pick<SignInRequest, "authority" | "client">,
  { named }: RequestedScopes,
): void {
  const { directory } = call.emulation;
  const tenant = authority.tenant?.name ?? authority.segment;
  for (const scope of named) {
    const resource = findResource(directory, scope.resource, tenant);
    if (!isDefaultScope(scope)) checkScope(scope, client, resource);
  }
}
