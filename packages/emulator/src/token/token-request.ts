/**
 * The token endpoint: what all grants have in common (§5).
 *
 * Spec: RFC 6749 §3.2
 *
 * @module
 */
import { adfsScope } from "../adfs/scopes.js";
import type { Call } from "../call.js";
import type { App } from "../config/resolve-config.js";
import type { Authority } from "../directory.js";
import { entraError } from "../entra-error.js";
import { GRANTS } from "../grants/grants.js";
import { hasGrant } from "../platform.js";
import type { ClientAuthentication } from "./claims.js";
import { type ClaimsRequest, readClaimsRequest } from "./claims-request.js";
import {
  authenticateClient,
  checkClientId,
  checkOrigin,
  findClient,
  readCredentials,
} from "./client-authentication.js";
import type { TokenVersion } from "./issuer.js";

/** A request whose client is known and authenticated; a grant does the rest. */
export interface TokenRequest {
  readonly call: Call;
  readonly authority: Authority;
  readonly client: App;
  readonly authentication: ClientAuthentication;
  readonly claims: ClaimsRequest;
  /** Version of the endpoint. */
  readonly version: TokenVersion;
  /** What is asked for; on v1 made from `resource`. Absent when the client left it out. */
  readonly scope: string | undefined;
  /** `Origin` of a request from a page. */
  readonly origin: string | undefined;
}

/** How one kind of grant is answered. */
export interface GrantHandler {
  readonly grantType: string;
  /** What else clients call it. */
  readonly otherNames?: readonly string[];
  /** Parameters it cannot do without. */
  readonly parameters: readonly string[];
  /** What is refused before the client has proved who it is. */
  checkFirst?(call: Call, authority: Authority, client: App): void;
  handle(request: TokenRequest): Promise<object>;
}

const HANDLERS = new Map(
  GRANTS.flatMap((grant) =>
    [grant.grantType, ...(grant.otherNames ?? [])].map((name) => [name, grant] as const),
  ),
);

/** Parameters that v1 knows by another name. */
const V1_NAMES: Readonly<Record<string, string>> = { scope: "resource", device_code: "code" };

/** Answers a token request, checking in the order of §5.4. */
export async function answerTokenRequest(
  call: Call,
  authority: Authority,
  version: TokenVersion,
): Promise<object> {
  const handler = findHandler(call);
  const credentials = readCredentials(call);
  const clientId = checkClientId(credentials.clientId);
  checkParameters(call, handler, version);
  const claims = readClaimsRequest(call.form.claims);
  const client = findClient(call, authority, clientId);
  handler.checkFirst?.(call, authority, client);
  const { origin } = call.request.headers;
  checkOrigin(origin, client, credentials);
  const authentication = await authenticateClient(call, authority, client, credentials);
  const scope = scopeOf(call, client, version);
  return handler.handle({
    call,
    authority,
    client,
    authentication,
    claims,
    version,
    scope,
    origin,
  });
}

function findHandler(call: Call): GrantHandler {
  const grantType = call.form.grant_type;
  if (!grantType) throw entraError(900144, { name: "grant_type" });
  const handler = HANDLERS.get(grantType);
  if (!handler || !hasGrant(call.platform, handler.grantType))
    throw entraError(70003, { grant_type: grantType });
  return handler;
}

function checkParameters(call: Call, { parameters }: GrantHandler, version: TokenVersion): void {
  const isAdfs = call.platform === "adfs";
  if (version === 2 && call.form.resource && !isAdfs) throw entraError(901002);
  for (const parameter of parameters) {
    if (isAdfs && parameter === "scope") continue;
    const name = version === 1 ? (V1_NAMES[parameter] ?? parameter) : parameter;
    if (!call.form[name]) throw entraError(900144, { name });
  }
}

function scopeOf(call: Call, client: App, version: TokenVersion): string | undefined {
  const { form, platform } = call;
  // An app that asks for itself has to name what it asks for.
  if (platform === "adfs" && form.grant_type !== "client_credentials") {
    const isSettled = form.code || form.device_code || form.refresh_token;
    return isSettled && !form.scope && !form.resource ? undefined : adfsScope(call, client, form);
  }
  if (version === 1) return scopeOfResource(call);
  return form.scope || undefined;
}

/** v1 names a resource, not scopes; an ID token belongs to it. */
function scopeOfResource({ form }: Call): string | undefined {
  if (!form.resource) return form.scope || undefined;
  return `openid profile email offline_access ${form.resource}/.default`;
}
