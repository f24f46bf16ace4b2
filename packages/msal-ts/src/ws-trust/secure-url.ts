import { isLoopback } from "../authority/authority-url.js";
import type { Call } from "../call.js";

/**
 * Whether a federation server's URL may be sent a password: https, or http on this machine, for an
 * authority that is there, too.
 */
export function isSecure({ client }: Call, url: string): boolean {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (client.authorityUrl.loopback && isLoopback(hostname));
}
