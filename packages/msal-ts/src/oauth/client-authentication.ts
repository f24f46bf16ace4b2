/**
 * How a confidential client proves who it is: a secret, or a signed assertion.
 *
 * Spec: RFC 6749 §2.3.1; RFC 7523 §2.2.
 *
 * @module
 */
import type { Call } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { withinTimeout } from "../http/abort.js";
import type { Proof } from "../http/http-request.js";
import {
  type Audience,
  assertionSigner,
  type ClientCertificate,
  checkCertificate,
} from "./client-certificate.js";
import { proofByAssertion, proofOf } from "./proof.js";

/** What proves that a request comes from this application. */
export type ClientCredential = string | ClientCertificate | ClientAssertion;

/** An assertion that was signed elsewhere: in a key vault, by a workload's platform. */
export interface ClientAssertion {
  /** A signed JWT, or what makes one. A function is called for each request that is really sent, never for a cache hit. */
  clientAssertion: string | ((info: ClientAssertionInfo) => string | Promise<string>);
}

/** What an assertion is needed for. */
export interface ClientAssertionInfo {
  /** To be its `iss` and `sub`. */
  clientId: string;
  /** To be its `aud`: the token endpoint. */
  audience: string;
  /** Tenant that the token is asked from, for example its GUID. */
  tenant: string;
  /** Aborts when nobody waits for the token any more. */
  signal: AbortSignal;
}

/** What authenticates one request. */
export type ClientAuthentication = (call: Call, audience: Audience) => Promise<Proof>;

/**
 * Checks a credential and prepares it. Nothing is signed and nobody is called before a request is sent.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function clientAuthentication(
  clientId: string,
  credential: unknown,
  clientClaims: Readonly<Record<string, unknown>> | undefined,
): ClientAuthentication {
  if (clientClaims !== undefined && !isCertificate(credential)) {
    throw new MsalError(
      "invalid_argument",
      "The option clientClaims needs a clientCredential with a privateKey: its claims are signed into the assertion that this library makes.",
    );
  }
  if (typeof credential === "string") return secret(credential);
  if (typeof credential !== "object" || credential === null) throw wrongShape(credential);
  if ("clientAssertion" in credential && credential.clientAssertion !== undefined) {
    return assertion(clientId, credential.clientAssertion);
  }
  if ("privateKey" in credential) {
    return assertionSigner(clientId, checkCertificate(credential, clientClaims));
  }
  throw wrongShape(credential);
}

function isCertificate(credential: unknown): boolean {
  if (typeof credential !== "object" || credential === null) return false;
  const { clientAssertion } = credential as { clientAssertion?: unknown };
  return "privateKey" in credential && clientAssertion === undefined;
}

function wrongShape(credential: unknown): MsalError {
  const what = describe(credential);
  // Of a plain object alone: the members of a Buffer are its numbers.
  const members = what === "an object" ? Object.keys(credential as object).join(", ") : undefined;
  return new MsalError(
    "invalid_argument",
    `clientCredential must be a secret (a string), { privateKey, thumbprint or publicCertificate } or { clientAssertion }; it is ${what}${members === undefined ? "" : ` with the members ${members || "(none)"}`}.`,
  );
}

function secret(value: string): ClientAuthentication {
  if (value.trim() === "") {
    throw new MsalError(
      "invalid_argument",
      `clientCredential must be the secret's value; it is ${value === "" ? "an empty string" : "white space"}. Is the environment variable it comes from set?`,
    );
  }
  const proof = proofOf({ client_secret: value });
  return async () => proof;
}

function assertion(clientId: string, given: unknown): ClientAuthentication {
  if (typeof given === "string" && given.trim() !== "") {
    const proof = proofByAssertion(given);
    return async () => proof;
  }
  if (typeof given !== "function") {
    throw new MsalError(
      "invalid_argument",
      `clientCredential.clientAssertion must be a signed JWT or a function that makes one; it is ${describe(given)}.`,
    );
  }
  return async (call, audience) => {
    const { tokenEndpoint, tenant } = audience;
    const made: unknown = await withinTimeout(
      call,
      call.client.timeout,
      callbackTimedOut,
      async (signal) => given({ clientId, audience: tokenEndpoint, tenant, signal: signal.native }),
    );
    if (typeof made !== "string" || made.trim() === "") {
      throw new MsalError(
        "invalid_argument",
        `clientCredential.clientAssertion must return a signed JWT as a string; it returned ${describe(made)}.`,
      );
    }
    return proofByAssertion(made);
  };
}

function callbackTimedOut(): MsalError {
  return new MsalError(
    "timeout",
    "clientCredential.clientAssertion did not return a signed JWT within the time that the option timeout allows. Check what it waits for, or allow more time.",
  );
}
