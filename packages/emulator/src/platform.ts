/**
 * Which of Microsoft's platforms a URL belongs to: they speak one protocol, each in its own way.
 *
 * @module
 */
import { CIAM_HOST, isB2cHost } from "./clouds.js";

/** Entra ID; AD FS on a company's own servers; Azure AD B2C; External ID for customers. */
export type Platform = "entra" | "adfs" | "b2c" | "ciam";

/** A user flow of B2C, as a URL names it. */
export interface PolicyPath {
  /** `tfp` or `te`, which some URLs begin with. */
  readonly prefix: "tfp" | "te" | undefined;
  readonly tenant: string;
  /** In lower case. */
  readonly policy: string;
}

/** The platform of a URL; `ciamDomains` are the hosts that External ID has besides its own. */
export function platformOf(url: URL, ciamDomains: readonly string[]): Platform {
  if (/^\/adfs(\/|$)/i.test(url.pathname)) return "adfs";
  if (isB2cHost(url.hostname) || policyPath(url)) return "b2c";
  if (CIAM_HOST.test(url.hostname) || ciamDomains.includes(url.hostname)) return "ciam";
  return "entra";
}

/** The user flow that a URL names; undefined for one that names none. */
export function policyPath({ pathname }: URL): PolicyPath | undefined {
  const [, first = "", ...rest] = pathname.split("/");
  const lower = first.toLowerCase();
  const prefix = lower === "tfp" || lower === "te" ? lower : undefined;
  const [tenant = "", policy = ""] = prefix ? rest : [first, ...rest];
  if (!tenant || !/^b2c_/i.test(policy)) return undefined;
  return { prefix, tenant, policy: policy.toLowerCase() };
}

const AUTHORIZATION_CODE = "authorization_code";
const REFRESH_TOKEN = "refresh_token";
const PASSWORD = "password";
const CLIENT_CREDENTIALS = "client_credentials";

/** Grants of the platforms that do not have all (§18, §19.3). */
const GRANTS: Partial<Record<Platform, readonly string[]>> = {
  adfs: [
    ...[AUTHORIZATION_CODE, REFRESH_TOKEN, PASSWORD, CLIENT_CREDENTIALS],
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
  ],
  b2c: [AUTHORIZATION_CODE, REFRESH_TOKEN, PASSWORD, CLIENT_CREDENTIALS],
};

/** Whether a platform knows a grant. */
export function hasGrant(platform: Platform, grantType: string): boolean {
  return GRANTS[platform]?.includes(grantType) ?? true;
}
