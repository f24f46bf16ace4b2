/**
 * Microsoft's library for Node.js.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type AccountInfo,
  type AuthenticationResult,
  ConfidentialClientApplication,
  type ICachePlugin,
} from "@azure/msal-node";
import * as fixtures from "../fixtures.js";
import type { Work } from "../timing.js";
import type { Certificate, Library, TextCache } from "./library.js";

const { APP_SCOPES, AUTHORITY, CLIENT_ID, TENANT, USER, USER_SCOPES } = fixtures;
/** Accounts in one text: V8 allows no string of 90,000 of them. */
const CHUNK = 10_000;

/** Adapter for `@azure/msal-node`. */
export const library: Library = {
  operations: {
    async silentHit(size) {
      const app = await appOfUsers(size);
      const next = fixtures.cycle(fixtures.inTurn(size).map(accountOf));
      return hits(() => app.acquireTokenSilent({ scopes: USER_SCOPES, account: next() }));
    },

    async accountLookUp(size) {
      const app = await appOfUsers(size);
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.homeOf));
      return {
        async call() {
          if ((await app.getTokenCache().getAccountByHomeId(next())) === null) {
            throw new Error("no account");
          }
        },
      };
    },

    async accountByUsername(size) {
      const cache = (await appOfUsers(size)).getTokenCache();
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.usernameOf));
      return {
        async call() {
          const name = next();
          const accounts = await cache.getAllAccounts();
          if (!accounts.some(({ username }) => username === name)) throw new Error("no account");
        },
      };
    },

    async allAccounts(size) {
      const cache = (await appOfUsers(size)).getTokenCache();
      return {
        async call() {
          if ((await cache.getAllAccounts()).length !== size) throw new Error("not all accounts");
        },
      };
    },

    async signOut(size) {
      const leaving = fixtures.leaving(size);
      const cache = (await appOfUsers(size + leaving.length)).getTokenCache();
      const [first, ...rest] = leaving.map(accountOf);
      // Whether they are gone is looked at once, outside of what is measured.
      await cache.removeAccount(first!);
      if (cache.serialize().includes(first!.homeAccountId)) throw new Error("still there");
      return { limit: rest.length, call: () => cache.removeAccount(rest.pop()!) };
    },

    async appHit(size) {
      const one = create(answering({}));
      await one.acquireTokenByClientCredential({ scopes: APP_SCOPES });
      const app = create(answering({}));
      app
        .getTokenCache()
        .deserialize(
          fixtures.multiply(one.getTokenCache().serialize(), 0, size, (i) => [
            [TENANT, fixtures.tenantOf(i)],
          ]),
        );
      return tenantHits(app, size);
    },

    async onBehalfOfHit(size) {
      const one = create(answering(fixtures.signIn(0)));
      const first = { oboAssertion: fixtures.assertionOf(0), scopes: USER_SCOPES };
      await one.acquireTokenOnBehalfOf(first);
      const app = create(answering({}));
      app.getTokenCache().deserialize(
        fixtures.multiply(one.getTokenCache().serialize(), 0, size, (i) => [
          [USER, fixtures.userOf(i)],
          [hashOf(0), hashOf(i)],
        ]),
      );
      const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.assertionOf));
      return hits(() => app.acquireTokenOnBehalfOf({ oboAssertion: next(), scopes: USER_SCOPES }));
    },

    async addSignIn(size) {
      const limit = 4000;
      const texts = Array.from({ length: limit }, (_, i) =>
        JSON.stringify(fixtures.answer(fixtures.signIn(size + i))),
      );
      const app = await appOfUsers(size, fixtures.cycle(texts));
      return { limit, call: () => redeemCode(app) };
    },

    async certificateHit(size, certificate) {
      const app = create(answering({}), { certificate });
      for (const i of fixtures.inTurn(size)) {
        await app.acquireTokenByClientCredential({
          scopes: APP_SCOPES,
          authority: fixtures.authorityOf(i),
        });
      }
      return tenantHits(app, size);
    },

    certificateMiss: (size, certificate) => misses(create(answering({}), { certificate }), size),
  },

  misses: ({ url }) => {
    const app = new ConfidentialClientApplication({
      auth: {
        clientId: CLIENT_ID,
        clientSecret: "secret",
        authority: `${url}/${TENANT}`,
        knownAuthorities: [new URL(url).host],
      },
    });
    return (lane) => {
      const scopes = [`api://lane-${lane}/.default`];
      return misser(() => app.acquireTokenByClientCredential({ scopes }));
    };
  },
};

/** Caches of `@azure/msal-node` as text. */
export const textCache: TextCache = {
  text: (users) => textOfUsers(0, users),
  load(text) {
    const cache = create(answering({})).getTokenCache();
    cache.deserialize(text);
    return { save: () => cache.serialize() };
  },
};

/** Signs in whoever the network says. */
export function redeemCode(app: ConfidentialClientApplication): Promise<AuthenticationResult> {
  return app.acquireTokenByCode({
    code: "code",
    scopes: USER_SCOPES,
    redirectUri: "http://localhost",
  });
}

/** An application with a secret, or with that certificate, whose network says one text after the other. */
export function create(
  next: () => string,
  { certificate, cachePlugin }: { certificate?: Certificate; cachePlugin?: ICachePlugin } = {},
): ConfidentialClientApplication {
  const reply = async <T>() => ({ headers: {}, status: 200, body: JSON.parse(next()) as T });
  const credential =
    certificate === undefined
      ? { clientSecret: "secret" }
      : {
          clientCertificate: {
            thumbprintSha256: certificate.thumbprint,
            privateKey: certificate.privateKey,
            x5c: certificate.certificate,
          },
        };
  return new ConfidentialClientApplication({
    auth: { clientId: CLIENT_ID, authority: AUTHORITY, ...credential },
    system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
    cache: cachePlugin === undefined ? {} : { cachePlugin },
  });
}

function answering(extra: Record<string, unknown>): () => string {
  const text = JSON.stringify(fixtures.answer(extra));
  return () => text;
}

async function appOfUsers(
  size: number,
  next: () => string = answering({}),
): Promise<ConfidentialClientApplication> {
  const app = create(next);
  for (let from = 0; from < size; from += CHUNK) {
    const until = Math.min(size, from + CHUNK);
    // What is there already stays.
    app.getTokenCache().deserialize(await textOfUsers(from, until));
  }
  return app;
}

/** What a cache has of users from the one number to before the other. */
async function textOfUsers(from: number, until: number): Promise<string> {
  const one = create(answering(fixtures.signIn(0)));
  await redeemCode(one);
  return fixtures.multiply(one.getTokenCache().serialize(), from, until, (i) => [
    [USER, fixtures.userOf(i)],
    [fixtures.usernameOf(0), fixtures.usernameOf(i)],
  ]);
}

function tenantHits(app: ConfidentialClientApplication, size: number): Work {
  const next = fixtures.cycle(fixtures.inTurn(size).map(fixtures.authorityOf));
  return hits(() => app.acquireTokenByClientCredential({ scopes: APP_SCOPES, authority: next() }));
}

async function misses(app: ConfidentialClientApplication, size: number): Promise<Work> {
  const authorities = fixtures.inTurn(size).map(fixtures.authorityOf);
  // What is signed once is signed now.
  for (const authority of authorities) {
    await app.acquireTokenByClientCredential({ scopes: APP_SCOPES, authority });
  }
  const next = fixtures.cycle(authorities);
  return misser(() =>
    app.acquireTokenByClientCredential({
      scopes: APP_SCOPES,
      authority: next(),
      skipCache: true,
    }),
  );
}

function hits(ask: () => Promise<{ fromCache: boolean } | null>): Work {
  return {
    async call() {
      if (!(await ask())?.fromCache) throw new Error("not from the cache");
    },
  };
}

function misser(ask: () => Promise<{ fromCache: boolean } | null>): Work {
  return {
    async call() {
      if ((await ask())?.fromCache !== false) throw new Error("from the cache");
    },
  };
}

function accountOf(index: number): AccountInfo {
  return {
    homeAccountId: fixtures.homeOf(index),
    environment: "login.windows.net",
    tenantId: TENANT,
    username: fixtures.usernameOf(index),
    localAccountId: fixtures.userOf(index),
  };
}

function hashOf(index: number): string {
  return createHash("sha256").update(fixtures.assertionOf(index)).digest("base64url");
}
