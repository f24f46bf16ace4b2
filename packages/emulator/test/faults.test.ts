import type { Fault } from "@msal-ts/emulator";
import { expect, test } from "vitest";
import { AADSTS } from "../src/aadsts.js";
import { ADA, type Bench, CONTOSO, PASSWORD, SPA, setup, WEB, webClient } from "./setup.js";

const AS_ADA = { username: ADA, password: PASSWORD };

function ask(bench: Bench): Promise<Response> {
  return bench.idp.fetch(`${bench.idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope: "https://graph.microsoft.com/.default",
      ...webClient(bench),
    }),
  });
}

test("a status comes once, with the headers asked for; then all is well again", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", status: 429, headers: { "Retry-After": "3" } });

  const first = await ask(bench);
  const second = await ask(bench);

  expect(first.status).toBe(429);
  expect(first.headers.get("retry-after")).toBe("3");
  expect(second.status).toBe(200);
});

test("it happens as often as asked, to the paths that match alone", async () => {
  const bench = setup();
  bench.idp.failNext({ path: /\/token$/, status: 503, times: 2 });

  const elsewhere = await bench.get(`${bench.idp.authority("common")}/discovery/keys`);
  const answers = [await ask(bench), await ask(bench), await ask(bench)];

  expect(elsewhere.status).toBe(200);
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
});

test("faults for one path come in the order they were asked for", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", status: 500 });
  bench.idp.failNext({ path: "/token", status: 503 });

  expect([(await ask(bench)).status, (await ask(bench)).status]).toEqual([500, 503]);
});

test("a number of the table brings the platform's whole answer, with members on top", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", error: 50076, body: { claims: "{}" } });

  const response = await ask(bench);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: "invalid_grant",
    suberror: "basic_action",
    error_codes: [50076],
    claims: "{}",
    error_description: expect.stringMatching(/^AADSTS50076: .* Trace ID: /),
    trace_id: response.headers.get("x-ms-request-id"),
  });
});

test("a number brings its own status", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", error: 90033 });

  expect((await ask(bench)).status).toBe(503);
});

test("an OAuth error by name has no number", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", error: "slow_down" });

  const response = await ask(bench);

  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: "slow_down", error_codes: [] });
});

// Body given, content type and text that come.
test.for([
  ["<html>", "text/plain; charset=utf-8", "<html>"],
  [{ a: 1 }, "application/json; charset=utf-8", '{"a":1}'],
] as const)("body %j is sent as it is", async ([body, type, text]) => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", status: 200, body });

  const response = await ask(bench);

  expect(response.headers.get("content-type")).toBe(type);
  expect(await response.text()).toBe(text);
});

test("a delay alone delays the real answer", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", delay: 50 });
  const before = performance.now();

  const { status } = await ask(bench);

  expect(status).toBe(200);
  expect(performance.now() - before).toBeGreaterThan(45);
});

test("a dropped connection fails as fetch fails", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", drop: true });

  await expect(ask(bench)).rejects.toThrow(TypeError);
  expect((await ask(bench)).status).toBe(200);
});

test("a number's text is complete, from the request or with examples", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", error: 700016 });

  const { body } = await bench.token(CONTOSO, webClient(bench));

  expect(body.error_description).toContain(
    `identifier '${bench.app(WEB).clientId}' was not found in the directory '${CONTOSO}'`,
  );
});

test.for(Object.keys(AADSTS))("the text of %s is complete on the look-up page", async (code) => {
  const { idp } = setup();

  const page = await (await idp.fetch(`${idp.url}/error?code=${code}`)).text();

  expect(page).toContain(`AADSTS${code}: `);
  expect(/<main>.*<\/main>/s.exec(page)?.[0]).not.toMatch(/\{\w+\}|undefined|&#39;&#39;/);
});

test.for<Omit<Fault, "path">>([
  { error: 50076 },
  { error: "invalid_grant" },
  { status: 503 },
  { status: 429, headers: { "retry-after": "1" }, body: "slow down" },
])("%j can be read by the page of a single-page app", async (fault) => {
  const { idp, app } = setup();
  const origin = "http://localhost:3000";
  idp.failNext({ path: "/token", ...fault });

  const response = await idp.fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({ client_id: app(SPA).clientId, grant_type: "refresh_token" }),
  });

  expect(response.ok).toBe(false);
  expect(response.headers.get("access-control-allow-origin")).toBe(origin);
});

test("documents that fail can be read from everywhere, too", async () => {
  const { idp } = setup();
  idp.failNext({ path: "/openid-configuration", status: 500, body: { a: 1 } });

  const response = await idp.fetch(
    `${idp.authority(CONTOSO)}/v2.0/.well-known/openid-configuration`,
    { headers: { origin: "http://localhost:3000" } },
  );

  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ a: 1 });
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.get("cache-control")).toBe("no-store, no-cache");
});

test("a fault waits for the request behind a preflight", async () => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", status: 503 });

  await bench.idp.fetch(`${bench.idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "OPTIONS",
    headers: { origin: "http://localhost:3000", "access-control-request-method": "POST" },
  });

  expect((await ask(bench)).status).toBe(503);
});

// Fault on the way of a sign-in, and what reaches the client.
test.for<[Fault, Record<string, unknown>]>([
  [
    { path: "/authorize", error: 50076, body: { claims: '{"id_token":{}}' } },
    {
      error: "interaction_required",
      suberror: "basic_action",
      claims: '{"id_token":{}}',
      error_description: expect.stringMatching(/^AADSTS50076: /),
    },
  ],
  [{ path: "/authorize", error: "temporarily_unavailable" }, { error: "temporarily_unavailable" }],
  [{ path: "/login", error: 65004 }, { error: "access_denied" }],
])("%j is told to the client", async ([fault, expected]) => {
  const { idp, authUri } = setup();
  idp.failNext(fault);

  const answer = await idp.signIn(authUri(CONTOSO, { state: "kept" }), AS_ADA);

  expect(answer).toMatchObject({ ...expected, state: "kept" });
  expect(answer).not.toHaveProperty("code");
});

test.for<Fault>([
  { path: "/authorize", error: 50011 },
  { path: "/authorize", error: 700016 },
  { path: "/login", error: 50126 },
])("%j is shown on a page, without redirect", async (fault) => {
  const { idp, authUri } = setup();
  idp.failNext(fault);

  await expect(idp.signIn(authUri(CONTOSO), AS_ADA)).rejects.toThrow(`AADSTS${fault.error}: `);
});

test("a status on the way of a sign-in is no redirect", async () => {
  const { idp, authUri } = setup();
  idp.failNext({ path: "/authorize", status: 503, headers: { "retry-after": "3" } });

  const response = await idp.fetch(authUri(CONTOSO), { redirect: "manual" });

  expect(response.status).toBe(503);
  expect(response.headers.get("location")).toBeNull();
  expect(await response.text()).toBe("");
});

// RFC 9110 §10.2.3: seconds, or a date.
test.for([
  [429, "30"],
  [503, "Sun, 06 Nov 2095 08:49:37 GMT"],
] as const)("status %i says when to come back: %s", async ([status, after]) => {
  const bench = setup();
  const headers = { "Retry-After": after };
  bench.idp.failNext({ path: "/token", error: 90055, status, headers });

  const response = await ask(bench);

  expect(response.status).toBe(status);
  expect(response.headers.get("retry-after")).toBe(after);
  expect(await response.json()).toMatchObject({ error_codes: [90055] });
});

test.for([204, 205, 304])("status %i has no body", async (status) => {
  const bench = setup();
  bench.idp.failNext({ path: "/token", status });

  expect((await ask(bench)).status).toBe(status);
});

test("an error where nothing is, is JSON", async () => {
  const { idp, get } = setup();
  idp.failNext({ path: "/nothing", error: 90033 });

  expect((await get(`${idp.url}/nothing`)).body.error_codes).toEqual([90033]);
});

test.for<[string, unknown, RegExp]>([
  ["nothing at all", undefined, /^fault must be an object/],
  ["no path", { status: 500 }, /^fault.path must be part of a path, .* got undefined$/],
  ["nothing to go wrong", { path: "/token" }, /what is to go wrong/],
  ["an unknown member", { path: "/token", stauts: 500 }, /^fault.stauts is unknown/],
  ["an unknown number", { path: "/token", error: 1 }, /^fault.error must .* got 1$/],
  ["a number as text", { path: "/token", error: "50076" }, /for example 50076.*got "50076"$/],
  ["an error of something else", { path: "/token", error: true }, /fault.error .* got true$/],
  ["a status out of range", { path: "/token", status: 99 }, /got 99$/],
  ["a status with text", { path: "/token", status: 205, body: "x" }, /205, which has none$/],
  ["a negative delay", { path: "/token", delay: -1 }, /delay .* got -1$/],
  ["a delay timers do not know", { path: "/token", delay: 1e12 }, /delay .* got 1000000000000$/],
  ["no times", { path: "/token", status: 500, times: 0 }, /times .* above zero; got 0$/],
  ["half a time", { path: "/token", status: 500, times: 1.5 }, /times .* got 1.5$/],
  ["headers alone", { path: "/token", delay: 1, headers: {} }, /headers goes together with/],
  ["no headers", { path: "/token", status: 500, headers: { "a b": "" } }, /headers must be/],
  ["text beside an error", { path: "/token", error: 50076, body: "x" }, /body must be an object/],
  ["a body that is no JSON", { path: "/token", body: () => 1 }, /body must be text, or/],
  ["an answer without connection", { path: "/token", drop: true, status: 500 }, /no answer/],
])("%s is refused at once", ([, fault, message]) => {
  const { idp } = setup();

  expect(() => idp.failNext(fault as Fault)).toThrow(TypeError);
  expect(() => idp.failNext(fault as Fault)).toThrow(message);
});
