/**
 * Tokens of Azure Cloud Shell, for the user who is signed in to it.
 *
 * Spec: Cloud Shell's endpoint, which is like that of managed identities of version 1.
 *
 * @module
 */
import type { Authority } from "../authority/resolve-authority.js";
import { CLOUD_SHELL } from "../cache/accounts.js";
import { clientInfoOf } from "../cache/client-info.js";
import { lifetimeOf } from "../cache/rows.js";
import { saveLocalTokens } from "../cache/save-tokens.js";
import { text, wholeSeconds } from "../cache/schema.js";
import { type Call, now } from "../call.js";
import { quote } from "../describe.js";
import type { HttpAnswer, HttpRequest } from "../http/http-request.js";
import { jsonObject } from "../http/json.js";
import { send } from "../http/send.js";
import { objectFromBase64 } from "../oauth/base64.js";
import type { ExtraParameters } from "../oauth/extra-parameters.js";
import type { IdTokenClaims, TokenErrorResponse, TokenResult } from "../result.js";

const ENDPOINT = "http://localhost:50342/oauth2/token";

/** Resources whose names are more than a host. */
const LONG_NAMES: readonly string[] = [
  "https://analysis.windows.net/powerbi/api",
  "https://pas.windows.net/CheckMyAccess/Linux/.default",
];

/** Whom a token belongs to that does not say so. */
const UID = "user";
const UTID = "cloudshell";
const USERNAME = "currentuser@cloudshell";

/** What Cloud Shell is asked for. */
export interface CloudShellRequest {
  authority: Authority;
  scopes: readonly string[];
  extra: ExtraParameters;
  /** Whose token is wanted, and where the cache knew the account then, if it did; absent: whoever is signed in. */
  account?: { homeAccountId: string; signedInAt: string | undefined } | undefined;
}

/**
 * Asks Cloud Shell for a token.
 *
 * @returns The token, already cached; or why there is none.
 * @throws MsalServiceError `service_error` for a status of 500 and more, `invalid_response` for a success
 * that is no token response; as `send` throws.
 */
export async function requestCloudShellToken(
  call: Call,
  asked: CloudShellRequest,
): Promise<TokenResult> {
  const { authority, scopes, extra, account } = asked;
  const { client } = call;
  const homeAccountId = account?.homeAccountId;
  const form = new URLSearchParams({ ...extra });
  form.set("resource", [...new Set(scopes.map(resourceOf))].join(" "));
  const request: HttpRequest = {
    method: "POST",
    url: ENDPOINT,
    headers: { metadata: "true" },
    form,
    // It answers on this machine alone.
    direct: true,
  };
  client.logger.debug("Asking Cloud Shell for a token.");
  const answer = await send(call, request);
  if (answer.status >= 300) return refusal(answer);
  const reply = jsonObject(request, answer);
  const accessToken = text(reply.access_token);
  if (accessToken === undefined) {
    return {
      error: "invalid_response",
      error_description: "Cloud Shell answered without an error, but with no access token.",
    };
  }
  const wantedType = extra.token_type || "Bearer";
  const tokenType = text(reply.token_type) ?? "Bearer";
  if (tokenType.toLowerCase() !== wantedType.toLowerCase()) {
    return {
      error: "broker_error",
      error_description: `This Cloud Shell issues no tokens of the type ${quote(wantedType)}: it answered with one of the type ${quote(tokenType)}.`,
    };
  }
  const user = userOf(call, accessToken, homeAccountId);
  const home = `${user.uid}.${user.utid}`;
  if (homeAccountId !== undefined && !user.opaque && !isSame(homeAccountId, home)) {
    return {
      error: "broker_error",
      error_description:
        "Cloud Shell is signed in as another account than the one that was asked for. Its token was not cached.",
    };
  }
  const refreshToken = text(reply.refresh_token);
  const tokens = {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: lifetimeOf(reply, Math.trunc(now(call))),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    client_info: clientInfoOf({ uid: user.uid, utid: user.utid }),
  };
  // `resource` of the answer is left alone: it is not what was asked for as scopes.
  const grant = { authority, scope: scopes, data: extra };
  return saveLocalTokens(call, tokens, grant, {
    claims: user.claims,
    homeAccountId: home,
    authorityType: CLOUD_SHELL,
    signedInAt:
      homeAccountId?.toLowerCase() === home.toLowerCase() ? account?.signedInAt : undefined,
  });
}

/** An account of Cloud Shell of which nobody knew more is whoever is signed in. */
function isSame(wanted: string, home: string): boolean {
  return [home.toLowerCase(), `${UID}.${UTID}`].includes(wanted.toLowerCase());
}

/** The resource that a scope is of: what comes before its path. */
function resourceOf(scope: string): string {
  const named = LONG_NAMES.find((name) => scope.startsWith(name));
  if (named !== undefined) return named;
  const [origin] = /^[a-z][a-z\d+.-]*:\/\/[^/?#]+/i.exec(scope) ?? [];
  return origin ?? scope;
}

/** An answer of 300 and more is a refusal, whatever it looks like. */
function refusal({ status, text: body }: HttpAnswer): TokenErrorResponse {
  let error: unknown;
  try {
    error = (JSON.parse(body) as { error?: unknown } | null)?.error;
  } catch {
    // Told below.
  }
  const members = (typeof error === "object" && error !== null ? error : { code: error }) as Record<
    string,
    unknown
  >;
  return {
    error: text(members.code) ?? "broker_error",
    error_description:
      text(members.message) ?? `Cloud Shell answered with status ${status} and no description.`,
  };
}

/** Who a token is for, as far as it says so. */
interface User {
  uid: string;
  utid: string;
  /** The token does not say. */
  opaque: boolean;
  claims: IdTokenClaims;
}

/** Reads the access token where an ID token would say it. It is not ours to read, so nothing depends on it. */
function userOf(call: Call, accessToken: string, homeAccountId: string | undefined): User {
  const parts = accessToken.split(".");
  const payload = parts.length === 3 ? objectFromBase64(parts[1] ?? "") : undefined;
  if (payload === undefined) {
    call.client.logger.debug("Cloud Shell's token does not say whose it is.");
  }
  const said = payload ?? {};
  const opaque = text(said.oid) === undefined;
  // Asked for an account, an opaque token is that account's: Cloud Shell has one user.
  const [uid = UID, utid = UTID] = opaque ? (homeAccountId?.split(".") ?? []) : [];
  const user = { uid: text(said.oid) ?? uid, utid: text(said.tid) ?? utid, opaque };
  const time = Math.trunc(now(call));
  return {
    ...user,
    claims: {
      iss: text(said.iss) ?? UTID,
      sub: text(said.sub) ?? UID,
      aud: call.client.clientId,
      exp: wholeSeconds(said.exp) ?? time + 3600,
      iat: wholeSeconds(said.iat) ?? time,
      tid: user.utid,
      preferred_username: text(said.preferred_username) ?? text(said.unique_name) ?? USERNAME,
    },
  };
}
