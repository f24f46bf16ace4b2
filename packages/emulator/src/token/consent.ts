/**
 * Consent: what users have allowed a client to do in their name (§14).
 *
 * @module
 */
import type { Call } from "../call.js";
import type { App, User } from "../config/resolve-config.js";
import { consentKey } from "../emulation.js";
import { entraError } from "../entra-error.js";
import type { Grant } from "./scopes.js";

/** Whether a user's consent covers what is asked for; apps that need none have it. */
export function hasConsent({ emulation }: Call, client: App, user: User, grant: Grant): boolean {
  if (!client.requireConsent) return true;
  const consented = emulation.consents.get(consentKey(user.username, client.clientId));
  return (
    consented !== undefined && grant.scopes.every((scope) => consented.has(scopeKey(grant, scope)))
  );
}

/** @throws EntraError 65001 */
export function checkConsent(call: Call, client: App, user: User, grant: Grant): void {
  if (hasConsent(call, client, user, grant)) return;
  throw entraError(65001, { app: client.clientId, name: client.name });
}

/** Remembers a user's consent. */
export function addConsent({ emulation }: Call, client: App, user: User, grant: Grant): void {
  const key = consentKey(user.username, client.clientId);
  const consented = emulation.consents.get(key) ?? new Set();
  for (const scope of grant.scopes) consented.add(scopeKey(grant, scope));
  emulation.consents.set(key, consented);
}

function scopeKey({ resource }: Grant, scope: string): string {
  return `${resource.clientId}/${scope.toLowerCase()}`;
}
