/**
 * One request with everything its handler needs to know.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { baseUrl } from "./clouds.js";
import type { Emulation } from "./emulation.js";
import type { EntraError, Trace } from "./entra-error.js";
import { isGuid, traceId } from "./identifiers.js";
import { type PolicyPath, platformOf, policyPath } from "./platform.js";
import type { RecordedRequest } from "./recorder.js";

/** Parameters by name; of one given twice the first. */
export type Parameters = Readonly<Record<string, string | undefined>>;

/** A request on its way through a handler. */
export interface Call extends Trace {
  readonly emulation: Emulation;
  readonly request: RecordedRequest;
  readonly url: URL;
  /** The user flow that the URL names; on B2C alone. */
  readonly userFlow: PolicyPath | undefined;
  /** What URLs in the answer begin with. */
  readonly base: string;
  readonly query: Parameters;
  readonly form: Parameters;
  /** What was sent, as it came. */
  readonly body: string;
  /** Value of `client-request-id`, to be echoed. */
  readonly clientRequestId: string | undefined;
  /** What `failNext()` asks the endpoint to refuse with. */
  readonly refused?: EntraError | undefined;
}

/** Reads a request and records it. */
export async function readCall(emulation: Emulation, request: Request): Promise<Call> {
  const url = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const isForm = headers["content-type"]?.toLowerCase().startsWith(FORM) ?? false;
  const body = request.body === null ? "" : await request.text();
  const form = parse(isForm ? new URLSearchParams(body) : undefined);
  const recorded: RecordedRequest = { method: request.method, url: request.url, headers, form };
  emulation.recorder.record(recorded);

  const query = parse(url.searchParams);
  const sent =
    headers["client-request-id"] ?? form["client-request-id"] ?? query["client-request-id"];
  const clientRequestId = sent !== undefined && isGuid(sent) ? sent : undefined;
  return {
    emulation,
    request: recorded,
    url,
    platform: platformOf(url, emulation.config.ciamDomains),
    userFlow: policyPath(url),
    origin: url.origin,
    base: baseUrl(url),
    query,
    form,
    body,
    now: emulation.now(),
    traceId: traceId(),
    correlationId: clientRequestId ?? randomUUID(),
    clientRequestId,
  };
}

const FORM = "application/x-www-form-urlencoded";

function parse(search: URLSearchParams | undefined): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of search ?? []) found[name] ??= value;
  return { ...found };
}
