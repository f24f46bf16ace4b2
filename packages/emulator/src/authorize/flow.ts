/**
 * What travels through the pages of one sign-in.
 *
 * @module
 */
import type { Call, Parameters } from "../call.js";
import type { TokenVersion } from "../token/issuer.js";
import type { Session } from "./sessions.js";

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
  readonly consented?: boolean | undefined;
}

const FLOW = "flow";

/** The flow as a hidden field. */
export function sealFlow({ emulation }: Call, flow: Flow): string {
  return emulation.sealer.seal(FLOW, flow);
}

/** The flow that came back with a form; `undefined` if it is none of ours. */
export function openFlow({ emulation, form }: Call): Flow | undefined {
  return emulation.sealer.open<Flow>(FLOW, form.flow ?? "");
}
