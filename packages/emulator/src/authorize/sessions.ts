/**
 * Who is signed in in this browser, kept in a cookie.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { parse, serialize } from "hono/utils/cookie";
import type { Call } from "../call.js";
import type { User } from "../config/resolve-config.js";

/** One signed-in account of a browser. */
export interface Session {
  readonly sid: string;
  readonly username: string;
  /** When the password was typed; seconds since the epoch. */
  readonly authTime: number;
  /** Ids of the Conditional Access policies it satisfies. */
  readonly satisfied: readonly string[];
  /** When it was last used; seconds since the epoch. */
  readonly usedAt: number;
}

const KIND = "sessions";

/** Browsers drop cookies of more than 4096 bytes, name and flags included. */
const MOST_BYTES = 3800;

/** Seconds a session lasts unused. */
const LIFETIME = 86_400;

/** The browser's sessions that have not expired. */
export function readSessions(call: Call): readonly Session[] {
  const name = cookieName(call);
  const sealed = parse(call.request.headers.cookie ?? "", name)[name];
  const sessions = call.emulation.sealer.open<readonly Session[]>(KIND, sealed ?? "") ?? [];
  return sessions.filter(
    ({ usedAt, username }) =>
      call.now < usedAt + LIFETIME && call.emulation.directory.user(username)?.disabled === false,
  );
}

/** A session that begins now. */
export function startSession(call: Call, user: User): Session {
  const { username } = user;
  return { sid: randomUUID(), username, authTime: call.now, usedAt: call.now, satisfied: [] };
}

/** The header that keeps a session, next to the browser's others as long as they fit in a cookie. */
export function keepSession(call: Call, session: Session): Record<string, string> {
  const others = readSessions(call).filter(({ username }) => username !== session.username);
  const sealed = sealNewest(call, [...others, { ...session, usedAt: call.now }]);
  return { "set-cookie": serialize(cookieName(call), sealed, cookieFlags(call)) };
}

/** Browsers send SameSite=None cookies back only if they are Secure, and Secure ones only over https. */
function cookieFlags({ url }: Call) {
  const secure = url.protocol === "https:";
  return { path: "/", httpOnly: true, secure, sameSite: secure ? "None" : "Lax" } as const;
}

/** The header that makes a browser forget its sessions. */
export function forgetSessions(call: Call): Record<string, string> {
  const flags = { ...cookieFlags(call), maxAge: 0 };
  return { "set-cookie": serialize(cookieName(call), "", flags) };
}

/** Cookies ignore ports, and two emulators of one machine have nothing else to tell them apart. */
function cookieName({ url }: Call): string {
  return url.port === "" ? "ESTSAUTH" : `ESTSAUTH-${url.port}`;
}

/** Sessions in the order of their use, without the oldest if they are too many for a cookie. */
function sealNewest(call: Call, sessions: readonly Session[]): string {
  const sealed = call.emulation.sealer.seal(KIND, sessions);
  return sealed.length > MOST_BYTES && sessions.length > 1
    ? sealNewest(call, sessions.slice(1))
    : sealed;
}
