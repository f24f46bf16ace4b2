/**
 * Authority URLs: what a developer writes, taken apart.
 *
 * @module
 */
import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";
import { AuthorityBuilder } from "./authority-builder.js";
import { isKnownCloud } from "./clouds.js";

/** The platforms that speak the protocol, each with URLs of its own. */
export type AuthorityKind = "entra" | "adfs" | "b2c" | "ciam";

/** An authority URL, taken apart. */
export interface AuthorityUrl {
  readonly kind: AuthorityKind;
  /** `https`, or `http` on loopback. */
  readonly protocol: string;
  /** Host without port, in lower case: the `environment` of cache rows. */
  readonly environment: string;
  /** Host with its port. */
  readonly host: string;
  /** First path segment, as it was written. */
  readonly tenant: string;
  /** Path without slashes at its end. */
  readonly path: string;
  /** Query with its `?`, or `""`. */
  readonly search: string;
  /** One of Microsoft's clouds. */
  readonly known: boolean;
  /** A server on this machine: plain http will do, and nobody else knows it. */
  readonly loopback: boolean;
}

/** How authorities are written. */
export const FORMS: Readonly<Record<AuthorityKind, string>> = {
  entra: "https://login.microsoftonline.com/{tenant}",
  adfs: "https://{host}/adfs",
  b2c: "https://{name}.b2clogin.com/{name}.onmicrosoft.com/{policy}",
  ciam: "https://{name}.ciamlogin.com/{tenant}",
};

const B2C_HOST = /\.b2clogin\.(?:com|cn|us|de)$/;
const CIAM_HOST = /^(.+)\.ciamlogin\.com$/;

/**
 * Takes an authority apart.
 *
 * @throws {@link MsalError} `invalid_authority`, or `invalid_argument` if it is no URL at all.
 */
export function parseAuthority(authority: unknown): AuthorityUrl {
  const url = urlOf(authority);
  const written = quote(`${url.protocol}//${url.host}${url.pathname}`);
  const loopback = isLoopback(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw invalid(`must begin with https:// (http:// is for localhost alone); it is ${written}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid(`must not hold a user name or a password; it is one at ${quote(url.host)}`);
  }
  const path = url.pathname.replace(/\/+$/, "");
  const segments = path.split("/").slice(1);
  const [, ciamName] = CIAM_HOST.exec(url.hostname) ?? [];
  const tenant = segments[0] || (ciamName && `${ciamName}.onmicrosoft.com`);
  if (!tenant) {
    throw invalid(`must name a tenant after the host; it is ${written}`);
  }
  if (!/^[\w.~-]+$/.test(tenant)) {
    throw invalid(
      `must name a tenant by GUID or domain; ${written} has ${quote(decodeURIComponentSafely(tenant))} in its place, perhaps a placeholder that was not filled in`,
    );
  }
  const names = [url.hostname.split("."), segments].flat();
  const unset = names.find((name) => name === "undefined" || name === "null");
  if (unset !== undefined) {
    throw invalid(
      `must name what it is for; ${written} has ${quote(unset)} in its place, so the variable it was made from is not set`,
    );
  }
  const placeholder = segments.map(decodeURIComponentSafely).find((name) => /[{}<>]/.test(name));
  if (placeholder !== undefined) {
    throw invalid(
      `must name a policy; ${written} has ${quote(placeholder)} in its place, a placeholder that was not filled in`,
    );
  }
  const kind = kindOf(url.hostname, segments);
  const known = isKnownCloud(url.hostname) && url.port === "";
  if (known && kind === "entra" && segments.length > 1 && segments[0] !== "tfp") {
    throw invalid(
      `must end with the tenant; ${written} goes on after it. Give ${quote(`https://${url.host}/${tenant}`)}`,
    );
  }
  return {
    kind,
    protocol: url.protocol,
    environment: url.hostname.replace(/^\[|\]$/g, ""),
    host: url.host,
    tenant,
    path: path === "" ? `/${tenant}` : path,
    search: url.search,
    known,
    loopback,
  };
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

function kindOf(host: string, segments: readonly string[]): AuthorityKind {
  if (CIAM_HOST.test(host)) return "ciam";
  if (segments[0]?.toLowerCase() === "adfs") return "adfs";
  const policy = segments[0]?.toLowerCase() === "tfp" ? segments[2] : segments[1];
  if (B2C_HOST.test(host) || policy?.toLowerCase().startsWith("b2c_")) return "b2c";
  return "entra";
}

function urlOf(authority: unknown): URL {
  if (authority instanceof URL || authority instanceof AuthorityBuilder) {
    return urlOf(authority.toString());
  }
  if (typeof authority !== "string") {
    throw new MsalError(
      "invalid_argument",
      `authority must be a URL, for example "https://login.microsoftonline.com/your-tenant"; it is ${describe(authority)}.`,
    );
  }
  try {
    return new URL(authority);
  } catch {
    // Not shown: what is no URL may be a secret in the wrong place.
    throw invalid(`must be a URL with https:// and a tenant; it is ${describe(authority)}`);
  }
}

function invalid(reason: string): MsalError {
  return new MsalError(
    "invalid_authority",
    `The authority ${reason}. Examples: ${FORMS.entra}, ${FORMS.ciam}, ${FORMS.b2c}.`,
  );
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
