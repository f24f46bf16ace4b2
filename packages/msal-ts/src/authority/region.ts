/**
 * Regional endpoints: an application that runs in Azure asks for its own tokens near where it runs.
 *
 * Spec: Microsoft's regional token service (ESTS-R); Azure Instance Metadata Service.
 *
 * @module
 */
import type { Call } from "../call.js";
import { send } from "../http/send.js";
import { share } from "../http/share.js";
import { hostsOf } from "./clouds.js";
import { isRegion } from "./region-name.js";
import type { Authority } from "./resolve-authority.js";

/** Where a virtual machine is told where it runs. */
const METADATA_SERVICE =
  "http://169.254.169.254/metadata/instance/compute/location?format=text&api-version=2021-01-01";

/** Outside of Azure nobody answers there: do not wait long. Milliseconds. */
const PROBE_TIMEOUT = 2000;

/**
 * Token endpoint of the region that the client is to use; the authority's own when there is none. A region
 * that was not found is not looked for again.
 */
export async function regionalTokenEndpoint(call: Call, authority: Authority): Promise<string> {
  const { client } = call;
  const { azureRegion } = client;
  // An address has no hosts below it.
  const address = /^[\d.]+$|:/.test(authority.environment);
  if (azureRegion === undefined || authority.kind !== "entra" || address) {
    return authority.tokenEndpoint;
  }
  if (azureRegion !== true) return inRegion(authority, azureRegion);
  if (client.detectedRegion === undefined) {
    const detected = await share(call, "region", detect);
    client.detectedRegion ??= detected;
  }
  const region = client.detectedRegion;
  return region === "" ? authority.tokenEndpoint : inRegion(authority, region);
}

/** The same endpoint at a region's host. Tokens are the same, too: the cache keeps them under the authority's. */
function inRegion({ tokenEndpoint, environment }: Authority, region: string): string {
  const url = new URL(tokenEndpoint);
  const central = hostsOf("login.microsoft.com").includes(environment)
    ? "login.microsoft.com"
    : environment;
  url.hostname = `${region}.${central}`;
  return url.href;
}

/** Where this runs; `""` when nobody knows. */
async function detect(call: Call): Promise<string> {
  try {
    // Some runtimes throw at who reads the environment without permission.
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    const named = process?.env?.REGION_NAME?.replace(/\s+/g, "").toLowerCase();
    if (isRegion(named)) return named;
    const headers = { metadata: "true" };
    const timeout = Math.min(PROBE_TIMEOUT, call.client.timeout);
    const { status, text } = await send(call, {
      method: "GET",
      url: METADATA_SERVICE,
      headers,
      timeout,
      direct: true,
    });
    const region = text.trim().toLowerCase();
    if (status === 200 && isRegion(region)) return region;
  } catch (error) {
    if (call.signal?.aborted) throw error;
  }
  call.client.logger.warn(
    "The option azureRegion asks for the region this runs in, and it cannot be found (neither REGION_NAME nor the instance metadata service tells): the global endpoint is used.",
  );
  return "";
}
