/**
 * Sign-ins of public clients: on another device, and in the browser of this one.
 *
 * @module
 */
import {
  ADA,
  type Call,
  CLAIMS,
  fromStep,
  OID,
  type Row,
  SCOPES,
  TENANT,
  table,
  type WireCase,
} from "../case.js";
import { base64url, DEVICE_CODE, refusal, tokens } from "../replies.js";

const CAPABLE = { clientCapabilities: ["CP1"] };
const PENDING = refusal("authorization_pending");
const COMMON = { class: "PublicClientApplication", options: {} } as const;

const BEGIN: Call = { call: "initiateDeviceFlow", args: [SCOPES] };
const END: Call = { call: "acquireTokenByDeviceFlow", args: [fromStep(0)] };

function polling(token: NonNullable<Row["replies"]>["token"], options?: Call["options"]): Row {
  return {
    ...(token !== undefined && { replies: { token } }),
    steps: [BEGIN, { ...END, ...(options && { options }) }],
  };
}

/** Device codes. */
const DEVICES = [
  ...table(
    { ...COMMON, ...BEGIN },
    {
      scopes: {},
      "no argument": { call: { args: [] } },
      "no scope": { call: { args: [[]] } },
      excludeScopes: { options: { excludeScopes: ["offline_access"] } },
      "clientCapabilities, which come with the poll": { options: CAPABLE },
      "appName and appVersion": { options: { appName: "wire", appVersion: "1" } },
      "a refusal": { replies: { deviceCode: refusal("invalid_client") } },
      "authority of ADFS": { options: { authority: "https://fs.contoso.com/adfs" } },
      "authority that names no endpoint for devices": {
        options: { authority: "https://login.contoso.example/tenant" },
        replies: {
          configuration: {
            body: {
              issuer: "https://login.contoso.example/tenant/v2.0",
              authorization_endpoint: "https://login.contoso.example/tenant/oauth2/authorize",
              token_endpoint: "https://login.contoso.example/tenant/oauth2/token",
            },
          },
        },
      },
    },
  ),
  ...table(
    { ...COMMON, ...END },
    {
      "at once": polling(tokens()),
      "after a while": polling([PENDING, PENDING, tokens()]),
      "slower and slower": polling([refusal("slow_down"), PENDING, refusal("slow_down"), tokens()]),
      "a user who declined": polling([PENDING, refusal("authorization_declined")]),
      "a code that has expired": polling([PENDING, refusal("expired_token")]),
      "nobody who types it": {
        ...polling(PENDING),
        replies: { token: PENDING, deviceCode: { body: { ...DEVICE_CODE, expires_in: 30 } } },
      },
      claimsChallenge: polling(tokens(), { claimsChallenge: CLAIMS }),
      clientCapabilities: { ...polling(tokens()), options: CAPABLE },
      "clientCapabilities and claimsChallenge": {
        ...polling(tokens(), { claimsChallenge: CLAIMS }),
        options: CAPABLE,
      },
      extraTokenParameters: polling(tokens(), { extraTokenParameters: { dc: "prod" } }),
      "a refusal, told with the next request": {
        replies: { token: [refusal("authorization_declined"), tokens()] },
        steps: [BEGIN, END, BEGIN, { ...END, args: [fromStep(2)] }],
      },
    },
  ),
];

const CODE = { code: "the code", client_info: base64url({ uid: OID, utid: TENANT }) };

/** `acquireTokenInteractive`. */
const BROWSERS = table(
  { ...COMMON, call: "acquireTokenInteractive", args: [SCOPES], browser: CODE },
  {
    "no option": {},
    prompt: { call: { options: { prompt: "select_account" } } },
    loginHint: { call: { options: { loginHint: ADA } } },
    domainHint: { call: { options: { domainHint: "contoso.com" } } },
    claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
    clientCapabilities: { options: CAPABLE },
    "clientCapabilities and claimsChallenge": {
      options: CAPABLE,
      call: { options: { claimsChallenge: CLAIMS } },
    },
    extraScopesToConsent: { call: { options: { extraScopesToConsent: ["other/Read"] } } },
    maxAge: { call: { options: { maxAge: 60 } } },
    "maxAge of 0": { call: { options: { maxAge: 0 } } },
    timeout: { call: { options: { timeout: 30_000 } } },
    "port of 0": { call: { options: { port: 0 } } },
    extraTokenParameters: { call: { options: { extraTokenParameters: { dc: "prod" } } } },
    excludeScopes: { options: { excludeScopes: ["offline_access"] } },
    "no scope": { call: { args: [[]] } },
    "a user who declined": { call: { browser: { error: "access_denied" } } },
    "an answer that does not say who signed in": { call: { browser: { code: "c" } } },
    "a code that is refused": { replies: { token: refusal("invalid_grant") } },
  },
);

/** Device codes and browsers. */
export const DEVICES_AND_BROWSERS: readonly WireCase[] = [...DEVICES, ...BROWSERS];
