/**
 * What is redeemed for tokens: codes, refresh tokens from elsewhere, other tokens of users.
 *
 * @module
 */
import {
  AUTHORITY,
  type Call,
  CLAIMS,
  fromStep,
  GRAPH,
  HOST,
  OID,
  type Row,
  SCOPES,
  TENANT,
  table,
  type WireCase,
} from "../case.js";
import { base64url, refusal, tokens } from "../replies.js";
import { CREDENTIALS } from "./credentials.js";

const CAPABLE = { clientCapabilities: ["CP1"] };
const EXTRA = { extraTokenParameters: { dc: "prod", slice: "test slot" } };
const KEY_BOUND = {
  extraTokenParameters: { token_type: "pop", key_id: "k", req_cnf: "eyJraWQiOiJrIn0" },
};
const REDIRECT_URI = "https://app.example/callback";

/** A sign-in from its beginning to its end. */
function signIn(
  begin: Call["options"] = {},
  end: { options?: Call["options"]; answer?: Record<string, string> } = {},
  scopes: readonly string[] = SCOPES,
): Row {
  const answer = { state: fromStep(0, "state"), ...(end.answer ?? { code: "the code +/" }) };
  return {
    steps: [
      { call: "initiateAuthCodeFlow", args: [scopes], options: { state: "the state", ...begin } },
      {
        call: "acquireTokenByAuthCodeFlow",
        args: [fromStep(0), answer],
        ...(end.options && { options: end.options }),
      },
    ],
  };
}

const COMMON = { class: "PublicClientApplication", options: {} } as const;

/** `acquireTokenByAuthCodeFlow`, after `initiateAuthCodeFlow`. */
const SIGN_INS = table(
  { ...COMMON, call: "acquireTokenByAuthCodeFlow", args: [] },
  {
    "no option": signIn(),
    redirectUri: signIn({ redirectUri: REDIRECT_URI }),
    "everything that the URL may say": signIn({
      redirectUri: REDIRECT_URI,
      prompt: "login",
      loginHint: "ada@contoso.com",
      domainHint: "contoso.com",
      maxAge: 10,
      responseMode: "form_post",
    }),
    "a state of the library's": signIn({ state: undefined }),
    scopes: signIn({}, { options: { scopes: ["Mail.Read"] } }),
    "no scopes": signIn({}, { options: { scopes: [] } }),
    "scopes that were not asked for": signIn({}, { options: { scopes: ["Else.Read"] } }),
    "claimsChallenge of the beginning": signIn({ claimsChallenge: CLAIMS }),
    clientCapabilities: { ...signIn(), options: CAPABLE },
    "clientCapabilities and claimsChallenge": {
      ...signIn({ claimsChallenge: CLAIMS }),
      options: CAPABLE,
    },
    extraTokenParameters: signIn({}, { options: EXTRA }),
    "a key-bound token": signIn({}, { options: KEY_BOUND }),
    "an answer that says who signed in": signIn(
      {},
      { answer: { code: "c", client_info: base64url({ uid: OID, utid: TENANT }) } },
    ),
    "an answer that says too little about who signed in": signIn(
      {},
      { answer: { code: "c", client_info: base64url({ uid: OID }) } },
    ),
    "an answer of another sign-in": signIn({}, { answer: { code: "c", state: "another" } }),
    "an answer with a code and an error": signIn({}, { answer: { code: "c", error: "e" } }),
    "an answer without a code": signIn({}, { answer: {} }),
    "a user who declined, told with the next request": {
      steps: [
        { call: "initiateAuthCodeFlow", args: [SCOPES] },
        {
          call: "acquireTokenByAuthCodeFlow",
          args: [
            fromStep(0),
            {
              state: fromStep(0, "state"),
              error: "access_denied",
              error_description: "No.",
              error_uri: "https://why.example",
            },
          ],
        },
        { call: "acquireTokenByRefreshToken", args: ["rt", SCOPES] },
      ],
    },
    "a code that is refused": {
      ...signIn(),
      replies: { token: refusal("invalid_grant", { suberror: "bad_token" }) },
    },
    excludeScopes: { ...signIn(), options: { excludeScopes: ["profile", "offline_access"] } },
    "authority of ADFS": { ...signIn(), options: { authority: "https://fs.contoso.com/adfs" } },
    "authority of B2C": {
      ...signIn(),
      options: {
        authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi",
      },
    },
    ...Object.fromEntries(
      Object.entries(CREDENTIALS).map(([name, row]) => [name, { ...signIn(), ...row }]),
    ),
  },
);

/** `acquireTokenByAuthorizationCode`. */
const CODES = table(
  { ...COMMON, call: "acquireTokenByAuthorizationCode", args: ["the code", SCOPES] },
  {
    "no option": {},
    redirectUri: { call: { options: { redirectUri: REDIRECT_URI } } },
    nonce: { call: { options: { nonce: "n" } } },
    claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
    clientCapabilities: { options: CAPABLE },
    "clientCapabilities and claimsChallenge": {
      options: CAPABLE,
      call: { options: { claimsChallenge: CLAIMS } },
    },
    extraTokenParameters: { call: { options: EXTRA } },
    "extraTokenParameters with PKCE by hand": {
      call: { options: { extraTokenParameters: { code_verifier: "v".repeat(43) } } },
    },
    "a refusal": { replies: { token: refusal("invalid_grant") } },
    "no scope": { call: { args: ["the code", []] } },
    ...CREDENTIALS,
  },
);

/** `acquireTokenByRefreshToken`. */
const REFRESH_TOKENS = table(
  { ...COMMON, call: "acquireTokenByRefreshToken", args: ["from elsewhere", SCOPES] },
  {
    "no option": {},
    clientCapabilities: { options: CAPABLE },
    extraTokenParameters: { call: { options: EXTRA } },
    "a key-bound token": { call: { options: KEY_BOUND } },
    "no scope": { call: { args: ["from elsewhere", []] } },
    excludeScopes: { options: { excludeScopes: ["offline_access"] } },
    "a refusal": { replies: { token: refusal("invalid_grant") } },
    "refusals, told until the header is full": {
      replies: {
        token: [...Array.from({ length: 8 }, (_, i) => refusal(`invalid_grant_${i}`)), tokens()],
      },
      steps: Array.from({ length: 10 }, (_, i) => ({
        call: "acquireTokenByRefreshToken",
        args: [`rt ${i}`, SCOPES],
      })),
    },
    "a reserved scope": { call: { args: ["from elsewhere", ["openid"]] } },
    "authority of everybody": { options: { authority: `https://${HOST}/common` } },
    "authority of ADFS": { options: { authority: "https://fs.contoso.com/adfs" } },
    "and then silent for what it brought": {
      steps: [
        { call: "acquireTokenByRefreshToken", args: ["from elsewhere", SCOPES] },
        { call: "getAccounts", args: [] },
      ],
    },
    ...CREDENTIALS,
  },
);

/** `acquireTokenOnBehalfOf`. */
const ON_BEHALF_OF = table(
  {
    class: "ConfidentialClientApplication",
    options: CREDENTIALS["a secret"].options,
    call: "acquireTokenOnBehalfOf",
    args: ["the.users.token", [GRAPH]],
  },
  {
    ...CREDENTIALS,
    claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
    clientCapabilities: { options: { ...CREDENTIALS["a secret"].options, ...CAPABLE } },
    "clientCapabilities and claimsChallenge": {
      options: { ...CREDENTIALS["a secret"].options, ...CAPABLE },
      call: { options: { claimsChallenge: CLAIMS } },
    },
    extraTokenParameters: { call: { options: EXTRA } },
    "several scopes": { call: { args: ["the.users.token", ["b/read", "a/write"]] } },
    excludeScopes: {
      options: { ...CREDENTIALS["a secret"].options, excludeScopes: ["offline_access"] },
    },
    "a region, which is for the application's own tokens": {
      options: { ...CREDENTIALS["a secret"].options, azureRegion: "westus" },
    },
    "a user who has to be asked, told with the next request": {
      replies: {
        token: [
          refusal("interaction_required", { suberror: "basic_action", claims: CLAIMS }),
          tokens(),
        ],
      },
      steps: [
        { call: "acquireTokenOnBehalfOf", args: ["the.users.token", [GRAPH]] },
        { call: "acquireTokenOnBehalfOf", args: ["the.other.token", [GRAPH]] },
      ],
    },
    "authority of ADFS": {
      options: {
        ...CREDENTIALS["a secret"].options,
        authority: "https://fs.contoso.com/adfs",
      },
    },
    "appName and appVersion": {
      options: {
        ...CREDENTIALS["a secret"].options,
        authority: AUTHORITY,
        appName: "wire",
        appVersion: "1",
      },
    },
    "the same assertion a second time": {
      steps: [
        { call: "acquireTokenOnBehalfOf", args: ["the.users.token", [GRAPH]] },
        { call: "acquireTokenOnBehalfOf", args: ["the.users.token", [GRAPH]] },
      ],
    },
  },
);

/** Codes, refresh tokens and assertions. */
export const EXCHANGES: readonly WireCase[] = [
  ...SIGN_INS,
  ...CODES,
  ...REFRESH_TOKENS,
  ...ON_BEHALF_OF,
];
