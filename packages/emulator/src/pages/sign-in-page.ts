/**
 * The page that asks for username and password.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** Who you are, and the proof. `flow` comes back with the form. */
export function signInPage(details: {
  readonly action: string;
  readonly flow: string;
  readonly appName: string;
  readonly username: string;
  /** Why the last attempt did not work. */
  readonly problem?: string | undefined;
}): Page {
  const { action, flow, appName, username, problem } = details;
  const known = username !== "";
  const failed = problem !== undefined;
  const refers = failed && html` aria-invalid="true" aria-describedby="problem"`;
  // No type="email": it refuses names such as müller@contoso.com, which the directory may have.
  const body = html`<p>to continue to ${appName}</p>
${failed && html`<p id="problem" role="alert">${problem}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="flow" value="${flow}">
<label for="username">Username</label>
<input id="username" name="username" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${username}"${refers}${!known && html` autofocus`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${refers}${known && html` autofocus`}>
<button>Sign in</button>
</form>`;
  const heading = "Sign in";
  return { title: failed ? `Error: ${heading}` : heading, heading, body };
}
