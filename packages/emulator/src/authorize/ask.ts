/**
 * The questions a sign-in may have, each on a page that brings the flow back.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { App, User } from "../config/resolve-config.js";
import { type EntraError, messageOf } from "../entra-error.js";
import { accountPickerPage } from "../pages/account-picker-page.js";
import { consentPage } from "../pages/consent-page.js";
import { errorPage } from "../pages/error-page.js";
import { sendPage } from "../pages/page.js";
import { signInPage } from "../pages/sign-in-page.js";
import type { SignInRequest } from "./authorization-request.js";
import { usableSessions } from "./choose-session.js";
import { type Flow, sealFlow } from "./flow.js";
import { keepSession, type Session } from "./sessions.js";

/** Who are you? `problem`: why the last attempt did not work. */
export function askForPassword(
  call: Call,
  flow: Flow,
  { username, problem }: { readonly username: string; readonly problem?: string | undefined },
): Promise<Response> {
  const { fresh: _, ...rest } = flow; // whoever just signed in could not go on
  const page = signInPage({
    action: `/${flow.segment}/login`,
    flow: sealFlow(call, rest),
    appName: clientOf(call, flow).name,
    username,
    problem,
  });
  return sendPage(call, page);
}

/** Which account? */
export function askForAccount(call: Call, request: SignInRequest, flow: Flow): Promise<Response> {
  const { directory } = call.emulation;
  const page = accountPickerPage({
    action: `/${flow.segment}/pick`,
    flow: sealFlow(call, flow),
    accounts: usableSessions(call, request).map(({ username }) => directory.user(username) as User),
  });
  return sendPage(call, page);
}

/** May it? The session that led here is kept whatever the answer. */
export function askForConsent(
  call: Call,
  { client, requested }: SignInRequest,
  flow: Flow,
  session: Session,
): Promise<Response> {
  const { username } = session;
  const page = consentPage({
    action: `/${flow.segment}/consent`,
    flow: sealFlow(call, { ...flow, username, sid: session.sid }),
    appName: client.name,
    username,
    scopes: [...requested.oidc, ...requested.named.map(({ sent }) => sent)],
  });
  return sendPage(call, page, keepSession(call, session));
}

/** Says why there is no way on. */
export function sendErrorPage(call: Call, error: EntraError): Promise<Response> {
  const status = error.code === 900144 ? 200 : 400;
  return sendPage(call, errorPage(messageOf(error, call), call), {}, status);
}

/** The client of a flow: there would be none if it had not been found. */
function clientOf({ emulation }: Call, { parameters }: Flow): App {
  return emulation.directory.app(parameters.client_id ?? "") as App;
}
