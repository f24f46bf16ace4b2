/**
 * Tour, also as `npm run demo`: a token for an app, a sign-in, a refresh, a sign-out, one after the other.
 *
 * Against an identity platform on localhost; nothing leaves this machine.
 *
 * Against a real tenant the same code runs with other values:
 *
 *     authority         https://login.microsoftonline.com/<your tenant>
 *     clientId          of your app registration, with http://localhost/callback as a web redirect URI
 *     clientCredential  one of its secrets
 *     verify            left out: the system's certificates are the right ones there
 *
 * and with a browser in place of `idp.signIn`.
 */
import { startEmulator } from "@msal-ts/emulator";
import { ConfidentialClientApplication, type TokenResponse, unwrap } from "msal-ts";

const APP_SCOPES = ["api://contoso-tasks/.default"];
const USER_SCOPES = ["User.Read"];
const REDIRECT_URI = "http://localhost/callback";

function say(text: string): void {
  console.log(text);
}

/** What a token says. For showing alone: a client does not read access tokens. */
function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

/** Runs a step and says how long it took. */
async function timed<T>(step: () => Promise<T>): Promise<[T, string]> {
  const begun = process.hrtime.bigint();
  const result = await step();
  const microseconds = Number(process.hrtime.bigint() - begun) / 1000;
  return [result, `${Math.round(microseconds).toLocaleString("en")} microseconds`];
}

function minutes(token: TokenResponse): string {
  return `${Math.round(token.expires_in / 60)} minutes`;
}

const idp = await startEmulator({}, { https: true });
try {
  await tour();
} finally {
  await idp.close();
}

async function tour(): Promise<void> {
  const [tenant] = idp.config.tenants;
  const registration = idp.config.apps.find((app) => app.secrets.length > 0);
  const user = idp.config.users.find((known) => known.tenant === tenant?.id);
  if (!tenant || !registration || !user)
    throw new Error("The emulator has no tenant, app or user.");

  say(`1. An identity platform is running at ${idp.url}, with a certificate authority of its own.`);
  say(`   It has a tenant (${tenant.name}), people (${user.name} is one) and registered apps.\n`);

  const app = new ConfidentialClientApplication(registration.clientId, {
    authority: idp.authority(tenant.id),
    clientCredential: registration.secrets[0] ?? "",
    verify: idp.ca ?? true,
    clock: { now: idp.now },
  });

  say(`2. The app "${registration.name}" asks for a token of its own, with its secret.`);
  const [appToken, first] = await timed(async () =>
    unwrap(await app.acquireTokenForClient(APP_SCOPES)),
  );
  say(`   It got one from the ${where(appToken)}, valid for ${minutes(appToken)}, in ${first}.`);
  const [again, second] = await timed(async () =>
    unwrap(await app.acquireTokenForClient(APP_SCOPES)),
  );
  say(`   It asks again: from the ${where(again)}, in ${second}. Nothing was sent.`);
  const [, thousand] = await timed(async () => {
    for (let i = 0; i < 1000; i++) await app.acquireTokenForClient(APP_SCOPES);
  });
  say(`   And a thousand times more: all together in ${thousand}.\n`);

  say(
    "3. Somebody wants to sign in. The app sends the browser to the sign-in page, with PKCE, state and nonce.",
  );
  const flow = await app.initiateAuthCodeFlow(USER_SCOPES, { redirectUri: REDIRECT_URI });
  say(`   ${user.username} types a password there. (The tour walks the pages without a browser.)`);
  const answer = await idp.signIn(flow.authUri, {
    username: user.username,
    password: user.password,
  });
  say(`   Back at the redirect URI come: ${Object.keys(answer).join(", ")}.`);
  const userToken = unwrap(await app.acquireTokenByAuthCodeFlow(flow, answer));
  say(
    `   The code became a token for ${userToken.account?.name}, valid for ${minutes(userToken)}.\n`,
  );

  say("4. Two hours pass. The access token has expired; the user is gone for lunch.");
  idp.advance(2 * 60 * 60);
  const [account] = await app.getAccounts();
  const refreshed = unwrap(await app.acquireTokenSilent(USER_SCOPES, account));
  say(
    `   The app asks silently: from the ${where(refreshed)}, by refresh token. Nobody was disturbed.`,
  );
  const [silent, third] = await timed(async () =>
    unwrap(await app.acquireTokenSilent(USER_SCOPES, account)),
  );
  say(`   And once more: from the ${where(silent)}, in ${third}.\n`);

  say("5. Who has signed in?");
  for (const known of await app.getAccounts()) say(`   ${known.username} (${known.homeAccountId})`);
  if (account) await app.removeAccount(account);
  say(`   Signed out. Accounts left: ${(await app.getAccounts()).length}.\n`);

  say("6. What the tokens said (the tokens themselves are secrets, and not shown):");
  say("   The app's access token:");
  console.dir(claimsOf(appToken.access_token));
  say("   The user's ID token:");
  console.dir(userToken.id_token_claims);
  say("   The user's access token, refreshed:");
  console.dir(claimsOf(refreshed.access_token));

  say(`
7. The same code against a real tenant: register an app (https://entra.microsoft.com), then

     const app = new ConfidentialClientApplication("<client id>", {
       authority: "https://login.microsoftonline.com/<tenant>",
       clientCredential: process.env.CLIENT_SECRET,
     });

   and redirect browsers to flow.authUri instead of calling idp.signIn.
   The code of this tour is samples/tour.ts.`);
}

function where(token: TokenResponse): string {
  return token.token_source === "cache" ? "cache" : "identity platform";
}
