/**
 * The page that carries an answer to the redirect URI.
 *
 * Spec: OAuth 2.0 Form Post Response Mode
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** Posts the answer to the redirect URI by itself. */
export function formPostPage(redirectUri: string, answer: Readonly<Record<string, string>>): Page {
  const body = html`<form method="POST" name="hiddenform" action="${redirectUri}">
${Object.entries(answer).map(
  ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">
`,
)}<noscript>
<p>Script is disabled. Click Submit to continue.</p>
<button>Submit</button>
</noscript>
</form>`;
  return { title: "Working...", body, script: "document.forms[0].submit()" };
}
