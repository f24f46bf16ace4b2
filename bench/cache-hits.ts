/**
 * What does a token that is there already cost, as the cache grows? `msal-ts` beside `@azure/msal-node`,
 * each figure from a fresh process, the two interleaved, medians of three passes.
 *
 *     npm run build && node bench/dist/cache-hits.js
 *
 * The network is a stub that answers once, to show each library a sign-in; the cache is then filled with
 * copies of what the library itself wrote.
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import * as theirs from "@azure/msal-node";
import * as ours from "msal-ts";

const SIZES = [1, 1000, 10_000];
const PASSES = 3;
const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
const USER = "00000000-aaaa-4aaa-8aaa-000000000001";
const AUTHORITY = `https://login.microsoftonline.com/${TENANT}`;
const APP_SCOPES = ["https://graph.microsoft.com/.default"];
const USER_SCOPES = ["User.Read"];

/** One call that a cache answers; throws when it does not. */
type Hit = () => Promise<void>;

const SCENARIOS: Record<string, (size: number) => Promise<Hit>> = {
  floor: async () => {
    const constant = async () => "token";
    return async () => {
      await constant();
    };
  },
  "msal-ts acquireTokenForClient": async (size) => {
    const make = (tokenCache: ours.TokenCache) =>
      new ours.ConfidentialClientApplication(CLIENT_ID, {
        authority: AUTHORITY,
        clientCredential: "secret",
        tokenCache,
        httpClient: async () => Response.json(answer({})),
      });
    const one = new ours.SerializableTokenCache();
    await make(one).acquireTokenForClient(APP_SCOPES);
    const cache = new ours.SerializableTokenCache();
    cache.deserialize(multiply(one.serialize(), TENANT, size));
    const app = make(cache);
    return async () => {
      const result = ours.unwrap(await app.acquireTokenForClient(APP_SCOPES));
      if (result.token_source !== "cache") throw new Error("not from the cache");
    };
  },
  "msal-ts acquireTokenSilent": async (size) => {
    const one = new ours.SerializableTokenCache();
    one.add({
      client_id: CLIENT_ID,
      scope: [...USER_SCOPES, "openid", "profile"],
      token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
      environment: "login.microsoftonline.com",
      response: answer(signIn()),
    });
    const cache = new ours.SerializableTokenCache();
    cache.deserialize(multiply(one.serialize(), USER, size));
    const app = new ours.PublicClientApplication(CLIENT_ID, {
      authority: AUTHORITY,
      tokenCache: cache,
    });
    const [account] = await app.getAccounts({ homeAccountId: `${USER}.${TENANT}` });
    return async () => {
      if (!(await app.acquireTokenSilent(USER_SCOPES, account)))
        throw new Error("not in the cache");
    };
  },
  "msal-node acquireTokenByClientCredential": async (size) => {
    const one = theirApp({});
    await one.acquireTokenByClientCredential({ scopes: APP_SCOPES });
    const app = theirApp({});
    app.getTokenCache().deserialize(multiply(one.getTokenCache().serialize(), TENANT, size));
    return async () => {
      const result = await app.acquireTokenByClientCredential({ scopes: APP_SCOPES });
      if (!result?.fromCache) throw new Error("not from the cache");
    };
  },
  "msal-node acquireTokenSilent": async (size) => {
    const one = theirApp(signIn());
    await one.acquireTokenByCode({
      code: "code",
      scopes: USER_SCOPES,
      redirectUri: "http://localhost",
    });
    const app = theirApp({});
    app.getTokenCache().deserialize(multiply(one.getTokenCache().serialize(), USER, size));
    const account = {
      homeAccountId: `${USER}.${TENANT}`,
      environment: "login.windows.net",
      tenantId: TENANT,
      username: "ada@contoso.com",
      localAccountId: USER,
    };
    return async () => {
      const result = await app.acquireTokenSilent({ scopes: USER_SCOPES, account });
      if (!result.fromCache) throw new Error("not from the cache");
    };
  },
};

function theirApp(extra: Record<string, unknown>): theirs.ConfidentialClientApplication {
  const reply = async <T>() => ({ headers: {}, status: 200, body: answer(extra) as T });
  return new theirs.ConfidentialClientApplication({
    auth: { clientId: CLIENT_ID, authority: AUTHORITY, clientSecret: "secret" },
    system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
  });
}

function answer(extra: Record<string, unknown>): Record<string, unknown> {
  return { token_type: "Bearer", expires_in: 86_399, access_token: "a".repeat(1500), ...extra };
}

function signIn(): Record<string, unknown> {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.trunc(Date.now() / 1000);
  const claims = {
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    ...{ aud: CLIENT_ID, sub: USER, oid: USER, tid: TENANT, iat: now, exp: now + 86_399 },
    ...{ preferred_username: "ada@contoso.com", name: "Ada", padding: "p".repeat(500) },
  };
  return {
    scope: "User.Read openid profile",
    refresh_token: "r".repeat(1100),
    id_token: `${part({ alg: "RS256" })}.${part(claims)}.${"s".repeat(342)}`,
    client_info: part({ uid: USER, utid: TENANT }),
  };
}

/** The same cache many times over, each copy with another id in place of `id`; the first keeps it. */
function multiply(serialized: string, id: string, size: number): string {
  const cache = JSON.parse(serialized) as Record<string, Record<string, unknown>>;
  for (const [section, rows] of Object.entries(cache)) {
    const entries = Object.entries(rows);
    for (let i = 1; i < size; i++) {
      const other = `${i.toString(16).padStart(8, "0")}${id.slice(8)}`;
      for (const [key, row] of entries) {
        const copy = JSON.stringify(row).replaceAll(id, other);
        cache[section]![key.replaceAll(id, other)] = JSON.parse(copy) as unknown;
      }
    }
  }
  return JSON.stringify(cache);
}

/** Microseconds of one hit: median of single calls, for a second or so. */
async function measure(hit: Hit): Promise<number> {
  const until = performance.now() + 1000;
  for (let i = 0; i < 2000 && performance.now() < until; i++) await hit();
  const batch = await batchSize(hit);
  const samples: number[] = [];
  const end = performance.now() + 1000;
  while (performance.now() < end || samples.length < 5) {
    const begun = process.hrtime.bigint();
    for (let i = 0; i < batch; i++) await hit();
    samples.push(Number(process.hrtime.bigint() - begun) / 1000 / batch);
  }
  return median(samples);
}

/** As many calls at once as take a millisecond: the clock's own cost disappears then. */
async function batchSize(hit: Hit): Promise<number> {
  const begun = performance.now();
  await hit();
  return Math.max(1, Math.min(1000, Math.round(1 / Math.max(performance.now() - begun, 0.001))));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.trunc(values.length / 2)] ?? Number.NaN;
}

const [, , scenario, size] = process.argv;
if (scenario === undefined) compare();
else console.log(await measure(await SCENARIOS[scenario]!(Number(size))));

function compare(): void {
  const { version } = createRequire(import.meta.url)("@azure/msal-node/package.json") as {
    version: string;
  };
  console.log(
    `Node.js ${process.version}, @azure/msal-node ${version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}; microseconds per hit\n`,
  );
  const figures = new Map<string, number[]>();
  for (let pass = 0; pass < PASSES; pass++) {
    for (const count of SIZES) {
      for (const name of Object.keys(SCENARIOS)) {
        const self = fileURLToPath(import.meta.url);
        const args = ["--max-old-space-size=4096", self, name, String(count)];
        const key = `${name} ${count}`;
        const figure = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
        figures.set(key, [...(figures.get(key) ?? []), figure]);
      }
    }
  }
  console.log(`| hit | ${SIZES.map((s) => s.toLocaleString("en")).join(" | ")} |`);
  console.log(`| --- | ${SIZES.map(() => "---:").join(" | ")} |`);
  for (const name of Object.keys(SCENARIOS)) {
    const row = SIZES.map((count) => median(figures.get(`${name} ${count}`) ?? []).toFixed(2));
    console.log(`| ${name} | ${row.join(" | ")} |`);
  }
}
