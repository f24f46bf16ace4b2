/**
 * The built-in world: two companies, personal accounts, and an app for each way to ask for tokens.
 *
 * @module
 */
import type { AppConfig, TenantConfig, UserConfig } from "./config.js";

/** Password of users that have none of their own. */
export const DEFAULT_PASSWORD = "Passw0rd!";

/** The tenant of personal accounts, the same on the real platform. Authorities call it `consumers`. */
export const CONSUMERS: TenantConfig = {
  id: "9188040d-6c67-4c5b-b112-36a304b66dad",
  name: "Microsoft accounts",
  domains: ["live.com", "outlook.com"],
};

/** Two companies. */
export const DEFAULT_TENANTS: readonly TenantConfig[] = [
  {
    id: "c0a7050c-0000-4000-8000-000000000001",
    name: "Contoso",
    domains: ["contoso.onmicrosoft.com", "contoso.com"],
    policies: ["B2C_1_signin", "B2C_1_edit"],
  },
  {
    id: "fab51ca3-0000-4000-8000-000000000002",
    name: "Fabrikam",
    domains: ["fabrikam.onmicrosoft.com", "fabrikam.com"],
  },
];

/** One user of each kind that signs in differently. */
export const DEFAULT_USERS: readonly UserConfig[] = [
  { username: "ada@contoso.onmicrosoft.com", name: "Ada Lovelace" },
  { username: "grace@contoso.onmicrosoft.com", name: "Grace Hopper" },
  {
    username: "guest@contoso.onmicrosoft.com",
    name: "Hedy Lamarr",
    guestOf: ["fabrikam.onmicrosoft.com"],
  },
  { username: "alan@fabrikam.onmicrosoft.com", name: "Alan Turing" },
  { username: "disabled@contoso.onmicrosoft.com", name: "Charles Babbage", disabled: true },
  { username: "radia@outlook.com", name: "Radia Perlman", tenant: "consumers" },
];

/** Client ID of Microsoft Graph, the same on the real platform. */
export const GRAPH = "00000003-0000-0000-c000-000000000000";

const LOCAL_WEB = [
  "http://localhost",
  "http://localhost/auth/redirect",
  "http://localhost/callback",
  "http://localhost/getAToken",
  "https://app.contoso.com/callback",
];

/** Where development servers listen. For single-page apps a port is part of the redirect URI. */
const LOCAL_SPA = ["", ":3000", ":4200", ":5173", ":8080"].flatMap((port) => [
  `http://localhost${port}`,
  `http://localhost${port}/callback`,
]);

/** Microsoft Graph, always there: bare scopes and those of OpenID Connect are for it. */
export const MICROSOFT_GRAPH: AppConfig = {
  clientId: GRAPH,
  name: "Microsoft Graph",
  signInAudience: "AzureADandPersonalMicrosoftAccount",
  identifierUris: ["https://graph.microsoft.com"],
  scopes: [
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Directory.Read.All",
    "Files.Read",
    "Files.ReadWrite",
    "Group.Read.All",
    "Mail.Read",
    "Mail.ReadWrite",
    "Mail.Send",
    "People.Read",
    "Sites.Read.All",
    "User.Read",
    "User.Read.All",
    "User.ReadBasic.All",
    "User.ReadWrite",
  ],
  appRoles: ["Directory.Read.All", "Files.Read.All", "Mail.Read", "User.Read.All"],
  requestedAccessTokenVersion: 1,
  optionalClaims: ["idtyp", "xms_cc"],
  nonceHeader: true,
};

/** Clients first, then resources. */
export const DEFAULT_APPS: readonly AppConfig[] = [
  {
    clientId: "11111111-1111-4111-8111-111111111111",
    name: "Contoso web app",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    redirectUris: { web: LOCAL_WEB },
    secrets: ["contoso-web-app-secret"],
    enableIdTokenIssuance: true,
    enableAccessTokenIssuance: true,
    permissions: [
      { resource: GRAPH, scopes: ["User.Read"], roles: ["User.Read.All", "Mail.Read"] },
      { resource: "api://contoso-tasks", scopes: ["Tasks.Read"], roles: ["Tasks.Read.All"] },
    ],
  },
  {
    clientId: "22222222-2222-4222-8222-222222222222",
    name: "Contoso desktop app",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    redirectUris: {
      publicClient: [
        "http://localhost",
        "http://127.0.0.1",
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
      ],
    },
    isFallbackPublicClient: true,
  },
  {
    clientId: "33333333-3333-4333-8333-333333333333",
    name: "Contoso internal app",
    redirectUris: { web: LOCAL_WEB },
    secrets: ["contoso-internal-app-secret"],
    expiredSecrets: ["contoso-internal-app-old-secret"],
    requireConsent: true,
  },
  {
    clientId: "44444444-4444-4444-8444-444444444444",
    name: "Contoso single-page app",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    redirectUris: { spa: LOCAL_SPA },
  },
  {
    clientId: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
    name: "Microsoft Azure CLI",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    redirectUris: { publicClient: ["http://localhost"] },
    isFallbackPublicClient: true,
    family: "1",
  },
  {
    clientId: "1950a258-227b-4e31-a9cf-717495945fc2",
    name: "Microsoft Azure PowerShell",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    redirectUris: { publicClient: ["http://localhost"] },
    isFallbackPublicClient: true,
    family: "1",
  },
  MICROSOFT_GRAPH,
  {
    clientId: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    name: "Azure Resource Manager",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    identifierUris: ["https://management.azure.com/", "https://management.core.windows.net/"],
    scopes: ["user_impersonation"],
    requestedAccessTokenVersion: 1,
    optionalClaims: ["xms_cc"],
  },
  {
    clientId: "55555555-5555-4555-8555-555555555555",
    name: "Contoso tasks API",
    signInAudience: "AzureADandPersonalMicrosoftAccount",
    identifierUris: ["api://contoso-tasks", "api://55555555-5555-4555-8555-555555555555"],
    scopes: ["Tasks.Read", "Tasks.ReadWrite", "access_as_user"],
    appRoles: ["Tasks.Read.All"],
    secrets: ["contoso-tasks-api-secret"],
  },
];
