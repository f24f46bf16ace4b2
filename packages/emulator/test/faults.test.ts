import type { Fault } from "@msal-ts/emulator";
import { expect, test } from "vitest";
import { type Bench, CONTOSO, setup, webClient } from "./setup.js";

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

test.for<[string, unknown, RegExp]>([
  ["no path", { status: 500 }, /needs a path/],
  ["nothing to go wrong", { path: "/token" }, /what is to go wrong/],
  ["an unknown number", { path: "/token", error: 1 }, /got 1$/],
  ["a status out of range", { path: "/token", status: 99 }, /got 99$/],
  ["a negative delay", { path: "/token", delay: -1 }, /delay .* got -1$/],
  ["headers alone", { path: "/token", delay: 1, headers: {} }, /headers together with/],
])("%s is refused at once", ([, fault, message]) => {
  const { idp } = setup();

  expect(() => idp.failNext(fault as Fault)).toThrow(message);
});
