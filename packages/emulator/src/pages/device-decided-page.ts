/**
 * The page on which a sign-in for a device ends.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** It is done, on this side. */
export function deviceDecidedPage(details: {
  readonly appName: string;
  readonly approved: boolean;
}): Page {
  const { appName, approved } = details;
  const body = approved
    ? html`<p role="status">You have signed in to the ${appName} application on your device. You may now close this window.</p>`
    : html`<p role="status">You have not signed in to the ${appName} application on your device. You may now close this window.</p>`;
  return { title: approved ? "You are signed in" : "You declined", body };
}
