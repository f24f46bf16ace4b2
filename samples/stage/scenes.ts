/**
 * How each sample runs on the emulator: what it is told, and what the people in front of it do.
 *
 * @module
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PublicClientApplication, unwrap } from "msal-ts";
import { KEY, VAULT_TOKEN } from "./key-vault.js";
import { CERTIFIED, type Stage } from "./stage.js";
import { Browser, followLink, say, typeCode } from "./visitor.js";

export interface Scene {
  /** A certificate is made for it. */
  needsCertificate?: true;
  /** Its environment variables, beside those that all have. */
  environment: (stage: Stage) => Record<string, string> | Promise<Record<string, string>>;
  /** Its arguments, a list for each run. @defaultValue one run, without arguments */
  runs?: readonly (readonly string[])[];
  /** What happens when it prints a line. `enough` ends a sample that would serve for ever. */
  onLine?: (line: string, stage: Stage) => Promise<"enough" | undefined>;
  /** What there is to say after each run. */
  onEnd?: (stage: Stage) => void;
}

/** Clients of the emulator's built-in world. */
const WEB_APP = {
  AZURE_CLIENT_ID: "11111111-1111-4111-8111-111111111111",
  AZURE_CLIENT_SECRET: "contoso-web-app-secret",
};
const TASKS_API = {
  AZURE_CLIENT_ID: "55555555-5555-4555-8555-555555555555",
  AZURE_CLIENT_SECRET: "contoso-tasks-api-secret",
};
const DESKTOP_APP = "22222222-2222-4222-8222-222222222222";

/** By the sample's name. One that is not here, like the tour, brings an emulator of its own. */
export const SCENES: Readonly<Record<string, Scene>> = {
  "adal-migration": { environment: writeAdalCache },
  "command-line": {
    environment: ({ folder }) => ({
      AZURE_CLIENT_ID: DESKTOP_APP,
      CACHE_FOLDER: join(folder, "caches"),
      BROWSER: "none",
    }),
    runs: [[], [], ["--logout"], []],
    onLine: signInByLink,
    onEnd: ({ idp }) => {
      const asked = idp.requests.filter(({ url }) => url.endsWith("/openid-configuration"));
      say(`requests for the provider's configuration so far: ${asked.length}`);
    },
  },
  "custom-http-client": { environment: () => WEB_APP },
  "daemon-certificate": {
    needsCertificate: true,
    environment: async (stage) => ({
      AZURE_CLIENT_ID: CERTIFIED,
      AZURE_CLIENT_CERTIFICATE_PATH: await writeCertificate(stage, { withKey: true }),
      API_URL: `${stage.url}/v1.0/users`,
    }),
  },
  "daemon-secret": { environment: ({ url }) => ({ ...WEB_APP, API_URL: `${url}/v1.0/users` }) },
  "daemon-signed-assertion": {
    needsCertificate: true,
    environment: async (stage) => ({
      AZURE_CLIENT_ID: CERTIFIED,
      AZURE_CLIENT_CERTIFICATE_PATH: await writeCertificate(stage, { withKey: false }),
      KEY_VAULT_KEY_ID: stage.url + KEY,
      KEY_VAULT_TOKEN: VAULT_TOKEN,
      API_URL: `${stage.url}/v1.0/users`,
    }),
  },
  "desktop-app": {
    environment: () => ({ AZURE_CLIENT_ID: DESKTOP_APP, BROWSER: "none" }),
    onLine: signInByLink,
  },
  "device-code": {
    environment: () => ({ AZURE_CLIENT_ID: DESKTOP_APP }),
    onLine: async (line, stage) => {
      const [, code] = /enter the code (\w+)/.exec(line) ?? [];
      if (code !== undefined) await typeCode(code, stage);
      return undefined;
    },
  },
  "sqlite-token-store": {
    environment: ({ folder }) => ({ ...WEB_APP, MSAL_CACHE_FILE: join(folder, "tokens.sqlite") }),
  },
  "username-password": {
    environment: ({ user }) => ({
      AZURE_CLIENT_ID: DESKTOP_APP,
      AZURE_USERNAME: user.username,
      AZURE_PASSWORD: user.password,
    }),
  },
  "web-api": {
    environment: () => ({ ...TASKS_API, PORT: "0" }),
    onLine: (line, stage) => whenListening(line, (url) => callWebApi(url, stage)),
  },
  "web-app": {
    environment: () => ({ ...WEB_APP, PORT: "0" }),
    onLine: (line, stage) => whenListening(line, (url) => visitWebApp(url, stage)),
  },
};

async function signInByLink(line: string, stage: Stage): Promise<undefined> {
  const [, link] = /^Open this link: (.+)$/.exec(line) ?? [];
  if (link !== undefined) await followLink(link, stage);
}

async function whenListening(
  line: string,
  visit: (url: string) => Promise<void>,
): Promise<"enough" | undefined> {
  const [url] = /^Listening.*/.test(line) ? (/http:\/\/localhost:\d+/.exec(line) ?? []) : [];
  if (url === undefined) return undefined;
  await visit(url);
  return "enough";
}

async function writeCertificate(
  { certificate, folder }: Stage,
  { withKey }: { withKey: boolean },
): Promise<string> {
  const file = join(folder, "daemon.pem");
  const { publicCertificate = "", privateKey = "" } = certificate ?? {};
  const pem = withKey ? `${privateKey}\n${publicCertificate}` : publicCertificate;
  await writeFile(file, pem, { mode: 0o600 });
  return file;
}

/** What ADAL for Node.js would have kept: a user who signed in, and one whose refresh token has been revoked. */
async function writeAdalCache({
  idp,
  tenant,
  user,
  folder,
}: Stage): Promise<Record<string, string>> {
  const response = await fetch(`${idp.authority(tenant)}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      ...{ grant_type: "password", client_id: DESKTOP_APP, scope: "offline_access User.Read" },
      ...{ username: user.username, password: user.password },
    }),
  });
  const { refresh_token: refreshToken } = (await response.json()) as Record<string, unknown>;

  const entry = { resource: "https://graph.microsoft.com", _clientId: DESKTOP_APP };
  const file = join(folder, "adal.json");
  const entries = [
    { ...entry, userId: user.username, refreshToken },
    { ...entry, userId: "grace@contoso.onmicrosoft.com", refreshToken: "revoked" },
  ];
  await writeFile(file, JSON.stringify(entries), { mode: 0o600 });
  return {
    AZURE_CLIENT_ID: DESKTOP_APP,
    ADAL_CACHE_FILE: file,
    MSAL_CACHE_FILE: join(folder, "msal.json"),
  };
}

/** Somebody signs in, looks around and signs out; somebody else tries what must not work. */
async function visitWebApp(url: string, { idp, user }: Stage): Promise<void> {
  const planted = new Map([["session", "planted"]]);
  const browser = new Browser(url, "Ada", planted);
  await browser.open("/", 200);
  const signIn = async () => {
    const login = await browser.open("/auth/login", 302);
    const answer = await idp.signIn(login.headers.get("location") ?? "", user);
    return `/auth/redirect?${new URLSearchParams(answer)}`;
  };
  const earlier = await signIn();
  const back = await signIn();

  // A link with somebody's answer in it signs nobody else in.
  await new Browser(url, "A stranger").open(back, 400);
  // Nor does the answer to another sign-in; and this one is over then, cookies or not.
  const same = browser.copy("The same again");
  await browser.open(earlier, 400);
  await same.open(back, 400);

  await browser.open(await signIn(), 302);
  await browser.open("/", 200);
  await new Browser(url, "Who planted a cookie", planted).open("/", 200);
  await browser.open("/profile", 200);
  const foreign = { method: "POST", headers: { origin: "https://elsewhere.example" } };
  await browser.open("/auth/logout", 403, foreign);
  await browser.open("/auth/logout", 303, { method: "POST", headers: { origin: url } });
  await browser.open("/", 200);
}

/** An app calls with the tokens of its user, the right one last; and once when a second factor is asked for. */
async function callWebApi(url: string, { idp, tenant, user }: Stage): Promise<void> {
  const caller = new Browser(url, "An app");
  const app = new PublicClientApplication(DESKTOP_APP, { authority: idp.authority(tenant) });
  const call = async (scope: string, expected: number, meanwhile = () => {}) => {
    const { username, password } = user;
    const token = unwrap(await app.acquireTokenByUsernamePassword(username, password, [scope]));
    say(`with a token for ${scope}:`);
    meanwhile();
    const headers = { authorization: `Bearer ${token.access_token}` };
    await caller.open("/me", expected, { headers });
  };
  await caller.open("/me", 401);
  await call("https://graph.microsoft.com/User.Read", 401);
  await call("api://contoso-notes/access_as_user", 401);
  await call("api://contoso-tasks/Tasks.Read", 403);
  await call("api://contoso-tasks/access_as_user", 401, () => {
    say("the identity provider wants a second factor now");
    idp.failNext({ path: "/token", error: 50076, body: { claims: '{"access_token":{}}' } });
  });
  await call("api://contoso-tasks/access_as_user", 200);
}
