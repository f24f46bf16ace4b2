/**
 * What is asked and what is answered, and how messages call it.
 *
 * @module
 */

/** A request of ours. */
export interface HttpRequest {
  method: "GET" | "POST";
  url: string;
  headers?: Record<string, string>;
  /** What messages call it, if the URL names a person. Absent: the URL without its query. */
  shownUrl?: string;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: URLSearchParams;
  /** What the form gets on top when it is really sent: proof of who sends it. */
  proof?: (() => Promise<Proof>) | undefined;
  /** What `proof` said; absent before the request is on its way. */
  proved?: Proof;
  /** Milliseconds; absent: the client's. */
  timeout?: number;
  /** Sent as it is, instead of a form. */
  text?: RequestText;
  /** Whatever the status, the answer is the caller's to read. */
  anyStatus?: boolean;
  /** What is sent works once: it must not be sent again on the chance that it was not read, nor meet a dead connection. */
  once?: boolean;
  /** What is sent may be used up now: the answer is handed on as it comes, before anybody can leave. */
  prompt?: boolean;
  /** Answered by this machine or its host alone: no proxy of ours may see it. */
  direct?: boolean;
  /** Sent again until there is an answer: 408 and 429 are none. */
  poll?: boolean | undefined;
}

/** Form parameters that prove who sends a request. */
export interface Proof {
  parameters: Readonly<Record<string, string>>;
  /** The same as text, `application/x-www-form-urlencoded`: an assertion is long, and sent many times. */
  encoded: string;
}

/** A body that is no form. */
interface RequestText {
  /** Media type. */
  type: string;
  content: string;
  /** Whom it is about. */
  username: string;
  /** What of it no message may show, in whatever form it is sent. */
  secrets: readonly string[];
}

/** An answer, whatever its status below 500. */
export interface HttpAnswer {
  status: number;
  text: string;
  /** Seconds that `Retry-After` asks to wait, or what is left of them; absent when there is none. */
  retryAfter: number | undefined;
  /** `Retry-After` as it came; absent when there is none. */
  retryHeader: string | undefined;
}

/** What is sent as a form, one parameter after the other, secrets included. */
export function parametersOf({ form, proved }: HttpRequest): [name: string, value: string][] {
  return [...(form ?? []), ...Object.entries(proved?.parameters ?? {})];
}

/** The body as it is sent; undefined when there is none. */
export function bodyOf({ form, proved, text }: HttpRequest): string | undefined {
  if (text !== undefined) return text.content;
  return proved === undefined ? form?.toString() : `${form}&${proved.encoded}`;
}

/** A request, fit for a message. */
export function nameOf({ method, url, shownUrl }: HttpRequest): string {
  return `${method} ${shownUrl ?? withoutQuery(url)}`;
}

/** Where a request went, fit for a message. */
export function withoutQuery(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
