/**
 * Cache files cross over between MSAL Python and us, in both directions.
 *
 * @module
 */
import { unwrap } from "msal-ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADA, type Emulated, GRACE, GRAPH, startEmulated, WEB_APP } from "./emulated.js";
import {
  isPythonMissing,
  type Python,
  type PythonAccount,
  type PythonApp,
  type PythonResult,
  startPython,
} from "./msal-python.js";
import {
  AUTHORITY,
  type CacheFile,
  HOST,
  openOurs,
  SCOPES,
  signInWithOurs,
  withStrangers,
} from "./standard-host.js";

describe.skipIf(isPythonMissing)("cache files of MSAL Python", () => {
  let emulated: Emulated;
  let python: Python;

  beforeAll(async () => {
    [emulated, python] = await Promise.all([startEmulated(), startPython()]);
  });
  afterAll(async () => {
    await Promise.all([python.close(), emulated.close()]);
  });
  beforeEach(() => {
    emulated.grants();
  });

  function openTheirs(cache?: string): Promise<PythonApp> {
    return python.open({
      class: "ConfidentialClientApplication",
      client_id: WEB_APP.clientId,
      options: {
        client_credential: WEB_APP.secret,
        authority: AUTHORITY,
        instance_discovery: false,
      },
      route: { host: HOST, url: emulated.idp.url, ca: emulated.caFile },
      ...(cache !== undefined && { cache }),
    });
  }

  /** A file that MSAL Python wrote after Ada signed in, and the token in it. */
  async function theirFile(): Promise<{ file: string; token: string | undefined }> {
    const theirs = await openTheirs();
    const auth_code_flow = await theirs.call<{ auth_uri: string }>("initiate_auth_code_flow", {
      scopes: SCOPES,
      redirect_uri: WEB_APP.redirectUri,
    });
    const auth_response = await emulated.idp.signIn(auth_code_flow.auth_uri, ADA);
    const { access_token: token } = await theirs.call("acquire_token_by_auth_code_flow", {
      auth_code_flow,
      auth_response,
    });
    expect(token).toBeTypeOf("string");
    const file = await theirs.serialize();
    emulated.grants();
    return { file, token };
  }

  /** A file that we wrote after Ada signed in, and the token in it. */
  async function ourFile(): Promise<{ file: string; token: string }> {
    const ours = openOurs(emulated);
    const token = await signInWithOurs(emulated, ours, ADA);
    emulated.grants();
    return { file: ours.cache.serialize(), token };
  }

  async function theirSilent(theirs: PythonApp): Promise<PythonResult> {
    const [account] = await theirs.call<PythonAccount[]>("get_accounts");
    return theirs.call("acquire_token_silent", { scopes: SCOPES, account });
  }

  async function passTime(seconds: number): Promise<void> {
    emulated.idp.advance(seconds);
    await python.advance(seconds);
  }

  describe("read by us", () => {
    test("a user's token is served without a request", async () => {
      const { file, token } = await theirFile();
      const { app } = openOurs(emulated, file);

      const [account] = await app.getAccounts();
      const result = await app.acquireTokenSilent(SCOPES, account);

      expect(account).toMatchObject({ username: ADA.username, environment: HOST });
      expect(result).toMatchObject({ access_token: token, token_source: "cache" });
      expect(emulated.idp.requests).toEqual([]);
    });

    test("the refresh token is redeemed when the access token has expired, and replaced in its place", async () => {
      const { file } = await theirFile();
      const ours = openOurs(emulated, file);
      await passTime(6000);

      const [account] = await ours.app.getAccounts();
      const result = await ours.app.acquireTokenSilent(SCOPES, account);

      expect(result).toMatchObject({ token_source: "identity_provider" });
      expect(emulated.grants()).toEqual(["refresh_token"]);
      const before = (JSON.parse(file) as CacheFile).RefreshToken ?? {};
      const after = (JSON.parse(ours.cache.serialize()) as CacheFile).RefreshToken ?? {};
      expect(Object.keys(after)).toEqual(Object.keys(before));
      expect(after).not.toEqual(before);
    });

    test("an app's own token is served without a request", async () => {
      const theirs = await openTheirs();
      const { access_token } = await theirs.call("acquire_token_for_client", { scopes: [GRAPH] });
      const file = await theirs.serialize();
      emulated.grants();

      const result = await openOurs(emulated, file).app.acquireTokenForClient([GRAPH]);

      expect(result).toMatchObject({ access_token, token_source: "cache" });
      expect(emulated.idp.requests).toEqual([]);
    });

    test("nothing of theirs is lost when another user signs in with us", async () => {
      const file = withStrangers((await theirFile()).file);
      const ours = openOurs(emulated, file);

      await signInWithOurs(emulated, ours, GRACE);

      const saved = JSON.parse(ours.cache.serialize()) as CacheFile;
      expect(saved).toMatchObject(JSON.parse(file));
      expect(Object.keys(saved.Account ?? {})).toHaveLength(2);
    });

    test("what stands in their rows beside our members stays when the same user signs in again", async () => {
      const file = withStrangers((await theirFile()).file);
      const ours = openOurs(emulated, file);

      const token = await signInWithOurs(emulated, ours, ADA);

      const before = JSON.parse(file) as CacheFile;
      const after = JSON.parse(ours.cache.serialize()) as CacheFile;
      expect(after.Account).toEqual(before.Account);
      expect(after.Customized).toEqual(before.Customized);
      const theirs = await openTheirs(ours.cache.serialize());
      expect(await theirSilent(theirs)).toMatchObject({ access_token: token });
    });

    test("the row of another user survives a sign-out with us", async () => {
      const ours = openOurs(emulated, withStrangers((await theirFile()).file));
      await signInWithOurs(emulated, ours, GRACE);
      const [grace] = await ours.app.getAccounts({ username: GRACE.username });

      if (grace) await ours.app.removeAccount(grace);

      const theirs = await openTheirs(ours.cache.serialize());
      expect(await theirs.call("get_accounts")).toMatchObject([{ username: ADA.username }]);
    });
  });

  describe("written by us", () => {
    test("a user's token is found without a request", async () => {
      const { file, token } = await ourFile();
      const theirs = await openTheirs(file);

      const result = await theirSilent(theirs);

      expect(result).toMatchObject({ access_token: token });
      expect(emulated.grants()).toEqual([]);
    });

    test("the refresh token is redeemed, and we go on with what MSAL Python made of it", async () => {
      const { file, token } = await ourFile();
      const theirs = await openTheirs(file);
      await passTime(6000);

      const renewed = await theirSilent(theirs);

      expect(renewed.access_token).toBeTypeOf("string");
      expect(renewed.access_token).not.toBe(token);
      expect(emulated.grants()).toEqual(["refresh_token"]);
      const { app } = openOurs(emulated, await theirs.serialize());
      const [account] = await app.getAccounts();
      const cached = await app.acquireTokenSilent(SCOPES, account);
      const forced = await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });
      expect(cached).toMatchObject({ access_token: renewed.access_token, token_source: "cache" });
      expect(forced).toMatchObject({ token_source: "identity_provider" });
    });

    test("an app's own token is found without a request", async () => {
      const ours = openOurs(emulated);
      const { access_token } = unwrap(await ours.app.acquireTokenForClient([GRAPH]));
      const theirs = await openTheirs(ours.cache.serialize());
      emulated.grants();

      // Without an account it looks for tokens of the app itself.
      const found = await theirs.call("acquire_token_silent", { scopes: [GRAPH], account: null });

      expect(found).toMatchObject({ access_token });
      expect(emulated.grants()).toEqual([]);
    });

    test("the same sign-in makes rows that MSAL Python would have made", async () => {
      const [ours, theirs] = [await ourFile(), await theirFile()];

      expect(shapeOf(ours.file)).toEqual(shapeOf(theirs.file));
    });
  });
});

/** Keys and members of a file, without what differs each time. Scopes in one order: theirs is any. */
function shapeOf(file: string): unknown {
  const varying = ["secret", "cached_at", "last_modification_time"];
  const sorted = (text: unknown) => String(text).split(" ").sort().join(" ");
  const sections = Object.entries(JSON.parse(file) as CacheFile).map(([name, rows]) => [
    name,
    Object.entries(rows).map(([key, row]) => [
      key.replace(/[^-]*$/, sorted),
      Object.fromEntries(
        Object.entries(row)
          .map(([member, value]) => {
            if (member === "target") return [member, sorted(value)];
            return [member, /(?:expires|refresh)_on$/.test(member) ? typeof value : value];
          })
          .filter(([member]) => !varying.includes(String(member))),
      ),
    ]),
  ]);
  return Object.fromEntries(sections);
}
