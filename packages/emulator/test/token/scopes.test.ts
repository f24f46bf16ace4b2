import { expect, test } from "vitest";
import {
  ADA,
  CONTOSO,
  claimsOf,
  PASSWORD,
  setup,
  TASKS,
  WEB_REDIRECT,
  webClient,
} from "../setup.js";

const GRAPH = "https://graph.microsoft.com";

// Scopes asked for, `scope` of the answer, `scp` and `aud` of the token.
test.for([
  ["User.Read", "User.Read", "User.Read", GRAPH],
  ["user.READ", "user.READ", "user.READ", GRAPH],
  ["User.Read openid", "openid User.Read", "openid User.Read", GRAPH],
  [`${GRAPH}/Mail.Read`, `${GRAPH}/Mail.Read`, "Mail.Read", GRAPH],
  ["User.Read Mail.Read", "User.Read Mail.Read", "User.Read Mail.Read", GRAPH],
  ["openid offline_access", "openid", "openid", GRAPH],
  [
    "https://management.azure.com//.default",
    "https://management.azure.com//user_impersonation https://management.azure.com//.default",
    "user_impersonation",
    "https://management.azure.com/",
  ],
  [
    "https://management.core.windows.net/.default offline_access",
    "https://management.core.windows.net/user_impersonation https://management.core.windows.net/.default",
    "user_impersonation",
    "https://management.core.windows.net",
  ],
  [
    "api://contoso-tasks/Tasks.Read api://contoso-tasks/Tasks.ReadWrite",
    "api://contoso-tasks/Tasks.Read api://contoso-tasks/Tasks.ReadWrite",
    "Tasks.Read Tasks.ReadWrite",
    "55555555-5555-4555-8555-555555555555",
  ],
] as const)("%s", async ([scope, echo, scp, aud]) => {
  const { redeem } = setup();

  const { body } = await redeem({ authorize: { scope } });

  expect(body.scope).toBe(echo);
  expect(claimsOf(body.access_token)).toMatchObject({ scp, aud });
});

test(".default means what the app was granted", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);

  const { body } = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT, scope: "api://contoso-tasks/.default" },
    token: { client_secret },
  });

  expect(body.scope).toBe("api://contoso-tasks/Tasks.Read api://contoso-tasks/.default");
  expect(claimsOf(body.access_token).scp).toBe("Tasks.Read");
});

test("a client's own id as scope means its own API", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-000000000007";
  const { redeem, verify } = setup({
    apps: [
      {
        clientId,
        redirectUris: { publicClient: ["http://localhost"] },
        scopes: ["Own"],
      },
    ],
  });

  const { body } = await redeem({ authorize: { client_id: clientId, scope: clientId } });

  expect(await verify(body.access_token)).toMatchObject({ aud: clientId, scp: "Own" });
});

test("another app's id as scope is no shorthand for its API", async () => {
  const { idp, app, authUri } = setup();
  const uri = authUri(CONTOSO, { scope: app(TASKS).clientId });

  const answer = await idp.signIn(uri, { username: ADA, password: PASSWORD });

  expect(answer.error_description).toMatch(/^AADSTS650053: /);
});

test("a token request mixes .default with no scope of the resource, whatever it is called", async () => {
  const { redeem } = setup();
  const scope = "https://graph.microsoft.com/.default Mail.Read";

  const { body } = await redeem({ token: { scope } });

  expect(body).toMatchObject({ error: "invalid_scope", error_codes: [70011] });
});
