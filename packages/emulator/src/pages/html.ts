/**
 * HTML as a value: what is put into it is escaped unless it is HTML already.
 *
 * @module
 */

/** A piece of a page. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: lists are joined, and what is `undefined` or `false` leaves no trace. */
export type Content = string | number | false | undefined | Html | readonly Content[];

/** Makes {@link Html} of a template. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  const text = parts.reduce((before, part, index) => before + render(contents[index - 1]) + part);
  return new Html(text);
}

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.toString();
  if (typeof content === "object") return content.map(render).join("");
  return escapeHtml(String(content));
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
