import { unwrap } from "msal-ts";
import { expect, test } from "vitest";
import { ADA, contents, PASSWORD, setup } from "../setup.js";

/** What the tasks API asks for beside a password. */
const POLICY = "ca000000-0000-4000-8000-0000000000ca";
const TASKS = ["api://contoso-tasks/Tasks.Read"];
const GRAPH = ["User.Read"];
const CONFIG = { conditionalAccess: [{ id: POLICY, resource: "api://contoso-tasks" }] };

test("a policy answers a refresh token with claims; with them the user signs in, and the token is there", async () => {
  const { desktopApp, idp, signIn } = setup(CONFIG);
  const app = desktopApp({ clientCapabilities: ["cp1"] });
  const { account } = unwrap(await signIn(app, { scopes: GRAPH }));

  const refused = await app.acquireTokenSilentWithError(TASKS, account);
  expect(refused).toMatchObject({
    error: "invalid_grant",
    suberror: "basic_action",
    classification: "basic_action",
    error_codes: [50076],
    claims: `{"access_token":{"capolids":{"essential":true,"values":["${POLICY}"]}}}`,
  });
  const claimsChallenge = (refused as { claims: string }).claims;
  const flow = await app.initiateAuthCodeFlow(GRAPH, {
    redirectUri: "http://localhost",
    claimsChallenge,
  });
  const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });
  unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
  const silent = await app.acquireTokenSilent(TASKS, account);

  expect(silent?.token_source).toBe("identity_provider");
  expect(JSON.parse(idp.requests.at(-1)?.form.claims ?? "")).toEqual({
    access_token: { xms_cc: { values: ["cp1"] } },
  });
});

test("a claims challenge passes the cached token by, and its answer takes that token's place", async () => {
  const { desktopApp, signIn, tokenRequests } = setup(CONFIG);
  const app = desktopApp();
  const first = unwrap(await signIn(app, { scopes: TASKS }));
  const claimsChallenge = JSON.stringify({ access_token: { capolids: { values: [POLICY] } } });

  const fresh = await app.acquireTokenSilent(TASKS, first.account, { claimsChallenge });

  expect(fresh).toMatchObject({ token_source: "identity_provider" });
  expect(fresh?.access_token).not.toBe(first.access_token);
  expect(tokenRequests().at(-1)?.form).toMatchObject({ claims: claimsChallenge });
  expect(contents(app.tokenCache).accessTokens).toHaveLength(1);
});

test("an API hands the claims of the next API on to its caller", async () => {
  const { desktopApp, webApp, signIn } = setup({
    conditionalAccess: [{ id: POLICY, resource: "https://management.azure.com" }],
  });
  const caller = desktopApp();
  const api = webApp(
    { clientCredential: "contoso-tasks-api-secret" },
    "55555555-5555-4555-8555-555555555555",
  );
  const { access_token } = unwrap(await signIn(caller, { scopes: TASKS }));

  const next = ["https://management.azure.com/user_impersonation"];
  const refused = await api.acquireTokenOnBehalfOf(access_token, next);

  expect(refused).toMatchObject({ error_codes: [50076], claims: expect.stringContaining(POLICY) });
  expect(await api.getAccounts()).toEqual([]);
});

test("a password alone is not enough for a resource with a policy", async () => {
  const app = setup(CONFIG).desktopApp();

  expect(await app.acquireTokenByUsernamePassword(ADA, PASSWORD, TASKS)).toMatchObject({
    error: "invalid_grant",
    suberror: "basic_action",
    claims: expect.stringContaining(POLICY),
  });
});
