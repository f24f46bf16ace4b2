/**
 * Silent calls in each state of the cache, and the accounts in it.
 *
 * @module
 */
import {
  ADA,
  type Call,
  CLAIMS,
  CLIENT,
  HOST,
  OID,
  type Row,
  SCOPES,
  START,
  TENANT,
  table,
  type WireCase,
} from "../case.js";
import { refusal, tokens } from "../replies.js";
import { CREDENTIALS } from "./credentials.js";

const HOME = `${OID}.${TENANT}`;
const OTHER_HOME = `0a0a0a0a-0000-4000-8000-000000009ace.${TENANT}`;
const SIBLING = "04b07795-0000-4000-8000-00000000fa01";
const TARGET = "Mail.Read User.Read openid profile";

const ACCOUNT = {
  homeAccountId: HOME,
  environment: HOST,
  username: ADA,
  localAccountId: OID,
  realm: TENANT,
  authorityType: "MSSTS",
};
const OTHER = { ...ACCOUNT, homeAccountId: OTHER_HOME, username: "grace@contoso.com" };

/** What is in a cache: rows of the unified schema, as MSAL Python keys them. */
interface Held {
  environment?: string;
  realm?: string;
  home?: string;
  username?: string;
  client?: string;
  /** Seconds the access token has left; absent: there is none. */
  left?: number;
  /** Seconds until it is to be renewed. */
  refreshIn?: number;
  /** Key it is bound to. */
  keyId?: string;
  /** Refresh token; absent: there is none. */
  refreshToken?: string;
  /** Of the refresh token. */
  target?: string;
  modified?: number;
  family?: string;
  /** What the application's metadata say of its family; absent: there are none. */
  metadata?: string;
}

function cache(...held: readonly Held[]): string {
  const rows: Record<string, Record<string, object>> = {
    ...{ AccessToken: {}, RefreshToken: {}, IdToken: {}, Account: {}, AppMetadata: {} },
  };
  const put = (type: string, key: readonly (string | undefined)[], row: object) => {
    const section = rows[type] as Record<string, object>;
    section[
      key
        .map((part) => part ?? "")
        .join("-")
        .toLowerCase()
    ] = row;
  };
  for (const one of held) {
    const { environment = HOST, home = HOME, client = CLIENT, realm = TENANT } = one;
    const owner = { home_account_id: home, environment };
    put("Account", [home, environment, realm], {
      ...owner,
      realm,
      local_account_id: home.split(".")[0],
      username: one.username ?? ADA,
      authority_type: realm === "adfs" ? "ADFS" : "MSSTS",
    });
    if (one.left !== undefined) {
      put("AccessToken", [home, environment, "accesstoken", client, realm, TARGET], {
        ...owner,
        credential_type: "AccessToken",
        client_id: client,
        secret: "cached access token",
        realm,
        target: TARGET,
        token_type: "Bearer",
        cached_at: String(START - 60),
        expires_on: String(START + one.left),
        extended_expires_on: String(START + one.left),
        ...(one.refreshIn !== undefined && { refresh_on: String(START + one.refreshIn) }),
        ...(one.keyId !== undefined && { key_id: one.keyId }),
      });
    }
    if (one.refreshToken !== undefined) {
      const { target = TARGET } = one;
      put("RefreshToken", [home, environment, "refreshtoken", client, "", target], {
        ...owner,
        credential_type: "RefreshToken",
        client_id: client,
        secret: one.refreshToken,
        target,
        last_modification_time: String(one.modified ?? START - 60),
        ...(one.family !== undefined && { family_id: one.family }),
      });
    }
    if (one.metadata !== undefined) {
      put("AppMetadata", ["appmetadata", environment, client], {
        ...{ environment, client_id: client, family_id: one.metadata },
      });
    }
  }
  return JSON.stringify(rows);
}

const CAPABLE = { clientCapabilities: ["CP1"] };
const EXPIRED = { left: 60, refreshToken: "rt", metadata: "" };
const FRESH = { left: 3000, refreshToken: "rt", metadata: "" };

/** States for either of the two silent calls. */
const STATES: Record<string, Row> = {
  "nothing in the cache": {},
  "no account": { call: { args: [SCOPES, null] } },
  "a token": { cache: cache(FRESH) },
  "a token for one of its scopes": {
    cache: cache(FRESH),
    call: { args: [["Mail.Read"], ACCOUNT] },
  },
  "a token with 300 seconds left": { cache: cache({ ...FRESH, left: 300 }) },
  "a token with 299 seconds left": { cache: cache({ ...FRESH, left: 299 }) },
  "a token that has expired": { cache: cache(EXPIRED) },
  "a token that has expired and no refresh token": { cache: cache({ left: 60, metadata: "" }) },
  "a token that is to be renewed": { cache: cache({ ...FRESH, refreshIn: -1 }) },
  "a token that is to be renewed, and a refusal": {
    cache: cache({ ...FRESH, refreshIn: -1 }),
    replies: { token: refusal("invalid_grant") },
  },
  "a token that is not to be renewed yet": { cache: cache({ ...FRESH, refreshIn: 100 }) },
  "a token for other scopes": {
    cache: cache(FRESH),
    call: { args: [["Calendars.Read"], ACCOUNT] },
  },
  "a token of somebody else": { cache: cache(FRESH), call: { args: [SCOPES, OTHER] } },
  "tokens of two": {
    cache: cache(EXPIRED, { ...FRESH, home: OTHER_HOME, refreshToken: "other rt" }),
  },
  "a refresh token alone": { cache: cache({ refreshToken: "rt", metadata: "" }) },
  "two refresh tokens, the newer refused": {
    cache: cache(
      { refreshToken: "older", modified: START - 9, metadata: "" },
      { refreshToken: "newer", modified: START - 5, target: "Else.Read" },
    ),
    replies: { token: [refusal("invalid_grant"), tokens()] },
  },
  "a refusal": { cache: cache(EXPIRED), replies: { token: refusal("invalid_grant") } },
  "a refusal with a reason": {
    cache: cache(EXPIRED),
    replies: { token: refusal("interaction_required", { suberror: "basic_action" }) },
  },
  "a service that is down": {
    cache: cache(EXPIRED),
    replies: { token: { status: 503, body: "" } },
  },
  "a service that is down, and a token that is to be renewed": {
    cache: cache({ ...FRESH, refreshIn: -1 }),
    replies: { token: { status: 503, body: "" } },
  },
  forceRefresh: { cache: cache(FRESH), call: { options: { forceRefresh: true } } },
  "forceRefresh of false": { cache: cache(FRESH), call: { options: { forceRefresh: false } } },
  claimsChallenge: { cache: cache(FRESH), call: { options: { claimsChallenge: CLAIMS } } },
  clientCapabilities: { cache: cache(FRESH), options: CAPABLE },
  "clientCapabilities and a token that has expired": { cache: cache(EXPIRED), options: CAPABLE },
  "clientCapabilities and claimsChallenge": {
    cache: cache(FRESH),
    options: CAPABLE,
    call: { options: { claimsChallenge: CLAIMS } },
  },
  extraTokenParameters: {
    cache: cache(EXPIRED),
    call: { options: { extraTokenParameters: { dc: "prod" } } },
  },
  "a key-bound token, and a bearer token in the cache": {
    cache: cache(FRESH),
    call: {
      options: {
        extraTokenParameters: { token_type: "ssh-cert", key_id: "k", req_cnf: '{"kty":"RSA"}' },
      },
    },
  },
  excludeScopes: { cache: cache(EXPIRED), options: { excludeScopes: ["offline_access"] } },
  "appName and appVersion": {
    cache: cache(EXPIRED),
    options: { appName: "wire", appVersion: "1" },
  },
  "no scope": { cache: cache(FRESH), call: { args: [[], ACCOUNT] } },
  "a reserved scope": { cache: cache(EXPIRED), call: { args: [["openid"], ACCOUNT] } },
  "a reserved scope, and a token": { cache: cache(FRESH), call: { args: [["openid"], ACCOUNT] } },
  "another authority, which is not heeded": {
    cache: cache(EXPIRED),
    call: { python: { authority: `https://${HOST}/organizations` } },
  },
  "a family's refresh token, of a client that never signed in": {
    cache: cache({ client: SIBLING, refreshToken: "frt", family: "1", metadata: "1" }),
  },
  "a family's refresh token, refused for the client": {
    cache: cache({ client: SIBLING, refreshToken: "frt", family: "1", metadata: "1" }),
    replies: {
      token: refusal("invalid_grant", {
        suberror: "client_mismatch",
        error_additional_info: ["client_mismatch"],
      }),
    },
  },
  "a family's refresh token, refused for the client, and one of its own": {
    cache: cache(
      { client: SIBLING, refreshToken: "frt", family: "1", metadata: "1" },
      { refreshToken: "rt" },
    ),
    replies: {
      token: [
        refusal("invalid_grant", {
          suberror: "client_mismatch",
          error_additional_info: ["client_mismatch"],
        }),
        tokens(),
      ],
    },
  },
  "a family's refresh token, of a member": {
    cache: cache(
      { client: SIBLING, refreshToken: "frt", family: "1", metadata: "1" },
      { metadata: "1" },
    ),
  },
  "a family's refresh token, of a client outside of it": {
    cache: cache(
      { client: SIBLING, refreshToken: "frt", family: "1", metadata: "1" },
      { refreshToken: "rt", metadata: "" },
    ),
  },
  "tokens under another name of the host": {
    cache: cache({ ...EXPIRED, environment: "sts.windows.net" }),
    call: { args: [SCOPES, { ...ACCOUNT, environment: "sts.windows.net" }] },
  },
  "authority of everybody": {
    cache: cache(EXPIRED),
    options: { authority: `https://${HOST}/common` },
  },
  "authority of ADFS": {
    cache: cache({ ...EXPIRED, environment: "fs.contoso.com", realm: "adfs", home: "ada" }),
    options: { authority: "https://fs.contoso.com/adfs" },
    call: { args: [SCOPES, { ...ACCOUNT, environment: "fs.contoso.com", homeAccountId: "ada" }] },
    // ADFS sends no client_info.
    replies: { token: tokens({ client_info: undefined }) },
  },
  "authority of B2C": {
    cache: cache({ ...EXPIRED, environment: "contoso.b2clogin.com" }),
    options: { authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi" },
  },
  "an unknown host, and tokens under another name of it": {
    cache: cache({ ...EXPIRED, environment: "sts.contoso.example" }),
    options: { authority: `https://login.contoso.example/${TENANT}` },
  },
  "an unknown host, validateAuthority of false": {
    cache: cache({ ...EXPIRED, environment: "login.contoso.example" }),
    options: { authority: `https://login.contoso.example/${TENANT}`, validateAuthority: false },
  },
  "instanceDiscovery of false": { cache: cache(EXPIRED), options: { instanceDiscovery: false } },
  "a refusal, told with the next request": {
    cache: cache(EXPIRED),
    replies: { token: [refusal("interaction_required"), tokens()] },
    options: { instanceDiscovery: false },
    steps: [
      { call: "acquireTokenSilentWithError", args: [SCOPES, ACCOUNT] },
      { call: "acquireTokenSilentWithError", args: [["Else.Read"], ACCOUNT] },
    ],
  },
  "a hit, told with the next request": {
    cache: cache(FRESH),
    steps: [
      { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
      { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
      { call: "acquireTokenSilent", args: [["Else.Read"], ACCOUNT] },
    ],
  },
  "a token that expires meanwhile": {
    cache: cache(FRESH),
    steps: [
      { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
      { advance: 2800 },
      { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
      { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
    ],
  },
  "the application's secret": { cache: cache(EXPIRED), ...CREDENTIALS["a secret"] },
  "the application's certificate": { cache: cache(EXPIRED), ...CREDENTIALS["a certificate"] },
  "the application's region, which is for its own tokens": {
    cache: cache(EXPIRED),
    ...CREDENTIALS["a secret"],
    options: { ...CREDENTIALS["a secret"].options, azureRegion: "westus" },
  },
};

/** Both silent calls, and after each an account list. */
const SILENT = ["acquireTokenSilent", "acquireTokenSilentWithError"].flatMap((call) =>
  table({ class: "PublicClientApplication", options: {}, call, args: [SCOPES, ACCOUNT] }, STATES),
);

const TWO = cache(FRESH, { ...FRESH, home: OTHER_HOME, username: OTHER.username });
const LIST: Call = { call: "getAccounts", args: [] };

/** Accounts. */
const ACCOUNTS = [
  ...table(
    { class: "PublicClientApplication", options: {}, ...LIST },
    {
      none: {},
      "none, and instanceDiscovery of false": { options: { instanceDiscovery: false } },
      two: { cache: TWO },
      username: { cache: TWO, call: { options: { username: "ADA@contoso.com" } } },
      "username of nobody": { cache: TWO, call: { options: { username: "nobody@contoso.com" } } },
      "under another name of the host": {
        cache: cache({ ...FRESH, environment: "login.windows.net" }),
      },
      "an unknown host": {
        options: { authority: "https://login.contoso.example/tenant" },
        cache: cache({ ...FRESH, environment: "sts.contoso.example" }),
      },
      "an unknown host, validateAuthority of false": {
        options: { authority: "https://login.contoso.example/tenant", validateAuthority: false },
      },
    },
  ),
  ...table(
    { class: "PublicClientApplication", options: {}, call: "removeAccount", args: [ACCOUNT] },
    {
      "one of two": {
        cache: TWO,
        steps: [
          { call: "removeAccount", args: [ACCOUNT] },
          LIST,
          { call: "acquireTokenSilent", args: [SCOPES, ACCOUNT] },
          { call: "acquireTokenSilent", args: [SCOPES, OTHER] },
        ],
      },
      "under two names of the host": {
        cache: cache(FRESH, { ...FRESH, environment: "login.windows.net" }),
        steps: [{ call: "removeAccount", args: [ACCOUNT] }, LIST],
      },
      "with what is another client's": {
        cache: cache(FRESH, { ...FRESH, client: SIBLING, refreshToken: "sibling's" }),
        steps: [{ call: "removeAccount", args: [ACCOUNT] }, LIST],
      },
      "with its family": {
        cache: cache(
          { refreshToken: "frt", family: "1", metadata: "1" },
          { client: SIBLING, refreshToken: "sibling's", family: "1", metadata: "1" },
        ),
        steps: [
          { call: "removeAccount", args: [ACCOUNT] },
          { call: "acquireTokenSilentWithError", args: [SCOPES, ACCOUNT] },
        ],
      },
      "at an unknown host": {
        options: { authority: `https://login.contoso.example/${TENANT}` },
        cache: cache({ ...FRESH, environment: "login.contoso.example" }),
        steps: [
          {
            call: "removeAccount",
            args: [{ ...ACCOUNT, environment: "login.contoso.example" }],
          },
          LIST,
        ],
      },
    },
  ),
];

/** Silent calls and accounts. */
export const SILENT_AND_ACCOUNTS: readonly WireCase[] = [...SILENT, ...ACCOUNTS];
