/**
 * What an emulator is made of: tenants, users and app registrations. Names follow the app manifest.
 *
 * @module
 */

/** Configuration of an emulator. Everything is optional: without any it runs with the built-in world. */
export interface EmulatorConfig {
  /**
   * Whether the built-in tenants, users and apps are there too; entries of yours with the same id replace them.
   * Personal accounts' tenant and Microsoft Graph stay without them; an app of yours with Graph's id replaces it.
   *
   * @defaultValue `true`
   */
  readonly defaults?: boolean | undefined;
  /** Directories. The one of personal accounts is always there. @defaultValue `[]`, next to Contoso and Fabrikam */
  readonly tenants?: readonly TenantConfig[] | undefined;
  /** Who can sign in. @defaultValue `[]`, next to Ada and others */
  readonly users?: readonly UserConfig[] | undefined;
  /** App registrations: clients, and the resources tokens are for. @defaultValue `[]`, next to Graph and others */
  readonly apps?: readonly AppConfig[] | undefined;
  /** The federation server of those companies that have one, AD FS, at `/adfs`. @defaultValue it has no domains */
  readonly federation?: FederationConfig | undefined;
  /** Conditional Access: resources whose tokens need more than a password. @defaultValue `[]` */
  readonly conditionalAccess?: readonly ConditionalAccessConfig[] | undefined;
  /**
   * Hosts of External ID for customers besides `{name}.ciamlogin.com`, which always are: its custom URL domains, for
   * example `["login.contoso.com"]`.
   *
   * @defaultValue `[]`
   */
  readonly ciamDomains?: readonly string[] | undefined;
  /** Azure region that the instance metadata service says this is, for example `"westeurope"`. @defaultValue there is no such service */
  readonly azureRegion?: string | undefined;
  /**
   * Seconds an access token lives. From 7200 on its answer has a `refresh_in` of half of it.
   *
   * @defaultValue as on the platform: 3600 to 5399 at random for users, 3599 for apps; 86399 for clients with capability cp1
   */
  readonly accessTokenLifetime?: number | undefined;
}

/** A directory. */
export interface TenantConfig {
  /** GUID, for example `"11111111-2222-4333-8444-555555555555"`. */
  readonly id: string;
  /** Domains it answers to, for example `["contoso.onmicrosoft.com"]`. */
  readonly domains: readonly string[];
  /** Shown in messages. @defaultValue its first domain */
  readonly name?: string | undefined;
  /** `tenant_region_scope` of its OpenID configuration. @defaultValue `"EU"` */
  readonly region?: string | undefined;
  /** User flows of B2C, for example `["B2C_1_signin"]`. @defaultValue `[]` */
  readonly policies?: readonly string[] | undefined;
}

/** A federation server: it checks the passwords of its domains' users, and issues assertions. */
export interface FederationConfig {
  /** Domains, of tenants of this config, for example `["corp.contoso.com"]`. */
  readonly domains: readonly string[];
  /** Versions of WS-Trust it speaks. @defaultValue `["1.3", "2005"]` */
  readonly wsTrust?: readonly ("1.3" | "2005")[] | undefined;
  /** Version of its assertions. @defaultValue `"1.1"` */
  readonly saml?: "1.1" | "2.0" | undefined;
}

/**
 * A Conditional Access policy. Whoever signs in with a browser for its resource, or with a claims challenge that
 * names it, satisfies it; passwords, refresh tokens and exchanged tokens of other sign-ins are refused with
 * AADSTS50076 and the `claims` to sign in with.
 */
export interface ConditionalAccessConfig {
  /** GUID; challenges name the policy by it. */
  readonly id: string;
  /** Client ID or identifier URI of the resource, for example `"api://contoso-tasks"`. */
  readonly resource: string;
}

/** A person. */
export interface UserConfig {
  /** User principal name, for example `"ada@contoso.onmicrosoft.com"`. Any case signs in. */
  readonly username: string;
  /** @defaultValue `"Passw0rd!"` */
  readonly password?: string | undefined;
  /** Full name, for example `"Ada Lovelace"`. @defaultValue what stands before the `@` */
  readonly name?: string | undefined;
  /** Address for the scope `email`; `""`: none. @defaultValue the username */
  readonly email?: string | undefined;
  /** Home tenant: GUID, domain, or `"consumers"` for a personal account. @defaultValue the tenant with the username's domain */
  readonly tenant?: string | undefined;
  /** Object id in the home tenant: a GUID. @defaultValue made from the username, the same every time */
  readonly oid?: string | undefined;
  /** Tenants, by GUID or domain, that know this user as a guest. @defaultValue `[]` */
  readonly guestOf?: readonly string[] | undefined;
  /** Refused with AADSTS50057. @defaultValue `false` */
  readonly disabled?: boolean | undefined;
}

/** An app registration: a client, a resource, or both. */
export interface AppConfig {
  /** Application (client) ID: a GUID. */
  readonly clientId: string;
  /** Shown in messages and on the consent page. @defaultValue the client ID */
  readonly name?: string | undefined;
  /** Home tenant: GUID or domain. @defaultValue the first tenant */
  readonly tenant?: string | undefined;
  /** Who may use it. @defaultValue `"AzureADMyOrg"`: its home tenant alone */
  readonly signInAudience?: SignInAudience | undefined;
  /** Where answers may be sent, by type of client. @defaultValue none */
  readonly redirectUris?: RedirectUrisConfig | undefined;
  /** Client secrets, for example `["secret-1"]`. @defaultValue `[]` */
  readonly secrets?: readonly string[] | undefined;
  /** Client secrets that have expired: AADSTS7000222. @defaultValue `[]` */
  readonly expiredSecrets?: readonly string[] | undefined;
  /** Certificates that client assertions may be signed with: PEM, RSA. @defaultValue `[]` */
  readonly certificates?: readonly string[] | undefined;
  /** A client without redirect URI counts as public ("Allow public client flows"). @defaultValue `false` */
  readonly isFallbackPublicClient?: boolean | undefined;
  /** The authorize endpoint may answer with ID tokens (`response_type=id_token`). @defaultValue `false` */
  readonly enableIdTokenIssuance?: boolean | undefined;
  /** The authorize endpoint may answer with access tokens (`response_type=token`, implicit flow). @defaultValue `false` */
  readonly enableAccessTokenIssuance?: boolean | undefined;
  /** Family of client ids: members redeem each other's refresh tokens. @defaultValue none */
  readonly family?: "1" | undefined;
  /** Users are asked for consent before this client gets tokens. @defaultValue `false` */
  readonly requireConsent?: boolean | undefined;
  /** Refused with AADSTS7000112. @defaultValue `false` */
  readonly disabled?: boolean | undefined;
  /**
   * What the client has been granted in advance: what `.default` means for users, and its own roles as a daemon.
   *
   * @defaultValue `[]`: `.default` means all scopes of a resource, and there are no roles
   */
  readonly permissions?: readonly PermissionConfig[] | undefined;
  /** As a resource: its names next to the client ID, for example `["api://tasks"]`. @defaultValue `[]` */
  readonly identifierUris?: readonly string[] | undefined;
  /** As a resource: its delegated permissions, for example `["Tasks.Read"]`. @defaultValue `[]` */
  readonly scopes?: readonly string[] | undefined;
  /** As a resource: its application permissions, for example `["Tasks.Read.All"]`. @defaultValue `[]` */
  readonly appRoles?: readonly string[] | undefined;
  /** As a resource: version of the access tokens it gets, whatever endpoint was used. @defaultValue `2` */
  readonly requestedAccessTokenVersion?: 1 | 2 | undefined;
  /** Claims it gets on top, in access tokens as a resource and in ID tokens as a client. @defaultValue `[]` */
  readonly optionalClaims?: readonly OptionalClaim[] | undefined;
  /** As a resource: its tokens have a `nonce` header and verify for nobody, as Microsoft Graph's. @defaultValue `false` */
  readonly nonceHeader?: boolean | undefined;
}

/** Redirect URIs by type. The type decides how the client authenticates: `http://localhost` stands for any port, except for single-page apps. */
export interface RedirectUrisConfig {
  /** Clients with a secret or a certificate, for example `["https://app.example/auth"]`. @defaultValue `[]` */
  readonly web?: readonly string[] | undefined;
  /** Single-page apps: PKCE and cross-origin requests are required. The port counts: `["http://localhost:3000"]`. @defaultValue `[]` */
  readonly spa?: readonly string[] | undefined;
  /** Native apps, for example `["http://localhost"]`. @defaultValue `[]` */
  readonly publicClient?: readonly string[] | undefined;
}

/** Permissions granted to a client for one resource. */
export interface PermissionConfig {
  /** Client ID or identifier URI of the resource. */
  readonly resource: string;
  /** Delegated permissions. @defaultValue `[]` */
  readonly scopes?: readonly string[] | undefined;
  /** Application permissions. @defaultValue `[]` */
  readonly roles?: readonly string[] | undefined;
}

/** One tenant; several; several and personal accounts; personal accounts alone. */
export type SignInAudience =
  | "AzureADMyOrg"
  | "AzureADMultipleOrgs"
  | "AzureADandPersonalMicrosoftAccount"
  | "PersonalMicrosoftAccount";

/** Claims that come only if an app asks for them in its manifest. */
export type OptionalClaim =
  | "acct"
  | "auth_time"
  | "email"
  | "idtyp"
  | "login_hint"
  | "sid"
  | "upn"
  | "xms_cc";
