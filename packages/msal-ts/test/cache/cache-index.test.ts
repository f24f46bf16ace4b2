import {
  type PublicClientApplication,
  SerializableTokenCache,
  type TokenResponse,
  type TokenResult,
} from "msal-ts";
import { describe, expect, test } from "vitest";
import { appToken, CLIENT_ID, clientInfo, HOST, NOW, setup, signIn, TENANT } from "./setup.js";

/** Numbers that look random and are the same on every run (mulberry32). */
function random(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!,
    some: <T>(items: readonly T[], share: number) => items.filter(() => next() < share),
  };
}

const HOSTS = [HOST, "login.windows.net", "login.microsoftonline.us"] as const;
/** Under which names of its host a client of the first one looks, in order. */
const NAMES = [HOST, "login.windows.net"];
const TENANTS = [TENANT, "99999999-bbbb-4bbb-8bbb-000000000002"] as const;
const CLIENTS = [CLIENT_ID, "99999999-cccc-4ccc-8ccc-000000000003"] as const;
const UIDS = ["", "uid-1", "uid-2", "uid-3"] as const;
const SCOPES = ["a", "B", "c", "D", "e"] as const;

/** An access token in the model: a list, walked from one end to the other. */
interface Token {
  host: string;
  tenant: string;
  client: string;
  /** `""`: the app's own. */
  uid: string;
  scopes: string[];
  secret: string;
  expiresOn: number;
}

/** What the cache should know. */
class Model {
  tokens: Token[] = [];
  accounts: { host: string; uid: string }[] = [];

  put(token: Token): void {
    const id = (t: Token) => [t.host, t.tenant, t.client, t.uid, ...t.scopes].join("|");
    this.tokens = [...this.tokens.filter((other) => id(other) !== id(token)), token];
    const { host, uid } = token;
    if (uid !== "" && !this.users(host).includes(uid)) this.accounts.push({ host, uid });
  }

  users(host: string): string[] {
    return this.accounts.filter((account) => account.host === host).map(({ uid }) => uid);
  }

  remove(client: string, uid: string): void {
    const gone = (item: { host: string; uid: string }) =>
      NAMES.includes(item.host) && item.uid === uid;
    this.tokens = this.tokens.filter((token) => !(gone(token) && token.client === client));
    this.accounts = this.accounts.filter((account) => !gone(account));
  }

  /** How many tokens of one owner, client and realm there are. */
  neighbours(where: Pick<Token, "tenant" | "client" | "uid">): number {
    return this.tokens.filter(
      (token) =>
        token.host === HOST &&
        token.tenant === where.tenant &&
        token.client === where.client &&
        token.uid === where.uid,
    ).length;
  }

  /** Secrets of the tokens that serve: those under the first name of the host that has any. */
  serving(where: Omit<Token, "host" | "secret" | "expiresOn">): string[] {
    for (const host of NAMES) {
      const found = this.tokens.filter(
        (token) =>
          token.host === host &&
          token.tenant === where.tenant &&
          token.client === where.client &&
          token.uid === where.uid &&
          token.expiresOn - NOW >= 300 &&
          where.scopes.every((scope) => token.scopes.includes(scope)),
      );
      if (found.length > 0) return found.map((token) => token.secret);
    }
    return [];
  }
}

describe("the index", () => {
  test.for([[1], [2], [3], [4]] as const)("agrees with a list, seed %i", async ([seed]) => {
    const { below, pick, some } = random(seed);
    const cache = new SerializableTokenCache();
    const model = new Model();
    const refusal = { status: 400, body: { error: "invalid_scope" } };
    const clients = CLIENTS.flatMap((client) =>
      TENANTS.map((tenant) => ({
        client,
        tenant,
        ...setup({
          cache,
          clientId: client,
          authority: `https://${HOST}/${tenant}`,
          // For the app's own tokens alone: no user has a refresh token here.
          replies: Array.from({ length: 5000 }, () => refusal),
        }),
      })),
    );
    const idOf = (uid: string) => `${uid}.${TENANT}`;
    const accountsOf = async (app: PublicClientApplication) =>
      (await app.getAccounts()).map((account) => account.homeAccountId).sort();
    const secretOf = (result: TokenResult | TokenResponse | null) =>
      result !== null && "access_token" in result ? result.access_token : undefined;
    let hits = 0;
    let misses = 0;
    let crowded = 0;

    for (let step = 0; step < 3000; step++) {
      const dice = below(100);
      const scopes = some(SCOPES, 0.4);
      const uid = pick(UIDS);
      const { app, daemon, client, tenant } = pick(clients);
      if (dice < 50) {
        const host = pick(HOSTS);
        const expires_in = pick([-5, 0, 299, 300, 3600, 7200]);
        const secret = `at-${step}`;
        const options = {
          environment: host,
          tenant,
          client,
          scope: scopes.map((scope) => pick([scope, scope.toUpperCase(), scope.toLowerCase()])),
          response: {
            access_token: secret,
            refresh_token: undefined,
            id_token: undefined,
            expires_in,
            ...(uid !== "" && { client_info: clientInfo(uid) }),
          },
        };
        cache.add(uid === "" ? appToken(options) : signIn(options), NOW);
        model.put({ host, tenant, client, uid, scopes, secret, expiresOn: NOW + expires_in });
      } else if (dice < 90) {
        const wanted = scopes.length > 0 ? scopes.slice(0, 3) : ["a"];
        const asked = wanted.map((scope) => pick([scope, scope.toUpperCase()]));
        const expected = model.serving({ tenant, client, uid, scopes: wanted });
        const account = { homeAccountId: idOf(uid), environment: HOST, username: "" };
        const result =
          uid === ""
            ? await daemon.acquireTokenForClient(asked)
            : await app.acquireTokenSilent(asked, {
                ...account,
                localAccountId: "",
                realm: tenant,
                authorityType: "MSSTS",
              });
        const secret = secretOf(result);
        if (expected.length === 0) expect(secret, `step ${step}`).toBeUndefined();
        else expect(expected, `step ${step}`).toContain(secret);
        if (secret === undefined) misses++;
        else hits++;
        if (model.neighbours({ tenant, client, uid }) > 8) crowded++;
      } else if (dice < 94) {
        const found = await app.getAccounts(uid === "" ? {} : { homeAccountId: idOf(uid) });
        for (const account of found.slice(0, 1)) {
          await app.removeAccount(account);
          model.remove(client, account.homeAccountId.split(".")[0]!);
        }
      } else if (dice < 99) {
        const users = NAMES.map((host) => model.users(host)).find((found) => found.length > 0);
        expect(await accountsOf(app), `step ${step}`).toEqual((users ?? []).map(idOf).sort());
      } else {
        const state = cache.serialize();
        cache.deserialize(state);
        expect(cache.serialize()).toBe(state);
      }
    }

    const kept = cache.find("AccessToken").map((row) => String(row.secret));
    // Expired ones leave, each in its turn.
    const gone = model.tokens.filter(({ secret }) => !kept.includes(secret));
    expect(gone.filter(({ expiresOn }) => expiresOn >= NOW)).toEqual([]);
    expect([...kept, ...gone.map(({ secret }) => secret)].sort()).toEqual(
      model.tokens.map(({ secret }) => secret).sort(),
    );
    // Otherwise the above would have shown little.
    expect(hits).toBeGreaterThan(200);
    expect(misses).toBeGreaterThan(200);
    expect(crowded).toBeGreaterThan(100);
  });
});
