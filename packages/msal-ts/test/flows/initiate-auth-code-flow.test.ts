import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { AUTHORITY, queryOf, REDIRECT_URI, setup, setupScript, WEB_APP } from "../setup.js";

test("a sign-in begins at the authority's authorization endpoint, and nothing is sent for it", async () => {
  const { webApp, requests } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });

  expect(flow.authUri.split("?")[0]).toBe(`${AUTHORITY}/oauth2/v2.0/authorize`);
  expect(requests).toEqual([]);
});

test("the URL carries all that was asked for, under the names of the protocol", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read", "Mail.Read"], {
    redirectUri: REDIRECT_URI,
    state: "my state & more",
    prompt: "select_account",
    loginHint: "ada@contoso.com",
    domainHint: "contoso.com",
    claimsChallenge: '{"access_token":{"nbf":{"essential":true,"value":"1"}}}',
    maxAge: 60,
    responseMode: "form_post",
  });

  expect(queryOf(flow)).toEqual({
    client_id: WEB_APP,
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: "Mail.Read User.Read offline_access openid profile",
    state: "my state & more",
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
    nonce: expect.stringMatching(/^[0-9a-f]{64}$/),
    client_info: "1",
    login_hint: "ada@contoso.com",
    prompt: "select_account",
    domain_hint: "contoso.com",
    claims: '{"access_token":{"nbf":{"essential":true,"value":"1"}}}',
    max_age: "60",
    response_mode: "form_post",
    "X-AnchorMailbox": "UPN:ada@contoso.com",
  });
  expect(flow.state).toBe("my state & more");
});

test("parameters that were not given are not in the URL", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"]);

  expect(Object.keys(queryOf(flow)).sort()).toEqual([
    ...["client_id", "client_info", "code_challenge", "code_challenge_method", "nonce"],
    ...["response_type", "scope", "state"],
  ]);
});

test("state, nonce and PKCE verifier are 256 random bits each, new for every sign-in", async () => {
  const { webApp } = setupScript();
  const app = webApp();

  const flows = await Promise.all(
    Array.from({ length: 20 }, () => app.initiateAuthCodeFlow(["User.Read"])),
  );

  const secrets = flows.flatMap(({ state, nonce, codeVerifier }) => [state, nonce, codeVerifier]);
  expect(new Set(secrets).size).toBe(60);
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
});

test("the challenge in the URL is the S256 of the verifier that the token request carries (RFC 7636 §4.6)", async () => {
  const { webApp, idp, signIn, tokenRequests } = setup();

  await signIn(webApp());

  const authorize = idp.requests.find(({ url }) => url.includes("/authorize?"));
  const challenge = new URL(authorize?.url ?? "").searchParams.get("code_challenge");
  const verifier = tokenRequests()[0]?.form.code_verifier ?? "";
  expect(verifier).toMatch(/^[\w-]{43}$/);
  expect(challenge).toBe(createHash("sha256").update(verifier).digest("base64url"));
});

test("the browser sees only a hash of the nonce, in lower-case hexadecimal", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"]);

  const hash = createHash("sha256")
    .update(flow.nonce ?? "")
    .digest("hex");
  expect(queryOf(flow).nonce).toBe(hash);
  expect(flow.authUri).not.toContain(flow.nonce);
});

test("a flow survives a session that keeps JSON", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"], { maxAge: 0 });

  expect(JSON.parse(JSON.stringify(flow))).toEqual(flow);
});

test("flows X-11: a maxAge of 0 is a value, in the URL and in the flow", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"], { maxAge: 0 });

  expect(queryOf(flow).max_age).toBe("0");
  expect(flow.maxAge).toBe(0);
});

test("an empty state counts as none: a random one takes its place", async () => {
  const { webApp } = setupScript();

  const flow = await webApp().initiateAuthCodeFlow(["User.Read"], { state: "" });

  expect(flow.state).toMatch(/^[\w-]{43}$/);
});

// What cannot go into the URL, and the word that the message has for it.
test.for([
  ["scopes", "User.Read", {}],
  ["scopes", null, {}],
  ["scopes", [7], {}],
  ["openid", ["openid"], {}],
  ["offline_access", ["User.Read", "offline_access"], {}],
  ["redirectUri", ["User.Read"], { redirectUri: "not a URL" }],
  ["maxAge", ["User.Read"], { maxAge: -1 }],
  ["maxAge", ["User.Read"], { maxAge: 1.5 }],
  ["maxAge", ["User.Read"], { maxAge: "60" }],
  ["responseMode", ["User.Read"], { responseMode: "fragment" }],
  ["loginHint", ["User.Read"], { loginHint: 7 }],
  ["claimsChallenge", ["User.Read"], { claimsChallenge: "{" }],
  ["claimsChallenge", ["User.Read"], { claimsChallenge: '"text"' }],
] as const)(
  "a wrong %s is refused with its name, before anything is sent: %j %j",
  async ([name, scopes, options]) => {
    const { webApp } = setupScript();

    const begun = webApp().initiateAuthCodeFlow(scopes as unknown as string[], options as object);

    await expect(begun).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(name),
    });
  },
);
