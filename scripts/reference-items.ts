/**
 * What the reference, the documentation of MSAL Python 1.24, promises: each class, method, parameter, return shape
 * and constant, with its name here and the tests that prove it. Written by hand from the reference and never from
 * the code, so that neither can drift; `reference-map.ts` holds the code against it.
 *
 * @module
 */

export interface ReferenceItem {
  /**
   * As the reference names it: `Class`, `Class.method`, `Class.method(parameter)`, `Class.method → key` of what
   * it returns; of a constructor, `Class(parameter)`.
   */
  reference: string;
  /** Its name here, written alike; an option is `options.name`, a member of a type `Type.member`. */
  here: string;
  /** Ids of acceptance rows, as `flows APP-33`, or how titles begin, with or without those of the groups around. */
  tests: readonly string[];
}

/** What the reference has and this library has not. */
export interface DroppedItem {
  reference: string;
  /** Why, and what there is instead. */
  dropped: string;
}

type Row = readonly [reference: string, here: string, ...tests: string[]];

const SIGN_IN_URL = "the URL carries all that was asked for, under the names of the protocol";
const INTERACTIVE_URL =
  "the URL carries all that was asked for, and http://localhost with the port as redirect URI";
const MADE_BY_HAND = "the URL carries what was asked for, and nothing of its own";
const BY_HAND = "flows E2E-12";
const WITH_CLAIMS = "claims reach the URL by hand, and the request that redeems its code";

const ROWS: readonly Row[] = [
  [
    "ClientApplication",
    "ClientApplication",
    "any client application can sign users in, as in the reference",
  ],
  [
    "ClientApplication(client_id)",
    "ClientApplication(clientId)",
    "new ClientApplication > clientId",
  ],
  [
    "ClientApplication(client_credential)",
    "ClientApplication(options.clientCredential)",
    "a secret travels in the body, as client_secret and nothing else",
    "flows X-12",
  ],
  [
    "ClientApplication(client_credential.private_key)",
    "ClientApplication(options.clientCredential.privateKey)",
    "a certificate signs an assertion with the claims of RFC 7523 §3",
  ],
  [
    "ClientApplication(client_credential.thumbprint)",
    "ClientApplication(options.clientCredential.thumbprint)",
    "the length of the thumbprint chooses",
  ],
  [
    "ClientApplication(client_credential.public_certificate)",
    "ClientApplication(options.clientCredential.publicCertificate)",
    "flows APP-01",
    "flows APP-02",
    "flows APP-03",
    "without a thumbprint the certificate's SHA-256 is computed",
  ],
  [
    "ClientApplication(client_credential.passphrase)",
    "ClientApplication(options.clientCredential.passphrase)",
    "flows CRY-01",
  ],
  [
    "ClientApplication(client_credential.client_assertion)",
    "ClientApplication(options.clientCredential.clientAssertion)",
    "flows CLI-11",
  ],
  [
    "ClientApplication(client_claims)",
    "ClientApplication(options.clientClaims)",
    "flows AST-01",
    "flows X-16: a claim",
  ],
  [
    "ClientApplication(authority)",
    "ClientApplication(options.authority)",
    "authority 1",
    "flows B-19: without an authority",
  ],
  [
    "ClientApplication(validate_authority)",
    "ClientApplication(options.validateAuthority)",
    "authority 3",
    "authority 4",
  ],
  [
    "ClientApplication(token_cache)",
    "ClientApplication(options.tokenCache)",
    "clients that share a cache see each other's tokens",
    "flows APP-05",
  ],
  [
    "ClientApplication(http_client)",
    "ClientApplication(options.httpClient)",
    "flows CCS-04",
    "flows E2E-26",
  ],
  [
    "ClientApplication(verify)",
    "ClientApplication(options.verify)",
    "verify > false accepts any certificate",
    "verify > true: what the system trusts",
    "verify > a path leads to a bundle",
  ],
  [
    "ClientApplication(proxies)",
    "ClientApplication(options.proxies)",
    "leads requests through the proxy",
    "replaces what the environment says, NO_PROXY included",
  ],
  [
    "ClientApplication(timeout)",
    "ClientApplication(options.timeout)",
    "node:https > timeout > runs to the last byte",
    "fetch > timeout > runs to the last byte",
  ],
  [
    "ClientApplication(app_name)",
    "ClientApplication(options.appName)",
    "token requests say which library, which version, which system and which application asks",
    "an application without name and version sends no headers for them",
  ],
  [
    "ClientApplication(app_version)",
    "ClientApplication(options.appVersion)",
    "token requests say which library, which version, which system and which application asks",
    "an application without name and version sends no headers for them",
  ],
  [
    "ClientApplication(client_capabilities)",
    "ClientApplication(options.clientCapabilities)",
    "flows APP-19",
    "flows APP-22",
  ],
  [
    "ClientApplication(azure_region)",
    "ClientApplication(options.azureRegion)",
    "flows E2E-17",
    "flows E2E-19",
    "flows E2E-20",
  ],
  [
    "ClientApplication(exclude_scopes)",
    "ClientApplication(options.excludeScopes)",
    "flows X-13: excluded scopes are not asked for",
  ],
  ["ClientApplication(http_cache)", "ClientApplication(options.httpCache)", "http-cache 7"],
  [
    "ClientApplication(instance_discovery)",
    "ClientApplication(options.instanceDiscovery)",
    "authority 14",
  ],
  [
    "ClientApplication(allow_broker)",
    "ClientApplication(options.allowBroker)",
    "decision 14: without a broker the browser signs in, and the log says why",
    "without allowBroker a broker is not asked",
  ],
  [
    "ClientApplication(enable_pii_log)",
    "ClientApplication(options.enablePiiLog)",
    "users are named in the log only where enablePiiLog says so",
  ],
  [
    "ClientApplication.ATTEMPT_REGION_DISCOVERY",
    "ClientApplication.ATTEMPT_REGION_DISCOVERY",
    "flows E2E-20",
  ],

  [
    "ClientApplication.initiate_auth_code_flow",
    "ClientApplication.initiateAuthCodeFlow",
    "flows CLI-10: a sign-in through the browser",
    "a sign-in begins at the authority's authorization endpoint",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(scopes)",
    "ClientApplication.initiateAuthCodeFlow(scopes)",
    SIGN_IN_URL,
  ],
  [
    "ClientApplication.initiate_auth_code_flow(redirect_uri)",
    "ClientApplication.initiateAuthCodeFlow(options.redirectUri)",
    SIGN_IN_URL,
    "parameters that were not given are not in the URL",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(state)",
    "ClientApplication.initiateAuthCodeFlow(options.state)",
    SIGN_IN_URL,
    "state, nonce and PKCE verifier are 256 random bits each",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(prompt)",
    "ClientApplication.initiateAuthCodeFlow(options.prompt)",
    SIGN_IN_URL,
    "parameters that were not given are not in the URL",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(login_hint)",
    "ClientApplication.initiateAuthCodeFlow(options.loginHint)",
    SIGN_IN_URL,
  ],
  [
    "ClientApplication.initiate_auth_code_flow(domain_hint)",
    "ClientApplication.initiateAuthCodeFlow(options.domainHint)",
    SIGN_IN_URL,
  ],
  [
    "ClientApplication.initiate_auth_code_flow(claims_challenge)",
    "ClientApplication.initiateAuthCodeFlow(options.claimsChallenge)",
    SIGN_IN_URL,
    "claims of the sign-in are sent again with its code",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(max_age)",
    "ClientApplication.initiateAuthCodeFlow(options.maxAge)",
    "flows X-11",
  ],
  [
    "ClientApplication.initiate_auth_code_flow(response_mode)",
    "ClientApplication.initiateAuthCodeFlow(options.responseMode)",
    SIGN_IN_URL,
    "with form_post the posted fields are the answer",
  ],
  [
    "ClientApplication.initiate_auth_code_flow → auth_uri",
    "ClientApplication.initiateAuthCodeFlow → AuthCodeFlow.authUri",
    "a sign-in begins at the authority's authorization endpoint",
  ],
  [
    "ClientApplication.initiate_auth_code_flow → state",
    "ClientApplication.initiateAuthCodeFlow → AuthCodeFlow.state",
    SIGN_IN_URL,
    "a flow survives a session that keeps JSON",
  ],

  [
    "ClientApplication.acquire_token_by_auth_code_flow",
    "ClientApplication.acquireTokenByAuthCodeFlow",
    "flows CLI-10: a sign-in through the browser",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow(auth_code_flow)",
    "ClientApplication.acquireTokenByAuthCodeFlow(flow)",
    "flows CLI-01",
    "a flow that went through a session's JSON redeems as well",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow(auth_response)",
    "ClientApplication.acquireTokenByAuthCodeFlow(authResponse)",
    "the answer of the sign-in may come as any of the things",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow(scopes)",
    "ClientApplication.acquireTokenByAuthCodeFlow(options.scopes)",
    "flows CLI-03",
    "of a sign-in for several resources one is redeemed at a time",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → access_token",
    "ClientApplication.acquireTokenByAuthCodeFlow → TokenResponse.access_token",
    "flows CLI-10: a sign-in through the browser",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → id_token",
    "ClientApplication.acquireTokenByAuthCodeFlow → TokenResponse.id_token",
    "an ID token alone is a success with an empty access token",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → error",
    "ClientApplication.acquireTokenByAuthCodeFlow → TokenErrorResponse.error",
    "flows CLI-04",
    "a code that was redeemed already is an error object",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → error_description",
    "ClientApplication.acquireTokenByAuthCodeFlow → TokenErrorResponse.error_description",
    "a user who declines is an error object with the provider's words",
    "a code that was redeemed already is an error object",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → error_uri",
    "ClientApplication.acquireTokenByAuthCodeFlow → TokenErrorResponse.error_uri",
    "flows CLI-04",
  ],
  [
    "ClientApplication.acquire_token_by_auth_code_flow → ValueError",
    "MsalError.code",
    "flows CLI-02",
  ],

  [
    "ClientApplication.get_authorization_request_url",
    "ClientApplication.getAuthorizationRequestUrl",
    BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(scopes)",
    "ClientApplication.getAuthorizationRequestUrl(scopes)",
    MADE_BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(login_hint)",
    "ClientApplication.getAuthorizationRequestUrl(options.loginHint)",
    MADE_BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(state)",
    "ClientApplication.getAuthorizationRequestUrl(options.state)",
    BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(redirect_uri)",
    "ClientApplication.getAuthorizationRequestUrl(options.redirectUri)",
    BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(response_type)",
    "ClientApplication.getAuthorizationRequestUrl(options.responseType)",
    MADE_BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(prompt)",
    "ClientApplication.getAuthorizationRequestUrl(options.prompt)",
    MADE_BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(nonce)",
    "ClientApplication.getAuthorizationRequestUrl(options.nonce)",
    BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(domain_hint)",
    "ClientApplication.getAuthorizationRequestUrl(options.domainHint)",
    MADE_BY_HAND,
  ],
  [
    "ClientApplication.get_authorization_request_url(claims_challenge)",
    "ClientApplication.getAuthorizationRequestUrl(options.claimsChallenge)",
    WITH_CLAIMS,
  ],
  [
    "ClientApplication.get_authorization_request_url → str",
    "ClientApplication.getAuthorizationRequestUrl → string",
    MADE_BY_HAND,
  ],

  [
    "ClientApplication.acquire_token_by_authorization_code",
    "ClientApplication.acquireTokenByAuthorizationCode",
    BY_HAND,
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code(code)",
    "ClientApplication.acquireTokenByAuthorizationCode(code)",
    "flows APP-34: redeeming a code",
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code(scopes)",
    "ClientApplication.acquireTokenByAuthorizationCode(scopes)",
    "flows APP-34: redeeming a code",
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code(redirect_uri)",
    "ClientApplication.acquireTokenByAuthorizationCode(options.redirectUri)",
    BY_HAND,
    WITH_CLAIMS,
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code(nonce)",
    "ClientApplication.acquireTokenByAuthorizationCode(options.nonce)",
    BY_HAND,
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code(claims_challenge)",
    "ClientApplication.acquireTokenByAuthorizationCode(options.claimsChallenge)",
    WITH_CLAIMS,
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code → access_token",
    "ClientApplication.acquireTokenByAuthorizationCode → TokenResponse.access_token",
    WITH_CLAIMS,
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code → error",
    "ClientApplication.acquireTokenByAuthorizationCode → TokenErrorResponse.error",
    "a code by hand that the provider refuses is its error object",
  ],
  [
    "ClientApplication.acquire_token_by_authorization_code → error_description",
    "ClientApplication.acquireTokenByAuthorizationCode → TokenErrorResponse.error_description",
    "a code by hand that the provider refuses is its error object",
  ],

  [
    "ClientApplication.acquire_token_by_refresh_token",
    "ClientApplication.acquireTokenByRefreshToken",
    "a refresh token from elsewhere brings tokens and an account",
  ],
  [
    "ClientApplication.acquire_token_by_refresh_token(refresh_token)",
    "ClientApplication.acquireTokenByRefreshToken(refreshToken)",
    "a refresh token from elsewhere brings tokens and an account",
    "flows CLI-07",
  ],
  [
    "ClientApplication.acquire_token_by_refresh_token(scopes)",
    "ClientApplication.acquireTokenByRefreshToken(scopes)",
    "the request asks for the scopes and the reserved ones",
  ],
  [
    "ClientApplication.acquire_token_by_refresh_token → access_token",
    "ClientApplication.acquireTokenByRefreshToken → TokenResponse.access_token",
    "a refresh token from elsewhere brings tokens and an account",
  ],
  [
    "ClientApplication.acquire_token_by_refresh_token → error",
    "ClientApplication.acquireTokenByRefreshToken → TokenErrorResponse.error",
    "a refusal is returned as it came, and changes nothing",
  ],

  [
    "ClientApplication.acquire_token_by_username_password",
    "ClientApplication.acquireTokenByUsernamePassword",
    "flows E2E-06",
  ],
  [
    "ClientApplication.acquire_token_by_username_password(username)",
    "ClientApplication.acquireTokenByUsernamePassword(username)",
    "flows E2E-06: a password becomes tokens",
    "flows CCS-03",
  ],
  [
    "ClientApplication.acquire_token_by_username_password(password)",
    "ClientApplication.acquireTokenByUsernamePassword(password)",
    "flows E2E-06: a password becomes tokens",
    "a wrong password of",
  ],
  [
    "ClientApplication.acquire_token_by_username_password(scopes)",
    "ClientApplication.acquireTokenByUsernamePassword(scopes)",
    "flows E2E-06: a password becomes tokens",
  ],
  [
    "ClientApplication.acquire_token_by_username_password(claims_challenge)",
    "ClientApplication.acquireTokenByUsernamePassword(options.claimsChallenge)",
    "a claims challenge and the client's capabilities are passed on",
  ],
  [
    "ClientApplication.acquire_token_by_username_password → access_token",
    "ClientApplication.acquireTokenByUsernamePassword → TokenResponse.access_token",
    "flows E2E-06: a password becomes tokens",
  ],
  [
    "ClientApplication.acquire_token_by_username_password → error",
    "ClientApplication.acquireTokenByUsernamePassword → TokenErrorResponse.error",
    "a wrong password of",
  ],
  [
    "ClientApplication.acquire_token_by_username_password → error_description",
    "ClientApplication.acquireTokenByUsernamePassword → TokenErrorResponse.error_description",
    "the provider's refusal is handed on as it came",
  ],

  [
    "ClientApplication.acquire_token_silent",
    "ClientApplication.acquireTokenSilent",
    "flows E2E-01",
    "flows E2E-02",
  ],
  [
    "ClientApplication.acquire_token_silent(scopes)",
    "ClientApplication.acquireTokenSilent(scopes)",
    "flows E2E-03",
  ],
  [
    "ClientApplication.acquire_token_silent(account)",
    "ClientApplication.acquireTokenSilent(account)",
    "flows APP-10",
    "no account (",
  ],
  [
    "ClientApplication.acquire_token_silent(force_refresh)",
    "ClientApplication.acquireTokenSilent(options.forceRefresh)",
    "forceRefresh passes over a cached token, and keeps the new one",
  ],
  [
    "ClientApplication.acquire_token_silent(claims_challenge)",
    "ClientApplication.acquireTokenSilent(options.claimsChallenge)",
    "flows APP-19",
    "flows APP-20",
  ],
  [
    "ClientApplication.acquire_token_silent → access_token",
    "ClientApplication.acquireTokenSilent → TokenResponse.access_token",
    "flows E2E-01",
  ],
  [
    "ClientApplication.acquire_token_silent → None",
    "ClientApplication.acquireTokenSilent → null",
    "flows APP-06",
    "flows E2E-02",
  ],

  [
    "ClientApplication.acquire_token_silent_with_error",
    "ClientApplication.acquireTokenSilentWithError",
    "flows APP-07",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error(scopes)",
    "ClientApplication.acquireTokenSilentWithError(scopes)",
    "flows APP-07",
    "scopes that are none are refused",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error(account)",
    "ClientApplication.acquireTokenSilentWithError(account)",
    "flows APP-07",
    "no account (",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error(force_refresh)",
    "ClientApplication.acquireTokenSilentWithError(options.forceRefresh)",
    "forceRefresh reaches the variant that tells errors, too",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error(claims_challenge)",
    "ClientApplication.acquireTokenSilentWithError(options.claimsChallenge)",
    "a challenge reaches the variant that tells errors, too",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error → access_token",
    "ClientApplication.acquireTokenSilentWithError → TokenResponse.access_token",
    "flows APP-28",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error → None",
    "ClientApplication.acquireTokenSilentWithError → null",
    "flows APP-05",
  ],
  [
    "ClientApplication.acquire_token_silent_with_error → error",
    "ClientApplication.acquireTokenSilentWithError → TokenErrorResponse.error",
    "flows APP-07",
    "flows APP-27",
  ],

  ["ClientApplication.get_accounts", "ClientApplication.getAccounts", "flows APP-40"],
  [
    "ClientApplication.get_accounts(username)",
    "ClientApplication.getAccounts(options.username)",
    "flows B-34: an account is found by each of its usernames, in any case",
    "flows E2E-05",
  ],
  [
    "ClientApplication.get_accounts → username",
    "ClientApplication.getAccounts → Account.username",
    "flows APP-40",
  ],
  [
    "ClientApplication.remove_account",
    "ClientApplication.removeAccount",
    "removing an account removes its tokens in all tenants",
    "flows APP-15",
  ],
  [
    "ClientApplication.remove_account(account)",
    "ClientApplication.removeAccount(account)",
    "removing one account leaves the others",
    "removing what is no account is refused",
  ],

  [
    "PublicClientApplication",
    "PublicClientApplication",
    "flows E2E-08",
    "a public client redeems its code without a credential",
  ],
  [
    "PublicClientApplication(client_id)",
    "PublicClientApplication(clientId)",
    "new PublicClientApplication > clientId",
  ],
  [
    "PublicClientApplication.acquire_token_interactive",
    "PublicClientApplication.acquireTokenInteractive",
    "flows E2E-08",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(scopes)",
    "PublicClientApplication.acquireTokenInteractive(scopes)",
    INTERACTIVE_URL,
  ],
  [
    "PublicClientApplication.acquire_token_interactive(prompt)",
    "PublicClientApplication.acquireTokenInteractive(options.prompt)",
    INTERACTIVE_URL,
  ],
  [
    "PublicClientApplication.acquire_token_interactive(login_hint)",
    "PublicClientApplication.acquireTokenInteractive(options.loginHint)",
    INTERACTIVE_URL,
    "flows E2E-08",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(domain_hint)",
    "PublicClientApplication.acquireTokenInteractive(options.domainHint)",
    INTERACTIVE_URL,
  ],
  [
    "PublicClientApplication.acquire_token_interactive(claims_challenge)",
    "PublicClientApplication.acquireTokenInteractive(options.claimsChallenge)",
    INTERACTIVE_URL,
    "flows §7.3: extra scopes are asked for",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(timeout)",
    "PublicClientApplication.acquireTokenInteractive(options.timeout)",
    "flows B-4: when the user takes too long",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(port)",
    "PublicClientApplication.acquireTokenInteractive(options.port)",
    "flows AC-01",
    "flows AC-03",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(extra_scopes_to_consent)",
    "PublicClientApplication.acquireTokenInteractive(options.extraScopesToConsent)",
    INTERACTIVE_URL,
    "flows §7.3: extra scopes are asked for",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(max_age)",
    "PublicClientApplication.acquireTokenInteractive(options.maxAge)",
    INTERACTIVE_URL,
    "flows X-11: with maxAge 10, 1",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(parent_window_handle)",
    "PublicClientApplication.acquireTokenInteractive(options.parentWindowHandle)",
    "without a broker a parentWindowHandle",
  ],
  [
    "PublicClientApplication.acquire_token_interactive(on_before_launching_ui)",
    "PublicClientApplication.acquireTokenInteractive(options.onBeforeLaunchingUi)",
    "onBeforeLaunchingUi is told of the browser, before it opens",
  ],
  [
    "PublicClientApplication.acquire_token_interactive → access_token",
    "PublicClientApplication.acquireTokenInteractive → TokenResponse.access_token",
    "flows E2E-08",
  ],
  [
    "PublicClientApplication.acquire_token_interactive → error",
    "PublicClientApplication.acquireTokenInteractive → TokenErrorResponse.error",
    "what the provider refuses is a value",
  ],
  [
    "PublicClientApplication.initiate_device_flow",
    "PublicClientApplication.initiateDeviceFlow",
    "signs in, caches the tokens, and is silent afterwards",
  ],
  [
    "PublicClientApplication.initiate_device_flow(scopes)",
    "PublicClientApplication.initiateDeviceFlow(scopes)",
    "flows §7.1: a code is asked for with client id and decorated scopes, and nothing else",
  ],
  [
    "PublicClientApplication.initiate_device_flow → user_code",
    "PublicClientApplication.initiateDeviceFlow → DeviceFlow.user_code",
    "what initiation returns is JSON-safe and enough to go on with",
  ],
  [
    "PublicClientApplication.initiate_device_flow → error",
    "PublicClientApplication.initiateDeviceFlow → TokenErrorResponse.error",
    "flows X-07: a refusal to begin comes back as it came",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow",
    "PublicClientApplication.acquireTokenByDeviceFlow",
    "signs in, caches the tokens, and is silent afterwards",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow(flow)",
    "PublicClientApplication.acquireTokenByDeviceFlow(flow)",
    "flows APP-33",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow(flow.expires_at)",
    "PublicClientApplication.acquireTokenByDeviceFlow(flow.expires_at)",
    "expires_at of 0 stops a wait within a second",
    "flows X-09",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow(claims_challenge)",
    "PublicClientApplication.acquireTokenByDeviceFlow(options.claimsChallenge)",
    "flows §7.2: a poll carries the code under both names",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow → access_token",
    "PublicClientApplication.acquireTokenByDeviceFlow → TokenResponse.access_token",
    "signs in, caches the tokens, and is silent afterwards",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow → error",
    "PublicClientApplication.acquireTokenByDeviceFlow → TokenErrorResponse.error",
    "declined on the other device",
    "flows E2E-07",
  ],
  [
    "PublicClientApplication.acquire_token_by_device_flow → error_description",
    "PublicClientApplication.acquireTokenByDeviceFlow → TokenErrorResponse.error_description",
    "declined on the other device",
  ],

  [
    "ConfidentialClientApplication",
    "ConfidentialClientApplication",
    "flows CLI-10, E2E-13: an application gets a token of its own with its secret",
    "flows X-12",
  ],
  [
    "ConfidentialClientApplication(client_id)",
    "ConfidentialClientApplication(clientId)",
    "new ConfidentialClientApplication > clientId",
  ],
  [
    "ConfidentialClientApplication(client_credential)",
    "ConfidentialClientApplication(options.clientCredential)",
    "flows E2E-13",
    "flows X-15",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client",
    "ConfidentialClientApplication.acquireTokenForClient",
    "flows APP-38",
    "flows E2E-04",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client(scopes)",
    "ConfidentialClientApplication.acquireTokenForClient(scopes)",
    "flows X-14: scopes go on the wire as the caller wrote them",
    "flows B-21: scopes that are none are refused",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client(claims_challenge)",
    "ConfidentialClientApplication.acquireTokenForClient(options.claimsChallenge)",
    "a claims challenge passes over the cache, for reason 1",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client → access_token",
    "ConfidentialClientApplication.acquireTokenForClient → TokenResponse.access_token",
    "flows APP-38",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client → error",
    "ConfidentialClientApplication.acquireTokenForClient → TokenErrorResponse.error",
    "a wrong secret is the platform's error object",
  ],
  [
    "ConfidentialClientApplication.acquire_token_for_client → error_description",
    "ConfidentialClientApplication.acquireTokenForClient → TokenErrorResponse.error_description",
    "a wrong secret is the platform's error object",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf",
    "flows E2E-14",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of(user_assertion)",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf(userAssertion)",
    "two assertions of one user keep a token each",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of(scopes)",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf(scopes)",
    "flows E2E-14: an API exchanges",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of(claims_challenge)",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf(options.claimsChallenge)",
    "a claims challenge skips the cache and is sent",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of → access_token",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf → TokenResponse.access_token",
    "flows E2E-14: an API exchanges",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of → error",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf → TokenErrorResponse.error",
    "a refusal comes with the claims to hand back to the caller",
  ],
  [
    "ConfidentialClientApplication.acquire_token_on_behalf_of → error_description",
    "ConfidentialClientApplication.acquireTokenOnBehalfOf → TokenErrorResponse.error_description",
    "a refusal comes with the claims to hand back to the caller",
  ],

  [
    "TokenCache",
    "TokenCache",
    "clients that share a cache see each other's tokens",
    "an overridden add sees every event of a flow",
  ],
  ["TokenCache.add", "TokenCache.add", "an overridden add sees every event of a flow"],
  ["TokenCache.add(event)", "TokenCache.add(event)", "cache 1", "cache 2", "cache 3", "cache 4"],
  [
    "TokenCache.add(now)",
    "TokenCache.add(now)",
    "cache 1",
    "without a time of its own an event happens now",
  ],
  ["SerializableTokenCache", "SerializableTokenCache", "the text > is that of the worked example"],
  [
    "SerializableTokenCache.has_state_changed",
    "SerializableTokenCache.hasStateChanged",
    "cache 11",
    "hasStateChanged > is cleared by serialize",
    "hasStateChanged > is cleared by deserialize",
  ],
  ["SerializableTokenCache.add", "SerializableTokenCache.add", "cache 11"],
  ["SerializableTokenCache.add(event)", "SerializableTokenCache.add(event)", "cache 11"],
  [
    "SerializableTokenCache.deserialize",
    "SerializableTokenCache.deserialize",
    "the text > is read back as it was written",
  ],
  [
    "SerializableTokenCache.deserialize(state)",
    "SerializableTokenCache.deserialize(state)",
    "cache 29",
    "cache 30",
  ],
  [
    "SerializableTokenCache.serialize",
    "SerializableTokenCache.serialize",
    "the text > is that of the worked example",
  ],
  [
    "SerializableTokenCache.serialize → str",
    "SerializableTokenCache.serialize → string",
    "the text > is that of the worked example",
  ],

  ["AuthorityBuilder", "AuthorityBuilder", "authority 2"],
  ["AuthorityBuilder(instance)", "AuthorityBuilder(instance)", "authority 2"],
  ["AuthorityBuilder(tenant)", "AuthorityBuilder(tenant)", "authority 2"],
  ["AZURE_PUBLIC", "AZURE_PUBLIC", "authority 2"],
  ["AZURE_CHINA", "AZURE_CHINA", "authority 2"],
  ["AZURE_US_GOVERNMENT", "AZURE_US_GOVERNMENT", "authority 2"],
];

/** What the reference gives both kinds of application "as in ClientApplication"; the rest has rows of its own. */
const INHERITED: readonly string[] = [
  ...["authority", "validate_authority", "token_cache", "http_client", "verify", "proxies"],
  ...["timeout", "app_name", "app_version", "client_capabilities", "exclude_scopes", "http_cache"],
  ...["instance_discovery", "enable_pii_log"],
];
const SUBCLASSES: readonly (readonly [name: string, parameters: readonly string[]])[] = [
  ["PublicClientApplication", [...INHERITED, "allow_broker"]],
  ["ConfidentialClientApplication", [...INHERITED, "client_claims", "azure_region"]],
];

function inherited(name: string, parameters: readonly string[]): Row[] {
  const same = (text: string) => text.replace(/^ClientApplication/, name);
  return ROWS.filter(([reference]) =>
    parameters.some((parameter) => reference === `ClientApplication(${parameter})`),
  ).map(([reference, here, ...tests]) => [same(reference), same(here), ...tests]);
}

export const REFERENCE_ITEMS: readonly ReferenceItem[] = [
  ...ROWS,
  ...SUBCLASSES.flatMap(([name, parameters]) => inherited(name, parameters)),
].map(([reference, here, ...tests]) => ({ reference, here, tests }));

export const DROPPED_ITEMS: readonly DroppedItem[] = [
  {
    reference: "PublicClientApplication(client_credential)",
    dropped:
      "May only be `None` there. Here it is no option at all: types and constructor refuse it (`flows X-12`).",
  },
  {
    reference: "PublicClientApplication(client_claims)",
    dropped: "Signed with a credential, which it has not (decision 36).",
  },
  {
    reference: "PublicClientApplication(azure_region)",
    dropped: "For an application's own tokens, which it cannot get (decision 37).",
  },
  {
    reference: "ConfidentialClientApplication(allow_broker)",
    dropped:
      "May only be `None` there. Here it is no option at all: types and constructor refuse it (`flows X-12`).",
  },
  {
    reference: "ClientApplication.acquire_token_silent(authority)",
    dropped:
      "In the signature alone, without a word of documentation; the same of `acquire_token_silent_with_error`. Here a client has one authority: make another client with the same `tokenCache`.",
  },
  {
    reference: "**kwargs of every method",
    dropped:
      "Undocumented names went on to the HTTP client (flows B-47). Here: `extraTokenParameters`, `extraQueryParameters`, and an option that does not exist is refused (decision 28).",
  },
];
