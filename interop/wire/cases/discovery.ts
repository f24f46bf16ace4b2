/**
 * Authorities: what is asked about them before anything else is sent.
 *
 * @module
 */
import { HOST, SCOPES, TENANT, table, type WireCase } from "../case.js";

/** Any call that needs the authority, at authorities of all kinds. */
export const DISCOVERY: readonly WireCase[] = table(
  {
    class: "PublicClientApplication",
    options: {},
    call: "acquireTokenByRefreshToken",
    args: ["rt", SCOPES],
  },
  {
    "discovery of a known host": {},
    "discovery of the default": { options: { authority: undefined } },
    "discovery of a known host by a domain": {
      options: { authority: `https://${HOST}/contoso.onmicrosoft.com` },
    },
    "discovery of a known host by another name": {
      options: { authority: `https://login.windows.net/${TENANT}` },
    },
    "discovery of a sovereign cloud": {
      options: { authority: `https://login-us.microsoftonline.com/${TENANT}` },
    },
    "discovery of an unknown host": {
      options: { authority: `https://login.contoso.example/${TENANT}` },
    },
    "discovery of an unknown host, validateAuthority of false": {
      options: { authority: `https://login.contoso.example/${TENANT}`, validateAuthority: false },
    },
    "discovery of an unknown host, instanceDiscovery of false": {
      options: { authority: `https://login.contoso.example/${TENANT}`, instanceDiscovery: false },
    },
    "discovery of an unknown host, instanceDiscovery of true": {
      options: { authority: `https://login.contoso.example/${TENANT}`, instanceDiscovery: true },
    },
    "discovery of an unknown host with a port": {
      options: {
        authority: `https://login.contoso.example:8443/${TENANT}`,
        validateAuthority: false,
      },
    },
    "discovery of a host that is none of Microsoft's": {
      options: { authority: `https://login.evil.example/${TENANT}` },
      replies: { instance: { status: 400, body: { error: "invalid_instance" } } },
    },
    "discovery of ADFS": { options: { authority: "https://fs.contoso.com/adfs" } },
    "discovery of ADFS with a slash": { options: { authority: "https://fs.contoso.com/adfs/" } },
    "discovery of ADFS with a port": { options: { authority: "https://fs.contoso.com:8443/adfs" } },
    "discovery of an authority without TLS": {
      options: { authority: "http://login.contoso.example/tenant" },
    },
    "discovery of an authority without a tenant": {
      options: { authority: "https://login.contoso.example" },
    },
    "discovery with a query": {
      options: {
        authority: `https://login.contoso.example/${TENANT}?p=x`,
        validateAuthority: false,
      },
    },
    "discovery of B2C": {
      options: { authority: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi" },
    },
    "discovery of B2C on a domain of its own": {
      options: { authority: `https://login.contoso.example/${TENANT}/B2C_1_susi` },
    },
    "discovery of a tenant that does not exist": {
      options: { authority: `https://${HOST}/nobody.example` },
      replies: { configuration: { status: 400, body: { error: "invalid_tenant" } } },
    },
    "discovery of a host that is down": {
      options: { authority: "https://fs.contoso.com/adfs" },
      replies: { configuration: { status: 503, body: "" } },
    },
    "discovery of a configuration without endpoints": {
      options: { authority: "https://fs.contoso.com/adfs" },
      replies: { configuration: { body: {} } },
    },
  },
);
