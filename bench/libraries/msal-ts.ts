/**
 * The library of this repository.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type Account,
  type ClientCredential,
  ConfidentialClientApplication,
  type HttpClient,
  type PersistedTokenCache,
  PublicClientApplication,
  SerializableTokenCache,
  TokenCache,
  type TokenResponse,
  unwrap,
} from "msal-ts";
import * as fixtures from "../fixtures.js";
import type { Work } from "../timing.js";
import type { Library, TextCache } from "./library.js";

const { APP_SCOPES, AUTHORITY, CLIENT_ID, TENANT, USER, USER_SCOPES } = fixtures;
/** A token that has less time left than this is not served from a cache. */
const SHORT = { expires_in: 240 };

/** Adapter for `msal-ts`. */
export const library: Library = {
  operations: {
    async silentHit(size) {
      const app = publicApp(cacheOfUsers(size));
      const next = fixtures.cycle(await accountsOf(app, fixtures.inTurn(size)));
      return {
        async call() {
          const result = await app.acquireTokenSilent(USER_SCOPES, next());
          if (result?.token_source !== "cache") throw new Error("not from the cache");
        },
      };
    },

    async accountLookUp(size) {
      const app = publicApp(cacheOfUsers(size));
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.homeOf));
      return {
        async call() {
          const accounts = await app.getAccounts({ homeAccountId: next() });
          if (accounts.length !== 1) throw new Error("no account");
        },
      };
    },

    async accountByUsername(size) {
      const app = publicApp(cacheOfUsers(size));
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.usernameOf));
      return {
        async call() {
          const accounts = await app.getAccounts({ username: next() });
          if (accounts.length !== 1) throw new Error("no account");
        },
      };
    },

    async allAccounts(size) {
      const app = publicApp(cacheOfUsers(size));
      return {
        async call() {
          if ((await app.getAccounts()).length !== size) throw new Error("not all accounts");
        },
      };
    },

    async signOut(size) {
      const leaving = fixtures.leaving(size);
      const app = publicApp(cacheOfUsers(size + leaving.length));
      const [first, ...rest] = await accountsOf(app, leaving);
      // Whether they are gone is looked at once, outside of what is measured.
      await app.removeAccount(first!);
      const { homeAccountId } = first!;
      if ((await app.getAccounts({ homeAccountId })).length > 0) throw new Error("still there");
      return { limit: rest.length, call: () => app.removeAccount(rest.pop()!) };
    },

    async appHit(size) {
      const one = new SerializableTokenCache();
      unwrap(await confidential(AUTHORITY, one).acquireTokenForClient(APP_SCOPES));
      const cache = cacheFrom(
        fixtures.multiply(one.serialize(), 0, size, (i) => [[TENANT, fixtures.tenantOf(i)]]),
      );
      const apps = fixtures.inTurn(size).map((i) => confidential(fixtures.authorityOf(i), cache));
      return appHits(apps);
    },

    async onBehalfOfHit(size) {
      const one = new SerializableTokenCache();
      const reply = fixtures.answer(fixtures.signIn(0));
      const first = confidential(AUTHORITY, one, answering(reply));
      unwrap(await first.acquireTokenOnBehalfOf(fixtures.assertionOf(0), USER_SCOPES));
      const cache = cacheFrom(
        fixtures.multiply(one.serialize(), 0, size, (i) => [
          [USER, fixtures.userOf(i)],
          [hashOf(0), hashOf(i)],
        ]),
      );
      const app = confidential(AUTHORITY, cache);
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.assertionOf));
      return {
        async call() {
          const result = unwrap(await app.acquireTokenOnBehalfOf(next(), USER_SCOPES));
          if (result.token_source !== "cache") throw new Error("not from the cache");
        },
      };
    },

    async addSignIn(size) {
      const limit = 4000;
      const texts = Array.from({ length: limit }, (_, i) =>
        JSON.stringify(fixtures.answer(fixtures.signIn(size + i))),
      );
      const network = saying(fixtures.cycle(texts));
      const app = confidential(AUTHORITY, cacheOfUsers(size), network);
      return { limit, call: () => redeemCode(app) };
    },

    async certificateHit(size, certificate) {
      const cache = new TokenCache();
      const credential = {
        privateKey: certificate.privateKey,
        publicCertificate: certificate.certificate,
      };
      const apps = fixtures
        .inTurn(size)
        .map((i) => confidential(fixtures.authorityOf(i), cache, answering({}), credential));
      for (const app of apps) unwrap(await app.acquireTokenForClient(APP_SCOPES));
      return appHits(apps);
    },

    async certificateMiss(size, certificate) {
      return appMisses(size, {
        privateKey: certificate.privateKey,
        publicCertificate: certificate.certificate,
      });
    },

    secretMiss: (size) => appMisses(size, "secret"),
  },

  misses: ({ url }) => {
    const app = new ConfidentialClientApplication(CLIENT_ID, {
      authority: `${url}/${TENANT}`,
      clientCredential: "secret",
    });
    return (lane) => ({
      async call() {
        const result = unwrap(await app.acquireTokenForClient([`api://lane-${lane}/.default`]));
        if (result.token_source !== "identity_provider") throw new Error("from the cache");
      },
    });
  },
};

/** Caches of `msal-ts` as text. */
export const textCache: TextCache = {
  async text(users) {
    const cache = new SerializableTokenCache();
    addUsers(cache, users);
    return cache.serialize();
  },
  load(text) {
    const cache = cacheFrom(text);
    return { save: () => cache.serialize() };
  },
};

/** Signs in whoever the network says. */
export async function redeemCode(app: ConfidentialClientApplication): Promise<TokenResponse> {
  const options = { redirectUri: "http://localhost" };
  return unwrap(await app.acquireTokenByAuthorizationCode("code", USER_SCOPES, options));
}

function publicApp(tokenCache: TokenCache): PublicClientApplication {
  return new PublicClientApplication(CLIENT_ID, { authority: AUTHORITY, tokenCache });
}

/** An application with a credential. */
export function confidential(
  authority: string,
  tokenCache: TokenCache | PersistedTokenCache,
  httpClient: HttpClient = answering({}),
  clientCredential: ClientCredential = "secret",
): ConfidentialClientApplication {
  return new ConfidentialClientApplication(CLIENT_ID, {
    ...{ authority, tokenCache, httpClient, clientCredential },
  });
}

function answering(extra: Record<string, unknown>): HttpClient {
  const text = JSON.stringify(fixtures.answer(extra));
  return saying(() => text);
}

/** A network that says one text after the other. */
export function saying(next: () => string): HttpClient {
  return async () => {
    const text = next();
    return { status: 200, headers: { get: () => null }, text: async () => text };
  };
}

function cacheFrom(text: string): SerializableTokenCache {
  const cache = new SerializableTokenCache();
  cache.deserialize(text);
  return cache;
}

function cacheOfUsers(size: number): TokenCache {
  const cache = new TokenCache();
  addUsers(cache, size);
  return cache;
}

function addUsers(cache: TokenCache, size: number): void {
  for (let i = 0; i < size; i++) {
    cache.add({
      client_id: CLIENT_ID,
      scope: [...USER_SCOPES, "openid", "profile"],
      token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
      environment: "login.microsoftonline.com",
      response: fixtures.answer(fixtures.signIn(i)),
    });
  }
}

async function accountsOf(
  app: PublicClientApplication,
  users: readonly number[],
): Promise<Account[]> {
  const found = users.map((i) => app.getAccounts({ homeAccountId: fixtures.homeOf(i) }));
  const accounts = (await Promise.all(found)).flat();
  if (accounts.length !== users.length) throw new Error("no account");
  return accounts;
}

function appHits(apps: readonly ConfidentialClientApplication[]): Work {
  const next = fixtures.cycle(apps);
  return {
    async call() {
      const result = unwrap(await next().acquireTokenForClient(APP_SCOPES));
      if (result.token_source !== "cache") throw new Error("not from the cache");
    },
  };
}

async function appMisses(size: number, credential: ClientCredential): Promise<Work> {
  const cache = new TokenCache();
  const apps = fixtures
    .inTurn(size)
    .map((i) => confidential(fixtures.authorityOf(i), cache, answering(SHORT), credential));
  // What is signed once is signed now.
  for (const app of apps) unwrap(await app.acquireTokenForClient(APP_SCOPES));
  const next = fixtures.cycle(apps);
  return {
    async call() {
      const result = unwrap(await next().acquireTokenForClient(APP_SCOPES));
      if (result.token_source !== "identity_provider") throw new Error("from the cache");
    },
  };
}

function hashOf(index: number): string {
  return createHash("sha256").update(fixtures.assertionOf(index)).digest("base64url");
}
