/**
 * Fault injection: answers bent on request.
 *
 * An error comes from the endpoint itself, in its own way: as JSON, on a page or in a redirect. Everything
 * else is put over the answer it would refuse with, so that the headers are those of the endpoint.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AADSTS } from "./aadsts.js";
import type { Call } from "./call.js";
import { type Check, flag, number, object, optional, text, wrong } from "./config/check.js";
import { EntraError } from "./entra-error.js";
import { sampleError } from "./sample-error.js";

/** What is to go wrong, and where. */
export interface Fault {
  /** Part of the path, for example `"/token"`, or a pattern it matches. Preflight requests are left alone. */
  readonly path: string | RegExp;
  /** HTTP status of the answer, whose body is empty if nothing else is said. A redirect with `error` stays one. @defaultValue what belongs to `error`; 500 for a `body` alone */
  readonly status?: number | undefined;
  /** Headers of that answer on top, for example `{ "retry-after": "3" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body of the answer: text as it is, anything else as JSON. With `error`, an object whose members go into its body. */
  readonly body?: unknown;
  /**
   * A number of the AADSTS table, for example `50076`, or an OAuth error, for example `"invalid_grant"`. The
   * authorize endpoint redirects with it, or shows it where the platform never redirects (`50011`, `50126`).
   */
  readonly error?: number | string | undefined;
  /** Milliseconds until the answer. Alone it delays the real one. @defaultValue `0` */
  readonly delay?: number | undefined;
  /** No answer: the connection breaks. @defaultValue `false` */
  readonly drop?: boolean | undefined;
  /** How many requests it happens to: 1 or more. @defaultValue `1` */
  readonly times?: number | undefined;
}

/** Thrown when a connection is to break without an answer. */
export class DroppedConnection extends TypeError {
  override readonly name = "DroppedConnection";
}

/** Faults that wait for their request. */
export interface Faults {
  /** @throws TypeError that names the member that is wrong, what was expected and what came. */
  add(fault: Fault): void;
  /**
   * The fault of a request, once its delay is over; `undefined` when there is none.
   *
   * @throws DroppedConnection
   */
  next(path: string, signal: AbortSignal): Promise<Fault | undefined>;
}

/** No faults yet. `ending` is aborted when nobody waits for them any more. */
export function createFaults(ending: AbortSignal): Faults {
  const waiting: { readonly fault: Fault; left: number }[] = [];

  function add(given: Fault): void {
    const fault = checkFault(given);
    waiting.push({ fault, left: fault.times ?? 1 });
  }

  function take(path: string): Fault | undefined {
    const index = waiting.findIndex(({ fault }) => matches(fault.path, path));
    const entry = waiting[index];
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left < 1) waiting.splice(index, 1);
    return entry.fault;
  }

  async function next(path: string, signal: AbortSignal): Promise<Fault | undefined> {
    const fault = waiting.length > 0 ? take(path) : undefined;
    if (fault?.delay) {
      await sleep(fault.delay, undefined, { signal: AbortSignal.any([signal, ending]) });
    }
    if (fault?.drop)
      throw new DroppedConnection("The connection was dropped, as failNext() asked for.");
    return fault;
  }

  return { add, next };
}

function matches(wanted: string | RegExp, path: string): boolean {
  // search(), not test(): a global pattern would remember where it stopped.
  return typeof wanted === "string" ? path.includes(wanted) : path.search(wanted) >= 0;
}

/** What the endpoint is to refuse with; `undefined` when the real answer is wanted, only later. */
export function refusalOf(fault: Fault, call: Call): EntraError | undefined {
  const { error, body } = fault;
  if (!isAnswer(fault)) return undefined;
  if (typeof error === "number") return sampleError(call, error, body as Members | undefined);
  const entry = { error: error ?? "server_error", message: "" };
  const message = `The emulator was asked to answer with ${entry.error}.`;
  return new EntraError(undefined, message, error === undefined ? {} : (body as Members), entry);
}

/** The endpoint's refusal, with what the fault says otherwise. */
export function bend(fault: Fault, response: Response): Response {
  const { error, status = error === undefined ? 500 : response.status } = fault;
  const headers = new Headers(response.headers);
  if (error !== undefined) {
    const kept = headers.has("location") ? response.status : status;
    return new Response(response.body, { status: kept, headers: laidOver(headers, fault) });
  }
  const { body = "" } = fault;
  const isText = typeof body === "string";
  const type = isText ? "text/plain" : "application/json";
  headers.set("content-type", `${type}; charset=utf-8`);
  headers.set("cache-control", "no-store, no-cache");
  headers.delete("location");
  const content = NO_BODY.includes(status) ? null : isText ? body : JSON.stringify(body);
  return new Response(content, { status, headers: laidOver(headers, fault) });
}

function laidOver(headers: Headers, fault: Fault): Headers {
  for (const [name, value] of Object.entries(fault.headers ?? {})) headers.set(name, value);
  return headers;
}

/** Whether a fault says what the answer is, rather than when. */
function isAnswer({ status, error, body }: Fault): boolean {
  return status !== undefined || error !== undefined || body !== undefined;
}

type Members = Readonly<Record<string, unknown>>;

/** Statuses whose answer cannot have a body. */
const NO_BODY = [204, 205, 304];

/** Longest delay timers know. Milliseconds. */
const MOST_DELAY = 2 ** 31 - 1;

const whole = (least: number, most: number) => (value: number) =>
  Number.isSafeInteger(value) && value >= least && value <= most;

/** RFC 6749 §5.2: what an `error` may be made of. */
const oauthError = text(
  'a number of the table, for example 50076, or an OAuth error, for example "invalid_grant"',
  (value) => /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(value) && !/^(AADSTS)?\d+$/i.test(value),
);

const knownNumber = number(
  "a number the emulator knows, for example 50076",
  (value) => AADSTS[value] !== undefined,
);

function path(value: unknown, at: string): string | RegExp {
  // By its tag: tests may run in a realm of their own.
  const isPattern = Object.prototype.toString.call(value) === "[object RegExp]";
  if (typeof value === "string" || isPattern) return value as string | RegExp;
  throw wrong(at, 'part of a path, for example "/token", or a RegExp', value);
}

function headers(value: unknown, at: string): Readonly<Record<string, string>> {
  try {
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(new Headers(value as Record<string, string>));
    }
  } catch {
    // Told below.
  }
  throw wrong(at, 'headers as an object, for example { "retry-after": "3" }', value);
}

function body(value: unknown, at: string): unknown {
  try {
    if (value === undefined || JSON.stringify(value) !== undefined) return value;
  } catch {
    // Told below.
  }
  throw wrong(at, "text, or a value that can be written as JSON", value);
}

const fault: Check<Fault> = object<Fault>({
  path,
  status: optional(number("a status from 200 to 599", whole(200, 599))),
  headers: optional(headers),
  body,
  error: optional((value, at) =>
    typeof value === "number" ? knownNumber(value, at) : oauthError(value, at),
  ),
  delay: optional(
    number("milliseconds, from 0 to 2147483647", (value) => value >= 0 && value <= MOST_DELAY),
  ),
  drop: optional(flag),
  times: optional(number("a whole number above zero", whole(1, Number.MAX_SAFE_INTEGER))),
});

function checkFault(given: unknown): Fault {
  const checked = fault(given, "fault");
  const { status = 0, error, body, drop, delay, headers } = checked;
  const answers = isAnswer(checked);
  if (!answers && delay === undefined && !drop) {
    throw new TypeError("fault needs what is to go wrong: status, error, body, delay or drop");
  }
  if (drop && answers) {
    throw new TypeError("fault.drop leaves no answer: it goes without status, error and body");
  }
  if (headers && !answers) {
    throw new TypeError("fault.headers goes together with status, error or body alone");
  }
  const isMembers = typeof body === "object" && body !== null && !Array.isArray(body);
  if (error !== undefined && body !== undefined && !isMembers) {
    throw wrong("fault.body", "an object, as members of the error, next to fault.error", body);
  }
  if (body !== undefined && NO_BODY.includes(status)) {
    throw new TypeError(`fault.body cannot be sent with status ${status}, which has none`);
  }
  return checked;
}
