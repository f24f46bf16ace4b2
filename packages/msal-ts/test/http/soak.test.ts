import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const SOAK = fileURLToPath(new URL("../../../../bench/dist/soak.js", import.meta.url));

test("five thousand acquisitions and a hundred aborted calls leave nothing behind", {
  timeout: 120_000,
}, async () => {
  const run = promisify(execFile);

  // Exits with an error if memory has grown, or a socket, timer, listener or warning is left.
  const { stdout } = await run(process.execPath, [SOAK, "--scale=0.01", "acquisitions"]);

  expect(stdout).toContain("5,000 acquisitions and 100 aborted calls");
});
