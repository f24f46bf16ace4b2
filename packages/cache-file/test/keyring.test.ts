/**
 * The keyring itself: GNOME Keyring in a D-Bus session of its own, as on a Linux desktop.
 *
 * @module
 */
import { keyFromKeyring } from "@msal-ts/cache-file";
import { describe, expect, test } from "vitest";
import { setup, signedIn, start } from "./setup.js";

const missing = process.env.MSAL_TS_MISSING?.split(",") ?? [];
const isMissing = ["gnome-keyring", "dbus"].some((name) => missing.includes(name));

const ADA = signedIn("ada", "token-of-ada");

/** Begins a session with a keyring that is unlocked, as a log-in does. */
const UNLOCKED =
  'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"';

const WRITE = `
import { FileTokenStore, keyFromKeyring, rotateKeyringKey } from "@msal-ts/cache-file";
const [, path] = process.argv;
const open = () =>
  new FileTokenStore(path, { encryption: { keys: keyFromKeyring({ service: "msal-ts tests" }) } });
const keys = () => keyFromKeyring({ service: "msal-ts tests" })({ path, create: false });
const entry = new Map([["k", { value: "token-of-ada" }]]);
const report = { before: (await keys()).length };
await Promise.all([open().write("p", entry), open().write("q", entry)]);
report.read = [...(await open().read("p"))];
report.made = (await keys()).length;
const store = open();
await store.read("p");
await rotateKeyringKey({ service: "msal-ts tests", account: path });
report.rotated = (await keys()).length;
await open().write("r", entry);
report.after = [...(await store.read("p"))];
console.log(JSON.stringify(report));
`;

/** What a program says in a session; a home of its own keeps its keyring out of ours. */
async function inSession(program: string, folder: string, path: string, ...wrapper: string[]) {
  const { PATH } = process.env;
  const env = { PATH, HOME: folder, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: `${folder}/data` };
  return start(program, [path], wrapper, env).end();
}

describe.skipIf(isMissing)("a key in the keyring", () => {
  test("is made once, found again, and rotates", async () => {
    const { path, folder, text } = setup();
    const session = ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh"];

    const { code, stdout, stderr } = await inSession(WRITE, folder, path, ...session);

    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      ...{ before: 0, made: 1, rotated: 2 },
      read: [["k", "token-of-ada"]],
      after: [["k", "token-of-ada"]],
    });
    expect(text()).not.toContain("token-of-ada");
  });
});

describe.skipIf(process.platform !== "linux")("where there is no keyring", () => {
  test("a write is store_error that says what to do, and nothing is written in the clear", async () => {
    const { path, folder, files } = setup();
    const program = `${WRITE.split("const keys")[0]}
await open().write("p", new Map([["k", { value: "token-of-ada" }]])).catch((error) => console.log(error.code, error.message));`;

    const { stdout } = await inSession(program, folder, path);

    expect(stdout).toMatch(/^store_error .*keyring.*gnome-keyring.*keyFromEnvironment/);
    expect(files()).not.toContain("cache.json");
  });
});

test.for([
  [undefined, "options"],
  [{}, "service"],
  [{ service: "" }, "service"],
  [{ service: "s", account: 1 }, "account"],
  [{ service: "s", acount: "a" }, "acount"],
] as const)("keyFromKeyring(%o) is refused", ([options, named]) => {
  expect(() => keyFromKeyring(options as never)).toThrow(
    expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(named) }),
  );
});

test("a keyring is not needed before a key is", async () => {
  const { open } = setup();

  const store = open({ encryption: { keys: keyFromKeyring({ service: "msal-ts tests" }) } });

  expect(await store.read(ADA.partition)).toEqual(new Map());
});
