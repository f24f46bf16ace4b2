/**
 * What the tests of the interactive sign-in share: browsers that are none, and requests that no browser
 * would make.
 *
 * @module
 */
import { type IncomingHttpHeaders, request } from "node:http";
import { connect, createServer } from "node:net";
import type { Emulator } from "@msal-ts/emulator";
import { ADA, PASSWORD } from "../setup.js";

/** A parameter of the URL that a sign-in opens. */
export function parameter(url: string, name: string): string {
  return new URL(url).searchParams.get(name) ?? "";
}

/** The redirect URI in that URL, with an answer in its query. */
export function redirectWith(url: string, answer: Record<string, string>): string {
  return `${parameter(url, "redirect_uri")}/?${new URLSearchParams(answer)}`;
}

/** What the redirect URI answered. */
export interface Visit {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Requests a URL of this computer, in whatever way. */
export function visit(
  url: string,
  {
    host = "127.0.0.1",
    method = "GET",
    headers = {},
    path,
  }: { host?: string; method?: string; headers?: Record<string, string>; path?: string } = {},
): Promise<Visit> {
  const { port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        ...{ host, port, method, path: path ?? `${pathname}${search}` },
        ...{ headers: { host: `localhost:${port}`, ...headers }, agent: false },
      },
      (incoming) => {
        let body = "";
        incoming.setEncoding("utf8");
        incoming.on("data", (chunk: string) => {
          body += chunk;
        });
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(method === "POST" ? "code=stolen" : undefined);
  });
}

/** Ada's {@link browserOf}. */
export function adasBrowser(idp: Emulator) {
  return browserOf(idp, ADA);
}

/** Something to hand over as `openBrowser`: a user signs in, and the answer is taken to the redirect URI. */
export function browserOf(idp: Emulator, username: string) {
  const visits: Promise<Visit>[] = [];
  const urls: string[] = [];
  return {
    /** What was opened. */
    urls,
    /** What was shown in the end. */
    shown: () => Promise.all(visits),
    openBrowser: async (url: string) => {
      urls.push(url);
      const answer = await idp.signIn(url, { username, password: PASSWORD });
      visits.push(visit(redirectWith(url, answer)));
      await visits.at(-1);
    },
  };
}

/** Whether something still listens there. */
export function listens(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** A port that nobody listens on, and that the system gives to no outgoing connection meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
