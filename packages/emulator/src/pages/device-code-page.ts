/**
 * The page that asks for the code a device shows.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** Which code? */
export function deviceCodePage(details: {
  readonly userCode: string;
  /** Why the last attempt did not work. */
  readonly problem?: string | undefined;
}): Page {
  const { userCode, problem } = details;
  const failed = problem !== undefined;
  const refers = failed && html` aria-invalid="true" aria-describedby="problem"`;
  const body = html`<p>Enter the code displayed on your app or device.</p>
${failed && html`<p id="problem" role="alert">${problem}</p>`}
<form method="post" action="/devicelogin">
<label for="user_code">Code</label>
<input id="user_code" name="user_code" type="text" autocomplete="off" autocapitalize="characters" spellcheck="false" required value="${userCode}"${refers} autofocus>
<button>Next</button>
</form>`;
  const heading = "Enter code";
  return { title: failed ? `Error: ${heading}` : heading, heading, body };
}
