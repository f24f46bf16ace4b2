/**
 * What B2C says where Entra ID has a number of its own (learn.microsoft.com/azure/active-directory-b2c/error-codes).
 *
 * @module
 */

interface B2cEntry {
  readonly text: string;
  /** Where it differs from Entra ID's. */
  readonly error?: string;
}

const EXPIRED =
  "AADB2C90080: The provided grant has expired. Please re-authenticate and try again.";
const OTHER_FLOW = "AADB2C90088: The provided grant has not been issued for this endpoint.";

/** Texts that are known, by the number of the same refusal on Entra ID. */
const AADB2C: Readonly<Record<number, B2cEntry>> = {
  50011: {
    text: "AADB2C90006: The redirect URI provided in the request is not registered for the client id.",
  },
  50034: {
    text: "AADB2C90225: The username or password provided in the request are invalid.",
    error: "access_denied",
  },
  50058: {
    text: "AADB2C90077: User does not have an existing session and request prompt parameter has a value of 'None'.",
    error: "interaction_required",
  },
  50126: {
    text: "AADB2C90225: The username or password provided in the request are invalid.",
    error: "access_denied",
  },
  500011: {
    text: "AADB2C90117: The scope provided in the request is not supported.",
    error: "invalid_scope",
  },
  54005: { text: EXPIRED },
  650053: { text: "AADB2C90117: The scope provided in the request is not supported." },
  65004: { text: "AADB2C90091: The user has cancelled entering self-asserted information." },
  70000: { text: OTHER_FLOW, error: "invalid_grant" },
  700005: { text: OTHER_FLOW },
  700016: {
    text: "AADB2C90068: The provided application with ID is not valid against this service. Please use an application created via the B2C portal and try again.",
  },
  70003: { text: "AADB2C90086: The supplied grant_type is not supported." },
  70008: { text: EXPIRED },
  700082: { text: EXPIRED },
  7000215: {
    text: "AADB2C90081: The specified client_secret does not match the expected value for this client. Please correct the client_secret and try again.",
  },
};

/** The text of a refusal; one whose number at B2C is not known goes without. */
export function b2cMessage(code: number | undefined, message: string): string {
  return (code !== undefined && AADB2C[code]?.text) || message.replace(/^AADSTS\d+: /, "");
}

/** The value of `error`. */
export function b2cError(code: number | undefined, error: string): string {
  return (code !== undefined && AADB2C[code]?.error) || error;
}
