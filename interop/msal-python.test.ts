/**
 * MSAL Python signs in to the emulator, over HTTPS with its TLS checks on.
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  ADA,
  DESKTOP_APP,
  type Emulated,
  GRAPH,
  startEmulated,
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

  function open(client_credential: unknown = WEB_APP.secret): Promise<PythonApp> {
    return python.open({
      class: "ConfidentialClientApplication",
      client_id: WEB_APP.clientId,
      options: {
        client_credential,
        authority: emulated.idp.authority("contoso.onmicrosoft.com"),
        instance_discovery: false,
        verify: emulated.caFile,
      },
    });
  }

  /** Signs Ada in; MSAL Python checks state, nonce, and the ID token's audience, issuer and times. */
  async function signIn(app: PythonApp): Promise<PythonResult> {
    const flow = await app.call<{ auth_uri: string }>("initiate_auth_code_flow", {
      scopes: SCOPES,
      redirect_uri: WEB_APP.redirectUri,
    });
    const auth_response = await emulated.idp.signIn(flow.auth_uri, ADA);
    return app.call("acquire_token_by_auth_code_flow", { auth_code_flow: flow, auth_response });
  }

  async function onlyAccount(app: PythonApp): Promise<PythonAccount> {
    const accounts = await app.call<PythonAccount[]>("get_accounts");
    expect(accounts).toHaveLength(1);
    return accounts[0] as PythonAccount;
  }

  test("refuses a server whose certificate authority it does not know", async () => {
    const opening = python.open({
      class: "ConfidentialClientApplication",
      client_id: WEB_APP.clientId,
      options: {
        client_credential: WEB_APP.secret,
        authority: emulated.idp.authority(TENANT),
        instance_discovery: false,
      },
    });

    await expect(opening).rejects.toThrow(/CERTIFICATE_VERIFY_FAILED/);
  });

  test("gets an app's own token for a secret", async () => {
    const app = await open();

    const result = await app.call("acquire_token_for_client", { scopes: [GRAPH] });

    expect(result).toMatchObject({ token_type: "Bearer", expires_in: 3599 });
    expect(emulated.grants()).toEqual(["client_credentials"]);
  });

  test("gets an app's own token for a certificate that is known by its thumbprint", async () => {
    const { privateKey: private_key, sha1: thumbprint } = emulated.certificate;
    const app = await open({ private_key, thumbprint });

    const result = await app.call("acquire_token_for_client", { scopes: [GRAPH] });

    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(emulated.idp.requests.at(-1)?.form).toMatchObject({
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    });
  });

  test("is told that a certificate is not registered", async () => {
    const { privateKey: private_key } = emulated.certificate;
    const app = await open({ private_key, thumbprint: "00".repeat(20) });

    const result = await app.call("acquire_token_for_client", { scopes: [GRAPH] });

    expect(result).toMatchObject({ error: "invalid_client", error_codes: [700027] });
  });

  test("is told that a secret is wrong", async () => {
    const app = await open("wrong");

    const result = await app.call("acquire_token_for_client", { scopes: [GRAPH] });

    expect(result).toMatchObject({ error: "invalid_client", error_codes: [7000215] });
    expect(result.error_description).toMatch(/^AADSTS7000215: /);
  });

  test("signs a user in with an authorization code, and checks the ID token", async () => {
    const result = await signIn(await open());

    expect(result.id_token_claims).toMatchObject({
      aud: WEB_APP.clientId,
      iss: `${emulated.idp.url}/${TENANT}/v2.0`,
      tid: TENANT,
      preferred_username: ADA.username,
    });
    expect(result).toMatchObject({ token_type: "Bearer" });
  });

  test("is silent about a token that it has", async () => {
    const app = await open();
    const { access_token } = await signIn(app);
    emulated.grants();

    const again = await app.call("acquire_token_silent", {
      scopes: SCOPES,
      account: await onlyAccount(app),
    });

    expect(again).toMatchObject({ access_token });
    expect(emulated.grants()).toEqual([]);
  });

  test("redeems the refresh token when the access token has expired", async () => {
    const app = await open();
    const { access_token } = await signIn(app);
    const account = await onlyAccount(app);
    await passTime(6000);

    const renewed = await app.call("acquire_token_silent", { scopes: SCOPES, account });

    expect(renewed.access_token).toBeTypeOf("string");
    expect(renewed.access_token).not.toBe(access_token);
    expect(emulated.grants()).toEqual(["authorization_code", "refresh_token"]);
    const kept = await app.call("acquire_token_silent", { scopes: SCOPES, account });
    expect(kept.access_token).toBe(renewed.access_token);
  });

  test("lists who signed in, and forgets them", async () => {
    const app = await open();
    await signIn(app);
    const account = await onlyAccount(app);

    await app.call("remove_account", { account });

    expect(account).toMatchObject({ username: ADA.username, environment: "localhost" });
    expect(await app.call("get_accounts")).toEqual([]);
    expect(await app.call("acquire_token_silent", { scopes: SCOPES, account })).toBeNull();
  });

  describe("on a device without a browser", () => {
    interface PythonDeviceFlow {
      user_code: string;
      expires_at: number;
      interval: number;
    }

    const openDesktop = () =>
      python.open({
        class: "PublicClientApplication",
        client_id: DESKTOP_APP,
        options: {
          authority: emulated.idp.authority(TENANT),
          instance_discovery: false,
          verify: emulated.caFile,
        },
      });
    const begin = (app: PythonApp) =>
      app.call<PythonDeviceFlow>("initiate_device_flow", { scopes: SCOPES });

    test("signs a user in who types its code elsewhere", async () => {
      const app = await openDesktop();
      const flow = await begin(app);
      expect(flow).toMatchObject({
        verification_uri: `${emulated.idp.url}/devicelogin`,
        expires_in: 900,
        interval: 5,
      });

      const asking = app.call("acquire_token_by_device_flow", { flow: { ...flow, interval: 1 } });
      await expect.poll(() => polls()).toBeGreaterThan(0);
      await emulated.idp.approveDevice(flow.user_code, ADA);

      expect((await asking).id_token_claims).toMatchObject({
        aud: DESKTOP_APP,
        preferred_username: ADA.username,
      });
      expect(await onlyAccount(app)).toMatchObject({ username: ADA.username });
      expect(polls()).toBeGreaterThan(1);
    });

    test("goes on when it is told to slow down", async () => {
      const app = await openDesktop();
      const flow = await begin(app);
      await emulated.idp.approveDevice(flow.user_code, ADA);
      emulated.idp.failNext({ path: "/token", error: "slow_down" });

      // Five seconds more make it one.
      const result = await app.call("acquire_token_by_device_flow", {
        flow: { ...flow, interval: -4 },
      });

      expect(result).toMatchObject({ token_type: "Bearer" });
      expect(polls()).toBe(2);
    });

    test("is told that the user declined", async () => {
      const app = await openDesktop();
      const flow = await begin(app);
      await emulated.idp.approveDevice(flow.user_code, { decline: true });

      const result = await app.call("acquire_token_by_device_flow", { flow });

      expect(result).toMatchObject({ error: "authorization_declined" });
    });

    test("is told that nobody typed the code yet", async () => {
      const app = await openDesktop();
      const flow = await begin(app);

      const result = await app.call("acquire_token_by_device_flow", {
        flow: { ...flow, expires_at: 0 },
      });

      expect(result).toMatchObject({ error: "authorization_pending", error_codes: [70016] });
    });

    const polls = () =>
      emulated.idp.requests.filter(({ form }) => form.grant_type?.endsWith(":device_code")).length;
  });

  async function passTime(seconds: number): Promise<void> {
    emulated.idp.advance(seconds);
    await python.advance(seconds);
  }
});
