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
  /** When it was last used; seconds since the epoch. */
  readonly usedAt: number;
}

const COOKIE = "ESTSAUTH";

/** Seconds a session lasts unused. */
const LIFETIME = 86_400;

/** The browser's sessions that have not expired. */
export function readSessions(call: Call): readonly Session[] {
  const sealed = parse(call.request.headers.cookie ?? "", COOKIE)[COOKIE];
  const sessions = call.emulation.sealer.open<readonly Session[]>(COOKIE, sealed ?? "") ?? [];
  return sessions.filter(
    ({ usedAt, username }) =>
      call.now < usedAt + LIFETIME && call.emulation.directory.user(username)?.disabled === false,
  );
}

/** A session that begins now. */
export function startSession(call: Call, user: User): Session {
  return { sid: randomUUID(), username: user.username, authTime: call.now, usedAt: call.now };
}

/** The header that keeps a session, next to the browser's others. */
export function keepSession(call: Call, session: Session): Record<string, string> {
  const others = readSessions(call).filter(({ username }) => username !== session.username);
  const sealed = call.emulation.sealer.seal(COOKIE, [...others, { ...session, usedAt: call.now }]);
  // Browsers send SameSite=None cookies back only if they are Secure, and Secure ones only over https.
  const secure = call.url.protocol === "https:";
  const flags = { path: "/", httpOnly: true, secure, sameSite: secure ? "None" : "Lax" } as const;
  return { "set-cookie": serialize(COOKIE, sealed, flags) };
}
