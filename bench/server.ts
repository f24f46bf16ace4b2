/**
 * A token endpoint over TLS on loopback, in a process of its own: it says the same to everyone, as fast
 * as Node.js can. Its tokens have so little time left that no library serves them from its cache.
 *
 *     node dist/server.js < key and certificate, JSON
 *
 * It prints its port, and ends with its input.
 *
 * @module
 */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { answer } from "./fixtures.js";
import type { Certificate } from "./libraries/library.js";

const TOKEN = Buffer.from(JSON.stringify(answer({ expires_in: 240 })));

const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => listen(JSON.parse(line) as Certificate));
lines.once("close", () => process.exit());

function listen({ privateKey, certificate }: Certificate): void {
  const options = { key: privateKey, cert: certificate, keepAliveTimeout: 60_000 };
  const server: Server = createServer(options, (request, response) => {
    const body = request.method === "POST" ? TOKEN : configuration(server, request.url ?? "");
    request.resume();
    request.on("end", () => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      response.writeHead(200, headers).end(body);
    });
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

function configuration(server: Server, path: string): Buffer {
  const { port } = server.address() as AddressInfo;
  const base = `https://localhost:${port}/${path.split("/")[1]}`;
  return Buffer.from(
    JSON.stringify({
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_types_supported: ["code"],
    }),
  );
}
