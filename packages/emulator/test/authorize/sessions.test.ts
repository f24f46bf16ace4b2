import { expect, test } from "vitest";
import { ADA, type Bench, CONTOSO, PASSWORD, setup } from "../setup.js";

const USERS = Array.from({ length: 40 }, (_, index) => ({
  username: `somebody-with-a-long-name-${index}@contoso.onmicrosoft.com`,
}));

async function signInAt({ idp, authUri }: Bench, origin: string, username = ADA) {
  const uri = authUri(CONTOSO, { prompt: "login" }).replace("https://localhost", origin);
  const cookies = new Map<string, string>();
  await idp.signIn(uri, { username, password: PASSWORD, cookies });
  return cookies;
}

test("two emulators of one machine keep their sessions apart: cookies ignore ports", async () => {
  const bench = setup();

  const one = await signInAt(bench, "http://localhost:8400");
  const other = await signInAt(bench, "http://localhost:8500");
  const inProcess = await signInAt(bench, "https://localhost");

  expect([...one.keys(), ...other.keys(), ...inProcess.keys()]).toEqual([
    "ESTSAUTH-8400",
    "ESTSAUTH-8500",
    "ESTSAUTH",
  ]);
});

test("however many sign in, browsers keep the cookie, and the latest are in it", async () => {
  const { idp, authUri } = setup({ users: USERS });
  const cookies = new Map<string, string>();
  for (const { username } of USERS) {
    await idp.signIn(authUri(CONTOSO, { prompt: "login" }), {
      username,
      password: PASSWORD,
      cookies,
    });
    expect(cookies.get("ESTSAUTH")?.length).toBeLessThan(3900);
  }

  const silent = (username: string | undefined) =>
    idp.signIn(authUri(CONTOSO, { prompt: "none", login_hint: username ?? "" }), {
      username: ADA,
      password: PASSWORD,
      cookies: new Map(cookies),
    });

  expect((await silent(USERS.at(-1)?.username)).code).toBeTruthy();
  expect((await silent(USERS.at(-5)?.username)).code).toBeTruthy();
  expect(await silent(USERS[0]?.username)).toMatchObject({ error: "login_required" });
});
