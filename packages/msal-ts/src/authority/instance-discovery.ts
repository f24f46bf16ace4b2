/**
 * Asking Microsoft whether a host is one of its clouds, and what other names it has.
 *
 * @module
 */
import type { Call } from "../call.js";
import { quote } from "../describe.js";
import { MsalError } from "../errors.js";
import type { HttpRequest } from "../http/http-request.js";
import { jsonObject, unexpected } from "../http/json.js";
import { send } from "../http/send.js";
import type { AuthorityUrl } from "./authority-url.js";
import { AZURE_PUBLIC } from "./clouds.js";

/** What Microsoft says about a host. */
export interface Instance {
  /** Where the tenant's OpenID configuration is. */
  tenantDiscoveryEndpoint: string;
  /** All names of the host, its own included; empty when it has no others. */
  aliases: readonly string[];
}

/**
 * Asks about the host of an authority.
 *
 * @throws {@link MsalError} `invalid_authority` if Microsoft does not know it.
 */
export async function discoverInstance(call: Call, url: AuthorityUrl): Promise<Instance> {
  const query = new URLSearchParams({
    "api-version": "1.1",
    authorization_endpoint: `https://${url.host}${url.path}/oauth2/v2.0/authorize`,
  });
  const request: HttpRequest = {
    method: "GET",
    url: `https://${AZURE_PUBLIC}/common/discovery/instance?${query}`,
    headers: { accept: "application/json" },
  };
  const answer = await send(call, request);
  const instance = jsonObject(request, answer);
  if (instance.error === "invalid_instance") throw unknown(url);
  const endpoint = instance.tenant_discovery_endpoint;
  if (typeof endpoint !== "string" || !URL.canParse(endpoint) || !endpoint.startsWith("https:")) {
    throw unexpected(
      request,
      answer,
      "has no tenant_discovery_endpoint, which must be an https URL",
    );
  }
  return {
    tenantDiscoveryEndpoint: endpoint,
    aliases: aliasesIn(instance.metadata, url.environment),
  };
}

function aliasesIn(metadata: unknown, host: string): readonly string[] {
  if (!Array.isArray(metadata)) return [];
  for (const group of metadata) {
    const aliases: unknown = group?.aliases;
    if (!Array.isArray(aliases)) continue;
    const names = aliases.filter((alias): alias is string => typeof alias === "string");
    // A name becomes part of a URL.
    const hosts = names
      .map((name) => name.toLowerCase())
      .filter((name) => /^[a-z0-9.-]+$/.test(name));
    if (hosts.includes(host)) return hosts;
  }
  return [];
}

function unknown(url: AuthorityUrl): MsalError {
  return new MsalError(
    "invalid_authority",
    `invalid_instance: the host ${quote(url.host)} is not one of Microsoft's clouds. Check its spelling; if it is an identity provider that you know and trust, set instanceDiscovery: false.`,
  );
}
