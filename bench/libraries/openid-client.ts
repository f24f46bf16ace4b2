/**
 * The certified client of OpenID Connect: it has no cache, so each call asks.
 *
 * @module
 */
import { ClientSecretPost, Configuration, clientCredentialsGrant } from "openid-client";
import { CLIENT_ID, TENANT } from "../fixtures.js";
import type { Library } from "./library.js";

/** Adapter for `openid-client`. */
export const library: Library = {
  operations: {},
  misses: ({ url }) => {
    const server = {
      issuer: `${url}/${TENANT}/v2.0`,
      token_endpoint: `${url}/${TENANT}/oauth2/v2.0/token`,
    };
    const config = new Configuration(server, CLIENT_ID, undefined, ClientSecretPost("secret"));
    return (lane) => ({
      call: () => clientCredentialsGrant(config, { scope: `api://lane-${lane}/.default` }),
    });
  },
};
