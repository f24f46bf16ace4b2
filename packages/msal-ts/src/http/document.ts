/**
 * Documents that change seldom: fetched once, then remembered.
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { isMsalError } from "../errors.js";
import { type HttpCache, holdsAny, type KeptAnswer, keep, keyOf, recall } from "./http-cache.js";
import { type HttpAnswer, type HttpRequest, nameOf } from "./http-request.js";
import { send } from "./send.js";
import { share } from "./share.js";

/** A document, and how it is remembered. */
export interface DocumentRequest<T> {
  request: HttpRequest;
  /** The client's own memory, or what the caller gave. */
  cache: HttpCache;
  /** Seconds that it is believed without asking again. */
  lifetime: number;
  /** Seconds beyond these that it still serves while nobody can be asked. */
  grace: number;
  /** What an answer says; throws if it is not such a document. A remembered one is read alike. */
  read(answer: HttpAnswer): T;
  /** Whether it may be remembered, and believed if it was. */
  keeps(value: T): boolean;
}

/** What keeps a document away that is still there. */
const PASSING: readonly string[] = ["network_error", "timeout", "service_error"];

/**
 * Fetches a document, unless it is remembered. What is remembered and does not pass for a document is
 * fetched, and replaced.
 *
 * @throws As `send` and `read` throw, if it has to be fetched.
 */
export async function fetchDocument<T>(call: Call, asked: DocumentRequest<T>): Promise<T> {
  const { cache, lifetime, grace, request } = asked;
  const key = () => keyOf("document", request.url);
  const longest = lifetime + grace;
  const kept = holdsAny(call, cache, "document")
    ? recall(call, cache, await key(), longest)
    : undefined;
  const remembered = kept && readKept(asked, kept);
  if (kept && remembered && now(call) - kept.storedAt < lifetime) return remembered.value;
  return share(call, `GET ${request.url}`, async (shared) => {
    const answer = await orRemembered(shared, request, remembered);
    if ("value" in answer) return answer.value;
    const value = asked.read(answer);
    const isDocument = answer.status >= 200 && answer.status <= 299;
    if (isDocument && asked.keeps(value)) keep(shared, cache, await key(), answer, longest);
    return value;
  });
}

interface Remembered<T> {
  value: T;
}

function readKept<T>(
  { read, keeps }: DocumentRequest<T>,
  { status, text }: KeptAnswer,
): Remembered<T> | undefined {
  try {
    const value = read({ status, text, retryAfter: undefined, retryHeader: undefined });
    if (keeps(value)) return { value };
  } catch {
    // Fetched instead.
  }
  return undefined;
}

async function orRemembered<T>(
  call: Call,
  request: HttpRequest,
  remembered: Remembered<T> | undefined,
): Promise<HttpAnswer | Remembered<T>> {
  try {
    return await send(call, request);
  } catch (error) {
    if (call.signal?.aborted || !remembered) throw error;
    if (!isMsalError(error) || !PASSING.includes(error.code)) throw error;
    call.client.logger.warn(
      `${nameOf(request)} got no answer (${error.code}); going on with the last one that it got.`,
    );
    return remembered;
  }
}
