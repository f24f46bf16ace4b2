/**
 * Refusals that nobody earned: `failNext()` asks for them, and the look-up page explains them.
 *
 * @module
 */
import type { Call } from "./call.js";
import { GRAPH } from "./config/default-config.js";
import { type EntraError, entraError, preciseTime, timestamp } from "./entra-error.js";

/** What stands in for values that mean something else in one text than in the others. */
const OWN: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  700027: { reason: "Client assertion failed signature validation." },
  900144: { name: "client_id" },
};

/** Seconds: how long ago a sample token was issued. */
const AGE = 86_400;

/** The error of a number, its text filled in from the request or, where that says nothing, with an example. */
export function sampleError(
  call: Call,
  code: number,
  members?: Readonly<Record<string, unknown>>,
): EntraError {
  return entraError(code, { ...sampleValues(call), ...OWN[code] }, members);
}

function sampleValues({ emulation, query, form, request, url, now }: Call): Record<string, string> {
  const { directory, config } = emulation;
  const sent = (name: string, otherwise: string) => form[name] || query[name] || otherwise;
  const [, segment = ""] = url.pathname.split("/");
  const [tenant] = config.tenants;
  const [user] = config.users;
  const app = sent("client_id", config.apps[0]?.clientId ?? "");
  return {
    app,
    name: directory.app(app)?.name ?? app,
    resource: sent("resource", GRAPH),
    scope: sent("scope", "User.Read"),
    redirect_uri: sent("redirect_uri", "http://localhost"),
    grant_type: sent("grant_type", "password"),
    response_type: sent("response_type", "token"),
    response_mode: sent("response_mode", "query"),
    tenant: segment !== "error" && segment !== "" ? segment : (tenant?.name ?? ""),
    user: user?.username ?? "ada@contoso.onmicrosoft.com",
    idp: `https://sts.windows.net/${user?.tenant ?? tenant?.id}/`,
    origin: request.headers.origin ?? "http://localhost:3000",
    method: request.method,
    reason: "The request is malformed.",
    seconds: String(AGE),
    issued: preciseTime(now - AGE),
    validFrom: preciseTime(now),
    now: timestamp(now),
    from: timestamp(now - 2 * AGE),
    to: timestamp(now - AGE),
  };
}
