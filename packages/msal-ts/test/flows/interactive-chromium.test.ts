/**
 * The interactive sign-in in a real browser, on the emulator's pages.
 */
import { startEmulator } from "@msal-ts/emulator";
import { PublicClientApplication } from "msal-ts";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ADA, PASSWORD } from "../setup.js";
import { parameter, redirectWith } from "./interactive-setup.js";

const missing = process.env.MSAL_TS_MISSING?.split(",") ?? [];

/** A native application whose users are asked for consent. */
const CLIENT_ID = "66666666-6666-4666-8666-666666666666";

/** A name of somebody else's that leads to this computer (DNS rebinding). */
const REBOUND = "rebound.example";

let browser: Browser;

beforeAll(async () => {
  if (missing.includes("chromium")) return;
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`,
    ],
  });
});

afterAll(() => browser?.close());

describe.skipIf(missing.includes("chromium"))("in Chromium", () => {
  test("a user signs in, consents, and is told to go back to the application", async () => {
    const { app, page, openBrowser } = await setup();

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser });
    await signIn(page);
    await page.getByRole("button", { name: "Accept" }).click();

    expect(await waiting).toMatchObject({
      access_token: expect.any(String),
      account: { username: ADA },
    });
    await page.waitForURL(/^http:\/\/localhost:\d+\/\?code=/);
    expect(await page.getByRole("heading").textContent()).toBe("Signed in");
    expect(await page.getByText("You can close this window").isVisible()).toBe(true);
    // The style of the page is one that its own policy allows.
    expect(await page.evaluate(() => getComputedStyle(document.body).maxWidth)).toBe("640px");
  });

  test("a user who declines is told so, and the application gets access_denied", async () => {
    const { app, page, openBrowser } = await setup();

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser });
    await signIn(page);
    await page.getByRole("button", { name: "Cancel" }).click();

    expect(await waiting).toMatchObject({
      error: "access_denied",
      error_description: expect.stringContaining("AADSTS65004"),
    });
    await page.waitForURL(/^http:\/\/localhost:\d+\/\?error=/);
    expect(await page.getByRole("heading").textContent()).toBe("Not signed in");
    expect(await page.getByText("AADSTS65004").isVisible()).toBe(true);
  });

  test("what a third party brings with a wrong state is shown nothing, and the user goes on", async () => {
    const { app, page, openBrowser, url } = await setup();

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser });
    const stranger = await newPage();
    const forged = { code: "stolen-code", state: "wrong", error_description: "Call 555-0100" };
    const answered = await stranger.goto(redirectWith(await url, forged));
    await signIn(page);
    await page.getByRole("button", { name: "Accept" }).click();

    expect(answered?.status()).toBe(400);
    expect(await stranger.content()).not.toMatch(/Signed in|555/);
    expect(await waiting).toMatchObject({ account: { username: ADA } });
  });

  test("markup in an error_description is text: nothing of it runs, loads or submits", async () => {
    const { app, page, openBrowser, url } = await setup();
    const attack =
      "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><form action=//evil>";
    const loaded: string[] = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser });
    await page.waitForURL(/authorize/);
    loaded.length = 0;
    const state = parameter(await url, "state");
    await page.goto(
      redirectWith(await url, { error: "server_error", error_description: attack, state }),
    );

    expect(await waiting).toEqual({ error: "server_error", error_description: attack });
    expect(await page.getByText(attack).isVisible()).toBe(true);
    expect(await page.title()).toBe("Not signed in");
    expect(await page.locator("script, img, form").count()).toBe(0);
    expect(loaded.filter((path) => path !== "/favicon.ico")).toEqual(["/"]);
  });

  test("flows B-6: under another site's name the answer itself is shown nothing, and does not count", async () => {
    const { app, page, openBrowser, url } = await setup();

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser });
    const stranger = await newPage();
    const state = parameter(await url, "state");
    const answer = redirectWith(await url, { error: "access_denied", state });
    const answered = await stranger.goto(answer.replace("//localhost", `//${REBOUND}`));
    await signIn(page);
    await page.getByRole("button", { name: "Accept" }).click();

    expect(new URL(stranger.url()).hostname).toBe(REBOUND);
    expect(answered?.status()).toBe(400);
    expect(await stranger.content()).not.toMatch(/access_denied/);
    expect(await waiting).toMatchObject({ account: { username: ADA } });
  });

  test("not even a script of the application's own page runs", async () => {
    const { app, page, openBrowser, url } = await setup();
    const errorPage =
      "<html><title>kept</title><p>$error<script>document.title='run'</script></html>";

    const waiting = app.acquireTokenInteractive(["User.Read"], { openBrowser, errorPage });
    await page.waitForURL(/authorize/);
    const state = parameter(await url, "state");
    await page.goto(redirectWith(await url, { error: "access_denied", state }));

    expect(await waiting).toEqual({ error: "access_denied" });
    expect(await page.title()).toBe("kept");
  });
});

/** The identity platform on a port, a native application, and a window of a fresh browser. */
async function setup() {
  const idp = await startEmulator({
    apps: [
      {
        clientId: CLIENT_ID,
        name: "Asking app",
        redirectUris: { publicClient: ["http://localhost"] },
        requireConsent: true,
      },
    ],
  });
  onTestFinished(() => idp.close());
  const app = new PublicClientApplication(CLIENT_ID, {
    authority: idp.authority("contoso.onmicrosoft.com"),
    clock: { now: idp.now },
  });
  const page = await newPage();
  let opened = (_: string) => {};
  const url = new Promise<string>((resolve) => {
    opened = resolve;
  });
  const openBrowser = async (to: string) => {
    opened(to);
    await page.goto(to);
  };
  return { app, page, openBrowser, url };
}

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context.newPage();
}

/** Ada fills in the sign-in page. */
async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Username").fill(ADA);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}
