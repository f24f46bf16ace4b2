import { startEmulator } from "@msal-ts/emulator";
import { expect, test } from "vitest";
import { ADA, CONTOSO, PASSWORD, setup } from "../setup.js";

test("certificates and tokens leave the globals as they were", async () => {
  const before = { names: Reflect.ownKeys(globalThis), reflect: Reflect.ownKeys(Reflect), Reflect };
  const { idp, authUri, token } = setup();

  await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD });
  await token(CONTOSO, {});
  await idp.fetch(`${idp.url}/common/discovery/keys`);
  await (await startEmulator({}, { https: true })).close();

  expect(Reflect).toBe(before.Reflect);
  expect(Reflect.ownKeys(Reflect)).toEqual(before.reflect);
  expect(Reflect.ownKeys(globalThis)).toEqual(before.names);
});

test("whoever wants the polyfill themselves still gets it", async () => {
  const { idp } = setup();
  await idp.fetch(`${idp.url}/common/discovery/keys`);

  await import("reflect-metadata");

  expect(Reflect).toHaveProperty("metadata");
});
