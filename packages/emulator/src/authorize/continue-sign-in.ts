/**
 * From page to page until a user has signed in and consented, or cannot.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { Tenant, User } from "../config/resolve-config.js";
import { admits, identityProvider, isMember, isPersonal, issuingTenant } from "../directory.js";
import { type EntraError, entraError, messageOf } from "../entra-error.js";
import { readClaimsRequest } from "../token/claims-request.js";
import { insufficient, policiesFor } from "../token/conditional-access.js";
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
  const chosen = chooseSession(call, request, flow);
  if (chosen === "pick") return askForAccount(call, request, flow);
  if (chosen === "sign-in") {
    const username = flow.username ?? request.parameters.login_hint ?? "";
    return askForPassword(call, flow, { username });
  }
  const user = call.emulation.directory.user(chosen.username) as User;
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
  const session = strengthened(call, request, flow, chosen, grants);
  if (!session) {
    const { message } = entraError(50076, { resource: grants[0]?.resource.clientId ?? "" });
    return askForPassword(call, flow, { username: user.username, problem: message });
  }
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

/**
 * The session, if it satisfies the Conditional Access policies of what is asked for: one that has just begun does.
 *
 * @throws EntraError 50076 with the claims to sign in with, when no page may be shown.
 */
function strengthened(
  call: Call,
  { parameters, prompt }: SignInRequest,
  { fresh }: Flow,
  session: Session,
  grants: readonly Grant[],
): Session | undefined {
  const resources = grants.map(({ resource }) => resource);
  const needed = policiesFor(call, resources, readClaimsRequest(parameters.claims));
  const missing = needed.filter((id) => !session.satisfied.includes(id));
  if (missing.length === 0) return session;
  if (fresh) return { ...session, satisfied: [...session.satisfied, ...missing] };
  if (prompt === "none") throw insufficient(missing, resources[0]?.clientId ?? "");
  return undefined;
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
