/**
 * Fault injection: answers bent on request.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { AADSTS } from "./aadsts.js";
import { describe, entraError, errorBody, type Trace, timestamp } from "./entra-error.js";

/** What is to go wrong, and where. */
export interface Fault {
  /** Part of the path, for example `"/token"`, or a pattern it matches. */
  readonly path: string | RegExp;
  /** HTTP status of the answer, whose body is empty if nothing else is said. @defaultValue what belongs to `error`; 500 for a `body` alone */
  readonly status?: number | undefined;
  /** Headers of that answer on top, for example `{ "retry-after": "3" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body of the answer: text as it is, anything else as JSON. With `error`, members that go into its body. */
  readonly body?: unknown;
  /** A number of the AADSTS table, for example `50076`, or an OAuth error, for example `"invalid_grant"`. */
  readonly error?: number | string | undefined;
  /** Milliseconds until the answer. Alone it delays the real one. @defaultValue `0` */
  readonly delay?: number | undefined;
  /** No answer: the connection breaks. @defaultValue `false` */
  readonly drop?: boolean | undefined;
  /** How many requests it happens to. @defaultValue `1` */
  readonly times?: number | undefined;
}

/** Thrown when a connection is to break without an answer. */
export class DroppedConnection extends TypeError {
  override readonly name = "DroppedConnection";
}

/** Faults that wait for their request. */
export interface Faults {
  add(fault: Fault): void;
  /**
   * The answer instead of the real one; `undefined` when nothing, or only a delay, was asked for.
   *
   * @throws DroppedConnection
   */
  answer(path: string, trace: Trace, signal: AbortSignal): Promise<Response | undefined>;
}

/** No faults yet. */
export function createFaults(): Faults {
  const waiting: { readonly fault: Fault; left: number }[] = [];

  function add(fault: Fault): void {
    checkFault(fault);
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

  async function answer(
    path: string,
    trace: Trace,
    signal: AbortSignal,
  ): Promise<Response | undefined> {
    const fault = waiting.length > 0 ? take(path) : undefined;
    if (!fault) return undefined;
    if (fault.delay) await sleep(fault.delay, undefined, { signal });
    if (fault.drop)
      throw new DroppedConnection("The connection was dropped, as failNext() asked for.");
    return faultyResponse(fault, trace);
  }

  return { add, answer };
}

function matches(wanted: string | RegExp, path: string): boolean {
  // search(), not test(): a global pattern would remember where it stopped.
  return typeof wanted === "string" ? path.includes(wanted) : path.search(wanted) >= 0;
}

function checkFault({ path, status, error, delay, times, body, drop, headers }: Fault): void {
  if (typeof path !== "string" && !(path instanceof RegExp)) {
    throw new TypeError('failNext() needs a path: part of it, for example "/token", or a RegExp');
  }
  if (typeof error === "number" && !AADSTS[error]) {
    throw new TypeError(
      `failNext() takes as error a number it knows, for example 50076, or an OAuth error; got ${error}`,
    );
  }
  for (const [name, value] of Object.entries({ delay, times })) {
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw new TypeError(`failNext() takes as ${name} a number, zero or more; got ${String(value)}`);
  }
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new TypeError(`failNext() takes as status 200 to 599; got ${String(status)}`);
  }
  const isAnswer = [status, error, body].some((value) => value !== undefined);
  if (!isAnswer && delay === undefined && !drop) {
    throw new TypeError("failNext() needs what is to go wrong: status, error, body, delay or drop");
  }
  if (headers && !isAnswer) {
    throw new TypeError("failNext() takes headers together with status, error or body alone");
  }
}

function faultyResponse(fault: Fault, trace: Trace): Response | undefined {
  const { error, status, body } = fault;
  if (error !== undefined) {
    const known = typeof error === "number" ? AADSTS[error] : undefined;
    const members = typeof body === "object" ? body : {};
    return reply(fault, trace, known?.status ?? 400, { ...errorOf(error, trace), ...members });
  }
  if (body !== undefined) return reply(fault, trace, 500, body);
  return status === undefined ? undefined : reply(fault, trace, status, "");
}

function errorOf(error: number | string, trace: Trace): object {
  if (typeof error === "number") return errorBody(entraError(error), trace);
  return {
    error,
    error_description: describe(`The emulator was asked to answer with ${error}.`, trace),
    error_codes: [],
    timestamp: timestamp(trace.now),
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
  };
}

function reply(fault: Fault, trace: Trace, status: number, body: unknown): Response {
  const isText = typeof body === "string";
  const headers = new Headers({
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json; charset=utf-8",
    "cache-control": "no-store, no-cache",
    "x-ms-request-id": trace.traceId,
    ...fault.headers,
  });
  const used = fault.status ?? status;
  const content = used === 204 || used === 304 ? null : isText ? body : JSON.stringify(body);
  return new Response(content, { status: used, headers });
}
