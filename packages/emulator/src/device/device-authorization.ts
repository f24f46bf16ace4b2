/**
 * The device authorization endpoint (§13.1).
 *
 * Spec: RFC 8628 §3.1, §3.2
 *
 * @module
 */
import { checkScopeParameter, type SignInRequest } from "../authorize/authorization-request.js";
import type { Call, Parameters } from "../call.js";
import { findCloud } from "../clouds.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { checkClientId, findClient } from "../token/client-authentication.js";
import type { TokenVersion } from "../token/issuer.js";
import { addDeviceRequest, LIFETIME } from "./device-requests.js";

/** Seconds between two polls. */
const INTERVAL = 5;

/** `POST /{tenant}/oauth2/v2.0/devicecode`. Nobody has to prove anything here: that comes with the polls. */
export function authorizeDevice(call: Call, segment: string, version: TokenVersion): object {
  const parameters = call.form;
  const { authority, client, scope } = checkDeviceRequest(call, segment, parameters, version);
  const { userCode, deviceCode } = addDeviceRequest(call, {
    clientId: client.clientId,
    segment: authority.segment,
    version,
    parameters,
    scope,
  });
  const page = `${pageOrigin(call)}/devicelogin`;
  const codes = { user_code: userCode, device_code: deviceCode };
  const message = `To sign in, use a web browser to open the page ${page} and enter the code ${userCode} to authenticate.`;
  // v1 has another name for the page, and writes numbers as text.
  return version === 1
    ? {
        ...codes,
        verification_url: page,
        ...texts({ expires_in: LIFETIME, interval: INTERVAL }),
        message,
      }
    : { ...codes, verification_uri: page, expires_in: LIFETIME, interval: INTERVAL, message };
}

/**
 * Checks what a device asks for.
 *
 * @throws EntraError
 */
export function checkDeviceRequest(
  call: Call,
  segment: string,
  parameters: Parameters,
  version: TokenVersion,
): SignInRequest {
  const authority = call.emulation.directory.authority(segment);
  const client = findClient(call, authority, checkClientId(parameters.client_id));
  readClaimsRequest(parameters.claims);
  const scopes = checkScopeParameter(call, { authority, client }, parameters, version);
  return { authority, client, parameters, prompt: undefined, maxAge: undefined, ...scopes };
}

/** Where a browser finds us: under the name of a cloud only programs do, by `idp.fetch`. */
function pageOrigin({ url, origin, emulation }: Call): string {
  return findCloud(url.hostname) ? emulation.url : origin;
}

function texts(numbers: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));
}
