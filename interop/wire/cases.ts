/**
 * All cases.
 *
 * @module
 */
import type { WireCase } from "./case.js";
import { APP_TOKENS } from "./cases/app-tokens.js";
import { AUTHORIZATION_URLS } from "./cases/authorization-urls.js";
import { DEVICES_AND_BROWSERS } from "./cases/devices.js";
import { DISCOVERY } from "./cases/discovery.js";
import { EXCHANGES } from "./cases/exchanges.js";
import { PASSWORDS } from "./cases/passwords.js";
import { SILENT_AND_ACCOUNTS } from "./cases/silent.js";

/** Each method with each of its parameters, silent calls in each state of the cache. */
export const CASES: readonly WireCase[] = [
  ...AUTHORIZATION_URLS,
  ...APP_TOKENS,
  ...EXCHANGES,
  ...DEVICES_AND_BROWSERS,
  ...PASSWORDS,
  ...SILENT_AND_ACCOUNTS,
  ...DISCOVERY,
];
