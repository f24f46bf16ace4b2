/**
 * Which session a sign-in goes on with (§4.6).
 *
 * @module
 */
import type { Call } from "../call.js";
import type { User } from "../config/resolve-config.js";
import { isPersonal } from "../directory.js";
import { entraError } from "../entra-error.js";
import type { SignInRequest } from "./authorization-request.js";
import type { Flow } from "./flow.js";
import { readSessions, type Session } from "./sessions.js";

/** Values of `prompt` that a session does not answer. There is no sign-up: who is to be created signs in. */
const ANEW: readonly string[] = ["login", "create", "no_session"];

/**
 * The session to go on with, or the page to show first.
 *
 * @throws EntraError 50058 or 16000 when no page may be shown (`prompt=none`); 160021 for a `sid` of no session.
 */
export function chooseSession(
  call: Call,
  request: SignInRequest,
  flow: Flow,
): Session | "sign-in" | "pick" {
  if (flow.fresh) return flow.fresh;
  if (flow.another) return "sign-in";
  const { prompt } = request;
  const usable = usableSessions(call, request);
  if (prompt === "none") return silentSession(call, request, usable);
  if (prompt !== undefined && ANEW.includes(prompt)) return "sign-in";
  if (flow.username !== undefined) {
    const picked = usable.find(({ username }) => same(username, flow.username));
    return picked && isRecent(call, request, picked) ? picked : "sign-in";
  }
  if (prompt === "select_account" && usable.length > 0) return "pick";
  const [only, ...others] = hinted(request, usable);
  if (!only) return "sign-in";
  if (others.length > 0) return "pick";
  return isRecent(call, request, only) ? only : "sign-in";
}

function silentSession(call: Call, request: SignInRequest, usable: readonly Session[]): Session {
  const [only, ...others] = hinted(request, usable);
  if (!only || !isRecent(call, request, only)) throw entraError(50058);
  if (others.length > 0) throw entraError(16000);
  return only;
}

/** The sessions of accounts that the authority admits. */
export function usableSessions(call: Call, { authority }: SignInRequest): readonly Session[] {
  const { directory } = call.emulation;
  return readSessions(call).filter(({ username }) => {
    const home = directory.tenant((directory.user(username) as User).tenant);
    if (authority.alias === "organizations") return !isPersonal(home);
    if (authority.alias === "consumers") return isPersonal(home);
    return true;
  });
}

function hinted(request: SignInRequest, sessions: readonly Session[]): readonly Session[] {
  const { sid, login_hint } = request.parameters;
  if (sid) {
    const named = sessions.filter((session) => session.sid === sid);
    if (named.length === 0) throw entraError(160021);
    return named;
  }
  return login_hint ? sessions.filter(({ username }) => same(username, login_hint)) : sessions;
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

/** Whether a password was typed recently enough for `max_age`; 0 asks for it always. */
function isRecent(call: Call, { maxAge }: SignInRequest, { authTime }: Session): boolean {
  return maxAge === undefined || (maxAge > 0 && call.now - authTime <= maxAge);
}
