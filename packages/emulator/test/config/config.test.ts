import { createEmulator, type EmulatorConfig } from "@msal-ts/emulator";
import { expect, test } from "vitest";
import { ADA, CONSUMERS_ID, PASSWORD, SPA, setup } from "../setup.js";

const CLIENT = "aaaaaaaa-0000-4000-8000-000000000009";
const TENANT = "bbbbbbbb-0000-4000-8000-000000000001";

test("the built-in world has two companies, personal accounts, users and apps", () => {
  const { config } = setup().idp;

  expect(config.tenants.map(({ name }) => name)).toEqual([
    "Contoso",
    "Fabrikam",
    "Microsoft accounts",
  ]);
  expect(config.tenants.at(-1)?.id).toBe(CONSUMERS_ID);
  for (const user of config.users) {
    expect(user.password).toBeTruthy();
    expect(user.oid).toMatch(/^[0-9a-f-]{36}$/);
    expect(config.tenants.some(({ id }) => id === user.tenant)).toBe(true);
  }
  expect(config.apps.find(({ name }) => name === "Microsoft Graph")).toMatchObject({
    clientId: "00000003-0000-0000-c000-000000000000",
    identifierUris: ["https://graph.microsoft.com"],
  });
  expect(config.apps.filter(({ family }) => family === "1")).toHaveLength(2);
});

test("the configuration is frozen, all the way down", () => {
  const { config } = setup().idp;

  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.isFrozen(config.apps)).toBe(true);
  expect(Object.isFrozen(config.apps[0]?.redirectUris.web)).toBe(true);
});

test("the caller's object is copied, not kept", () => {
  const secrets = ["one"];
  const { idp } = setup({ apps: [{ clientId: CLIENT, secrets }] });

  secrets.push("two");

  expect(idp.config.apps.at(-1)?.secrets).toEqual(["one"]);
  expect(Object.isFrozen(secrets)).toBe(false);
});

test("entries are added, and replace what has the same id", () => {
  const before = setup().idp.config;
  const { config } = setup({
    users: [
      { username: "ADA@contoso.onmicrosoft.com", password: "other" },
      { username: "x@contoso.com" },
    ],
    apps: [{ clientId: CLIENT.toUpperCase(), name: "Mine" }],
  }).idp;

  expect(config.users).toHaveLength(before.users.length + 1);
  expect(config.users[0]).toMatchObject({ password: "other", name: "ADA" });
  expect(config.users.at(-1)).toMatchObject({
    username: "x@contoso.com",
    name: "x",
    email: "x@contoso.com",
    password: "Passw0rd!",
    tenant: before.tenants[0]?.id,
    guestOf: [],
  });
  expect(config.apps.at(-1)).toMatchObject({
    clientId: CLIENT,
    tenant: before.tenants[0]?.id,
    signInAudience: "AzureADMyOrg",
    requestedAccessTokenVersion: 2,
    redirectUris: { web: [], spa: [], publicClient: [] },
  });
});

test("without defaults there is what was given, and personal accounts", () => {
  const { config } = setup({
    defaults: false,
    tenants: [{ id: TENANT, domains: ["Example.org"] }],
    users: [{ username: "me@example.org" }],
  }).idp;

  expect(config.tenants.map(({ id }) => id)).toEqual([TENANT, CONSUMERS_ID]);
  expect(config.tenants[0]?.domains).toEqual(["example.org"]);
  expect(config.users.map(({ tenant }) => tenant)).toEqual([TENANT]);
  expect(config.apps.map(({ name }) => name)).toEqual(["Microsoft Graph"]);
});

test("without defaults OpenID Connect's scopes are still for Graph, which may be replaced", async () => {
  const world = {
    defaults: false,
    tenants: [{ id: TENANT, domains: ["example.org"] }],
    users: [{ username: "me@example.org" }],
  };
  const client = {
    clientId: CLIENT,
    redirectUris: { publicClient: ["http://localhost"] },
  };
  const graph = { clientId: "00000003-0000-0000-c000-000000000000", name: "Mine" };
  const { idp, authUri } = setupWith({ ...world, apps: [client] });

  const answer = await idp.signIn(authUri, { username: "me@example.org", password: "Passw0rd!" });
  const replaced = setup({ ...world, apps: [graph] }).idp.config;

  expect(answer.code).toBeTruthy();
  expect(replaced.apps.map(({ name }) => name)).toEqual(["Mine"]);
});

/** An emulator, and where its one client begins a sign-in. */
function setupWith(config: EmulatorConfig) {
  const { idp } = setup(config);
  const query = new URLSearchParams({
    client_id: CLIENT,
    response_type: "code",
    scope: "openid profile offline_access",
  });
  return { idp, authUri: `${idp.authority("example.org")}/oauth2/v2.0/authorize?${query}` };
}

// A development server's address, and what stands behind it.
test.for(
  [3000, 4200, 5173, 8080].flatMap((port) => [`:${port}`, `:${port}/`, `:${port}/callback`]),
)("the built-in single-page app signs in at http://localhost%s", async (rest) => {
  const { idp, app, authUri } = setup();
  const redirect_uri = `http://localhost${rest}`;
  const uri = authUri("common", { client_id: app(SPA).clientId, redirect_uri });

  expect((await idp.signIn(uri, { username: ADA, password: PASSWORD })).code).toBeTruthy();
});

test("a built-in app may be replaced by one with fewer permissions", () => {
  const clientId = "55555555-5555-4555-8555-555555555555";

  expect(() => setup({ apps: [{ clientId, identifierUris: ["api://other"] }] })).not.toThrow();
});

test("a client may have been granted OpenID Connect's scopes as Graph's", () => {
  const permissions = [
    { resource: "https://graph.microsoft.com/", scopes: ["openid", "user.read"] },
  ];

  expect(() => setup({ apps: [{ clientId: CLIENT, permissions }] })).not.toThrow();
});

// A member that holds a secret.
test.for<[string, Record<string, unknown>]>([
  ["secrets", { secrets: "hush-hush" }],
  ["expiredSecrets", { expiredSecrets: "hush-hush" }],
  ["secrets", { secrets: { a: "hush-hush" } }],
  ["certificates", { certificates: ["hush-hush"] }],
])("a message about %s does not repeat it", ([member, app]) => {
  const attempt = () => setup({ apps: [{ clientId: CLIENT, ...app }] } as EmulatorConfig);

  expect(attempt).toThrow(`config.apps[0].${member}`);
  expect(attempt).not.toThrow("hush");
});

// A configuration that is wrong, and what the error says of it.
test.for<[unknown, string]>([
  [
    null,
    "config must be an object (defaults, tenants, users, apps, federation, conditionalAccess, ciamDomains, azureRegion, accessTokenLifetime); got null",
  ],
  [[], "accessTokenLifetime); got a list"],
  [{ user: [] }, "config.user is unknown; config can have defaults, tenants, users, apps"],
  [{ users: {} }, "config.users must be a list; got an object"],
  [{ users: [{}] }, "config.users[0].username must be a user principal name"],
  [{ users: [{ username: "ada" }] }, 'for example "ada@contoso.onmicrosoft.com"; got "ada"'],
  [
    { users: [{ username: "a@nobody.example" }] },
    "users: a@nobody.example: tenant must be a domain of a tenant of this config (contoso.onmicrosoft.com, ",
  ],
  [
    { users: [{ username: "a@contoso.com", guestOf: ["x"] }] },
    "guestOf must be a domain of a tenant",
  ],
  [
    { users: [{ username: "a@contoso.com", tenant: TENANT }] },
    `tenant must be the id of a tenant of this config`,
  ],
  [
    { apps: [{ clientId: "x" }] },
    'config.apps[0].clientId must be a GUID, for example "11111111-2222-4333-8444-555555555555"; got "x"',
  ],
  [
    { apps: [{ clientId: CLIENT, secrets: "s" }] },
    "config.apps[0].secrets must be a list; got a text",
  ],
  [
    { apps: [{ clientId: CLIENT, redirectUris: ["http://localhost"] }] },
    "config.apps[0].redirectUris must be an object (web, spa, publicClient); got a list",
  ],
  ...["javascript:alert(1)", "data:text/html,x", "file:///etc"].map((uri): [unknown, string] => [
    { apps: [{ clientId: CLIENT, redirectUris: { web: [uri] } }] },
    "config.apps[0].redirectUris.web[0] must be an absolute URI",
  ]),
  [
    { apps: [{ clientId: CLIENT }, { clientId: CLIENT.toUpperCase() }] },
    `config.apps[1].clientId: "${CLIENT}" is also that of config.apps[0].clientId`,
  ],
  [
    { users: [{ username: "x@contoso.com" }, { username: "X@contoso.com" }] },
    'config.users[1].username: "X@contoso.com" is also that of config.users[0].username',
  ],
  [
    { apps: [{ clientId: CLIENT, identifierUris: ["API://contoso-tasks/"] }] },
    `config.apps: ${CLIENT}: identifierUris: "API://contoso-tasks" is also that of config.apps: 55555555-`,
  ],
  [
    { tenants: [{ id: TENANT, domains: ["Contoso.com"] }] },
    `config.tenants: ${TENANT}: domains: "contoso.com" is also that of config.tenants: c0a7050c-`,
  ],
  [{ tenants: [{ id: TENANT, domains: ["live.com"] }] }, '"live.com" is also that of'],
  [
    { tenants: [{ id: CONSUMERS_ID, domains: ["mine.example"] }] },
    "config.tenants[0].id must not be 9188040d-6c67-4c5b-b112-36a304b66dad",
  ],
  [
    { apps: [{ clientId: CLIENT, permissions: [{ resource: "api://nobody" }] }] },
    'config.apps[0].permissions[0].resource must be the client ID or an identifier URI of an app of this config; got "api://nobody"',
  ],
  [
    { apps: [{ clientId: CLIENT, permissions: [{ resource: CLIENT, scopes: ["Read"] }] }] },
    `config.apps[0].permissions[0].scopes[0]: ${CLIENT} has none; got "Read"`,
  ],
  [
    {
      apps: [
        { clientId: CLIENT, permissions: [{ resource: "api://contoso-tasks", roles: ["Read"] }] },
      ],
    },
    'config.apps[0].permissions[0].roles[0]: Contoso tasks API has Tasks.Read.All; got "Read"',
  ],
  [{ apps: [{ clientId: CLIENT, secret: "s" }] }, "config.apps[0].secret is unknown"],
  [
    { apps: [{ clientId: CLIENT, family: "2" }] },
    'config.apps[0].family must be one of "1"; got "2"',
  ],
  [
    { apps: [{ clientId: CLIENT, redirectUris: { web: ["http://app.example"] } }] },
    "config.apps[0].redirectUris.web[0] must be an absolute URI",
  ],
  [{ apps: [{ clientId: CLIENT, redirectUris: { web: ["http://[::1]"] } }] }, 'got "http://[::1]"'],
  [{ apps: [{ clientId: CLIENT, redirectUris: { web: ["/callback"] } }] }, 'got "/callback"'],
  [
    { apps: [{ clientId: CLIENT, certificates: ["x"] }] },
    "config.apps[0].certificates[0] must be an X.509 certificate",
  ],
  [{ apps: [{ clientId: CLIENT, scopes: ["a b"] }] }, "must be a name without spaces"],
  [
    { apps: [{ clientId: CLIENT, disabled: 1 }] },
    "config.apps[0].disabled must be true or false; got 1",
  ],
  [
    { tenants: [{ id: TENANT, domains: ["nodots"] }] },
    "config.tenants[0].domains[0] must be a domain",
  ],
  [
    { accessTokenLifetime: 0 },
    "config.accessTokenLifetime must be a whole number of seconds above zero; got 0",
  ],
])("%j: %s", ([config, message]) => {
  const attempt = () => createEmulator(config as EmulatorConfig);

  expect(attempt).toThrow(TypeError);
  expect(attempt).toThrow(message);
});
