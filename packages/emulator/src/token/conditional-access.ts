/**
 * Conditional Access (§12): resources that ask for more than a password. What more that is has no page here:
 * signing in once again, in a browser and for that resource, is taken for it.
 *
 * Spec: learn.microsoft.com/entra/identity-platform/claims-challenge
 *
 * @module
 */
import type { Call } from "../call.js";
import type { App } from "../config/resolve-config.js";
import { type EntraError, entraError } from "../entra-error.js";
import type { SignIn } from "./claims.js";
import type { ClaimsRequest } from "./claims-request.js";

/** Ids of the policies that tokens for some resources, and a claims challenge, ask for. */
export function policiesFor(
  { emulation, platform }: Call,
  resources: readonly App[],
  { policies: challenged }: ClaimsRequest,
): readonly string[] {
  if (platform === "adfs" || platform === "b2c") return [];
  const { config, directory } = emulation;
  return config.conditionalAccess
    .filter(({ id, resource }) => {
      const app = directory.resource(resource);
      return challenged.includes(id) || resources.some((one) => one === app);
    })
    .map(({ id }) => id);
}

/** @throws EntraError 50076 with the claims to sign in with, if a sign-in is not enough for a resource. */
export function checkConditionalAccess(
  call: Call,
  resource: App,
  claims: ClaimsRequest,
  { satisfied }: Pick<SignIn, "satisfied">,
): void {
  const missing = policiesFor(call, [resource], claims).filter((id) => !satisfied.includes(id));
  if (missing.length > 0) throw insufficient(missing, resource.clientId);
}

/** The refusal, with the claims that the next sign-in has to ask for. */
export function insufficient(policies: readonly string[], resource: string): EntraError {
  const claims = { access_token: { capolids: { essential: true, values: policies } } };
  return entraError(50076, { resource }, { claims: JSON.stringify(claims) });
}
