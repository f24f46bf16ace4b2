/**
 * Opening the system's browser, without a shell: what it takes on each system, the package `open` knows.
 *
 * @module
 */
import type { ChildProcess } from "node:child_process";
import { MsalError } from "../errors.js";

/** On Linux the only browser that can tell Microsoft Entra about the device it runs on. */
const EDGE = "/usr/bin/microsoft-edge";

/**
 * Opens a URL in the system's browser.
 *
 * @param notOpened - Told why, if nothing opened; perhaps only after a while.
 * @throws MsalError `browser_error` for a URL that is no web page.
 */
export async function openInBrowser(
  url: string,
  notOpened: (why: MsalError) => void,
): Promise<void> {
  const { protocol } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") {
    throw new MsalError(
      "browser_error",
      `Only https and http URLs are opened in a browser; this one begins with ${protocol}. Check the authority's configuration.`,
    );
  }
  let open: typeof import("open").default;
  try {
    ({ default: open } = await import("open"));
  } catch (cause) {
    notOpened(
      new MsalError(
        "missing_dependency",
        'No browser was opened, because the package "open" is not installed. Install it with "npm i open".',
        { cause },
      ),
    );
    return;
  }
  try {
    watch(await open(url, prefersEdge() ? { app: { name: EDGE } } : {}), notOpened);
  } catch (error) {
    // Only its code: some messages quote the command, and with it the URL.
    const { code = "no reason given" } = error as NodeJS.ErrnoException;
    notOpened(failure(`could not be started (${code})`));
  }
}

/** Without a browser (containers, SSH) something starts all the same, and ends with another code than 0. */
function watch(launcher: ChildProcess, notOpened: (why: MsalError) => void): void {
  const ended = (code: number | null, signal: NodeJS.Signals | null) => {
    if (code) notOpened(failure(`ended with code ${code}`));
    else if (signal) notOpened(failure(`was ended by ${signal}`));
  };
  const { exitCode, signalCode } = launcher;
  if (exitCode === null && signalCode === null) launcher.once("exit", ended);
  else ended(exitCode, signalCode);
  launcher.on("error", () => notOpened(failure("failed")));
}

function failure(what: string): MsalError {
  return new MsalError(
    "browser_error",
    `No browser was opened: what opens it on this system ${what}.`,
  );
}

/** Edge if it is there, unless the user has named another browser. */
function prefersEdge(): boolean {
  if (process.platform !== "linux") return false;
  const { BROWSER } = process.env;
  if (BROWSER && !BROWSER.includes("microsoft-edge")) return false;
  return process.getBuiltinModule("node:fs").existsSync(EDGE);
}
