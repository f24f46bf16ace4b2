/**
 * The URL map (§1.3): what is answered where, and how refusals look there.
 *
 * @module
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { AADSTS } from "./aadsts.js";
import { adfsConfiguration, webfinger } from "./adfs/configuration.js";
import { authorize, decideConsent, pickAccount, signIn } from "./authorize/authorize.js";
import { logOut } from "./authorize/log-out.js";
import { b2cConfiguration } from "./b2c/configuration.js";
import { type Call, readCall } from "./call.js";
import type { App } from "./config/resolve-config.js";
import { authorizeDevice } from "./device/device-authorization.js";
import { confirmDevice, enterCode, showDeviceLogin } from "./device/device-login.js";
import { ADFS, type Authority } from "./directory.js";
import { instanceDiscovery } from "./discovery/instance-discovery.js";
import { instanceMetadata } from "./discovery/instance-metadata.js";
import { keySet } from "./discovery/keys.js";
import { openidConfiguration, openidConfigurationV1 } from "./discovery/openid-configuration.js";
import type { Emulation } from "./emulation.js";
import { entraError } from "./entra-error.js";
import { bend, refusalOf } from "./faults.js";
import { MEX_PATH, metadata, USERNAME_MIXED, type WsTrustVersion } from "./federation/metadata.js";
import { userRealm } from "./federation/user-realm.js";
import { usernameMixed } from "./federation/ws-trust.js";
import { refreshTokenAge } from "./grants/refresh-token.js";
import { errorPage } from "./pages/error-page.js";
import { sendPage } from "./pages/page.js";
import {
  clientTelemetry,
  json,
  jsonError,
  NOT_STORED,
  PUBLIC_DOCUMENT,
  refusal,
  respond,
} from "./respond.js";
import { sampleError } from "./sample-error.js";
import { isPageOf } from "./token/client-authentication.js";
import type { TokenVersion } from "./token/issuer.js";
import { answerTokenRequest } from "./token/token-request.js";

/** Answers one request. */
export type Handler = (request: Request) => Promise<Response>;

/** Most bytes of a request's body. */
const MAX_BODY = 1_000_000;

/** The emulator's handler: records the request, lets a fault come first, then answers. */
export function createHandler(emulation: Emulation): Handler {
  const routes = createRoutes(emulation);
  return async (request) => routes.fetch(request);
}

type Env = { Variables: { readonly call: Call } };

function createRoutes(emulation: Emulation): Hono<Env> {
  const routes = new Hono<Env>();

  // Before anything reads or keeps it.
  routes.use(bodyLimit({ maxSize: MAX_BODY, onError: () => new Response(null, { status: 413 }) }));
  routes.use(async (context, next) => {
    const call = await readCall(emulation, context.req.raw);
    // Browsers send preflights, not clients.
    const isPreflight = context.req.method === "OPTIONS";
    const { signal } = context.req.raw;
    const fault = isPreflight ? undefined : await emulation.faults.next(call.url.pathname, signal);
    const refused = fault && refusalOf(fault, call);
    context.set("call", { ...call, refused });
    if (refused || isServed(call)) await next();
    else context.res = respond(call, NOT_FOUND, 404, { "content-type": "text/html" });
    if (!fault || !refused) return;
    const bent = bend(fault, context.res);
    context.res = undefined; // or its headers would come back
    context.res = bent;
  });

  routes.get("/.well-known/webfinger", ({ var: { call } }) =>
    publicDocument(call, () => webfinger(call)),
  );
  routes.get("/metadata/instance/compute", ({ var: { call } }) =>
    unlessRefused(call, () => instanceMetadata(call, "compute")),
  );
  routes.get("/metadata/instance/compute/location", ({ var: { call } }) =>
    unlessRefused(call, () => instanceMetadata(call, "location")),
  );

  const publicDocuments = cors({ origin: "*", allowMethods: ["GET", "OPTIONS"] });
  const document = (path: string, make: (call: Call, authority: Authority) => object) => {
    routes.use(path, publicDocuments);
    routes.get(path, ({ var: { call }, req }) =>
      publicDocument(call, () => make(call, emulation.directory.authority(segmentOf(req.param())))),
    );
  };
  document("/adfs/.well-known/openid-configuration", adfsConfiguration);
  document("/adfs/discovery/keys", (call) => keySet(call, 1));
  for (const path of USER_FLOWS) {
    document(`${path}/v2.0/.well-known/openid-configuration`, b2cConfiguration);
    document(`${path}/discovery/v2.0/keys`, (call) => keySet(call, 1));
  }
  document("/:tenant/v2.0/.well-known/openid-configuration", openidConfiguration);
  document("/:tenant/.well-known/openid-configuration", openidConfigurationV1);
  document("/:tenant/discovery/v2.0/keys", (call) => keySet(call, 2));
  document("/:tenant/discovery/keys", (call) => keySet(call, 1));
  routes.use("/common/discovery/instance", publicDocuments);
  routes.get("/common/discovery/instance", ({ var: { call } }) =>
    publicDocument(call, () => instanceDiscovery(call), { "cache-control": "private" }),
  );

  // Each client spells it another way: `UserRealm`, `userrealm`.
  routes.get("/common/:realm{[Uu]ser[Rr]ealm}/:username", ({ var: { call }, req }) =>
    unlessRefused(call, () => json(call, userRealm(call, req.param("username")), NOT_STORED)),
  );
  routes.get(MEX_PATH, ({ var: { call } }) =>
    unlessRefused(call, () =>
      respond(call, metadata(call), 200, { "content-type": "text/xml; charset=utf-8" }),
    ),
  );
  for (const [version, path] of Object.entries(USERNAME_MIXED)) {
    routes.post(path, ({ var: { call } }) =>
      unlessRefused(call, () => usernameMixed(call, version as WsTrustVersion)),
    );
  }

  // §2.2: the answer is for the client's own pages alone. A preflight does not say whose it is.
  const clientPages = cors({
    origin: (origin, { var: { call }, req }) => {
      const { apps } = emulation.config;
      const isReader = ({ clientId }: App) => clientId === call.form.client_id?.toLowerCase();
      const readers = req.method === "OPTIONS" ? apps : apps.filter(isReader);
      return readers.some((app) => isPageOf(app, origin)) ? origin : undefined;
    },
    allowMethods: ["POST", "OPTIONS"],
    exposeHeaders: ["Content-Length", "Content-Encoding", "x-ms-request-id", "x-ms-srs"],
  });
  for (const [path, version, devices] of [
    // AD FS writes its URLs with a slash at the end, and clients without.
    ["/adfs/oauth2", 2, true],
    ...USER_FLOWS.map((path) => [`${path}/oauth2/v2.0`, 2, false] as const),
    ["/:tenant/oauth2/v2.0", 2, true],
    ["/:tenant/oauth2", 1, true],
  ] as const) {
    for (const end of path.startsWith("/adfs") ? ["", "/"] : [""]) {
      routes.on(["GET", "POST"], `${path}/authorize${end}`, ({ var: { call }, req }) =>
        authorize(call, segmentOf(req.param()), version),
      );
      routes.use(`${path}/token${end}`, clientPages);
      routes.all(`${path}/token${end}`, ({ var: { call }, req }) =>
        token(call, segmentOf(req.param()), version),
      );
    }
    routes.on(["GET", "POST"], `${path}/logout`, ({ var: { call } }) => logOut(call));
    if (!devices) continue;
    routes.all(`${path}/devicecode`, ({ var: { call }, req }) =>
      device(call, segmentOf(req.param()), version),
    );
  }
  for (const path of ["/:tenant", ...USER_FLOWS]) {
    routes.post(`${path}/login`, ({ var: { call } }) => signIn(call));
    routes.post(`${path}/pick`, ({ var: { call } }) => pickAccount(call));
    routes.post(`${path}/consent`, ({ var: { call } }) => decideConsent(call));
  }
  routes.get("/devicelogin", ({ var: { call } }) => showDeviceLogin(call));
  routes.post("/devicelogin", ({ var: { call } }) => enterCode(call));
  routes.post("/devicelogin/confirm", ({ var: { call } }) => confirmDevice(call));
  routes.get("/error", ({ var: { call } }) => explain(call));
  routes.notFound(({ var: { call } }) =>
    call.refused
      ? jsonError(call, call.refused, NOT_STORED)
      : respond(call, "", 404, { "content-type": "text/plain" }),
  );
  // A fault of the emulator's own is the caller's to see, not an answer of the platform.
  routes.onError((error) => {
    throw error;
  });
  return routes;
}

/** The refusal that was asked for, or the answer. */
function unlessRefused(call: Call, answer: () => Response): Response {
  return call.refused ? jsonError(call, call.refused, NOT_STORED) : answer();
}

/** The user flows of B2C, in each form that URLs name them in. */
const USER_FLOWS: readonly string[] = ["", "/:prefix{tfp|te}"].map(
  (prefix) => `${prefix}/:tenant/:policy{[Bb]2[Cc]_[^/]+}`,
);

/** The authority in a path, as the directory reads it. */
function segmentOf({ prefix, tenant = ADFS, policy }: Readonly<Record<string, string>>): string {
  return [prefix, tenant, policy].filter(Boolean).join("/");
}

const NOT_FOUND = "<!DOCTYPE html><title>404 - File or directory not found.</title>";

/** A slash, or what names of tenants and user flows are made of, in percent encoding. */
const ENCODED = /%(?:2[def]|3\d|[46][1-9a-f]|[57][\da]|5f)/i;

/** Whether the names of the tenant and the user flow are encoded; a username behind them may be. */
function isEncoded({ pathname }: URL): boolean {
  const [, first = "", ...rest] = pathname.split("/");
  const names = [first, ...rest.slice(0, /^(?:tfp|te)$/i.test(first) ? 2 : 1)];
  return names.some((name) => ENCODED.test(name));
}

/** B2C has nothing but its user flows, External ID nothing that all tenants share, AD FS no versions. */
function isServed({ platform, userFlow, url, emulation }: Call): boolean {
  const { directory } = emulation;
  // Routes are matched decoded, platforms as they are written: such a path would be of two.
  if (isEncoded(url)) return false;
  if (platform === "b2c") return userFlow !== undefined && !!directory.userFlow(userFlow);
  if (platform === "adfs") return !url.pathname.includes("/v2.0/");
  return platform !== "ciam" || !/^\/(common|organizations|consumers)\//i.test(url.pathname);
}

async function publicDocument(
  call: Call,
  make: () => object | Promise<object>,
  refused: Readonly<Record<string, string>> = {},
): Promise<Response> {
  try {
    if (call.refused) throw call.refused;
    return json(call, await make(), PUBLIC_DOCUMENT);
  } catch (thrown) {
    return jsonError(call, refusal(thrown), { ...PUBLIC_DOCUMENT, ...refused });
  }
}

async function token(call: Call, segment: string, version: TokenVersion): Promise<Response> {
  try {
    if (call.refused) throw call.refused;
    const authority = call.emulation.directory.authority(segment);
    const { method } = call.request;
    if (method !== "POST") throw entraError(900561, { method });
    const body = await answerTokenRequest(call, authority, version);
    return json(call, body, { ...NOT_STORED, "x-ms-clitelem": clientTelemetry() });
  } catch (thrown) {
    const error = refusal(thrown);
    const telemetry = clientTelemetry(error.code, refreshTokenAge(call));
    return jsonError(call, error, { ...NOT_STORED, "x-ms-clitelem": telemetry });
  }
}

function device(call: Call, segment: string, version: TokenVersion): Response {
  try {
    if (call.refused) throw call.refused;
    const { method } = call.request;
    if (method !== "POST") throw entraError(900561, { method });
    return json(call, authorizeDevice(call, segment, version), NOT_STORED);
  } catch (thrown) {
    return jsonError(call, refusal(thrown), NOT_STORED);
  }
}

/** `GET /error?code=N`: what `error_uri` leads to. */
async function explain(call: Call): Promise<Response> {
  const code = Number(call.query.code);
  if (!AADSTS[code]) return respond(call, "", 404, { "content-type": "text/plain" });
  const error = sampleError(call, code);
  return sendPage(call, errorPage(error.message, call));
}
