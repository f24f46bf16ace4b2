/**
 * An OpenID provider of others, oidc-provider, on loopback: where Microsoft's platform has its tenant and
 * `v2.0`, its path is `/oidc/v2.0`.
 *
 * @module
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const PATH = "/oidc/v2.0";

export const OIDC_CLIENT = {
  clientId: "interop-client",
  secret: "interop-client-secret",
  redirectUri: "http://localhost/callback",
} as const;

/** The one resource there is, and the permission it knows. */
export const API = { audience: "https://api.example", scope: "api:read" } as const;

/** A running provider. */
export interface CertifiedProvider {
  /** What our library is told. */
  authority: string;
  /** Grant types asked for at its token endpoint since this was last called. */
  grants(): string[];
  /** Walks its sign-in pages, and returns what reaches the redirect URI. */
  signIn(authUri: string, login: string): Promise<URLSearchParams>;
  close(): Promise<void>;
}

/** Starts the provider on a free port. Its pages let everybody in, under the name they type. */
export async function startCertifiedProvider(): Promise<CertifiedProvider> {
  const { Provider } = await import("oidc-provider");
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "localhost", resolve);
  });
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(`${origin}${PATH}`, configuration());
  const answer = provider.callback();
  const grants: string[] = [];
  server.on("request", (request, response) => {
    // It expects to be mounted, as Express does it.
    request.url = request.url?.replace(PATH, "") ?? "/";
    if (request.url === "/token") {
      request.on("data", (body) =>
        grants.push(new URLSearchParams(`${body}`).get("grant_type") ?? ""),
      );
    }
    void answer(request, response);
  });
  return {
    authority: `${origin}/oidc`,
    grants: () => grants.splice(0),
    signIn: walkPages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function configuration(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    clients: [
      {
        client_id: OIDC_CLIENT.clientId,
        client_secret: OIDC_CLIENT.secret,
        token_endpoint_auth_method: "client_secret_post",
        grant_types: ["authorization_code", "refresh_token", "client_credentials"],
        response_types: ["code"],
        redirect_uris: [OIDC_CLIENT.redirectUri],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"] },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString("hex")] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API.audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ ...API, accessTokenFormat: "jwt" }),
      },
    },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        name: "Ada Lovelace",
        preferred_username: `${accountId}@example.com`,
      }),
    }),
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "RS256", use: "sig" }] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 600,
      ClientCredentials: 600,
      Grant: 86_400,
      IdToken: 600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 600,
    },
  };
}

/** Pages and redirects on the longest way there is, and some to spare. */
const MOST_STEPS = 12;

async function walkPages(authUri: string, login: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = new URL(authUri);
  let body: URLSearchParams | undefined;
  for (let step = 0; step < MOST_STEPS; step++) {
    const response = await fetch(url, {
      ...(body && { method: "POST", body }),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    const page = await response.text();
    const [, action] = /<form [^>]*action="([^"]+)"/.exec(page) ?? [];
    if (location === null && action === undefined) {
      throw new Error(`The provider shows a page without a form (status ${response.status}).`);
    }
    url = new URL(location ?? action ?? "", url);
    if (url.href.startsWith(OIDC_CLIENT.redirectUri)) return url.searchParams;
    body = location === null ? fillIn(page, login) : undefined;
  }
  throw new Error("The provider's pages lead nowhere.");
}

function fillIn(page: string, login: string): URLSearchParams {
  const [, prompt = ""] = /name="prompt" value="([^"]+)"/.exec(page) ?? [];
  return new URLSearchParams(prompt === "login" ? { prompt, login, password: "any" } : { prompt });
}
