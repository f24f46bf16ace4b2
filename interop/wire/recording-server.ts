/**
 * The one server that both libraries talk to: it answers by a case's script, and writes down what came.
 *
 * @module
 */
import { Agent, createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpClient } from "msal-ts";
import { type Endpoint, endpointOf, type Replies, type Reply, reply } from "./replies.js";

/** A request as it came. */
export interface RecordedRequest {
  method: string;
  /** Where it was meant to go. */
  url: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** One library's way through one case. */
export interface Run {
  id: string;
  requests: readonly RecordedRequest[];
  /** Brings every request here, whatever its host, by what the library hands over and nothing else. */
  httpClient: HttpClient;
}

/** A running server. */
export interface RecordingServer {
  url: string;
  begin(id: string, script: Replies): Run;
  close(): Promise<void>;
}

/** Starts the server on a free port of the loopback interface. */
export async function startRecordingServer(): Promise<RecordingServer> {
  const runs = new Map<string, { script: Replies; requests: RecordedRequest[] }>();
  const agent = new Agent({ keepAlive: true });
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding("utf8").toArray()).join("");
    const run = runs.get(`${request.headers["x-wire-run"]}`);
    const answer: Reply =
      run === undefined
        ? { status: 404, body: "No such run." }
        : answerTo(run, recorded(request, body));
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status ?? 200, answer.headers).end(text);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    begin: (id, script) => {
      const requests: RecordedRequest[] = [];
      runs.set(id, { script, requests });
      return { id, requests, httpClient: clientOf(url, id, agent) };
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function recorded({ method = "", headers }: IncomingMessage, body: string): RecordedRequest {
  const { "x-wire-url": url, "x-wire-run": _, ...rest } = headers;
  return { method, url: `${url}`, headers: rest as Record<string, string>, body };
}

function answerTo(
  { script, requests }: { script: Replies; requests: RecordedRequest[] },
  request: RecordedRequest,
): Reply {
  // To a host that cannot be, MSAL Python would find no way.
  if (!URL.canParse(request.url)) return { status: 404, body: "There is no such host." };
  const url = new URL(request.url);
  const endpoint = endpointOf(url);
  const answered = requests.filter((earlier) => isFor(earlier, endpoint)).length;
  requests.push(request);
  if (endpoint === undefined) return { status: 404, body: "Nobody answers here." };
  return reply(script, endpoint, { url, form: new URLSearchParams(request.body) }, answered);
}

function isFor({ url }: RecordedRequest, endpoint: Endpoint | undefined): boolean {
  return endpointOf(new URL(url)) === endpoint;
}

function clientOf(server: string, run: string, agent: Agent): HttpClient {
  return (url, { method, headers, body }) =>
    new Promise((resolve, reject) => {
      const marks = { "x-wire-url": url, "x-wire-run": run };
      const sent = send(server, { agent, method, headers: { ...headers, ...marks } });
      sent.on("error", reject);
      sent.on("response", async (answer) => {
        const text = (await answer.setEncoding("utf8").toArray()).join("");
        resolve({
          status: answer.statusCode ?? 0,
          headers: new Headers(answer.headers as Record<string, string>),
          text: async () => text,
        });
      });
      sent.end(body);
    });
}
