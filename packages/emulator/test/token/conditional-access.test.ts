import { expect, test } from "vitest";
import { ADA, CONTOSO, DESKTOP, PASSWORD, setup } from "../setup.js";

const POLICY = "ca000000-0000-4000-8000-0000000000ca";
const CHALLENGE = `{"access_token":{"capolids":{"essential":true,"values":["${POLICY}"]}}}`;
const TASKS = "openid profile offline_access api://contoso-tasks/Tasks.Read";
const CONFIG = { conditionalAccess: [{ id: POLICY, resource: "api://contoso-tasks" }] };
const SIGN_IN = { username: ADA, password: PASSWORD };

test("a sign-in for the resource satisfies its policy, and so do its refresh tokens", async () => {
  const { redeem, token, app } = setup(CONFIG);

  const { body } = await redeem({ authorize: { scope: TASKS } });
  const renewed = await token(CONTOSO, {
    grant_type: "refresh_token",
    client_id: app(DESKTOP).clientId,
    refresh_token: body.refresh_token,
    scope: TASKS,
  });

  expect(renewed.body.access_token).toBeDefined();
});

// Scopes and claims that a sign-in asked for, and whether its refresh token then serves the resource.
test.for<[string, Record<string, string>, boolean]>([
  ["for another resource", {}, false],
  ["with the challenge", { claims: CHALLENGE }, true],
  ["with a challenge of another policy", { claims: CHALLENGE.replace("ca", "cb") }, false],
])("after a sign-in %s (%j) the resource's token is there: %s", async ([, authorize, served]) => {
  const { redeem, token, app } = setup(CONFIG);
  const { body } = await redeem({ authorize });

  const { body: answer, status } = await token(CONTOSO, {
    grant_type: "refresh_token",
    client_id: app(DESKTOP).clientId,
    refresh_token: body.refresh_token,
    scope: TASKS,
  });

  expect(status).toBe(served ? 200 : 400);
  if (served) return;
  expect(answer).toMatchObject({
    error: "invalid_grant",
    suberror: "basic_action",
    error_codes: [50076],
    claims: CHALLENGE,
  });
});

test("a session that began with less is asked again, and told so where no page may be shown", async () => {
  const { idp, authUri } = setup(CONFIG);
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { ...SIGN_IN, cookies });

  const silent = await idp.signIn(authUri(CONTOSO, { scope: TASKS, prompt: "none" }), {
    ...SIGN_IN,
    cookies,
  });
  const again = await idp.signIn(authUri(CONTOSO, { scope: TASKS }), { ...SIGN_IN, cookies });
  const afterwards = await idp.signIn(authUri(CONTOSO, { scope: TASKS, prompt: "none" }), {
    ...SIGN_IN,
    cookies,
  });

  expect(silent).toMatchObject({ error: "interaction_required", claims: CHALLENGE });
  expect(again).toHaveProperty("code");
  expect(afterwards).toHaveProperty("code");
});

test("a policy on no app is refused by name", () => {
  const conditionalAccess = [{ id: POLICY, resource: "api://nobody" }];

  expect(() => setup({ conditionalAccess })).toThrow(
    /config\.conditionalAccess\[0\]\.resource must be the client ID or an identifier URI/,
  );
});
