/**
 * The grants the token endpoint knows. A new one is a file beside these and a line here.
 *
 * @module
 */
import type { GrantHandler } from "../token/token-request.js";
import * as authorizationCode from "./authorization-code.js";
import * as clientCredentials from "./client-credentials.js";
import * as deviceCode from "./device-code.js";
import * as onBehalfOf from "./on-behalf-of.js";
import * as password from "./password.js";
import * as refreshToken from "./refresh-token.js";
import { saml11, saml20 } from "./saml-bearer.js";

/** One handler for each value of `grant_type`. */
export const GRANTS: readonly GrantHandler[] = [
  authorizationCode,
  clientCredentials,
  deviceCode,
  onBehalfOf,
  password,
  refreshToken,
  saml11,
  saml20,
];
