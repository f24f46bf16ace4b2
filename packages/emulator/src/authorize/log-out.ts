/**
 * Signing out of the browser (§15). Tokens that were issued stay valid; front-channel logout URLs are not called.
 *
 * Spec: OpenID Connect RP-Initiated Logout 1.0
 *
 * @module
 */
import type { Call, Parameters } from "../call.js";
import type { App } from "../config/resolve-config.js";
import { EntraError } from "../entra-error.js";
import { sendPage } from "../pages/page.js";
import { signedOutPage } from "../pages/signed-out-page.js";
import { NOT_STORED, respond } from "../respond.js";
import { verifyJwt } from "../signing-keys.js";
import { sendErrorPage } from "./ask.js";
import { findRedirectUri } from "./redirect-uri.js";
import { forgetSessions } from "./sessions.js";

/** `GET` and `POST /{tenant}/oauth2/v2.0/logout`: back to the app if it may be, or a page that says so. */
export async function logOut(call: Call): Promise<Response> {
  if (call.refused) return sendErrorPage(call, call.refused);
  const parameters = { ...call.query, ...call.form };
  const forgotten = forgetSessions(call);
  const uri = parameters.post_logout_redirect_uri;
  const clients = await clientsOf(call, parameters);
  if (!uri || !clients.some((client) => isRegistered(client, uri))) {
    return sendPage(call, signedOutPage(), forgotten);
  }
  const location = new URL(uri);
  if (parameters.state !== undefined) location.searchParams.set("state", parameters.state);
  return respond(call, null, 302, { location: location.href, ...NOT_STORED, ...forgotten });
}

/** Whose redirect URI it has to be: the client's that is named, or anybody's if none is. */
async function clientsOf(
  { emulation }: Call,
  { client_id, id_token_hint }: Parameters,
): Promise<readonly App[]> {
  const hinted = id_token_hint ? (await verifyJwt(id_token_hint))?.aud : undefined;
  const named = client_id ?? (typeof hinted === "string" ? hinted : undefined);
  if (named === undefined) return id_token_hint ? [] : emulation.config.apps;
  const client = emulation.directory.app(named);
  return client ? [client] : [];
}

function isRegistered(client: App, uri: string): boolean {
  try {
    findRedirectUri(client, uri);
    return true;
  } catch (error) {
    if (error instanceof EntraError) return false;
    throw error;
  }
}
