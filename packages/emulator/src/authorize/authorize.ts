/**
 * The authorize endpoint and the pages behind it: who are you, which account, may it.
 *
 * Every page brings the whole request back with it, sealed, together with what has been settled so far;
 * it is checked anew each time, and nothing is kept in between.
 *
 * @module
 */
import type { Call, Parameters } from "../call.js";
import type { App, Tenant, User } from "../config/resolve-config.js";
import { admits, identityProvider, isMember, isPersonal, issuingTenant } from "../directory.js";
import { type EntraError, entraError, errorBody } from "../entra-error.js";
import { accountPickerPage } from "../pages/account-picker-page.js";
import { consentPage } from "../pages/consent-page.js";
import { errorPage } from "../pages/error-page.js";
import { formTarget, type Page, sendPage } from "../pages/page.js";
import { signInPage } from "../pages/sign-in-page.js";
import { refusal } from "../respond.js";
import { addConsent, hasConsent } from "../token/consent.js";
import type { TokenVersion } from "../token/issuer.js";
import { grantScopes, type ResourceScope } from "../token/scopes.js";
import {
  type AuthorizationRequest,
  checkAuthorizationRequest,
  findRecipient,
  type Recipient,
} from "./authorization-request.js";
import { sendAnswer, sendError } from "./authorization-response.js";
import { issueAnswer } from "./issue-answer.js";
import { keepSession, readSessions, type Session, startSession } from "./sessions.js";

/** What travels through the pages. */
interface Flow {
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

/** `GET` and `POST /{tenant}/oauth2/v2.0/authorize` */
export function authorize(call: Call, segment: string, version: TokenVersion): Promise<Response> {
  return proceed(call, { segment, version, parameters: { ...call.query, ...call.form } });
}

/** `POST /{tenant}/login`: the sign-in page was filled in. */
export async function signIn(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (!flow) return sendErrorPage(call, entraError(9002313));
  const { username = "", password = "" } = call.form;
  const user = call.emulation.directory.user(username.trim());
  try {
    if (!user || user.password !== password) throw entraError(50126);
    if (user.disabled) throw entraError(50057);
  } catch (error) {
    return ask(call, flow, { username, problem: refusal(error).message });
  }
  const fresh = startSession(call, user);
  return proceed(call, { ...flow, username: user.username, fresh, another: false });
}

/** `POST /{tenant}/pick`: an account was picked. */
export async function pickAccount(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (!flow) return sendErrorPage(call, entraError(9002313));
  const { account } = call.form;
  return proceed(call, account ? { ...flow, username: account } : { ...flow, another: true });
}

/** `POST /{tenant}/consent`: the user has decided. */
export async function decideConsent(call: Call): Promise<Response> {
  const flow = openFlow(call);
  if (!flow) return sendErrorPage(call, entraError(9002313));
  if (call.form.decision === "accept") return proceed(call, { ...flow, consented: true });
  try {
    const recipient = findRecipient(call, flow.segment, flow.parameters);
    return sendError(call, recipient, entraError(65004));
  } catch (error) {
    return sendErrorPage(call, refusal(error));
  }
}

function openFlow(call: Call): Flow | undefined {
  return call.emulation.sealer.open<Flow>(FLOW, call.form.flow ?? "");
}

/** Goes as far as what is settled allows: to the next page, or back to the client. */
async function proceed(call: Call, flow: Flow): Promise<Response> {
  let recipient: Recipient;
  try {
    recipient = findRecipient(call, flow.segment, flow.parameters);
  } catch (error) {
    return sendErrorPage(call, refusal(error));
  }
  try {
    const request = checkAuthorizationRequest(call, recipient, flow.parameters, flow.version);
    return await continueSignIn(call, request, flow);
  } catch (error) {
    return sendError(call, recipient, refusal(error));
  }
}

async function continueSignIn(
  call: Call,
  request: AuthorizationRequest,
  flow: Flow,
): Promise<Response> {
  const session = chooseSession(call, request, flow);
  if (session === "sign-in") return ask(call, flow, { username: flow.username ?? hint(request) });
  if (session === "pick") return pick(call, request, flow);

  const user = call.emulation.directory.user(session.username) as User;
  const tenant = issuingTenant(call.emulation.directory, request.authority, user);
  const problem = checkUser(request, user, tenant);
  if (problem) {
    if (request.prompt === "none") throw problem;
    return ask(call, flow, { username: user.username, problem: problem.message });
  }
  const consent = settleConsent(call, request, flow, user, tenant);
  if (consent) return showPage(call, flow, consent, keepSession(call, session));
  const answer = await issueAnswer(call, request, session, user, tenant);
  return sendAnswer(call, request, answer, keepSession(call, session));
}

/** The session to continue with, or what to ask first (§4.6). */
function chooseSession(
  call: Call,
  request: AuthorizationRequest,
  flow: Flow,
): Session | "sign-in" | "pick" {
  if (flow.fresh) return flow.fresh;
  if (flow.another) return "sign-in";
  const { prompt } = request;
  const usable = usableSessions(call, request);
  if (prompt === "none") return silentSession(call, request, usable);
  if (prompt === "login") return "sign-in";
  if (flow.username !== undefined) {
    const picked = usable.find(({ username }) => same(username, flow.username));
    return picked && isRecent(call, request, picked) ? picked : "sign-in";
  }
  if (prompt === "select_account" && usable.length > 0) return "pick";
  const [only, ...others] = hinted(request, usable);
  if (!only) return "sign-in";
  if (others.length > 0) return "pick";
  return isRecent(call, request, only) ? only : "sign-in";
}

function silentSession(
  call: Call,
  request: AuthorizationRequest,
  usable: readonly Session[],
): Session {
  const [only, ...others] = hinted(request, usable);
  if (!only || !isRecent(call, request, only)) throw entraError(50058);
  if (others.length > 0) throw entraError(16000);
  return only;
}

/** The sessions of accounts that the authority admits. */
function usableSessions(call: Call, { authority }: AuthorizationRequest): readonly Session[] {
  const { directory } = call.emulation;
  return readSessions(call).filter(({ username }) => {
    const home = directory.tenant((directory.user(username) as User).tenant);
    if (authority.alias === "organizations") return !isPersonal(home);
    if (authority.alias === "consumers") return isPersonal(home);
    return true;
  });
}

function hinted(request: AuthorizationRequest, sessions: readonly Session[]): readonly Session[] {
  const wanted = hint(request);
  const { sid } = request.parameters;
  if (sid) return sessions.filter((session) => session.sid === sid);
  return wanted ? sessions.filter(({ username }) => same(username, wanted)) : sessions;
}

function hint({ parameters }: AuthorizationRequest): string {
  return parameters.login_hint ?? "";
}

function same(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}

/** Whether a password was typed recently enough for `max_age`; 0 asks for it always. */
function isRecent(call: Call, { maxAge }: AuthorizationRequest, { authTime }: Session): boolean {
  return maxAge === undefined || (maxAge > 0 && call.now - authTime <= maxAge);
}

/** Why this user cannot sign in here, if so. */
function checkUser(
  { authority, client }: AuthorizationRequest,
  user: User,
  tenant: Tenant,
): EntraError | undefined {
  const personal = isPersonal(tenant);
  const wrongKind = authority.alias === "organizations" && personal;
  if (isMember(user, tenant.id) && admits(client, tenant) && !wrongKind) return undefined;
  return entraError(50020, {
    user: user.username,
    idp: identityProvider(user),
    tenant: authority.tenant?.name ?? authority.segment,
    app: client.clientId,
    name: client.name,
  });
}

/** The consent page if it is needed; otherwise consent is remembered. */
function settleConsent(
  call: Call,
  request: AuthorizationRequest,
  flow: Flow,
  user: User,
  tenant: Tenant,
): Page | undefined {
  const { client, requested, prompt } = request;
  const { directory } = call.emulation;
  const grants = byResource(requested.named).map((named) =>
    grantScopes(directory, client, { oidc: requested.oidc, named }, tenant.name),
  );
  if (flow.consented) {
    for (const grant of grants) addConsent(call, client, user, grant);
    return undefined;
  }
  const given = grants.every((grant) => hasConsent(call, client, user, grant));
  if (given && prompt !== "consent") return undefined;
  if (prompt === "none") throw entraError(65001, { app: client.clientId, name: client.name });
  return consentPage({
    action: `/${flow.segment}/consent`,
    flow: sealFlow(call, { ...flow, username: user.username }),
    appName: client.name,
    username: user.username,
    scopes: [...requested.oidc, ...requested.named.map(({ sent }) => sent)],
  });
}

/** Scopes that ask for one resource after the other; one empty list when only OpenID Connect's were asked for. */
function byResource(named: readonly ResourceScope[]): readonly (readonly ResourceScope[])[] {
  const resources = [...new Set(named.map(({ resource }) => resource))];
  if (resources.length === 0) return [[]];
  return resources.map((resource) => named.filter((scope) => scope.resource === resource));
}

function pick(call: Call, request: AuthorizationRequest, flow: Flow): Response {
  const { directory } = call.emulation;
  const accounts = usableSessions(call, request).map(
    ({ username }) => directory.user(username) as User,
  );
  const page = accountPickerPage({
    action: `/${flow.segment}/pick`,
    flow: sealFlow(call, flow),
    accounts,
  });
  return showPage(call, flow, page);
}

function ask(
  call: Call,
  flow: Flow,
  { username, problem }: { username: string; problem?: string },
): Response {
  const client = call.emulation.directory.app(flow.parameters.client_id ?? "");
  const { fresh: _, ...rest } = flow; // whoever just signed in could not go on
  const page = signInPage({
    action: `/${flow.segment}/login`,
    flow: sealFlow(call, rest),
    appName: (client as App).name,
    username,
    problem,
  });
  return showPage(call, flow, page);
}

function sealFlow(call: Call, flow: Flow): string {
  return call.emulation.sealer.seal(FLOW, flow);
}

/** A page whose form may end at the redirect URI. */
function showPage(
  call: Call,
  { parameters }: Flow,
  page: Page,
  headers?: Readonly<Record<string, string>>,
): Response {
  const { redirect_uri } = parameters;
  const formAction = redirect_uri && URL.canParse(redirect_uri) ? [formTarget(redirect_uri)] : [];
  return sendPage(call, { ...page, formAction }, headers);
}

function sendErrorPage(call: Call, error: EntraError): Response {
  return sendPage(call, errorPage(error.message, errorBody(error, call)), {}, 400);
}
