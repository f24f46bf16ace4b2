/**
 * An emulator of the Microsoft identity platform on localhost.
 *
 * @module
 */
export type {
  AppConfig,
  ConditionalAccessConfig,
  EmulatorConfig,
  FederationConfig,
  OptionalClaim,
  PermissionConfig,
  RedirectUrisConfig,
  SignInAudience,
  TenantConfig,
  UserConfig,
} from "./config/config.js";
export type {
  App,
  Federation,
  Permission,
  ResolvedConfig,
  Tenant,
  User,
} from "./config/resolve-config.js";
export { createEmulator, type Emulator } from "./emulator.js";
export type { Fault } from "./faults.js";
export type { RecordedRequest } from "./recorder.js";
export type { ApproveDeviceOptions, SignInOptions } from "./sign-in.js";
export { type StartOptions, startEmulator } from "./start-emulator.js";
