/**
 * Somebody with a browser, played by requests.
 *
 * @module
 */
import type { Stage } from "./stage.js";

/** A browser that keeps cookies, follows no redirect, and says what it sees. */
export class Browser {
  readonly #origin: string;
  readonly #name: string;
  readonly #cookies: Map<string, string>;

  constructor(origin: string, name: string, cookies: ReadonlyMap<string, string> = new Map()) {
    this.#origin = origin;
    this.#name = name;
    this.#cookies = new Map(cookies);
  }

  /** Another one that has the same cookies, now, and goes its own way. */
  copy(name: string): Browser {
    return new Browser(this.#origin, name, this.#cookies);
  }

  /**
   * Opens a page.
   *
   * @throws Error if the answer has another status than expected.
   */
  async open(path: string, expected: number, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("cookie", [...this.#cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(new URL(path, this.#origin), {
      ...init,
      headers,
      redirect: "manual",
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await response.clone().text();
    const { method = "GET" } = init;
    const [page = ""] = path.split("?");
    say(`${this.#name}: ${method} ${page} → ${response.status} ${outline(response, text)}`);
    if (response.status !== expected) throw new Error(`${method} ${page} should be ${expected}.`);
    return response;
  }
}

/** What a page says, on one line; or where it leads. */
function outline(response: Response, text: string): string {
  const location = response.headers.get("location");
  if (location !== null) return `to ${location.split("?")[0]}`;
  const [, body = text] = /<body>(.*)<\/body>/s.exec(text) ?? [];
  return body
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Opens the link of an app on this computer, signs in, and goes where that leads. */
export async function followLink(link: string, { idp, user }: Stage): Promise<void> {
  say(`${user.username} opens the link and signs in.`);
  const answer = await idp.signIn(link, user);
  const back = new URL(new URL(link).searchParams.get("redirect_uri") ?? "");
  back.search = new URLSearchParams(answer).toString();
  await fetch(back);
}

/** Types a code on the page for codes, and signs in there. */
export async function typeCode(code: string, { idp, user }: Stage): Promise<void> {
  say(`${user.username} types the code and signs in.`);
  await idp.approveDevice(code, user);
}

/** What people do, set off from what the sample prints. */
export function say(text: string): void {
  console.log(`  [${text}]`);
}
