/**
 * What Node.js makes only when somebody touches it, and takes its time to make: importing the library and
 * getting a token over `node:https` touch none of it.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startEmulator } from "@msal-ts/emulator";
import { expect, onTestFinished, test } from "vitest";
import { CONTOSO, WEB_APP, WEB_APP_SECRET } from "../setup.js";
import { SCOPES } from "./setup.js";

/** The first `Response` of a process costs Node.js 20 more than a request; a signal, a tenth of each. */
const COSTLY = ["fetch", "Response", "Request", "Headers", "FormData", "AbortController"];

test("neither an import nor a miss touches fetch and its kin", async () => {
  const idp = await startEmulator({}, { https: true });
  onTestFinished(() => idp.close());
  const script = `
    const touched = [];
    for (const name of ${JSON.stringify(COSTLY)}) {
      const { get, value } = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, {
        configurable: true,
        get() {
          touched.push(name);
          return get ? get.call(globalThis) : value;
        },
      });
    }
    const { ConfidentialClientApplication } = await import("msal-ts");
    const app = new ConfidentialClientApplication("${WEB_APP}", {
      authority: "${idp.authority(CONTOSO)}",
      clientCredential: "${WEB_APP_SECRET}",
      verify: process.env.CA,
    });
    const { token_source } = await app.acquireTokenForClient(${JSON.stringify(SCOPES)});
    console.log(JSON.stringify({ token_source, touched }));
  `;

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", script],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      env: { ...process.env, CA: idp.ca },
    },
  );

  expect(JSON.parse(stdout)).toEqual({ token_source: "identity_provider", touched: [] });
});
