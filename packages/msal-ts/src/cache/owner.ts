/**
 * Whose rows are whose.
 *
 * @module
 */
import { type CacheEntry, text } from "./schema.js";

/** A user; an application in one tenant; or an assertion that was exchanged (on-behalf-of). */
export type Owner =
  | { readonly user: string }
  | { readonly app: string; readonly realm: string }
  | { readonly assertion: string };

/** Whose row it is; undefined when it does not say. */
export function ownerOf(entry: CacheEntry): Owner | undefined {
  const assertion = text(entry, "user_assertion_hash") ?? text(entry, "userAssertionHash");
  if (assertion !== undefined) return { assertion };
  const user = text(entry, "home_account_id");
  if (user !== undefined) return { user };
  const app = text(entry, "client_id");
  return app === undefined ? undefined : { app, realm: text(entry, "realm") ?? "" };
}
