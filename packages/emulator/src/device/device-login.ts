/**
 * The pages on which a user types the code of a device and decides about it (§13.2).
 *
 * Spec: RFC 8628 §3.3
 *
 * @module
 */
import { sendErrorPage } from "../authorize/ask.js";
import { continueSignIn } from "../authorize/continue-sign-in.js";
import { type Flow, openFlow, sealFlow } from "../authorize/flow.js";
import { keepSession } from "../authorize/sessions.js";
import type { Call } from "../call.js";
import type { App } from "../config/resolve-config.js";
import { EntraError, entraError } from "../entra-error.js";
import { deviceCodePage } from "../pages/device-code-page.js";
import { deviceConfirmationPage } from "../pages/device-confirmation-page.js";
import { deviceDecidedPage } from "../pages/device-decided-page.js";
import { sendPage } from "../pages/page.js";
import { refusal } from "../respond.js";
import { checkDeviceRequest } from "./device-authorization.js";
import { type DeviceRequest, findUndecided } from "./device-requests.js";

/** `GET /devicelogin`: which code? */
export function showDeviceLogin(call: Call): Promise<Response> {
  if (call.refused) return sendErrorPage(call, call.refused);
  return sendPage(call, deviceCodePage({ userCode: call.query.otc ?? "" }));
}

/** `POST /devicelogin`: a code was typed. Is it for this app? */
export async function enterCode(call: Call): Promise<Response> {
  const typed = call.form.user_code ?? "";
  let request: DeviceRequest;
  try {
    if (call.refused) throw call.refused;
    request = findUndecided(call, typed);
  } catch (error) {
    return sendPage(call, deviceCodePage({ userCode: typed, problem: refusal(error).message }));
  }
  const { userCode, segment, version, parameters } = request;
  const flow = sealFlow(call, { userCode, segment, version, parameters });
  return sendPage(call, deviceConfirmationPage({ flow, appName: clientOf(call, request).name }));
}

/** `POST /devicelogin/confirm`: the user knows the app, or does not. */
export async function confirmDevice(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (flow instanceof EntraError) return sendErrorPage(call, flow);
  if (flow.userCode === undefined) return sendErrorPage(call, entraError(9002313));
  return call.form.device === "continue"
    ? continueOnDevice(call, flow)
    : declineOnDevice(call, flow);
}

/** Goes on to the next page; after the last the device has what it waits for. */
export async function continueOnDevice(call: Call, flow: Flow): Promise<Response> {
  try {
    if (call.refused) throw call.refused;
    const device = findUndecided(call, flow.userCode ?? "");
    const request = checkDeviceRequest(call, flow.segment, flow.parameters, flow.version);
    return await continueSignIn(call, request, flow, (session, _user, tenant) => {
      const { username, authTime, sid, satisfied } = session;
      device.decision = { username, authTime, sid, satisfied, tenantId: tenant.id };
      const page = deviceDecidedPage({ appName: request.client.name, approved: true });
      return sendPage(call, page, keepSession(call, session));
    });
  } catch (error) {
    return sendErrorPage(call, refusal(error));
  }
}

/** The user does not want this. */
export async function declineOnDevice(call: Call, flow: Flow): Promise<Response> {
  try {
    if (call.refused) throw call.refused;
    const device = findUndecided(call, flow.userCode ?? "");
    device.decision = "declined";
    const appName = clientOf(call, device).name;
    return await sendPage(call, deviceDecidedPage({ appName, approved: false }));
  } catch (error) {
    return sendErrorPage(call, refusal(error));
  }
}

/** The client of a request: there would be none if it had not been found. */
function clientOf({ emulation }: Call, { clientId }: DeviceRequest): App {
  return emulation.directory.app(clientId) as App;
}
