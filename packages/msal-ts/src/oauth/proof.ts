/**
 * Form parameters that prove who sends a request.
 *
 * Spec: RFC 6749 §2.3.1; RFC 7523 §2.2.
 *
 * @module
 */
import type { Proof } from "../http/http-request.js";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** A proof that consists of these parameters. */
export function proofOf(parameters: Readonly<Record<string, string>>): Proof {
  return { parameters, encoded: new URLSearchParams(parameters).toString() };
}

/** A proof by a signed JWT. */
export function proofByAssertion(jwt: string): Proof {
  return proofOf({ client_assertion_type: ASSERTION_TYPE, client_assertion: jwt });
}
