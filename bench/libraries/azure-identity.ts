/**
 * Microsoft's credentials for Azure's SDKs.
 *
 * @module
 */
import { ClientSecretCredential } from "@azure/identity";
import { APP_SCOPES, answer, CLIENT_ID, cycle, inTurn, TENANT, tenantOf } from "../fixtures.js";
import type { Library } from "./library.js";

const OPTIONS = { additionallyAllowedTenants: ["*"], disableInstanceDiscovery: true };

/** Adapter for `@azure/identity`. It says nothing about where a token comes from, so we count requests. */
export const library: Library = {
  operations: {
    async appHit(size) {
      let requests = 0;
      const body = JSON.stringify(answer());
      const credential = new ClientSecretCredential(TENANT, CLIENT_ID, "secret", {
        ...OPTIONS,
        retryOptions: { maxRetries: 0 },
        httpClient: {
          async sendRequest(request) {
            requests++;
            return { request, status: 200, headers: request.headers, bodyAsText: body };
          },
        },
      });
      // Its cache has no door but this one.
      for (let i = 0; i < size; i++) {
        await credential.getToken(APP_SCOPES, { tenantId: tenantOf(i) });
      }
      const filled = requests;
      const next = cycle(inTurn(size).map(tenantOf));
      return {
        async call() {
          await credential.getToken(APP_SCOPES, { tenantId: next() });
          if (requests !== filled) throw new Error("not from the cache");
        },
      };
    },
  },

  misses: ({ url }) => {
    const options = { ...OPTIONS, authorityHost: url };
    const credential = new ClientSecretCredential(TENANT, CLIENT_ID, "secret", options);
    return (lane) => ({ call: () => credential.getToken(`api://lane-${lane}/.default`) });
  },
};
