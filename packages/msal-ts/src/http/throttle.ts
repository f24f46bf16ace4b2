/**
 * Not asking again what was just answered: a service that is busy is left alone for as long as it asks,
 * and a public client's refusal is repeated, not requested again.
 *
 * Spec: RFC 9110 §10.2.3 (`Retry-After`); RFC 6585 §4 (429).
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { holdsAny, type KeptAnswer, keep, keyOf, recall } from "./http-cache.js";
import { type HttpAnswer, type HttpRequest, nameOf, parametersOf } from "./http-request.js";

/** How long a busy service is left alone that does not say how long: by a user's device, by a server. Seconds. */
const DEFAULT_PUBLIC = 60;
const DEFAULT_CONFIDENTIAL = 5;

/** The longest that a service is left alone, whatever it asks for. Seconds. */
const LONGEST = 3600;

/** How long a refusal is repeated. Seconds. */
const REFUSED = 60;

/** Whom a request is about: the first of these that it has. */
const ACCOUNT = ["refresh_token", "code", "device_code", "assertion", "username"];

/** Parameters that an answer may quote; every other may be a secret. */
const QUOTABLE = [
  ...["client_id", "client_info", "grant_type", "scope", "username", "claims", "resource"],
  ...["redirect_uri", "client_assertion_type", "requested_token_use", "token_type"],
];

/** Shorter values could stand in an answer by chance; but for these, which people choose. */
const RECOGNIZABLE = 6;
const CHOSEN = ["password", "client_secret"];

/** A poll is never throttled here: its loop waits as long as it is asked to. */
function isThrottled({ method, poll }: HttpRequest): boolean {
  return method === "POST" && !poll;
}

/** Whether {@link repeated} may find something. */
export function mayRepeat(call: Call, request: HttpRequest): boolean {
  return isThrottled(request) && holdsAny(call, call.client.httpCache, "failure");
}

/** The answer to a POST of a moment ago, if that says not to ask again. */
export async function repeated(call: Call, request: HttpRequest): Promise<HttpAnswer | undefined> {
  const kept = await recallAnswer(call, request);
  if (kept === undefined) return undefined;
  const left = Math.ceil(kept.expiresAt - now(call));
  call.client.logger.info(
    `${nameOf(request)} is not sent: it was answered with status ${kept.status} a moment ago. It is sent again in ${left} seconds.`,
  );
  return replay(call, kept, left);
}

/** Whether {@link remember} may have something to keep. */
export function mayBeKept(request: HttpRequest, answer: HttpAnswer): boolean {
  return isThrottled(request) && isFailure(answer);
}

async function recallAnswer(call: Call, request: HttpRequest): Promise<KeptAnswer | undefined> {
  const { httpCache } = call.client;
  const refusedKey = isPublic(call) ? await refusedKeyOf(call, request) : undefined;
  const refusal = refusedKey && recall(call, httpCache, refusedKey, REFUSED);
  if (refusal && refusal.status === 400 && isOurs(request, refusal)) return refusal;
  const failure = recall(call, httpCache, await busyKeyOf(request), LONGEST);
  return failure && isFailure(failure) && isOurs(request, failure) ? failure : undefined;
}

/** Neither tokens nor an assertion come from this cache, whoever put them there. */
function isOurs(request: HttpRequest, { text }: KeptAnswer): boolean {
  return presentable(request, text) === text;
}

/** Keeps an answer that says not to ask again. */
export async function remember(
  call: Call,
  request: HttpRequest,
  answer: HttpAnswer,
): Promise<void> {
  const { httpCache } = call.client;
  const wait = secondsToWait(call, request, answer);
  if (wait > 0) {
    const text = presentable(request, answer.text);
    keep(call, httpCache, await busyKeyOf(request), { ...answer, text }, wait);
    return;
  }
  if (answer.status !== 400 || answer.retryHeader !== undefined || !isPublic(call)) return;
  const key = await refusedKeyOf(call, request);
  const isRefusal = answer.text !== "" && presentable(request, answer.text) === answer.text;
  if (key !== undefined && isRefusal) keep(call, httpCache, key, answer, REFUSED);
}

function isPublic({ client }: Call): boolean {
  return client.authentication === undefined;
}

/** Requests that are alike: what a busy service says to one, it says to all of them. */
function busyKeyOf({ url, form, text }: HttpRequest): Promise<string> {
  const name = ACCOUNT.find((parameter) => form?.get(parameter));
  const account = name === undefined ? text?.username : form?.get(name);
  const [client, scope, resource] = ["client_id", "scope", "resource"].map((n) => form?.get(n));
  return keyOf("failure", "busy", url, client, scope, resource, account);
}

/** Requests that are identical, all of the form. There is none for what is no form. */
async function refusedKeyOf(call: Call, { url, form }: HttpRequest): Promise<string | undefined> {
  if (form === undefined) return undefined;
  // A password could be guessed from its hash, were that not another in each process.
  const salt = form.has("password") ? saltOf(call) : undefined;
  return keyOf("failure", "refused", url, [...form].sort(), salt);
}

function saltOf({ client }: Call): string {
  // Not in the constructor: some runtimes have no random numbers before the first request.
  client.salt ??= crypto.randomUUID();
  return client.salt;
}

function isFailure({ status }: Pick<HttpAnswer, "status">): boolean {
  return status >= 300 && status <= 599;
}

/** The answer as it came, but with what is left of the wait. */
function replay(call: Call, kept: KeptAnswer, left: number): HttpAnswer {
  const { status, text, retryAfter, storedAt } = kept;
  const rest = retryAfter === undefined ? left : Math.ceil(retryAfter - (now(call) - storedAt));
  const asked = retryAfter !== undefined || status === 429 || status >= 500;
  return {
    status,
    text,
    retryAfter: asked ? Math.max(0, rest) : undefined,
    retryHeader: undefined,
  };
}

/** How long nothing of the kind is to be sent; 0: nothing stands against it. */
function secondsToWait(call: Call, request: HttpRequest, answer: HttpAnswer): number {
  const { status, retryAfter, retryHeader } = answer;
  // A federation server answers a wrong password with 500: it is busy if it says so.
  const busy = status === 429 || (status >= 500 && request.text === undefined);
  if (!busy && retryHeader === undefined) return 0;
  if (retryAfter !== undefined) return Math.min(retryAfter, LONGEST);
  if (retryHeader !== undefined && /^\s*-\d/.test(retryHeader)) return 0;
  return isPublic(call) ? DEFAULT_PUBLIC : DEFAULT_CONFIDENTIAL;
}

/**
 * What of an answer may be kept: an OAuth error. Whatever else comes with a failure may quote the request,
 * secrets included, and of a SOAP message nothing is kept at all.
 */
function presentable(request: HttpRequest, text: string): string {
  if (request.form === undefined) return "";
  let answer: Record<string, unknown>;
  try {
    answer = JSON.parse(text) ?? {};
  } catch {
    return "";
  }
  const { error } = answer;
  if (typeof error !== "string" || echoes(request, error)) return "";
  const holdsTokens = ["access_token", "refresh_token", "id_token"].some((name) => name in answer);
  return holdsTokens || echoes(request, text) || echoes(request, JSON.stringify(answer))
    ? JSON.stringify({ error })
    : text;
}

function echoes(request: HttpRequest, text: string): boolean {
  return parametersOf(request).some(([name, value]) => {
    const shortest = CHOSEN.includes(name) ? 1 : RECOGNIZABLE;
    if (QUOTABLE.includes(name) || value.length < shortest) return false;
    const formEncoded = new URLSearchParams([["", value]]).toString().slice(1);
    const json = JSON.stringify(value).slice(1, -1);
    return [value, formEncoded, encodeURIComponent(value), json].some((sent) =>
      text.includes(sent),
    );
  });
}
