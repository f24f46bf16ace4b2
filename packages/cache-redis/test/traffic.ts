/**
 * A web app at work: users of the emulator sign in one after the other, and all who are signed in ask for
 * their token again.
 *
 * @module
 */
import { createEmulator } from "@msal-ts/emulator";
import { type Account, ConfidentialClientApplication, type PersistedTokenCache } from "msal-ts";
import { onTestFinished } from "vitest";

const WEB_APP = "11111111-1111-4111-8111-111111111111";
const CONTOSO = "c0a7050c-0000-4000-8000-000000000001";
const SCOPES: readonly string[] = ["User.Read"];

export interface SignedIn {
  account: Account;
  accessToken: string;
}

/** Instances of the web app in front of one emulator with that many users. */
export function startWebApp(users: number) {
  const username = (i: number) => `user${i}@contoso.onmicrosoft.com`;
  const idp = createEmulator({
    users: Array.from({ length: users }, (_, i) => ({ username: username(i) })),
  });
  onTestFinished(() => idp.close());
  const log: string[] = [];
  const write = (message: string) => void log.push(message);

  const instance = (tokenCache: PersistedTokenCache) =>
    new ConfidentialClientApplication(WEB_APP, {
      authority: `https://login.microsoftonline.com/${CONTOSO}`,
      clientCredential: "contoso-web-app-secret",
      httpClient: idp.fetch,
      tokenCache,
      logger: { debug: () => {}, info: () => {}, warn: write, error: write },
    });

  async function signIn(app: ConfidentialClientApplication, i: number): Promise<SignedIn> {
    const redirectUri = "http://localhost/callback";
    const flow = await app.initiateAuthCodeFlow(SCOPES, { redirectUri });
    const answer = await idp.signIn(flow.authUri, {
      username: username(i),
      password: "Passw0rd!",
    });
    const result = await app.acquireTokenByAuthCodeFlow(flow, answer);
    if ("error" in result || result.account === undefined) throw new Error("The sign-in failed.");
    return { account: result.account, accessToken: result.access_token };
  }

  /** The users' tokens, all at once; what is not in the cache fails. */
  async function silent(app: ConfidentialClientApplication, users: readonly SignedIn[]) {
    const results = await Promise.all(
      users.map(({ account }) => app.acquireTokenSilent(SCOPES, account)),
    );
    return results.map((result, i) => result?.access_token === users[i]?.accessToken);
  }

  return { idp, log, instance, signIn, silent };
}
