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
  if (version === 1) return `https://${cloudOf(call.url.hostname).tokenIssuer}/${tenantId}/`;
  return `${call.base}/${tenantId}/v2.0`;
}
