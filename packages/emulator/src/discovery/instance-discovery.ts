/**
 * Instance discovery: whether a host is one of the platform's, and what else it is called.
 *
 * @module
 */
import type { Call } from "../call.js";
import { CLOUDS, findCloud, LOOPBACK } from "../clouds.js";
import { entraError } from "../entra-error.js";

/** Answers for the clouds' hosts and for our own. */
export function instanceDiscovery(call: Call): object {
  const version = checkVersion(call.query["api-version"]);
  const asked = checkEndpoint(call.query.authorization_endpoint);
  checkHost(call, asked);
  const [, tenant, ...rest] = asked.pathname.split("/");
  const v2 = rest.includes("v2.0") ? "v2.0/" : "";
  return {
    tenant_discovery_endpoint: `${asked.origin}/${tenant}/${v2}.well-known/openid-configuration`,
    "api-version": version,
    ...(version === "1.1" && { metadata: metadata(call, asked) }),
  };
}

function checkVersion(version: string | undefined): string {
  if (version === "1.0" || version === "1.1") return version;
  throw entraError(50050);
}

function checkEndpoint(endpoint: string | undefined): URL {
  if (!endpoint || !URL.canParse(endpoint)) throw entraError(50050);
  const url = new URL(endpoint);
  if (!/^https?:$/.test(url.protocol) || url.pathname.length < 2) throw entraError(50050);
  return url;
}

function checkHost(call: Call, asked: URL): void {
  if (findCloud(asked.hostname) || asked.host === call.url.host) return;
  // Whatever host was called, we know where we listen, under each name of this machine.
  const own = new URL(`${asked.protocol}//${new URL(call.emulation.url).host}`);
  if (!LOOPBACK.includes(asked.hostname) || asked.port !== own.port) throw entraError(50049);
}

/** All clouds, and an entry of our own so that clients trust an emulator on localhost. */
function metadata(call: Call, asked: URL): object[] {
  const clouds = CLOUDS.map((cloud) => ({
    preferred_network: cloud.preferredNetwork,
    preferred_cache: cloud.preferredCache,
    aliases: cloud.aliases,
  }));
  const own = [asked, call.url].find((url) => !findCloud(url.hostname));
  if (!own) return clouds;
  const aliases = [...new Set([own.host, own.hostname])];
  return [...clouds, { preferred_network: own.host, preferred_cache: own.host, aliases }];
}
