/**
 * What travels through the pages of one sign-in.
 *
 * @module
 */
import type { Call, Parameters } from "../call.js";
import { type EntraError, entraError } from "../entra-error.js";
import type { TokenVersion } from "../token/issuer.js";
import { readSessions, type Session } from "./sessions.js";

/** The request, and what has been settled so far. */
export interface Flow {
  readonly segment: string;
  readonly version: TokenVersion;
  readonly parameters: Parameters;
  /** The account that was chosen or has just signed in. */
  readonly username?: string | undefined;
  /** The session that began in this flow: it satisfies `prompt=login` and `max_age`. */
  readonly fresh?: Session | undefined;
  /** The user asked for the sign-in page on the account picker. */
  readonly another?: boolean | undefined;
  /** Id of the session that is asked for consent. */
  readonly sid?: string | undefined;
  readonly consented?: boolean | undefined;
  /** The code that was typed from a device. Absent: the sign-in ends at a redirect URI. */
  readonly userCode?: string | undefined;
}

const FLOW = "flow";

/** Seconds a page may be left lying before its form is sent. */
const LIFETIME = 600;

interface SealedFlow {
  readonly flow: Flow;
  readonly issuedAt: number;
}

/** The flow as a hidden field. */
export function sealFlow({ emulation, now }: Call, flow: Flow): string {
  const sealed: SealedFlow = { flow, issuedAt: now };
  return emulation.sealer.seal(FLOW, sealed);
}

/**
 * The flow that came back with a form. 9002313 if it is none of ours; 50089 if it is too old, or if its page was
 * shown to somebody who is not signed in in this browser.
 */
export function openFlow(call: Call): Flow | EntraError {
  const { emulation, form, now } = call;
  const sealed = emulation.sealer.open<SealedFlow>(FLOW, form.flow ?? "");
  if (!sealed) return entraError(9002313);
  const { flow, issuedAt } = sealed;
  const shown = flow.sid === undefined || readSessions(call).some(({ sid }) => sid === flow.sid);
  return shown && now < issuedAt + LIFETIME ? flow : entraError(50089);
}
