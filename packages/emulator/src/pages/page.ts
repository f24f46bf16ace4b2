/**
 * The frame of all pages, and the answer that carries one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { Call } from "../call.js";
import { NOT_STORED, respond } from "../respond.js";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; background: Canvas; color: CanvasText; }
main { box-sizing: border-box; width: min(28rem, 100vw); padding: 2rem; border: 1px solid GrayText; border-radius: .5rem; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; }
label, input, button { display: block; box-sizing: border-box; width: 100%; font: inherit; }
input { margin: .25rem 0 1rem; padding: .5rem; }
button { margin-top: .5rem; padding: .5rem; cursor: pointer; text-align: start; }
[role=alert] { padding: .5rem; border-inline-start: .25rem solid #c50f1f; overflow-wrap: anywhere; }
small { display: block; margin-top: 1.5rem; opacity: .7; overflow-wrap: anywhere; }
`;

/** A page before it is sent. */
export interface Page {
  readonly title: string;
  /** What stands above the body. @defaultValue the title */
  readonly heading?: string | undefined;
  readonly body: ReturnType<typeof html>;
  /** The one script of the page. */
  readonly script?: string | undefined;
}

/** The answer with a page, which may do nothing but what it is there for. */
export async function sendPage(
  call: Call,
  page: Page,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Promise<Response> {
  const document = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${page.title}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
<h1>${page.heading ?? page.title}</h1>
${page.body}
<small>Emulator of the Microsoft identity platform. Nothing you type here leaves this machine.</small>
</main>
${page.script !== undefined && html`<script>${raw(page.script)}</script>`}
</body>
</html>
`;
  return respond(call, document.toString(), status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy(page),
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    ...NOT_STORED,
    ...headers,
  });
}

/**
 * Without `form-action`: browsers hold it against every redirect that follows a form, and where an app
 * sends its users on to is none of our business.
 */
function contentSecurityPolicy({ script }: Page): string {
  return [
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `style-src ${digest(STYLE)}`,
    ...(script === undefined ? [] : [`script-src ${digest(script)}`]),
  ].join("; ");
}

function digest(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
