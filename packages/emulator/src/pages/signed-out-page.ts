/**
 * The page at the end of a session.
 *
 * @module
 */
import { html } from "hono/html";
import type { Page } from "./page.js";

/** There is nobody signed in in this browser any more. */
export function signedOutPage(): Page {
  return {
    title: "You signed out of your account",
    body: html`<p role="status">It's a good idea to close all browser windows.</p>`,
  };
}
