import { describe, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Builds an authority from a cloud's host and a tenant. */
export class AuthorityBuilder {
  readonly #url: string;

  /**
   * @param instance - Host of the cloud, for example {@link AZURE_US_GOVERNMENT}.
   * @param tenant - GUID or domain of a tenant, `common`, `organizations` or `consumers`.
   * @throws {@link MsalError} `invalid_argument` if one of them is missing, or the instance is no host.
   */
  constructor(instance: string, tenant: string) {
    check("instance", instance, "the host of a cloud");
    check("tenant", tenant, "a GUID or a domain");
    const host = instance.replace(/\/+$/, "");
    if (host.includes("/")) {
      throw new MsalError(
        "invalid_argument",
        `instance must be a host alone, for example "login.microsoftonline.us"; it is ${quote(host.replace(/[?#].*$/s, ""))}. For a URL no AuthorityBuilder is needed: give it as the authority.`,
      );
    }
    this.#url = `https://${host}/${tenant.replace(/^\/+|\/+$/g, "")}`;
  }

  /** The authority's URL. */
  toString(): string {
    return this.#url;
  }
}

function check(name: string, value: unknown, what: string): void {
  if (typeof value === "string" && value.replace(/\//g, "").trim() !== "") return;
  throw new MsalError(
    "invalid_argument",
    `${name} must be ${what}; it is ${describe(value)}. Is the environment variable it comes from set?`,
  );
}
