export { AuthorityBuilder } from "./authority/authority-builder.js";
export { AZURE_CHINA, AZURE_PUBLIC, AZURE_US_GOVERNMENT } from "./authority/clouds.js";
export type {
  Broker,
  BrokerAnswer,
  BrokerFailure,
  BrokerInteractiveRequest,
  BrokerRequest,
  BrokerSignOutRequest,
  BrokerSilentRequest,
  BrokerStartOptions,
  BrokerToken,
} from "./broker/broker.js";
export {
  type NativeBrokerAccount,
  type NativeBrokerLogger,
  type NativeBrokerPlugin,
  type NativeBrokerRequest,
  type NativeBrokerResult,
  nativeBroker,
} from "./broker/native-broker.js";
export { type EncryptionKey, EntryCipher, type EntryCipherOptions } from "./cache/entry-cipher.js";
export { entryKey, partitionOf, splitEntryKey } from "./cache/owner.js";
export {
  PersistedTokenCache,
  type PersistedTokenCacheOptions,
} from "./cache/persisted-token-cache.js";
export type { CacheEntry, CredentialType, TokenEvent } from "./cache/schema.js";
export { SerializableTokenCache } from "./cache/serializable-token-cache.js";
export { type FindOptions, TokenCache, type TokenCacheOptions } from "./cache/token-cache.js";
export type { StoredEntry, TokenStore } from "./cache/token-store.js";
export type { Clock, Logger } from "./call.js";
export { ClientApplication } from "./client-application.js";
export type {
  BrokerOptions,
  ClientApplicationOptions,
  CommonClientOptions,
  ConfidentialClientApplicationOptions,
  PublicClientApplicationOptions,
} from "./client-options.js";
export { ConfidentialClientApplication } from "./confidential-client-application.js";
export { MsalError, type MsalErrorCode, MsalOAuthError, MsalServiceError } from "./errors.js";
export type { GetAccountsOptions, RemoveAccountOptions } from "./flows/accounts.js";
export type {
  AcquireTokenByAuthCodeFlowOptions,
  AuthCodeFlow,
  InitiateAuthCodeFlowOptions,
} from "./flows/auth-code.js";
export type { AuthResponse } from "./flows/auth-response.js";
export type {
  AcquireTokenByAuthorizationCodeOptions,
  AuthorizationRequestUrlOptions,
} from "./flows/authorization-code.js";
export type { ClientCredentialsOptions } from "./flows/client-credentials.js";
export type {
  AcquireTokenByDeviceFlowOptions,
  DeviceFlow,
  InitiateDeviceFlowOptions,
} from "./flows/device-code.js";
export type { InteractiveOptions } from "./flows/interactive.js";
export type { OnBehalfOfOptions } from "./flows/on-behalf-of.js";
export type { AcquireTokenByRefreshTokenOptions } from "./flows/refresh-token.js";
export type { SilentOptions } from "./flows/silent.js";
export type { UsernamePasswordOptions } from "./flows/username-password.js";
export type { HttpCache } from "./http/http-cache.js";
export type { HttpClient, HttpInit } from "./http/http-client.js";
export type { Proxies } from "./http/proxies.js";
export type {
  ClientAssertion,
  ClientAssertionInfo,
  ClientCredential,
} from "./oauth/client-authentication.js";
export type { ClientCertificate } from "./oauth/client-certificate.js";
export { PublicClientApplication } from "./public-client-application.js";
export {
  type Account,
  type IdTokenClaims,
  isTokenError,
  type TokenErrorResponse,
  type TokenResponse,
  type TokenResult,
  unwrap,
} from "./result.js";
