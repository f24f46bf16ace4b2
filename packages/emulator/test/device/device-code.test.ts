import { startEmulator } from "@msal-ts/emulator";
import { expect, onTestFinished, test } from "vitest";
import {
  ADA,
  ALAN,
  type Bench,
  CONTOSO,
  claimsOf,
  DESKTOP,
  FABRIKAM,
  GRACE,
  INTERNAL,
  type Json,
  PASSWORD,
  PERSONAL,
  SPA,
  setup,
  WEB,
  webClient,
} from "../setup.js";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const SCOPE = "openid profile offline_access User.Read";
const ADA_SIGNS_IN = { username: ADA, password: PASSWORD };

/** Asks for a device code, for the desktop app unless `form` says otherwise. */
async function begin(
  { idp, app }: Bench,
  form: Record<string, string> = {},
  { tenant = CONTOSO, version = "/v2.0" } = {},
) {
  const response = await idp.fetch(`${idp.authority(tenant)}/oauth2${version}/devicecode`, {
    method: "POST",
    body: new URLSearchParams({ client_id: app(DESKTOP).clientId, scope: SCOPE, ...form }),
  });
  const body = (await response.json()) as Json;
  const code = String(body.user_code);
  return { response, body, code };
}

/** Polls for its tokens. */
function poll(
  bench: Bench,
  { device_code }: Json,
  form: Record<string, string> = {},
  tenant = CONTOSO,
) {
  return bench.token(tenant, {
    grant_type: GRANT,
    client_id: bench.app(DESKTOP).clientId,
    device_code: String(device_code),
    ...form,
  });
}

test("a device is told a code to show, where to type it and how to poll", async () => {
  const { response, body } = await begin(setup());

  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store, no-cache");
  expect(body).toEqual({
    user_code: expect.stringMatching(/^[A-Z0-9]{9}$/),
    device_code: expect.stringMatching(/^[\w-]{60,}$/),
    verification_uri: "https://localhost/devicelogin",
    expires_in: 900,
    interval: 5,
    message: `To sign in, use a web browser to open the page https://localhost/devicelogin and enter the code ${body.user_code} to authenticate.`,
  });
});

test("v1 speaks of a verification_url and writes numbers as text; its code is polled for as code", async () => {
  const bench = setup();
  const form = { resource: "https://graph.microsoft.com", scope: "" };
  const { body, code } = await begin(bench, form, { version: "" });
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);
  const redeem = async (parameters: Record<string, string>) => {
    const response = await bench.idp.fetch(`${bench.idp.authority(CONTOSO)}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({ ...parameters, client_id: bench.app(DESKTOP).clientId }),
    });
    return (await response.json()) as Json;
  };

  const refused = await redeem({ grant_type: GRANT, device_code: String(body.device_code) });
  const tokens = await redeem({ grant_type: GRANT, code: String(body.device_code) });

  expect(body).toMatchObject({
    verification_url: "https://localhost/devicelogin",
    expires_in: "900",
    interval: "5",
  });
  expect(body).not.toHaveProperty("verification_uri");
  expect(refused).toMatchObject({ error_codes: [900144] });
  expect(refused.error_description).toContain("'code'");
  expect(claimsOf(tokens.access_token).aud).toBe("https://graph.microsoft.com");
});

test("who calls a cloud by its name is led to a page that a browser can open", async () => {
  const idp = await startEmulator();
  onTestFinished(() => idp.close());
  const ask = async (origin: string) => {
    const response = await idp.fetch(`${origin}/common/oauth2/v2.0/devicecode`, {
      method: "POST",
      body: new URLSearchParams({
        client_id: "22222222-2222-4222-8222-222222222222",
        scope: "openid",
      }),
    });
    return ((await response.json()) as Json).verification_uri;
  };

  expect(await ask("https://login.microsoftonline.com")).toBe(`${idp.url}/devicelogin`);
  expect(await ask(idp.url)).toBe(`${idp.url}/devicelogin`);
  expect((await fetch(`${idp.url}/devicelogin`)).status).toBe(200);
});

test.for<[string, Record<string, string>, number]>([
  ["no client", { client_id: "" }, 900144],
  ["a client that is not there", { client_id: "99999999-9999-4999-8999-999999999999" }, 700016],
  ["no scope", { scope: "" }, 900144],
  ["a scope that is not there", { scope: "User.Fly" }, 650053],
  ["a resource that is not there", { scope: "api://nowhere/Read" }, 500011],
  ["claims that are no JSON", { claims: "{" }, 9002313],
])("a code is not given for %s", async ([, form, number]) => {
  const { response, body } = await begin(setup(), form);

  expect(response.status).toBe(400);
  expect(body.error_codes).toEqual([number]);
});

test("a code is not given for a GET", async () => {
  const { idp, get } = setup();

  const { status, body } = await get(`${idp.authority(CONTOSO)}/oauth2/v2.0/devicecode`);

  expect(status).toBe(400);
  expect(body.error_codes).toEqual([900561]);
});

test.for([GRANT, "device_code"])("a device gets its tokens by the grant %s", async (grant_type) => {
  const bench = setup();
  const { body, code } = await begin(bench);

  const before = await poll(bench, body, { grant_type });
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);
  const after = await poll(bench, body, { grant_type, client_info: "1" });

  expect(before).toMatchObject({
    status: 400,
    body: { error: "authorization_pending", error_codes: [70016] },
  });
  expect(before.body.error_uri).toBe("https://localhost/error?code=70016");
  expect(after).toMatchObject({
    status: 200,
    body: {
      token_type: "Bearer",
      scope: "openid profile User.Read",
      refresh_token: expect.any(String),
      client_info: expect.any(String),
    },
  });
  expect(await bench.verify(after.body.id_token)).toMatchObject({
    aud: bench.app(DESKTOP).clientId,
    preferred_username: ADA,
    tid: bench.tenantId(CONTOSO),
  });
});

test("its refresh token is a public client's", async () => {
  const bench = setup();
  const { body, code } = await begin(bench);
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);
  const { refresh_token } = (await poll(bench, body)).body;

  const { status } = await bench.token(CONTOSO, {
    grant_type: "refresh_token",
    client_id: bench.app(DESKTOP).clientId,
    refresh_token,
  });

  expect(status).toBe(200);
});

test.for([["decline"], ["consent"]] as const)(
  "a user who does not want it ends the polling (%s)",
  async ([how]) => {
    const bench = setup({
      apps: [
        {
          clientId: "aaaaaaaa-0000-4000-8000-00000000000a",
          isFallbackPublicClient: true,
          requireConsent: true,
        },
      ],
    });
    const client_id = "aaaaaaaa-0000-4000-8000-00000000000a";
    const { body, code } = await begin(bench, { client_id });

    await bench.idp.approveDevice(
      code,
      how === "decline" ? { decline: true } : { ...ADA_SIGNS_IN, consent: "decline" },
    );

    const { status, body: answer } = await poll(bench, body, { client_id });
    expect(status).toBe(400);
    expect(answer.error).toBe("authorization_declined");
  },
);

test("an app that asks for consent gets it here, too", async () => {
  const client_id = "aaaaaaaa-0000-4000-8000-00000000000a";
  const bench = setup({
    apps: [{ clientId: client_id, isFallbackPublicClient: true, requireConsent: true }],
  });
  const { body, code } = await begin(bench, { client_id });

  await bench.idp.approveDevice(code, ADA_SIGNS_IN);

  expect((await poll(bench, body, { client_id })).status).toBe(200);
});

test("a code works for 15 minutes", async () => {
  const bench = setup();
  const [first, second] = [await begin(bench), await begin(bench)];
  bench.idp.advance(890);
  await bench.idp.approveDevice(first.code, ADA_SIGNS_IN);
  bench.idp.advance(20);

  const polled = await poll(bench, first.body);
  const typing = bench.idp.approveDevice(second.code, ADA_SIGNS_IN);

  expect(polled.body).toMatchObject({ error: "expired_token", error_codes: [70019] });
  await expect(typing).rejects.toThrow("AADSTS70019: ");
  await begin(bench);
  expect((await poll(bench, first.body)).body.error_codes).toEqual([70019]);
  await expect(bench.idp.approveDevice(second.code, ADA_SIGNS_IN)).rejects.toThrow("AADSTS70018: ");
});

test("a code is redeemed once", async () => {
  const bench = setup();
  const { body, code } = await begin(bench);
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);

  const answers = await Promise.all([poll(bench, body), poll(bench, body)]);

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  const second = await poll(bench, body);
  expect(second.body).toMatchObject({ error: "invalid_grant", error_codes: [70000] });
  expect(second.body.error_description).toContain("'device_code' has already been used.");
});

test("a code that nobody gave out is none", async () => {
  const { body } = await poll(setup(), { device_code: "made-up" } as unknown as Json);

  expect(body).toMatchObject({ error: "bad_verification_code", error_codes: [70018] });
});

test.for<[string, Record<string, string>, string]>([
  ["another client", { client_id: "04b07795-8ddb-461a-bbee-02f9e1bf7b46" }, CONTOSO],
  ["another tenant", {}, FABRIKAM],
])("a code is of no use to %s", async ([, form, tenant]) => {
  const bench = setup();
  const { body, code } = await begin(bench);
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);

  const { body: refused } = await poll(bench, body, form, tenant);

  expect(refused).toMatchObject({ error: "invalid_grant", error_codes: [70000] });
});

test("a client that cannot be public learns it when its user has signed in", async () => {
  const bench = setup();
  const { clientId: client_id } = bench.app(WEB);
  const { body, code } = await begin(bench, { client_id });

  const before = await poll(bench, body, { client_id });
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);
  const after = await poll(bench, body, { client_id });
  const authenticated = await poll(bench, body, webClient(bench));

  expect(before.body.error).toBe("authorization_pending");
  expect(after).toMatchObject({
    status: 401,
    body: { error: "invalid_client", error_codes: [7000218] },
  });
  expect(authenticated.status).toBe(200);
});

test("slow_down is for those who ask for it", async () => {
  const bench = setup();
  const { body } = await begin(bench);
  bench.idp.failNext({ path: "/token", error: "slow_down" });

  expect((await poll(bench, body)).body.error).toBe("slow_down");
  expect((await poll(bench, body)).body.error).toBe("authorization_pending");
  expect((await poll(bench, body)).body.error).toBe("authorization_pending");
});

test("what is to go wrong goes wrong at each step, in its own way", async () => {
  const bench = setup();
  const { idp } = bench;
  idp.failNext({ path: "/devicecode", error: 90033 });
  expect(await begin(bench)).toMatchObject({
    response: { status: 503 },
    body: { error: "temporarily_unavailable" },
  });
  const { body, code } = await begin(bench);

  for (const path of ["/devicelogin", "/devicelogin/confirm", "/login"]) {
    idp.failNext({ path, error: 90033 });
    await expect(idp.approveDevice(code, ADA_SIGNS_IN)).rejects.toThrow("AADSTS90033: ");
  }
  await idp.approveDevice(code, ADA_SIGNS_IN);
  expect((await poll(bench, body)).status).toBe(200);
});

test.for<[string, unknown, unknown, string]>([
  ["no code", undefined, ADA_SIGNS_IN, "userCode"],
  ["nobody", "BCDFGHJKL", {}, "options.username"],
  ["no options", "BCDFGHJKL", undefined, "options"],
  ["a wish that is none", "BCDFGHJKL", { decline: "yes" }, "options.decline"],
])("approveDevice names what is wrong: %s", async ([, code, options, says]) => {
  const { idp } = setup();

  const approving = idp.approveDevice(code as string, options as { decline: true });

  await expect(approving).rejects.toThrow(says);
  expect(idp.requests).toEqual([]);
});

test.for<[string, string, string]>([
  ["common", ALAN, FABRIKAM],
  ["organizations", GRACE, CONTOSO],
])("under %s it is the user's tenant that answers", async ([tenant, username, home]) => {
  const bench = setup();
  const { body, code } = await begin(bench, {}, { tenant });

  await bench.idp.approveDevice(code, { username, password: PASSWORD });

  const { body: tokens } = await poll(bench, body, {}, tenant);
  expect(claimsOf(tokens.id_token).tid).toBe(bench.tenantId(home));
});

test("who does not belong to the tenant cannot let a device in", async () => {
  const bench = setup();
  const [contoso, organizations] = [
    await begin(bench),
    await begin(bench, {}, { tenant: "organizations" }),
  ];

  const alan = bench.idp.approveDevice(contoso.code, { username: ALAN, password: PASSWORD });
  await expect(alan).rejects.toThrow("AADSTS50020: ");
  const radia = bench.idp.approveDevice(organizations.code, {
    username: PERSONAL,
    password: PASSWORD,
  });
  await expect(radia).rejects.toThrow("AADSTS50020: ");
  expect((await poll(bench, contoso.body)).body.error).toBe("authorization_pending");
});

test.for<[string, string, string]>([
  ["no code", "", "AADSTS90119: "],
  ["a code that is not there", "BCDFGHJKL", "AADSTS70018: "],
])("the page does not go on with %s", async ([, code, message]) => {
  const { idp } = setup();

  await expect(idp.approveDevice(code, ADA_SIGNS_IN)).rejects.toThrow(message);
});

test("a code that was decided about is not decided about again", async () => {
  const bench = setup();
  const { code } = await begin(bench);
  await bench.idp.approveDevice(code, { decline: true });

  await expect(bench.idp.approveDevice(code, ADA_SIGNS_IN)).rejects.toThrow("AADSTS90120: ");
});

test("a wrong password is told, and lets the device in nowhere", async () => {
  const bench = setup();
  const { body, code } = await begin(bench);

  const approving = bench.idp.approveDevice(code, { username: ADA, password: "wrong" });

  await expect(approving).rejects.toThrow("AADSTS50126: ");
  expect((await poll(bench, body)).body.error).toBe("authorization_pending");
});

test("a code may be typed in any case, with spaces and hyphens", async () => {
  const bench = setup();
  const { body, code } = await begin(bench);
  const typed = ` ${code.slice(0, 4)}-${code.slice(4)} `.toLowerCase();

  await bench.idp.approveDevice(typed, ADA_SIGNS_IN);

  expect((await poll(bench, body)).status).toBe(200);
});

test("who is signed in in a browser needs no password, but has to confirm", async () => {
  const bench = setup();
  const cookies = new Map<string, string>();
  const [first, second] = [await begin(bench), await begin(bench)];
  await bench.idp.approveDevice(first.code, { ...ADA_SIGNS_IN, cookies });
  const seen = bench.idp.requests.length;

  await bench.idp.approveDevice(second.code, { ...ADA_SIGNS_IN, cookies });

  const paths = bench.idp.requests.slice(seen).map(({ url }) => new URL(url).pathname);
  expect(paths).toEqual(["/devicelogin", "/devicelogin", "/devicelogin/confirm"]);
  const { id_token } = (await poll(bench, second.body)).body;
  expect(claimsOf(id_token)).toMatchObject({ preferred_username: ADA });
});

test("the pages say which app asks, and escape what it is called", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-00000000000a";
  const bench = setup({ apps: [{ clientId, name: "<b>Mine</b>", isFallbackPublicClient: true }] });
  const { idp } = bench;
  const { code } = await begin(bench, { client_id: clientId });
  const post = async (path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form);
    return (await idp.fetch(`https://localhost${path}`, { method: "POST", body })).text();
  };
  const flowOf = (page: string) => /name="flow" value="([^"]+)"/.exec(page)?.[1] ?? "";

  const first = await (await idp.fetch(`https://localhost/devicelogin?otc=%22%3E`)).text();
  const confirm = await post("/devicelogin", { user_code: code });
  const signIn = await post("/devicelogin/confirm", { flow: flowOf(confirm), device: "continue" });
  const done = await post(`/${bench.tenantId(CONTOSO)}/login`, {
    flow: flowOf(signIn),
    ...ADA_SIGNS_IN,
  });

  expect(first).toContain('<label for="user_code">Code</label>');
  expect(first).toContain('value="&quot;&gt;"');
  expect(confirm).toContain("Are you trying to sign in to &lt;b&gt;Mine&lt;/b&gt;?");
  expect(signIn).toContain("to continue to &lt;b&gt;Mine&lt;/b&gt;");
  expect(done).toContain(
    '<p role="status">You have signed in to the &lt;b&gt;Mine&lt;/b&gt; application on your device. You may now close this window.</p>',
  );
});

test("a confirmation without its flow goes nowhere", async () => {
  const { idp } = setup();

  const response = await idp.fetch("https://localhost/devicelogin/confirm", {
    method: "POST",
    body: new URLSearchParams({ flow: "made-up", device: "continue" }),
  });

  expect(response.status).toBe(400);
  expect(await response.text()).toContain("AADSTS9002313: ");
});

test("an app of another tenant gets no code", async () => {
  const bench = setup();
  const { clientId: client_id } = bench.app(INTERNAL);

  const { body } = await begin(bench, { client_id }, { tenant: FABRIKAM });

  expect(body.error_codes).toEqual([700016]);
});

test("a page of a single-page app cannot poll", async () => {
  const bench = setup();
  const { clientId: client_id } = bench.app(SPA);
  const { body, code } = await begin(bench, { client_id });
  await bench.idp.approveDevice(code, ADA_SIGNS_IN);
  const form = { grant_type: GRANT, client_id, device_code: String(body.device_code) };

  const refused = await bench.token(CONTOSO, form, { origin: "http://localhost" });

  expect(refused.body.error_codes).toEqual([9002326]);
});
