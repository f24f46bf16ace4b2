/**
 * A server that lives for months: half a million tokens, from the cache, from the network, for refresh
 * tokens, refused, unanswered; and ten thousand callers who gave up. Nothing of it may stay behind: no memory,
 * no socket, no timer, no listener.
 */
import { getEventListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Account, ConfidentialClientApplication, TokenCache, unwrap } from "msal-ts";

const ACQUISITIONS = 500_000;
const ABORTED = 10_000;

/** Calls under way at any moment. */
const WORKERS = 32;

const USERS = 100;

/** Bytes that the heap may have grown by since it was warm: code that was compiled later, not what calls left. */
const GROWTH = 4 * 1024 * 1024;

const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";

/** Kinds of calls, and how many of a hundred there are of each. */
const MIX: Record<Kind, number> = {
  hit: 70,
  miss: 12,
  refresh: 12,
  refused: 3,
  failed: 2,
  reset: 1,
};

type Kind = "hit" | "miss" | "refresh" | "refused" | "failed" | "reset";

/** What a process holds on to. */
interface Footprint {
  heap: number;
  sockets: number;
  timers: number;
}

export async function soakAcquisitions(scale: number): Promise<string> {
  const warnings: string[] = [];
  const warn = (warning: Error) => void warnings.push(warning.message);
  process.on("warning", warn);
  const server = await listen();
  const { app, accounts } = createApp(server);
  try {
    const count = Math.ceil(ACQUISITIONS * scale);
    const aborted = Math.ceil(ABORTED * scale);
    const stream = kinds();
    const acquire = async () => {
      const { value: kind, done } = stream.next();
      if (!done) await acquireOne(app, accounts, kind);
    };
    // All that is made once: code, connections, rows.
    await repeat(Math.max(count / 10, 3000), acquire);
    await repeat(100, () => abortOne(app));
    const before = await footprint();
    await repeat(count, acquire);
    await repeat(aborted, () => abortOne(app));
    await patientSignal(app, aborted);
    const after = await footprint();
    compare(before, after);
    if (warnings.length > 0) throw new Error(`Node.js warns: ${warnings[0]}`);
    const grown = ((after.heap - before.heap) / 1024).toFixed(0);
    return `${count.toLocaleString("en")} acquisitions and ${aborted.toLocaleString("en")} aborted calls, heap ${grown} kB more, ${after.sockets} sockets, ${after.timers} timers`;
  } finally {
    process.off("warning", warn);
    server.closeAllConnections();
    server.close();
  }
}

/** Kinds for ever, in the proportions of the mix, as evenly as they go. */
function* kinds(): Generator<Kind, never> {
  const all = Object.entries(MIX).flatMap(([kind, n]) => Array<Kind>(n).fill(kind as Kind));
  // 37 and 100 have no divisor in common: each comes once in a hundred, and none after its like.
  for (let i = 0; ; i++) yield all[(i * 37) % all.length] as Kind;
}

let asked = 0;

async function acquireOne(
  app: ConfidentialClientApplication,
  accounts: readonly Account[],
  kind: Kind,
): Promise<void> {
  asked++;
  if (kind === "hit") {
    unwrap(await app.acquireTokenForClient([`api://hit-${asked % 10}/.default`]));
  } else if (kind === "miss") {
    const claimsChallenge = JSON.stringify({ access_token: { n: { value: String(asked) } } });
    const scope = `api://miss-${asked % 100}/.default`;
    unwrap(await app.acquireTokenForClient([scope], { claimsChallenge }));
  } else if (kind === "refresh") {
    const account = accounts[asked % accounts.length];
    unwrap(await app.acquireTokenSilent(["User.Read"], account, { forceRefresh: true }));
  } else {
    // Each another one: what was just answered would be repeated, not asked again.
    const outcome = await app.acquireTokenForClient([`api://${kind}-${asked}/.default`]).then(
      (result) => ("error" in result ? "refused" : "a token"),
      (error) => (error.code === "service_error" ? "failed" : "reset"),
    );
    if (outcome !== kind) throw new Error(`${kind} was wanted, and ${outcome} came.`);
  }
}

/** A caller who gives up while the provider keeps silent. */
async function abortOne(app: ConfidentialClientApplication): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const call = app.acquireTokenForClient([`api://silent-${asked++}/.default`], { signal });
  setTimeout(() => controller.abort(new Error("enough")), 1);
  const outcome = await call.then(
    () => "a token",
    (error: Error) => error.message,
  );
  if (outcome !== "enough") throw new Error(`An aborted call ended with ${outcome}.`);
}

/** One signal for as long as the application lives, handed to each call, and never aborted. */
async function patientSignal(app: ConfidentialClientApplication, calls: number): Promise<void> {
  const { signal } = new AbortController();
  await repeat(calls, async () => {
    const claimsChallenge = JSON.stringify({ access_token: { n: { value: String(asked++) } } });
    const scopes = ["api://patient/.default"];
    unwrap(await app.acquireTokenForClient(scopes, { claimsChallenge, signal }));
  });
  const listeners = getEventListeners(signal, "abort").length;
  if (listeners > 1) throw new Error(`${listeners} listeners are left on one signal.`);
}

async function repeat(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

async function footprint(): Promise<Footprint> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // What was closed has been told so, what was finalised is free.
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    gc();
  }
  const resources = process.getActiveResourcesInfo();
  return {
    heap: process.memoryUsage().heapUsed,
    sockets: resources.filter((name) => name === "TCPSocketWrap").length,
    timers: resources.filter((name) => name === "Timeout").length,
  };
}

function compare(before: Footprint, after: Footprint): void {
  const grown = after.heap - before.heap;
  if (grown > GROWTH) throw new Error(`The heap has grown by ${grown} bytes.`);
  // Of each connection the server's end counts; the client's keeps no process alive.
  if (after.sockets > WORKERS) throw new Error(`${after.sockets} sockets are left.`);
  if (after.timers > before.timers) throw new Error(`${after.timers} timers are left.`);
}

function createApp(server: Server) {
  const { port } = server.address() as AddressInfo;
  const authority = `http://127.0.0.1:${port}/${TENANT}`;
  const tokenCache = new TokenCache();
  for (let i = 0; i < USERS; i++) {
    const response = { ...tokens(i), client_info: clientInfo(i) };
    const scope = ["User.Read", "openid", "profile"];
    const token_endpoint = `${authority}/token`;
    tokenCache.add({ client_id: CLIENT_ID, scope, token_endpoint, response });
  }
  const app = new ConfidentialClientApplication(CLIENT_ID, {
    authority,
    clientCredential: "secret",
    tokenCache,
    // A hundredth of a second for each call: what was kept leaves, what was obtained ages and expires.
    clock: { now: () => began + asked / 100 },
  });
  const accounts: Account[] = Array.from({ length: USERS }, (_, i) => ({
    ...{ homeAccountId: `${userId(i)}.${TENANT}`, environment: "127.0.0.1", realm: TENANT },
    ...{ username: "", localAccountId: userId(i), authorityType: "MSSTS" },
  }));
  return { app, accounts };
}

const began = Date.now() / 1000;

/** An identity provider that reads from the scope what it is to do. */
async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, response, Buffer.concat(chunks).toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const send = (status: number, value: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  if (request.method === "GET") {
    const authority = `http://${request.headers.host}/${TENANT}`;
    const endpoint = (name: string) => ({ [`${name}_endpoint`]: `${authority}/${name}` });
    const issuer = `${authority}/v2.0`;
    send(200, { issuer, ...endpoint("authorization"), ...endpoint("token") });
    return;
  }
  const form = new URLSearchParams(body);
  const scope = form.get("scope") ?? "";
  if (scope.includes("silent")) return;
  if (scope.includes("refused")) return void send(400, { error: "invalid_scope" });
  if (scope.includes("failed")) return void send(503, { error: "temporarily_unavailable" });
  if (scope.includes("reset")) return void request.socket.resetAndDestroy();
  const user = Number(form.get("refresh_token")?.slice("refresh-token-".length));
  if (form.get("grant_type") !== "refresh_token") return void send(200, tokens());
  send(200, { ...tokens(user), client_info: clientInfo(user) });
}

function tokens(user?: number): Record<string, unknown> {
  return {
    ...{ token_type: "Bearer", expires_in: 3600, refresh_in: 600 },
    access_token: "a".repeat(1500),
    ...(user !== undefined && { refresh_token: `refresh-token-${user}`, scope: "User.Read" }),
  };
}

function userId(user: number): string {
  return `00000000-aaaa-4aaa-8aaa-${String(user).padStart(12, "0")}`;
}

function clientInfo(user: number): string {
  return Buffer.from(JSON.stringify({ uid: userId(user), utid: TENANT })).toString("base64url");
}
