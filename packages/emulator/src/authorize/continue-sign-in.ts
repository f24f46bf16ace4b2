/**
 * From page to page until a user has signed in and consented, or cannot.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { admits, identityProvider, isMember, isPersonal, issuingTenant } from "../directory.js";
import { type EntraError, entraError, messageOf } from "../entra-error.js";
import { addConsent, hasConsent } from "../token/consent.js";
import { type Grant, grantScopes } from "../token/scopes.js";
import { askForAccount, askForConsent, askForPassword } from "./ask.js";
import type { SignInRequest } from "./authorization-request.js";
import { chooseSession } from "./choose-session.js";
import type { Flow } from "./flow.js";
import type { Session } from "./sessions.js";

/**
 * Goes on to the next page, or to the end.
 *
 * @param finish - What comes of it, once the user has signed in and consented.
 * @throws EntraError when no page may be shown (`prompt=none`).
 */
export async function continueSignIn(
  call: Call,
  request: SignInRequest,
  flow: Flow,
  finish: (session: Session, user: User, tenant: Tenant) => Promise<Response>,
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
    return askForPassword(call, flow, {
      username: user.username,
      problem: messageOf(problem, call),
    });
  }
  const grants = grantsOf(call, request, tenant);
  if (!settleConsent(call, request, flow, user, grants)) {
    return askForConsent(call, request, flow, session);
  }
  return finish(session, user, tenant);
}

/** Why this user cannot sign in here, if so. */
function checkUser(
  { authority, client }: SignInRequest,
  user: User,
  tenant: Tenant,
): EntraError | undefined {
  const wrongKind = authority.alias === "organizations" && isPersonal(tenant);
  if (isMember(user, tenant) && admits(client, tenant) && !wrongKind) return undefined;
  return entraError(50020, {
    user: user.username,
    idp: identityProvider(user),
    tenant: authority.tenant?.name ?? authority.segment,
    app: client.clientId,
    name: client.name,
  });
}

/** What is asked for, resource by resource: several may be consented to at once. */
function grantsOf(call: Call, request: SignInRequest, tenant: Tenant): readonly Grant[] {
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
  { client, prompt }: SignInRequest,
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
