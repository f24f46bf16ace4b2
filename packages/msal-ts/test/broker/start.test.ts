/** Flows §2.3, §10.8: whether a broker is used, and what the log says when it is not. */
import {
  type Account,
  ClientApplication,
  ConfidentialClientApplication,
  PublicClientApplication,
} from "msal-ts";
import { expect, test } from "vitest";
import { adasBrowser } from "../flows/interactive-setup.js";
import { ADA, HOST, PASSWORD, remember, setup, setupScript } from "../setup.js";
import { brokerToken, FakeBroker, setupBroker } from "./setup.js";

const parentWindowHandle: typeof PublicClientApplication.CONSOLE_WINDOW_HANDLE =
  PublicClientApplication.CONSOLE_WINDOW_HANDLE;
const SCOPES = ["User.Read"];

test("decision 14: without a broker the browser signs in, and the log says why", async () => {
  const { desktopApp, idp, log } = setup();
  const app = desktopApp({ allowBroker: true });
  const { openBrowser } = adasBrowser(idp);

  const result = await app.acquireTokenInteractive(SCOPES, { openBrowser });

  expect(result).toMatchObject({ token_source: "identity_provider" });
  expect(log).toContainEqual({
    level: "info",
    message: expect.stringMatching(/^No broker is used/),
  });
});

test("a broker that does not start is not used, the log says why, and it is not tried again", async () => {
  const { desktopApp, idp, log } = setup();
  const broker = new FakeBroker();
  broker.startFails = new Error("This Windows is too old.");
  const app = desktopApp({ allowBroker: true, broker });
  const { openBrowser } = adasBrowser(idp);

  await app.acquireTokenInteractive(SCOPES, { openBrowser });
  const [account] = await app.getAccounts();
  const silent = await app.acquireTokenSilent(SCOPES, account, { forceRefresh: true });

  expect(silent).toMatchObject({ token_source: "identity_provider" });
  expect(broker.starts).toHaveLength(1);
  expect(broker.questions).toEqual([]);
  const warnings = log.filter(({ level }) => level === "warn");
  expect(warnings).toEqual([
    { level: "warn", message: expect.stringContaining("This Windows is too old.") },
  ]);
});

// What a broker may throw that says nothing.
test.for<[string, unknown]>([
  ["an error without words", Object.assign(new Error(), { message: 5 })],
  ["what cannot be written", Object.create(null)],
])(
  "a broker that throws %s when it starts is not used either, nor does its log end a call",
  async ([, thrown]) => {
    const { app, broker, warnings, log } = setupBroker();
    broker.start = async ({ logger }) => {
      logger.debug(Object.create(null));
      throw thrown;
    };

    const account = { homeAccountId: "a.b", environment: HOST, localAccountId: "id" } as Account;

    expect(await app.acquireTokenSilent(["User.Read"], account)).toBeNull();

    expect(warnings()).toEqual([expect.stringContaining("it does not start")]);
    expect(log).toContainEqual({ level: "debug", message: "Broker: an object" });
  },
);

test("a broker that never finishes starting is not used", async () => {
  const { desktopApp, idp, warnings } = setup();
  const broker = new FakeBroker();
  broker.start = () => new Promise(() => {});
  const app = desktopApp({ allowBroker: true, broker, timeout: 50 });

  const result = await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(result).toMatchObject({ token_source: "identity_provider" });
  expect(warnings()).toEqual([expect.stringContaining("50 ms")]);
  expect(idp.requests).not.toEqual([]);
});

// Authorities whose users no broker knows; the account has nothing else to get a token with.
test.for([
  ["ADFS", "https://adfs.contoso.com/adfs"],
  ["B2C", "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_susi"],
  ["CIAM", "https://contoso.ciamlogin.com/contoso.onmicrosoft.com"],
] as const)(
  "authority 22, flows §10.8: no broker with %s, and the log says so",
  async ([kind, authority]) => {
    const { desktopApp, log } = setupScript(new Error("offline"));
    const broker = new FakeBroker();
    broker.answers.signInSilently = brokerToken();
    const app = desktopApp({ authority, allowBroker: true, broker });

    const signIn = app.acquireTokenInteractive(SCOPES, {
      parentWindowHandle,
      openBrowser: () => expect.fail("nothing opens"),
    });

    await expect(signIn).rejects.toMatchObject({ code: "network_error" });
    expect(broker.starts).toEqual([]);
    expect(log).toContainEqual({
      level: "info",
      message: expect.stringMatching(new RegExp(`No broker is used.*${kind}`)),
    });
  },
);

test("authority 22: a private cloud that is trusted unseen keeps the broker, which is told so", async () => {
  const host = "https://login.private.example";
  const { app, broker } = setupBroker(
    { authority: `${host}/contoso`, instanceDiscovery: false },
    { signInSilently: brokerToken() },
    {
      body: {
        issuer: `${host}/contoso/v2.0`,
        authorization_endpoint: `${host}/contoso/oauth2/v2.0/authorize`,
        token_endpoint: `${host}/contoso/oauth2/v2.0/token`,
      },
    },
  );

  const result = await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });

  expect(result).toMatchObject({ token_source: "broker" });
  expect(broker.questions).toMatchObject([
    { request: { authority: `${host}/contoso`, parameters: { validateAuthority: "no" } } },
  ]);
});

test("without allowBroker a broker is not asked", async () => {
  const { desktopApp } = setup();
  const broker = new FakeBroker();
  const app = desktopApp({ broker });

  const result = await app.acquireTokenByUsernamePassword(ADA, PASSWORD, SCOPES);

  expect(result).toMatchObject({ token_source: "identity_provider" });
  expect(broker.starts).toEqual([]);
});

test("calls at the same time start the broker once; one that is aborted leaves it to the others", async () => {
  const { app, broker } = setupBroker({}, { signInSilently: brokerToken() });
  const controller = new AbortController();
  let goOn = (): void => {};
  broker.start = async (options) => {
    broker.starts.push(options);
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
  };

  const { signal } = controller;
  const first = app.acquireTokenInteractive(SCOPES, { parentWindowHandle, signal });
  const second = app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  await expect.poll(() => broker.starts.length).toBe(1);
  controller.abort(new Error("stopped"));
  await expect(first).rejects.toThrow("stopped");
  goOn();

  expect(await second).toMatchObject({ token_source: "broker" });
  expect(broker.starts).toHaveLength(1);
});

test.for([true, false])("enablePiiLog (%s) is passed to the broker", async (enablePiiLog) => {
  const { app, broker } = setupBroker({ enablePiiLog }, { signInSilently: brokerToken() });

  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });

  expect(broker.starts).toMatchObject([{ enablePiiLog }]);
});

test("enablePiiLog lets a broker's lines name people, but hold no secret", async () => {
  const { app, broker, log } = setupBroker(
    { enablePiiLog: true },
    { signInSilently: brokerToken() },
  );
  await app.acquireTokenInteractive(SCOPES, { parentWindowHandle });
  const token = `eyJhbGciOiJSUzI1NiJ9.${"a".repeat(60)}.signature`;
  log.length = 0;

  const { logger } = broker.starts[0] ?? expect.fail("not started");
  logger.debug(`${ADA} got ${token}\nrefresh_token=0.AXoA; "access_token": "EwBw"`);
  logger.error("The runtime ends.");

  expect(log).toEqual([
    {
      level: "debug",
      message: `Broker: ${ADA} got *** refresh_token=***; "access_token": "***"`,
    },
    { level: "error", message: "Broker: The runtime ends." },
  ]);
});

// What is no broker, or not for this client.
test.for<[string, () => unknown, string]>([
  ["text", () => new PublicClientApplication("id", { broker: "wam" as never }), "nativeBroker"],
  [
    "the plugin itself",
    () => new PublicClientApplication("id", { broker: { signOut() {} } as never }),
    "nativeBroker",
  ],
  [
    "allowBroker text",
    () => new PublicClientApplication("id", { allowBroker: "yes" as never }),
    "allowBroker",
  ],
  [
    "with a credential",
    () => new ClientApplication("id", { clientCredential: "x", allowBroker: true }),
    "clientCredential",
  ],
  [
    "for a confidential client",
    () =>
      new ConfidentialClientApplication("id", {
        clientCredential: "x",
        broker: new FakeBroker(),
      } as never),
    "broker",
  ],
])("flows X-12: %s is refused at once", ([, construct, named]) => {
  expect(construct).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  expect(construct).toThrow(named);
});

test("flows §6.1: accounts are listed without the broker", async () => {
  const { app, broker } = setupBroker();
  remember(app.tokenCache, {}, { client_id: "another" });

  expect(await app.getAccounts({ username: ADA })).toHaveLength(1);
  expect(broker.starts).toEqual([]);
});
