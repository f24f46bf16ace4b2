/**
 * A request as fields to compare: what is random, or differs from one library and machine to the other, by a
 * name that says what it was.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { SaxesParser } from "saxes";
import type { Outcome } from "./case.js";
import type { RecordedRequest } from "./recording-server.js";

/** What went over the wire once. */
export interface Message {
  /** Method, URL without its query and decoded, and the grant if it is a token request. */
  label: string;
  /** For example `form scope`. */
  fields: ReadonlyMap<string, string>;
}

/** What the transport of either side adds by itself. */
const TRANSPORT = [
  ...["host", "connection", "content-length", "transfer-encoding"],
  ...["user-agent", "accept-encoding"],
];

/** Identification of library and machine, which cannot be the same. */
const IDENTITY = ["x-client-sku", "x-client-ver", "x-client-cpu"];

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Makes comparable what one library did in one case.
 *
 * @param given - The case as text: what is in it is no accident.
 */
export function normalise(
  given: string,
  outcomes: readonly Outcome[],
  requests: readonly RecordedRequest[],
): Message[] {
  const random = new RandomValues(given);
  const urls = outcomes.flatMap(({ urls: visited }) => visited.map((url) => ofUrl(random, url)));
  return [...urls, ...requests.map((request) => ofRequest(random, request))];
}

/** The order of random values says which of them are one and the same. */
class RandomValues {
  readonly #given: string;
  readonly #guids: string[] = [];
  readonly #challenges: string[] = [];

  constructor(given: string) {
    this.#given = given;
  }

  guids(text: string): string {
    return text.replace(GUID, (guid) => {
      if (this.#given.includes(guid)) return guid;
      if (!this.#guids.includes(guid)) this.#guids.push(guid);
      return `<id ${this.#guids.indexOf(guid) + 1}>`;
    });
  }

  /** By a shape it must have, unless the case gives it. */
  shaped(text: string, shape: RegExp, name: string): string {
    return !this.#given.includes(text) && shape.test(text) ? `<${name}>` : text;
  }

  challenge(challenge: string): string {
    this.#challenges.push(challenge);
    return this.shaped(challenge, /^[\w-]{43}$/, "challenge");
  }

  /** RFC 7636 §4.6. */
  verifier(verifier: string): string {
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    return this.#challenges.includes(challenge) ? "<of the challenge>" : verifier;
  }
}

function ofUrl(random: RandomValues, address: string): Message {
  const url = new URL(address);
  const fields = new Map<string, string>();
  addParameters(random, fields, "query", url.searchParams);
  return { label: `The user visits ${url.origin}${url.pathname}`, fields };
}

function ofRequest(random: RandomValues, request: RecordedRequest): Message {
  const url = new URL(request.url);
  const fields = new Map([["path", url.pathname]]);
  addParameters(random, fields, "query", url.searchParams);
  for (const [name, value] of Object.entries(request.headers)) {
    if (TRANSPORT.includes(name) || (name === "accept" && value === "*/*")) continue;
    const shown = IDENTITY.includes(name) ? `<${name}>` : random.guids(value);
    fields.set(`header ${name}`, shown);
  }
  const type = request.headers["content-type"] ?? "";
  let grant = "";
  if (type.startsWith("application/x-www-form-urlencoded")) {
    const form = new URLSearchParams(request.body);
    addParameters(random, fields, "form", form);
    const name = form.get("grant_type");
    if (name !== null) grant = ` (${name.split(":").at(-1)})`;
  } else if (type.includes("xml")) {
    addXml(random, fields, request.body);
  } else if (request.body !== "") {
    fields.set("body", request.body);
  }
  const path = decodeURIComponent(url.pathname);
  return { label: `${request.method} ${url.origin}${path}${grant}`, fields };
}

function addParameters(
  random: RandomValues,
  fields: Map<string, string>,
  where: "query" | "form",
  parameters: URLSearchParams,
): void {
  for (const [name, value] of parameters) {
    const field = `${where} ${name}`;
    // A parameter given twice shows.
    const once = fields.has(field) ? `${field} again` : field;
    if (name === "client_assertion") addJwt(random, fields, once, value);
    else fields.set(once, ofParameter(random, name, value));
  }
}

function ofParameter(random: RandomValues, name: string, value: string): string {
  switch (name) {
    case "claims":
      return claimsOf(value);
    case "state":
      return random.shaped(value, /^([A-Za-z]{16}|[\w-]{43})$/, "state");
    case "nonce":
      return random.shaped(value, /^[0-9a-f]{64}$/, "nonce");
    case "code_challenge":
      return random.challenge(value);
    case "code_verifier":
      return random.verifier(value);
    case "redirect_uri":
      return random.shaped(value, /^http:\/\/localhost:\d+$/, "loopback");
    default:
      return value;
  }
}

function addJwt(
  random: RandomValues,
  fields: Map<string, string>,
  field: string,
  jwt: string,
): void {
  const [header, payload, signature] = jwt.split(".");
  if (signature === undefined || signature.length < 100) {
    fields.set(field, jwt);
    return;
  }
  const parts = { header, payload };
  for (const [part, encoded] of Object.entries(parts)) {
    const members = JSON.parse(Buffer.from(`${encoded}`, "base64url").toString()) as object;
    for (const [name, value] of Object.entries(members)) {
      fields.set(`${field} ${part} ${name}`, random.guids(sorted(value)));
    }
  }
  fields.set(field, "<signed>");
}

/** Elements by their path, each with its namespace; white space between them says nothing. */
function addXml(random: RandomValues, fields: Map<string, string>, xml: string): void {
  const parser = new SaxesParser({ xmlns: true });
  const path: string[] = [];
  const found = new Map<string, string>();
  let broken = false;
  const put = (name: string, value: string) => {
    const field = `xml ${path.join("/")}${name}`;
    found.set(found.has(field) ? `${field} again` : field, random.guids(value));
  };
  parser.on("opentag", ({ local, uri, attributes }) => {
    path.push(local);
    put("", `{${uri}}`);
    for (const { local: name, uri: space, value } of Object.values(attributes)) {
      if (space !== "http://www.w3.org/2000/xmlns/") put(`@${name}`, `{${space}}${value}`);
    }
  });
  parser.on("text", (text) => {
    if (text.trim() !== "") put(" text", text);
  });
  parser.on("closetag", () => {
    path.pop();
  });
  parser.on("error", () => {
    broken = true;
  });
  parser.write(xml).close();
  if (broken) fields.set("xml", "not well-formed");
  else for (const [field, value] of found) fields.set(field, value);
}

/** White space and order say nothing in JSON. */
function claimsOf(text: string): string {
  try {
    return sorted(JSON.parse(text));
  } catch {
    return text;
  }
}

/** JSON whose members are in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
