/**
 * XML, read and written: what a federation server speaks.
 *
 * @module
 */
import { SaxesParser } from "saxes";

/** An element; names are `{namespace}local`. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The root of a document; `undefined` if it is not well formed. */
export function readXml(source: string): XmlElement | undefined {
  const parser = new SaxesParser({ xmlns: true });
  const document = { children: [] as XmlElement[], text: "" };
  const open = [document];
  parser.on("opentag", ({ uri, local, attributes }) => {
    const element = {
      name: `{${uri}}${local}`,
      attributes: Object.fromEntries(
        Object.values(attributes).map((attribute) => [
          `{${attribute.uri}}${attribute.local}`,
          attribute.value,
        ]),
      ),
      children: [],
      text: "",
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on("closetag", () => {
    open.pop();
  });
  for (const event of ["text", "cdata"] as const) {
    parser.on(event, (text) => {
      const element = open.at(-1);
      if (element) element.text += text;
    });
  }
  try {
    parser.write(source).close();
  } catch {
    return undefined;
  }
  return document.children[0];
}

/** The element that a path of names leads to. */
export function find(
  element: XmlElement | undefined,
  ...path: readonly string[]
): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (parent, name) => parent?.children.find((child) => child.name === name),
    element,
  );
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text as it may stand in XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}
