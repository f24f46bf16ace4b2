import { expect, test } from "vitest";
import { CONTOSO, setup, webClient } from "../setup.js";

const CP1 = JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } });
const CC = { grant_type: "client_credentials", scope: "api://contoso-tasks/.default" };

test("capability cp1 makes tokens live for a day, to be refreshed at half of it", async () => {
  const bench = setup();

  const { body } = await bench.redeem({ token: { claims: CP1 } });
  const app = await bench.token(CONTOSO, { ...CC, ...webClient(bench), claims: CP1 });

  const expected = { expires_in: 86_399, ext_expires_in: 86_399, refresh_in: 43_199 };
  expect(body).toMatchObject(expected);
  expect(app.body).toMatchObject(expected);
});

// Lifetime configured, refresh_in answered.
test.for([
  [600, undefined],
  [7199, undefined],
  [7200, 3600],
] as const)("a lifetime of %i s is answered with refresh_in %s", async ([lifetime, refresh_in]) => {
  const bench = setup({ accessTokenLifetime: lifetime });

  const { body } = await bench.token(CONTOSO, { ...CC, ...webClient(bench) });

  expect(body.expires_in).toBe(lifetime);
  expect(body.refresh_in).toBe(refresh_in);
  const { exp = 0 } = await bench.verify(body.access_token);
  expect(Math.abs(exp - bench.idp.now() - lifetime)).toBeLessThan(60);
});

test("client_info comes only when it is asked for", async () => {
  const { redeem } = setup();

  const { body } = await redeem({ token: { client_info: "" } });

  expect(body).not.toHaveProperty("client_info");
});

test("the v1 endpoint takes a resource and writes numbers as text", async () => {
  const bench = setup();
  const { client_id, client_secret } = webClient(bench);

  const response = await bench.idp.fetch(`${bench.idp.authority(CONTOSO)}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id,
      client_secret,
      resource: "https://management.core.windows.net/",
    }),
  });

  expect(await response.json()).toMatchObject({
    expires_in: "3599",
    ext_expires_in: "3599",
    expires_on: expect.stringMatching(/^\d+$/),
    resource: "https://management.core.windows.net/",
  });
});

test("the v2 endpoint refuses a resource", async () => {
  const bench = setup();

  const { body } = await bench.token(CONTOSO, { ...CC, ...webClient(bench), resource: "x" });

  expect(body.error_codes).toEqual([901002]);
});
