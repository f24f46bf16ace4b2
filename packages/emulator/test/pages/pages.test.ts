import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  ADA,
  CONTOSO,
  GRACE,
  INTERNAL,
  PASSWORD,
  REDIRECT,
  setup,
  WEB_REDIRECT,
} from "../setup.js";

test("the sign-in page may do nothing but be filled in", async () => {
  const { idp, authUri } = setup();

  const response = await idp.fetch(authUri(CONTOSO));

  const policy = response.headers.get("content-security-policy") ?? "";
  const page = await response.text();
  const [, style = ""] = /<style>([\s\S]*)<\/style>/.exec(page) ?? [];
  expect(policy.split("; ")).toEqual([
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  ]);
  expect(response.headers.get("cache-control")).toBe("no-store, no-cache");
  expect(page).not.toContain("<script");
  for (const id of ["username", "password"]) expect(page).toContain(`<label for="${id}">`);
});

// A form's policy holds for all redirects that follow it, those of the app's own callback, too.
test("no page limits where the app sends its users on to", async () => {
  const { idp, app, authUri } = setup();
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD, cookies });
  const headers = { cookie: `ESTSAUTH=${cookies.get("ESTSAUTH")}` };
  const internal = { client_id: app(INTERNAL).clientId, redirect_uri: WEB_REDIRECT };

  const pages = await Promise.all([
    idp.fetch(authUri(CONTOSO)),
    idp.fetch(authUri(CONTOSO, { prompt: "select_account" }), { headers }),
    idp.fetch(authUri(CONTOSO, internal), { headers }),
    idp.fetch(authUri(CONTOSO, { response_mode: "form_post" }), { headers }),
  ]);

  for (const page of pages) {
    expect(page.status).toBe(200);
    expect(page.headers.get("content-security-policy")).not.toContain("form-action");
  }
});

test("the sign-in page takes whatever name the configuration takes", async () => {
  const username = "müller@contoso.com";
  const { idp, authUri } = setup({ users: [{ username }] });

  const page = await (await idp.fetch(authUri(CONTOSO))).text();
  const answer = await idp.signIn(authUri(CONTOSO), { username, password: PASSWORD });

  expect(page).toMatch(/id="username"[^>]* type="text" inputmode="email" autocomplete="username"/);
  expect(answer.code).toBeTruthy();
});

test("form_post submits itself, or by a button where scripts are off", async () => {
  const { idp, authUri } = setup();
  const uri = authUri(CONTOSO, { response_mode: "form_post", prompt: "none", state: `<"&'>` });

  const response = await idp.fetch(uri);

  const policy = response.headers.get("content-security-policy") ?? "";
  const page = await response.text();
  const script = "document.forms[0].submit()";
  expect(page).toContain(`<form method="POST" name="hiddenform" action="${REDIRECT}">`);
  expect(page).toContain(`<script>${script}</script>`);
  expect(page).toContain("Script is disabled. Click Submit to continue.");
  expect(page).toContain('value="&lt;&quot;&amp;&#39;&gt;"');
  expect(policy).toContain(
    `script-src 'sha256-${createHash("sha256").update(script).digest("base64")}'`,
  );
});

test("what comes from outside is escaped", async () => {
  const clientId = "aaaaaaaa-0000-4000-8000-00000000000a";
  const redirectUris = { publicClient: ["http://localhost"] };
  const { idp, authUri } = setup({ apps: [{ clientId, name: "<b>Mine</b>", redirectUris }] });

  const signIn = await idp.fetch(
    authUri(CONTOSO, { client_id: clientId, login_hint: `"><script>alert(1)</script>` }),
  );
  const error = await idp.fetch(authUri("<script>"));

  expect(await signIn.text()).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
  expect(await (await idp.fetch(authUri(CONTOSO, { client_id: clientId }))).text()).toContain(
    "to continue to &lt;b&gt;Mine&lt;/b&gt;",
  );
  expect(await error.text()).not.toContain("<script");
});

test("a wrong password is told on the page, which keeps the username", async () => {
  const { idp, authUri } = setup();
  const page = await (await idp.fetch(authUri(CONTOSO))).text();
  const [, flow = ""] = /name="flow" value="([^"]+)"/.exec(page) ?? [];

  const response = await idp.fetch(`${idp.authority(CONTOSO)}/login`, {
    method: "POST",
    body: new URLSearchParams({ flow, username: ADA, password: "wrong" }),
  });

  const again = await response.text();
  expect(response.status).toBe(200);
  expect(again).toContain(
    '<p id="problem" role="alert">AADSTS50126: Error validating credentials due to invalid username or password.</p>',
  );
  expect(again).toContain("<title>Error: Sign in</title>");
  expect(again).toContain("<h1>Sign in</h1>");
  for (const id of ["username", "password"]) {
    expect(again).toMatch(
      new RegExp(`id="${id}"[^>]* aria-invalid="true" aria-describedby="problem"`),
    );
  }
  expect(again).toContain(`value="${ADA}"`);
  expect(again).not.toContain("wrong");
});

test("the account picker names everybody who is signed in", async () => {
  const { idp, authUri } = setup();
  const cookies = new Map<string, string>();
  for (const username of [ADA, GRACE]) {
    const uri = authUri(CONTOSO, { prompt: "login" });
    await idp.signIn(uri, { username, password: PASSWORD, cookies });
  }

  const response = await idp.fetch(authUri(CONTOSO), {
    headers: { cookie: `other=1; ESTSAUTH=${cookies.get("ESTSAUTH")}` },
  });

  const page = await response.text();
  expect(page).toContain("Pick an account");
  expect(page).toMatch(/<button name="account" value="ada@[^>]* autofocus>/);
  expect(page.match(/ autofocus/g)).toHaveLength(1);
  for (const who of [ADA, GRACE, "Ada Lovelace", "Grace Hopper"]) expect(page).toContain(who);
});

test("the consent page names the app and what it asks for", async () => {
  const { idp, app, authUri } = setup();
  const cookies = new Map<string, string>();
  await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD, cookies });
  const uri = authUri(CONTOSO, { client_id: app(INTERNAL).clientId, redirect_uri: WEB_REDIRECT });

  const response = await idp.fetch(uri, {
    headers: { cookie: `ESTSAUTH=${cookies.get("ESTSAUTH")}` },
  });

  const page = await response.text();
  expect(page).toContain(INTERNAL);
  expect(page).toContain("<li>User.Read</li>");
});

test.for(["login", "pick", "consent"])("/%s without its flow goes nowhere", async (step) => {
  const { idp } = setup();

  const response = await idp.fetch(`${idp.authority(CONTOSO)}/${step}`, {
    method: "POST",
    body: new URLSearchParams({ flow: "made-up" }),
  });

  expect(response.status).toBe(400);
  expect(await response.text()).toContain("AADSTS9002313: ");
});

test("error_uri leads to a page that explains the number", async () => {
  const { idp } = setup();

  const known = await idp.fetch("https://localhost/error?code=50126");
  const unknown = await idp.fetch("https://localhost/error?code=1");

  expect(await known.text()).toContain("AADSTS50126: ");
  expect(unknown.status).toBe(404);
});

test("cookies are Secure over https, and work without over http", async () => {
  const { idp, authUri } = setup();
  const flagsAt = async (origin: string) => {
    const uri = authUri(CONTOSO).replace("https://localhost", origin);
    const page = await (await idp.fetch(uri)).text();
    const [, flow = ""] = /name="flow" value="([^"]+)"/.exec(page) ?? [];
    const response = await idp.fetch(`${origin}/${CONTOSO}/login`, {
      method: "POST",
      body: new URLSearchParams({ flow, username: ADA, password: PASSWORD }),
    });
    return response.headers.get("set-cookie");
  };

  expect(await flagsAt("https://localhost")).toMatch(/; HttpOnly; Secure; SameSite=None$/);
  expect(await flagsAt("http://localhost:8400")).toMatch(/; HttpOnly; SameSite=Lax$/);
});
