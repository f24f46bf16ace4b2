/**
 * From an authority's URL to its endpoints: built in for Microsoft's clouds, discovered for the rest.
 *
 * Spec: OpenID Connect Discovery §4; Microsoft's instance discovery.
 *
 * @module
 */
import type { Call, Client } from "../call.js";
import { quote } from "../describe.js";
import { MsalError, MsalServiceError } from "../errors.js";
import { fetchDocument } from "../http/document.js";
import { type HttpRequest, withoutQuery } from "../http/http-request.js";
import { jsonObject, unexpected } from "../http/json.js";
import { share } from "../http/share.js";
import { type AuthorityKind, type AuthorityUrl, FORMS, isLoopback } from "./authority-url.js";
import { endpointHost, hostsOf, isKnownCloud, issuerHost } from "./clouds.js";
import { discoverInstance } from "./instance-discovery.js";

/** An authority whose endpoints are known. Plain data. */
export interface Authority {
  readonly kind: AuthorityKind;
  /** Host that cache rows carry. */
  readonly environment: string;
  /** Tenant that cache rows carry: first path segment of the token endpoint. */
  readonly realm: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly deviceAuthorizationEndpoint: string;
  /** Issuer of its ID tokens; `{tenantid}` stands for the token's tenant. */
  readonly issuer: string;
  /** Other hosts that an issuer may name. */
  readonly issuerHosts: readonly string[];
}

/** How long a configuration is believed; and how long it serves while nobody answers. Seconds. */
const DAY = 86_400;
const GRACE = 6 * DAY;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Issuer of personal accounts, whose tenant everybody calls `consumers`. */
const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** The client's authority if no request is needed to know it. */
export function knownAuthority(client: Client): Authority | undefined {
  client.authority ??= builtIn(client.authorityUrl);
  return client.authority;
}

/**
 * The client's authority, discovered when it is first needed.
 *
 * @throws {@link MsalError} `invalid_authority` if there is no such authority, or its configuration does
 * not fit it; as `send` throws, if nobody can be asked. Neither is remembered.
 */
export async function resolveAuthority(call: Call): Promise<Authority> {
  const { client } = call;
  const known = knownAuthority(client);
  if (known !== undefined) return known;
  const found = await share(call, "authority", (shared) => discover(shared, client.authorityUrl));
  client.authority ??= found;
  return client.authority;
}

/** The same authority under another name of its host. */
export async function aliasAuthority(
  call: Call,
  home: Authority,
  alias: string,
): Promise<Authority> {
  const url: AuthorityUrl = {
    ...call.client.authorityUrl,
    environment: alias,
    host: alias,
    tenant: home.realm,
    path: `/${home.realm}`,
    known: isKnownCloud(alias),
  };
  const { aliasAuthorities } = call.client;
  const authority =
    aliasAuthorities.get(alias) ??
    builtIn(url) ??
    (await share(call, `authority ${alias}`, (shared) => discoverTenant(shared, url)));
  aliasAuthorities.set(alias, authority);
  return authority;
}

/** Endpoints of a known cloud. A tenant given as a domain has to be asked for: rows carry its GUID. */
function builtIn(url: AuthorityUrl): Authority | undefined {
  const shared = ["common", "organizations", "consumers"].includes(url.tenant.toLowerCase());
  if (!url.known || url.kind !== "entra" || !(shared || GUID.test(url.tenant))) return undefined;
  if (url.path !== `/${url.tenant}`) return undefined;
  const base = `https://${endpointHost(url.environment)}/${url.tenant}/oauth2/v2.0`;
  const issuerTenant = !shared
    ? url.tenant.toLowerCase()
    : url.tenant.toLowerCase() === "consumers"
      ? PERSONAL_TENANT
      : "{tenantid}";
  return {
    kind: url.kind,
    environment: url.environment,
    realm: url.tenant,
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/token`,
    deviceAuthorizationEndpoint: `${base}/devicecode`,
    issuer: `https://${issuerHost(url.environment)}/${issuerTenant}/v2.0`,
    issuerHosts: hostsOf(url.environment),
  };
}

async function discover(call: Call, url: AuthorityUrl): Promise<Authority> {
  const { client } = call;
  const trusted = url.known || url.loopback || url.kind !== "entra";
  if (trusted || !client.validateAuthority || !client.instanceDiscovery) {
    return discoverTenant(call, url);
  }
  const instance = await share(call, "instance", (shared) => discoverInstance(shared, url));
  client.aliases ??= instance.aliases;
  return discoverTenant(call, url, instance.tenantDiscoveryEndpoint);
}

/** OpenID Connect Discovery §4.1, with Microsoft's `/v2.0` for all but ADFS, unless it is there already. */
async function discoverTenant(
  call: Call,
  url: AuthorityUrl,
  endpoint: string = configurationUrl(url),
): Promise<Authority> {
  const request: HttpRequest = {
    method: "GET",
    url: endpoint,
    headers: { accept: "application/json" },
  };
  return fetchDocument(call, {
    request,
    cache: call.client.httpCache,
    lifetime: DAY,
    grace: GRACE,
    read(answer) {
      if (answer.status >= 400) throw notFound(url, answer.status, answer.text);
      if (answer.status !== 200) {
        throw unexpected(request, answer, "is no OpenID configuration, which has the status 200");
      }
      return authorityOf(call.client, url, jsonObject(request, answer), endpoint);
    },
    keeps: (authority) => staysAtHome(authority, url),
  });
}

/**
 * Whether all endpoints are on the authority's own host. Others are believed of the network alone: what
 * somebody wrote into the caller's cache must not send credentials elsewhere.
 */
function staysAtHome(authority: Authority, url: AuthorityUrl): boolean {
  const hosts = [url.host, ...authority.issuerHosts];
  return [
    authority.authorizationEndpoint,
    authority.tokenEndpoint,
    authority.deviceAuthorizationEndpoint,
  ].every((endpoint) => hosts.includes(new URL(endpoint).host));
}

function configurationUrl({ protocol, host, path, search, kind }: AuthorityUrl): string {
  const version = kind === "adfs" || path.endsWith("/v2.0") ? "" : "/v2.0";
  return `${protocol}//${host}${path}${version}/.well-known/openid-configuration${search}`;
}

function authorityOf(
  client: Client,
  url: AuthorityUrl,
  configuration: Record<string, unknown>,
  source: string,
): Authority {
  const where = withoutQuery(source);
  const issuerHosts = hostsOf(url.environment).filter(isKnownCloud);
  const aliases = [...issuerHosts, ...(client.aliases ?? [])];
  const vouched = isVouchedFor(client, url);
  const endpoint = (name: string): string => {
    const value = configuration[name];
    const parsed = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
    const allowed = parsed?.protocol === "https:" || (url.loopback && isLoopbackHttp(parsed));
    if (parsed === undefined || !allowed) {
      throw misconfigured(where, `its ${name} must be an https URL; it is ${shown(value)}`);
    }
    // RFC 6749 §3.1 and §3.2 forbid a fragment.
    if (parsed.username !== "" || parsed.password !== "" || parsed.hash !== "") {
      throw misconfigured(
        where,
        `its ${name} must be a URL without a user name, a password and a fragment; it is one on ${quote(parsed.host)}`,
      );
    }
    // Secrets, codes and passwords are sent there.
    if (!vouched && !isOwnHost(parsed, url, aliases)) {
      throw misconfigured(
        where,
        `its ${name} must be on the host ${quote(url.host)} or another name of it; it is ${shown(value)}`,
      );
    }
    // Not as it is written: a caller's httpClient may read `https://a\@b/` as a URL on b.
    return parsed.href;
  };
  const tokenEndpoint = endpoint("token_endpoint");
  const namesDevices = (configuration.device_authorization_endpoint ?? undefined) !== undefined;
  const realm = new URL(tokenEndpoint).pathname.split("/")[1] || url.tenant;
  const issuer = configuration.issuer;
  const fits =
    typeof issuer === "string" &&
    (issuerFits(issuer, url, aliases) ||
      ((vouched || url.kind === "ciam") && isCiamIssuer(issuer, realm)));
  if (!fits) {
    throw misconfigured(
      where,
      `its issuer must be an https URL on the host ${quote(url.host)} or another name of it; it is ${shown(issuer)}`,
    );
  }
  return {
    kind: url.kind,
    environment: url.environment,
    realm,
    authorizationEndpoint: endpoint("authorization_endpoint"),
    tokenEndpoint,
    deviceAuthorizationEndpoint: namesDevices
      ? endpoint("device_authorization_endpoint")
      : besides(tokenEndpoint),
    issuer,
    issuerHosts,
  };
}

/** Where Microsoft's providers give out device codes, those too that do not say so. */
function besides(tokenEndpoint: string): string {
  const url = new URL(tokenEndpoint);
  url.pathname = url.pathname.replace(/[^/]*\/?$/, "devicecode");
  return url.href;
}

/** Whether a discovered issuer belongs to the authority that was asked. */
function issuerFits(issuer: string, url: AuthorityUrl, aliases: readonly string[]): boolean {
  if (!URL.canParse(issuer)) return false;
  const parsed = new URL(issuer);
  if (parsed.protocol !== "https:" && !(url.loopback && isLoopbackHttp(parsed))) return false;
  return isOwnHost(parsed, url, aliases);
}

/** Whether a URL is on the authority's host, or on another name of it. */
function isOwnHost(found: URL, url: AuthorityUrl, aliases: readonly string[]): boolean {
  // Ports aside, but on this machine, where another port is another server.
  const same = url.loopback ? found.host === url.host : hostname(found) === url.environment;
  return same || aliases.includes(found.host);
}

const CIAM_ISSUER =
  /^https:\/\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.ciamlogin\.com\/\1(?:\/|$)/i;

/** CIAM's issuer names the tenant's GUID where the authority names the tenant, or is a domain of its own. */
function isCiamIssuer(issuer: string, realm: string): boolean {
  return CIAM_ISSUER.exec(issuer)?.[1]?.toLowerCase() === realm.toLowerCase();
}

/** A host that the developer alone knows: it may have its endpoints wherever it likes. */
function isVouchedFor(
  { validateAuthority, instanceDiscovery }: Client,
  url: AuthorityUrl,
): boolean {
  if (url.known || url.kind !== "entra") return false;
  return url.loopback || !validateAuthority || !instanceDiscovery;
}

function hostname(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function isLoopbackHttp(url: URL | undefined): boolean {
  return url?.protocol === "http:" && isLoopback(url.hostname);
}

function misconfigured(where: string, reason: string): MsalError {
  return new MsalError(
    "invalid_authority",
    `The OpenID configuration at ${where} was refused: ${reason}. Check that the authority is the one you mean.`,
  );
}

function notFound(url: AuthorityUrl, status: number, text: string): MsalError {
  const said = /AADSTS\d+: [^"\r\n]*?(?= Trace ID:|["\r\n]|\\r|$)/.exec(text)?.[0];
  return new MsalError(
    "invalid_authority",
    `There is no authority ${quote(`${url.protocol}//${url.host}${url.path}`)}: its OpenID configuration was answered with status ${status}${said ? ` (${said})` : ""}. Check the names in it; the form is ${FORMS[url.kind]}.`,
  );
}

function shown(value: unknown): string {
  return typeof value === "string"
    ? quote(withoutQuery(value))
    : value === undefined
      ? "absent"
      : typeof value;
}

/**
 * Other names of the authority's host: from the built-in table, and from the network for a host that is
 * not in it. Who cannot be asked has no aliases; no call fails for that.
 */
export async function aliasesOf(call: Call, environment: string): Promise<readonly string[]> {
  const { client } = call;
  const { authorityUrl: url } = client;
  const builtInNames = hostsOf(environment).filter((host) => host !== environment);
  if (builtInNames.length > 0 || isKnownCloud(environment)) return builtInNames;
  if (url.loopback || url.kind !== "entra") return [];
  if (!client.validateAuthority || !client.instanceDiscovery) return [];
  if (client.aliases === undefined) {
    try {
      const instance = await share(call, "instance", (shared) => discoverInstance(shared, url));
      client.aliases ??= instance.aliases;
    } catch (error) {
      if (call.signal?.aborted) throw error;
      const status = error instanceof MsalServiceError ? ` (status ${error.status})` : "";
      client.logger.warn(
        `Other names of ${url.environment} could not be asked for${status}; going on as if it had none.`,
      );
      return [];
    }
  }
  return client.aliases.filter((host) => host !== environment);
}
