/**
 * The user a grant belongs to.
 *
 * @module
 */
import type { Call } from "../call.js";
import type { User } from "../config/resolve-config.js";
import { entraError } from "../entra-error.js";

/** @throws EntraError 50034 or 50057 */
export function findUser({ emulation }: Call, username: string): User {
  const user = emulation.directory.user(username);
  if (!user) throw entraError(50034);
  if (user.disabled) throw entraError(50057);
  return user;
}
