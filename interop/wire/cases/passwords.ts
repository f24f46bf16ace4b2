/**
 * Users who sign in with a password, of the platform and of a federation server.
 *
 * @module
 */
import { ADA, CLAIMS, HOST, SCOPES, table, type WireCase } from "../case.js";
import {
  assertion,
  FEDERATED,
  FEDERATION,
  mexDocument,
  type Replies,
  refusal,
  tokens,
  WS_TRUST_13,
  WS_TRUST_2005,
} from "../replies.js";
import { CREDENTIALS } from "./credentials.js";

const CAPABLE = { clientCapabilities: ["CP1"] };
const PASSWORD = `p&ss "w'<o>rd+%`;
const ASK = { call: "acquireTokenByUsernamePassword", args: [ADA, PASSWORD, SCOPES] } as const;
const COMMON = { class: "PublicClientApplication", options: {} } as const;

const federated = (more: Record<string, unknown> = {}): Replies => ({
  userRealm: { body: { ...FEDERATED, ...more } },
});

const FAULT = {
  status: 500,
  body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="urn:a"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:RequestFailed</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">MSIS3127: no.</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`,
};

/** Users of the platform. */
const MANAGED = table(
  { ...COMMON, ...ASK },
  {
    "no option": {},
    claimsChallenge: { call: { options: { claimsChallenge: CLAIMS } } },
    clientCapabilities: { options: CAPABLE },
    "clientCapabilities and claimsChallenge": {
      options: CAPABLE,
      call: { options: { claimsChallenge: CLAIMS } },
    },
    extraTokenParameters: { call: { options: { extraTokenParameters: { dc: "prod" } } } },
    excludeScopes: { options: { excludeScopes: ["offline_access"] } },
    "no scope": { call: { args: [ADA, PASSWORD, []] } },
    "a password with an umlaut": { call: { args: [ADA, "pässword", SCOPES] } },
    "a user in upper case": { call: { args: ["ADA@Contoso.COM", PASSWORD, SCOPES] } },
    "a user with a plus": { call: { args: ["ada+test@contoso.com", PASSWORD, SCOPES] } },
    "a guest": { call: { args: ["ada_fabrikam.com#EXT#@contoso.com", PASSWORD, SCOPES] } },
    "a user with an umlaut": { call: { args: ["jürgen@contoso.com", PASSWORD, SCOPES] } },
    "a user nobody knows": { replies: { userRealm: { body: { account_type: "Unknown" } } } },
    "a realm that is federated in another spelling": {
      replies: { userRealm: { body: { ...FEDERATED, account_type: "federated" } } },
    },
    "a realm of a service that is down": { replies: { userRealm: { status: 503, body: "" } } },
    "a host without user realms": { replies: { userRealm: { status: 404, body: "" } } },
    "a realm that cannot be asked for": { replies: { userRealm: { status: 400, body: "" } } },
    "a refusal, told with the next request": {
      replies: { token: [refusal("invalid_grant", { error_codes: [50126] }), tokens()] },
      steps: [ASK, { call: "acquireTokenByRefreshToken", args: ["rt", SCOPES] }],
    },
    "authority of organizations": { options: { authority: `https://${HOST}/organizations` } },
    "authority of ADFS": { options: { authority: "https://fs.contoso.com/adfs" } },
    "authority of B2C": {
      options: { authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_ropc" },
      replies: { userRealm: { status: 404, body: "" } },
    },
    ...CREDENTIALS,
  },
);

/** Users of a federation server. */
const FEDERATED_USERS = table(
  { ...COMMON, ...ASK, replies: federated() },
  {
    "federated, WS-Trust 1.3 and 2005": {},
    "federated, WS-Trust 1.3": { replies: { metadata: mexDocument(WS_TRUST_13) } },
    "federated, WS-Trust 2005": { replies: { metadata: mexDocument(WS_TRUST_2005) } },
    "federated, no metadata but an endpoint of 2005": {
      replies: federated({ federation_metadata_url: undefined }),
    },
    "federated, no metadata but an endpoint of 1.3": {
      replies: federated({
        federation_metadata_url: undefined,
        federation_active_auth_url: WS_TRUST_13,
      }),
    },
    "federated, no metadata but an unknown endpoint": {
      replies: federated({
        federation_metadata_url: undefined,
        federation_active_auth_url: `${FEDERATION}/custom/usernamemixed`,
      }),
    },
    "federated, no endpoint at all": { replies: { metadata: mexDocument() } },
    "federated, SAML 2.0": {
      replies: { federation: assertion("urn:oasis:names:tc:SAML:2.0:assertion") },
    },
    "federated, SAML 1.1 by its profile": {
      replies: {
        federation: assertion(
          "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1",
        ),
      },
    },
    "federated, SAML 2.0 by its profile": {
      replies: {
        federation: assertion(
          "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0",
        ),
      },
    },
    "federated, an unknown kind of token": { replies: { federation: assertion("urn:else") } },
    "federated, a fault": { replies: { federation: FAULT } },
    "federated, an audience of its own": {
      replies: federated({ cloud_audience_urn: "urn:federation:Blackforest" }),
    },
    "federated, no audience": { replies: federated({ cloud_audience_urn: undefined }) },
    "federated, clientCapabilities and claimsChallenge": {
      options: CAPABLE,
      call: { options: { claimsChallenge: CLAIMS } },
    },
    "federated, extraTokenParameters": {
      call: { options: { extraTokenParameters: { dc: "prod" } } },
    },
    "federated, an assertion that is refused": { replies: { token: refusal("invalid_grant") } },
    "federated, metadata without TLS": {
      replies: federated({ federation_metadata_url: "http://fs.contoso.com/mex" }),
    },
    "federated, an endpoint without TLS": {
      replies: federated({
        federation_metadata_url: undefined,
        federation_active_auth_url: WS_TRUST_13.replace("https:", "http:"),
      }),
    },
    "federated, a user with an ampersand": {
      call: { args: ["r&d@contoso.com", PASSWORD, SCOPES] },
    },
    "federated, a password with an umlaut": { call: { args: [ADA, "pässword", SCOPES] } },
    "federated, a secret": CREDENTIALS["a secret"],
    "federated, a certificate": CREDENTIALS["a certificate"],
  },
);

/** Passwords. */
export const PASSWORDS: readonly WireCase[] = [...MANAGED, ...FEDERATED_USERS];
