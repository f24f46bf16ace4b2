/**
 * `@azure/msal-node` with its cache elsewhere, in a partition for each user.
 *
 * @module
 */
import {
  type ConfidentialClientApplication,
  DistributedCachePlugin,
  type ICacheClient,
} from "@azure/msal-node";
import { homeOf, signingIn } from "../fixtures.js";
import { create } from "../libraries/msal-node.js";

/**
 * An application over such a cache.
 *
 * @param user - Number of the user whom a call is about.
 */
export function partitionedApp(
  client: ICacheClient,
  user: () => number,
): ConfidentialClientApplication {
  const cachePlugin = new DistributedCachePlugin(client, {
    getKey: async () => homeOf(user()),
    extractKey: async ({ homeAccountId }) => homeAccountId,
  });
  return create(signingIn(user), { cachePlugin });
}
