/**
 * What an interactive sign-in needs of a desktop, where there is none: workers, edge functions, web pages.
 *
 * @module
 */
import { MsalError } from "../errors.js";

/** An HTTP server that this computer alone can reach. It listens from the start. */
export interface LoopbackServer {
  readonly port: number;
  /**
   * Waits for a request whose query is the one waited for.
   *
   * @param pageFor - The page to answer a query with: HTML. `undefined`: it is not the one, and waiting goes on.
   * @returns The first query that got a page. Later ones get none.
   */
  receive(pageFor: (query: URLSearchParams) => string | undefined): Promise<URLSearchParams>;
  /** Sees that page through, stops listening, and breaks what is still open. */
  close(): Promise<void>;
}

/**
 * Listens on the loopback addresses.
 *
 * @param port - 0: a free one.
 * @throws MsalError `unsupported_runtime`: here nothing can listen.
 */
export async function listen(_port: number): Promise<LoopbackServer> {
  throw unsupported();
}

/**
 * Opens a URL in the system's browser.
 *
 * @param notOpened - Told why, if nothing opened; perhaps only after a while.
 * @throws MsalError `unsupported_runtime`: here is no browser to open.
 */
export async function openInBrowser(
  _url: string,
  _notOpened: (why: MsalError) => void,
): Promise<void> {
  throw unsupported();
}

function unsupported(): MsalError {
  return new MsalError(
    "unsupported_runtime",
    "acquireTokenInteractive opens a browser and listens on localhost, which takes Node.js on the user's computer. Elsewhere, use initiateAuthCodeFlow and acquireTokenByAuthCodeFlow.",
  );
}
