/**
 * Walks the sign-in pages without a browser: requests, forms and cookies, nothing else.
 *
 * @module
 */
import { type Check, flag, object, oneOf, optional, secret, text, wrong } from "./config/check.js";
import type { Handler } from "./routes.js";

/** Who signs in, and how they behave on the way. */
export interface SignInOptions {
  readonly username: string;
  readonly password: string;
  /** What to do if the app asks for consent. @defaultValue `"accept"` */
  readonly consent?: "accept" | "decline" | undefined;
  /** Cookies by name; filled in on the way. Hand the same map on to stay in the same browser. @defaultValue a fresh one */
  readonly cookies?: Map<string, string> | undefined;
}

/** Who approves a device and how; or that somebody declines, which takes no sign-in. */
export type ApproveDeviceOptions = SignInOptions | { readonly decline: true };

const anyText = text("a text", () => true);
const url = secret("the URL of an authorize endpoint", URL.canParse);
const code = secret("a text", () => true);

const signInOptions: Check<SignInOptions> = object<SignInOptions>({
  username: anyText,
  password: secret("a text", () => true),
  consent: optional(oneOf("accept", "decline")),
  cookies: optional((value, at) => {
    // By its tag: tests may run in a realm of their own.
    if (Object.prototype.toString.call(value) === "[object Map]")
      return value as Map<string, string>;
    throw wrong(at, "a Map", value);
  }),
});

/** Without what else there may be: a whole user of `idp.config` signs in, too. */
function ownMembers(given: unknown): unknown {
  if (typeof given !== "object" || given === null) return given;
  const { username, password, consent, cookies } = given as Partial<SignInOptions>;
  return { username, password, consent, cookies };
}

/** Pages on the longest way there is: type a code, confirm, pick, sign in, consent, the last, and one to spare. */
const MOST_PAGES = 7;

/**
 * Signs a user in and returns what reaches the redirect URI: a code, or an error.
 *
 * @throws Error with the AADSTS message when the platform shows an error and never redirects.
 * @throws TypeError that names the argument that is wrong, what was expected and what came.
 */
export async function signIn(
  fetch: Handler,
  authUri: string,
  given: SignInOptions,
): Promise<Record<string, string>> {
  const options = signInOptions(ownMembers(given), "options");
  url(authUri, "authUri");
  const { response, page, form } = await walk(fetch, authUri, options, options.cookies);
  const location = response.headers.get("location");
  if (location !== null) return readLocation(location);
  if (form?.isAnswer) return form.fields;
  throw new Error(problemOf(page, response));
}

/**
 * Types the code of a device, and decides about it.
 *
 * @throws Error with the AADSTS message when the platform shows an error.
 * @throws TypeError that names the argument that is wrong, what was expected and what came.
 */
export async function approveDevice(
  fetch: Handler,
  page: string,
  typed: string,
  given: ApproveDeviceOptions,
): Promise<void> {
  const userCode = code(typed, "userCode");
  const { decline } = { ...given } as { decline?: unknown };
  const answers: Answers = optional(flag)(decline, "options.decline")
    ? { userCode, decline: true }
    : { userCode, ...signInOptions(ownMembers(given), "options") };
  const last = await walk(fetch, page, answers, answers.cookies);
  if (!last.page.includes('<p role="status">')) {
    throw new Error(problemOf(last.page, last.response));
  }
}

/** What pages may ask for. */
type Answers = Partial<SignInOptions> & {
  readonly userCode?: string;
  readonly decline?: boolean;
};

/** Where a walk ended. */
interface End {
  readonly response: Response;
  readonly page: string;
  readonly form: Form | undefined;
}

/** Fields that are filled in once: a page that asks for one again has refused it. */
const ONCE = ["password", "user_code"];

/** Fills in one page after the other, until there is nothing to fill in or what was filled in is refused. */
async function walk(
  fetch: Handler,
  start: string,
  answers: Answers,
  cookies: Map<string, string> = new Map(),
): Promise<End> {
  let request = new Request(start);
  const filledIn = new Set<string>();
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const response = await fetch(withCookies(request, cookies));
    keepCookies(response, cookies);
    const page = await response.text();
    const form = response.headers.has("location") ? undefined : readForm(page);
    const asksAgain = ONCE.some((name) => form?.names.has(name) && filledIn.has(name));
    if (!form || form.isAnswer || asksAgain) return { response, page, form };
    for (const name of form.names) filledIn.add(name);
    const action = new URL(form.action, request.url);
    request = new Request(action, { method: "POST", body: fillIn(form, page, answers) });
  }
  throw new Error("The sign-in pages led nowhere.");
}

function withCookies(request: Request, cookies: ReadonlyMap<string, string>): Request {
  if (cookies.size > 0) {
    request.headers.set(
      "cookie",
      [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    );
  }
  return request;
}

function keepCookies(response: Response, cookies: Map<string, string>): void {
  for (const cookie of response.headers.getSetCookie()) {
    const [pair = ""] = cookie.split(";");
    const at = pair.indexOf("=");
    cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

/** The parameters of a redirect, in its query or fragment. */
function readLocation(location: string): Record<string, string> {
  const url = new URL(location);
  const fragment = new URLSearchParams(url.hash.slice(1));
  return Object.fromEntries([...url.searchParams, ...fragment]);
}

interface Form {
  readonly action: string;
  /** It posts the answer to the redirect URI. */
  readonly isAnswer: boolean;
  /** Names of all fields and buttons. */
  readonly names: ReadonlySet<string>;
  /** Fields with their values, apart from buttons. */
  readonly fields: Record<string, string>;
}

/** Reads the one form of a page of ours: attributes quoted, one form at most. */
function readForm(page: string): Form | undefined {
  const [form, opening] = /<form ([^>]*)>[\s\S]*?<\/form>/.exec(page) ?? [];
  if (form === undefined || opening === undefined) return undefined;
  const inputs = elements(form, "input");
  const names = [...inputs, ...elements(form, "button")].flatMap(({ name }) => name ?? []);
  const { action = "", name } = attributes(opening);
  return {
    action,
    isAnswer: name === "hiddenform",
    names: new Set(names),
    fields: Object.fromEntries(inputs.map((input) => [input.name ?? "", input.value ?? ""])),
  };
}

function elements(form: string, tag: string): Partial<Record<string, string>>[] {
  return [...form.matchAll(new RegExp(`<${tag}\\b([^>]*)>`, "g"))].map(([, text]) =>
    attributes(text as string),
  );
}

function attributes(text: string): Partial<Record<string, string>> {
  const pairs = text.matchAll(/([a-z]+)="([^"]*)"/g);
  return Object.fromEntries(
    [...pairs].map(([, name, value]) => [name, unescapeHtml(value as string)]),
  );
}

const CHARACTERS: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

function unescapeHtml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity] as string);
}

function fillIn(form: Form, page: string, answers: Answers): URLSearchParams {
  const { username = "", password = "", consent = "accept", userCode = "", decline } = answers;
  const body = new URLSearchParams(form.fields);
  if (form.names.has("password")) {
    body.set("username", username);
    body.set("password", password);
  }
  if (form.names.has("account")) body.set("account", isOffered(page, username) ? username : "");
  if (form.names.has("decision")) body.set("decision", consent);
  if (form.names.has("user_code")) body.set("user_code", userCode);
  if (form.names.has("device")) body.set("device", decline ? "cancel" : "continue");
  return body;
}

function isOffered(page: string, username: string): boolean {
  return elements(page, "button").some(
    ({ value }) => value?.toLowerCase() === username.toLowerCase(),
  );
}

function problemOf(page: string, response: Response): string {
  const [, alert] = /<p [^>]*role="alert">([\s\S]*?)<\/p>/.exec(page) ?? [];
  return alert === undefined
    ? `The platform answered ${response.status} with no page to go on from.`
    : unescapeHtml(alert);
}
