/**
 * One request to the token endpoint, and what it answers.
 *
 * Spec: RFC 6749 §5.1, §5.2.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import type { Call } from "../call.js";
import { quote } from "../describe.js";
import { type HttpAnswer, type HttpRequest, withoutQuery } from "../http/http-request.js";
import { unexpected } from "../http/json.js";
import { send } from "../http/send.js";
import { type RefreshReason, recordOutcome, telemetryHeaders } from "../http/telemetry.js";
import { isTokenError, type TokenErrorResponse } from "../result.js";
import type { ExtraParameters } from "./extra-parameters.js";
import { oauthAnswer } from "./oauth-answer.js";
import { sortScopes } from "./scopes.js";

/** What is asked of the token endpoint. */
export interface TokenRequest {
  /** Number of the public call, for telemetry. */
  api: number;
  reason: RefreshReason;
  /** Form parameters beside those that every request has; empty ones are left out. */
  parameters: Record<string, string | undefined>;
  scope: readonly string[];
  /** What the caller adds. */
  extra?: ExtraParameters | undefined;
  /** Another endpoint of the same authority, a region's; absent: its own. */
  endpoint?: string | undefined;
  /** For example `X-AnchorMailbox`. */
  headers?: Record<string, string>;
  /** One of many that ask the same: how the call ends is for the caller to say, and 408 and 429 are thrown. */
  poll?: boolean;
}

/** A token response as it came, its members of the type that RFC 6749 gives them. */
export interface TokenReply extends Record<string, unknown> {
  access_token?: string;
  id_token?: string;
  refresh_token?: string;
  token_type?: string;
  scope?: string;
  client_info?: string;
  foci?: string;
}

const TEXTS = [
  "access_token",
  "id_token",
  "refresh_token",
  "token_type",
  "scope",
  "client_info",
  "foci",
] as const;

const OURS = ["id_token_claims", "account", "token_source"] as const;

/** What may work once, so that its answer is all that is left of it. */
const USED_UP = ["code", "refresh_token", "device_code"] as const;

/**
 * Asks for tokens.
 *
 * @returns Tokens, not cached yet; or the provider's refusal, in its own words.
 * @throws {@link MsalServiceError} `invalid_response` for an answer that is neither.
 */
export async function requestToken(
  call: Call,
  authority: Authority,
  asked: TokenRequest,
): Promise<TokenReply | TokenErrorResponse> {
  const { client } = call;
  const endpoint = asked.endpoint ?? authority.tokenEndpoint;
  const request: HttpRequest = {
    method: "POST",
    url: endpoint,
    headers: Object.assign(
      { accept: "application/json" },
      client.headers,
      telemetryHeaders(client.telemetry, asked.api, call.correlationId, asked.reason),
      asked.headers,
    ),
    form: form(call, asked),
    proof: proofOf(call, authority),
    // A code is good for one redemption.
    once: asked.parameters.code !== undefined,
    prompt: USED_UP.some((name) => asked.parameters[name] !== undefined),
    poll: asked.poll,
  };
  client.logger.debug(
    `Asking ${withoutQuery(endpoint)} for a token (${asked.parameters.grant_type}), correlation id ${call.correlationId}.`,
  );
  const reply = checked(request, await send(call, request));
  const error = isTokenError(reply) ? reply.error : undefined;
  if (!asked.poll) recordOutcome(client.telemetry, asked.api, call.correlationId, error);
  if (isTokenError(reply)) {
    client.logger.debug(`No token: ${quote(reply.error)}, correlation id ${call.correlationId}.`);
  }
  return reply;
}

/** Nobody signs an assertion for a request that is not sent. */
function proofOf(call: Call, authority: Authority): HttpRequest["proof"] {
  const { authentication } = call.client;
  return (
    authentication &&
    (() =>
      authentication(call, {
        tokenEndpoint: authority.tokenEndpoint,
        tenant: authority.realm,
        adfs: authority.kind === "adfs",
      }))
  );
}

function form({ client }: Call, asked: TokenRequest): URLSearchParams {
  const form = new URLSearchParams();
  form.append("client_id", client.clientId);
  form.append("client_info", "1");
  for (const parameters of [asked.parameters, asked.extra]) {
    for (const name in parameters) if (parameters[name]) form.set(name, parameters[name]);
  }
  if (asked.scope.length > 0) form.set("scope", sortScopes(asked.scope).join(" "));
  return form;
}

function checked(request: HttpRequest, answer: HttpAnswer): TokenReply | TokenErrorResponse {
  const reply = oauthAnswer(request, answer);
  if (isTokenError(reply)) return reply;
  // Ours to say: from the ID token, once it is checked, and from the cache.
  for (const name of OURS) if (name in reply) delete reply[name];
  for (const name of TEXTS) {
    if (reply[name] === null) delete reply[name];
    if (reply[name] !== undefined && typeof reply[name] !== "string") {
      throw unexpected(request, answer, `has a member ${name} that is no string`);
    }
  }
  if (reply.access_token || reply.id_token) return reply as TokenReply;
  return {
    error: "invalid_response",
    error_description:
      "The identity provider answered without an error, but with neither an access token nor an ID token.",
  };
}
