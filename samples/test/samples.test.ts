import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SAMPLES = fileURLToPath(new URL("..", import.meta.url));

const TOKEN = "A token from the";
const ME = "displayName: 'Ada Lovelace'";
const USERS = "userPrincipalName: 'grace@contoso.onmicrosoft.com'";

interface Expected {
  /** What it prints on the emulator, in this order. */
  prints: readonly string[];
  /** What it then complains about. @defaultValue nothing */
  complains?: RegExp;
  /** Variables it cannot do without on a tenant. */
  needs: readonly string[];
}

const EXPECTED: Record<string, Expected> = {
  "adal-migration": {
    prints: [
      "ada@contoso.onmicrosoft.com was taken over.",
      "grace@contoso.onmicrosoft.com could not be taken over: invalid_grant.",
      "Account: ada@contoso.onmicrosoft.com",
    ],
    needs: ["AZURE_CLIENT_ID", "ADAL_CACHE_FILE", "MSAL_CACHE_FILE"],
  },
  "command-line": {
    prints: [
      "Sign in with the browser, please.",
      `${TOKEN} identity_provider.`,
      ME,
      "$ command-line\n", // the next run finds what the first one kept
      `${TOKEN} cache.`,
      ME,
      "$ command-line --logout",
      "Signed out: ada@contoso.onmicrosoft.com.",
      "$ command-line\n", // tokens are gone, what the HTTP cache kept is not
      "Sign in with the browser, please.",
      `${TOKEN} identity_provider.`,
      "requests for the provider's configuration so far: 1",
    ],
    needs: ["AZURE_CLIENT_ID"],
  },
  "custom-http-client": {
    prints: [
      "Call 1: a token from the identity_provider.",
      "Call 3: a token from the cache.",
      "2 requests were sent:",
      "/v2.0/.well-known/openid-configuration: 200 after",
      "/oauth2/v2.0/token: 200 after",
    ],
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
  },
  "daemon-certificate": {
    prints: [`${TOKEN} identity_provider, good for`, USERS],
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"],
  },
  "daemon-secret": {
    prints: [`${TOKEN} identity_provider, good for`, USERS, `${TOKEN} cache, good for`, USERS],
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
  },
  "daemon-signed-assertion": {
    prints: [
      "The key vault has signed an assertion.",
      `${TOKEN} identity_provider, good for`,
      USERS,
    ],
    needs: [
      "AZURE_CLIENT_ID",
      "AZURE_CLIENT_CERTIFICATE_PATH",
      "KEY_VAULT_KEY_ID",
      "KEY_VAULT_TOKEN",
    ],
  },
  "desktop-app": {
    prints: [
      "Sign in with the browser, please.",
      "Signed in as ada@contoso.onmicrosoft.com.",
      `${TOKEN} cache.`,
      ME,
    ],
    needs: ["AZURE_CLIENT_ID"],
  },
  "device-code": {
    prints: [
      "To sign in, use a web browser to open the page",
      "Signed in as ada@contoso.onmicrosoft.com.",
      ME,
    ],
    needs: ["AZURE_CLIENT_ID"],
  },
  "sqlite-token-store": {
    prints: [
      "The first server: a token from the identity_provider.",
      "The second server: a token from the cache.",
    ],
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "MSAL_CACHE_FILE"],
  },
  tour: { prints: ["It asks again: from the cache", "Signed out. Accounts left: 0."], needs: [] },
  "username-password": {
    prints: ["Signed in as ada@contoso.onmicrosoft.com.", `${TOKEN} cache.`, ME],
    needs: ["AZURE_CLIENT_ID", "AZURE_USERNAME", "AZURE_PASSWORD"],
  },
  "web-api": {
    prints: [
      'GET /me → 401 {"error":"Sign in first."}',
      "with a token for https://graph.microsoft.com/User.Read",
      'GET /me → 401 {"error":"This token is not for here."}',
      "with a token for api://contoso-notes/access_as_user",
      'GET /me → 401 {"error":"This token is not for here."}',
      'GET /me → 403 {"error":"The token lacks the scope access_as_user."}',
      "with a token for api://contoso-tasks/access_as_user",
      'GET /me → 401 {"error":"Sign in again."}',
      'GET /me → 200 {"answer":{"displayName":"Ada Lovelace"',
    ],
    complains: /^On behalf of a user: AADSTS50076: [^\n]+\n$/,
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
  },
  "web-app": {
    prints: [
      "Ada: GET / → 200 Sign in",
      "A stranger: GET /auth/redirect → 400 This sign-in is over, or was begun elsewhere.",
      "Ada: GET /auth/redirect → 400 This is not the answer to your sign-in.",
      "The same again: GET /auth/redirect → 400 This sign-in is over, or was begun elsewhere.",
      "Ada: GET /auth/redirect → 302 to /",
      "Ada: GET / → 200 Hello Ada Lovelace",
      "Who planted a cookie: GET / → 200 Sign in",
      "&quot;userPrincipalName&quot;: &quot;ada@contoso.onmicrosoft.com&quot;",
      "Ada: POST /auth/logout → 403 Forbidden",
      "Ada: POST /auth/logout → 303 to http://localhost:",
      "Ada: GET / → 200 Sign in",
    ],
    needs: ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"],
  },
};

const NAMES = Object.keys(EXPECTED);

/** What nobody may read in what a sample prints: tokens, codes and the emulator's secrets. */
const SECRETS =
  /eyJ[\w-]{10}|Passw0rd!|contoso-\S+-secret|token-for-the-key-vault|PRIVATE KEY|[?&]code=/;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** `npm run sample -- …` in an environment that holds nothing of ours but `variables`. */
function runSample(args: readonly string[], variables: Record<string, string> = {}) {
  const { PATH = "", TMPDIR = "" } = process.env;
  return new Promise<Ended>((resolve) => {
    const child = execFile(
      process.execPath,
      [`${SAMPLES}dist/stage/run.js`, ...args],
      { env: { PATH, ...(TMPDIR && { TMPDIR }), NO_COLOR: "1", ...variables }, timeout: 60_000 },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** Whether the parts are all there, one after the other; the first one that is not. */
function missingPart(text: string, parts: readonly string[]): string | undefined {
  let from = 0;
  return parts.find((part) => {
    const at = text.indexOf(part, from);
    if (at >= 0) from = at + part.length;
    return at < 0;
  });
}

test("each sample is tested", () => {
  const files = readdirSync(SAMPLES).filter((name) => name.endsWith(".ts"));

  expect(files).toEqual(NAMES.map((name) => `${name}.ts`));
});

test.for(NAMES)("%s can be copied: it imports packages alone", (name) => {
  const imported = [...readSample(name).code.matchAll(/ from "([^"]+)"/g)].map(([, from]) => from);

  const emulator = name === "tour" ? ["@msal-ts/emulator"] : [];
  expect(imported).toContain("msal-ts");
  expect(imported.filter((from) => /^\.|^@msal-ts\/emulator$/.test(from ?? ""))).toEqual(emulator);
});

describe.concurrent("on the emulator", { timeout: 60_000 }, () => {
  test.for(NAMES)("%s runs to its end, and prints no secret", async (name, { expect }) => {
    const { prints, complains = /^$/ } = EXPECTED[name]!;

    const { code, stdout, stderr } = await runSample([name]);

    expect(stderr).toMatch(complains);
    expect(missingPart(stdout, prints), stdout).toBe(undefined);
    expect(stdout + stderr).not.toMatch(SECRETS);
    expect(code).toBe(0);
  });

  test("variables of another program are not for a sample there", async ({ expect }) => {
    const variables = { AZURE_CLIENT_SECRET: "of-another", API_SCOPE: "api://another/.default" };

    const { code, stderr } = await runSample(["daemon-secret"], variables);

    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe.concurrent("on a tenant", { timeout: 60_000 }, () => {
  const inNeed = NAMES.filter((name) => EXPECTED[name]!.needs.length > 0);

  test.for(inNeed)("%s says which variables are not set", async (name, { expect }) => {
    const { code, stdout, stderr } = await runSample([name], { AZURE_TENANT_ID: "contoso" });

    const names = EXPECTED[name]!.needs.join(", ");
    expect(stderr).toBe(`Not set: ${names}. The head of this sample says what belongs there.\n`);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  // Mistakes, and what they are answered with.
  const NOWHERE = "http://localhost:9"; // nobody listens on the port "discard"
  test.for<[string, Record<string, string>, string]>([
    [
      "daemon-secret",
      { AZURE_AUTHORITY_HOST: "login.microsoftonline.us" },
      "AZURE_AUTHORITY_HOST must be a URL, for example https://login.microsoftonline.us",
    ],
    ["web-app", { ORIGIN: "localhost:3000" }, "ORIGIN must be"],
    ["web-app", { ORIGIN: "http://localhost:3000/" }, "ORIGIN must be"],
    [
      "web-api",
      { AZURE_AUTHORITY_HOST: NOWHERE },
      `${NOWHERE}/contoso got no answer: is AZURE_AUTHORITY_HOST right?`,
    ],
    [
      "adal-migration",
      { ADAL_CACHE_FILE: "README.md" },
      "ADAL_CACHE_FILE must hold a list, as JSON.",
    ],
    [
      "daemon-certificate",
      { AZURE_CLIENT_CERTIFICATE_PATH: "README.md" },
      "The file AZURE_CLIENT_CERTIFICATE_PATH must hold a certificate and its key.",
    ],
    [
      "daemon-signed-assertion",
      { AZURE_CLIENT_CERTIFICATE_PATH: "README.md" },
      "The file AZURE_CLIENT_CERTIFICATE_PATH must hold a certificate.",
    ],
  ])("%s with %j says what is wrong", async ([name, mistake, says], { expect }) => {
    const { code, stdout, stderr } = await runSample([name], {
      ...Object.fromEntries(EXPECTED[name]!.needs.map((needed) => [needed, "x"])),
      ...{ AZURE_TENANT_ID: "contoso", PORT: "0" },
      ...mistake,
    });

    expect(stderr).toContain(says);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test.for(inNeed)("the head of %s lists what it reads", (name, { expect }) => {
    const { head, code } = readSample(name);
    const read = [...code.matchAll(/process\.env\.(\w+)/g)].map(([, variable]) => variable);

    const unlisted = [...EXPECTED[name]!.needs, ...read].filter(
      (variable) => !new RegExp(`\\b${variable}\\b`).test(head),
    );
    expect(unlisted).toEqual([]);
  });

  test.for(inNeed)("the head of %s says how to run it", (name, { expect }) => {
    expect(readSample(name).head).toContain(`npm run sample -- ${name}\``);
  });
});

function readSample(name: string): { head: string; code: string } {
  const source = readFileSync(`${SAMPLES}${name}.ts`, "utf8");
  const end = source.indexOf("*/");
  return { head: source.slice(0, end), code: source.slice(end) };
}

test("without a name the samples are listed, a line each", async () => {
  const { code, stdout } = await runSample([]);

  const listed = [...stdout.matchAll(/^ {2}(\S+) +\S.*[.]$/gm)].map(([, name]) => name);
  expect(listed).toEqual(NAMES);
  expect(code).toBe(0);
});

test("an unknown name is answered with those there are", async () => {
  const { code, stdout, stderr } = await runSample(["web-shop"]);

  expect(stderr).toBe(`There is no sample "web-shop"; there are ${NAMES.join(", ")}.\n`);
  expect(stdout).toBe("");
  expect(code).toBe(1);
});
