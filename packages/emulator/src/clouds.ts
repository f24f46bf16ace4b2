/**
 * The clouds of the platform and the names their login hosts answer to.
 *
 * @module
 */

/** One cloud: what it is called and where its neighbours are. */
export interface Cloud {
  /** Host that documents speak of, whichever alias was called. */
  readonly preferredNetwork: string;
  readonly preferredCache: string;
  readonly aliases: readonly string[];
  /** Issuer host of v1 tokens. */
  readonly tokenIssuer: string;
  readonly instanceName: string;
  readonly graphHost: string;
  readonly msgraphHost: string;
  readonly rbacUrl: string;
}

const PUBLIC: Cloud = {
  preferredNetwork: "login.microsoftonline.com",
  preferredCache: "login.windows.net",
  aliases: [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
  ],
  tokenIssuer: "sts.windows.net",
  instanceName: "microsoftonline.com",
  graphHost: "graph.windows.net",
  msgraphHost: "graph.microsoft.com",
  rbacUrl: "https://pas.windows.net",
};

const US_GOVERNMENT = {
  tokenIssuer: "sts.windows.net",
  instanceName: "microsoftonline.us",
  graphHost: "graph.windows.net",
  msgraphHost: "graph.microsoft.us",
  rbacUrl: "https://pasff.usgovcloudapi.net",
};

/** In the order instance discovery lists them. */
export const CLOUDS: readonly Cloud[] = [
  PUBLIC,
  {
    preferredNetwork: "login.partner.microsoftonline.cn",
    preferredCache: "login.partner.microsoftonline.cn",
    aliases: ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
    tokenIssuer: "sts.chinacloudapi.cn",
    instanceName: "partner.microsoftonline.cn",
    graphHost: "graph.chinacloudapi.cn",
    msgraphHost: "microsoftgraph.chinacloudapi.cn",
    rbacUrl: "https://pas.chinacloudapi.cn",
  },
  {
    ...PUBLIC,
    preferredNetwork: "login.microsoftonline.de",
    preferredCache: "login.microsoftonline.de",
    aliases: ["login.microsoftonline.de"],
    instanceName: "microsoftonline.de",
    msgraphHost: "graph.microsoft.de",
  },
  {
    ...US_GOVERNMENT,
    preferredNetwork: "login.microsoftonline.us",
    preferredCache: "login.microsoftonline.us",
    aliases: ["login.microsoftonline.us", "login.usgovcloudapi.net"],
  },
  {
    ...US_GOVERNMENT,
    preferredNetwork: "login-us.microsoftonline.com",
    preferredCache: "login-us.microsoftonline.com",
    aliases: ["login-us.microsoftonline.com"],
  },
  sovereign("fr"),
  sovereign("de"),
  sovereign("sg"),
];

/** A national cloud of a partner. What its neighbours are called is not known: they are the public cloud's. */
function sovereign(country: string): Cloud {
  const host = `login.sovcloud-identity.${country}`;
  return {
    ...PUBLIC,
    preferredNetwork: host,
    preferredCache: host,
    aliases: [host],
    instanceName: `sovcloud-identity.${country}`,
  };
}

const BY_ALIAS = new Map(
  CLOUDS.flatMap((cloud) => cloud.aliases.map((alias) => [alias, cloud] as const)),
);

/** The cloud a login host belongs to, by one of its names or a region's; absent for hosts of nobody we know, such as our own. */
export function findCloud(hostname: string): Cloud | undefined {
  return BY_ALIAS.get(hostname) ?? BY_ALIAS.get(centralHost(hostname));
}

/** Whether a host is that of one region of a cloud, for example `westus2.login.microsoft.com`. */
export function isRegional(hostname: string): boolean {
  return !BY_ALIAS.has(hostname) && BY_ALIAS.has(centralHost(hostname));
}

function centralHost(hostname: string): string {
  return hostname.slice(hostname.indexOf(".") + 1);
}

/** Hosts of External ID for customers; the first label names the tenant. */
export const CIAM_HOST: RegExp = /^[a-z0-9-]+\.ciamlogin\.com$/;

/** Whether a host is one of B2C's. */
export function isB2cHost(hostname: string): boolean {
  return /^[a-z0-9-]+\.b2clogin\.(com|cn|us|de)$/.test(hostname);
}

/** Names of this machine, as hosts of URLs. */
export const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** The cloud whose facts describe a host; for a host of nobody we know these are the public cloud's. */
export function cloudOf(hostname: string): Cloud {
  return findCloud(hostname) ?? PUBLIC;
}

/**
 * What URLs in documents and issuers begin with: an alias answers in the name of its cloud's preferred
 * host, every other host in its own name, port included, because clients compare the two.
 */
export function baseUrl(called: URL): string {
  const cloud = findCloud(called.hostname);
  return cloud ? `https://${cloud.preferredNetwork}` : called.origin;
}
