/**
 * A refusal, and how the platform writes it down.
 *
 * @module
 */
import { AADSTS, type AadstsEntry } from "./aadsts.js";
import { adfsMessage } from "./adfs/errors.js";
import { b2cError, b2cMessage } from "./b2c/errors.js";
import type { Platform } from "./platform.js";

/** Thrown by checks; the endpoint turns it into JSON, a page or a redirect. */
export class EntraError extends Error {
  override readonly name = "EntraError";
  /** Absent when an OAuth error was asked for by name. */
  readonly code: number | undefined;
  readonly entry: AadstsEntry;
  /** Members of the body that differ from the table, or come on top. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: number | undefined,
    text: string,
    members: Readonly<Record<string, unknown>> = {},
    entry: AadstsEntry = { error: "server_error", message: text },
  ) {
    super(code === undefined ? text : `AADSTS${code}: ${text}`);
    this.code = code;
    this.entry = entry;
    this.members = members;
  }
}

/** The error of a number. `values` fill its text, `members` go into its body. */
export function entraError(
  code: number,
  values: Readonly<Record<string, string>> = {},
  members?: Readonly<Record<string, unknown>>,
): EntraError {
  const entry = AADSTS[code];
  if (!entry) throw new RangeError(`AADSTS${code} is not in the emulator's table of errors`);
  const text = entry.message.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return new EntraError(code, text, members, entry);
}

/** What an answer says about the request it belongs to. */
export interface Trace {
  readonly platform: Platform;
  readonly traceId: string;
  readonly correlationId: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Origin that was called: the look-up page of errors is there. */
  readonly origin: string;
}

/** The members of an error, as JSON bodies and redirects have them. */
export interface ErrorBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes?: readonly number[];
  readonly timestamp?: string;
  readonly trace_id?: string;
  readonly correlation_id?: string;
  readonly error_uri?: string;
  readonly [member: string]: unknown;
}

/** The body of an error (§2.4). */
export function errorBody(error: EntraError, trace: Trace): ErrorBody {
  const { entry, code } = error;
  if (trace.platform === "adfs" || trace.platform === "b2c") {
    return {
      error: trace.platform === "b2c" ? b2cError(code, entry.error) : entry.error,
      error_description: describe(error, trace),
      ...error.members,
    };
  }
  return {
    error: entry.error,
    error_description: describe(error, trace),
    error_codes: code === undefined ? [] : [code],
    timestamp: timestamp(trace.now),
    trace_id: trace.traceId,
    correlation_id: trace.correlationId,
    ...(entry.lookup && { error_uri: `${trace.origin}/error?code=${code}` }),
    ...(entry.suberror && { suberror: entry.suberror }),
    ...error.members,
  };
}

/** What people read, in the words of the platform that refuses. */
export function messageOf(
  { code, message }: EntraError,
  { platform }: Pick<Trace, "platform">,
): string {
  if (platform === "adfs") return adfsMessage(code, message);
  return platform === "b2c" ? b2cMessage(code, message) : message;
}

/** A message with the lines that descriptions of its platform end in. */
function describe(error: EntraError, trace: Trace): string {
  const message = messageOf(error, trace);
  if (trace.platform === "adfs") return message;
  if (trace.platform === "b2c") {
    return `${message}\r\nCorrelation ID: ${trace.correlationId}\r\nTimestamp: ${timestamp(trace.now)}\r\n`;
  }
  return `${message} Trace ID: ${trace.traceId} Correlation ID: ${trace.correlationId} Timestamp: ${timestamp(trace.now)}`;
}

/** `yyyy-MM-dd HH:mm:ssZ` */
export function timestamp(now: number): string {
  return new Date(now * 1000).toISOString().replace("T", " ").replace(/\.\d+/, "");
}

/** ISO with seven decimals, as messages about tokens have it. */
export function preciseTime(now: number): string {
  return new Date(now * 1000).toISOString().replace("Z", "0000Z");
}
