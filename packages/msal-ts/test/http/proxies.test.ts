/**
 * `proxies`, `HTTPS_PROXY` and `NO_PROXY`: what goes through a proxy, what does not, and what a proxy may do.
 */
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { type Emulator, startEmulator } from "@msal-ts/emulator";
import {
  ConfidentialClientApplication,
  type ConfidentialClientApplicationOptions,
  MsalError,
  type Proxies,
  PublicClientApplication,
} from "msal-ts";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { createTransport } from "../../dist/http/fetch-transport.js";
import { chooseProxies } from "../../dist/http/proxies.js";
import { makePair } from "../flows/certificates.js";
import { startProxy } from "./proxy.js";
import {
  CLIENT_ID,
  clientOf,
  listen,
  MEGABYTE,
  rejection,
  SCOPES,
  startProvider,
  TOKENS,
  tokens,
  until,
} from "./setup.js";

/** The one user name and password that a proxy of ours knows, as they stand in its URL. */
const USER = "proxy%20user";
const PASSWORD = "p%40ss%3Aw%C3%B6rd-canary";
const AUTHORIZATION = `Basic ${Buffer.from("proxy user:p@ss:wörd-canary").toString("base64")}`;

let idp: Emulator;
beforeAll(async () => {
  idp = await startEmulator({}, { https: true });
});
afterAll(() => idp.close());

beforeEach(() => {
  for (const name of ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"]) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  return () => vi.unstubAllEnvs();
});

/** A client of the public cloud, which a proxy finds at the emulator. */
const inTheCloud = (options: Partial<ConfidentialClientApplicationOptions> = {}) =>
  new ConfidentialClientApplication(CLIENT_ID, {
    authority: "https://login.microsoftonline.com/c0a7050c-0000-4000-8000-000000000001",
    clientCredential: "contoso-web-app-secret",
    // The emulator's certificate is for localhost.
    verify: false,
    ...options,
  });

/** A client of the emulator where it listens. */
const onLoopback = (options: Partial<ConfidentialClientApplicationOptions> = {}) =>
  new ConfidentialClientApplication(CLIENT_ID, {
    authority: idp.authority("contoso.onmicrosoft.com"),
    clientCredential: "contoso-web-app-secret",
    verify: idp.ca,
    ...options,
  });

const toTheEmulator = () => startProxy({ to: idp.url });
const withCredentials = (url: string) => url.replace("://", `://${USER}:${PASSWORD}@`);

describe("the option proxies", () => {
  test("leads requests through the proxy", async () => {
    const proxy = await toTheEmulator();

    const result = await inTheCloud({ proxies: { https: proxy.url } }).acquireTokenForClient(
      SCOPES,
    );

    expect(result).toHaveProperty("access_token");
    expect(proxy.asked.map(({ target }) => target)).toEqual(["login.microsoftonline.com:443"]);
    expect(proxy.asked[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test("takes a host and a port for a URL", async () => {
    const proxy = await toTheEmulator();
    const proxies = { https: `127.0.0.1:${proxy.port}` };

    expect(await inTheCloud({ proxies }).acquireTokenForClient(SCOPES)).toHaveProperty(
      "access_token",
    );
    expect(proxy.asked).toHaveLength(1);
  });

  test("keeps verify: a certificate that nobody vouches for is refused behind a proxy, too", async () => {
    const proxy = await startProxy();
    const proxies = { https: proxy.url };

    expect(await onLoopback({ proxies }).acquireTokenForClient(SCOPES)).toHaveProperty(
      "access_token",
    );
    const error = await rejection(
      onLoopback({ proxies, verify: true }).acquireTokenForClient(SCOPES),
    );

    expect(error).toMatchObject({
      code: "network_error",
      message: expect.stringMatching(/CERT|SIGN/),
    });
    expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
  });

  test("checks the host's name in the certificate behind a proxy", async () => {
    const proxy = await toTheEmulator();
    const app = inTheCloud({ proxies: { https: proxy.url }, verify: idp.ca });

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
      code: "network_error",
      message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    });
  });

  test("keeps the connection for the next request, and for other clients", async () => {
    const proxy = await toTheEmulator();
    const proxies = { https: proxy.url };

    for (let i = 0; i < 3; i++) {
      await inTheCloud({ proxies }).acquireTokenForClient([`api://${i}/.default`]);
    }

    expect(proxy.connections).toHaveLength(1);
  });

  test("opens connections of its own for another proxy", async () => {
    const [one, other] = await Promise.all([toTheEmulator(), toTheEmulator()]);

    for (const proxy of [one, other]) {
      await inTheCloud({ proxies: { https: proxy.url } }).acquireTokenForClient(SCOPES);
    }
    await inTheCloud({ proxies: { https: withCredentials(one.url) } }).acquireTokenForClient(
      SCOPES,
    );

    expect([one.asked.length, other.asked.length]).toEqual([2, 1]);
  });

  test("opens a connection again that the proxy has closed while idle", async () => {
    const proxy = await toTheEmulator();
    const app = inTheCloud({ proxies: { https: proxy.url } });
    await app.acquireTokenForClient(["api://1/.default"]);

    proxy.connections[0]?.resetAndDestroy();
    const result = await app.acquireTokenForClient(SCOPES);

    expect(result).toHaveProperty("access_token");
    expect(proxy.asked).toHaveLength(2);
  });

  test("http leads an authority on this computer through a proxy on this computer", async () => {
    const provider = await startProvider(tokens);
    const proxy = await startProxy();

    await clientOf(provider, { proxies: { http: proxy.url } }).acquireTokenForClient(SCOPES);

    const { host } = new URL(provider.authority);
    expect(proxy.asked.map(({ target }) => target)).toEqual([host]);
    expect(provider.requests).toHaveLength(1);
  });

  test.for<[string, Proxies]>([
    ["is empty", {}],
    ["names none", { https: undefined, http: undefined }],
    ["is for the other protocol", { https: "http://proxy.invalid:8080" }],
    ["is on another computer", { http: "http://proxy.invalid:8080" }],
  ])("leads an authority on this computer nowhere if it %s", async ([, proxies]) => {
    const provider = await startProvider(tokens);
    vi.stubEnv("HTTPS_PROXY", "http://proxy.invalid:8080");

    const result = await clientOf(provider, { proxies }).acquireTokenForClient(SCOPES);

    expect(result).toMatchObject({ access_token: TOKENS.access_token });
  });

  test("replaces what the environment says, NO_PROXY included", async () => {
    const proxy = await toTheEmulator();
    vi.stubEnv("HTTPS_PROXY", "http://proxy.invalid:8080");
    vi.stubEnv("NO_PROXY", "*");

    await inTheCloud({ proxies: { https: proxy.url } }).acquireTokenForClient(SCOPES);

    expect(proxy.asked).toHaveLength(1);
  });

  test("leaves a caller's httpClient alone", async () => {
    const proxy = await toTheEmulator();
    const httpClient = async () => Response.json(TOKENS);

    await inTheCloud({ proxies: { https: proxy.url }, httpClient }).acquireTokenForClient(SCOPES);

    expect(proxy.connections).toEqual([]);
  });

  test("authority §11: the metadata service is never asked through a proxy", async () => {
    const provider = await startProvider(tokens);
    const proxy = await startProxy({ to: provider.authority });
    const proxies = { http: proxy.url, https: proxy.url };
    const app = inTheCloud({ proxies, azureRegion: true, timeout: 300 });

    // Behind this proxy nobody speaks TLS.
    await rejection(app.acquireTokenForClient(SCOPES));

    expect(proxy.asked.map(({ target }) => target)).not.toContain("169.254.169.254:80");
    expect(proxy.asked.map(({ target }) => target)).toContain("login.microsoftonline.com:443");
  });

  test("flows §11: Cloud Shell is never asked through a proxy", async () => {
    vi.stubEnv("AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0");
    onTestFinished(() => void vi.unstubAllEnvs());
    const proxy = await toTheEmulator();
    const app = new PublicClientApplication(CLIENT_ID, { proxies: { http: proxy.url } });

    // Nobody is there: what counts is who is not asked.
    await rejection(app.acquireTokenInteractive(SCOPES, { prompt: "none" }));

    expect(proxy.asked).toEqual([]);
    expect(proxy.connections).toEqual([]);
  });

  test("speaks TLS to a proxy that is https", async () => {
    const { privateKey, publicCertificate } = await makePair();
    const proxy = await startProxy({
      to: idp.url,
      tls: { key: privateKey, cert: publicCertificate },
    });

    const app = inTheCloud({ proxies: { https: proxy.url } });
    expect(await app.acquireTokenForClient(SCOPES)).toHaveProperty("access_token");
    const strict = inTheCloud({ proxies: { https: proxy.url }, verify: idp.ca });
    expect(await rejection(strict.acquireTokenForClient(SCOPES))).toMatchObject({
      code: "network_error",
    });

    expect(proxy.asked).toHaveLength(1);
  });

  test("is not for runtimes with nothing but fetch, which say so", () => {
    const make = (proxies: unknown) =>
      createTransport({ verify: true, proxies: chooseProxies(proxies), maxBody: MEGABYTE });

    expect(() => make({ https: "http://proxy.contoso.com:8080" })).toThrow(
      expect.objectContaining({
        code: "unsupported_runtime",
        message: expect.stringContaining("proxies"),
      }),
    );
    expect(() => make(undefined)).not.toThrow();
  });

  test.for<[string, unknown, string]>([
    ["null", null, "null"],
    ["text", `http://user:${PASSWORD}@proxy:8080`, "a string of"],
    ["a list", ["http://proxy:8080"], "an array of 1"],
    ["a number", 8080, "a number"],
    ["a mistyped member", { htps: "http://proxy:8080" }, '"htps"'],
    ["a member of the reference", { all: "http://proxy:8080" }, '"all"'],
    ["__proto__", JSON.parse('{"__proto__":"http://proxy:8080"}'), '"__proto__"'],
    ["toString", { toString: "http://proxy:8080" }, '"toString"'],
    ["an empty URL", { https: "" }, "proxies.https"],
    ["null for a URL", { https: null }, "proxies.https"],
    ["a number for a URL", { http: 8080 }, "proxies.http"],
    ["a URL object", { https: new URL("http://proxy:8080") }, "class URL"],
    ["no URL", { https: `http://${PASSWORD} @:x` }, "no URL"],
    ["a SOCKS proxy", { https: `socks5://user:${PASSWORD}@proxy:1080` }, '"socks5"'],
    ["a script", { https: `http://user:${PASSWORD}@proxy/proxy.pac` }, "PAC"],
    ["a query", { https: `http://proxy:8080/?key=${PASSWORD}` }, "host and the port"],
    ["a bare % in a password", { https: "http://user:100%canary@proxy:8080" }, '"%25"'],
  ])("is refused when it is %s", ([, proxies, says]) => {
    const make = () => inTheCloud({ proxies: proxies as Proxies });

    expect(make).toThrow(MsalError);
    expect(make).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(says) }),
    );
    expect(make).toThrow(/proxies/);
    expect(make).not.toThrow(/canary/);
  });

  test("is read once: what becomes of it later does not matter", async () => {
    const proxy = await toTheEmulator();
    const proxies = { https: proxy.url };
    const app = inTheCloud({ proxies });

    proxies.https = "http://proxy.invalid:8080";

    expect(await app.acquireTokenForClient(SCOPES)).toHaveProperty("access_token");
  });
});

describe("a proxy", () => {
  const refusing = (status: number, head = "", body = "") =>
    startProxy({
      answer: (socket) =>
        socket.end(`HTTP/1.1 ${status} No\r\n${head}content-length: ${body.length}\r\n\r\n${body}`),
    });

  test("is told the user name and password of its URL, decoded, and the host behind it is not", async () => {
    const proxy = await startProxy({
      answer: (socket, { headers }) =>
        socket.end(`HTTP/1.1 ${headers["proxy-authorization"] ? 403 : 407} No\r\n\r\n`),
    });
    const open = await toTheEmulator();
    const before = idp.requests.length;

    const proxies = { https: withCredentials(proxy.url) };
    await rejection(inTheCloud({ proxies }).acquireTokenForClient(SCOPES));
    await inTheCloud({
      proxies: { https: withCredentials(open.url) },
    }).acquireTokenForClient(SCOPES);

    expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(AUTHORIZATION);
    expect(open.asked[0]?.headers["proxy-authorization"]).toBe(AUTHORIZATION);
    const behind = idp.requests.slice(before);
    expect(behind).toHaveLength(1);
    expect(JSON.stringify(behind)).not.toMatch(/proxy-authorization|canary/i);
  });

  test("that asks for a password is a network error that says what to do, and nothing of it", async () => {
    const proxy = await refusing(407, 'proxy-authenticate: Basic realm="x"\r\n');
    const lines: string[] = [];
    const log = (message: string) => void lines.push(message);
    const app = inTheCloud({
      proxies: { https: withCredentials(proxy.url) },
      logger: { debug: log, info: log, warn: log, error: log },
      enablePiiLog: true,
    });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code: "network_error" });
    const { message } = error as Error;
    expect(message).toContain(`the proxy http://127.0.0.1:${proxy.port} answered CONNECT`);
    expect(message).toContain("login.microsoftonline.com:443 with status 407");
    expect(message).toContain("user name and password");
    expect(inspect([error, lines, app], { depth: 9, showHidden: true })).not.toMatch(
      /canary|proxy%20user|proxy user|cHJveHkgdXNlcjpw/,
    );
    expect(proxy.asked).toHaveLength(1);
  });

  // What a proxy says must not be taken for the identity provider's word, nor its status for one.
  test.for([
    [201, JSON.stringify(TOKENS)],
    [204, ""],
    [301, ""],
    [400, '{"error":"invalid_grant","error_description":"AADSTS0: the proxy says so"}'],
    [403, "<html>Blocked by policy</html>"],
    [429, "slow down"],
    [500, ""],
    [502, "<html>No route</html>"],
    [503, ""],
  ] as const)("that refuses with %i is a network error, asked once", async ([status, body]) => {
    const proxy = await refusing(status, "content-type: application/json\r\n", body);
    const app = inTheCloud({ proxies: { https: proxy.url } });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({
      code: "network_error",
      message: expect.stringContaining(`status ${status}`),
    });
    expect(proxy.asked).toHaveLength(1);
    await until(() => proxy.connections.every(({ destroyed }) => destroyed));
  });

  test.for([
    ["says nothing and closes", ""],
    ["speaks no HTTP", "220 mail.contoso.com ESMTP\r\n\r\n"],
    ["stops amid its headers", "HTTP/1.1 200 Connection est"],
    ["answers with a header that is none", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
    ["closes the tunnel at once", "HTTP/1.1 200 OK\r\n\r\n"],
    ["sends something else through the tunnel", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}"],
  ] as const)("that %s is a network error", async ([, words]) => {
    const proxy = await startProxy({ answer: (socket) => socket.end(words) });
    const app = inTheCloud({ proxies: { https: proxy.url } });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code: "network_error" });
  });

  test("that is not there is a network error, tried twice", async () => {
    const server = createServer((socket) => socket.resetAndDestroy());
    const { port, connections } = await listen(server);
    const app = inTheCloud({ proxies: { https: `http://u:${PASSWORD}@127.0.0.1:${port}` } });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "network_error" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("canary");
    expect(connections).toHaveLength(2);
  });

  test("whose host does not exist is a network error", async () => {
    const app = inTheCloud({ proxies: { https: "http://nowhere.invalid:8080" } });

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
      code: "network_error",
      message: expect.stringContaining("nowhere.invalid"),
    });
  });

  const silent = () => startProxy({ answer: () => {} });

  test("that keeps silent is left when the time is up", async () => {
    const proxy = await silent();
    const app = inTheCloud({ proxies: { https: proxy.url }, timeout: 150 });

    const error = await rejection(app.acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "timeout" });
    await until(() => proxy.connections.every(({ destroyed }) => destroyed));
    expect(proxy.connections).toHaveLength(1);
  });

  test("that keeps silent is left when the caller leaves", async () => {
    const proxy = await silent();
    const app = inTheCloud({ proxies: { https: proxy.url } });
    const controller = new AbortController();
    const outcome = rejection(app.acquireTokenForClient(SCOPES, { signal: controller.signal }));
    await until(() => proxy.asked.length === 1);

    controller.abort("gone");

    expect(await outcome).toBe("gone");
    await until(() => proxy.connections.every(({ destroyed }) => destroyed));
  });

  test("that is left by one is there for the next", async () => {
    let silence = true;
    const proxy = await startProxy({
      answer: (socket) => {
        if (silence) return;
        socket.end("HTTP/1.1 502 No\r\n\r\n");
      },
    });
    const app = inTheCloud({ proxies: { https: proxy.url }, timeout: 150 });
    await rejection(app.acquireTokenForClient(SCOPES));

    silence = false;

    expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
      message: expect.stringContaining("502"),
    });
  });
});

describe("HTTPS_PROXY", () => {
  test.for(["HTTPS_PROXY", "https_proxy"])("%s leads requests through the proxy", async (name) => {
    const proxy = await toTheEmulator();
    vi.stubEnv(name, withCredentials(proxy.url));

    const result = await inTheCloud().acquireTokenForClient(SCOPES);

    expect(result).toHaveProperty("access_token");
    expect(proxy.asked).toMatchObject([
      {
        target: "login.microsoftonline.com:443",
        headers: { "proxy-authorization": AUTHORIZATION },
      },
    ]);
  });

  test("in lower case comes first, and empty is absent", async () => {
    const proxy = await toTheEmulator();
    vi.stubEnv("HTTPS_PROXY", "http://proxy.invalid:8080");
    vi.stubEnv("https_proxy", proxy.url);
    await inTheCloud().acquireTokenForClient(["api://1/.default"]);

    vi.stubEnv("https_proxy", "");
    vi.stubEnv("HTTPS_PROXY", proxy.url);
    await inTheCloud().acquireTokenForClient(["api://2/.default"]);

    expect(proxy.asked.length).toBeGreaterThan(0);
  });

  test("is not for authorities on this computer", async () => {
    vi.stubEnv("HTTPS_PROXY", "http://proxy.invalid:8080");
    vi.stubEnv("HTTP_PROXY", "http://proxy.invalid:8080");
    const provider = await startProvider(tokens);

    expect(await onLoopback().acquireTokenForClient(SCOPES)).toHaveProperty("access_token");
    expect(await clientOf(provider).acquireTokenForClient(SCOPES)).toHaveProperty("access_token");
  });

  test.for(["socks5://proxy:1080", "http://:x", "http://u:100%canary@proxy:1"])(
    "that is none is refused by the request that would take it: %s",
    async (value) => {
      vi.stubEnv("HTTPS_PROXY", value);
      const app = inTheCloud();

      const error = await rejection(app.acquireTokenForClient(SCOPES));

      expect(error).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("HTTPS_PROXY"),
      });
      expect((error as Error).message).not.toContain("canary");
    },
  );
});

// NO_PROXY, the host of an authority with its port, and whether a request to it is spared the proxy.
test.for<[string, string, boolean]>([
  ["*", "https://fs.contoso.com", true],
  ["a.example, *", "https://fs.contoso.com", true],
  ["fs.contoso.com", "https://fs.contoso.com", true],
  ["FS.Contoso.COM", "https://fs.contoso.com", true],
  ["contoso.com", "https://fs.contoso.com", true],
  [".contoso.com", "https://fs.contoso.com", true],
  [".contoso.com", "https://contoso.com", true],
  ["*.contoso.com", "https://a.fs.contoso.com", true],
  ["contoso.com", "https://fs.contoso.com.", true],
  ["contoso.com", "https://evilcontoso.com", false],
  ["contoso.com", "https://contoso.com.evil.example", false],
  ["contoso", "https://contoso.com", false],
  ["other.example,contoso.com", "https://fs.contoso.com", true],
  ["other.example contoso.com", "https://fs.contoso.com", true],
  [" , ,\tcontoso.com ,", "https://fs.contoso.com", true],
  ["contoso.com:443", "https://fs.contoso.com", true],
  ["contoso.com:8443", "https://fs.contoso.com", false],
  ["contoso.com:8443", "https://fs.contoso.com:8443", true],
  ["contoso.com", "https://fs.contoso.com:8443", true],
  ["192.0.2.7", "https://192.0.2.7", true],
  ["192.0.2.7", "https://192.0.2.70", false],
  ["[2001:db8::1]", "https://[2001:db8::1]", true],
  ["[2001:db8::1]:8443", "https://[2001:db8::1]:8443", true],
  ["[2001:db8::1]", "https://[2001:db8::2]", false],
  ["", "https://fs.contoso.com", false],
  [",", "https://fs.contoso.com", false],
  ["*x", "https://fs.contoso.com", false],
  [".", "https://fs.contoso.com", false],
])("NO_PROXY %j spares %s the proxy: %s", ([noProxy, url, spared], { onTestFinished }) => {
  vi.stubEnv("HTTPS_PROXY", "http://proxy.contoso.net:8080");
  vi.stubEnv("NO_PROXY", noProxy);
  onTestFinished(() => void vi.unstubAllEnvs());

  const proxy = chooseProxies(undefined).proxyFor(new URL(`${url}/adfs/oauth2/token`));

  expect(proxy?.href).toBe(spared ? undefined : "http://proxy.contoso.net:8080/");
});

test.for(["https://localhost", "https://a.localhost:1", "https://127.0.0.9", "https://[::1]:8"])(
  "HTTPS_PROXY spares what is on this computer: %s",
  (url) => {
    vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:8080");

    expect(chooseProxies(undefined).proxyFor(new URL(`${url}/adfs`))).toBeUndefined();
  },
);

test("NO_PROXY holds for requests: a spared host is asked directly", async () => {
  const proxy = await toTheEmulator();
  vi.stubEnv("HTTPS_PROXY", proxy.url);
  vi.stubEnv("no_proxy", "nowhere.invalid");
  const app = inTheCloud({
    authority: "https://nowhere.invalid/c0a7050c-0000-4000-8000-000000000001",
    instanceDiscovery: false,
  });

  expect(await rejection(app.acquireTokenForClient(SCOPES))).toMatchObject({
    code: "network_error",
    message: expect.stringContaining("nowhere.invalid"),
  });
  expect(proxy.connections).toEqual([]);
});

describe("in a process of its own", { timeout: 20_000 }, () => {
  /** Runs a program that finds a client as `app`, and its cache; what it printed, once it has ended. */
  const run = (program: string, env: Record<string, string>) =>
    new Promise<string>((resolve) => {
      const script = `
        import { ConfidentialClientApplication } from "msal-ts";
        const scopes = ["https://graph.microsoft.com/.default"];
        const authority = "https://login.microsoftonline.com/c0a7050c-0000-4000-8000-000000000001";
        const app = new ConfidentialClientApplication("${CLIENT_ID}", {
          authority,
          clientCredential: "contoso-web-app-secret",
          verify: false,
        });
        ${program}
      `;
      execFile(
        process.execPath,
        ["--input-type=module", "--eval", script],
        {
          cwd: fileURLToPath(new URL("../..", import.meta.url)),
          timeout: 10_000,
          env: { ...process.env, ...env },
        },
        (error, stdout, stderr) =>
          resolve(stdout + stderr + (error ? ` ended: ${error.code}` : "")),
      );
    });

  // What import("https-proxy-agent") comes to.
  test.for([
    ["is not there", 'throw new Error("no such package")'],
    [
      "is an old one",
      'return { url: "data:text/javascript,export default class {}", shortCircuit: true }',
    ],
  ])(
    "when the package https-proxy-agent %s, what is missing is said, without the password",
    async ([, found]) => {
      const output = await run(
        `import { register } from "node:module";
      register("data:text/javascript," + encodeURIComponent(${JSON.stringify(`
        export function resolve(specifier, context, next) {
          if (specifier === "https-proxy-agent") ${found};
          return next(specifier, context);
        }`)}));
      console.log(await app.acquireTokenForClient(scopes).catch((e) => e.code + ": " + e.message));`,
        { HTTPS_PROXY: "http://user:canary@proxy.invalid:8080" },
      );

      expect(output).toMatch(/^missing_dependency: .*http:\/\/proxy\.invalid:8080/);
      expect(output).toMatch(/npm install https-proxy-agent\b/);
      expect(output).not.toContain("canary");
    },
  );

  test("a connection through a proxy keeps it from ending no more than any other", async () => {
    const proxy = await toTheEmulator();

    const output = await run(
      "console.log((await app.acquireTokenForClient(scopes)).token_source);",
      { HTTPS_PROXY: proxy.url },
    );

    expect(output).toBe("identity_provider\n");
  });

  test("a renewal in the background that waits for a silent proxy keeps it no longer", async () => {
    const proxy = await startProxy({ answer: () => {} });

    const output = await run(
      `app.tokenCache.add({
        client_id: app.clientId,
        scope: scopes,
        token_endpoint: authority + "/oauth2/v2.0/token",
        response: { access_token: "cached", expires_in: 7200, refresh_in: 3600 },
      }, Date.now() / 1000 - 3700);
      console.log((await app.acquireTokenForClient(scopes)).token_source);
      // Long enough for the renewal to be on its way.
      await new Promise((resolve) => setTimeout(resolve, 500));`,
      { HTTPS_PROXY: proxy.url },
    );

    expect(output).toBe("cache\n");
    expect(proxy.asked).toHaveLength(1);
  });

  test("what DEBUG makes the package say holds no password", async () => {
    const proxy = await toTheEmulator();

    const output = await run("await app.acquireTokenForClient(scopes);", {
      HTTPS_PROXY: withCredentials(proxy.url),
      DEBUG: "*",
    });

    expect(output).toContain("https-proxy-agent");
    expect(output).not.toMatch(/canary|proxy%20user|cHJveHkgdXNlcjpw/);
  });
});
