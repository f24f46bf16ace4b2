import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  ADA,
  ALAN,
  type Bench,
  CONTOSO,
  FABRIKAM,
  GRACE,
  GUEST,
  INTERNAL,
  PASSWORD,
  PERSONAL,
  SPA,
  setup,
  TASKS,
  WEB,
  WEB_REDIRECT,
} from "../setup.js";

const AS_ADA = { username: ADA, password: PASSWORD };

test.for(["query", "fragment", "form_post"])("response_mode %s brings the answer", async (mode) => {
  const { idp, authUri } = setup();
  const state = `a "quoted" & <marked> state`;

  const answer = await idp.signIn(authUri(CONTOSO, { response_mode: mode, state }), AS_ADA);

  expect(answer.code).toMatch(/^1\.[\w-]{100,}$/);
  expect(answer.state).toBe(state);
  expect(answer.session_state).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer).not.toHaveProperty("client_info");
});

test.for([
  ["query", /^http:\/\/localhost:4321\/\?code=/],
  ["fragment", /^http:\/\/localhost:4321\/#code=/],
] as const)("response_mode %s redirects, with a slash for the path", async ([mode, expected]) => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { ...AS_ADA, cookies });

  const response = await idp.fetch(authUri(CONTOSO, { response_mode: mode }), {
    headers: { cookie: `ESTSAUTH=${cookies.get("ESTSAUTH")}` },
    redirect: "manual",
  });

  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toMatch(expected);
  expect(response.headers.get("cache-control")).toBe("no-store, no-cache");
});

test("the request may be posted", async () => {
  const { idp, authUri } = setup();
  const [url, query] = authUri(CONTOSO).split("?") as [string, string];

  const response = await idp.fetch(url, { method: "POST", body: new URLSearchParams(query) });

  expect(await response.text()).toContain('type="password"');
});

test("client_info=1 brings who the user is at home", async () => {
  const { idp, authUri } = setup();

  const answer = await idp.signIn(authUri(FABRIKAM, { client_info: "1" }), {
    username: GUEST,
    password: PASSWORD,
  });

  const user = idp.config.users.find(({ username }) => username === GUEST);
  expect(JSON.parse(Buffer.from(answer.client_info ?? "", "base64url").toString())).toEqual({
    uid: user?.oid,
    utid: user?.tenant,
  });
});

// What is wrong with the request, before we know that its redirect URI is the client's.
test.for([
  ["an unknown tenant", "nobody.example", {}, 90002],
  ["a malformed tenant", "nodots", {}, 900023],
  ["no client_id", CONTOSO, { client_id: "" }, 900144],
  ["a client_id that is no GUID", CONTOSO, { client_id: "me" }, 700038],
  ["an unknown client", CONTOSO, { client_id: "99999999-9999-4999-8999-999999999999" }, 700016],
  ["a redirect URI of nobody", CONTOSO, { redirect_uri: "https://evil.example/" }, 50011],
] as const)("%s is shown on a page, without redirect", async ([, tenant, parameters, code]) => {
  const { idp, authUri } = setup();

  const response = await idp.fetch(authUri(tenant, parameters), { redirect: "manual" });

  expect(response.headers.get("location")).toBeNull();
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const page = await response.text();
  expect(page).toContain(`AADSTS${code}: `);
  expect(page).toContain(response.headers.get("x-ms-request-id"));
  await expect(idp.signIn(authUri(tenant, parameters), AS_ADA)).rejects.toThrow(`AADSTS${code}: `);
});

test("a parameter without value is as good as none (RFC 6749 §3.1)", async () => {
  const { idp, authUri } = setup();

  const answer = await idp.signIn(`${authUri(CONTOSO)}&request=&request_uri=&sid=`, AS_ADA);

  expect(answer.code).toBeDefined();
});

// §27, 18: the parameter that is missing, and how the request is without it.
test.for([
  ["client_id", { client_id: "" }],
  ["response_type", { response_type: "" }],
  ["response_type", { response_type: " " }],
  ["scope", { scope: "" }],
  ["scope", { scope: " " }],
  ["nonce", { client_id: "11111111-1111-4111-8111-111111111111", response_type: "id_token" }],
] as const)("a missing %s is told on a page with status 200: %j", async ([name, parameters]) => {
  const { idp, authUri } = setup();

  const response = await idp.fetch(authUri(CONTOSO, parameters), { redirect: "manual" });

  expect(response.status).toBe(200);
  expect(response.headers.get("location")).toBeNull();
  expect(await response.text()).toContain("AADSTS900144: ");
  await expect(idp.signIn(authUri(CONTOSO, parameters), AS_ADA)).rejects.toThrow(`'${name}'`);
});

// What is wrong with the rest of it, and the `error` its client is told.
test.for([
  ["a request object", { request: "a.b.c" }, "request_not_supported", 90023],
  ["a request_uri", { request_uri: "https://a.example" }, "request_uri_not_supported", 90023],
  ["a session that is not there", { sid: "nobody" }, "interaction_required", 160021],
  [
    "a session that is not there, without pages",
    { sid: "nobody", prompt: "none" },
    "interaction_required",
    160021,
  ],
  [
    ".default among others, by another name",
    {
      scope: "https://graph.microsoft.com/.default 00000003-0000-0000-c000-000000000000/User.Read",
    },
    "invalid_scope",
    70011,
  ],
  ["an unknown response_type", { response_type: "tokens" }, "unsupported_response_type", 70005],
  ["a mix nobody offers", { response_type: "code token" }, "unsupported_response_type", 70005],
  ["access tokens not enabled", { response_type: "token" }, "unsupported_response_type", 700054],
  ["ID tokens not enabled", { response_type: "id_token" }, "unsupported_response_type", 700054],
  ["an unknown response_mode", { response_mode: "carrier_pigeon" }, "invalid_request", 70007],
  ["an unknown prompt", { prompt: "maybe" }, "invalid_request", 90023],
  ["a max_age that is no number", { max_age: "soon" }, "invalid_request", 90023],
  ["a short challenge", { code_challenge: "short" }, "invalid_request", 501491],
  ["an unknown challenge method", { code_challenge_method: "S512" }, "invalid_request", 50147],
  ["a method without challenge", { code_challenge: "" }, "invalid_request", 50147],
  ["malformed claims", { claims: "{" }, "invalid_request", 9002313],
  ["a scope that is not there", { scope: "openid Nothing.Read" }, "invalid_client", 650053],
  ["a resource that is not there", { scope: "api://nobody/x" }, "invalid_resource", 500011],
  [".default among others", { scope: ".default User.Read" }, "invalid_scope", 70011],
  ["the parameter of v1", { resource: "https://graph.microsoft.com" }, "invalid_request", 901002],
  ["nobody signed in", { prompt: "none" }, "login_required", 50058],
] as const)("%s is told to the client", async ([, parameters, error, code]) => {
  const { idp, authUri } = setup();

  const answer = await idp.signIn(authUri(CONTOSO, { ...parameters, state: "kept" }), AS_ADA);

  expect(answer).toMatchObject({ error, state: "kept" });
  expect(answer.error_description).toMatch(new RegExp(`^AADSTS${code}: `));
  expect(answer).not.toHaveProperty("code");
});

test("errors come in the response mode that was asked for", async () => {
  const { idp, authUri } = setup();

  const response = await idp.fetch(
    authUri(CONTOSO, { prompt: "none", response_mode: "fragment" }),
    {
      redirect: "manual",
    },
  );

  expect(response.headers.get("location")).toMatch(
    /^http:\/\/localhost:4321\/#error=login_required&/,
  );
});

// App, authority, number.
test.for([
  [INTERNAL, "common", 50194],
  [INTERNAL, "organizations", 50194],
  [INTERNAL, "consumers", 9002332],
  [INTERNAL, FABRIKAM, 700016],
  ["Personal only", CONTOSO, 9002331],
  ["Personal only", "organizations", 9002331],
  ["Switched off", CONTOSO, 7000112],
] as const)("%s is refused under %s with %i", async ([name, tenant, code]) => {
  const { app, idp, authUri } = setup({
    apps: [
      {
        clientId: "aaaaaaaa-0000-4000-8000-000000000001",
        name: "Personal only",
        signInAudience: "PersonalMicrosoftAccount",
      },
      { clientId: "aaaaaaaa-0000-4000-8000-000000000002", name: "Switched off", disabled: true },
    ],
  });

  const uri = authUri(tenant, { client_id: app(name).clientId, redirect_uri: WEB_REDIRECT });

  await expect(idp.signIn(uri, AS_ADA)).rejects.toThrow(`AADSTS${code}: `);
});

// Who, where, why not.
test.for([
  ["a wrong password", CONTOSO, { username: ADA, password: "wrong" }, 50126],
  ["an unknown user", CONTOSO, { username: "nobody@contoso.com", password: PASSWORD }, 50126],
  ["a disabled user", CONTOSO, { username: `disabled@${CONTOSO}`, password: PASSWORD }, 50057],
  ["a user of another tenant", CONTOSO, { username: ALAN, password: PASSWORD }, 50020],
  ["a personal account", CONTOSO, { username: PERSONAL, password: PASSWORD }, 50020],
  ["a personal account", "organizations", { username: PERSONAL, password: PASSWORD }, 50020],
  ["a work account", "consumers", AS_ADA, 50020],
] as const)("%s cannot sign in at %s", async ([, tenant, who, code]) => {
  const { idp, authUri } = setup();

  await expect(idp.signIn(authUri(tenant), who)).rejects.toThrow(`AADSTS${code}: `);
});

// Authority, user: who may sign in.
test.for([
  ["common", ADA],
  ["common", PERSONAL],
  ["organizations", ALAN],
  ["consumers", PERSONAL],
  [FABRIKAM, GUEST],
  [CONTOSO, "ADA@Contoso.OnMicrosoft.com"],
] as const)("at %s %s signs in", async ([tenant, username]) => {
  const { idp, authUri } = setup();

  const answer = await idp.signIn(authUri(tenant), { username, password: PASSWORD });

  expect(answer.code).toBeDefined();
});

test("a session signs in without password, and prompt=none finds it", async () => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  const first = await idp.signIn(authUri(CONTOSO), { ...AS_ADA, cookies });

  const again = await idp.signIn(authUri(CONTOSO), { username: ADA, password: "", cookies });
  const silent = await idp.signIn(authUri(CONTOSO, { prompt: "none" }), { ...AS_ADA, cookies });

  expect(again.code).toBeDefined();
  expect(silent.code).toBeDefined();
  expect(silent.session_state).toBe(first.session_state);
});

test("a session of a personal account is none for organizations", async () => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  const personal = { username: PERSONAL, password: PASSWORD, cookies };
  await idp.signIn(authUri("common"), personal);

  const silent = await idp.signIn(authUri("organizations", { prompt: "none" }), personal);

  expect(silent.error_description).toMatch(/^AADSTS50058: /);
});

test("a session ends after a day without use", async () => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { ...AS_ADA, cookies });

  idp.advance(86_400);

  const silent = await idp.signIn(authUri(CONTOSO, { prompt: "none" }), { ...AS_ADA, cookies });
  expect(silent.error).toBe("login_required");
});

test.for([
  ["prompt=login", { prompt: "login" }, 0],
  ["prompt=create", { prompt: "create" }, 0],
  ["prompt=no_session", { prompt: "no_session" }, 0],
  ["max_age=0", { max_age: "0" }, 0],
  ["max_age exceeded", { max_age: "60" }, 61],
  ["a hint at somebody else", { login_hint: GRACE }, 0],
] as const)("%s asks for the password in spite of a session", async ([, parameters, later]) => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { ...AS_ADA, cookies });
  idp.advance(later);

  const attempt = idp.signIn(authUri(CONTOSO, parameters), {
    username: ADA,
    password: "x",
    cookies,
  });

  await expect(attempt).rejects.toThrow("AADSTS50126");
  const right = await idp.signIn(authUri(CONTOSO, parameters), { ...AS_ADA, cookies });
  expect(right.code).toBeDefined();
});

test("with several sessions the user picks, a hint picks, and prompt=none cannot", async () => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  const ada = await idp.signIn(authUri(CONTOSO), { ...AS_ADA, cookies });
  const grace = await idp.signIn(authUri(CONTOSO, { prompt: "select_account" }), {
    username: GRACE,
    password: PASSWORD,
    cookies,
  });

  const picked = await idp.signIn(authUri(CONTOSO), { username: ADA, password: "", cookies });
  const silent = await idp.signIn(authUri(CONTOSO, { prompt: "none" }), { ...AS_ADA, cookies });
  const hinted = await idp.signIn(authUri(CONTOSO, { prompt: "none", login_hint: GRACE }), {
    ...AS_ADA,
    cookies,
  });

  expect(picked.session_state).toBe(ada.session_state);
  expect(silent.error_description).toMatch(/^AADSTS16000: /);
  expect(silent.error).toBe("interaction_required");
  expect(hinted.session_state).toBe(grace.session_state);
});

test("login_hint fills in the username", async () => {
  const { idp, authUri } = setup();

  const response = await idp.fetch(authUri(CONTOSO, { login_hint: ADA }));

  expect(await response.text()).toMatch(new RegExp(`name="username"[^>]*value="${ADA}"`));
});

test("an app that needs consent gets it once, or is told that the user declined", async () => {
  const { idp, app, authUri } = setup();
  const uri = authUri(CONTOSO, {
    client_id: app(INTERNAL).clientId,
    redirect_uri: WEB_REDIRECT,
    state: "kept",
  });
  const cookies = new Map<string, string>();

  const declined = await idp.signIn(uri, { ...AS_ADA, consent: "decline", cookies });
  const silent = await idp.signIn(`${uri}&prompt=none`, { ...AS_ADA, cookies });
  const accepted = await idp.signIn(uri, { ...AS_ADA, cookies });
  const unasked = await idp.signIn(uri, { ...AS_ADA, consent: "decline", cookies });
  const asked = await idp.signIn(`${uri}&prompt=consent`, {
    ...AS_ADA,
    consent: "decline",
    cookies,
  });

  expect(declined).toMatchObject({ error: "access_denied", state: "kept" });
  expect(declined.error_description).toMatch(/^AADSTS65004: /);
  expect(silent).toMatchObject({ error: "consent_required", suberror: "consent_required" });
  expect(accepted.code).toBeDefined();
  expect(unasked.code).toBeDefined();
  expect(asked.error).toBe("access_denied");
});

test("id_token and code id_token answer where they are enabled", async () => {
  const { idp, app, authUri, verify } = setup();
  const parameters = {
    client_id: app(WEB).clientId,
    redirect_uri: WEB_REDIRECT,
    nonce: "n-1",
    scope: "openid profile",
  };

  const alone = await idp.signIn(
    authUri(CONTOSO, { ...parameters, response_type: "id_token" }),
    AS_ADA,
  );
  const hybrid = await idp.signIn(
    authUri(CONTOSO, { ...parameters, response_type: "id_token code", response_mode: "form_post" }),
    AS_ADA,
  );

  expect(alone).not.toHaveProperty("code");
  expect(await verify(alone.id_token ?? "")).toMatchObject({
    nonce: "n-1",
    aud: app(WEB).clientId,
  });
  expect(hybrid.code).toBeDefined();
  expect(await verify(hybrid.id_token ?? "")).toHaveProperty("c_hash");
});

test.for(["token id_token", "id_token token", "token"])(
  "%s brings an access token in the fragment where it is enabled (§4.2)",
  async (response_type) => {
    const { idp, app, tenantId, authUri, verify } = setup();
    const uri = authUri("common", {
      client_id: app(WEB).clientId,
      redirect_uri: WEB_REDIRECT,
      nonce: "n-1",
      scope: "openid profile offline_access api://contoso-tasks/Tasks.Read User.Read",
      response_type,
      state: "kept",
    });
    const cookies = new Map<string, string>();

    const answer = await idp.signIn(uri, { ...AS_ADA, cookies });

    expect(answer).toMatchObject({
      token_type: "Bearer",
      scope: "openid profile api://contoso-tasks/Tasks.Read",
      state: "kept",
    });
    expect(Number(answer.expires_in)).toBeGreaterThanOrEqual(3600);
    const access = await verify(answer.access_token ?? "");
    expect(access).toMatchObject({
      aud: app(TASKS).clientId,
      azp: app(WEB).clientId,
      azpacr: "0",
      scp: "Tasks.Read",
      tid: tenantId(CONTOSO),
    });
    for (const absent of ["code", "refresh_token"]) expect(answer).not.toHaveProperty(absent);
    if (response_type === "token") expect(answer).not.toHaveProperty("id_token");
    else {
      // OpenID Connect Core §3.2.2.9
      const digest = createHash("sha256")
        .update(answer.access_token ?? "")
        .digest();
      const at_hash = digest.subarray(0, 16).toString("base64url");
      expect(await verify(answer.id_token ?? "")).toMatchObject({ nonce: "n-1", at_hash });
    }
    const again = await idp.fetch(uri, {
      headers: { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
      redirect: "manual",
    });
    expect(again.headers.get("location")).toMatch(/^[^?]*#access_token=/);
  },
);

test("id_token needs the scope openid and refuses response_mode=query", async () => {
  const { idp, app, authUri } = setup();
  const parameters = {
    client_id: app(WEB).clientId,
    redirect_uri: WEB_REDIRECT,
    response_type: "id_token",
  };

  const without = await idp.signIn(
    authUri(CONTOSO, { ...parameters, nonce: "n", scope: "User.Read" }),
    AS_ADA,
  );
  const query = await idp.signIn(
    authUri(CONTOSO, { ...parameters, nonce: "n", response_mode: "query" }),
    AS_ADA,
  );

  expect(without).toMatchObject({ error: "invalid_request" });
  expect(without).not.toHaveProperty("id_token");
  expect(without.error_description).toContain("'openid'");
  expect(query.error_description).toMatch(/^AADSTS70007: /);
});

// Type, registered, sent, fits.
test.for([
  ["publicClient", "http://localhost", "http://localhost:1", true],
  ["publicClient", "http://localhost", "http://localhost:65535/", true],
  ["publicClient", "http://localhost", "http://localhost:1/path", false],
  ["publicClient", "http://127.0.0.1", "http://127.0.0.1:9999", true],
  ["publicClient", "http://localhost", "http://127.0.0.1:9999", false],
  ["publicClient", "http://localhost", "https://localhost:9999", false],
  ["publicClient", "http://localhost", "http://localhost.evil.example", false],
  ["publicClient", "http://localhost", "http://localhost@evil.example", false],
  ["publicClient", "msauth.com.example://auth", "msauth.com.example://auth", true],
  ["publicClient", "msauth.com.example://auth", "msauth.com.example://other", false],
  ["web", "http://localhost/a", "http://localhost:3000/a", true],
  ["web", "http://localhost/a", "http://localhost:3000/A", false],
  ["web", "https://app.example/a", "https://app.example/a", true],
  ["web", "https://app.example/a", "https://app.example:8443/a", false],
  ["web", "https://app.example/a", "https://app.example/a?b=c", false],
  ["web", "https://app.example/a", "https://app.example/a#b", false],
  ["spa", "http://localhost:3000/a", "http://localhost:3000/a", true],
  ["spa", "http://localhost:3000/a", "http://localhost:3001/a", false],
] as const)("%s redirect URI %s: %s fits: %s", async ([type, registered, sent, fits]) => {
  const clientId = "aaaaaaaa-0000-4000-8000-000000000003";
  const { idp, authUri } = setup({ apps: [{ clientId, redirectUris: { [type]: [registered] } }] });

  const attempt = idp.signIn(
    authUri(CONTOSO, { client_id: clientId, redirect_uri: sent, prompt: "none" }),
    AS_ADA,
  );

  if (fits) expect(await attempt).toMatchObject({ error: "login_required" });
  else await expect(attempt).rejects.toThrow("AADSTS50011: ");
});

test("without redirect_uri the first registered one is taken; with none at all there is no way", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-000000000004";
  const { app, idp, authUri } = setup({ apps: [{ clientId }] });

  const uri = authUri(CONTOSO, { client_id: app(SPA).clientId, redirect_uri: "", prompt: "none" });
  const response = await idp.fetch(uri, { redirect: "manual" });
  const none = idp.signIn(authUri(CONTOSO, { client_id: clientId, redirect_uri: "" }), AS_ADA);

  expect(response.headers.get("location")).toMatch(/^http:\/\/localhost\/\?error=/);
  await expect(none).rejects.toThrow("AADSTS500113: ");
});

/** Sends the form of a page, with a decision, from a browser that has these cookies. */
async function answerPage(
  { idp }: Bench,
  page: string,
  fields: Record<string, string>,
  cookies: ReadonlyMap<string, string> = new Map(),
): Promise<Response> {
  const found = /action="([^"]+)"[\s\S]*?name="flow"[^>]*value="([^"]+)"/.exec(page);
  const [, action = "", flow = ""] = found ?? [];
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  return idp.fetch(new URL(action, idp.url), {
    method: "POST",
    body: new URLSearchParams({ flow, ...fields }),
    headers: { cookie },
    redirect: "manual",
  });
}

/** The consent page that Ada gets, and her browser. */
async function consentPage(bench: Bench): Promise<{ page: string; cookies: Map<string, string> }> {
  const uri = bench.authUri(CONTOSO, {
    client_id: bench.app(INTERNAL).clientId,
    redirect_uri: WEB_REDIRECT,
  });
  const start = await bench.idp.fetch(uri);
  const consent = await answerPage(bench, await start.text(), {
    username: ADA,
    password: PASSWORD,
  });
  const [cookie = ""] = consent.headers.getSetCookie();
  const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
  return { page: await consent.text(), cookies: new Map([[name, value]]) };
}

test("a consent page signs its own browser in, and no other", async () => {
  const bench = setup();
  const { page, cookies } = await consentPage(bench);

  const stranger = await answerPage(bench, page, { decision: "accept" });
  const own = await answerPage(bench, page, { decision: "accept" }, cookies);

  expect(stranger.headers.get("location")).toBeNull();
  expect(stranger.headers.getSetCookie()).toEqual([]);
  expect(await stranger.text()).toContain("AADSTS50089: ");
  expect(own.headers.get("location")).toContain("code=");
});

test("a page is good for ten minutes", async () => {
  const bench = setup();
  const { page, cookies } = await consentPage(bench);
  const signInPage = await (await bench.idp.fetch(bench.authUri(CONTOSO))).text();

  bench.idp.advance(599);
  const inTime = await answerPage(bench, page, { decision: "accept" }, cookies);
  bench.idp.advance(1);
  const late = await answerPage(bench, page, { decision: "accept" }, cookies);
  const lateToo = await answerPage(bench, signInPage, { username: ADA, password: PASSWORD });

  expect(inTime.headers.get("location")).toContain("code=");
  for (const response of [late, lateToo]) {
    expect(response.headers.get("location")).toBeNull();
    expect(await response.text()).toContain("AADSTS50089: ");
  }
});
