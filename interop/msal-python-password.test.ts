/**
 * MSAL Python signs users in with their passwords, at the emulator and at its federation server. By the
 * clock of the system: MSAL Python dates what it asks a federation server by another one than `time.time`.
 *
 * @module
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADA, EDITH, type Emulated, startEmulated } from "./emulated.js";
import {
  isPythonMissing,
  type Python,
  type PythonAccount,
  type PythonApp,
  startPython,
} from "./msal-python.js";

const SCOPES = ["User.Read"];

describe.skipIf(isPythonMissing)("MSAL Python with a password", () => {
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

  /** It asks for user realms at the authority's host and leaves the port out, so that host is a real one. */
  function open(): Promise<PythonApp> {
    const host = "login.microsoftonline.com";
    return python.open({
      class: "PublicClientApplication",
      client_id: "22222222-2222-4222-8222-222222222222",
      options: { authority: `https://${host}/contoso.onmicrosoft.com` },
      route: { host, url: emulated.idp.url, ca: emulated.caFile },
    });
  }

  // A user of the platform, and one of the federation server.
  test.for([
    { user: ADA, grant: "password" },
    { user: EDITH, grant: "urn:ietf:params:oauth:grant-type:saml1_1-bearer" },
  ])("signs $user.username in by the grant $grant", async ({ user, grant }) => {
    const app = await open();

    const result = await app.call("acquire_token_by_username_password", {
      ...user,
      scopes: SCOPES,
    });

    expect(result.id_token_claims).toMatchObject({ preferred_username: user.username });
    expect(emulated.grants()).toEqual([grant]);
    const accounts = await app.call<PythonAccount[]>("get_accounts");
    expect(accounts).toMatchObject([{ username: user.username }]);
  });

  test("is told that a password is wrong, by both of them", async () => {
    const app = await open();
    const signIn = ({ username }: { username: string }) =>
      app.call("acquire_token_by_username_password", {
        ...{ username, password: "wrong", scopes: SCOPES },
      });

    expect(await signIn(ADA)).toMatchObject({ error: "invalid_grant", error_codes: [50126] });
    await expect(signIn(EDITH)).rejects.toThrow(/ID3242.*a:FailedAuthentication/);
  });
});
