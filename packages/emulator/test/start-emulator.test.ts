import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { Agent, request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { type Emulator, type StartOptions, startEmulator } from "@msal-ts/emulator";
import { expect, onTestFinished, test } from "vitest";
import { ADA, bench, CONTOSO, PASSWORD } from "./setup.js";
import { OPENSSL } from "./token/certificate.js";

const DOCUMENT = "/common/v2.0/.well-known/openid-configuration";

async function start(options?: StartOptions): Promise<Emulator> {
  const idp = await startEmulator({}, options);
  onTestFinished(() => idp.close());
  return idp;
}

/** GET over a real socket. */
function getText(url: string, ca?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = ca === undefined ? {} : { agent: new Agent({ ca }) };
    const send = ca === undefined ? get(url) : request(url, options);
    send.on("error", reject).on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
    });
    send.end();
  });
}

test("over http it answers on a free port of localhost", async () => {
  const idp = await start();

  const document = JSON.parse(await getText(`${idp.url}${DOCUMENT}`));

  expect(idp.url).toMatch(/^http:\/\/localhost:\d+$/);
  expect(idp.ca).toBeUndefined();
  expect(document.issuer).toBe(`${idp.url}/{tenantid}/v2.0`);
});

test.for(["localhost", "127.0.0.1", "[::1]"])(
  "over https a strict client trusts %s",
  async (host) => {
    const idp = await start({ https: true });
    const url = idp.url.replace("localhost", host);

    const document = JSON.parse(await getText(`${url}${DOCUMENT}`, idp.ca));

    expect(document.issuer).toBe(`${url}/{tenantid}/v2.0`);
  },
);

test("nobody trusts it without its certificate authority", async () => {
  const idp = await start({ https: true });

  await expect(getText(`${idp.url}${DOCUMENT}`, "")).rejects.toThrow(/self-signed|unable to/i);
});

test("its certificates have what strict verifiers ask for", async () => {
  const idp = await start({ https: true });
  const authority = new X509Certificate(idp.ca ?? "");
  const leaf = await new Promise<X509Certificate | undefined>((resolve, reject) => {
    const port = Number(new URL(idp.url).port);
    const socket = connectTls({ port, host: "127.0.0.1", ca: idp.ca }, () => {
      resolve(socket.getPeerX509Certificate());
      socket.destroy();
    }).on("error", reject);
  });

  expect(authority.ca).toBe(true);
  expect(leaf?.ca).toBe(false);
  expect(leaf?.checkIssued(authority)).toBe(true);
  expect(leaf?.verify(authority.publicKey)).toBe(true);
  expect(leaf?.subjectAltName).toBe(
    "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
  );

  const folder = mkdtempSync(join(tmpdir(), "emulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "ca.pem"), authority.toString());
  writeFileSync(join(folder, "leaf.pem"), leaf?.toString() ?? "");
  const verified = execFileSync(
    OPENSSL,
    ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem", "leaf.pem"],
    { cwd: folder },
  );
  expect(verified.toString()).toBe("leaf.pem: OK\n");
});

test("each start has an authority of its own", async () => {
  const [one, other] = [await start({ https: true }), await start({ https: true })];

  expect(one.ca).not.toBe(other.ca);
});

// The machine's other addresses; none where there is no network.
test.for(
  Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.filter(({ internal, family }) => !internal && family === "IPv4"),
  ),
)("it does not listen on $address", async ({ address }) => {
  const idp = await start();

  await expect(getText(`${idp.url.replace("localhost", address)}${DOCUMENT}`)).rejects.toThrow(
    "ECONNREFUSED",
  );
});

test("a port that is taken is an error", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;

  await expect(startEmulator({}, { port })).rejects.toThrow("EADDRINUSE");
});

test("sign-in, tokens and the recorded requests are those of the sockets, too", async () => {
  const idp = await start();
  const { app, authUri } = bench(idp);
  const { code = "" } = await idp.signIn(authUri(CONTOSO), { username: ADA, password: PASSWORD });
  idp.requests.length = 0;

  const response = await fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: app("Contoso desktop app").clientId,
      redirect_uri: "http://localhost:4321",
      code,
      code_verifier: "the-verifier-of-these-tests-0123456789-abcdefgh",
    }),
  });

  expect(response.status).toBe(200);
  expect(response.headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(idp.requests).toHaveLength(1);
  expect(idp.requests[0]).toMatchObject({
    method: "POST",
    url: `${idp.authority(CONTOSO)}/oauth2/v2.0/token`,
    form: { code },
  });
});

test("idp.fetch reaches it under real host names", async () => {
  const idp = await start({ https: true });

  const response = await idp.fetch(`https://login.microsoftonline.com${DOCUMENT}`);

  expect(await response.json()).toMatchObject({
    issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
  });
});

/** Status of an answer to a request with this Host header. */
function statusFor(idp: Emulator, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${idp.url}${DOCUMENT}`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

test("a name that somebody else's DNS points here is not answered, and not recorded", async () => {
  const idp = await start();
  const { port } = new URL(idp.url);

  expect(await statusFor(idp, `evil.example:${port}`)).toBe(421);
  expect(await statusFor(idp, "localhost.evil.example")).toBe(421);
  expect(idp.requests).toEqual([]);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, "[::1]", "login.windows.net"]) {
    expect(await statusFor(idp, host)).toBe(200);
  }
});

test("a body of more than a megabyte is refused over the socket, too", async () => {
  const idp = await start();

  const response = await fetch(`${idp.authority(CONTOSO)}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({ grant_type: "x".repeat(1_000_000) }),
  });

  expect(response.status).toBe(413);
  expect(idp.requests).toEqual([]);
});

test.for(["localhost", "127.0.0.1", "[::1]"])(
  "instance discovery of the public cloud knows that it listens on %s",
  async (host) => {
    const idp = await start({ https: true });
    const ask = (authority: string) => {
      const endpoint = `${authority}/common/oauth2/v2.0/authorize`;
      const query = new URLSearchParams({ "api-version": "1.1", authorization_endpoint: endpoint });
      return idp.fetch(`https://login.microsoftonline.com/common/discovery/instance?${query}`);
    };

    expect((await ask(idp.url.replace("localhost", host))).status).toBe(200);
    expect((await ask(`https://${host}:1`)).status).toBe(400);
  },
);

test("a dropped connection breaks the socket", async () => {
  const idp = await start();
  idp.failNext({ path: "/openid-configuration", drop: true });

  await expect(getText(`${idp.url}${DOCUMENT}`)).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(await getText(`${idp.url}${DOCUMENT}`)).toContain("token_endpoint");
});

test("close breaks what is open and frees the port", async () => {
  const idp = await startEmulator();
  const port = Number(new URL(idp.url).port);
  const socket = connect(port, "127.0.0.1");
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const broken = new Promise<void>((resolve) => socket.once("close", () => resolve()));

  await idp.close();
  await broken;

  await expect(getText(`${idp.url}${DOCUMENT}`)).rejects.toThrow("ECONNREFUSED");
});

// Arguments that are wrong, and what the error says of them.
test.for<[unknown, unknown, string]>([
  [{ https: true }, {}, "second argument, startEmulator(config, { https })"],
  [{ port: 8470 }, {}, "second argument, startEmulator(config, { port })"],
  [{}, { htps: true }, "options.htps is unknown; options can have port, https"],
  [{}, { port: "8470" }, 'options.port must be a whole number from 0 to 65535; got "8470"'],
  [{}, { port: 65_536 }, "got 65536"],
  [{}, true, "options must be an object (port, https); got a boolean"],
])("startEmulator(%j, %j): %s", async ([config, options, message]) => {
  const attempt = startEmulator(config as object, options as StartOptions);

  await expect(attempt).rejects.toThrow(TypeError);
  await expect(attempt).rejects.toThrow(message);
});
