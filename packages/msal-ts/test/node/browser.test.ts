/**
 * The system's browser, through the package `open` and without it. On Linux what opens it obeys BROWSER.
 */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PublicClientApplication } from "msal-ts";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { parameter, redirectWith, visit } from "../flows/interactive-setup.js";
import { AUTHORITY, DESKTOP_APP, setupScript } from "../setup.js";

/** The link that a log line shows. */
const linkIn = (line: string) => /open this link: (\S+)$/.exec(line)?.[1] ?? "";

/** Says no, as a user would in the browser. */
const decline = (url: string) =>
  visit(redirectWith(url, { error: "access_denied", state: parameter(url, "state") }));

describe.runIf(process.platform === "linux")("by BROWSER", () => {
  test("it gets the URL in one piece, without a shell", async () => {
    const { folder, script } = browserScript('printf "%s\\n" "$#" "$1" > "$0.seen"');
    vi.stubEnv("BROWSER", script);
    const { desktopApp, warnings } = setupScript();

    const waiting = desktopApp().acquireTokenInteractive(["User.Read"], {
      loginHint: `$(touch ${folder}/owned);"'\`touch ${folder}/owned\``,
      timeout: 10_000,
    });
    const [count, url = ""] = await vi.waitFor(() => {
      const lines = readFileSync(`${script}.seen`, "utf8").split("\n");
      expect(lines).toHaveLength(3);
      return lines;
    }, 10_000);
    await decline(url);

    expect(await waiting).toEqual({ error: "access_denied" });
    expect(count).toBe("1");
    expect(parameter(url, "login_hint")).toContain("$(touch");
    expect(() => readFileSync(`${folder}/owned`)).toThrow("ENOENT");
    expect(warnings()).toEqual([]);
  });

  test("when nothing opens, the link is in the log, and waiting goes on", async () => {
    const { script } = browserScript("exit 3");
    vi.stubEnv("BROWSER", script);
    const { desktopApp, warnings } = setupScript();

    const waiting = desktopApp().acquireTokenInteractive(["User.Read"]);
    const [line = ""] = await vi.waitFor(() => {
      expect(warnings()).toHaveLength(1);
      return warnings();
    }, 10_000);
    await decline(linkIn(line));

    expect(line).toMatch(/^No browser was opened: .* ended with code \d+\. To sign in/);
    expect(await waiting).toEqual({ error: "access_denied" });
  });

  test("when what opens it is killed, the link is in the log as well", async () => {
    const { script } = browserScript("kill -SEGV $PPID");
    vi.stubEnv("BROWSER", script);
    const { desktopApp, warnings } = setupScript();

    const waiting = desktopApp().acquireTokenInteractive(["User.Read"], { timeout: 10_000 });
    const [line = ""] = await vi.waitFor(() => {
      expect(warnings()).toHaveLength(1);
      return warnings();
    }, 5_000);
    await decline(linkIn(line));

    expect(line).toContain("was ended by SIGSEGV");
    expect(await waiting).toEqual({ error: "access_denied" });
  });

  test("when nothing opens, nobody can be told, and nothing would end the wait, it ends", async () => {
    const { script } = browserScript("exit 3");
    vi.stubEnv("BROWSER", script);
    const app = new PublicClientApplication(DESKTOP_APP, { authority: AUTHORITY });

    const failed = app.acquireTokenInteractive(["User.Read"]);

    await expect(failed).rejects.toMatchObject({
      code: "browser_error",
      message: expect.stringContaining("option logger, or the option openBrowser"),
    });
  });

  test("when nothing opens and nobody can be told, the timeout says so", async () => {
    const { script } = browserScript("exit 3");
    vi.stubEnv("BROWSER", script);
    const app = new PublicClientApplication(DESKTOP_APP, { authority: AUTHORITY });

    const failed = app.acquireTokenInteractive(["User.Read"], { timeout: 1500 });

    await expect(failed).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^No browser was opened: .* within 1500 ms/),
      cause: { code: "browser_error" },
    });
  });

  test("a browser that fails when the sign-in is over is not news", async () => {
    const { script } = browserScript("sleep 0.5; exit 3");
    vi.stubEnv("BROWSER", script);
    const { desktopApp, warnings } = setupScript();
    const controller = new AbortController();

    const waiting = desktopApp().acquireTokenInteractive(["User.Read"], {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort("enough"), 100);

    await expect(waiting).rejects.toBe("enough");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(warnings()).toEqual([]);
  });
});

const EDGE = "/usr/bin/microsoft-edge";

// On Linux Edge alone can tell about the device. Here it is only said to be there, so that it cannot start.
describe.runIf(process.platform === "linux" && !existsSync(EDGE))("flows §8.5: Edge", () => {
  test.for([
    [undefined, "could not be started (ENOENT)"],
    ["/opt/microsoft-edge-beta", "could not be started (ENOENT)"],
    ["another browser", "ended with code"],
  ] as const)("with BROWSER=%s what opens the link %s", async ([name, outcome]) => {
    const { script } = browserScript("exit 3");
    vi.stubEnv("BROWSER", name === "another browser" ? script : name);
    const fs = process.getBuiltinModule("node:fs");
    const real = fs.existsSync;
    const pretend = vi.spyOn(fs, "existsSync").mockImplementation((path) => {
      return path === EDGE || real(path);
    });
    onTestFinished(() => pretend.mockRestore());
    const { desktopApp, warnings } = setupScript();

    const waiting = desktopApp().acquireTokenInteractive(["User.Read"]);
    const [line = ""] = await vi.waitFor(() => {
      expect(warnings()).toHaveLength(1);
      return warnings();
    }, 10_000);
    await decline(linkIn(line));

    expect(line).toContain(outcome);
    expect(await waiting).toEqual({ error: "access_denied" });
  });
});

/** Refuses the package `open`, as if it were not installed. */
const WITHOUT_OPEN = `
  import { register } from "node:module";
  const hooks = \`
    export function resolve(specifier, context, next) {
      if (specifier === "open") throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(specifier, context);
    }\`;
  register("data:text/javascript," + encodeURIComponent(hooks));
`;

const PROGRAM = `
  const { PublicClientApplication } = await import("msal-ts");
  const make = (options) =>
    new PublicClientApplication("${DESKTOP_APP}", { authority: "${AUTHORITY}", ...options });
  const failure = (promise) => promise.catch((error) => error.code + ": " + error.message);
`;

test("without the package open the link is in the log, and the process ends with the sign-in", async () => {
  const output = await run(`${WITHOUT_OPEN}${PROGRAM}
    const warn = async (line) => {
      console.log(line.replace(/https:.*/, "..."));
      const query = new URL(line.match(/https:.*/)[0]).searchParams;
      await fetch(query.get("redirect_uri") + "/?error=access_denied&state=" + query.get("state"));
    };
    const logger = { debug() {}, info() {}, warn, error() {} };
    console.log(await make({ logger }).acquireTokenInteractive(["User.Read"]));
  `);

  expect(output).toBe(
    'No browser was opened, because the package "open" is not installed. Install it with "npm i open". To sign in, open this link: ...\n' +
      "{ error: 'access_denied' }\n",
  );
});

test("without the package open, and with nobody to tell, what is missing is said", async () => {
  const output = await run(`${WITHOUT_OPEN}${PROGRAM}
    console.log(await failure(make().acquireTokenInteractive(["User.Read"])));
  `);

  expect(output).toMatch(/^missing_dependency: .*npm i open/);
});

test("without the package open, openBrowser is enough", async () => {
  const output = await run(`${WITHOUT_OPEN}${PROGRAM}
    const openBrowser = (url) => {
      const query = new URL(url).searchParams;
      fetch(query.get("redirect_uri") + "/?error=access_denied&state=" + query.get("state"));
    };
    console.log(await make().acquireTokenInteractive(["User.Read"], { openBrowser }));
  `);

  expect(output).toBe("{ error: 'access_denied' }\n");
});

test.for(["workerd", "edge-light", "browser"])(
  "where there is no desktop (%s) the call says what else to use",
  async (condition) => {
    const output = await run(
      `${PROGRAM} console.log(await failure(make().acquireTokenInteractive(["User.Read"])));`,
      `--conditions=${condition}`,
    );

    expect(output).toMatch(/^unsupported_runtime: .*initiateAuthCodeFlow/);
  },
);

/** Runs a program; resolves with what it printed, once it has ended by itself. */
function run(program: string, ...flags: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, "--input-type=module", "--eval", program],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)), timeout: 10_000 },
      (error, stdout, stderr) => resolve(stdout + stderr + (error?.killed ? "never ended" : "")),
    );
  });
}

/** A program to stand in for a browser, on a desktop with no ideas of its own about browsers. */
function browserScript(line: string): { folder: string; script: string } {
  vi.stubEnv("XDG_CURRENT_DESKTOP", "X-Generic");
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-browser-"));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  const script = join(folder, "browser");
  writeFileSync(script, `#!/bin/sh\n${line}\n`);
  chmodSync(script, 0o755);
  return { folder, script };
}
