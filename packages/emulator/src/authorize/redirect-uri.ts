/**
 * Where an answer may be sent (§4.4).
 *
 * @module
 */
import type { App } from "../config/resolve-config.js";
import { entraError } from "../entra-error.js";
import type { ClientType } from "../token/token-response.js";

/** A redirect URI that may be used, and the type of client it makes the request one of. */
export interface RedirectUri {
  readonly uri: string;
  readonly clientType: ClientType;
}

/** Types in the order they are tried. */
const TYPES: readonly ClientType[] = ["web", "spa", "publicClient"];

/**
 * Finds the registered redirect URI that was sent; the first one of all when none was.
 *
 * @throws EntraError 50011 or 500113
 */
export function findRedirectUri(client: App, sent: string | undefined): RedirectUri {
  for (const clientType of TYPES) {
    const registered = client.redirectUris[clientType];
    if (!sent && registered[0] !== undefined) return { uri: registered[0], clientType };
    const found = registered.some((uri) => sent && matches(uri, sent, clientType));
    if (sent && found) return { uri: sent, clientType };
  }
  if (!sent) throw entraError(500113);
  throw entraError(50011, { redirect_uri: sent, app: client.clientId });
}

/** Loopback over http stands for any port, except for single-page apps; all else is compared as it is. */
function matches(registered: string, sent: string, type: ClientType): boolean {
  if (registered === sent) return true;
  if (!URL.canParse(sent)) return false;
  const [ours, theirs] = [new URL(registered), new URL(sent)];
  if (theirs.hash || theirs.username || theirs.password) return false;
  const isLoopback = ours.hostname === "localhost" || ours.hostname === "127.0.0.1";
  if (ours.protocol === "http:" && isLoopback && type !== "spa") theirs.port = ours.port;
  return ours.href === theirs.href;
}
