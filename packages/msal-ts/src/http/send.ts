/**
 * The only place that meets the network: one request, within a time, for an answer of bounded size.
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { describe } from "../describe.js";
import { MsalError, MsalServiceError } from "../errors.js";
import { type Signal, withinTimeout } from "./abort.js";
import type { Transport } from "./http-client.js";
import {
  bodyOf,
  type HttpAnswer,
  type HttpRequest,
  nameOf,
  parametersOf,
  withoutQuery,
} from "./http-request.js";
import { mayBeKept, mayRepeat, remember, repeated } from "./throttle.js";

/** Longest answer that is read, in bytes. The longest honest one, a discovery document, has 3 kB. */
export const MAX_BODY: number = 1024 * 1024;

/** For a document that anybody may fetch, and for a poll, these mean "later"; in a token request they come with an OAuth error. */
const BUSY: readonly number[] = [408, 429];

/**
 * Sends a request and reads its whole answer; or repeats the last answer, if that says not to ask again.
 *
 * @throws {@link MsalError} `timeout`, or `network_error` when there is no answer.
 * @throws {@link MsalServiceError} `service_error` for a status of 500 and more (of a document or a poll: 408 and 429 too),
 * `invalid_response` for an answer that is too long or none at all.
 * @throws The signal's reason, when it aborts.
 */
export async function send(call: Call, request: HttpRequest): Promise<HttpAnswer> {
  const kept = mayRepeat(call, request) ? await repeated(call, request) : undefined;
  const answer = kept ?? (await ask(call, request));
  if (answer.text.length > MAX_BODY) {
    throw new MsalServiceError(
      "invalid_response",
      `The answer to ${nameOf(request)} is longer than ${MAX_BODY} bytes, which no answer of an identity provider is. Check that the authority and the proxy in front of it are right.`,
      // What is too long to be read could still hold an assertion.
      { ...answer, response: request.text === undefined ? answer.text : "" },
    );
  }
  if (request.anyStatus) return answer;
  const later = (request.method === "GET" || request.poll) && BUSY.includes(answer.status);
  if (answer.status >= 500 || later) {
    const wait = answer.retryAfter === undefined ? "" : ` after ${answer.retryAfter} seconds`;
    throw new MsalServiceError(
      "service_error",
      `The identity provider failed: ${nameOf(request)} was answered with status ${answer.status}. Try again${wait || " later"}. Correlation id: ${call.correlationId}.`,
      { ...answer, response: answer.text },
    );
  }
  return answer;
}

async function ask(call: Call, request: HttpRequest): Promise<HttpAnswer> {
  // Waits even where nothing is to be proved: who gives up at once has redeemed nothing.
  const proved = await request.proof?.();
  const sent = proved === undefined ? request : { proved, ...request };
  const answer = await exchange(call, sent);
  if (mayBeKept(sent, answer)) await remember(call, sent, answer);
  return answer;
}

function exchange(call: Call, request: HttpRequest): Promise<HttpAnswer> {
  const timeout = request.timeout ?? call.client.timeout;
  return withinTimeout(
    call,
    timeout,
    () => timedOut(request, timeout),
    (ending) => receive(call, request, ending),
  );
}

async function receive(call: Call, request: HttpRequest, ending: Signal): Promise<HttpAnswer> {
  const { form, headers } = request;
  const type = form ? "application/x-www-form-urlencoded" : request.text?.type;
  try {
    const { httpClient } = call.client;
    const response = await httpClient(request.url, {
      method: request.method,
      // What is spread comes last: to add to a spread object costs V8 more than all the rest.
      headers: type === undefined ? { ...headers } : { "content-type": type, ...headers },
      body: bodyOf(request),
      ending,
      background: call.background,
      once: request.once ?? false,
      prompt: request.prompt ?? false,
      direct: request.direct ?? false,
    });
    checkResponse(response);
    const length = Number(response.headers.get("content-length") ?? 0);
    const text: unknown = length > MAX_BODY ? " ".repeat(MAX_BODY + 1) : await response.text();
    if (typeof text !== "string") throw noAnswer(`an answer whose text() is ${describe(text)}`);
    const retryHeader = response.headers.get("retry-after") ?? undefined;
    const retryAfter = retryHeader === undefined ? undefined : seconds(retryHeader, now(call));
    return { status: response.status, text, retryAfter, retryHeader };
  } catch (error) {
    throw error instanceof MsalError ? error : unreachable(request, error);
  }
}

/** The caller's `httpClient` may resolve to anything. */
function checkResponse(response: Partial<Awaited<ReturnType<Transport>>> | null | undefined): void {
  if (
    !Number.isInteger(response?.status) ||
    typeof response?.text !== "function" ||
    typeof response.headers?.get !== "function"
  ) {
    throw noAnswer(describe(response));
  }
}

function noAnswer(what: string): MsalError {
  return new MsalError(
    "invalid_argument",
    `httpClient must resolve to { status, headers, text() } as fetch does; it resolved to ${what}.`,
  );
}

/** What stands for a number of seconds too large to be read (RFC 9111 §1.2.2). */
const MAX_DELTA = 2 ** 31;

/** `Retry-After` in seconds (RFC 9110 §10.2.3): a number, or a date. Of several, the first. */
function seconds(value: string, time: number): number | undefined {
  const [, digits] = /^\s*(\d+)\s*(?:,|$)/.exec(value) ?? [];
  if (digits !== undefined) return Math.min(Number(digits), MAX_DELTA);
  const [, date] = /^\s*([a-z]{3,9}(?:, ?| )[^,]+)/i.exec(value) ?? [];
  if (date === undefined) return undefined;
  // The oldest of the three forms names no zone (RFC 9110 §5.6.7).
  const ms = Date.parse(/GMT\s*$/.test(date) ? date : `${date.trim()} GMT`);
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.ceil(ms / 1000 - time));
}

function timedOut(request: HttpRequest, timeout: number): MsalError {
  return new MsalError(
    "timeout",
    `${nameOf(request)} was not answered within ${timeout} ms (the option timeout). Check the network and the proxy, or allow more time.`,
  );
}

function unreachable(request: HttpRequest, error: unknown): MsalError {
  const cause = presentable(error, request);
  return new MsalError(
    "network_error",
    `${nameOf(request)} got no answer: ${cause.message}. Check the network, the proxy and the authority's host.`,
    { cause },
  );
}

/** A copy of what a transport threw, fit to be shown: some attach the request to their errors, or quote it. */
function presentable(error: unknown, request: HttpRequest): Error {
  // fetch says "fetch failed" and keeps the reason in its cause.
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (inner as { code?: unknown } | null | undefined)?.code;
  let message = withoutSent(wordsOf(inner), request).slice(0, 500);
  if (typeof code === "string" && !message.includes(code)) message = `${code} ${message}`;
  const copy = new Error(message);
  if (typeof code === "string") Object.assign(copy, { code });
  return copy;
}

function wordsOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  const words: unknown = thrown instanceof Error ? thrown.message || thrown.name : undefined;
  return typeof words === "string" ? words : `httpClient threw ${describe(thrown)}`;
}

/** Takes out what was sent in the body or behind a `?`, however it is written, whole or cut off. */
function withoutSent(text: string, request: HttpRequest): string {
  let rest = request.shownUrl ? text.replaceAll(withoutQuery(request.url), request.shownUrl) : text;
  for (const secret of request.text?.secrets ?? []) {
    rest = rest.replaceAll(secret, "***").replaceAll(JSON.stringify(secret).slice(1, -1), "***");
  }
  for (const [name, value] of parametersOf(request)) {
    const formEncoded = new URLSearchParams([["", value]]).toString().slice(1);
    const json = JSON.stringify(value).slice(1, -1);
    for (const sent of [value, formEncoded, encodeURIComponent(value), json]) {
      if (sent.length >= 6) rest = rest.replaceAll(sent, "***");
    }
    if (!/^\w+$/.test(name)) continue;
    // name=value, "name":"value", name: 'value'
    rest = rest.replace(
      new RegExp(
        `(\\b${name}["']?\\s*[=:]\\s*)("(\\\\.|[^"\\\\])*|'(\\\\.|[^'\\\\])*|[^&\\s"',}]+)`,
        "g",
      ),
      "$1***",
    );
  }
  return rest.replace(/\?[^\s"']*/g, "?***");
}
