/**
 * Where users are sent to sign in.
 *
 * @module
 */
import { ADA, CLAIMS, HOST, SCOPES, TENANT, table, type WireCase } from "../case.js";

const REDIRECT_URI = "http://localhost/callback?of=app&x=1";

const SHARED = {
  "no option": {},
  "several scopes in another order": { call: { args: [["b/read", "A.Read", "a/.default"]] } },
  "no scope": { call: { args: [[]] } },
  redirectUri: { call: { options: { redirectUri: REDIRECT_URI } } },
  state: { call: { options: { state: "a state & more" } } },
  prompt: { call: { options: { prompt: "select_account" } } },
  loginHint: { call: { options: { loginHint: ADA } } },
  "loginHint with characters of its own": {
    call: { options: { loginHint: "søren+x@contoso.com" } },
  },
  "empty texts": {
    call: { options: { loginHint: "", domainHint: "", prompt: "", claimsChallenge: "" } },
  },
  "a scope with a space in it": { call: { args: [["User.Read Mail.Read"]] } },
  "a reserved scope": { call: { args: [["openid"]] } },
  "scopes that are no list": { call: { args: ["User.Read"] } },
  "a claimsChallenge that is no JSON": { call: { options: { claimsChallenge: "{" } } },
  "a claimsChallenge that is no JSON, and clientCapabilities": {
    options: { clientCapabilities: ["CP1"] },
    call: { options: { claimsChallenge: "{" } },
  },
  "a claimsChallenge that names capabilities of its own": {
    options: { clientCapabilities: ["CP1"] },
    call: {
      options: {
        claimsChallenge:
          '{"id_token":{"a":null},"access_token":{"b":null,"xms_cc":{"values":["x"]}}}',
      },
    },
  },
  "clientCapabilities of none": { options: { clientCapabilities: [] } },
  domainHint: { call: { options: { domainHint: "organizations" } } },
  claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
  clientCapabilities: { options: { clientCapabilities: ["CP1", "foo"] } },
  "clientCapabilities and claimsChallenge": {
    options: { clientCapabilities: ["CP1"] },
    call: { options: { claimsChallenge: CLAIMS } },
  },
  excludeScopes: { options: { excludeScopes: ["offline_access"] } },
  clientCredential: {
    class: "ConfidentialClientApplication",
    options: { clientCredential: "secret" },
  },
  "appName and appVersion": { options: { appName: "wire", appVersion: "1.2.3" } },
  "authority of all organizations": { options: { authority: `https://${HOST}/organizations` } },
  "authority of personal accounts": { options: { authority: `https://${HOST}/consumers` } },
  "authority by a domain": { options: { authority: `https://${HOST}/contoso.onmicrosoft.com` } },
  "authority in China": { options: { authority: `https://login.chinacloudapi.cn/${TENANT}` } },
  "authority of the US government": {
    options: { authority: `https://login.microsoftonline.us/${TENANT}` },
  },
  "authority by another name": { options: { authority: `https://sts.windows.net/${TENANT}` } },
  "authority of ADFS": { options: { authority: "https://fs.contoso.com/adfs" } },
  "authority of B2C": {
    options: { authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi" },
  },
} as const;

/** `initiateAuthCodeFlow`, and the older `getAuthorizationRequestUrl`. */
export const AUTHORIZATION_URLS: readonly WireCase[] = [
  ...table(
    { class: "PublicClientApplication", options: {}, call: "initiateAuthCodeFlow", args: [SCOPES] },
    {
      ...SHARED,
      "empty state": { call: { options: { state: "" } } },
      maxAge: { call: { options: { maxAge: 3600 } } },
      "maxAge of 0": { call: { options: { maxAge: 0 } } },
      "responseMode form_post": { call: { options: { responseMode: "form_post" } } },
      "responseMode query": { call: { options: { responseMode: "query" } } },
    },
  ),
  ...table(
    {
      class: "PublicClientApplication",
      options: {},
      call: "getAuthorizationRequestUrl",
      args: [SCOPES],
    },
    {
      ...SHARED,
      nonce: { call: { options: { nonce: "my nonce" } } },
      "responseType id_token": { call: { options: { responseType: "id_token", nonce: "n" } } },
    },
  ),
];
