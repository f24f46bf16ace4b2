/**
 * `msal-ts`, for the questions about caches.
 *
 * @module
 */
import * as ours from "msal-ts";
import {
  AUTHORITY,
  answer,
  CLIENT_ID,
  multiply,
  type Size,
  signIn,
  USER,
  USER_SCOPES,
} from "./answers.js";
import type { Library } from "./library.js";
import { versionOf } from "./version-of.js";

/** This library. */
export const msalTs: Library = { version: versionOf("msal-ts"), text, load };

async function text(users: number, size: Size): Promise<string> {
  const one = new ours.SerializableTokenCache();
  one.add(event(answer(size, signIn(size))));
  return multiply(one.serialize(), [USER], users);
}

function load(state: string): { save(): string } {
  const cache = cacheOf(state);
  return { save: () => cache.serialize() };
}

function cacheOf(state: string): ours.SerializableTokenCache {
  const cache = new ours.SerializableTokenCache();
  cache.deserialize(state);
  return cache;
}

function event(response: Record<string, unknown>): ours.TokenEvent {
  return {
    client_id: CLIENT_ID,
    scope: [...USER_SCOPES, "openid", "profile"],
    token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
    environment: "login.microsoftonline.com",
    response,
  };
}
