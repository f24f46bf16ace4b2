import { createEmulator } from "@msal-ts/emulator";
import { expect, onTestFinished, test } from "vitest";
import { ADA, CONTOSO, setup } from "./setup.js";

test("requests are kept as they came, parsed", async () => {
  const { idp } = setup();

  await idp.fetch("https://login.windows.net/common/oauth2/v2.0/token?a=b", {
    method: "POST",
    headers: { "X-Client-SKU": "test" },
    body: new URLSearchParams([
      ["grant_type", "x y&z"],
      ["__proto__", "polluted"],
    ]),
  });

  expect(idp.requests).toHaveLength(1);
  expect(idp.requests[0]).toMatchObject({
    method: "POST",
    url: "https://login.windows.net/common/oauth2/v2.0/token?a=b",
    headers: {
      "x-client-sku": "test",
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    },
    form: { grant_type: "x y&z" },
  });
});

test("requests of a body that is no form have no form", async () => {
  const { idp } = setup();

  await idp.fetch("https://localhost/common/oauth2/v2.0/token", { method: "POST", body: "a=b" });

  expect(idp.requests[0]?.form).toEqual({});
});

test("the clock flows with real time and can be moved ahead", async () => {
  const { idp } = setup();
  const before = idp.now();

  idp.advance(3600);

  expect(Number.isInteger(before)).toBe(true);
  expect(Math.abs(before - Date.now() / 1000)).toBeLessThan(2);
  expect(idp.now() - before).toBeGreaterThanOrEqual(3600);
  expect(idp.now() - before).toBeLessThan(3660);
  expect(() => idp.advance(-1)).toThrow("zero or more; got -1");
  expect(() => idp.advance(Number.NaN)).toThrow("got NaN");
  expect(() => idp.advance(1e14)).toThrow("no further than the year 9900; got 100000000000000");
  expect(idp.now() - before).toBeLessThan(3660);
});

test("members may be passed around by themselves", async () => {
  const { fetch, now, authority, close } = createEmulator();

  const response = await fetch(new URL(`${authority("common")}/discovery/keys`));

  expect(response.status).toBe(200);
  expect(now()).toBeGreaterThan(1_700_000_000);
  await close();
});

test("fetch takes a Request, too", async () => {
  const { idp } = setup();

  const response = await idp.fetch(
    new Request("https://localhost/common/oauth2/v2.0/token", {
      method: "POST",
      body: new URLSearchParams({ grant_type: "nothing" }),
    }),
  );

  expect(response.status).toBe(400);
  expect(idp.requests[0]?.form).toEqual({ grant_type: "nothing" });
});

test("an aborted call rejects with the signal's reason, before and while it waits", async () => {
  const { idp } = setup();
  const url = "https://localhost/common/discovery/keys";
  const reason = new Error("changed my mind");
  const waiting = new AbortController();
  idp.failNext({ path: "/keys", delay: 60_000 });

  const late = idp.fetch(url, { signal: waiting.signal });
  waiting.abort(reason);

  await expect(late).rejects.toBe(reason);
  await expect(idp.fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("after close nothing answers", async () => {
  const { idp } = setup();

  await idp.close();

  await expect(idp.fetch("https://localhost/common/discovery/keys")).rejects.toThrow("closed");
  await expect(idp.close()).resolves.toBeUndefined();
});

test("close breaks what is under way", async () => {
  const { idp, authUri } = setup();
  idp.failNext({ path: /./, delay: 60_000, times: 2 });

  const fetching = idp.fetch("https://localhost/common/discovery/keys");
  const signingIn = idp.signIn(authUri(CONTOSO), { username: ADA, password: "x" });
  const ends = Promise.allSettled([fetching, signingIn]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await idp.close();

  for (const end of await ends) {
    expect(end).toMatchObject({ status: "rejected", reason: expect.any(TypeError) });
    expect(String((end as PromiseRejectedResult).reason)).toContain("the emulator is closed");
  }
});

test("many requests at a time print no warning", async () => {
  const { idp } = setup();
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on("warning", keep);
  onTestFinished(() => void process.off("warning", keep));

  const url = "https://localhost/common/discovery/keys";
  await Promise.all(Array.from({ length: 50 }, () => idp.fetch(url)));
  await new Promise((resolve) => setImmediate(resolve));

  expect(warnings).toEqual([]);
});

test("in process there is no certificate authority and the URL is https on localhost", () => {
  const { idp } = setup();

  expect(idp.url).toBe("https://localhost");
  expect(idp.ca).toBeUndefined();
  expect(idp.authority(CONTOSO)).toBe(`https://localhost/${CONTOSO}`);
});

test("a user of the configuration signs in as it is", async () => {
  const { idp, authUri } = setup();
  const user = idp.config.users.find(({ username }) => username === ADA);

  const { code } = await idp.signIn(authUri(CONTOSO), user ?? { username: "", password: "" });

  expect(code).toBeTruthy();
});

test("a sign-in that leads nowhere says where it ended", async () => {
  const { idp } = setup();

  const attempt = idp.signIn("https://localhost/common/nothing", { username: ADA, password: "x" });

  await expect(attempt).rejects.toThrow("answered 404");
});

// Arguments that are wrong, and what the error says of them.
test.for<[unknown, unknown, string]>([
  [
    "https://localhost/",
    undefined,
    "options must be an object (username, password, consent, cookies); got undefined",
  ],
  [
    "https://localhost/",
    { user: ADA, password: "x" },
    "options.username must be a text; got undefined",
  ],
  ["https://localhost/", { username: ADA }, "options.password must be a text; got undefined"],
  ["https://localhost/", { username: ADA, password: "x", cookies: {} }, "must be a Map"],
  ["no URL", { username: ADA, password: "x" }, "authUri must be the URL of an authorize endpoint"],
])("signIn(%j, %j): %s", async ([authUri, options, message]) => {
  const { idp } = setup();

  const attempt = idp.signIn(authUri as string, options as { username: string; password: string });

  await expect(attempt).rejects.toThrow(TypeError);
  await expect(attempt).rejects.toThrow(message);
});
