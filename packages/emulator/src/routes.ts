/**
 * The URL map (§1.3): what is answered where, and how refusals look there.
 *
 * @module
 */
import { Hono } from "hono";
import { AADSTS } from "./aadsts.js";
import { authorize, decideConsent, pickAccount, signIn } from "./authorize/authorize.js";
import { type Call, readCall } from "./call.js";
import type { Authority } from "./directory.js";
import { instanceDiscovery } from "./discovery/instance-discovery.js";
import { keySet } from "./discovery/keys.js";
import { openidConfiguration, openidConfigurationV1 } from "./discovery/openid-configuration.js";
import type { Emulation } from "./emulation.js";
import { entraError, errorBody } from "./entra-error.js";
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
import type { TokenVersion } from "./token/issuer.js";
import { answerTokenRequest } from "./token/token-request.js";

/** Answers one request. */
export type Handler = (request: Request) => Promise<Response>;

/** The emulator's handler: records the request, lets a fault come first, then answers. */
export function createHandler(emulation: Emulation): Handler {
  const routes = createRoutes();
  return async (request) => {
    const call = await readCall(emulation, request);
    const faulty = await emulation.faults.answer(call.url.pathname, call, request.signal);
    return faulty ?? routes.fetch(request, { call });
  };
}

type Env = { Bindings: { readonly call: Call } };

function createRoutes(): Hono<Env> {
  const routes = new Hono<Env>();

  const document = (path: string, make: (call: Call, authority: Authority) => object) =>
    routes.get(path, ({ env, req }) =>
      publicDocument(env.call, () =>
        make(env.call, env.call.emulation.directory.authority(req.param("tenant") ?? "common")),
      ),
    );
  document("/:tenant/v2.0/.well-known/openid-configuration", openidConfiguration);
  document("/:tenant/.well-known/openid-configuration", openidConfigurationV1);
  document("/:tenant/discovery/v2.0/keys", (call) => keySet(call, 2));
  document("/:tenant/discovery/keys", (call) => keySet(call, 1));
  routes.get("/common/discovery/instance", ({ env }) =>
    publicDocument(env.call, () => instanceDiscovery(env.call), { "cache-control": "private" }),
  );

  for (const [path, version] of [
    ["/:tenant/oauth2/v2.0", 2],
    ["/:tenant/oauth2", 1],
  ] as const) {
    routes.on(["GET", "POST"], `${path}/authorize`, ({ env, req }) =>
      authorize(env.call, req.param("tenant"), version),
    );
    routes.options(`${path}/token`, ({ env }) =>
      respond(env.call, null, 204, crossOrigin(env.call)),
    );
    routes.all(`${path}/token`, ({ env, req }) => token(env.call, req.param("tenant"), version));
  }
  routes.post("/:tenant/login", ({ env }) => signIn(env.call));
  routes.post("/:tenant/pick", ({ env }) => pickAccount(env.call));
  routes.post("/:tenant/consent", ({ env }) => decideConsent(env.call));
  routes.get("/error", ({ env }) => explain(env.call));
  routes.notFound(({ env }) => respond(env.call, "", 404, { "content-type": "text/plain" }));
  // A fault of the emulator's own is the caller's to see, not an answer of the platform.
  routes.onError((error) => {
    throw error;
  });
  return routes;
}

async function publicDocument(
  call: Call,
  make: () => object | Promise<object>,
  refused: Readonly<Record<string, string>> = {},
): Promise<Response> {
  try {
    return json(call, await make(), PUBLIC_DOCUMENT);
  } catch (thrown) {
    return jsonError(call, refusal(thrown), { ...PUBLIC_DOCUMENT, ...refused });
  }
}

async function token(call: Call, segment: string, version: TokenVersion): Promise<Response> {
  const headers = { ...NOT_STORED, ...crossOrigin(call) };
  try {
    const authority = call.emulation.directory.authority(segment);
    const { method } = call.request;
    if (method !== "POST") throw entraError(900561, { method });
    const body = await answerTokenRequest(call, authority, version);
    return json(call, body, { ...headers, "x-ms-clitelem": clientTelemetry() });
  } catch (thrown) {
    const error = refusal(thrown);
    return jsonError(call, error, { ...headers, "x-ms-clitelem": clientTelemetry(error.code) });
  }
}

/** Pages of single-page apps may read the answer; whether their client may ask is the grant's to say. */
function crossOrigin({ request }: Call): Record<string, string> {
  const { origin, "access-control-request-headers": asked } = request.headers;
  if (!origin) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-expose-headers": "Content-Length,Content-Encoding,x-ms-request-id,x-ms-srs",
    ...(asked && { "access-control-allow-headers": asked }),
    vary: "Origin",
  };
}

/** `GET /error?code=N`: what `error_uri` leads to. */
async function explain(call: Call): Promise<Response> {
  const code = Number(call.query.code);
  if (!AADSTS[code]) return respond(call, "", 404, { "content-type": "text/plain" });
  const error = entraError(code);
  return sendPage(call, errorPage(error.message, errorBody(error, call)));
}
