/**
 * The clouds of Microsoft Entra: which hosts are one and the same, and where their endpoints are. Built
 * in, so that a known cloud costs no discovery request and its aliases work offline.
 *
 * @module
 */

/** Microsoft Entra, worldwide. */
export const AZURE_PUBLIC = "login.microsoftonline.com";
/** Microsoft Azure operated by 21Vianet, China. */
export const AZURE_CHINA = "login.chinacloudapi.cn";
/** Microsoft Azure for the US Government. */
export const AZURE_US_GOVERNMENT = "login.microsoftonline.us";

/** One cloud. */
interface Cloud {
  /** Its hosts; the one that issues its tokens comes first. */
  readonly hosts: readonly [string, ...string[]];
  /** Hosts that have endpoints under their own name; the others answer with the first host's. */
  readonly endpoints: readonly string[];
}

const CLOUDS: readonly Cloud[] = [
  {
    hosts: [AZURE_PUBLIC, "login.windows.net", "login.microsoft.com", "sts.windows.net"],
    endpoints: [AZURE_PUBLIC],
  },
  {
    hosts: ["login.partner.microsoftonline.cn", AZURE_CHINA],
    endpoints: ["login.partner.microsoftonline.cn", AZURE_CHINA],
  },
  { hosts: ["login.microsoftonline.de"], endpoints: ["login.microsoftonline.de"] },
  {
    hosts: [AZURE_US_GOVERNMENT, "login.usgovcloudapi.net"],
    endpoints: [AZURE_US_GOVERNMENT],
  },
  { hosts: ["login-us.microsoftonline.com"], endpoints: ["login-us.microsoftonline.com"] },
  { hosts: ["login.sovcloud-identity.fr"], endpoints: ["login.sovcloud-identity.fr"] },
  { hosts: ["login.sovcloud-identity.de"], endpoints: ["login.sovcloud-identity.de"] },
  { hosts: ["login.sovcloud-identity.sg"], endpoints: ["login.sovcloud-identity.sg"] },
];

const BY_HOST: ReadonlyMap<string, Cloud> = new Map(
  CLOUDS.flatMap((cloud) => cloud.hosts.map((host) => [host, cloud] as const)),
);

/** Made once: every cache look-up of an application asks. */
const NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  Array.from(BY_HOST, ([host, { hosts }]) => [
    host,
    [host, ...hosts.filter((other) => other !== host)],
  ]),
);

/** Whether a host is one of Microsoft's known clouds. */
export function isKnownCloud(host: string): boolean {
  return BY_HOST.has(host);
}

/** All names of a known cloud, the given one first; just the host itself for an unknown one. */
export function hostsOf(host: string): readonly string[] {
  return NAMES.get(host) ?? [host];
}

/** Host whose endpoints a known cloud's host answers with. */
export function endpointHost(host: string): string {
  const cloud = BY_HOST.get(host);
  return cloud === undefined || cloud.endpoints.includes(host) ? host : cloud.hosts[0];
}

/** Host that a known cloud's tokens name as their issuer. */
export function issuerHost(host: string): string {
  return BY_HOST.get(host)?.hosts[0] ?? host;
}
