/** Builds an authority from a cloud's host and a tenant. */
export class AuthorityBuilder {
  readonly #url: string;

  /**
   * @param instance - Host of the cloud, for example {@link AZURE_US_GOVERNMENT}.
   * @param tenant - GUID or domain of a tenant, `common`, `organizations` or `consumers`.
   */
  constructor(instance: string, tenant: string) {
    this.#url = `https://${instance.replace(/\/+$/, "")}/${tenant.replace(/^\/+|\/+$/g, "")}`;
  }

  /** The authority's URL. */
  toString(): string {
    return this.#url;
  }
}
