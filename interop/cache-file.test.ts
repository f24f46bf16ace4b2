/**
 * One plain cache file between us, MSAL Python's extensions and msal-node: what one wrote the others read, add to
 * and read back, each under the lock of the others.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfidentialClientApplication as TheirApplication } from "@azure/msal-node";
import { FileTokenStore } from "@msal-ts/cache-file";
import { ConfidentialClientApplication, PersistedTokenCache, unwrap } from "msal-ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { ADA, type Emulated, GRACE, startEmulated, TENANT, WEB_APP } from "./emulated.js";
import { type PythonProcess, startProcess } from "./python-process.js";
import { AUTHORITY, type CacheFile, HOST, SCOPES, withStrangers } from "./standard-host.js";

const isMissing = process.env.MSAL_TS_MISSING?.split(",").includes("python3-msal-extensions");

let emulated: Emulated;

beforeAll(async () => {
  emulated = await startEmulated();
});
afterAll(async () => {
  await emulated.close();
});

/** An application of ours over the file, as in a process of its own. */
function openOurs(path: string) {
  const { idp } = emulated;
  const cache = new PersistedTokenCache(new FileTokenStore(path, { encryption: "none" }));
  const app = new ConfidentialClientApplication(WEB_APP.clientId, {
    authority: AUTHORITY,
    clientCredential: WEB_APP.secret,
    tokenCache: cache,
    httpClient: idp.fetch,
  });
  const signIn = async (user: typeof ADA | typeof GRACE) => {
    const flow = await app.initiateAuthCodeFlow(SCOPES, { redirectUri: WEB_APP.redirectUri });
    const answer = await idp.signIn(flow.authUri, user);
    return unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
  };
  const silent = async (username: string) => {
    const [account] = await app.getAccounts({ username });
    return app.acquireTokenSilent(SCOPES, account);
  };
  return { app, cache, signIn, silent };
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-interop-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "msal_token_cache.json");
}

function rowsIn(path: string): CacheFile {
  return JSON.parse(readFileSync(path, "utf8")) as CacheFile;
}

describe.skipIf(isMissing)("with MSAL Python's extensions", () => {
  async function startPython(path: string): Promise<PythonProcess> {
    const python = startProcess("cache_file.py");
    onTestFinished(() => python.close());
    await python.answer();
    await python.ask({ open: path });
    return python;
  }

  /** What MSAL Python's cache is told after Linus signed in. */
  function linus(secret: string) {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.trunc(Date.now() / 1000);
    const claims = {
      ...{
        iss: `${AUTHORITY}/v2.0`,
        aud: WEB_APP.clientId,
        sub: "linus",
        iat: now,
        exp: now + 3600,
      },
      ...{ oid: "linus", tid: TENANT, preferred_username: "linus@contoso.com" },
    };
    return {
      client_id: WEB_APP.clientId,
      scope: SCOPES,
      token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
      response: {
        ...{ access_token: secret, refresh_token: `${secret}-refresh`, expires_in: 3600 },
        id_token: `${part({ alg: "none" })}.${part(claims)}.`,
        client_info: part({ uid: "linus", utid: TENANT }),
      },
    };
  }

  test("what they wrote is read by us, added to, and read back by them", async () => {
    const path = temporaryFile();
    const python = await startPython(path);
    await python.ask({ add: linus("first") });
    writeFileSync(path, withStrangers(readFileSync(path, "utf8")));
    const before = rowsIn(path);

    const ours = openOurs(path);
    expect(await ours.silent("linus@contoso.com")).toMatchObject({ access_token: "first" });
    const { access_token } = await ours.signIn(ADA);
    await ours.cache.close();

    expect(rowsIn(path)).toMatchObject(before);
    const query = { client_id: WEB_APP.clientId, environment: HOST };
    const found = await python.ask<{ secret: string }[]>({ find: "AccessToken", query });
    expect(found.map(({ secret }) => secret).sort()).toEqual([access_token, "first"].sort());
    await python.ask({ add: linus("second") });
    const next = openOurs(path);
    expect(await next.silent("linus@contoso.com")).toMatchObject({ access_token: "second" });
    expect(await next.silent(ADA.username)).toMatchObject({ access_token, token_source: "cache" });
    expect(await next.app.getAccounts()).toHaveLength(2);
  });

  test("neither loses what the other wrote at the same time", async () => {
    const path = temporaryFile();
    const python = await startPython(path);
    const ours = openOurs(path);
    const users = Array.from({ length: 5 }, (_, i) => `user-${i}`);

    const theirs = (async () => {
      for (const name of users) {
        const event = JSON.stringify(linus(name)).replaceAll(
          Buffer.from(JSON.stringify({ uid: "linus", utid: TENANT })).toString("base64url"),
          Buffer.from(JSON.stringify({ uid: name, utid: TENANT })).toString("base64url"),
        );
        await python.ask({ add: JSON.parse(event) as object });
      }
    })();
    await Promise.all([theirs, ours.signIn(ADA), ours.signIn(GRACE)]);
    await ours.cache.close();

    const homes = Object.values(rowsIn(path).RefreshToken ?? {}).map((row) => row.home_account_id);
    expect(homes).toHaveLength(7);
    expect(homes).toEqual(expect.arrayContaining(users.map((name) => `${name}.${TENANT}`)));
  });

  test("our write waits while they hold the lock", async () => {
    const path = temporaryFile();
    const python = await startPython(path);
    const store = new FileTokenStore(path, { encryption: "none" });
    await python.ask({ hold: 0.6 });
    const begun = performance.now();

    await store.write("p", new Map([["k", { value: "v" }]]));

    expect(performance.now() - begun).toBeGreaterThan(400);
  });
});

describe("with msal-node", () => {
  function openTheirs(path: string): TheirApplication {
    const app = new TheirApplication({
      auth: { clientId: WEB_APP.clientId, authority: AUTHORITY, clientSecret: WEB_APP.secret },
    });
    app.getTokenCache().deserialize(readFileSync(path, "utf8"));
    return app;
  }

  test("what it wrote is read by us, added to, and read back by it", async () => {
    const path = temporaryFile();
    vi.stubGlobal("fetch", emulated.idp.fetch);
    onTestFinished(() => void vi.unstubAllGlobals());
    writeFileSync(path, "{}");
    const theirs = openTheirs(path);
    const request = { scopes: SCOPES, redirectUri: WEB_APP.redirectUri };
    const { code = "" } = await emulated.idp.signIn(await theirs.getAuthCodeUrl(request), GRACE);
    const { accessToken } = await theirs.acquireTokenByCode({ ...request, code });
    writeFileSync(path, withStrangers(theirs.getTokenCache().serialize()));
    const before = rowsIn(path);

    const ours = openOurs(path);
    expect(await ours.silent(GRACE.username)).toMatchObject({ access_token: accessToken });
    const { access_token } = await ours.signIn(ADA);
    await ours.cache.close();

    expect(rowsIn(path)).toMatchObject(before);
    const again = openTheirs(path);
    const accounts = await again.getTokenCache().getAllAccounts();
    expect(accounts.map(({ username }) => username).sort()).toEqual([ADA.username, GRACE.username]);
    for (const account of accounts) {
      const result = await again.acquireTokenSilent({ scopes: SCOPES, account });
      const token = account.username === ADA.username ? access_token : accessToken;
      expect(result).toMatchObject({ fromCache: true, accessToken: token });
    }
  });
});
