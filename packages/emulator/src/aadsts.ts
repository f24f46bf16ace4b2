/**
 * What the platform refuses, by number: the OAuth error it answers with and what it says.
 * Data only, so that a mapping found to be different on the real service is one changed line.
 *
 * @module
 */

/** One row of {@link AADSTS}. */
export interface AadstsEntry {
  /** Value of `error` at the token endpoint and in discovery. */
  readonly error: string;
  /** Text after the number; `{name}` is filled in. */
  readonly message: string;
  /** HTTP status; 400 when absent. */
  readonly status?: number;
  /** Value of `error` at the authorize endpoint, where it differs. */
  readonly authorizeError?: string;
  /** Value of `suberror`; absent when there is none. */
  readonly suberror?: string;
  /** The public look-up page knows the number, so the answer has an `error_uri`. */
  readonly lookup?: true;
}

/** All numbers the emulator can answer with, sorted as text; each is open to `idp.failNext({ error })`. */
export const AADSTS: Readonly<Record<number, AadstsEntry>> = {
  1002012: {
    error: "invalid_scope",
    message:
      "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
  },
  16000: {
    error: "interaction_required",
    message:
      "Either multiple user identities are available for the current request or selected account is not supported for the scenario.",
  },
  160021: {
    error: "interaction_required",
    message: "Application requested a user session which does not exist.",
  },
  50011: {
    error: "invalid_grant",
    message:
      "The redirect URI '{redirect_uri}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to troubleshoot this error.",
  },
  50013: {
    error: "invalid_grant",
    message:
      "Assertion failed signature validation. [Reason - The provided signature value did not match the expected signature value.]",
  },
  500131: {
    error: "invalid_grant",
    message:
      "Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was expected to be one of the Application Uris of this application with the Client app Id.",
  },
  500133: {
    error: "invalid_grant",
    message:
      "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token. Current time: {now}, expiry time of assertion {to}.",
  },
  240002: {
    error: "invalid_grant",
    message:
      "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
  },
  7000114: {
    error: "unauthorized_client",
    message: "Application is not allowed to make application on-behalf-of calls.",
  },
  500011: {
    error: "invalid_resource",
    message:
      "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
    lookup: true,
  },
  500113: {
    error: "invalid_request",
    message: "No reply address is registered for the application.",
  },
  50020: {
    error: "invalid_grant",
    authorizeError: "interaction_required",
    message:
      "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application '{app}'({name}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.",
  },
  50027: { error: "invalid_client", status: 401, message: "JWT token is invalid or malformed." },
  50034: {
    error: "invalid_grant",
    suberror: "bad_token",
    message:
      "The user account {EUII Hidden} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
    lookup: true,
  },
  50048: {
    error: "invalid_client",
    status: 401,
    message: "Subject must match Issuer claim in the client assertion.",
  },
  50049: { error: "invalid_instance", message: "Unknown or invalid instance.", lookup: true },
  50050: { error: "invalid_request", message: "The discovery request is malformed." },
  50053: {
    error: "invalid_grant",
    message:
      "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
  },
  50055: {
    error: "invalid_grant",
    suberror: "user_password_expired",
    message: "The password is expired.",
  },
  50057: { error: "invalid_grant", message: "The user account is disabled." },
  50058: {
    error: "login_required",
    message: "A silent sign-in request was sent but no user is signed in.",
  },
  50059: {
    error: "invalid_request",
    message:
      "No tenant-identifying information found in either the request or implied by any provided credentials.",
  },
  50076: {
    error: "invalid_grant",
    authorizeError: "interaction_required",
    suberror: "basic_action",
    message:
      "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{resource}'.",
    lookup: true,
  },
  50079: {
    error: "invalid_grant",
    authorizeError: "interaction_required",
    suberror: "basic_action",
    message:
      "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{resource}'.",
  },
  50089: {
    error: "invalid_grant",
    message: "Authentication failed due to flow token expired.",
  },
  50105: {
    error: "invalid_grant",
    authorizeError: "interaction_required",
    message:
      "Your administrator has configured the application {name} ('{app}') to block users unless they are specifically granted ('assigned') access to the application.",
  },
  50126: {
    error: "invalid_grant",
    message: "Error validating credentials due to invalid username or password.",
    lookup: true,
  },
  50147: {
    error: "invalid_request",
    message: "Missing or invalid size of code challenge parameter.",
  },
  501481: {
    error: "invalid_grant",
    message:
      "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  },
  501491: { error: "invalid_request", message: "Invalid size of Code_Challenge parameter." },
  50173: {
    error: "invalid_grant",
    suberror: "bad_token",
    message:
      "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{issued}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{validFrom}'.",
  },
  50194: {
    error: "unauthorized_client",
    message:
      "Application '{app}'({name}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
  },
  50196: {
    error: "invalid_request",
    message:
      "The server terminated an operation because it encountered a client request loop. Please contact your app vendor.",
  },
  53003: {
    error: "invalid_grant",
    suberror: "message_only",
    message:
      "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
  },
  54005: {
    error: "invalid_grant",
    message:
      "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
  },
  65001: {
    error: "invalid_grant",
    authorizeError: "consent_required",
    suberror: "consent_required",
    message:
      "The user or administrator has not consented to use the application with ID '{app}' named '{name}'. Send an interactive authorization request for this user and resource.",
    lookup: true,
  },
  65004: { error: "access_denied", message: "User declined to consent to access the app." },
  650053: {
    error: "invalid_scope",
    authorizeError: "invalid_client",
    message:
      "The application '{name}' asked for scope '{scope}' that doesn't exist on the resource '{resource}'. Contact the app vendor.",
  },
  70000: {
    error: "invalid_grant",
    message: "Provided grant is invalid or malformed.",
  },
  700005: {
    error: "invalid_grant",
    message:
      "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for.",
  },
  700016: {
    error: "unauthorized_client",
    message:
      "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    lookup: true,
  },
  700021: {
    error: "invalid_client",
    status: 401,
    message: "Client assertion application identifier doesn't match 'client_id' parameter.",
  },
  700022: {
    error: "invalid_scope",
    message:
      "The provided value for the input parameter 'scope' is not valid. The scope {scope} contains more than one resource.",
  },
  700023: {
    error: "invalid_client",
    status: 401,
    message: "Client assertion audience claim does not match Realm issuer.",
  },
  700024: {
    error: "invalid_client",
    status: 401,
    message:
      "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {to}.",
  },
  700025: {
    error: "invalid_client",
    status: 401,
    message:
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  },
  700027: { error: "invalid_client", status: 401, message: "{reason}", lookup: true },
  70003: {
    error: "unsupported_grant_type",
    message: "The app requested an unsupported grant type '{grant_type}'.",
  },
  700038: {
    error: "unauthorized_client",
    message: "{app} is not a valid application identifier.",
  },
  70005: {
    error: "unsupported_response_type",
    message: "The response type '{response_type}' is not supported.",
  },
  700054: {
    error: "unsupported_response_type",
    message: "response_type '{response_type}' is not enabled for the application.",
  },
  70007: {
    error: "invalid_request",
    message: "'{response_mode}' is not a supported value of 'response_mode' for this request.",
  },
  70008: {
    error: "invalid_grant",
    message:
      "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
  },
  700082: {
    error: "invalid_grant",
    message:
      "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.",
  },
  700084: {
    error: "invalid_grant",
    message:
      "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {issued}.",
  },
  70011: {
    error: "invalid_scope",
    message:
      "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
    lookup: true,
  },
  70016: {
    error: "authorization_pending",
    message: "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    lookup: true,
  },
  70018: {
    error: "bad_verification_code",
    message:
      "Invalid verification code due to User typing in wrong user code for device code flow. Authorization is not approved.",
  },
  70019: {
    error: "expired_token",
    message: "Verification code expired. Have the user retry the sign-in.",
  },
  70043: {
    error: "invalid_grant",
    suberror: "token_expired",
    message:
      "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. The token was issued on {issued} and the maximum allowed lifetime for this request is {seconds}.",
  },
  7000112: {
    error: "unauthorized_client",
    message: "Application '{app}'({name}) is disabled.",
  },
  7000215: {
    error: "invalid_client",
    status: 401,
    message:
      "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.",
    lookup: true,
  },
  7000218: {
    error: "invalid_client",
    status: 401,
    message:
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  },
  7000222: {
    error: "invalid_client",
    status: 401,
    message:
      "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.",
    lookup: true,
  },
  90002: {
    error: "invalid_tenant",
    message:
      "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
    lookup: true,
  },
  900023: {
    error: "invalid_request",
    message:
      "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
  },
  90023: { error: "invalid_request", message: "Invalid STS request: {reason}" },
  9001023: {
    error: "invalid_request",
    message:
      "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
  },
  9002313: {
    error: "invalid_request",
    message: "Invalid request. Request is malformed or invalid.",
  },
  9002325: {
    error: "invalid_request",
    message:
      "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
  },
  9002326: {
    error: "invalid_request",
    message:
      "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '{origin}'.",
  },
  9002327: {
    error: "invalid_request",
    message:
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  },
  9002331: {
    error: "unauthorized_client",
    message:
      "Application '{app}'({name}) is configured for use by Microsoft Account users only. Please use the /consumers endpoint to serve this request.",
  },
  9002332: {
    error: "unauthorized_client",
    message:
      "Application '{app}'({name}) is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.",
  },
  90033: {
    error: "temporarily_unavailable",
    status: 503,
    message: "A transient error has occurred. Please try again.",
  },
  90119: { error: "invalid_request", message: "The user code is null or empty." },
  90120: {
    error: "invalid_request",
    message: "The request was already authorized or declined.",
  },
  900144: {
    error: "invalid_request",
    message: "The request body must contain the following parameter: '{name}'.",
    lookup: true,
  },
  90055: {
    error: "temporarily_unavailable",
    status: 429,
    message: "The tenant is throttled due to too many requests.",
  },
  900561: {
    error: "invalid_request",
    message: "The endpoint only accepts POST requests. Received a {method} request.",
  },
  901002: {
    error: "invalid_request",
    message: "The 'resource' request parameter isn't supported.",
  },
};
