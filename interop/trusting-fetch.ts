/**
 * `fetch` that trusts a certificate authority of ours: Node's own reads what it trusts once, at its start.
 *
 * @module
 */
import { request as httpsRequest } from "node:https";

/** A `fetch` whose TLS checks are on, and pass for this authority alone. It follows no redirects. */
export function trustingFetch(
  ca: string,
): (...args: Parameters<typeof fetch>) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = await request.text();
    return new Promise((resolve, reject) => {
      const sent = httpsRequest(
        request.url,
        { ca, agent: false, method: request.method, headers: Object.fromEntries(request.headers) },
        async (answer) => {
          const text = (await answer.setEncoding("utf8").toArray()).join("");
          const headers = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          );
          resolve(new Response(text, { status: answer.statusCode ?? 0, headers }));
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  };
}
