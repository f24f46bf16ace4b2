/**
 * What the browser shows when an interactive sign-in is over.
 *
 * @module
 */

const STYLE =
  "body{font:1rem/1.5 system-ui,sans-serif;margin:4rem auto;max-width:40rem;padding:0 1rem}";

/** The code is there. Whether tokens come of it is not known yet. */
export const SUCCESS_PAGE: string = page(
  "Signed in",
  "<p>You can close this window and return to the application.</p>",
);

/** The provider refused, or the user did. */
export const ERROR_PAGE: string = page(
  "Not signed in",
  "<p>$error</p><p>$error_description</p><p>You can close this window and return to the application.</p>",
);

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
}

/** Members of an error that the provider may leave out. */
const OPTIONAL: readonly string[] = ["error", "error_description", "error_uri"];

/**
 * Fills a template in: `$name` and `${name}` become the parameter of that name, escaped; `$$` becomes
 * `$`; a name that stands for nothing stays.
 */
export function fillIn(template: string, parameters: URLSearchParams): string {
  return template.replace(
    /\$(?:\$|(\w+)|\{(\w+)\})/g,
    (placeholder, plain?: string, braced?: string) => {
      const name = plain ?? braced;
      if (name === undefined) return "$";
      const value = parameters.get(name) ?? (OPTIONAL.includes(name) ? "" : undefined);
      return value === undefined ? placeholder : escapeHtml(value);
    },
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
