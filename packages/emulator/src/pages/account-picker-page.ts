/**
 * The page that asks which account to continue with.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** Which account to continue with. `flow` comes back with the form. */
export function accountPickerPage(details: {
  readonly action: string;
  readonly flow: string;
  readonly accounts: readonly { readonly username: string; readonly name: string }[];
}): Page {
  const { action, flow, accounts } = details;
  const body = html`<form method="post" action="${action}">
<input type="hidden" name="flow" value="${flow}">
${accounts.map(
  ({ username, name }, index) =>
    html`<button name="account" value="${username}"${index === 0 && html` autofocus`}>${name}<br>${username}</button>
`,
)}<button name="account" value="">Use another account</button>
</form>`;
  return { title: "Pick an account", body };
}
