/**
 * `@azure/msal-node`, for the questions about caches.
 *
 * @module
 */
import * as theirs from "@azure/msal-node";
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

/** The incumbent. */
export const msalNode: Library = { version: versionOf("@azure/msal-node"), text, load };

async function text(users: number, size: Size): Promise<string> {
  const one = theirApp(answer(size, signIn(size)));
  await one.acquireTokenByCode({
    code: "code",
    scopes: USER_SCOPES,
    redirectUri: "http://localhost",
  });
  return multiply(one.getTokenCache().serialize(), [USER], users);
}

function load(state: string): { save(): string } {
  const app = appOf(state);
  return { save: () => app.getTokenCache().serialize() };
}

function appOf(state: string): theirs.ConfidentialClientApplication {
  const app = theirApp(answer("short"));
  app.getTokenCache().deserialize(state);
  return app;
}

function theirApp(body: Record<string, unknown>): theirs.ConfidentialClientApplication {
  const reply = async <T>() => ({ headers: {}, status: 200, body: body as T });
  return new theirs.ConfidentialClientApplication({
    auth: { clientId: CLIENT_ID, authority: AUTHORITY, clientSecret: "secret" },
    system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
  });
}
