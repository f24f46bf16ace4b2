import { html } from "./html.js";
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
  const body = html`<p>to continue to ${appName}</p>
${problem !== undefined && html`<p role="alert">${problem}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="flow" value="${flow}">
<label for="username">Username</label>
<input id="username" name="username" type="email" autocomplete="username" required value="${username}"${!known && html` autofocus`}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${known && html` autofocus`}>
<button>Sign in</button>
</form>`;
  return { title: "Sign in", body };
}
