/**
 * What stands around a sample on the emulator: an identity platform, the API that it calls, a key vault.
 *
 * @module
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { type AppConfig, type Emulator, startEmulator } from "@msal-ts/emulator";
import { Hono } from "hono";
import { decodeJwt } from "jose";
import { type Certificate, makeCertificate } from "./certificate.js";
import { addKeyVault } from "./key-vault.js";

const GRAPH = "https://graph.microsoft.com";

/** A daemon that is registered with a certificate. */
export const CERTIFIED = "66666666-6666-4666-8666-666666666666";

/** An API whose tokens differ from those of the tasks API in whom they are for, and in nothing else. */
const NOTES_API: AppConfig = {
  clientId: "77777777-7777-4777-8777-777777777777",
  name: "Contoso notes API",
  identifierUris: ["api://contoso-notes"],
  scopes: ["access_as_user"],
};

export interface Stage {
  idp: Emulator;
  /** GUID of the tenant. */
  tenant: string;
  /** Who signs in. */
  user: { username: string; password: string };
  /** Where the stand-ins for Microsoft Graph and the key vault are. */
  url: string;
  /** Of {@link CERTIFIED}, if the scene needs one. */
  certificate: Certificate | undefined;
  /** For files; gone when the stage is closed. */
  folder: string;
  close(): Promise<void>;
}

export async function openStage(needsCertificate: boolean): Promise<Stage> {
  const certificate = needsCertificate ? await makeCertificate() : undefined;
  const daemon = certificate && {
    clientId: CERTIFIED,
    name: "Contoso daemon",
    certificates: [certificate.publicCertificate],
    permissions: [{ resource: GRAPH, roles: ["User.Read.All"] }],
  };
  const idp = await startEmulator({ apps: [NOTES_API, ...(daemon ? [daemon] : [])] });
  const [tenant] = idp.config.tenants;
  const [user] = idp.config.users;
  if (!tenant || !user) throw new Error("The emulator has no tenant or no user.");

  const app = new Hono();
  addGraph(app, idp);
  if (certificate) addKeyVault(app, certificate);
  const server = createServer(getRequestListener(app.fetch));
  server.listen(0, "localhost");
  await once(server, "listening");
  const folder = await mkdtemp(join(tmpdir(), "msal-ts-sample-"));
  return {
    idp,
    tenant: tenant.id,
    user,
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    folder,
    close: async () => {
      server.close();
      await idp.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Microsoft Graph, two paths of it. Its tokens verify for nobody else, so these are taken at their word. */
function addGraph(app: Hono, idp: Emulator): void {
  app.use("/v1.0/*", async (c, next) => {
    const [, token] = /^Bearer (.+)$/.exec(c.req.header("authorization") ?? "") ?? [];
    if (token === undefined) return c.json({ error: { code: "InvalidAuthenticationToken" } }, 401);
    const { aud, exp = 0, scp, roles } = decodeJwt(token);
    if (aud !== GRAPH || exp <= idp.now()) {
      return c.json({ error: { code: "InvalidAuthenticationToken" } }, 401);
    }
    const permissions = [String(scp).split(" "), roles ?? []].flat();
    const needed = c.req.path.endsWith("/me") ? "User.Read" : "User.Read.All";
    if (!permissions.includes(needed)) {
      return c.json({ error: { code: "Authorization_RequestDenied" } }, 403);
    }
    return next();
  });
  app.get("/v1.0/me", (c) => {
    const { upn } = decodeJwt((c.req.header("authorization") ?? "").slice("Bearer ".length));
    const user = idp.config.users.find(({ username }) => username === upn);
    return c.json({ displayName: user?.name, userPrincipalName: user?.username });
  });
  app.get("/v1.0/users", (c) =>
    c.json({
      value: idp.config.users.slice(0, 2).map(({ name, username }) => ({
        ...{ displayName: name, userPrincipalName: username },
      })),
    }),
  );
}
