/**
 * The transport of every runtime but Node: the runtime's own `fetch`.
 *
 * @module
 */
import { MsalError } from "../errors.js";
import type { Transport, TransportOptions } from "./http-client.js";

/**
 * Makes the default `httpClient`.
 *
 * @throws MsalError `unsupported_runtime` if `verify` or `proxies` ask for what `fetch` cannot do.
 */
export function createTransport(options: TransportOptions): Transport {
  if (options.verify !== true) {
    throw new MsalError(
      "unsupported_runtime",
      "The option verify works on Node.js alone: fetch has no setting for certificates. Leave it out, or bring an httpClient that trusts what you trust.",
    );
  }
  if (options.proxies?.named) {
    throw new MsalError(
      "unsupported_runtime",
      "The option proxies works on Node.js alone: fetch has no setting for proxies. Leave it out (some runtimes obey HTTPS_PROXY by themselves), or bring an httpClient that goes through the proxy.",
    );
  }
  return async (url, { method, headers, body, ending }) => {
    const response = await fetch(url, {
      method,
      headers,
      signal: ending.native,
      redirect: "manual",
      ...(body !== undefined && { body }),
    });
    const text = await readText(response, options.maxBody);
    return { status: response.status, headers: response.headers, text: async () => text };
  };
}

/** Reads a body to its end, or to one byte past what we accept: `send` refuses it then. */
async function readText(response: Response, maxBody: number): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    text += decoder.decode(value, { stream: true });
    if (size > maxBody) {
      await reader.cancel();
      return text.padEnd(maxBody + 1);
    }
  }
}
