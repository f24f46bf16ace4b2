/**
 * MSAL Python exchanges codes, refresh tokens, assertions and tokens of users at the emulator, and signs users
 * in with the browser of this computer.
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  DESKTOP_APP,
  type Emulated,
  GRAPH,
  signAssertion,
  startEmulated,
  TASKS_API,
  TENANT,
  WEB_APP,
} from "./emulated.js";
import {
  isPythonMissing,
  type Python,
  type PythonAccount,
  type PythonApp,
  type PythonResult,
  startPython,
} from "./msal-python.js";
import { visit } from "./visit.js";

const SCOPES = ["User.Read"];

describe.skipIf(isPythonMissing)("MSAL Python with the emulator", () => {
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

  const settings = () => ({
    authority: emulated.idp.authority(TENANT),
    instance_discovery: false,
    verify: emulated.caFile,
  });
  const openConfidential = (client_credential: unknown, client_id: string = WEB_APP.clientId) =>
    python.open({
      class: "ConfidentialClientApplication",
      client_id,
      options: { ...settings(), client_credential },
    });
  const openDesktop = () =>
    python.open({
      class: "PublicClientApplication",
      client_id: DESKTOP_APP,
      options: settings(),
    });

  /** Signs Ada in by the older pair of methods, which leaves state and nonce to its caller. */
  async function redeemCode(app: PythonApp, scopes: readonly string[]): Promise<PythonResult> {
    const redirect_uri = WEB_APP.redirectUri;
    const sent = { scopes, redirect_uri, state: "abc", nonce: "a nonce" };
    const url = await app.call<string>("get_authorization_request_url", sent);
    const { code, state } = await emulated.idp.signIn(url, ADA);
    expect(state).toBe("abc");
    return app.call("acquire_token_by_authorization_code", {
      ...{ code, scopes, redirect_uri, nonce: "a nonce" },
    });
  }

  test("redeems a code whose state and nonce are its caller's", async () => {
    const app = await openConfidential(WEB_APP.secret);

    const result = await redeemCode(app, SCOPES);

    expect(result.id_token_claims).toMatchObject({
      nonce: "a nonce",
      preferred_username: ADA.username,
    });
    expect(emulated.grants()).toEqual(["authorization_code"]);
  });

  test("redeems a refresh token that comes from elsewhere", async () => {
    const { refresh_token } = await redeemCode(await openConfidential(WEB_APP.secret), SCOPES);
    const app = await openConfidential(WEB_APP.secret);
    emulated.grants();

    const result = await app.call("acquire_token_by_refresh_token", {
      ...{ refresh_token, scopes: SCOPES },
    });

    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(emulated.grants()).toEqual(["refresh_token"]);
    const accounts = await app.call<PythonAccount[]>("get_accounts");
    expect(accounts).toMatchObject([{ username: ADA.username }]);
  });

  test("is told that a refresh token is none", async () => {
    const app = await openConfidential(WEB_APP.secret);

    const result = await app.call("acquire_token_by_refresh_token", {
      ...{ refresh_token: "none", scopes: SCOPES },
    });

    expect(result).toMatchObject({ error: "invalid_grant" });
  });

  test("exchanges a user's token for one to the next API", async () => {
    const web = await openConfidential(WEB_APP.secret);
    const { access_token: user_assertion } = await redeemCode(web, [TASKS_API.scope]);
    const api = await openConfidential(TASKS_API.secret, TASKS_API.clientId);
    emulated.grants();

    const result = await api.call("acquire_token_on_behalf_of", {
      ...{ user_assertion, scopes: [GRAPH] },
    });

    expect(result.id_token_claims).toMatchObject({ preferred_username: ADA.username });
    expect(emulated.grants()).toEqual(["urn:ietf:params:oauth:grant-type:jwt-bearer"]);
  });

  test("is told that a token for another API is not its to exchange", async () => {
    const web = await openConfidential(WEB_APP.secret);
    const { access_token: user_assertion } = await redeemCode(web, SCOPES);
    const api = await openConfidential(TASKS_API.secret, TASKS_API.clientId);

    const result = await api.call("acquire_token_on_behalf_of", {
      ...{ user_assertion, scopes: [GRAPH] },
    });

    expect(result).toMatchObject({ error: "invalid_grant", error_codes: [50013] });
  });

  test("gets an app's own token for an assertion that was signed elsewhere", async () => {
    const app = await openConfidential({ client_assertion: await signAssertion(emulated) });

    const result = await app.call("acquire_token_for_client", { scopes: [GRAPH] });

    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(emulated.grants()).toEqual(["client_credentials"]);
  });

  test("signs a user in with the browser of this computer", async () => {
    const app = await openDesktop();

    const result = await app.signIn(
      { scopes: SCOPES, login_hint: ADA.username, max_age: 60 },
      (url) => void visit(emulated.idp, url, ADA),
    );

    expect(result.id_token_claims).toMatchObject({
      aud: DESKTOP_APP,
      preferred_username: ADA.username,
    });
    expect(emulated.grants()).toEqual(["authorization_code"]);
  });
});
