import { describe } from "../describe.js";
import { MsalError } from "../errors.js";

/**
 * Checks an account that a caller hands in.
 *
 * @throws {@link MsalError} `invalid_argument`.
 */
export function checkAccount(account: unknown): asserts account is { homeAccountId: string } {
  const id: unknown = (account as { homeAccountId?: unknown } | null)?.homeAccountId;
  if (typeof account === "object" && typeof id === "string" && id !== "") return;
  throw new MsalError(
    "invalid_argument",
    typeof account === "object" && account !== null
      ? `account must be one of those that getAccounts() returns, with a homeAccountId; its homeAccountId is ${describe(id)}.`
      : `account must be one of those that getAccounts() returns; it is ${describe(account)}.`,
  );
}
