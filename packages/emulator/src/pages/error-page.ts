/**
 * The page that says why there is no way on.
 *
 * @module
 */
import { html } from "hono/html";
import { type Trace, timestamp } from "../entra-error.js";
import type { Page } from "./page.js";

/** Why there is no way on: shown where a redirect could go to the wrong place. */
export function errorPage(message: string, trace: Trace): Page {
  return {
    title: "Sorry, but we're having trouble signing you in.",
    body: html`<p role="alert">${message}</p>
<dl>
<dt>Request Id</dt><dd>${trace.traceId}</dd>
<dt>Correlation Id</dt><dd>${trace.correlationId}</dd>
<dt>Timestamp</dt><dd>${timestamp(trace.now)}</dd>
</dl>`,
  };
}
