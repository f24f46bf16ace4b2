/**
 * Tokens of applications themselves.
 *
 * @module
 */
import { CLAIMS, GRAPH, HOST, TENANT, table, type WireCase } from "../case.js";
import { refusal, tokens } from "../replies.js";
import {
  BY_ASSERTION,
  BY_CERTIFICATE,
  BY_CHAIN,
  BY_ENCRYPTED_KEY,
  BY_SECRET,
} from "./credentials.js";

const ASK = { call: "acquireTokenForClient", args: [[GRAPH]] } as const;

/** `acquireTokenForClient`. */
export const APP_TOKENS: readonly WireCase[] = table(
  { class: "ConfidentialClientApplication", options: BY_SECRET, ...ASK },
  {
    "a secret": {},
    "a certificate": { options: BY_CERTIFICATE },
    "a certificate that is sent along": { options: BY_CHAIN },
    "a certificate with an encrypted key": { options: BY_ENCRYPTED_KEY },
    "an assertion": { options: BY_ASSERTION },
    clientClaims: {
      options: { ...BY_CERTIFICATE, clientClaims: { client_ip: "203.0.113.7", nbf: 1, sub: "me" } },
    },
    claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
    clientCapabilities: { options: { ...BY_SECRET, clientCapabilities: ["CP1"] } },
    "clientCapabilities and claimsChallenge": {
      options: { ...BY_SECRET, clientCapabilities: ["CP1"] },
      call: { options: { claimsChallenge: CLAIMS } },
    },
    extraTokenParameters: {
      call: { options: { extraTokenParameters: { dc: "ESTS-PUB-WUS2", fmi_path: "a/b c" } } },
    },
    "an SSH certificate": {
      call: {
        options: {
          extraTokenParameters: { token_type: "ssh-cert", key_id: "k", req_cnf: '{"kty":"RSA"}' },
        },
      },
    },
    "several scopes": { call: { args: [["https://b.example/x", "https://a.example/y"]] } },
    "a region": { options: { ...BY_SECRET, azureRegion: "westus" } },
    "a region with a certificate": { options: { ...BY_CERTIFICATE, azureRegion: "westus" } },
    "the region it runs in": { options: { ...BY_SECRET, azureRegion: true } },
    "no region after all": { options: { ...BY_SECRET, azureRegion: false } },
    "a region of the US government": {
      options: {
        ...BY_SECRET,
        azureRegion: "usgovvirginia",
        authority: `https://login.microsoftonline.us/${TENANT}`,
      },
    },
    "appName and appVersion": { options: { ...BY_SECRET, appName: "wire", appVersion: "1.2.3" } },
    "excludeScopes, which are of users": {
      options: { ...BY_SECRET, excludeScopes: ["offline_access"] },
    },
    "authority of all tenants": { options: { ...BY_SECRET, authority: `https://${HOST}/common` } },
    "authority by a domain": {
      options: { ...BY_SECRET, authority: `https://${HOST}/contoso.onmicrosoft.com` },
    },
    "authority of ADFS, by a certificate": {
      options: { ...BY_CERTIFICATE, authority: "https://fs.contoso.com/adfs" },
    },
    "authority of B2C": {
      options: {
        ...BY_SECRET,
        authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi",
      },
    },
    "a refusal, told with the next request": {
      replies: { token: [refusal("invalid_client"), tokens()] },
      steps: [ASK, { ...ASK, args: [["https://other.example/.default"]] }],
    },
    "clientClaims that replace what is always there": {
      options: {
        ...BY_CERTIFICATE,
        clientClaims: { aud: "else", iss: "me", jti: "once", exp: 1700000099, iat: 1, nbf: 1 },
      },
    },
    "no scope": { call: { args: [[]] } },
    "a reserved scope": { call: { args: [["openid"]] } },
    "an extra parameter that is the library's": {
      call: { options: { extraTokenParameters: { scope: "else" } } },
    },
    "appVersion alone": { options: { ...BY_SECRET, appName: "", appVersion: "1.2.3" } },
    "the region it runs in, which nobody knows": {
      options: { ...BY_SECRET, azureRegion: true },
      replies: { region: { status: 404, body: "<html>Not found</html>" } },
    },
    "the region it runs in, which the service tells with white space": {
      options: { ...BY_SECRET, azureRegion: true },
      replies: { region: { body: " westus2\n" } },
    },
    "two of them for one certificate": {
      options: BY_CERTIFICATE,
      steps: [ASK, { ...ASK, args: [["https://other.example/.default"]] }],
    },
    "a second time": { steps: [ASK, ASK] },
    "an answer that is no JSON": { replies: { token: { status: 200, body: "<html>" } } },
    "an answer of a service that is down": { replies: { token: { status: 503, body: "" } } },
  },
);
