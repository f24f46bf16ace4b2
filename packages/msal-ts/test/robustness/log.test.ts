/**
 * What the log says is one line for each message, whatever the provider says, and holds no URL's query.
 */
import type { Account } from "msal-ts";
import { expect, test } from "vitest";
import { idToken, queryOf, remember, setupScript, USER, userTokens } from "../setup.js";

const ADA_BY_ID = { homeAccountId: USER.homeAccountId } as Account;

test("the token endpoint is named without its query", async () => {
  const authority = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_policy";
  const { webApp, log } = setupScript(
    {
      body: {
        issuer: `${authority}/v2.0`,
        authorization_endpoint: `${authority}/authorize`,
        token_endpoint: `${authority}/token?p=b2c_1_policy`,
      },
    },
    { body: { access_token: "t", token_type: "Bearer", expires_in: 3600 } },
  );

  await webApp({ authority }).acquireTokenForClient(["https://contoso/.default"]);

  const about = log.map(({ message }) => message).filter((line) => line.includes("/token"));
  expect(about).not.toEqual([]);
  for (const line of about) expect(line).not.toContain("?");
});

const FORGED = "invalid_grant\nerror: the disk is full";

test("a provider's error word with a line break begins no line of its own", async () => {
  const { webApp, log } = setupScript({ status: 400, body: { error: FORGED } });
  const app = webApp();
  remember(app.tokenCache, { access_token: undefined });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);

  const lines = log.map(({ message }) => message);
  expect(lines.filter((line) => line.includes("invalid_grant"))).not.toEqual([]);
  expect(lines.filter((line) => line.includes("\n"))).toEqual([]);
});

test("nor does it when a renewal in the background is refused", async () => {
  const { webApp, warnings, settled } = setupScript({ status: 400, body: { error: FORGED } });
  const app = webApp();
  remember(app.tokenCache, { refresh_in: -1 });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(warnings()).toEqual([expect.stringContaining("invalid_grant")]);
  expect(warnings()[0]).not.toContain("\n");
});

test("nor does what a transport says when a renewal in the background fails", async () => {
  const { webApp, warnings, settled } = setupScript(new Error("broken\nerror: the disk is full"));
  const app = webApp();
  remember(app.tokenCache, { refresh_in: -1 });

  await app.acquireTokenSilent(["User.Read"], ADA_BY_ID);
  await settled();

  expect(warnings()).toEqual([expect.stringContaining("broken")]);
  expect(warnings()[0]).not.toContain("\n");
});

test.for([undefined, false, true])(
  "users are named in the log only where enablePiiLog says so: %s",
  async (enablePiiLog) => {
    const { webApp, script, log } = setupScript();
    const app = webApp({ enablePiiLog });
    const flow = await app.initiateAuthCodeFlow(["User.Read"]);
    script({ body: userTokens({ id_token: idToken({ nonce: queryOf(flow).nonce }) }) });

    await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

    const all = log.map(({ message }) => message).join("\n");
    expect(all.includes(USER.username)).toBe(enablePiiLog === true);
  },
);

test("nor does a user's name, where the log may show it", async () => {
  const { webApp, script, log } = setupScript();
  const app = webApp({ enablePiiLog: true });
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  const claims = { nonce: queryOf(flow).nonce, preferred_username: "ada\nerror: the disk is full" };
  script({ body: userTokens({ id_token: idToken(claims) }) });

  await app.acquireTokenByAuthCodeFlow(flow, { state: flow.state, code: "c" });

  const lines = log.map(({ message }) => message).filter((line) => line.includes("ada"));
  expect(lines).not.toEqual([]);
  for (const line of lines) expect(line).not.toContain("\n");
});
