/**
 * Who issues tokens.
 *
 * @module
 */
import type { Call } from "../call.js";
import { cloudOf } from "../clouds.js";

/** Version of a token, and of the endpoints that use it. */
export type TokenVersion = 1 | 2;

/** The issuer for a tenant. Without one it is the template that authorities for many tenants publish. */
export function issuerOf(call: Call, tenantId = "{tenantid}", version: TokenVersion = 2): string {
  if (call.platform === "adfs") return `${call.base}/adfs`;
  if (call.platform === "b2c") return b2cIssuer(call, tenantId);
  // External ID issues under the tenant's GUID, whatever its host is called.
  if (call.platform === "ciam") return `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`;
  if (version === 1) return `https://${cloudOf(call.url.hostname).tokenIssuer}/${tenantId}/`;
  return `${call.base}/${tenantId}/v2.0`;
}

/** With a slash at its end; under `tfp` it names the user flow. */
function b2cIssuer({ base, userFlow }: Call, tenantId: string): string {
  return userFlow?.prefix === "tfp"
    ? `${base}/tfp/${tenantId}/${userFlow.policy}/v2.0/`
    : `${base}/${tenantId}/v2.0/`;
}
