/**
 * The authorize endpoint and what its pages send back.
 *
 * Every page brings the whole request back with it, sealed, together with what has been settled so far;
 * it is checked anew each time, and nothing is kept in between.
 *
 * Spec: RFC 6749 §4.1.1; OpenID Connect Core §3.1.2
 *
 * @module
 */
import type { Call } from "../call.js";
import { continueOnDevice, declineOnDevice } from "../device/device-login.js";
import { EntraError, entraError, messageOf } from "../entra-error.js";
import { refusal } from "../respond.js";
import type { TokenVersion } from "../token/issuer.js";
import { askForPassword, sendErrorPage } from "./ask.js";
import {
  checkAuthorizationRequest,
  findRecipient,
  type Recipient,
} from "./authorization-request.js";
import { sendAnswer, sendError } from "./authorization-response.js";
import { continueSignIn } from "./continue-sign-in.js";
import { type Flow, openFlow } from "./flow.js";
import { issueAnswer } from "./issue-answer.js";
import { keepSession, startSession } from "./sessions.js";

/** `GET` and `POST /{tenant}/oauth2/v2.0/authorize` */
export function authorize(call: Call, segment: string, version: TokenVersion): Promise<Response> {
  return proceed(call, { segment, version, parameters: { ...call.query, ...call.form } });
}

/** `POST /{tenant}/login`: the sign-in page was filled in. */
export async function signIn(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (flow instanceof EntraError) return sendErrorPage(call, flow);
  if (call.refused) return proceed(call, flow);
  const { username = "", password = "" } = call.form;
  const user = call.emulation.directory.user(username.trim());
  if (!user || user.password !== password) {
    return askForPassword(call, flow, { username, problem: messageOf(entraError(50126), call) });
  }
  if (user.disabled) {
    return askForPassword(call, flow, { username, problem: messageOf(entraError(50057), call) });
  }
  const fresh = startSession(call, user);
  return proceed(call, {
    ...flow,
    username: user.username,
    fresh,
    another: false,
    consented: false,
  });
}

/** `POST /{tenant}/pick`: an account was picked. */
export async function pickAccount(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (flow instanceof EntraError) return sendErrorPage(call, flow);
  const { account } = call.form;
  return proceed(call, account ? { ...flow, username: account } : { ...flow, another: true });
}

/** `POST /{tenant}/consent`: the user has decided. */
export async function decideConsent(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (flow instanceof EntraError) return sendErrorPage(call, flow);
  if (call.form.decision === "accept" || call.refused)
    return proceed(call, { ...flow, consented: true });
  if (flow.userCode !== undefined) return declineOnDevice(call, flow);
  return sendError(call, findRecipient(call, flow.segment, flow.parameters), entraError(65004));
}

/** What users read on a page and clients never hear of: who the client is, and whether users are who they say. */
const SHOWN: ReadonlySet<number | undefined> = new Set([
  50011, 500113, 50020, 50034, 50053, 50055, 50057, 50126, 50194, 700016, 700038, 7000112, 90002,
  900023, 9002331, 9002332,
]);

/** Goes as far as what is settled allows: to the next page, or back to the client or the device. */
async function proceed(call: Call, flow: Flow): Promise<Response> {
  if (flow.userCode !== undefined) return continueOnDevice(call, flow);
  const { refused } = call;
  let recipient: Recipient;
  try {
    if (refused && SHOWN.has(refused.code)) throw refused;
    recipient = findRecipient(call, flow.segment, flow.parameters);
  } catch (error) {
    return sendErrorPage(call, refusal(error));
  }
  try {
    if (refused) throw refused;
    const request = checkAuthorizationRequest(call, recipient, flow.parameters, flow.version);
    return await continueSignIn(call, request, flow, async (session, user, tenant) => {
      const answer = await issueAnswer(call, request, session, user, tenant);
      return sendAnswer(call, request, answer, keepSession(call, session));
    });
  } catch (error) {
    const problem = refusal(error);
    // §27, 18: what is missing is told to who wrote the link.
    return problem.code === 900144
      ? sendErrorPage(call, problem)
      : sendError(call, recipient, problem);
  }
}
