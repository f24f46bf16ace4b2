import { expect, test } from "vitest";
import {
  ADA,
  type Bench,
  CONTOSO,
  claimsOf,
  DESKTOP,
  FABRIKAM,
  GUEST,
  INTERNAL,
  PERSONAL,
  SPA,
  setup,
  WEB_REDIRECT,
  webClient,
} from "../setup.js";

const CLI = "Microsoft Azure CLI";
const POWERSHELL = "Microsoft Azure PowerShell";

const DAY = 86_400;

/** Redeems a refresh token as an app. */
function refresh(
  { token, app }: Bench,
  refresh_token: string,
  { name = DESKTOP, tenant = CONTOSO, ...form }: Record<string, string> = {},
  headers?: Record<string, string>,
) {
  const client_id = app(name).clientId;
  return token(tenant, { grant_type: "refresh_token", client_id, refresh_token, ...form }, headers);
}

test("each use brings a new refresh token, and the old one stays valid", async () => {
  const bench = setup();
  const { body } = await bench.redeem();

  const first = await refresh(bench, body.refresh_token);
  const second = await refresh(bench, body.refresh_token);
  const third = await refresh(bench, first.body.refresh_token);

  for (const answer of [first, second, third]) expect(answer.status).toBe(200);
  expect(new Set([body, first.body, second.body].map((each) => each.refresh_token)).size).toBe(3);
});

// Scopes of the refresh request, what is echoed, and whether an ID token comes.
test.for([
  ["", "openid profile User.Read", true],
  ["Mail.Read", "Mail.Read", false],
  ["openid Mail.Read", "openid Mail.Read", true],
  ["api://contoso-tasks/Tasks.Read", "api://contoso-tasks/Tasks.Read", false],
] as const)("scope %j is answered with %j", async ([scope, echo, idToken]) => {
  const bench = setup();
  const { body } = await bench.redeem();

  const answer = await refresh(bench, body.refresh_token, { scope });

  expect(answer.body.scope).toBe(echo);
  expect("id_token" in answer.body).toBe(idToken);
});

test("the ID token of a refresh has no nonce", async () => {
  const bench = setup();
  const { body } = await bench.redeem({ authorize: { nonce: "n-1" } });

  const answer = await refresh(bench, body.refresh_token, { scope: "openid" });

  expect(claimsOf(answer.body.id_token)).not.toHaveProperty("nonce");
});

test("a refresh token lives 90 days from its last use", async () => {
  const bench = setup();
  const { body } = await bench.redeem();

  bench.idp.advance(90 * DAY - 10);
  const used = await refresh(bench, body.refresh_token);
  bench.idp.advance(90 * DAY - 10);
  const renewed = await refresh(bench, used.body.refresh_token);
  const expired = await refresh(bench, body.refresh_token);

  expect(used.status).toBe(200);
  expect(renewed.status).toBe(200);
  expect(expired.body).toMatchObject({ error: "invalid_grant", error_codes: [700082] });
  expect(expired.body.error_description).toMatch(
    /issued on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z and was inactive for 90\.00:00:00\./,
  );
});

test("those of a single-page app live a day in all", async () => {
  const bench = setup();
  const headers = { origin: "http://localhost" };
  const authorize = { client_id: bench.app(SPA).clientId, redirect_uri: "http://localhost" };
  const { body } = await bench.redeem({ authorize, headers });

  bench.idp.advance(DAY / 2);
  const used = await refresh(bench, body.refresh_token, { name: SPA }, headers);
  bench.idp.advance(DAY / 2);
  const expired = await refresh(bench, used.body.refresh_token, { name: SPA }, headers);

  expect(used.body.refresh_token_expires_in).toBeLessThan(DAY / 2);
  expect(used.body.refresh_token_expires_in).toBeGreaterThan(DAY / 2 - 10);
  expect(expired.body.error_codes).toEqual([700084]);
});

test.for(["nonsense", "1.nonsense"])("%s is a bad token", async (refresh_token) => {
  const bench = setup();

  const { status, body } = await refresh(bench, refresh_token);

  expect(status).toBe(400);
  expect(body).toMatchObject({
    error: "invalid_grant",
    suberror: "bad_token",
    error_codes: [9002313],
  });
});

test("family members redeem each other's, and are told that they are family", async () => {
  const bench = setup();
  const { body } = await bench.redeem({ authorize: { client_id: bench.app(CLI).clientId } });

  const relative = await refresh(bench, body.refresh_token, { name: POWERSHELL });
  const back = await refresh(bench, relative.body.refresh_token, { name: CLI });

  expect(body.foci).toBe("1");
  expect(relative.body.foci).toBe("1");
  expect(claimsOf(relative.body.access_token).appid).toBe(bench.app(POWERSHELL).clientId);
  expect(back.status).toBe(200);
});

// Whose token it is, who presents it.
test.for([
  [CLI, DESKTOP],
  [DESKTOP, CLI],
  [DESKTOP, SPA],
] as const)("a refresh token of %s is a client mismatch for %s", async ([owner, other]) => {
  const bench = setup();
  const { body } = await bench.redeem({ authorize: { client_id: bench.app(owner).clientId } });

  const answer = await refresh(bench, body.refresh_token, { name: other });

  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({
    error: "invalid_grant",
    suberror: "client_mismatch",
    error_additional_info: ["client_mismatch"],
  });
});

test("a guest's refresh token works in every tenant that knows the guest", async () => {
  const bench = setup();
  const { body } = await bench.redeem({ username: GUEST });

  const { body: away } = await refresh(bench, body.refresh_token, {
    tenant: FABRIKAM,
    scope: "openid profile",
    client_info: "1",
  });
  const home = await refresh(bench, body.refresh_token, { tenant: "common", scope: "openid" });

  const user = bench.idp.config.users.find(({ username }) => username === GUEST);
  const claims = claimsOf(away.id_token);
  expect(claims).toMatchObject({
    tid: bench.tenantId(FABRIKAM),
    idp: `https://sts.windows.net/${bench.tenantId(CONTOSO)}/`,
  });
  expect(claims.oid).not.toBe(user?.oid);
  expect(JSON.parse(Buffer.from(away.client_info, "base64url").toString())).toEqual({
    uid: user?.oid,
    utid: bench.tenantId(CONTOSO),
  });
  expect(claimsOf(home.body.id_token).tid).toBe(bench.tenantId(CONTOSO));
});

test("a tenant that does not know the user refuses", async () => {
  const bench = setup();
  const { body } = await bench.redeem();

  const answer = await refresh(bench, body.refresh_token, { tenant: FABRIKAM });

  expect(answer.body).toMatchObject({ error: "invalid_grant", error_codes: [50020] });
  expect(answer.body.error_description).toContain(`'${ADA}'`);
});

test("a web client authenticates for a refresh, too", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);
  const { body } = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT },
    token: { client_secret },
  });
  const form = { grant_type: "refresh_token", client_id, refresh_token: body.refresh_token };

  const anonymous = await bench.token(CONTOSO, form);
  const authenticated = await bench.token(CONTOSO, { ...form, client_secret });

  expect(anonymous.body.error_codes).toEqual([7000218]);
  expect(authenticated.status).toBe(200);
});

test("scopes the user has not consented to are refused", async () => {
  const bench = setup();
  const { clientId: client_id, secrets } = bench.app(INTERNAL);
  const client_secret = secrets[0] ?? "";
  const { body } = await bench.redeem({
    authorize: { client_id, redirect_uri: WEB_REDIRECT },
    token: { client_secret },
  });
  const form = { client_secret, name: INTERNAL };

  const consented = await refresh(bench, body.refresh_token, { ...form, scope: "User.Read" });
  const other = await refresh(bench, body.refresh_token, { ...form, scope: "Mail.Read" });

  expect(consented.status).toBe(200);
  expect(other.body).toMatchObject({ error: "invalid_grant", suberror: "consent_required" });
});

test("a personal account's refresh token is none for organizations", async () => {
  const bench = setup();
  const { body } = await bench.redeem({ tenant: "common", username: PERSONAL });

  const organizations = await refresh(bench, body.refresh_token, { tenant: "organizations" });
  const common = await refresh(bench, body.refresh_token, { tenant: "common" });

  expect(organizations.body).toMatchObject({ error: "invalid_grant", error_codes: [50020] });
  expect(organizations.body.error_description).toContain(
    "does not exist in tenant 'organizations'",
  );
  expect(common.status).toBe(200);
});

test("a refusal tells the age of the refresh token in x-ms-clitelem (§2.1)", async () => {
  const bench = setup();
  const { body } = await bench.redeem();

  const fresh = await refresh(bench, body.refresh_token);
  bench.idp.advance(90 * DAY);
  const late = await refresh(bench, body.refresh_token);
  const made = await refresh(bench, "1.made-up");

  expect(fresh.headers.get("x-ms-clitelem")).toBe("1,0,0,,");
  const [version, code, , age] = late.headers.get("x-ms-clitelem")?.split(",") ?? [];
  expect([version, code]).toEqual(["1", "700082"]);
  expect(Number(age)).toBeGreaterThanOrEqual(90 * DAY * 1000);
  expect(Number(age)).toBeLessThan(90 * DAY * 1000 + 60_000);
  expect(made.headers.get("x-ms-clitelem")).toBe("1,9002313,0,,");
});
