/**
 * The page that says why there is no way on.
 *
 * @module
 */
import { html } from "hono/html";
import type { ErrorBody } from "../entra-error.js";
import type { Page } from "./page.js";

/** Why there is no way on: shown where a redirect could go to the wrong place. */
export function errorPage(message: string, body: ErrorBody): Page {
  return {
    title: "Sorry, but we're having trouble signing you in.",
    body: html`<p role="alert">${message}</p>
<dl>
<dt>Request Id</dt><dd>${body.trace_id}</dd>
<dt>Correlation Id</dt><dd>${body.correlation_id}</dd>
<dt>Timestamp</dt><dd>${body.timestamp}</dd>
</dl>`,
  };
}
