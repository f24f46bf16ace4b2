/**
 * Web API: answers a single request in the name of the user who sent it, by asking another API on their behalf.
 *
 * It checks the token it is called with (signature, issuer, audience, tenant, scope), and exchanges it for one
 * to the next API.
 *
 * Spec: RFC 6750; RFC 7523 §2.1; learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 *
 * On the emulator: `npm run sample -- web-api`. On a tenant of yours the same, once these are set:
 *
 *     AZURE_TENANT_ID       its GUID or a domain
 *     AZURE_CLIENT_ID       an app registration that exposes the scope access_as_user, has
 *                           requestedAccessTokenVersion 2 in its manifest, and the delegated permission User.Read
 *                           of Microsoft Graph
 *     AZURE_CLIENT_SECRET   one of its secrets
 *     AZURE_AUTHORITY_HOST  optional: another cloud, for example https://login.microsoftonline.us
 *     API_SCOPE, API_URL    optional: another API than Microsoft Graph
 *     PORT                  optional: 3001 if absent, 0 for a free one
 *
 * Call it with a token for AZURE_CLIENT_ID/access_as_user, for example one that the web app or the desktop app
 * got with API_SCOPE=api://<client id>/access_as_user.
 *
 * In a project of your own it needs the packages msal-ts, hono, @hono/node-server and jose.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { ConfidentialClientApplication, isTokenError } from "msal-ts";

const AUTHORITY_HOST = process.env.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
const API_SCOPE = process.env.API_SCOPE ?? "https://graph.microsoft.com/User.Read";
const API_URL = process.env.API_URL ?? "https://graph.microsoft.com/v1.0/me";
const PORT = Number(process.env.PORT ?? 3001);

/** What a caller has to be allowed to do here. */
const REQUIRED_SCOPE = "access_as_user";

async function main(): Promise<void> {
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = settings(
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
  );
  const authority = new URL(AZURE_TENANT_ID, AUTHORITY_HOST);
  const app = new ConfidentialClientApplication(AZURE_CLIENT_ID, {
    authority,
    clientCredential: AZURE_CLIENT_SECRET,
  });
  const verify = await tokenVerifier(authority, AZURE_CLIENT_ID);

  const server = createServer(getRequestListener(webApi(app, verify).fetch));
  server.listen(PORT, "localhost");
  await once(server, "listening");
  process.once("SIGTERM", () => server.close());
  console.log(`Listening on http://localhost:${(server.address() as AddressInfo).port}`);
}

/** Says whose token it is; throws if it is not one for this API. */
type TokenVerifier = (token: string) => Promise<JWTPayload>;

function webApi(app: ConfidentialClientApplication, verify: TokenVerifier): Hono {
  const api = new Hono();

  api.get("/me", async (c) => {
    const token = /^Bearer ([\w.~+/=-]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (token === undefined) {
      return c.json({ error: "Sign in first." }, 401, { "www-authenticate": "Bearer" });
    }
    let claims: JWTPayload;
    try {
      claims = await verify(token);
    } catch (error) {
      // Anything else means that the keys could not be had, which is not the caller's fault.
      if (!isWrongToken(error)) throw error;
      return c.json({ error: "This token is not for here." }, 401, {
        "www-authenticate": 'Bearer error="invalid_token"',
      });
    }
    if (!String(claims.scp).split(" ").includes(REQUIRED_SCOPE)) {
      return c.json({ error: `The token lacks the scope ${REQUIRED_SCOPE}.` }, 403, {
        "www-authenticate": `Bearer error="insufficient_scope", scope="${REQUIRED_SCOPE}"`,
      });
    }

    const result = await app.acquireTokenOnBehalfOf(token, [API_SCOPE]);
    if (isTokenError(result)) {
      console.error(`On behalf of a user: ${result.error_description ?? result.error}`);
      if (!result.claims) return c.json({ error: "The next API is out of reach." }, 403);
      // Only the user can mend this, a second factor for example: the caller hands the challenge on.
      const challenge = Buffer.from(result.claims).toString("base64");
      return c.json({ error: "Sign in again." }, 401, {
        "www-authenticate": `Bearer error="insufficient_claims", claims="${challenge}"`,
      });
    }
    const response = await fetch(API_URL, {
      headers: { authorization: `Bearer ${result.access_token}` },
    });
    if (!response.ok) return c.json({ error: "The next API refused." }, 502);
    return c.json({ answer: await response.json(), token_source: result.token_source });
  });

  api.onError((error, c) => {
    console.error(error);
    return c.json({ error: "Something went wrong." }, 500);
  });
  return api;
}

/** Checks what this API is called with against the tenant's keys, which are fetched when they are needed. */
async function tokenVerifier(authority: URL, clientId: string): Promise<TokenVerifier> {
  const { issuer, jwks_uri } = await discover(authority);
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: ["RS256"],
      requiredClaims: ["exp", "tid", "oid"],
    });
    // Under an authority of one tenant the issuer holds its id: what the token says of itself has to agree.
    if (!issuer.includes(`/${payload.tid}/`)) {
      throw new errors.JWTClaimValidationFailed("another tenant", payload, "tid");
    }
    return payload;
  };
}

async function discover(authority: URL): Promise<{ issuer: string; jwks_uri: string }> {
  const response = await fetch(`${authority}/v2.0/.well-known/openid-configuration`).catch(() => {
    throw new Error(`${authority} got no answer: is AZURE_AUTHORITY_HOST right?`);
  });
  if (!response.ok) throw new Error(`There is no tenant at ${authority}.`);
  const { issuer, jwks_uri } = (await response.json()) as Record<string, string>;
  // "common" and its like have a template here: an API for several tenants keeps a list of those it serves.
  if (!issuer || !jwks_uri || issuer.includes("{")) {
    throw new Error("AZURE_TENANT_ID must name one tenant.");
  }
  return { issuer, jwks_uri };
}

/** Whether it is the token that was wrong. */
function isWrongToken(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid)
  );
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
