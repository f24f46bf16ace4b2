/**
 * XML as federation servers send it, read with namespaces. A server of somebody else's is no reason to
 * trust its documents: no DTD, no entities of its own, no deep nesting; `send` limits the size.
 *
 * Spec: XML 1.0; Namespaces in XML 1.0.
 *
 * @module
 */
import { MsalError } from "../errors.js";

/** An element. Names are in Clark notation: `{namespace}local`. */
export interface XmlElement {
  readonly name: string;
  /** By name; those without a prefix have no namespace. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Character data of the element itself, not of its children. */
  readonly text: string;
  /** Where its content begins and ends in the text that was read. */
  readonly start: number;
  readonly end: number;
}

/** The root of a document; undefined if it is not well formed, has a DTD, or is too deep. */
export type XmlReader = (text: string) => XmlElement | undefined;

/** A document of ADFS is about 15 deep. */
const MAX_DEPTH = 100;

/**
 * Loads what reads XML. It is no dependency, for hardly anybody needs it.
 *
 * @throws {@link MsalError} `missing_dependency`.
 */
export async function loadXmlReader(): Promise<XmlReader> {
  try {
    const { SaxesParser } = await import("saxes");
    return (text) => read(new SaxesParser({ xmlns: true }), text);
  } catch (cause) {
    throw new MsalError(
      "missing_dependency",
      "To sign in a federated user with a password, the package saxes is needed, which reads the XML of the federation server, and it cannot be loaded. Install it: npm i saxes",
      { cause },
    );
  }
}

/** What is used of the parser. Its declarations are not everywhere where ours are. */
interface Parser {
  readonly position: number;
  on(event: "doctype", handler: () => void): void;
  on(event: "text" | "cdata", handler: (text: string) => void): void;
  on(event: "opentag", handler: (tag: OpenTag) => void): void;
  on(event: "closetag", handler: () => void): void;
  write(text: string): { close(): unknown };
}

interface Name {
  readonly uri: string;
  readonly local: string;
}

interface OpenTag extends Name {
  readonly attributes: Readonly<Record<string, Name & { readonly value: string }>>;
  readonly isSelfClosing: boolean;
}

/** An element under construction. */
type Growing = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { children: Growing[] };

function read(parser: Parser, text: string): XmlElement | undefined {
  let root: XmlElement | undefined;
  const open: Growing[] = [];
  const append = (data: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += data;
  };
  parser.on("doctype", () => {
    throw new Error("A document type is refused, and with it entities of its own.");
  });
  parser.on("text", append);
  parser.on("cdata", append);
  parser.on("opentag", (tag) => {
    if (open.length === MAX_DEPTH) throw new Error("The document is nested too deeply.");
    const element: Growing = {
      name: clark(tag),
      attributes: new Map(Object.values(tag.attributes).map((a) => [clark(a), a.value])),
      children: [],
      text: "",
      start: parser.position,
      end: parser.position,
    };
    open.at(-1)?.children.push(element);
    open.push(element);
    root ??= element;
  });
  parser.on("closetag", () => {
    const element = open.pop();
    // Of `<a/>` there is no end tag to go back to; of others none has another "</" in it.
    if (element !== undefined && parser.position > element.start) {
      element.end = text.lastIndexOf("</", parser.position - 1);
    }
  });
  try {
    parser.write(text).close();
  } catch {
    // Its words may quote the document, which may hold an assertion.
    return undefined;
  }
  return root;
}

function clark({ uri, local }: Name): string {
  return uri === "" ? local : `{${uri}}${local}`;
}

/** Those of its children that have this name. */
export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element that a path of names leads to. */
export function find(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  const [name, ...rest] = path;
  if (element === undefined || name === undefined) return element;
  for (const child of childrenOf(element, name)) {
    const found = find(child, ...rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first element of this name among all below, in the order of the document. */
export function findBelow(element: XmlElement | undefined, name: string): XmlElement | undefined {
  for (const child of element?.children ?? []) {
    const found = child.name === name ? child : findBelow(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
