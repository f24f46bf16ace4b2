/**
 * The page that asks whether an app may have what it asks for.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** What the app asks for. `flow` comes back with the form. */
export function consentPage(details: {
  readonly action: string;
  readonly flow: string;
  readonly appName: string;
  readonly username: string;
  readonly scopes: readonly string[];
}): Page {
  const { action, flow, appName, username, scopes } = details;
  const body = html`<p>${appName} asks ${username} for:</p>
<ul>
${scopes.map(
  (scope) => html`<li>${scope}</li>
`,
)}</ul>
<form method="post" action="${action}">
<input type="hidden" name="flow" value="${flow}">
<button name="decision" value="accept" autofocus>Accept</button>
<button name="decision" value="decline">Cancel</button>
</form>`;
  return { title: "Permissions requested", body };
}
