/**
 * Resource owner password credentials grant: the client has the user's password.
 *
 * Spec: RFC 6749 §4.3; Microsoft's part: learn.microsoft.com/entra/identity-platform/v2-oauth-ropc
 *
 * @module
 */
import type { User } from "../config/resolve-config.js";
import { domainOf } from "../directory.js";
import { entraError } from "../entra-error.js";
import { isFederated } from "../federation/user-realm.js";
import { checkDirectSignIn, directSignInTokens, homeTenant } from "../token/direct-sign-in.js";
import type { TokenRequest } from "../token/token-request.js";

export const grantType = "password";

export const parameters: readonly string[] = ["username", "password", "scope"];

export async function handle(request: TokenRequest): Promise<object> {
  checkDirectSignIn(request);
  const { call } = request;
  const found = call.emulation.directory.user(call.form.username as string);
  const { user, tenant } = homeTenant(request, found);
  checkPassword(request, user);
  return directSignInTokens(request, user, tenant);
}

/** The passwords of federated users are known at AD FS alone. */
function checkPassword({ call }: TokenRequest, user: User): void {
  const { config } = call.emulation;
  const right = user.password === call.form.password;
  const elsewhere = call.platform !== "adfs" && isFederated(config, domainOf(user.username));
  if (!right || elsewhere) throw entraError(50126);
  if (user.disabled) throw entraError(50057);
}
