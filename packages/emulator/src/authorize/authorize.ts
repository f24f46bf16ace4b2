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
import type { Tenant, User } from "../config/resolve-config.js";
import { admits, identityProvider, isMember, isPersonal, issuingTenant } from "../directory.js";
import { EntraError, entraError } from "../entra-error.js";
import { refusal } from "../respond.js";
import { addConsent, hasConsent } from "../token/consent.js";
import type { TokenVersion } from "../token/issuer.js";
import { type Grant, grantScopes } from "../token/scopes.js";
import { askForAccount, askForConsent, askForPassword, sendErrorPage } from "./ask.js";
import {
  type AuthorizationRequest,
  checkAuthorizationRequest,
  findRecipient,
  type Recipient,
} from "./authorization-request.js";
import { sendAnswer, sendError } from "./authorization-response.js";
import { chooseSession } from "./choose-session.js";
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
    return askForPassword(call, flow, { username, problem: entraError(50126).message });
  }
  if (user.disabled) {
    return askForPassword(call, flow, { username, problem: entraError(50057).message });
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
  return sendError(call, findRecipient(call, flow.segment, flow.parameters), entraError(65004));
}

/** What users read on a page and clients never hear of: who the client is, and whether users are who they say. */
const SHOWN: ReadonlySet<number | undefined> = new Set([
  50011, 500113, 50020, 50034, 50053, 50055, 50057, 50126, 50194, 700016, 700038, 7000112, 90002,
  900023, 9002331, 9002332,
]);

/** Goes as far as what is settled allows: to the next page, or back to the client. */
async function proceed(call: Call, flow: Flow): Promise<Response> {
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
    return await continueSignIn(call, request, flow);
  } catch (error) {
    const problem = refusal(error);
    // §27, 18: what is missing is told to who wrote the link.
    return problem.code === 900144
      ? sendErrorPage(call, problem)
      : sendError(call, recipient, problem);
  }
}

async function continueSignIn(
  call: Call,
  request: AuthorizationRequest,
  flow: Flow,
): Promise<Response> {
  const session = chooseSession(call, request, flow);
  if (session === "pick") return askForAccount(call, request, flow);
  if (session === "sign-in") {
    const username = flow.username ?? request.parameters.login_hint ?? "";
    return askForPassword(call, flow, { username });
  }
  const user = call.emulation.directory.user(session.username) as User;
  const tenant = issuingTenant(call.emulation.directory, request.authority, user);
  const problem = checkUser(request, user, tenant);
  if (problem && request.prompt === "none") throw problem;
  if (problem) {
    return askForPassword(call, flow, { username: user.username, problem: problem.message });
  }
  const grants = grantsOf(call, request, tenant);
  if (!settleConsent(call, request, flow, user, grants)) {
    return askForConsent(call, request, flow, session);
  }
  const answer = await issueAnswer(call, request, session, user, tenant);
  return sendAnswer(call, request, answer, keepSession(call, session));
}

/** Why this user cannot sign in here, if so. */
function checkUser(
  { authority, client }: AuthorizationRequest,
  user: User,
  tenant: Tenant,
): EntraError | undefined {
  const wrongKind = authority.alias === "organizations" && isPersonal(tenant);
  if (isMember(user, tenant.id) && admits(client, tenant) && !wrongKind) return undefined;
  return entraError(50020, {
    user: user.username,
    idp: identityProvider(user),
    tenant: authority.tenant?.name ?? authority.segment,
    app: client.clientId,
    name: client.name,
  });
}

/** What is asked for, resource by resource: several may be consented to at once. */
function grantsOf(call: Call, request: AuthorizationRequest, tenant: Tenant): readonly Grant[] {
  const { client, requested } = request;
  const { oidc, named } = requested;
  const resources = [...new Set(named.map(({ resource }) => resource))];
  const groups = resources.map((resource) => named.filter((scope) => scope.resource === resource));
  // Without any the token is for Graph, with OpenID Connect's scopes alone.
  return (groups.length > 0 ? groups : [[]]).map((group) =>
    grantScopes(call.emulation.directory, client, { oidc, named: group }, tenant.name),
  );
}

/** Whether there is consent to all of it: given now, and remembered, or given before. */
function settleConsent(
  call: Call,
  { client, prompt }: AuthorizationRequest,
  flow: Flow,
  user: User,
  grants: readonly Grant[],
): boolean {
  if (flow.consented) {
    for (const grant of grants) addConsent(call, client, user, grant);
    return true;
  }
  if (prompt === "consent") return false;
  const given = grants.every((grant) => hasConsent(call, client, user, grant));
  if (given || prompt !== "none") return given;
  throw entraError(65001, { app: client.clientId, name: client.name });
}
