/**
 * What keeps a process alive, and what does not: programs of their own against a server on loopback.
 */
import { execFile } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { configurationOf, json, listen, TOKENS } from "./setup.js";

/** Far below the 30 seconds of a request and the minute of an idle connection. Milliseconds. */
const PROMPTLY = 10_000;

/** Starts a provider, and a program that finds a client of it as `app` and a cache as `cache`. */
async function run(
  program: string,
  answer: (response: ServerResponse) => void,
): Promise<{ stdout: string; took: number; code: number; requests: number }> {
  let requests = 0;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    request.resume();
    if (request.method === "GET") return json(response, 200, configurationOf(authority));
    requests++;
    return answer(response);
  });
  const { port } = await listen(server);
  const authority = `http://127.0.0.1:${port}/contoso`;
  const script = `
    import { ConfidentialClientApplication, SerializableTokenCache } from "msal-ts";
    import { signalOf } from "./dist/http/abort.js";
    import { createTransport } from "./dist/http/fetch-transport.js";
    const scopes = ["api://x/.default"];
    const clientId = "11111111-1111-4111-8111-111111111111";
    const authority = ${JSON.stringify(authority)};
    let now = Date.now() / 1000;
    const cache = new SerializableTokenCache();
    const options = {
      authority,
      clientCredential: "the secret",
      tokenCache: cache,
      clock: { now: () => now, sleep: async () => {} },
    };
    const app = new ConfidentialClientApplication(clientId, options);
    const say = (result) => console.log(result.token_source ?? result.error);
    // A token of two hours that is to be renewed after one, an hour and a bit ago.
    const seedAging = () => cache.add({
      client_id: clientId,
      scope: scopes,
      token_endpoint: authority + "/token",
      response: { access_token: "cached", expires_in: 7200, refresh_in: 3600 },
    }, now - 3700);
    ${program}
  `;
  const began = performance.now();
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--input-type=module", "--eval", script],
      { cwd: fileURLToPath(new URL("../..", import.meta.url)), timeout: PROMPTLY },
      (error, stdout, stderr) => {
        const took = performance.now() - began;
        resolve({
          stdout: stdout + stderr,
          took,
          code: error ? 1 : (child.exitCode ?? 1),
          requests,
        });
      },
    );
  });
}

const answers = (response: ServerResponse) => json(response, 200, TOKENS);
const later = (response: ServerResponse) => {
  setTimeout(() => answers(response), 1000);
};
const never = () => {};

describe("a process ends", { timeout: 2 * PROMPTLY }, () => {
  test("although a connection is kept open", async () => {
    const { stdout, code } = await run("say(await app.acquireTokenForClient(scopes));", answers);

    expect({ stdout, code }).toEqual({ stdout: "identity_provider\n", code: 0 });
  });

  test("although fetch keeps a connection open", async () => {
    const program = `
      const transport = createTransport({ verify: true, maxBody: 1024 * 1024 });
      const httpClient = (url, { signal, ...init }) =>
        transport(url, { ...init, ending: signalOf(signal) });
      const other = new ConfidentialClientApplication(clientId, { ...options, httpClient });
      say(await other.acquireTokenForClient(scopes));
    `;

    const { stdout, code } = await run(program, answers);

    expect({ stdout, code }).toEqual({ stdout: "identity_provider\n", code: 0 });
  });

  test("although a renewal in the background gets no answer", async () => {
    const program = "seedAging(); say(await app.acquireTokenForClient(scopes));";

    const { stdout, code, took } = await run(program, never);

    expect({ stdout, code }).toEqual({ stdout: "cache\n", code: 0 });
    expect(took).toBeLessThan(PROMPTLY);
  });

  test("although a renewal under way gets no answer on a connection used before", async () => {
    const program = `
      seedAging();
      say(await app.acquireTokenForClient(scopes));
      await new Promise((resolve) => setTimeout(resolve, 300));
      console.log("waited");
    `;

    const { stdout, code, requests } = await run(program, never);

    expect({ stdout, code, requests }).toEqual({ stdout: "cache\nwaited\n", code: 0, requests: 1 });
  });
});

describe("a process lives", { timeout: 2 * PROMPTLY }, () => {
  test("while somebody waits for a token", async () => {
    const { stdout, code } = await run("app.acquireTokenForClient(scopes).then(say);", later);

    expect({ stdout, code }).toEqual({ stdout: "identity_provider\n", code: 0 });
  });

  test("while somebody waits for a renewal that began in the background", async () => {
    const program = `
      seedAging();
      say(await app.acquireTokenForClient(scopes));
      now += 7200;
      app.acquireTokenForClient(scopes).then(say);
    `;

    const { stdout, code, requests } = await run(program, later);

    expect({ stdout, code, requests }).toEqual({
      stdout: "cache\nidentity_provider\n",
      code: 0,
      requests: 1,
    });
  });

  test("while a request follows a renewal on the same connection", async () => {
    const program = `
      seedAging();
      say(await app.acquireTokenForClient(scopes));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      app.acquireTokenForClient(["api://y/.default"]).then(say);
    `;

    const { stdout, code } = await run(program, later);

    expect({ stdout, code }).toEqual({ stdout: "cache\nidentity_provider\n", code: 0 });
  });

  test("until the timeout of a request that gets no answer", async () => {
    const program = `
      const hasty = new ConfidentialClientApplication(clientId, { ...options, timeout: 500 });
      hasty.acquireTokenForClient(scopes).catch((error) => console.log(error.code));
    `;

    const { stdout, code } = await run(program, never);

    expect({ stdout, code }).toEqual({ stdout: "timeout\n", code: 0 });
  });
});
