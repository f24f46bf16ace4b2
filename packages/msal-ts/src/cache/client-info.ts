/**
 * Who signed in, as Microsoft Entra says it beside the tokens: `client_info`.
 *
 * @module
 */
import { base64url, objectFromBase64 } from "../oauth/base64.js";

/** Ids of the user and of the user's home tenant. */
export interface ClientInfo {
  uid: string;
  utid: string;
}

/** Decodes `client_info`; undefined unless it names both user and tenant. */
export function readClientInfo(clientInfo: unknown): ClientInfo | undefined {
  if (typeof clientInfo !== "string") return undefined;
  const { uid, utid } = objectFromBase64(clientInfo) ?? {};
  if (typeof uid !== "string" || typeof utid !== "string" || !uid || !utid) return undefined;
  return { uid, utid };
}

/** Says who signed in as Microsoft Entra would, where something on this computer said it in other words. */
export function clientInfoOf(info: ClientInfo): string {
  return base64url(new TextEncoder().encode(JSON.stringify(info)));
}

/**
 * The header that routes a request to where the user's mailbox is; none for an id with characters that
 * do not belong into a header.
 *
 * @param user - `<uid>@<utid>`.
 */
export function routingHeader(user: string): Record<string, string> {
  return /^[\w.@-]+$/.test(user) ? { "X-AnchorMailbox": `Oid:${user}` } : {};
}
