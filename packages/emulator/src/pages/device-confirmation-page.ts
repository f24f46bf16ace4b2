/**
 * The page that asks whether a code was meant for the app it belongs to.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** Is it this app? `flow` comes back with the form. */
export function deviceConfirmationPage(details: {
  readonly flow: string;
  readonly appName: string;
}): Page {
  const { flow, appName } = details;
  const body = html`<p>Only continue if the code is shown by an app or device that you trust.</p>
<form method="post" action="/devicelogin/confirm">
<input type="hidden" name="flow" value="${flow}">
<button name="device" value="continue" autofocus>Continue</button>
<button name="device" value="cancel">Cancel</button>
</form>`;
  return { title: `Are you trying to sign in to ${appName}?`, body };
}
