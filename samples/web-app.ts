/**
 * Web app: signs users in with their browser and calls an API in their name.
 *
 * Each sign-in has a session of its own, with a token cache of its own: nobody sees another's tokens, and
 * signing out forgets them. Sessions are in memory here, so that this app runs as one process.
 *
 * Spec: RFC 6749 §4.1; RFC 7636; OpenID Connect Core §3.1.
 *
 * On the emulator: `npm run sample -- web-app`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration with the redirect URIs http://localhost:3000/auth/redirect and, to
 *                           come back to from signing out, http://localhost:3000 of the platform "Web"
 *     AZURE_CLIENT_SECRET   one of its secrets
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *     PORT                  optional: 3000 if absent, 0 for a free one
 *     ORIGIN                optional: what users type to get here, if that is not http://localhost:PORT
 *
 * In a project of your own it needs the packages msal-ts, hono, @hono/node-server and lru-cache.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { LRUCache } from "lru-cache";
import {
  type Account,
  type AuthCodeFlow,
  ConfidentialClientApplication,
  isTokenError,
  MsalError,
} from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";
const PORT = Number(process.env.PORT ?? 3000);
const ORIGIN = process.env.ORIGIN || undefined;

/** Milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
  );
  if (ORIGIN !== undefined && !/^https?:\/\/[^/]+$/.test(ORIGIN)) {
    throw new Error(
      "ORIGIN must be as browsers write it, https://HOST, with nothing after the host.",
    );
  }
  const authority = new URL(AZURE_TENANT_ID, AUTHORITY_HOST);
  // A client is cheap, and one that is made here has a cache that nobody else has.
  const newClient = () =>
    new ConfidentialClientApplication(AZURE_CLIENT_ID, {
      authority,
      clientCredential: AZURE_CLIENT_SECRET,
    });

  const server = createServer();
  server.listen(PORT, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = ORIGIN ?? `http://localhost:${port}`;
  server.on("request", getRequestListener(webApp({ origin, authority, newClient }).fetch));
  process.once("SIGTERM", () => server.close());
  console.log(`Listening. Open ${origin} in your browser.`);
}

/** Somebody on their way through the sign-in page. */
interface SignIn {
  flow: AuthCodeFlow;
  client: ConfidentialClientApplication;
}

/** Somebody who has signed in. */
interface Session {
  account: Account;
  client: ConfidentialClientApplication;
}

interface WebAppOptions {
  origin: string;
  authority: URL;
  newClient: () => ConfidentialClientApplication;
}

function webApp({ origin, authority, newClient }: WebAppOptions): Hono {
  const redirectUri = `${origin}/auth/redirect`;
  // Apart, so that whoever begins a thousand sign-ins signs nobody out.
  const signIns = new LRUCache<string, SignIn>({ max: 10_000, ttl: 10 * MINUTE });
  const sessions = new LRUCache<string, Session>({ max: 100_000, ttl: 8 * HOUR });
  const cookies = cookieJar(origin);
  const web = new Hono();

  web.use(csrf({ origin }));
  web.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        formAction: ["'self'", authority.origin], // signing out leads there
        frameAncestors: ["'none'"],
      },
    }),
  );
  web.use(async (c, next) => {
    await next();
    c.header("cache-control", "no-store");
  });

  web.get("/", (c) => {
    const session = sessions.get(cookies.get(c, "session"));
    if (!session) return c.html(page(html`<p><a href="/auth/login">Sign in</a></p>`));
    return c.html(
      page(html`
        <p>Hello ${session.account.name ?? session.account.username}</p>
        <p><a href="/profile">What the API knows about you</a></p>
        <form method="post" action="/auth/logout"><button>Sign out</button></form>`),
    );
  });

  web.get("/auth/login", async (c) => {
    const client = newClient();
    const flow = await client.initiateAuthCodeFlow([API_SCOPE], { redirectUri });
    // The flow stays here. The browser gets a name for it, and nobody else can end this sign-in.
    const id = newId();
    signIns.set(id, { flow, client });
    cookies.set(c, "sign-in", id);
    return c.redirect(flow.authUri);
  });

  web.get("/auth/redirect", async (c) => {
    const id = cookies.get(c, "sign-in");
    const signIn = signIns.get(id);
    signIns.delete(id); // good for one answer
    cookies.delete(c, "sign-in");
    if (!signIn) return c.html(problem("This sign-in is over, or was begun elsewhere."), 400);

    const { flow, client } = signIn;
    const result = await client
      .acquireTokenByAuthCodeFlow(flow, new URL(c.req.url).searchParams)
      .catch(orWrongAnswer);
    if (isTokenError(result)) {
      return c.html(problem(result.error_description ?? result.error), 400);
    }
    if (!result?.account) return c.html(problem("This is not the answer to your sign-in."), 400);
    // A fresh name: one that somebody may have planted in this browser before is worth nothing now.
    sessions.delete(cookies.get(c, "session"));
    const session = newId();
    sessions.set(session, { account: result.account, client });
    cookies.set(c, "session", session);
    return c.redirect("/");
  });

  web.get("/profile", async (c) => {
    const session = sessions.get(cookies.get(c, "session"));
    if (!session) return c.redirect("/auth/login");
    const { client, account } = session;
    const token = await client.acquireTokenSilent([API_SCOPE], account);
    if (token === null) return c.redirect("/auth/login");
    const response = await fetch(API_URL, {
      headers: { authorization: `Bearer ${token.access_token}` },
    });
    if (!response.ok) return c.html(problem(`The API answered ${response.status}.`), 502);
    const answer = JSON.stringify(await response.json(), null, 2);
    return c.html(page(html`<pre>${answer}</pre><p><a href="/">Back</a></p>`));
  });

  web.post("/auth/logout", (c) => {
    sessions.delete(cookies.get(c, "session")); // its tokens go with it
    cookies.delete(c, "session");
    // Signed out of this app. Now of the identity provider, which the browser would else sign in with again.
    const url = new URL(`${authority}/oauth2/v2.0/logout`);
    url.searchParams.set("post_logout_redirect_uri", origin);
    return c.redirect(url.href, 303);
  });

  web.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse(); // csrf() turned it away
    console.error(error);
    return c.html(problem("Something went wrong here; please try again."), 500);
  });
  return web;
}

/** An answer that does not belong to the sign-in is the visitor's fault, or an attacker's, and nothing to crash over. */
function orWrongAnswer(error: unknown): undefined {
  const codes: readonly unknown[] = ["state_mismatch", "invalid_auth_response", "invalid_id_token"];
  if (error instanceof MsalError && codes.includes(error.code)) return undefined;
  throw error;
}

/** Names that nobody can guess, in cookies that scripts and other sites do not see. */
function cookieJar(origin: string) {
  const secure = origin.startsWith("https:");
  // Browsers take a cookie called __Host- from this very host alone, not from its neighbours.
  const full = (name: string) => (secure ? `__Host-${name}` : name);
  const options = { path: "/", secure };
  return {
    get: (c: Context, name: string) => getCookie(c, full(name)) ?? "",
    // Lax: Strict would keep it back when the identity provider sends the browser here.
    set: (c: Context, name: string, value: string) =>
      setCookie(c, full(name), value, { ...options, httpOnly: true, sameSite: "Lax" }),
    delete: (c: Context, name: string) => deleteCookie(c, full(name), options),
  };
}

function newId(): string {
  return randomBytes(32).toString("base64url");
}

/** `html` escapes whatever it is given and is not `html` itself. */
function page(content: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en"><head><meta charset="utf-8"><title>Web app</title></head><body>${content}</body></html>`;
}

function problem(what: string) {
  return page(html`<p role="alert">${what}</p><p><a href="/auth/login">Sign in</a></p>`);
}

/** The environment variables of these names. */
function settings<Name extends string>(...names: Name[]): Record<Name, string> {
  const missing = names.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    throw new Error(
      `Not set: ${missing.join(", ")}. The head of this sample says what belongs there.`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, process.env[name]])) as Record<Name, string>;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
