/**
 * What cannot be done in less: a function that returns, an answer that is read, a signature, a request.
 *
 * @module
 */
import { createPrivateKey, createSign } from "node:crypto";
import { Agent, request } from "node:https";
import { answer, CLIENT_ID, signIn, TENANT } from "../fixtures.js";
import type { Work } from "../timing.js";
import type { Library, Server } from "./library.js";

const FORM = new URLSearchParams({
  client_id: CLIENT_ID,
  client_secret: "secret",
  grant_type: "client_credentials",
  scope: "https://graph.microsoft.com/.default",
}).toString();
const HEADERS = { "content-type": "application/x-www-form-urlencoded" };

/** Floors of what needs no network. */
export const library: Library = {
  operations: {
    async constant() {
      const constant = async () => "token";
      return { call: constant };
    },
    async parsing() {
      const text = JSON.stringify(answer(signIn(0)));
      return { call: async () => JSON.parse(text) as unknown };
    },
    async signature(_size, { privateKey }) {
      const key = createPrivateKey(privateKey);
      const text = "a".repeat(500);
      return { call: async () => createSign("RSA-SHA256").update(text).sign(key) };
    },
  },
  misses: ({ url }) => {
    const agent = new Agent({ keepAlive: true });
    return () => ({ call: () => post(url, agent) });
  },
};

function post(url: string, agent: Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = {
      method: "POST",
      agent,
      headers: { ...HEADERS, "content-length": FORM.length },
    };
    const outgoing = request(`${url}/${TENANT}/oauth2/v2.0/token`, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => resolve(tokenIn(Buffer.concat(chunks).toString())));
    });
    outgoing.on("error", reject);
    outgoing.end(FORM);
  });
}

/** The same by `fetch`. */
export function missesByFetch({ url }: Server): (lane: number) => Work {
  return () => ({
    async call() {
      const options = { method: "POST", headers: HEADERS, body: FORM };
      const response = await fetch(`${url}/${TENANT}/oauth2/v2.0/token`, options);
      return tokenIn(await response.text());
    },
  });
}

function tokenIn(text: string): string {
  const { access_token: token } = JSON.parse(text) as { access_token?: string };
  if (token === undefined) throw new Error("no token");
  return token;
}
