import {
  AuthorityBuilder,
  AZURE_CHINA,
  AZURE_PUBLIC,
  AZURE_US_GOVERNMENT,
  type ConfidentialClientApplicationOptions,
} from "msal-ts";
import { expect, test } from "vitest";
import {
  ADA,
  APP_SCOPES,
  appTokens,
  CONTOSO,
  contents,
  FABRIKAM,
  HOST,
  PASSWORD,
  REDIRECT_URI,
  remember,
  setup,
  setupScript,
  USER,
  userTokens,
} from "../setup.js";

type Authority = ConfidentialClientApplicationOptions["authority"];

/** Where a client sends its users and its requests; nothing but the token request may be sent. */
async function endpointsOf(authority: Authority) {
  const { webApp, requests } = setupScript({ body: appTokens() });
  const app = webApp({ authority });
  const flow = await app.initiateAuthCodeFlow(["User.Read"]);
  await app.acquireTokenForClient(APP_SCOPES);
  const [token, ...others] = requests;
  expect(others).toEqual([]);
  return {
    authorization: flow.authUri.split("?")[0],
    token: token?.url,
    environment: contents(app.tokenCache).accessTokens[0]?.environment,
    realm: contents(app.tokenCache).accessTokens[0]?.realm,
  };
}

// Every host of Microsoft's clouds, and the one that answers for it.
const HOSTS = [
  ["login.microsoftonline.com", "login.microsoftonline.com"],
  ["login.windows.net", "login.microsoftonline.com"],
  ["login.microsoft.com", "login.microsoftonline.com"],
  ["sts.windows.net", "login.microsoftonline.com"],
  ["login.chinacloudapi.cn", "login.chinacloudapi.cn"],
  ["login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn"],
  ["login.microsoftonline.us", "login.microsoftonline.us"],
  ["login.usgovcloudapi.net", "login.microsoftonline.us"],
  ["login-us.microsoftonline.com", "login-us.microsoftonline.com"],
  ["login.microsoftonline.de", "login.microsoftonline.de"],
  ["login.sovcloud-identity.fr", "login.sovcloud-identity.fr"],
  ["login.sovcloud-identity.de", "login.sovcloud-identity.de"],
  ["login.sovcloud-identity.sg", "login.sovcloud-identity.sg"],
] as const;

// Decision 18.
test.for(HOSTS)(
  "authority 1: the endpoints of %s are known without a discovery request",
  async ([host, endpoint]) => {
    for (const tenant of ["common", "organizations", "consumers", CONTOSO]) {
      expect(await endpointsOf(`https://${host}/${tenant}`)).toEqual({
        authorization: `https://${endpoint}/${tenant}/oauth2/v2.0/authorize`,
        token: `https://${endpoint}/${tenant}/oauth2/v2.0/token`,
        environment: host,
        realm: tenant,
      });
    }
  },
);

// A builder, and the URL that means the same.
test.for<[AuthorityBuilder, string]>([
  [new AuthorityBuilder(AZURE_PUBLIC, "consumers"), "https://login.microsoftonline.com/consumers"],
  [new AuthorityBuilder(AZURE_US_GOVERNMENT, "common"), "https://login.microsoftonline.us/common"],
  [new AuthorityBuilder(AZURE_CHINA, CONTOSO), `https://login.chinacloudapi.cn/${CONTOSO}`],
  [new AuthorityBuilder(`${AZURE_PUBLIC}/`, `/${CONTOSO}/`), `https://${HOST}/${CONTOSO}`],
])("authority 2: %s is the same as its URL", async ([builder, url]) => {
  expect(String(builder)).toBe(url);
  expect(await endpointsOf(builder)).toEqual(await endpointsOf(url));
});

// Ways to write the same authority, decision 18 and flows B-19.
test.for<[Authority]>([
  [`https://${HOST}/${CONTOSO}/`],
  [`https://${HOST}/${CONTOSO}//`],
  [`HTTPS://Login.MicrosoftOnline.com/${CONTOSO}`],
  [`https://${HOST}:443/${CONTOSO}`],
  [new URL(`https://${HOST}/${CONTOSO}`)],
])("%s is Contoso in the public cloud", async ([authority]) => {
  expect(await endpointsOf(authority)).toMatchObject({
    token: `https://${HOST}/${CONTOSO}/oauth2/v2.0/token`,
    environment: HOST,
    realm: CONTOSO,
  });
});

test("flows B-19: without an authority everybody may sign in, in the public cloud", async () => {
  expect(await endpointsOf(undefined)).toMatchObject({
    token: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
  });
});

// The platform itself answers under each host; personal accounts have a tenant of their own.
test.for([
  ["common", ADA],
  ["organizations", ADA],
  ["common", "radia@outlook.com"],
  ["consumers", "radia@outlook.com"],
] as const)(
  "under /%s %s signs in, and gets a token silently later",
  async ([tenant, username]) => {
    const { webApp, signIn, clock, idp } = setup();
    const app = webApp({ authority: `https://${HOST}/${tenant}` });

    const result = await signIn(app, { username });
    const [account] = await app.getAccounts();
    const cached = await app.acquireTokenSilent(["User.Read"], account);
    clock.advance(6000);
    const refreshed = await app.acquireTokenSilent(["User.Read"], account);

    expect(result).toMatchObject({ account: { username, environment: HOST } });
    expect(cached).toMatchObject({ token_source: "cache" });
    expect(refreshed).toMatchObject({ token_source: "identity_provider" });
    expect(idp.requests.filter(({ url }) => url.includes("openid-configuration"))).toEqual([]);
  },
);

test.for([["login.chinacloudapi.cn"], ["login.microsoftonline.us"], ["login.windows.net"]])(
  "a sign-in under %s works end to end: the issuer of its tokens fits",
  async ([host]) => {
    const { webApp, idp } = setup();
    const app = webApp({ authority: `https://${host}/${CONTOSO}` });
    const flow = await app.initiateAuthCodeFlow(["User.Read"], { redirectUri: REDIRECT_URI });
    const answer = await idp.signIn(flow.authUri, { username: ADA, password: PASSWORD });

    const result = await app.acquireTokenByAuthCodeFlow(flow, answer);

    expect(result).toMatchObject({ account: { environment: host, username: ADA } });
  },
);

// Hosts of one cloud, each beside the name under which the account was kept.
test.for([
  ["login.microsoftonline.com", "login.windows.net"],
  ["login.microsoftonline.com", "login.microsoft.com"],
  ["sts.windows.net", "login.microsoftonline.com"],
  ["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
  ["login.microsoftonline.us", "login.usgovcloudapi.net"],
])(
  "authority 12, 21: on %s what was kept under %s is found, and nobody is asked",
  async ([host, environment]) => {
    const { webApp, requests } = setupScript();
    const app = webApp({ authority: `https://${host}/${CONTOSO}` });
    remember(app.tokenCache, {}, { environment });

    const [account] = await app.getAccounts({ username: ADA });

    expect(account).toMatchObject({ homeAccountId: USER.homeAccountId, environment });
    expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
      token_source: "cache",
    });
    expect(requests).toEqual([]);
  },
);

test("under /common a token that was kept for the account's own tenant serves too (decision 18)", async () => {
  const { webApp, requests } = setupScript();
  const app = webApp({ authority: `https://${HOST}/common` });
  remember(app.tokenCache);
  const [account] = await app.getAccounts();

  expect(await app.acquireTokenSilent(["User.Read"], account)).toMatchObject({
    token_source: "cache",
  });
  expect(requests).toEqual([]);
});

test("under /common two calls for one home account in two tenants are not one", async () => {
  const { webApp } = setupScript({ body: userTokens({ access_token: "refreshed" }) });
  const app = webApp({ authority: `https://${HOST}/common` });
  remember(app.tokenCache, { access_token: undefined });
  remember(
    app.tokenCache,
    { access_token: "of Fabrikam", refresh_token: undefined },
    {
      environment: "login.windows.net",
      token_endpoint: `https://login.windows.net/${FABRIKAM}/oauth2/v2.0/token`,
    },
  );
  const [account] = await app.getAccounts();

  const results = await Promise.all(
    [CONTOSO, FABRIKAM].map((realm) =>
      app.acquireTokenSilent(["User.Read"], { ...account!, realm }),
    ),
  );

  expect(results.map((result) => result?.access_token)).toEqual(["refreshed", "of Fabrikam"]);
});
