/**
 * What AD FS says where Entra ID has a number of its own. It sends no ids and no numbers beside the text.
 *
 * @module
 */

/** Texts that are known, by the number of the same refusal on Entra ID. */
const MSIS: Readonly<Record<number, string>> = {
  50011:
    "MSIS9224: Received invalid OAuth authorization request. The received 'redirect_uri' parameter is not a valid registered redirect URI for the client identifier.",
  50034: "MSIS9659: Invalid 'username' or 'password'.",
  50126: "MSIS9659: Invalid 'username' or 'password'.",
  500011:
    "MSIS9602: The received 'resource' parameter is invalid. The authorization server can not find a registered resource with the specified identifier.",
  501481: "MSIS9720: The code_verifier in the request does not match the code_challenge.",
  54005: "MSIS9612: The authorization code received in 'code' parameter is invalid.",
  700016:
    "MSIS9607: The 'client_id' parameter in the request is invalid. No registered client is found with this identifier.",
  70003: "MSIS9611: The authorization server does not support the requested 'grant_type'.",
  70008: "MSIS9612: The authorization code received in 'code' parameter is invalid.",
  700082: "MSIS9615: The refresh token received in 'refresh_token' parameter has expired.",
  7000215: "MSIS9622: Client authentication failed.",
  7000218: "MSIS9622: Client authentication failed.",
};

/** The text of a refusal; one whose number at AD FS is not known goes without. */
export function adfsMessage(code: number | undefined, message: string): string {
  return (code !== undefined && MSIS[code]) || message.replace(/^AADSTS\d+: /, "");
}
