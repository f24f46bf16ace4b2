/**
 * The reference's recipes, as a TypeScript developer writes them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AuthResponse,
  type ConfidentialClientApplication,
  isTokenError,
  MsalError,
  SerializableTokenCache,
  unwrap,
} from "msal-ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { ADA, APP_SCOPES, PASSWORD, REDIRECT_URI, setup, setupScript } from "../setup.js";

describe("authorities that the developer knows", () => {
  const KNOWN = [
    "https://login.contoso.example/contoso",
    "https://login.fabrikam.example/fabrikam",
  ];
  const configuration = (authority: string) => ({
    body: {
      issuer: `${authority}/v2.0`,
      authorization_endpoint: `${authority}/authorize`,
      token_endpoint: `${authority}/token`,
    },
  });
  const tokens = { body: { access_token: "a", token_type: "Bearer", expires_in: 3600 } };

  test.for(KNOWN)("are asked without asking Microsoft about them: %s", async (authority) => {
    const { webApp, requests } = setupScript(configuration(authority), tokens);
    const app = webApp({ authority, instanceDiscovery: !KNOWN.includes(authority) });

    expect(isTokenError(await app.acquireTokenForClient(APP_SCOPES))).toBe(false);

    expect(new Set(requests.map(({ url }) => new URL(url).host))).toEqual(
      new Set([new URL(authority).host]),
    );
  });

  test("and of the others Microsoft says whether it knows them", async () => {
    const authority = "https://login.stranger.example/contoso";
    const { webApp, requests } = setupScript({ status: 400, body: { error: "invalid_instance" } });
    const app = webApp({ authority, instanceDiscovery: !KNOWN.includes(authority) });

    await expect(app.acquireTokenForClient(APP_SCOPES)).rejects.toMatchObject({
      code: "invalid_authority",
    });

    expect(requests.map(({ url }) => new URL(url).host)).toEqual(["login.microsoftonline.com"]);
  });
});

describe("a web app that ends a sign-in", () => {
  /** What a handler of the redirect URI answers. */
  async function authorized(
    app: ConfidentialClientApplication,
    session: { flow?: unknown },
    answer: AuthResponse,
  ): Promise<string> {
    try {
      const result = await app.acquireTokenByAuthCodeFlow(session.flow as never, answer);
      return isTokenError(result) ? `error: ${result.error}` : `hello ${result.account?.username}`;
    } catch (error) {
      // Usually somebody came back to another sign-in, or twice.
      if (error instanceof MsalError) return `start again: ${error.code}`;
      throw error;
    }
  }

  const begin = async (app: ConfidentialClientApplication) => ({
    flow: await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI }),
  });

  test("greets who signed in", async () => {
    const { webApp, idp } = setup();
    const app = webApp();
    const session = await begin(app);
    const answer = await idp.signIn(session.flow.authUri, { username: ADA, password: PASSWORD });

    expect(await authorized(app, session, answer)).toBe(`hello ${ADA}`);
  });

  test("lets who comes back to another sign-in start again, and then in", async () => {
    const { webApp, idp, tokenRequests } = setup();
    const app = webApp();
    const session = await begin(app);
    const forged = await idp.signIn((await begin(app)).flow.authUri, {
      username: ADA,
      password: PASSWORD,
    });

    expect(await authorized(app, session, forged)).toBe("start again: state_mismatch");
    expect(tokenRequests()).toEqual([]);

    const again = await begin(app);
    const answer = await idp.signIn(again.flow.authUri, { username: ADA, password: PASSWORD });
    expect(await authorized(app, again, answer)).toBe(`hello ${ADA}`);
  });

  test("lets who comes back without a session start again", async () => {
    const { webApp } = setupScript();

    const answer = { code: "a-code", state: "a-state" };

    expect(await authorized(webApp(), {}, answer)).toBe("start again: invalid_argument");
    expect(await authorized(webApp(), { flow: {} }, answer)).toBe("start again: state_mismatch");
  });

  test("tells who declined, and who comes back twice, what the provider says", async () => {
    const { webApp, idp } = setup();
    const app = webApp();
    const session = await begin(app);
    const { state } = session.flow;
    const declined = { error: "access_denied", error_description: "AADSTS65004", state };
    expect(await authorized(app, session, declined)).toBe("error: access_denied");

    const answer = await idp.signIn(session.flow.authUri, { username: ADA, password: PASSWORD });
    await authorized(app, session, answer);

    expect(await authorized(app, session, answer)).toBe("error: invalid_grant");
  });
});

test("a command line that keeps its cache in a file writes it only when something changed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-recipe-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "my_cache.json");
  const { desktopApp, idp, clock, tokenRequests } = setup();
  let writes = 0;

  /** One run of the program: from the cache, or with a password; at its end the cache is written. */
  const run = async () => {
    const tokenCache = new SerializableTokenCache();
    if (existsSync(path)) tokenCache.deserialize(readFileSync(path, "utf8"));
    const app = desktopApp({ tokenCache });
    const [account] = await app.getAccounts({ username: ADA });
    const result = unwrap(
      (await app.acquireTokenSilent(["User.Read"], account)) ??
        (await app.acquireTokenByUsernamePassword(ADA, PASSWORD, ["User.Read"])),
    );
    if (tokenCache.hasStateChanged) {
      writeFileSync(path, tokenCache.serialize(), { mode: 0o600 });
      writes++;
    }
    return result.token_source;
  };

  expect([await run(), writes]).toEqual(["identity_provider", 1]);
  expect([await run(), writes]).toEqual(["cache", 1]);

  clock.advance(2 * 3600);
  expect([await run(), writes]).toEqual(["identity_provider", 2]);
  expect(tokenRequests().map(({ form }) => form.grant_type)).toEqual(["password", "refresh_token"]);

  writeFileSync(path, readFileSync(path, "utf8").slice(0, -10));
  await expect(run()).rejects.toMatchObject({ code: "invalid_cache" });
  expect(idp.requests.length).toBeGreaterThan(0);
});
