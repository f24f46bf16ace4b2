/**
 * User realm (§17.1): who checks a user's password.
 *
 * @module
 */
import type { Call } from "../call.js";
import { cloudOf } from "../clouds.js";
import { domainOf, isPersonal } from "../directory.js";
import { MEX_PATH, USERNAME_MIXED } from "./metadata.js";

/** Whom the federation server's assertions are for. */
export const AUDIENCE = "urn:federation:MicrosoftOnline";

/** The realm of a username: of its domain alone, whether or not there is such a user. */
export function userRealm(call: Call, username: string): object {
  const { config, directory } = call.emulation;
  const domain = domainOf(username);
  const tenant = directory.tenantOfDomain(domain);
  const common = { ver: "1.0", cloud_instance_name: cloudOf(call.url.hostname).instanceName };
  if (!tenant || isPersonal(tenant)) return { ...common, account_type: "Unknown" };
  const known = { ...common, domain_name: domain, cloud_audience_urn: AUDIENCE };
  if (!isFederated(config, domain)) return { ...known, account_type: "Managed" };
  const [version] = config.federation.wsTrust;
  return {
    ...known,
    account_type: "Federated",
    federation_protocol: "WSTrust",
    federation_metadata_url: `${call.base}${MEX_PATH}`,
    federation_active_auth_url: `${call.base}${USERNAME_MIXED[version ?? "2005"]}`,
  };
}

/** Whether the users of a domain have their passwords at the federation server. */
export function isFederated(config: Call["emulation"]["config"], domain: string): boolean {
  return config.federation.domains.includes(domain);
}
